"""Makes what a Plan is decided from: Manifests, live objects as an API server would answer them, and a PlanInput around them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson

from fleet.model.app import App, ClusterMap, DeclaredBy, DesiredApp, OnRemoval, Problem, Standing
from fleet.model.claims import Claim, Claims, ClaimsIncomplete
from fleet.model.inventory import Approval, Identity, Inventory
from fleet.model.keys import AppKey, ObjectKey
from fleet.model.manifest import Manifest, Origin, Rendered, RenderFailed, Scope
from fleet.model.marks import marked
from fleet.model.observation import Absent, LiveObject, Observation, observe
from fleet.model.plan import Action, Change, Plan
from fleet.model.revision import Revision
from fleet.plan import PlanInput
from fleet.plan.drift import written

FLEET = "acme"
CLUSTER = "prod-1"
HERE = Identity(name=CLUSTER, uid="uid-of-prod-1")
COMMIT = "c2" * 20
EARLIER = "c1" * 20
SHOP = AppKey(CLUSTER, "shop")
CLUSTER_KINDS = frozenset({"Namespace", "ClusterRole", "CustomResourceDefinition", "PersistentVolume", "APIService"})
VERSIONS = {
    "Deployment": "apps/v1",
    "Job": "batch/v1",
    "ClusterRole": "rbac.authorization.k8s.io/v1",
    "Role": "rbac.authorization.k8s.io/v1",
    "CustomResourceDefinition": "apiextensions.k8s.io/v1",
    "APIService": "apiregistration.k8s.io/v1",
    "Widget": "example.com/v1",
}


def manifest(
    kind: str = "ConfigMap", name: str = "one", *, annotations: Mapping[str, str] | None = None, **fields: Any
) -> Manifest:
    """One desired object, in the namespace `shop` where its kind has one."""
    scope = Scope.CLUSTER if kind in CLUSTER_KINDS else Scope.NAMESPACED
    metadata: dict[str, Any] = {"name": name}
    if annotations:
        metadata["annotations"] = dict(annotations)
    body = {"apiVersion": VERSIONS.get(kind, "v1"), "kind": kind, "metadata": metadata, **fields}
    return Manifest.of(body, origin=Origin("apps/shop/all.yaml", 3), scope=scope, namespace="shop")


def deployment(name: str = "web", *, replicas: int = 2, **metadata: Any) -> Manifest:
    """A Deployment of one container."""
    container = {"name": "web", "image": "web:1", "ports": [{"containerPort": 80}]}
    spec = {"replicas": replicas, "template": {"spec": {"containers": [container]}}}
    return manifest("Deployment", name, spec=spec, **metadata)


def fields_of(value: Any) -> dict[str, Any]:
    """fieldsV1 of an applied value, as structured-merge-diff writes it: lists of named items by key, others as a whole."""
    if isinstance(value, dict) and value:
        return {f"f:{name}": fields_of(item) for name, item in value.items()}
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return {_item(item): {".": {}, **fields_of(item)} for item in value}
    return {}


def _item(item: dict[str, Any]) -> str:
    keys = {"name": item["name"]} if "name" in item else {"containerPort": item["containerPort"], "protocol": "TCP"}
    return "k:" + orjson.dumps(keys, option=orjson.OPT_SORT_KEYS).decode()


def entry(manager: str, fields: Mapping[str, Any], *, operation: str = "Update", **more: str) -> dict[str, Any]:
    """One managedFields entry."""
    return {"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": fields, **more}


def owned(body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that an apply of a body owns: not what names the object."""
    fields = fields_of({name: value for name, value in body.items() if name not in ("apiVersion", "kind")})
    fields["f:metadata"] = {name: below for name, below in fields["f:metadata"].items() if name not in ("f:name", "f:namespace")}
    return {name: below for name, below in fields.items() if below or name != "f:metadata"}


def live_body(desired: Manifest, *, app: AppKey = SHOP, fleet: str = FLEET, revision: str = EARLIER) -> dict[str, Any]:
    """The whole object right after our apply of it."""
    body = marked(desired, fleet=fleet, app=app, revision=revision)
    managed = [entry("fleethub", owned(body), operation="Apply")]
    server = {"uid": f"uid-{desired.key.name}", "resourceVersion": "7", "managedFields": managed}
    return {**body, "metadata": {**body["metadata"], **server}}


def ours(desired: Manifest, **how: Any) -> LiveObject:
    """What is kept of an object right after our apply of it."""
    return observe(live_body(desired, **how))


def foreign(desired: Manifest, manager: str = "helm") -> LiveObject:
    """An object of that key that somebody else made, without a mark of ours."""
    body = dict(desired.body)
    managed = [entry(manager, owned(body))]
    return observe(
        {**body, "metadata": {**body["metadata"], "uid": "uid-foreign", "resourceVersion": "7", "managedFields": managed}}
    )


def app(name: str = "shop", **policy: Any) -> App:
    """A declared App."""
    origin = Origin(f"clusters/{CLUSTER}/{name}.yaml", 1)
    return App(key=AppKey(CLUSTER, name), declared_by=DeclaredBy(origin=origin), path=f"apps/{name}", **policy)


def inventory(keys: Iterable[ObjectKey], name: str = "shop", **policy: Any) -> Inventory:
    """An App's Inventory of these members."""
    found = Inventory(
        app=AppKey(CLUSTER, name),
        fleet=FLEET,
        cluster=HERE,
        intended=EARLIER,
        declared_by=DeclaredBy(origin=Origin(f"clusters/{CLUSTER}/{name}.yaml", 1)),
        on_removal=OnRemoval.DELETE,
        prune=True,
        members=frozenset(keys),
    )
    return replace(found, **policy)


def claims(owners: Mapping[ObjectKey, str], *, commit: str = COMMIT) -> Claims:
    """Complete Claims, by App name."""
    origin = Origin("apps/x.yaml", 1)
    found = {key: Claim(app=owner, origin=origin, digest="") for key, owner in owners.items()}
    return Claims(commit=commit, owners=found, refused={})


INCOMPLETE = ClaimsIncomplete(commit=COMMIT)


def facts(
    desired: Iterable[Manifest] = (), live: Iterable[LiveObject] = (), *, members: Iterable[ObjectKey] | None = None, **more: Any
) -> PlanInput:
    """A PlanInput of the declared App `shop`: everything live is known, remembered and in its Inventory; the rest is absent.

    What is said by name replaces what follows from these.
    """
    desired, live = tuple(desired), tuple(live)
    listed = frozenset(one.key for one in live) if members is None else frozenset(members)
    keys = {*listed, *(one.key for one in desired)}
    kinds = {key.group_kind for key in keys}
    seen = {**{key: Absent() for key in keys}, **{one.key: one for one in live}}
    by_key = {one.key: one for one in desired}
    given: dict[str, Any] = {
        "key": SHOP,
        "fleet": FLEET,
        "identity": HERE,
        "commit": COMMIT,
        "app": app(),
        "standing": Standing.DECLARED,
        "manifests": desired,
        "claims": claims({one.key: "shop" for one in desired}),
        "inventories": {"shop": inventory(listed)},
        "observation": Observation(objects=seen),
        "served": dict.fromkeys(kinds, Scope.NAMESPACED),
        "written": {one.key: written(one, more.get("exempt", {}).get(one.key), by_key.get(one.key)) for one in live},
        "healthy": True,
        **more,
    }
    return PlanInput(**given)


def removed(live: Iterable[LiveObject], *, standing: Standing = Standing.CONFIRMED, **more: Any) -> PlanInput:
    """A PlanInput of the App `shop`, gone from git."""
    return facts(live=live, **{"app": None, "manifests": None, "standing": standing, **more})


def approval(*keys: ObjectKey) -> Approval:
    """A word that was said over these keys."""
    return Approval(word="said", by="ana", time="2026-11-23T02:00:00Z", keys=frozenset(keys))


def many(count: int, *, first: int = 0) -> tuple[Manifest, ...]:
    """That many Services, named by number."""
    return tuple(manifest("Service", f"s{number:03}") for number in range(first, first + count))


def change(made: Plan, key: ObjectKey) -> Change:
    """The one Change of a key."""
    (found,) = [one for one in made.changes if one.key == key]
    return found


def actions(made: Plan) -> dict[str, Action]:
    """What happens, by object name."""
    return {one.key.name: one.action for one in made.changes}


def deleted(made: Plan) -> list[str]:
    """The names of what is deleted, in order."""
    return [one.key.name for one in made.deletes]


def revision(commit: str = COMMIT) -> Revision:
    """A Revision of that commit."""
    time = datetime(2026, 11, 23, 2, tzinfo=UTC)
    return Revision(commit=commit, repository="r0", tree="t0", author="Ana", email="ana@example.com", subject="Say", time=time)


def cluster_map(apps: Mapping[str, App], *, failed: Iterable[str] = (), problems: Iterable[Problem] = ()) -> ClusterMap:
    """A cluster's map, in which some Apps failed to render."""
    failed = set(failed)
    good = {name: Rendered(fingerprint=name, manifests=()) for name in apps if name not in failed}
    results = {**good, **{name: RenderFailed(fingerprint=name, errors=()) for name in failed}}
    return ClusterMap(
        cluster=CLUSTER,
        directory=f"clusters/{CLUSTER}",
        revision=revision(),
        labels={},
        variables={},
        apps={name: DesiredApp(app=one, fingerprint=name, result=results[name]) for name, one in apps.items()},
        problems=tuple(problems),
    )
