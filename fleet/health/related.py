"""Says what to fetch for a check that wants to see more than the object itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fleet.health.rules.reading import items, mappings, section, text
from fleet.hooks import HealthCheck
from fleet.model.keys import GroupKind
from fleet.schema import scope


@dataclass(frozen=True, slots=True)
class Look:
    """One list request: a kind, a namespace (empty: cluster-scoped), a label selector (empty: all of them)."""

    kind: GroupKind
    namespace: str
    selector: str


def looks(live: Mapping[str, Any], check: HealthCheck) -> tuple[Look, ...]:
    """The lists that together hold what a check may ask of an object; only worth their cost while it is not Healthy.

    Of a built-in kind without a namespace all objects are listed, classes mostly; of any other those in the object's own
    namespace that its `spec.selector` selects, all where it has none. A selector may match strangers: rules go by owner.
    """
    namespace = text(section(live, "metadata"), "namespace")
    return tuple(_look(kind, namespace, live) for kind in check.related)


def _look(kind: GroupKind, namespace: str, live: Mapping[str, Any]) -> Look:
    if not namespace or scope(kind.group, kind.kind) == "Cluster":
        return Look(kind, "", "")
    return Look(kind, namespace, ",".join(_requirements(section(live, "spec", "selector"))))


def _requirements(selector: Mapping[str, Any]) -> Iterator[str]:
    # A ReplicationController writes the labels directly.
    structured = "matchLabels" in selector or "matchExpressions" in selector
    labels = section(selector, "matchLabels") if structured else selector
    yield from (f"{name}={value}" for name, value in sorted(labels.items()) if isinstance(value, str))
    yield from sorted(filter(None, map(_expression, mappings(selector, "matchExpressions"))))


def _expression(entry: Mapping[str, Any]) -> str:
    key, values = text(entry, "key"), ",".join(value for value in items(entry, "values") if isinstance(value, str))
    written = {"In": f"{key} in ({values})", "NotIn": f"{key} notin ({values})", "Exists": key, "DoesNotExist": f"!{key}"}
    return written.get(text(entry, "operator"), "")
