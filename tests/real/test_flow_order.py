"""On real API servers: the order in which things come, and go."""

from tests.flows.test_flow_order import *
