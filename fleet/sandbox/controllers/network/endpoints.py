"""The Endpoints and EndpointSlices of a Service with a selector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.sandbox.controllers.network.backends import Backend, Port, backends, is_headless, last_change, terminates
from fleet.sandbox.controllers.reading.fields import Object, is_going, labels, name, namespace, notes, spec, uid
from fleet.sandbox.controllers.reading.kinds import ENDPOINTS, SERVICE, SLICE
from fleet.sandbox.controllers.reading.owners import reference
from fleet.sandbox.controllers.reading.turns import NOTHING, Create, Delete, Outcome, Turn, Update, Write

HEADLESS = "service.kubernetes.io/headless"
MANAGED = "endpoints.kubernetes.io/managed-by"
SLICE_MANAGED = "endpointslice.kubernetes.io/managed-by"
SERVICE_NAME = "kubernetes.io/service-name"
# As many as the real controller puts into one.
LARGEST = 100


def decide(turn: Turn) -> Outcome:
    """Write who answers for the Service."""
    service = turn.live
    if not spec(service).get("selector") or is_going(service) or spec(service).get("type") == "ExternalName":
        return NOTHING
    found = backends(turn)
    return Outcome(writes=(*_endpoints(turn, found), *_slices(turn, found)))


def forget(turn: Turn) -> Outcome:
    """Delete the Endpoints of a Service that is gone; EndpointSlices go with their owner."""
    ours = MANAGED in labels(turn.live)
    gone = turn.seen.get(SERVICE, namespace(turn.live), name(turn.live)) is None
    return Outcome(writes=(Delete(obj=turn.live),)) if ours and gone else NOTHING


def _endpoints(turn: Turn, found: list[Backend]) -> tuple[Write, ...]:
    service = turn.live
    by_ports: dict[tuple[Any, ...], list[Backend]] = {}
    for each in found:
        by_ports.setdefault(_key(each.ports), []).append(each)
    subsets = [_subset(group) for group in by_ports.values()]
    marks = {**labels(service), MANAGED: "endpoint-controller", **({HEADLESS: ""} if is_headless(service) else {})}
    meta = {"name": name(service), "namespace": namespace(service), "labels": marks, "annotations": last_change(service)}
    content = {"subsets": subsets} if subsets else {}
    existing = turn.seen.get(ENDPOINTS, namespace(service), name(service))
    if existing is None:
        return (Create(body={"apiVersion": "v1", "kind": ENDPOINTS.kind, "metadata": meta, **content}),)
    if MANAGED not in labels(existing) and labels(existing):
        return ()
    if (existing.get("subsets") or []) == subsets and labels(existing) == marks:
        return ()
    kept = {field: value for field, value in existing.items() if field != "subsets"}
    return (Update(body={**kept, "metadata": {**existing["metadata"], "labels": marks}, **content}),)


def _key(ports: tuple[Port, ...]) -> tuple[Any, ...]:
    return tuple(tuple(sorted(port.items())) for port in ports)


def _subset(group: list[Backend]) -> dict[str, Any]:
    ready = [_address(each) for each in group if each.ready and not terminates(each)]
    rest = [_address(each) for each in group if not each.ready and not terminates(each)]
    ports = [{field: value for field, value in port.items() if value != ""} for port in group[0].ports]
    whole = {"addresses": ready, "notReadyAddresses": rest, "ports": ports}
    return {field: value for field, value in whole.items() if value}


def _address(backend: Backend) -> dict[str, Any]:
    named = {"hostname": backend.hostname} if backend.hostname else {}
    return {"ip": backend.address, **named, "nodeName": spec(backend.pod).get("nodeName"), "targetRef": backend.target}


def _slices(turn: Turn, found: list[Backend]) -> tuple[Write, ...]:
    """Match what is wanted with what is there, one by one; what is right is left alone."""
    existing = turn.seen.owned(SLICE, uid(turn.live))
    wanted = _contents(found)
    writes: list[Write] = []
    for number, content in enumerate(wanted):
        if number >= len(existing):
            writes.append(Create(body=_slice(turn.live, content)))
        elif _differs(existing[number], content, turn.live):
            writes.append(Update(body=_renewed(existing[number], content, turn.live)))
    return (*writes, *(Delete(obj=each) for each in existing[len(wanted) :]))


def _contents(found: list[Backend]) -> list[dict[str, Any]]:
    groups: dict[tuple[Any, ...], list[Backend]] = {}
    for each in found:
        groups.setdefault(_key(each.ports), []).append(each)
    parts = [group[start : start + LARGEST] for group in groups.values() for start in range(0, len(group), LARGEST)]
    filled = [
        {"endpoints": [_endpoint(each) for each in part], "ports": [dict(port) for port in part[0].ports]} for part in parts
    ]
    return filled or [{"endpoints": [], "ports": []}]


def _endpoint(backend: Backend) -> dict[str, Any]:
    going = terminates(backend)
    named = {"hostname": backend.hostname} if backend.hostname else {}
    return {
        "addresses": [backend.address],
        "conditions": {"ready": backend.ready and not going, "serving": backend.ready, "terminating": going},
        **named,
        "targetRef": backend.target,
        "nodeName": spec(backend.pod).get("nodeName"),
    }


def _marks(service: Object) -> dict[str, str]:
    own = {SLICE_MANAGED: "endpointslice-controller.k8s.io", SERVICE_NAME: name(service)}
    return {**labels(service), **own, **({HEADLESS: ""} if is_headless(service) else {})}


def _slice(service: Object, content: Mapping[str, Any]) -> dict[str, Any]:
    meta = {
        "generateName": f"{name(service)}-",
        "namespace": namespace(service),
        "labels": _marks(service),
        "annotations": last_change(service),
        "ownerReferences": [reference(service)],
    }
    return {"apiVersion": "discovery.k8s.io/v1", "kind": SLICE.kind, "metadata": meta, "addressType": "IPv4", **content}


def _differs(existing: Object, content: Mapping[str, Any], service: Object) -> bool:
    same = all((existing.get(field) or []) == value for field, value in content.items())
    return not same or labels(existing) != _marks(service)


def _renewed(existing: Object, content: Mapping[str, Any], service: Object) -> dict[str, Any]:
    meta = {**existing["metadata"], "labels": _marks(service), "annotations": {**notes(existing), **last_change(service)}}
    return {**existing, "metadata": meta, **content}
