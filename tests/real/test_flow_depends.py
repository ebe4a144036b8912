"""On real API servers: Apps that go after others, until those are Healthy, and first where both are removed."""

from tests.flows.test_flow_depends import repository as repository
from tests.flows.test_flow_depends import (
    test_an_app_goes_on_when_the_one_before_it_is_healthy as test_an_app_goes_on_when_the_one_before_it_is_healthy,
)
from tests.flows.test_flow_depends import (
    test_where_both_are_removed_the_one_that_depends_goes_first as test_where_both_are_removed_the_one_that_depends_goes_first,
)
