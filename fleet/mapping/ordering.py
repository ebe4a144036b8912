"""What is wrong with the order in which a cluster's Apps want to be synced: names that no App has, and circles. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from fleet.errors import FleetError, MappingError
from fleet.model.app import App, DesiredApp

Depends = Mapping[str, tuple[str, ...]]


def disorder(apps: Mapping[str, DesiredApp]) -> Mapping[str, tuple[FleetError, ...]]:
    """By App: what is wrong with its `dependsOn`. Apps of which nothing is wrong are not in the answer."""
    declared = {name: desired.app for name, desired in apps.items()}
    depends = {name: app.depends_on for name, app in declared.items() if app.depends_on}
    if not depends:
        return {}
    tangled = _tangled(depends)
    wrong = {name: (*_unknown(app, declared), *_circle(app, tangled, declared)) for name, app in declared.items()}
    return {name: errors for name, errors in wrong.items() if errors}


def _unknown(app: App, declared: Mapping[str, App]) -> Iterator[FleetError]:
    for name in dict.fromkeys(app.depends_on):
        if name not in declared:
            near = difflib.get_close_matches(name, sorted(declared), n=1)
            meant = f"; did you mean {near[0]}?" if near else ""
            yield _error(app, f"App {app.key.app} depends on {name}, and its cluster has no App of that name{meant}")


def _circle(app: App, tangled: Depends, declared: Mapping[str, App]) -> Iterator[FleetError]:
    path = _way_back(app.key.app, tangled)
    if path:
        line = " → ".join(f"{name} ({declared[name].declared_by.origin})" for name in path[:-1])
        yield _error(app, f"App {app.key.app} depends on itself: {' → '.join(path)}; declared: {line}")


def _tangled(depends: Depends) -> Depends:
    """What is left when Apps that depend on nothing that is left are taken away until there are none: circles, and ways there."""
    left = dict(depends)
    while True:
        rest = {name: tuple(each for each in left[name] if each in left) for name in left}
        kept = {name: some for name, some in rest.items() if some}
        if kept.keys() == left.keys():
            return kept
        left = kept


def _way_back(start: str, tangled: Depends) -> tuple[str, ...]:
    """The shortest way from an App to itself; empty when there is none."""
    ways: dict[str, tuple[str, ...]] = {start: (start,)}
    border = [start] if start in tangled else []
    while border:
        name = border.pop(0)
        for each in tangled.get(name, ()):
            if each == start:
                return (*ways[name], start)
            if each not in ways:
                ways[each] = (*ways[name], each)
                border.append(each)
    return ()


def _error(app: App, message: str) -> FleetError:
    origin = app.declared_by.origin
    return MappingError(file=origin.file, line=origin.line, message=message)
