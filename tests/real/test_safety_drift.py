"""On real API servers: What is not reverted: what another keeps writing, and what is exempt."""

from tests.flows.test_safety_drift import (  # noqa: F401
    test_an_edit_whose_revert_was_cut_short_is_reverted_after_all,
    test_an_exempt_field_keeps_its_live_value_when_git_changes_others,
    test_an_object_that_somebody_keeps_writing_is_contested_and_left,
)
