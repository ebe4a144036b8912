"""The hub's way with a cluster: what `tests/real/test_kube_lease.py` says of real ones holds on the sandbox."""

from tests.real.test_kube_lease import *  # noqa: F403
