"""On real API servers: One writer per cluster: whoever does not hold its Lease writes nothing."""

from tests.flows.test_safety_writer import *
