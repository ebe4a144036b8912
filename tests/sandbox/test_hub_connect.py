"""The hub's way with a cluster: what `tests/real/test_kube_connect.py` says of real ones holds on the sandbox."""

from tests.real.test_kube_connect import *  # noqa: F403
