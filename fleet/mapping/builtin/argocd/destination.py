"""Which registered cluster an Application is for."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fleet.hooks import AppKindContext
from fleet.mapping.builtin.fields import Complaint
from fleet.model.app import Elsewhere
from fleet.model.keys import ObjectKey

IN_CLUSTER = ("https://kubernetes.default.svc", "in-cluster")
"""What Argo CD calls the cluster it runs in itself."""


def cluster_of(context: AppKindContext, destination: Mapping[str, Any]) -> str | Complaint:
    """The name of the registered cluster, or what is wrong with the destination.

    Argo CD's own cluster is whichever one is registered with that URL as an alias; else the one the document is read for:
    it stands below that cluster's directory, where an Argo CD of that cluster would look.
    """
    server, name = (str(destination.get(field) or "").rstrip("/") for field in ("server", "name"))
    if bool(server) == bool(name):
        return "/spec/destination", "spec.destination needs server or name, and only one of the two"
    said = server or name
    known = context.fleet.called
    if said in known:
        return known[said]
    if said in IN_CLUSTER:
        return next((known[other] for other in IN_CLUSTER if other in known), context.cluster)
    near = difflib.get_close_matches(said, sorted(known), n=1)
    meant = f"; did you mean {near[0]}?" if near else ""
    pointer = f"/spec/destination/{'server' if server else 'name'}"
    return pointer, f"no registered cluster is called {said}{meant} (a cluster's aliases stand in clusters.yaml)"


def unheard(context: AppKindContext, cluster: str) -> Iterator[Complaint]:
    """Complain of a destination that does not read the document, and so would never hear of it."""
    if cluster not in context.readers:
        yield "/spec/destination", f"it is for {cluster}, which does not read it; declare it in a directory above {cluster}'s"


def elsewhere(context: AppKindContext, clusters: Iterable[str]) -> Elsewhere:
    """Say for which others the document is."""
    return Elsewhere(
        identity=ObjectKey.of(context.document),
        origin=context.origin,
        parent=context.parent,
        clusters=frozenset(clusters),
    )
