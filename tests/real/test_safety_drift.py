"""On real API servers: What is not reverted: what another keeps writing, what is exempt, what is only reported."""

from tests.flows.test_safety_drift import *
