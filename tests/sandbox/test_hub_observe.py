"""The hub's way with a cluster: what `tests/real/test_kube_observe.py` says of real ones holds on the sandbox."""

from tests.real.test_kube_observe import *  # noqa: F403
