"""On real API servers: What is lost is found again from git and the clusters: nothing is deleted, nothing restarted."""

from tests.flows.test_safety_recovery import *
