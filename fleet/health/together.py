"""Judges objects that are given together, without a cluster: each may be what another wants to see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from fleet.errors import FleetError
from fleet.health.declared import declared_of
from fleet.health.judge import assess
from fleet.health.related import looks
from fleet.health.rules.reading import section, text
from fleet.hooks import HealthCheck, HealthContext, Look
from fleet.model.declared import Declared
from fleet.model.health import Health, HealthState
from fleet.model.keys import GroupKind, ObjectKey

Body = Mapping[str, Any]

_DEFINITION = GroupKind("apiextensions.k8s.io", "CustomResourceDefinition")


def assess_all(bodies: Sequence[Body], check_of: Callable[[GroupKind], HealthCheck], *, now: datetime) -> list[Health]:
    """Judge each of some objects, in their order, as the hub would: what a check wants to see is looked for among them all.

    Definitions among them tell what their kinds report. When an object was last written is not known. One that does not even
    say when it was created counts as written now: that it will never report anything is then nobody's to say.
    """
    declared = dict(_declarations(bodies))
    judged = [(_context(body, declared, now=now), check_of(ObjectKey.of(body).group_kind)) for body in bodies]
    wanted = [_wanted(context.live, check) for context, check in judged]
    shelf = _Shelf(bodies, frozenset(look.kind for each in wanted for look in each))
    return [_assess(context, check, wanted, shelf) for (context, check), wanted in zip(judged, wanted, strict=True)]


def _wanted(live: Body, check: HealthCheck) -> tuple[Look, ...]:
    try:
        return looks(live, check)
    except FleetError:
        return ()  # its Health says so


def _assess(context: HealthContext, check: HealthCheck, wanted: Iterable[Look], shelf: _Shelf) -> Health:
    found = assess(context, check)
    if not check.related or (found.state is HealthState.HEALTHY and not check.related_always):
        return found
    related = {ObjectKey.of(each): each for look in wanted for each in shelf.find(look)}
    return assess(replace(context, related=related), check)


def _context(body: Body, declared: Mapping[tuple[str, str], Declared], *, now: datetime) -> HealthContext:
    told = declared.get((body["apiVersion"], body["kind"]))
    written = None if text(section(body, "metadata"), "creationTimestamp") else now
    has_status = told is None or told.status
    # What is not among them may well be in the cluster.
    return HealthContext(live=body, looked=False, last_write=written, now=now, declared=told, has_status=has_status)


def _declarations(bodies: Iterable[Body]) -> Iterator[tuple[tuple[str, str], Declared]]:
    """What the definitions among some objects declare, by apiVersion and kind."""
    for body in bodies:
        if ObjectKey.of(body).group_kind == _DEFINITION:
            group, kind = text(section(body, "spec"), "group"), text(section(body, "spec", "names"), "kind")
            yield from (((f"{group}/{version}", kind), found) for version, found in declared_of(body).items())


class _Shelf:
    """Objects of some kinds, found as a list request finds them; expressions of a selector are not looked at.

    That may find strangers, which is what the rules expect of a selector anyway: they go by owner.
    """

    def __init__(self, bodies: Iterable[Body], kinds: frozenset[GroupKind]) -> None:
        self._found: dict[tuple[GroupKind, str, str], list[Body]] = {}
        for body in bodies:
            key = ObjectKey.of(body)
            if key.group_kind not in kinds:
                continue
            for label in ("", *_labels(body)):
                for namespace in {"", key.namespace}:
                    self._found.setdefault((key.group_kind, namespace, label), []).append(body)

    def find(self, look: Look) -> list[Body]:
        """The objects that a Look is about, in the order in which they were given."""
        wanted = [part for part in look.selector.split(",") if "=" in part]
        lists = [self._found.get((look.kind, look.namespace, label), []) for label in wanted or [""]]
        shortest = min(lists, key=len)
        return [body for body in shortest if set(wanted) <= set(_labels(body)) and _is_named(body, look.name)]


def _is_named(body: Body, name: str) -> bool:
    return name in ("", text(section(body, "metadata"), "name"))


def _labels(body: Body) -> Iterator[str]:
    return (f"{name}={value}" for name, value in section(body, "metadata", "labels").items())
