"""On real API servers: waves, each Healthy before the next, and a hub that dies in their midst."""

from tests.flows.test_flow_waves import repository as repository
from tests.flows.test_flow_waves import (
    test_a_hub_that_dies_in_the_midst_of_its_waves_writes_nothing_twice as test_a_hub_that_dies_in_the_midst_of_its_waves,
)
from tests.flows.test_flow_waves import (
    test_each_wave_is_written_when_the_one_before_is_healthy as test_each_wave_is_written_when_the_one_before_is_healthy,
)
