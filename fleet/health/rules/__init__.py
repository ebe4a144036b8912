"""The health checks that come with Fleethub, one module per family of kinds, written exactly as a plugin's are.

In: a HealthContext. Out: a Health with its evidence. The rules are kstatus' (sigs.k8s.io/cli-utils, pkg/kstatus) with the
corrections that the documentation lists. Fields that are missing, or are not what Kubernetes says they are, count as not
there: a rule never raises, and never looks at the order of a list whose order means nothing.

They import `fleet.hooks`, `fleet.model` and `fleet.errors`, and nothing else. Never here: a clock, or another object than
those a check asked to see.
"""

from collections.abc import Sequence
from types import ModuleType

from fleet.health.rules import (
    autoscalers,
    certificates,
    custom,
    daemonsets,
    definitions,
    deployments,
    endpoints,
    gateways,
    ingresses,
    jobs,
    limits,
    namespaces,
    nodes,
    observed,
    pods,
    replicasets,
    routes,
    services,
    settled,
    statefulsets,
    volumes,
    webhooks,
)

BUILTINS: Sequence[ModuleType] = (
    autoscalers,
    certificates,
    custom,
    daemonsets,
    definitions,
    deployments,
    endpoints,
    gateways,
    ingresses,
    jobs,
    limits,
    namespaces,
    nodes,
    observed,
    pods,
    replicasets,
    routes,
    services,
    settled,
    statefulsets,
    volumes,
    webhooks,
)

__all__ = ["BUILTINS"]
