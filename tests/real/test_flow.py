"""On real API servers: A commit reaches every registered cluster, and stays there."""

from tests.flows.test_flow import *
