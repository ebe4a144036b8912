"""On real API servers: which cluster it is, which fleet's, and of which history: what does not fit is only observed."""

from tests.flows.test_safety_identity import *
