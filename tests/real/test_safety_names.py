"""On real API servers: One cluster under two names: the cluster itself says which it is, and no other name ever writes to it."""

from tests.flows.test_safety_names import *
