"""A commit end to end on sandbox clusters: what `tests/real/test_flow.py` says of real ones holds here."""

from tests.real.test_flow import *  # noqa: F403
