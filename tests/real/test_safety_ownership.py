"""On real API servers: Whose an object is: what another made, or another manages, is neither written nor deleted."""

from tests.flows.test_safety_ownership import *
