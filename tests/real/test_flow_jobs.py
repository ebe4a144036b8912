"""On real API servers: A Job runs once for each state of it that git wanted: what its TTL removed is not run again."""

from tests.flows.test_flow_jobs import *
