"""The hub's way with a cluster: what `tests/real/test_kube_apply.py` says of real ones holds on the sandbox."""

from tests.real.test_kube_apply import *  # noqa: F403
