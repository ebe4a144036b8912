"""On real API servers: One Revision that would delete on many clusters deletes on none, until somebody says the word."""

from tests.flows.test_safety_fleet import *
