"""On real API servers: One Revision that would delete on many clusters deletes on none, until somebody says the word.

What is counted is git's and the Inventories': stories whose point is only how it is counted are told on the sandbox alone.
"""

from tests.flows.test_safety_fleet import (  # noqa: F401
    place,
    planes,
    settings,
    test_a_hub_started_after_the_revision_came_deletes_nowhere,
    test_a_revision_that_deletes_on_four_clusters_of_five_deletes_nowhere,
    test_a_revision_that_deletes_on_three_clusters_of_five_is_an_ordinary_one,
    test_what_a_word_let_go_before_the_hub_was_restarted_makes_the_rest_no_less,
)
