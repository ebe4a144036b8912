"""P2 and P9: a thousand sandbox clusters, of which a commit concerns one; and a hub that comes back to them all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from fleet.errors import HubUnreachable
from tests.bench.figures import Figure, at_most
from tests.bench.sandboxes import WRITES, Farm
from tests.bench.straight_line import client_of, commit, cpu_seconds
from tests.flows.fleets import Monorepo
from tests.flows.soak_hub import HubProcess

CLUSTERS, FEW = 1000, 10
APPS = 20
ROUNDS = 7
KINDS = ("ConfigMap", "Secret", "ServiceAccount", "Role", "RoleBinding", "NetworkPolicy")
"""Kinds without a status: no controller runs in the sandboxes of a benchmark."""
_LONGEST = 1800.0


class Herd:
    """Some clusters of one fleet, their repository and their hub."""

    def __init__(self, directory: Path, name: str, clusters: int) -> None:
        self.directory = directory / name
        self.names = [f"{name}-{number:04}" for number in range(clusters)]
        self.repository = Monorepo(self.directory / "repository")
        self.hub = HubProcess(self.directory / "hub" / "clusters.yaml")

    def register(self, farm: Farm) -> None:
        """Write the registry. The hub fetches when it is told to, not between."""
        entries = "\n".join(f"  - {{name: {name}, kubeconfig: {{file: {farm.ways[name]['kubeconfig']}}}}}" for name in self.names)
        self.hub.registry.parent.mkdir(parents=True, exist_ok=True)
        self.hub.registry.write_text(
            f"fleet: acme\nsource: {{url: {self.repository.path}, branch: main, interval: 180s}}\n"
            f"state: {self.hub.state}\nclusters:\n{entries}\n"
        )

    def files(self) -> dict[str, str]:
        """The monorepo: nineteen Apps of the group, and each cluster's own objects; 50 objects of 6 kinds a cluster."""
        found = {f"apps/{name}/objects.yaml": "---\n".join(texts) for name, texts in _apps().items()}
        found["clusters/herd/apps.yaml"] = "---\n".join(_declaration(name) for name in _apps())
        return found | {f"clusters/herd/{name}/own.yaml": own(name, edition=1) for name in self.names}

    async def at_rest(self) -> float:
        """Wait until every cluster is ready and every App in sync; gives the seconds until all were ready."""
        begun, ready = time.monotonic(), 0.0
        while time.monotonic() - begun < _LONGEST:
            self.hub.check()
            found = self._status()
            if found and not ready and all(each["phase"] == "ready" for each in found):
                ready = time.monotonic() - begun
            if ready and all(each["states"] == {"synced": APPS} for each in found):
                return ready
            await asyncio.sleep(1.0)
        raise AssertionError(f"not at rest after {_LONGEST:g} s:\n{self.hub.told()}")

    def _status(self) -> list[dict[str, Any]]:
        try:
            found: list[dict[str, Any]] = client_of(self.hub).get("status")["clusters"]
        except HubUnreachable:
            return []
        return found


def own(cluster: str, *, edition: int) -> str:
    """The two objects of a cluster's own."""
    return "---\n".join(_object("ConfigMap", f"{cluster}-{name}", edition=edition) for name in ("own", "more"))


def _apps() -> dict[str, list[str]]:
    """Nineteen Apps: ten of three objects, nine of two."""
    made: dict[str, list[str]] = {}
    for number in range(APPS - 1):
        name, count = f"app-{number:02}", 3 if number < 10 else 2
        made[name] = [_object(KINDS[(3 * number + each) % len(KINDS)], f"{name}-{each}") for each in range(count)]
    return made


def _declaration(name: str) -> str:
    return f"apiVersion: fleethub.dev/v1alpha1\nkind: App\nmetadata: {{name: {name}}}\nspec: {{path: apps/{name}}}\n"


_BODIES = {
    "ConfigMap": ("v1", 'data: {{value: "{edition}"}}'),
    "Secret": ("v1", 'stringData: {{value: "{edition}"}}'),
    "ServiceAccount": ("v1", "automountServiceAccountToken: false"),
    "Role": ("rbac.authorization.k8s.io/v1", 'rules: [{{apiGroups: [""], resources: [pods], verbs: [get]}}]'),
    "RoleBinding": (
        "rbac.authorization.k8s.io/v1",
        "roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: pods}}\nsubjects: [{{kind: User, name: ana}}]",
    ),
    "NetworkPolicy": ("networking.k8s.io/v1", "spec: {{podSelector: {{}}, policyTypes: [Ingress]}}"),
}


def _object(kind: str, name: str, *, edition: int = 1) -> str:
    version, rest = _BODIES[kind]
    return (
        f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}, namespace: default}}\n{rest.format(edition=edition)}\n"
    )


# ── the figures ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def measure(directory: Path, chosen: Iterable[str], *, clusters: int = CLUSTERS) -> list[Figure]:
    """Install the fleets, then measure what was chosen."""
    many, few = Herd(directory, "many", clusters), Herd(directory, "few", FEW)
    farm = Farm(directory / "sandboxes", [*many.names, *few.names])
    figures: list[Figure] = []
    try:
        for herd in (few, many):
            figures += await _installed(herd, farm)
        figures.append(_memory(farm, len(many.names) + FEW))
        if "P2" in chosen:
            figures += await _one_of_many(many, few, farm)
        if "P9" in chosen:
            figures += await _restarted(many, farm)
    finally:
        many.hub.end()
        few.hub.end()
        farm.end()
    return figures


async def _installed(herd: Herd, farm: Farm) -> list[Figure]:
    herd.register(farm)
    commit(herd.repository, herd.files())
    begun, used = time.monotonic(), farm.ask("cpu")
    herd.hub.start()
    await herd.at_rest()
    wall, hub = time.monotonic() - begun, cpu_seconds(herd.hub.pid)
    what = f"install of {len(herd.names)} clusters × 50 objects"
    return [
        Figure(id="fleet", what=what, value=wall, unit="s"),
        Figure(id="fleet", what=f"{what}, CPU of the hub", value=hub, unit="s"),
        Figure(id="fleet", what=f"{what}, CPU of the sandboxes", value=farm.ask("cpu") - used, unit="s"),
    ]


def _memory(farm: Farm, clusters: int) -> Figure:
    what = f"memory of {clusters} sandboxes with 50 objects each, per cluster"
    return Figure(id="fleet", what=what, value=farm.resident() / clusters / 1024, unit="KiB")


async def _one_of_many(many: Herd, few: Herd, farm: Farm) -> list[Figure]:
    """Commit one file of one cluster, in turn in each fleet, and time it until the first write that follows."""
    seconds: dict[str, list[float]] = {"many": [], "few": []}
    asked = 0
    for edition in range(2, ROUNDS + 2):
        for key, herd in (("many", many), ("few", few)):
            name = herd.names[edition % len(herd.names)]
            commit(herd.repository, {f"clusters/herd/{name}/own.yaml": own(name, edition=edition)})
            farm.ask("mark")
            begun = time.time()
            await asyncio.to_thread(client_of(herd.hub).post, "fetch", {})
            seconds[key].append(await asyncio.to_thread(farm.ask, "first", name) - begun)
            await asyncio.sleep(1.0)
            others = {other: found for other, found in farm.ask("since").items() if other != name}
            asked += sum(count for found in others.values() for what, count in found.items() if not _idle(what))
    ratios = [one / two for one, two in zip(seconds["many"], seconds["few"], strict=True)]
    facts: dict[str, Any] = {"id": "P2", "unit": "ms"}
    return [
        Figure(what=f"one of {len(many.names)} clusters, fetch to plan", value=1000 * median(seconds["many"]), **facts),
        Figure(what=f"one of {FEW} clusters, fetch to plan", value=1000 * median(seconds["few"]), **facts),
        at_most(2, id="P2", what="ratio", value=median(ratios), unit="×", samples=tuple(ratios)),
        at_most(0, id="P2", what="requests to the other clusters", value=asked, unit=""),
    ]


async def _restarted(herd: Herd, farm: Farm) -> list[Figure]:
    """Kill the hub, delete its database, start it again, and count what it asks."""
    herd.hub.kill()
    herd.hub.forget_history()
    farm.ask("mark")
    used = farm.ask("cpu")
    herd.hub.start()
    ready = await herd.at_rest()
    found = {name: asked for name, asked in farm.ask("since").items() if name in herd.names}
    writes = sum(_count(asked, WRITES) for asked in found.values())
    lists = max(count for asked in found.values() for what, count in asked.items() if what.startswith("list "))
    requests = sum(sum(asked.values()) for asked in found.values()) / len(found)
    return [
        at_most(60, id="P9", what=f"restart over {len(found)} clusters, all ready", value=ready, unit="s"),
        Figure(id="P9", what="CPU of the hub until at rest", value=cpu_seconds(herd.hub.pid), unit="s"),
        Figure(id="P9", what="CPU of the sandboxes until at rest", value=farm.ask("cpu") - used, unit="s"),
        at_most(0, id="P9", what="writes but leases", value=writes, unit=""),
        at_most(1, id="P9", what="lists of one collection of a cluster, most", value=lists, unit=""),
        Figure(id="P9", what="requests per cluster", value=requests, unit=""),
    ]


def _count(asked: Mapping[str, int], verbs: Iterable[str]) -> int:
    return sum(count for what, count in asked.items() if what.partition(" ")[0] in verbs and not what.endswith("/leases"))


def _idle(what: str) -> bool:
    """Whether a request is what a hub at rest sends too: renewals of leases, watches that are opened again."""
    return what.endswith("/leases") or what.startswith("watch ")
