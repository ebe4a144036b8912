"""What people ask, answered from the hub and its history in the product's words.

In: the running Hub and what is asked about (a cluster, an App, an object, labels). Out: frozen answers whose fields are the
ones that the API, the command and the pages show; `plain` turns them into JSON values with stable names, which
`docs/reference/output.md` lists. What is worst comes first.

Could-not-tell is said as such: a cluster that is not connected has Unknown Health, and a history that cannot be read is an
error. Never here: a decision, a write to a cluster, HTTP, how a table looks, and the value of a Secret.
"""

from fleet.queries.apps import apps, one_app, one_object
from fleet.queries.asked import Asked
from fleet.queries.clusters import clusters, fleet, one_cluster
from fleet.queries.drift import drift
from fleet.queries.goals import goal
from fleet.queries.handover import handover
from fleet.queries.holds import holds
from fleet.queries.past import history
from fleet.queries.plain import plain
from fleet.queries.preview import preview
from fleet.queries.progress import progress

__all__ = [
    "Asked",
    "apps",
    "clusters",
    "drift",
    "fleet",
    "goal",
    "handover",
    "history",
    "holds",
    "one_app",
    "one_cluster",
    "one_object",
    "plain",
    "preview",
    "progress",
]
