"""Says what to fetch for a check that wants to see more than the object itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fleet.errors import PluginFailed
from fleet.health.rules.reading import items, mappings, section, text
from fleet.hooks import HealthCheck, Look, guard
from fleet.model.keys import GroupKind
from fleet.schema import scope


def looks(live: Mapping[str, Any], check: HealthCheck) -> tuple[Look, ...]:
    """The lists that together hold what a check may ask of an object; only worth their cost while it is not Healthy.

    Of a built-in kind without a namespace all objects are listed, classes mostly; of any other those in the object's own
    namespace that its `spec.selector` selects, all where it has none. A selector may match strangers: rules go by owner.
    Raises PluginFailed where the check's own function does, or gives something else; `assess` then says Unknown.
    """
    if callable(check.related):
        return _asked(check, live)
    namespace = text(section(live, "metadata"), "namespace")
    return tuple(_look(kind, namespace, live) for kind in check.related)


def _asked(check: HealthCheck, live: Mapping[str, Any]) -> tuple[Look, ...]:
    def collected(live: Mapping[str, Any]) -> tuple[Any, ...]:
        assert callable(check.related)
        return tuple(dict.fromkeys(check.related(live)))  # one that yields may raise only now

    plugin = f"the health check of {check.kind}"
    found = guard.call(collected, live, plugin=plugin)
    strange = [type(other).__name__ for other in found if not isinstance(other, Look)]
    if strange:
        raise PluginFailed(plugin=plugin, function="related", reason=f"it gave {strange[0]}, not a Look")
    return found


def _look(kind: GroupKind, namespace: str, live: Mapping[str, Any]) -> Look:
    if not namespace or scope(kind.group, kind.kind) == "Cluster":
        return Look(kind)
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
