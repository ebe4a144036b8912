"""An Inventory as ConfigMaps, and back. Pure.

Part 0 is the ApplySet parent (KEP-3659) and says everything; further parts hold members only. Part 0 says how many parts
there are, is written after the parts it counts and deleted after all others, so that a crash in between never reads as an
Inventory with fewer members. A member may stand in two parts meanwhile: readers take the union.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fleet import __version__
from fleet.errors import ClusterError, InventoryUnreadable
from fleet.kube.kept.own import FORMAT, malformed, name_of, own_labels, read_identity, version_of
from fleet.kube.kept.shards import divided, places_for
from fleet.model.app import DeclaredBy, OnRemoval, Propagation
from fleet.model.inventory import Identity, Inventory
from fleet.model.keys import AppKey, ObjectKey
from fleet.model.manifest import Origin
from fleet.model.marks import APPLYSET_ID, FLEET, INVENTORY, NAMESPACE, applyset_id, inventory_name

PART_BYTES = 256 * 1024
_NAME = re.compile(r"(?:app|part[.-](\d+))(\..+|-[0-9a-f]{32})")
_TOOLING = "applyset.kubernetes.io/tooling"
_KINDS = "applyset.kubernetes.io/contains-group-kinds"
_NAMESPACES = "applyset.kubernetes.io/additional-namespaces"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One ConfigMap of an Inventory, as it is in the cluster."""

    name: str
    number: int
    resource_version: str
    inventory: Inventory
    """Its header with this part's members. Only part 0's header says more than whose it is."""
    parts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """All Inventories of a cluster, told apart by whether they are ours to work with."""

    inventories: Mapping[str, Inventory]
    """By App."""
    foreign: tuple[Inventory, ...]
    """Those of another fleet, or made for another cluster: this cluster may only be observed."""
    unreadable: Mapping[str, ClusterError]
    """By the name of part 0, which an App's is found by with `inventory_name`: nothing of that App may be touched."""
    parts: Mapping[str, tuple[Part, ...]]
    """The ConfigMaps, by App; of the readable ones that are ours."""


def parse(maps: Iterable[Mapping[str, Any]], *, identity: Identity, fleet: str) -> Loaded:
    """Put the ConfigMaps of our namespace together to Inventories; those that are no part of one are left aside."""
    bodies: dict[str, list[Mapping[str, Any]]] = {}
    for body in maps:
        found_as = numbered(name_of(body))
        if found_as:
            bodies.setdefault(found_as[1], []).append(body)
    inventories: dict[str, Inventory] = {}
    parts: dict[str, tuple[Part, ...]] = {}
    foreign: list[Inventory] = []
    unreadable: dict[str, ClusterError] = {}
    for name, of_app in bodies.items():
        try:
            found = tuple(_part(body, cluster=identity.name) for body in of_app)
            whole = joined(found, name=name, cluster=identity.name)
        except InventoryUnreadable as error:
            unreadable[name] = error
            continue
        if (whole.fleet, whole.cluster) != (fleet, identity):
            foreign.append(whole)
            continue
        inventories[whole.app.app] = whole
        parts[whole.app.app] = found
    return Loaded(inventories=inventories, foreign=tuple(foreign), unreadable=unreadable, parts=parts)


def numbered(name: str) -> tuple[int, str] | None:
    """The number of the part that a ConfigMap of this name is, and the name of part 0; None when it is no part of any."""
    found = _NAME.fullmatch(name)
    return (int(found[1] or 0), f"app{found[2]}") if found else None


def _part(body: Mapping[str, Any], *, cluster: str) -> Part:
    name = name_of(body)
    try:
        return _read_part(body, name)
    except ValueError as error:
        raise malformed(InventoryUnreadable, cluster=cluster, name=name, reason=str(error)) from error


def _read_part(body: Mapping[str, Any], name: str) -> Part:
    data, labels = body.get("data") or {}, body["metadata"].get("labels") or {}
    if data.get("format") != FORMAT:
        raise ValueError(f"its format is {data.get('format')!r}, and {FORMAT!r} is all this version knows")
    number, _ = numbered(name) or (0, "")
    app = data.get("app") or ""
    if inventory_name(app, number) != name:
        raise ValueError(f"it says that it is of App {app!r}, whose part {number} has another name")
    if not labels.get(FLEET):
        raise ValueError(f"it lacks the label {FLEET}")
    identity = read_identity(data.get("cluster") or "")
    inventory = Inventory(
        app=AppKey(identity.name, app),
        fleet=labels[FLEET],
        cluster=identity,
        intended=data.get("intended") or "",
        declared_by=_declared_by(data),
        on_removal=_on_removal(data),
        prune=_flag(data.get("prune") or "false"),
        members=frozenset(map(ObjectKey.parse_member, _lines(data, "members"))),
        propagation=Propagation(data.get("propagation") or Propagation.BACKGROUND),
        depends_on=tuple((data.get("dependsOn") or "").split()),
    )
    version = version_of(body)
    return Part(name=name, number=number, resource_version=version, inventory=inventory, parts=int(data.get("parts") or 1))


def _lines(data: Mapping[str, str], name: str) -> list[str]:
    # An absent list is not an empty one.
    if name not in data:
        raise ValueError(f"it has no {name}")
    return data[name].splitlines()


def _declared_by(data: Mapping[str, str]) -> DeclaredBy | None:
    where = data.get("declaredBy") or ""
    if not where:
        return None
    file, _, line = where.rpartition(":")
    origin = Origin(file, int(line)) if file else Origin(where, 1)
    return DeclaredBy(origin=origin, parent=data.get("parent") or "")


def _on_removal(data: Mapping[str, str]) -> OnRemoval:
    """A missing value, also one of `prune`, means that nothing is deleted: it may be lost."""
    return OnRemoval((data.get("prune") and data.get("onRemoval")) or OnRemoval.ORPHAN)


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"prune is {text!r}, not true or false")
    return text == "true"


def joined(parts: Iterable[Part], *, name: str, cluster: str) -> Inventory:
    """One Inventory of all its parts: part 0's header, everybody's members. `name` is part 0's."""
    by_number = {part.number: part for part in parts}
    first = by_number.get(0)
    if first is None:
        raise malformed(InventoryUnreadable, cluster=cluster, name=name, reason="it is missing, and further parts are there")
    missing = [number for number in range(first.parts) if number not in by_number]
    if missing:
        lost = inventory_name(first.inventory.app.app, missing[0])
        raise malformed(InventoryUnreadable, cluster=cluster, name=lost, reason="it is missing")
    whose = (first.inventory.fleet, first.inventory.cluster)
    other = next((p for p in by_number.values() if (p.inventory.fleet, p.inventory.cluster) != whose), None)
    if other:
        reason = f"it is of another fleet or cluster than {name}"
        raise malformed(InventoryUnreadable, cluster=cluster, name=other.name, reason=reason)
    members = frozenset[ObjectKey]().union(*(part.inventory.members for part in by_number.values()))
    return first.inventory.with_members(members)


def split(inventory: Inventory) -> tuple[frozenset[ObjectKey], ...]:
    """The members of each part: one part, unless they take more than a part may hold."""
    by_name = {key.member: key for key in inventory.members}
    places = places_for({name: len(name) + 1 for name in by_name}, limit=PART_BYTES)
    return tuple(frozenset(by_name[name] for name in names) for names in divided(by_name, places))


def first_part(inventory: Inventory, members: frozenset[ObjectKey], *, parts: int) -> dict[str, Any]:
    """Part 0, with these of the Inventory's members in it; its annotations tell of all of them."""
    app = inventory.app.app
    namespaces = {key.namespace for key in inventory.members} - {"", NAMESPACE}
    data = _header(inventory, members)
    data |= {"intended": inventory.intended, "onRemoval": str(inventory.on_removal), "prune": str(inventory.prune).lower()}
    if inventory.declared_by:
        data["declaredBy"] = str(inventory.declared_by.origin)
        data["parent"] = inventory.declared_by.parent
    data["propagation"] = "" if inventory.propagation is Propagation.BACKGROUND else str(inventory.propagation)
    data["dependsOn"] = " ".join(inventory.depends_on)
    if parts > 1:
        data["parts"] = str(parts)
    annotations = {
        _TOOLING: f"fleethub/{__version__}",
        _KINDS: ",".join(sorted({str(key.group_kind) for key in inventory.members})),
        _NAMESPACES: ",".join(sorted(namespaces)),
    }
    labels = own_labels("inventory", inventory.fleet) | {APPLYSET_ID: applyset_id(app)}
    return _config_map(inventory_name(app), labels, annotations, data)


def further_part(inventory: Inventory, members: frozenset[ObjectKey], *, number: int) -> dict[str, Any]:
    """A part other than the first."""
    app = inventory.app.app
    labels = own_labels("inventory", inventory.fleet) | {INVENTORY: applyset_id(app)}
    return _config_map(inventory_name(app, number), labels, {}, _header(inventory, members))


def _header(inventory: Inventory, members: frozenset[ObjectKey]) -> dict[str, str]:
    lines = "".join(f"{member}\n" for member in sorted(key.member for key in members))
    return {"format": FORMAT, "cluster": str(inventory.cluster), "app": inventory.app.app, "members": lines}


def _config_map(name: str, labels: dict[str, str], annotations: dict[str, str], data: dict[str, str]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": NAMESPACE, "labels": labels, "annotations": annotations}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata,
        "data": {name: value for name, value in data.items() if value or name == "members"},
    }


def deciding(inventory: Inventory) -> tuple[str, str, OnRemoval, bool, Propagation, tuple[str, ...]]:
    """What decides about the objects when the declaration is gone. The line is not of it: it moves with every edit above."""
    declared = inventory.declared_by
    file, parent = (declared.origin.file, declared.parent) if declared else ("", "")
    return file, parent, inventory.on_removal, inventory.prune, inventory.propagation, inventory.depends_on
