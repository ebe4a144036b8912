"""The monorepo of a soak: what is in it, how people edit it, and what each cluster must therefore have.

What a cluster must have is known here from the edits alone; nothing of the product is asked. Everything random comes from
one seeded generator, and commits carry a time of their own, so that a seed gives the same commits, ids and all.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

CLUSTERS = ("soak-1", "soak-2")
NAMESPACES = ("blue", "green")
GROUP = "clusters/all"
# With these the guards never hold: more than half of a cluster's Apps, or more than five objects of one, would be.
FEWEST_APPS = 5
MOST_APPS = 10
MOST_APPS_GONE = 2
MOST_OBJECTS_GONE = 3


class Key(NamedTuple):
    """An object as the API server's paths name it; `namespace` is empty for one that has none."""

    group: str
    plural: str
    namespace: str
    name: str


class Kind(NamedTuple):
    """A kind of object that the monorepo holds."""

    version: str
    plural: str
    fields: Callable[[str, int], dict[str, Any]]


def _config_map(name: str, n: int) -> dict[str, Any]:
    return {"data": {"value": str(n), f"only-in-{n % 7}": name}}


def _secret(name: str, n: int) -> dict[str, Any]:
    return {"type": "Opaque", "stringData": {"password": f"{name}-{n}"}}


def _service(name: str, n: int) -> dict[str, Any]:
    return {"spec": {"selector": {"app": name}, "ports": [{"name": "http", "port": 8000 + n % 90, "protocol": "TCP"}]}}


def _account(_: str, n: int) -> dict[str, Any]:
    return {"automountServiceAccountToken": bool(n % 2)}


def _role(_: str, n: int) -> dict[str, Any]:
    return {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"][: 1 + n % 3]}]}


def _ingress(name: str, n: int) -> dict[str, Any]:
    backend = {"service": {"name": name, "port": {"name": "http"}}}
    rule = {"host": f"{name}-{n}.example.com", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    return {"spec": {"rules": [rule]}}


def _deployment(name: str, n: int) -> dict[str, Any]:
    container = {"name": "main", "image": f"registry.example.com/{name}:{n}", "env": [{"name": "N", "value": str(n)}]}
    pod = {"terminationGracePeriodSeconds": 1, "containers": [container]}
    template = {"metadata": {"labels": {"app": name}}, "spec": pod}
    return {"spec": {"replicas": n % 3, "selector": {"matchLabels": {"app": name}}, "template": template}}


KINDS: Mapping[str, Kind] = {
    "ConfigMap": Kind("v1", "configmaps", _config_map),
    "Secret": Kind("v1", "secrets", _secret),
    "Service": Kind("v1", "services", _service),
    "ServiceAccount": Kind("v1", "serviceaccounts", _account),
    "Role": Kind("rbac.authorization.k8s.io/v1", "roles", _role),
    "Ingress": Kind("networking.k8s.io/v1", "ingresses", _ingress),
    "Deployment": Kind("apps/v1", "deployments", _deployment),
    "Namespace": Kind("v1", "namespaces", lambda _name, _n: {}),
}


@dataclass(frozen=True)
class Item:
    """One object of the monorepo, in the edition that git holds now."""

    kind: str
    name: str
    namespace: str
    edition: int

    @property
    def key(self) -> Key:
        """What the API server calls it."""
        version = KINDS[self.kind].version
        group = version.rpartition("/")[0]
        return Key(group, KINDS[self.kind].plural, self.namespace, self.name)

    @property
    def member(self) -> str:
        """What marks and Inventories call it."""
        kind = f"{self.kind}.{self.key.group}" if self.key.group else self.kind
        return f"{kind} {self.namespace}/{self.name}" if self.namespace else f"{kind} {self.name}"

    @property
    def written(self) -> dict[str, Any]:
        """What git says."""
        metadata: dict[str, Any] = {"name": self.name, "annotations": {"example.com/edition": str(self.edition)}}
        if self.namespace:
            metadata["namespace"] = self.namespace
        fields = KINDS[self.kind].fields(self.name, self.edition)
        return {"apiVersion": KINDS[self.kind].version, "kind": self.kind, "metadata": metadata, **fields}

    @property
    def expected(self) -> dict[str, Any]:
        """What the API server must show."""
        body = self.written
        plain = body.pop("stringData", None)
        if plain:
            body["data"] = {name: base64.b64encode(value.encode()).decode() for name, value in plain.items()}
        return body


@dataclass
class Home:
    """Where objects stand: an App's directory, or a cluster's own (`name` is then the cluster's)."""

    name: str
    directory: str
    clusters: tuple[str, ...]
    loose: bool = False
    kustomized: bool = False
    items: dict[str, Item] = field(default_factory=dict)
    """By file."""

    @property
    def declaration(self) -> str:
        """The file that declares the App."""
        where = GROUP if self.clusters == CLUSTERS else f"{GROUP}/{self.clusters[0]}"
        return f"{where}/app-{self.name}.yaml"

    @property
    def movable(self) -> list[str]:
        """Files that may go; the first of each home stays, so that no App ever loses all that it has."""
        return [file for file, item in self.items.items() if not file.startswith("anchor") and item.kind != "Namespace"]


@dataclass(frozen=True)
class Desired:
    """One object that a cluster must have."""

    app: str
    item: Item


class Story:
    """The monorepo and its edits. `begin` makes the first commit, `edit` another one."""

    def __init__(self, path: Path, random: Random) -> None:
        self.path = path
        self.random = random
        self.homes: dict[str, Home] = {}
        self.head = ""
        self.commits: list[str] = []
        self._number = 0
        self.forgive()
        path.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def forgive(self) -> None:
        """The clusters have all of it: from here the guards count anew, and so does what survives."""
        self._apps_gone = dict.fromkeys(CLUSTERS, 0)
        self._objects_gone: dict[str, int] = {}
        self.surviving = {cluster: set(self.desired(cluster)) for cluster in CLUSTERS}

    # ── what must be ────────────────────────────────────────────────────────────────────────────────────────────────

    def desired(self, cluster: str) -> dict[Key, Desired]:
        """Every object that the cluster must have, by key."""
        homes = [home for home in self.homes.values() if cluster in home.clusters]
        return {item.key: Desired(home.name, item) for home in homes for item in home.items.values()}

    def apps(self, cluster: str) -> set[str]:
        """The Apps of a cluster, its own among them."""
        return {home.name for home in self.homes.values() if cluster in home.clusters}

    # ── commits ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def begin(self) -> None:
        """Commit a fleet of six Apps."""
        for cluster in CLUSTERS:
            home = Home(cluster, f"{GROUP}/{cluster}", (cluster,), loose=True)
            home.items = {f"namespace-{name}.yaml": Item("Namespace", name, "", 0) for name in NAMESPACES}
            home.items["anchor.yaml"] = self._item("ConfigMap")
            self.homes[cluster] = home
        for scope in (CLUSTERS, CLUSTERS, CLUSTERS, CLUSTERS, CLUSTERS[:1], CLUSTERS[1:]):
            self._add_app(scope)
        self._commit("Begin")

    def edit(self) -> str:
        """Commit one edit, as somebody would; says which."""
        edits = [self._change] * 3 + [self._move] * 3 + [self._remove, self._remove, self._add, self._rename, self._add_one]
        edits += [self._delete, self._delete, self._flip]
        done = None
        while done is None:
            done = self.random.choice(edits)()
        self._commit(done)
        for cluster in CLUSTERS:
            self.surviving[cluster] &= self.desired(cluster).keys()
        return done

    def git(self, *arguments: str) -> str:
        """Run git here, at the time that the number of commits says."""
        time = f"{1_700_000_000 + 60 * len(self.commits)} +0000"
        names = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _PERSON.items()}
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.path), **names}
        environment |= {"GIT_AUTHOR_DATE": time, "GIT_COMMITTER_DATE": time}
        done = subprocess.run(["git", *arguments], cwd=self.path, env=environment, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def _commit(self, message: str) -> None:
        wanted = dict(self._files())
        for file in self.path.rglob("*.yaml"):
            if str(file.relative_to(self.path)) not in wanted:
                file.unlink()
        for name, text in wanted.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        self.head = self.git("rev-parse", "HEAD")
        self.commits.append(self.head)

    def _files(self) -> Iterable[tuple[str, str]]:
        for home in self.homes.values():
            for file, item in home.items.items():
                yield f"{home.directory}/{file}", json.dumps(item.written, indent=2) + "\n"
            if home.kustomized:
                built = {"kind": "Kustomization", "resources": sorted(home.items)}
                yield f"{home.directory}/kustomization.yaml", json.dumps(built, indent=2) + "\n"
            if not home.loose:
                document = {"apiVersion": "fleethub.dev/v1alpha1", "kind": "App", "metadata": {"name": home.name}}
                yield home.declaration, json.dumps({**document, "spec": {"path": home.directory}}, indent=2) + "\n"

    # ── edits; None: not now ────────────────────────────────────────────────────────────────────────────────────────

    def _change(self) -> str:
        home = self._any(self.homes.values())
        files = [file for file, item in home.items.items() if item.kind != "Namespace"]
        for file in self.random.sample(files, k=self.random.randint(1, len(files))):
            old = home.items[file]
            home.items[file] = Item(old.kind, old.name, old.namespace, self._next())
        return f"Change {home.name}"

    def _add(self) -> str:
        home = self._any(self.homes.values())
        for _ in range(self.random.randint(1, 3)):
            item = self._item()
            home.items[f"{item.name}.yaml"] = item
        return f"Add to {home.name}"

    def _remove(self) -> str | None:
        home = self._any(self.homes.values())
        if not home.movable or not self._lose_object(home):
            return None
        del home.items[self._any(home.movable)]
        return f"Remove from {home.name}"

    def _move(self) -> str | None:
        source, target = self.random.sample(list(self.homes.values()), k=2)
        leaves = set(source.clusters) - set(target.clusters)
        if not source.movable or (leaves and not self._lose_object(source)):
            return None
        file = self._any(source.movable)
        target.items[file] = source.items.pop(file)
        return f"Move {file} from {source.name} to {target.name}"

    def _add_one(self) -> str | None:
        if len(self._real()) >= MOST_APPS:
            return None
        home = self._add_app(self.random.choice((CLUSTERS, CLUSTERS, CLUSTERS[:1], CLUSTERS[1:])))
        return f"Add App {home.name}"

    def _rename(self) -> str | None:
        home = self._any(self._real())
        if not self._lose_app(home):
            return None
        del self.homes[home.name]
        old, home.name = home.name, f"app-{self._next()}"
        self.homes[home.name] = home
        return f"Rename App {old} to {home.name}"

    def _delete(self) -> str | None:
        home = self._any(self._real())
        if not self._lose_app(home):
            return None
        del self.homes[home.name]
        return f"Delete App {home.name}"

    def _flip(self) -> str:
        home = self._any(self._real())
        home.kustomized = not home.kustomized
        return f"Let {home.name} be {'kustomized' if home.kustomized else 'plain'}"

    # ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _add_app(self, clusters: tuple[str, ...]) -> Home:
        name = f"app-{self._next()}"
        home = Home(name, f"apps/{name}", clusters, kustomized=self.random.random() < 0.2)
        home.items[f"anchor-{name}.yaml"] = self._item("ServiceAccount")
        for _ in range(self.random.randint(3, 9)):
            item = self._item()
            home.items[f"{item.name}.yaml"] = item
        self.homes[name] = home
        return home

    def _item(self, kind: str = "") -> Item:
        number = self._next()
        kind = kind or self.random.choice([each for each in KINDS if each != "Namespace"])
        return Item(kind, f"{kind.lower()}-{number}", self.random.choice(NAMESPACES), number)

    def _real(self) -> list[Home]:
        return [home for home in self.homes.values() if not home.loose]

    def _lose_object(self, home: Home) -> bool:
        if self._objects_gone.get(home.name, 0) >= MOST_OBJECTS_GONE:
            return False
        self._objects_gone[home.name] = self._objects_gone.get(home.name, 0) + 1
        return True

    def _lose_app(self, home: Home) -> bool:
        for cluster in home.clusters:
            if self._apps_gone[cluster] >= MOST_APPS_GONE or len(self.apps(cluster)) <= FEWEST_APPS:
                return False
        for cluster in home.clusters:
            self._apps_gone[cluster] += 1
        return True

    def _any(self, of: Iterable[Any]) -> Any:
        return self.random.choice(list(of))

    def _next(self) -> int:
        self._number += 1
        return self._number


_PERSON = {"NAME": "Ana", "EMAIL": "ana@example.com"}
