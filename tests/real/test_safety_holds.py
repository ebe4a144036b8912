"""On real API servers: What is deleted only when somebody says the word: on one cluster."""

from tests.flows.test_safety_holds import *
