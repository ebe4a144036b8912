"""On real API servers: what counts as a delete."""

from tests.flows.test_safety_counting import *
