"""On real API servers: what a CI job is told of its commit."""

from tests.flows.test_wait import (
    repository,
    still,
    test_a_cluster_that_went_away_is_told_when_the_others_are_there,
    test_it_ends_when_all_is_healthy_and_has_been_for_a_while,
    test_what_is_not_healthy_in_time_is_a_timeout_that_says_what_and_why,
)

__all__ = [
    "repository",
    "still",
    "test_a_cluster_that_went_away_is_told_when_the_others_are_there",
    "test_it_ends_when_all_is_healthy_and_has_been_for_a_while",
    "test_what_is_not_healthy_in_time_is_a_timeout_that_says_what_and_why",
]
