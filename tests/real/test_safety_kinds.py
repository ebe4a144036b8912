"""On real API servers: kinds that cannot be asked for."""

from tests.flows.test_safety_kinds import *
