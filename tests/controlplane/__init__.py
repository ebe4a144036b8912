"""Real Kubernetes control planes for tests: kube-apiserver, etcd and, on request, the controllers, on loopback.

In: the pinned versions in `go.mod` and `kwok/go.mod`, from which `build` makes the binaries (or takes those in
KUBEBUILDER_ASSETS), and a private directory per cluster.
Out: `ControlPlane`, a running cluster that can be stopped, paused, set back in time and asked for its audit log;
`Kube`, a plain client to look at it and to change it behind the hub's back.
Never: anything of `fleet`. What judges the product shares no code with it. Nothing started here outlives the tests,
not even when they are killed.
"""

from tests.controlplane.audit import Request
from tests.controlplane.binaries import Binaries, ControlPlaneError
from tests.controlplane.client import Answer, Kube
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.pool import Pool

__all__ = ["Answer", "Binaries", "ControlPlane", "ControlPlaneError", "Kube", "Pool", "Request"]
