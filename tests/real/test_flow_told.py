"""On real API servers: how a rolling update goes is told when the API server knows."""

from tests.flows.test_flow_told import *
