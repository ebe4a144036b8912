"""The hub's way with a cluster: what `tests/real/test_kube_record.py` says of real ones holds on the sandbox."""

from tests.real.test_kube_record import *  # noqa: F403
