"""Renderer `helm`: a chart, rendered as `helm template` of version 4 does, without a cluster.

In: a directory with a Chart.yaml and its vendored dependencies; values files, values and parameters of the App; Kubernetes'
version and API versions from cluster.yaml. Out: one text per object with the template it came from: hooks with their
annotations, CRDs unless they are not wanted, no notes.

`chart` takes the files that count, `values` merges what the user said, `library` renders in a worker process and `program`
with the operator's `helm`; both are given the same and give the same. `changing` finds templates whose result may differ
from itself. Never here: a cluster (`lookup` finds nothing), the network, a release.
"""

from fleet.render.builtin.helm.renderer import fleet_renderers

__all__ = ["fleet_renderers"]
