"""The Record as ConfigMaps, and back. Pure.

Each App's entry stands in the ConfigMap that its name's hash says. `record.0` counts the ConfigMaps and is written after
those it counts. An entry may stand in two of them while they are split anew: the higher sequence is the true one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from fleet.errors import FleetError, ObserveOnly, RecordTooLarge, RecordUnreadable
from fleet.kube.kept.own import FORMAT, malformed, name_of, own_labels, read_identity, version_of
from fleet.model.inventory import Approval, Departed, Identity, Outcome, Record, RecordEntry
from fleet.model.keys import ObjectKey
from fleet.model.marks import FLEET, NAMESPACE
from fleet.model.sync_hook import HookEnd, HookPhase, HookRun

ENTRY_BYTES = 256 * 1024
_OUTCOMES = 10
_PREFIX = "record."


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One ConfigMap of the Record, as it is in the cluster."""

    number: int
    resource_version: str
    record: Record
    """Whose it is, with this shard's entries."""
    shards: int
    """How many there are, as it says; only `record.0` is believed."""


def record_name(number: int) -> str:
    """The ConfigMap of a shard."""
    return f"{_PREFIX}{number}"


def encode(entry: RecordEntry, *, cluster: str, app: str) -> bytes:
    """An entry as JSON, with its last ten outcomes. Raises RecordTooLarge: one App must not fill the others' ConfigMap."""
    told: dict[str, Any] = {
        "applied": entry.applied,
        "intended": entry.intended,
        "digest": entry.digest,
        "members": entry.members,
        "previous": entry.previous,
        "outcomes": [[outcome.commit, outcome.state, outcome.time] for outcome in entry.outcomes[-_OUTCOMES:]],
        "jobs": list(entry.jobs),
        "decisions": [_approval(approval) for approval in entry.decisions],
        "sequence": entry.sequence,
    }
    if entry.requested is not None:
        told["requested"] = entry.requested
    if entry.hooks is not None:
        told["hooks"] = _run(entry.hooks)
    text = orjson.dumps(told)
    if len(text) > ENTRY_BYTES:
        raise RecordTooLarge(cluster=cluster, app=app, size=len(text), limit=ENTRY_BYTES)
    return text


def _run(run: HookRun) -> dict[str, Any]:
    ended = [[end.phase.value, end.key.member, end.succeeded, end.reason] for end in run.ended]
    told = {"run": run.id, "fingerprint": run.fingerprint, "first": run.first, "failed": run.failed, "ended": ended}
    return told | {"removal": True} if run.removal else told


def _approval(approval: Approval) -> dict[str, Any]:
    told: dict[str, Any] = {"word": approval.word, "by": approval.by, "time": approval.time, "keys": _members(approval.keys)}
    if approval.rest:
        told |= {"rest": sorted(approval.rest), "spent": _members(approval.spent)}
    return told


def _members(keys: Iterable[ObjectKey]) -> list[str]:
    return sorted(key.member for key in keys)


def decode(entry: Mapping[str, Any]) -> RecordEntry:
    """Read an entry; raises ValueError, TypeError or KeyError when it is none."""
    return RecordEntry(
        applied=str(entry.get("applied", "")),
        intended=str(entry.get("intended", "")),
        digest=str(entry.get("digest", "")),
        members=str(entry.get("members", "")),
        previous=str(entry.get("previous", "")),
        outcomes=tuple(Outcome(commit=commit, state=state, time=time) for commit, state, time in entry.get("outcomes", ())),
        jobs=tuple(entry.get("jobs", ())),
        hooks=_hooks(entry["hooks"]) if "hooks" in entry else None,
        decisions=tuple(map(_decision, entry.get("decisions", ()))),
        requested=str(entry["requested"]) if "requested" in entry else None,
        sequence=int(entry["sequence"]),
    )


def _hooks(run: Mapping[str, Any]) -> HookRun:
    ended = tuple(
        HookEnd(phase=HookPhase(phase), key=ObjectKey.parse_member(member), succeeded=bool(succeeded), reason=str(reason))
        for phase, member, succeeded, reason in run["ended"]
    )
    return HookRun(
        id=str(run["run"]),
        fingerprint=str(run["fingerprint"]),
        removal=bool(run.get("removal")),
        first=bool(run["first"]),
        failed=bool(run["failed"]),
        ended=ended,
    )


def _decision(approval: Mapping[str, Any]) -> Approval:
    keys, spent = (frozenset(map(ObjectKey.parse_member, approval.get(name, ()))) for name in ("keys", "spent"))
    rest = frozenset(map(str, approval.get("rest", ())))
    return Approval(word=approval["word"], by=approval["by"], time=approval["time"], keys=keys, rest=rest, spent=spent)


def shard_body(record: Record, number: int, *, shards: int, entries: Mapping[str, bytes]) -> dict[str, Any]:
    """The ConfigMap of one shard: `entries` are those of `record` that stand in it, encoded."""
    apps = b",".join(orjson.dumps(app) + b":" + entries[app] for app in sorted(entries))
    data = {
        "format": FORMAT,
        "cluster": str(record.cluster),
        "repository": record.repository,
        "shards": str(shards),
        "apps.json": "{" + apps.decode() + "}",
    }
    if record.departed:
        data["departed.json"] = orjson.dumps([[said.engine, said.by, said.time] for said in record.departed]).decode()
    metadata = {"name": record_name(number), "namespace": NAMESPACE, "labels": own_labels("record", record.fleet)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def shard_number(name: str) -> int | None:
    """The number of the shard that a ConfigMap of this name is; None when it is none."""
    number = name.removeprefix(_PREFIX)
    return int(number) if name.startswith(_PREFIX) and number.isdigit() else None


def read_shards(maps: Iterable[Mapping[str, Any]], *, cluster: str, whole: bool = True) -> tuple[Shard, ...]:
    """Read those of our ConfigMaps that are shards; raises RecordUnreadable, naming one, when any is malformed.

    So does one that is missing, unless `whole` is false: for who knows already what it held.
    """
    shards = tuple(_shard(body, cluster) for body in maps if shard_number(name_of(body)) is not None)
    if not shards or not whole:
        return shards
    by_number = {shard.number: shard for shard in shards}
    counted = by_number[0].shards if 0 in by_number else 1
    missing = [number for number in range(counted) if number not in by_number]
    if missing:
        raise malformed(RecordUnreadable, cluster=cluster, name=record_name(missing[0]), reason="it is missing")
    return shards


def _shard(body: Mapping[str, Any], cluster: str) -> Shard:
    try:
        return _read_shard(body)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        reason = f"{type(error).__name__}: {error}" if isinstance(error, KeyError) else str(error)
        raise malformed(RecordUnreadable, cluster=cluster, name=name_of(body), reason=reason) from error


def _read_shard(body: Mapping[str, Any]) -> Shard:
    data, labels = body.get("data") or {}, body["metadata"].get("labels") or {}
    if data.get("format") != FORMAT:
        raise ValueError(f"its format is {data.get('format')!r}, and {FORMAT!r} is all this version knows")
    if not labels.get(FLEET):
        raise ValueError(f"it lacks the label {FLEET}")
    record = Record(
        fleet=labels[FLEET],
        cluster=read_identity(data.get("cluster") or ""),
        repository=data["repository"],
        apps={app: decode(entry) for app, entry in orjson.loads(data["apps.json"]).items()},
        departed=tuple(_departed(*each) for each in orjson.loads(data.get("departed.json") or "[]")),
    )
    number = shard_number(name_of(body)) or 0
    return Shard(number=number, resource_version=version_of(body), record=record, shards=int(data["shards"]))


def _departed(engine: str, by: str, time: str) -> Departed:
    return Departed(engine=str(engine), by=str(by), time=str(time))


def united(*records: Record | None) -> tuple[Departed, ...]:
    """What was said in any of these, the first of each engine."""
    said: dict[str, Departed] = {}
    for record in records:
        for one in record.departed if record else ():
            said.setdefault(one.engine, one)
    return tuple(said[engine] for engine in sorted(said))


def whose(record: Record) -> tuple[str, Identity, str]:
    """What says whether a Record is ours: fleet id, cluster, repository id."""
    return record.fleet, record.cluster, record.repository


def merged(shards: Iterable[Shard], *, cluster: str) -> Record | None:
    """One Record of all shards, of each entry the copy with the higher sequence; None when there is no shard.

    Raises RecordUnreadable when they do not all belong to the same fleet, cluster and repository.
    """
    found: Record | None = None
    apps: dict[str, RecordEntry] = {}
    shards = tuple(shards)
    for shard in shards:
        found = found or shard.record
        if whose(shard.record) != whose(found):
            reason = "it is of another fleet, cluster or repository than the others"
            raise malformed(RecordUnreadable, cluster=cluster, name=record_name(shard.number), reason=reason)
        for app, entry in shard.record.apps.items():
            if app not in apps or entry.sequence > apps[app].sequence:
                apps[app] = entry
    if found is None:
        return None
    departed = united(*(shard.record for shard in shards))
    return Record(fleet=found.fleet, cluster=found.cluster, repository=found.repository, apps=apps, departed=departed)


def refusal(record: Record, ours: Record) -> FleetError | None:
    """Why a Record that was found is not to be written in the name of ours; None when it is."""
    if whose(record) == whose(ours):
        return None
    reason = f"its Record is of fleet {record.fleet}, cluster {record.cluster}, repository {record.repository}"
    return ObserveOnly(cluster=ours.cluster.name, reason=reason)
