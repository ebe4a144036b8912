"""What the stories of hooks have in common: an App of one ConfigMap with hooks around it, and what was done when."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from fleet.hub.hub import Hub
from fleet.model.keys import AppKey
from fleet.model.sync import SyncReport, SyncState
from tests.controlplane.waiting import eventually
from tests.flows.planes import Plane, SandboxPlane
from tests.flows.safety import GROUP, OWN, fleet
from tests.flows.stories import app, config_map, live

JOBS = "/apis/batch/v1/namespaces/shop/jobs"
SETTINGS = "/api/v1/namespaces/shop/configmaps/settings"
ARGO = "argocd.argoproj.io"


def job(name: str, *annotations: str, image: str = "migrate:1", version: int = 1) -> str:
    """A Job that is a hook by these annotations."""
    said = ", ".join((*annotations, f'version: "{version}"'))
    return f"""
        apiVersion: batch/v1
        kind: Job
        metadata: {{name: {name}, annotations: {{{said}}}}}
        spec:
          backoffLimit: 0
          template:
            spec:
              restartPolicy: Never
              containers:
              - {{name: main, image: "registry.example.com/{image}"}}
        """


def argo(phase: str, **more: str) -> tuple[str, ...]:
    """Argo CD's annotations: the phase, `wave`, `policy`."""
    names = {"wave": f"{ARGO}/sync-wave", "policy": f"{ARGO}/hook-delete-policy"}
    return (f'{ARGO}/hook: "{phase}"', *(f'{names[name]}: "{value}"' for name, value in more.items()))


def helm(events: str, **more: str) -> tuple[str, ...]:
    """Helm's annotations: the events, `weight`, `policy`."""
    names = {"weight": "helm.sh/hook-weight", "policy": "helm.sh/hook-delete-policy"}
    return (f'helm.sh/hook: "{events}"', *(f'{names[name]}: "{value}"' for name, value in more.items()))


def files(plane: Plane, value: str = "1", **hooks: str) -> dict[str, str]:
    """A monorepo with an App of one ConfigMap and these hooks."""
    own = {f"{GROUP}/shop.yaml": app("shop", "apps/shop"), "apps/shop/settings.yaml": config_map("settings", value)}
    return {**fleet([plane.name]), **own, **{f"apps/shop/{name}.yaml": text for name, text in hooks.items()}}


def report(hub: Hub, plane: Plane) -> SyncReport | None:
    """The last Sync of the App."""
    return hub.state.reports.get(AppKey(plane.name, "shop"))


async def ended(hub: Hub, plane: Plane, commit: str, state: SyncState, *, says: str = "") -> SyncReport:
    """Wait until the App's Sync of a commit ended so."""

    def found() -> SyncReport | None:
        last = report(hub, plane)
        told = f"{last.state} at {last.revision.commit[:7]}: {last.message}" if last else "nothing"
        assert last, told
        assert (last.revision.commit, last.state) == (commit, state), told
        assert says in last.message, told
        return last

    return await eventually(found)  # type: ignore[arg-type]


def done(plane: Plane, *, writes: Iterable[str] = ("created", "deleted", "changed")) -> list[str]:
    """What the hub did to the App's objects, in order: `created migrate`."""
    names = {("patch", 201): "created", ("patch", 200): "changed", ("delete", 200): "deleted"}
    found: list[str] = []
    for request in plane.audit_since(agent="fleethub"):
        path = request.uri.partition("?")[0]
        word = names.get((request.verb, request.code))
        if word in writes and "/namespaces/shop/" in path and not path.endswith("/own"):
            found.append(f"{word} {path.rpartition('/')[2]}")
    return found


def finish(plane: Plane, name: str, *, well: bool = True) -> None:
    """Let a Job end, as its controller would, on a cluster that has none."""
    times = {"startTime": "2026-11-23T02:00:00Z", "completionTime": "2026-11-23T02:00:01Z"}
    kinds = ("SuccessCriteriaMet", "Complete") if well else ("FailureTarget", "Failed")
    conditions = [{"type": each, "status": "True", "reason": "Ended", "message": "it ended"} for each in kinds]
    status = {"conditions": conditions, **(times | {"succeeded": 1} if well else {"startTime": times["startTime"], "failed": 1})}
    plane.kube.patch(f"{JOBS}/{name}/status", {"status": status}).ok()


def last_words(plane: Plane) -> str:
    """What is told of the log of a Pod that failed: no kubelet of a real server's is there to be asked."""
    return "no container runs here" if isinstance(plane, SandboxPlane) else "its log could not be read"


def recorded(plane: Plane) -> dict[str, str]:
    """How the hooks of the last run ended, as the Record says: by `phase name`."""
    body = live(plane, f"{OWN}/record.0")
    apps = orjson.loads(body["data"]["apps.json"]) if body else {}
    ends = (apps.get("shop", {}).get("hooks") or {}).get("ended", [])
    return {f"{phase} {member.rpartition('/')[2]}": "succeeded" if well else "failed" for phase, member, well, _ in ends}
