"""The hub's client against the sandbox: what `tests/real` says of real clusters holds here, word for word."""

from tests.real.test_kube_client import *  # noqa: F403
