"""The handle of one cluster: what controllers and tests ask of it and do to it, without a request.

Everything is synchronous. An object that is given out is the caller's own copy, except to subscribers, who share one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias
from uuid import NAMESPACE_URL, uuid5

import orjson

from fleet.sandbox import kubeconfig
from fleet.sandbox.access import Access
from fleet.sandbox.audit import Audit
from fleet.sandbox.faults import Faults
from fleet.sandbox.resources import Resource
from fleet.sandbox.storage import Change, Snapshot
from fleet.sandbox.verbs import aggregation, definitions, deleting, garbage, namespaces, patching, placing, statuses, writing
from fleet.sandbox.verbs.reading import ListOptions, listed
from fleet.sandbox.verbs.state import ClusterState, Options, Target, new_uid, now

Body: TypeAlias = dict[str, Any]
Bodies: TypeAlias = list[Body]
Callback: TypeAlias = Callable[[str, str, str, Body], None]

NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")


class SandboxCluster:
    """One cluster: its objects, its users, its audit log, and how it misbehaves. `Sandboxes` serves it."""

    def __init__(self, name: str, *, garbage: bool = True, audit_file: Path | None = None) -> None:
        self.name = name
        self.state = ClusterState(name, garbage=garbage)
        self.access = Access()
        self.audit = Audit(file=audit_file)
        self.faults = Faults()
        self.state.reactions.append(self._react)
        self.server = ""
        """Its URL, once it is served."""
        self.ca_file: Path | None = None
        self.kubeconfig: Path | None = None
        self.restored: list[Callable[[], None]] = []
        """Called after the cluster went back in time, or was wiped: what was known of it is worthless."""
        self._generation = 0
        self._begin()

    # ── objects ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def get(self, group: str, kind: str, namespace: str, name: str) -> Body | None:
        """One object, or None."""
        resource = self.resource(group, kind)
        found = self.state.store.get(resource.storage, namespace if resource.namespaced else "", name)
        return found.parsed() if found else None

    def list(self, group: str, kind: str, namespace: str = "", *, selector: str | Mapping[str, str] = "") -> Bodies:
        """The objects of a kind, of one namespace or of all, that a label selector matches; as text, or as equal labels."""
        labels = selector if isinstance(selector, str) else ",".join(f"{key}={value}" for key, value in selector.items())
        resource = self.resource(group, kind)
        page = listed(self.state, Target(resource=resource, namespace=namespace), ListOptions(labels=labels))
        return [each.parsed() for each in page.items]

    def count(self, group: str, kind: str) -> int:
        """How many objects of a kind there are."""
        return len(self.state.store.collection(self.resource(group, kind).storage).objects)

    def create(self, body: Mapping[str, Any], *, manager: str = "sandbox") -> Body:
        """Create an object; gives it as it is then. Raises ApiStatus."""
        target = self._target(body, name="")
        return self._done(writing.create(self.state, target, _copy(body), Options(manager=manager)).data)

    def update(self, body: Mapping[str, Any], *, manager: str = "sandbox", subresource: str = "") -> Body:
        """Replace an object, or its `status`; its resourceVersion, where it says one, must be the current one."""
        options = Options(manager=manager, subresource=subresource)
        return self._done(writing.update(self.state, self._target(body), _copy(body), options).data)

    def apply(self, body: Mapping[str, Any], *, manager: str = "sandbox", force: bool = False, subresource: str = "") -> Body:
        """Apply an object on the server's side. Raises ApiStatus, a conflict with other managers among them."""
        options = Options(manager=manager, force=force, subresource=subresource)
        return self._done(patching.apply(self.state, self._target(body), _copy(body), options).data)

    def delete(  # noqa: PLR0913 - an object's place, and how it is to go
        self,
        group: str,
        kind: str,
        namespace: str,
        name: str,
        *,
        propagation: str = "Background",
        uid: str = "",
        grace: int | None = None,
    ) -> None:
        """Delete an object, or begin to; `grace=0` ends a Pod at once. Raises ApiStatus."""
        resource = self.resource(group, kind)
        target = Target(resource=resource, namespace=namespace if resource.namespaced else "", name=name)
        options = deleting.DeleteOptions(propagation=propagation, uid=uid, grace=grace)
        deleting.delete(self.state, target, options)
        self.state.settle()

    def subscribe(self, callback: Callback) -> Callable[[], None]:
        """Hear of each write: (`ADDED`, `MODIFIED` or `DELETED`, group, kind, object); gives what ends it.

        Called after the write that caused it is done, in the order of the writes, before the next call from outside. The
        object is shared: do not change it. What the callback writes is heard of after it.
        """

        def tell(storage: str, change: Change) -> None:
            resource = self.state.catalogue.stored_as(storage)
            if resource:
                callback(change.kind, resource.group, resource.kind, change.after.parsed())

        self.state.subscribers.append(tell)
        return lambda: self.state.subscribers.remove(tell)

    def resource(self, group: str, kind: str) -> Resource:
        """The resource of a kind, in the version its objects are kept in; raises ApiStatus when it is not served."""
        found = self.state.catalogue.of_kind(group, kind)
        if found is None:
            raise statuses.refusal(404, "NotFound", "the server could not find the requested resource", {})
        return self.state.catalogue.stored_as(found.storage) or found

    def bind(self, namespace: str, name: str, node: str) -> None:
        """Put a Pod on a node, as a scheduler does. Raises ApiStatus."""
        placing.bind(self.state, Target(resource=self.resource("", "Pod"), namespace=namespace, name=name), node)
        self.state.settle()

    # ── the way in ──────────────────────────────────────────────────────────────────────────────────────────────────

    def token_of(self, user: str = "admin") -> str:
        """The token of `admin`, `reader` (may read everything) or `denied` (may nothing)."""
        return self.access.token_of(user)

    def write_kubeconfig(self, path: Path, *, user: str = "admin") -> Path:
        """Write a kubeconfig of a user; cluster, user and context bear the cluster's name."""
        return kubeconfig.write(path, name=self.name, server=self.server, token=self.token_of(user), ca_file=self.ca_file)

    def audit_mark(self) -> int:
        """A mark: `audit_since` of it tells the requests that come from now on."""
        return self.audit.mark()

    def audit_since(self, mark: int = 0) -> Bodies:
        """The requests since a mark, as Events of the audit log. What this handle does is not among them."""
        return self.audit.since(mark)

    # ── its life ────────────────────────────────────────────────────────────────────────────────────────────────────

    def snapshot(self) -> Snapshot:
        """Remember this moment, to `restore` it."""
        return self.state.store.snapshot()

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a moment, as from a backup of etcd: resource versions too. All connections are cut."""
        self.state.forget_pending()
        self.state.waiting.clear()
        self.state.terminating.clear()
        self.state.going.clear()
        self.state.store.restore(snapshot)
        self.state.catalogue.absent.clear()
        self._serve_definitions()
        self.faults.cut()
        if snapshot.objects:
            self._tell_restored()

    def wipe(self) -> None:
        """Become a new cluster, with other UIDs, at the same address with the same users. All connections are cut."""
        self.restore(Snapshot(revision=1, objects={}))
        self._generation += 1
        self._begin()
        self._tell_restored()

    # ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _begin(self) -> None:
        """Fill it with what every cluster has."""
        resource = self.resource("", "Namespace")
        for name in NAMESPACES:
            body: Body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            uid = new_uid()
            if name == "kube-system":
                # Whoever knows a cluster knows it by this; it is the same each time a cluster of this name starts.
                uid = str(uuid5(NAMESPACE_URL, f"sandbox/{self.name}/{self._generation}"))
            body["metadata"] |= {"uid": uid, "creationTimestamp": now(), "labels": {"kubernetes.io/metadata.name": name}}
            body |= {"spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}
            self.state.store.put(resource.storage, body)
        self.state.settle()
        # A server knows nothing of what was before it began to serve.
        self.state.store.compact()

    def _tell_restored(self) -> None:
        for told in tuple(self.restored):
            told()
        self.state.settle()

    def _react(self, resource: str, change: Change) -> None:
        definitions.react(self.state, resource, change)
        aggregation.react(self.state, resource, change)
        if self.state.garbage:
            garbage.react(self.state, resource, change)
            namespaces.react(self.state, resource, change)

    def _serve_definitions(self) -> None:
        for places in list(self.state.catalogue.custom().values()):
            for resource in list(places.values()):
                if resource.custom:
                    self.state.catalogue.withdraw(resource.custom.definition)
        for found in self.state.store.collection(definitions.DEFINITIONS).ordered():
            self.state.catalogue.serve(definitions.resources_of(found.parsed()))
        for found in self.state.store.collection(aggregation.SERVICES).ordered():
            aggregation.note(self.state, found.parsed())

    def _target(self, body: Mapping[str, Any], *, name: str | None = None) -> Target:
        group, _, version = body["apiVersion"].rpartition("/")
        resource = self.state.catalogue.of_kind(group, body["kind"], version)
        if resource is None:
            raise statuses.refusal(404, "NotFound", "the server could not find the requested resource", {})
        metadata = body["metadata"]
        namespace = (metadata.get("namespace") or "default") if resource.namespaced else ""
        return Target(resource=resource, namespace=namespace, name=metadata["name"] if name is None else name)

    def _done(self, data: bytes) -> Body:
        self.state.settle()
        body: Body = orjson.loads(data)
        return body


def _copy(body: Mapping[str, Any]) -> Body:
    copied: Body = orjson.loads(orjson.dumps(body))
    return copied
