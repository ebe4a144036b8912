"""The hub's way with a cluster: what `tests/real/test_kube_discovery.py` says of real ones holds on the sandbox."""

from tests.real.test_kube_discovery import *  # noqa: F403
