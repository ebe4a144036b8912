"""On real API servers, with the controllers that run Jobs: hooks run at their point of a Sync, and tell why they failed."""

from tests.flows.test_flow_hooks import (  # noqa: F401
    test_a_hub_that_is_replaced_while_a_hook_runs_does_not_run_it_twice,
    test_a_pre_sync_job_succeeds_before_anything_is_applied,
    test_delete_policies_are_kept,
    test_nothing_is_applied_after_a_pre_sync_job_that_failed,
)
from tests.flows.test_flow_leaving import (  # noqa: F401
    test_the_last_hooks_run_before_the_first_delete_and_after_the_last,
)
