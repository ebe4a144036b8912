"""On real API servers: waves, each Healthy before the next, and a hub that dies in their midst."""

from tests.flows.test_flow_waves import (
    repository,
    test_a_hub_that_dies_in_the_midst_of_its_waves_writes_nothing_twice,
    test_each_wave_is_written_when_the_one_before_is_healthy,
)

__all__ = [
    "repository",
    "test_a_hub_that_dies_in_the_midst_of_its_waves_writes_nothing_twice",
    "test_each_wave_is_written_when_the_one_before_is_healthy",
]
