"""The hub's way with a cluster: what `tests/real/test_kube_cache.py` says of real ones holds on the sandbox."""

from tests.real.test_kube_cache import *  # noqa: F403
from tests.real.test_kube_cache import test_a_restarted_server_that_no_longer_knows_the_version_is_listed_anew

# A sandbox that refuses connections is the same process afterwards: it has forgotten nothing.
del test_a_restarted_server_that_no_longer_knows_the_version_is_listed_anew
