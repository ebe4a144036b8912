"""On real API servers: Could not tell is not the same as gone: nothing is destroyed for what could not be read or rendered."""

from tests.flows.test_safety_unknown import *
