"""On real API servers: What git puts in the place of an object leaves nothing of others in it."""

from tests.flows.test_flow_replace import *
