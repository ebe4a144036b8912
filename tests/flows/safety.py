"""What the stories of safety have in common: a fleet in which something is about to go wrong, and what is left of it after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from fleet.hub.hub import Hub
from fleet.hub.state import Phase
from fleet.model.keys import AppKey
from fleet.model.plan import Hold
from fleet.model.sync import SyncReport, SyncState
from tests.controlplane.waiting import eventually
from tests.flows.fleets import FAST, Monorepo, write_registry
from tests.flows.planes import Plane
from tests.flows.stories import app, config_map, writes

GROUP = "clusters/all"
OWN = "/api/v1/namespaces/fleethub-system/configmaps"
CONFIG_MAPS = "/api/v1/namespaces/shop/configmaps"
SHOP = """
    apiVersion: v1
    kind: Namespace
    metadata: {name: shop}
    """


def objects(name: str, count: int, *, value: str = "1") -> dict[str, str]:
    """An App's directory of so many ConfigMaps, `<name>-1` and on."""
    numbers = range(1, count + 1)
    return {f"apps/{name}/{name}-{n}.yaml": config_map(f"{name}-{n}", value) for n in numbers}


def fleet(clusters: Iterable[str], **apps: int) -> dict[str, str]:
    """A monorepo: a group of clusters, each with a Namespace and an object of its own, and Apps of so many objects each."""
    files = {f"{GROUP}/{name}/own.yaml": config_map("own", name) for name in clusters}
    files |= {f"{GROUP}/namespaces.yaml": SHOP}
    for name, count in apps.items():
        files |= {f"{GROUP}/{name}.yaml": app(name, f"apps/{name}"), **objects(name, count)}
    return files


def without(*names: str) -> dict[str, None]:
    """Remove these files."""
    return dict.fromkeys(names)


class Place:
    """A monorepo and the registry of the clusters it is for."""

    def __init__(self, directory: Path, *planes: Plane, settings: str = FAST) -> None:
        self.directory = directory
        self.planes = planes
        self.repository = Monorepo(directory / "repository")
        self.settings = settings
        self.commit = self.repository.commit
        self.registry = write_registry(directory, self.repository.path, planes, settings=settings)

    def forget(self) -> None:
        """Lose the database, as a hub that is replaced does."""
        for file in (self.directory / "state").glob("fleet.db*"):
            file.unlink()


def names(plane: Plane, prefix: str = "") -> set[str]:
    """The ConfigMaps in the shop's namespace, by prefix."""
    found = {item["metadata"]["name"] for item in plane.kube.list(CONFIG_MAPS)}
    return {name for name in found if name.startswith(prefix) and name != "kube-root-ca.crt"}


def deletes(plane: Plane, mark: object = None) -> list[str]:
    """What the hub deleted, its own ConfigMaps left out."""
    found = [write.partition("?")[0].partition(" ") for write in writes(plane, mark)]
    return [uri for verb, _, uri in found if verb == "delete" and "/fleethub-system/" not in uri]


def report(hub: Hub, plane: Plane, name: str) -> SyncReport | None:
    """The last Sync of an App."""
    return hub.state.reports.get(AppKey(plane.name, name))


async def held(hub: Hub, plane: Plane, name: str, *, commit: str = "") -> Mapping[str, Hold]:
    """Wait until an App is held (at a commit), and give its Holds by guard."""

    def found() -> Mapping[str, Hold] | None:
        last = report(hub, plane, name)
        if last is None or last.plan is None or last.state is not SyncState.HELD or commit not in ("", last.revision.commit):
            return None
        return {hold.guard: hold for hold in last.plan.holds}

    return await eventually(found)  # type: ignore[arg-type]


async def quiet(hub: Hub, commit: str, *clusters: Plane | str, looks: int = 30) -> None:
    """Wait until the hub has mapped a commit, and at so many looks in a row has nothing to do on these clusters.

    Looks, and no seconds: a hub that stands still, as its machine does, does nothing either. 30 take a second.
    """
    names = [cluster if isinstance(cluster, str) else cluster.name for cluster in clusters]
    seen = [0]

    def still() -> bool:
        seen[0] = seen[0] + 1 if all(_idle(hub, name, commit) for name in names) else 0
        return seen[0] > looks

    await eventually(still)


def _idle(hub: Hub, name: str, commit: str) -> bool:
    runtime, mapped = hub.clusters[name], hub.revisions.map
    return (
        mapped is not None
        and mapped.revision.commit == commit
        and runtime.site is not None
        and runtime.desired.settled
        and runtime.worker.idle
    )


async def observing(hub: Hub, name: str, saying: str = "") -> str:
    """Wait until a cluster is only observed, for a reason that says so; gives why.

    There may be another reason for a moment: a head that is reset before it is committed to is behind until then.
    """

    def found() -> str:
        status = hub.state.clusters.get(name)
        assert status, "nothing is known of it"
        assert (status.phase, saying in status.message) == (Phase.OBSERVING, True), f"{status.phase}: {status.message}"
        return status.message

    return await eventually(found)


async def ready(hub: Hub, name: str) -> None:
    """Wait until a cluster may be written."""
    await eventually(lambda: hub.state.clusters[name].phase is Phase.READY)
