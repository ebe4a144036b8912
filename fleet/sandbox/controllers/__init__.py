"""Small controllers, so that the world of a sandbox cluster moves: Deployments get Pods, Pods become ready, Jobs complete.

In: the handle of a cluster, and a Controllers, which says how long things take and what fails, by the names of images. Out:
the writes that kube-controller-manager, kube-scheduler and a kubelet would make, by their field managers, through their
subresources, with their conditions, reasons and messages; and Events.

`Running` is all of them on one cluster: level-triggered, one queue, timers on the event loop. Each kind is a pure function
from a Turn to an Outcome. Never here: what the API server itself does (defaults, cluster IPs, garbage, Namespaces that go).
"""

from fleet.sandbox.controllers.running import Running
from fleet.sandbox.controllers.settings import FATES, Controllers, Fate

__all__ = ["FATES", "Controllers", "Fate", "Running"]
