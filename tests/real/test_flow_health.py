"""On real API servers: Health that can be believed."""

from tests.flows.test_flow_health import *
