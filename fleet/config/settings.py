"""How the hub works: every setting with its default and the reason for it. A hub without `settings:` has them all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, TypeVar, get_type_hints

from fleet.config.section import Section
from fleet.config.words import placed, size
from fleet.k8syaml import Limits

T = TypeVar("T")


def _seconds(default: float, low: float, high: float) -> Any:
    return field(default=default, metadata={"seconds": (low, high)})


def _count(default: int, low: int = 1) -> Any:
    return field(default=default, metadata={"count": low})


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderingSettings:
    """`settings.render`: what rendering may cost. 0 jobs: one per core."""

    kustomize: str = ""
    """Path of a `kustomize` or `kubectl` binary; empty: the packaged one, which is part of every Fingerprint."""
    helm: str = ""
    """Path of a `helm` binary of version 4; empty: the packaged library, in worker processes."""
    jobs: int = _count(0, 0)
    max_memory: int = _count(1024 * 1024 * 1024)  # of a worker: the largest charts people keep take a tenth
    deadline: float = _seconds(60.0, 1, 3600)  # the largest overlays people keep build in seconds
    max_output: int = _count(64 * 1024 * 1024)  # sixty times the largest bundle of CRDs
    cache_bytes: int = _count(1024 * 1024 * 1024)  # on disk; a thousand Apps take about 20 MiB
    memory_objects: int = _count(50_000)  # about 4 KiB each


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySettings:
    """`settings.history`: how much of it is kept."""

    max_age: float = _seconds(90 * 86400.0, 3600, 3650 * 86400)  # a quarter: what people ask about
    max_syncs: int = _count(200_000, 100)  # about 500 bytes each, with their changes 100 MiB
    max_drifts: int = _count(100_000, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftSettings:
    """`settings.drift`: when reverting stops because somebody else keeps writing the same object."""

    contested_reverts: int = _count(5)
    contested_window: float = _seconds(600.0, 10, 86400)
    override_managers: tuple[str, ...] = ("kubectl*", "before-first-apply")  # what people use, and what they used before


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSettings:
    """`settings.limits`: how much one file may ask."""

    yaml: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`settings`: durations in seconds."""

    lease_duration: float = _seconds(60.0, 3, 3600)  # how long a cluster waits for another hub after its own died
    lease_renew: float = _seconds(20.0, 1, 1200)  # two may fail before the lease ends
    workers: int = _count(16)  # Apps worked at once on one cluster: as many as the requests it answers at full pace
    requests_per_cluster: int = _count(16)  # as measured: more makes one kube-apiserver no faster
    requests_total: int = _count(256)  # sixteen clusters at full pace
    request_timeout: float = _seconds(30.0, 1, 600)  # more than the slowest admission webhook may take (10 s)
    connect_timeout: float = _seconds(10.0, 0.1, 120)
    fetch_timeout: float = _seconds(120.0, 1, 3600)  # ten times that for the first fetch
    behind_fetches: int = _count(3)  # a head older than what a cluster ran is fetched so often before it is another history
    behind_for: float = _seconds(600.0, 1, 86400)  # and for so long: a mirror that lags catches up in minutes
    stable_for: float = _seconds(5.0, 0, 3600)  # a container that ends soon after its start looks ready for a moment
    slow_after: float = _seconds(30.0, 0.1, 86400)  # most rollouts are over by then: who looks is told of the others
    render: RenderingSettings = field(default_factory=RenderingSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    history: HistorySettings = field(default_factory=HistorySettings)
    drift: DriftSettings = field(default_factory=DriftSettings)


def read_settings(section: Section) -> Settings:
    """Read `settings:`; what is wrong is noted and has its default."""
    found = read_fields(section, Settings)
    if found.lease_renew * 2 > found.lease_duration:
        name = "leaseRenew" if section.has("leaseRenew") else "leaseDuration"
        section.error(
            name,
            f"{name}: a lease must be renewed at least twice in its duration; write leaseRenew: "
            f"{found.lease_duration / 3:.3g}s or less",
        )
    return found


def read_fields(section: Section, kind: type[T]) -> T:
    """Read a mapping into a dataclass: fields are written in camelCase, and what is not written has its default."""
    assert is_dataclass(kind)
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for its in fields(kind):
        name = camel(its.name)
        if is_dataclass(hints[its.name]):
            values[its.name] = read_fields(section.section(name), hints[its.name])
        elif section.has(name):
            values[its.name] = _value(section, name, its.default, its.metadata)
    section.done()
    return kind(**values)


def _value(section: Section, name: str, default: Any, metadata: Mapping[str, Any]) -> Any:
    if "seconds" in metadata:
        low, high = metadata["seconds"]
        return section.seconds(name, default, low=low, high=high)
    if isinstance(default, tuple):
        return section.texts(name)
    if isinstance(default, str):
        return str(placed(section.text(name), section.problems.directory))
    return _number(section, name, default, metadata.get("count", 1))


def _number(section: Section, name: str, default: int, low: int) -> int:
    value = section.get(name)
    found = size(value) if isinstance(value, str) else value
    if not isinstance(found, int) or isinstance(found, bool) or found < low:
        section.error(name, f"{name} must be a whole number from {low}: write for example {name}: {default or low}")
        return default
    return found


def camel(name: str) -> str:
    """Write a Python name as the file does."""
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)
