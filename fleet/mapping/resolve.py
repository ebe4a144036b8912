"""Which of all declarations count for one cluster: the nearest of each identity, and none of which two say the same.

Pure. A declaration's depth is its directory's; one that stands in an App's render has the depth of the file that, at the
beginning of the line of parents, declared it. Nearer ones are settled first, so that an App that is overridden declares
nothing itself, whatever its render holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from fleet.errors import FleetError, MappingError
from fleet.model.app import App, Elsewhere, Notice
from fleet.model.keys import ObjectKey
from fleet.model.manifest import Declaration, Origin

_MAX_GENERATIONS = 32  # Apps that declare Apps that declare Apps: people use two or three; a reader could make up more for ever


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One document that declares Apps, as it was read for one cluster."""

    identity: ObjectKey
    origin: Origin
    depth: int
    apps: tuple[App, ...] = ()
    """Empty when it is in error: it then stands for Apps that nobody can tell."""
    notices: tuple[Notice, ...] = ()
    """What it says that has no effect."""
    elsewhere: tuple[Elsewhere, ...] = ()
    """For whom else it is."""
    errors: tuple[FleetError, ...] = field(default=(), hash=False)
    ancestors: tuple[ObjectKey, ...] = ()
    """Identities of the declarations whose Apps' renders it stands in, the outermost first; empty in a file."""
    parent_app: str = ""
    """The App whose render it stands in; empty in a file."""
    manual: bool = False
    """Whether that App is synced on request alone: so is then what it declares."""
    read_from: Declaration | None = None
    """The document itself, where it looks at others and may have to be read again."""
    looks: tuple[tuple[ObjectKey, str | None], ...] = ()
    """Other documents it looked at, and what it saw: a digest, empty where there is nothing, None while that is not known."""

    @property
    def waits(self) -> bool:
        """Whether it looked for what is not known yet."""
        return any(seen is None for _, seen in self.looks)

    @property
    def parent(self) -> ObjectKey | None:
        """The declaration in whose App's render it stands."""
        return self.ancestors[-1] if self.ancestors else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The Apps that are declared, and everything that is wrong among the declarations."""

    apps: Mapping[str, App] = field(hash=False)
    declared: Mapping[str, Declared] = field(hash=False)
    """By App name: the declaration it comes from."""
    errors: tuple[FleetError, ...] = field(default=(), hash=False)
    overridden: Mapping[ObjectKey, tuple[Origin, Origin]] = field(default_factory=dict, hash=False)
    """Identity to (nearer, farther)."""
    notices: tuple[Notice, ...] = ()
    """Of the declarations that count."""
    elsewhere: tuple[Elsewhere, ...] = ()
    """What of those in renders is for other clusters."""


class _Settling:
    """What is settled so far."""

    def __init__(self) -> None:
        self.winners: dict[ObjectKey, Declared] = {}
        self.overridden_at: dict[tuple[ObjectKey, int], Declared] = {}
        self.spoiled: set[ObjectKey] = set()
        self.errors: list[FleetError] = []
        self.overridden: dict[ObjectKey, tuple[Origin, Origin]] = {}


def resolve(declared: Iterable[Declared]) -> Resolution:
    """Settle all declarations found so far, the nearest and least derived first."""
    state = _Settling()
    for each in sorted(declared, key=lambda one: (-one.depth, len(one.ancestors), one.origin, one.identity)):
        _settle(each, state)
    live = [each for each in state.winners.values() if _lives(each, state)]
    named: dict[str, list[tuple[App, Declared]]] = {}
    for each in live:
        for app in each.apps:
            named.setdefault(app.key.app, []).append((app, each))
    for name, sharing in named.items():
        if len(sharing) > 1:
            state.errors.extend(_share_name(name, [one for _, one in sharing]))
            state.spoiled.update(one.identity for _, one in sharing)
    kept = {name: both[0] for name, both in named.items() if _lives(both[0][1], state)}
    return Resolution(
        apps={name: app for name, (app, _) in kept.items()},
        declared={name: each for name, (_, each) in kept.items()},
        errors=tuple(_unique(state.errors)),
        overridden=state.overridden,
        notices=tuple(notice for each in live for notice in each.notices),
        # Whoever reads a file reads it whole; a render is there only for who has its App.
        elsewhere=tuple(other for each in live if each.parent_app and _lives(each, state) for other in each.elsewhere),
    )


def _settle(each: Declared, state: _Settling) -> None:
    parent = state.winners.get(each.parent) if each.parent else None
    if each.parent and (parent is None or parent.depth != each.depth or each.parent in state.spoiled):
        return
    state.errors.extend(each.errors)
    if each.identity in each.ancestors or len(each.ancestors) > _MAX_GENERATIONS:
        circle = each.ancestors[each.ancestors.index(each.identity) if each.identity in each.ancestors else 0 :]
        line = " → ".join(identity.name for identity in (*circle, each.identity))
        state.errors.append(_error(each, f"the App declares itself: {line}"))
        state.spoiled.update(circle)
        return
    other = state.winners.get(each.identity)
    if other is None:
        state.winners[each.identity] = each
    elif other.depth > each.depth:
        state.overridden.setdefault(each.identity, (other.origin, each.origin))
        twin = state.overridden_at.setdefault((each.identity, each.depth), each)
        state.errors.extend(_twice(each, twin) if twin is not each else ())
    else:
        state.errors.extend(_twice(each, other))
        state.spoiled.add(each.identity)


def _lives(each: Declared, state: _Settling) -> bool:
    return not state.spoiled.intersection((each.identity, *each.ancestors))


def _twice(each: Declared, other: Declared) -> Iterator[FleetError]:
    for one, two in ((each, other), (other, each)):
        yield _error(one, f"{one.identity} is declared here and, at the same depth, at {two.origin}; keep one of the two")


def _share_name(name: str, sharing: list[Declared]) -> Iterator[FleetError]:
    for one in sharing:
        others = ", ".join(f"{other.identity} at {other.origin}" for other in sharing if other is not one)
        yield _error(one, f"{one.identity} and {others} give an App the same name, {name}; rename one")


def _unique(errors: Iterable[FleetError]) -> Iterable[FleetError]:
    return {str(error): error for error in errors}.values()


def _error(each: Declared, message: str) -> MappingError:
    return MappingError(file=each.origin.file, line=each.origin.line, message=message)
