"""On real API servers: Apps that go after others, until those are Healthy, and first where both are removed."""

from tests.flows.test_flow_depends import (
    repository,
    test_an_app_goes_on_when_the_one_before_it_is_healthy,
    test_where_both_are_removed_the_one_that_depends_goes_first,
)

__all__ = [
    "repository",
    "test_an_app_goes_on_when_the_one_before_it_is_healthy",
    "test_where_both_are_removed_the_one_that_depends_goes_first",
]
