"""Maps one cluster to its fixed point: Apps render, renders may declare Apps, until nothing new is declared.

An App whose inputs hold nothing that looks like a declaration is certain before it is rendered, and given as soon as it is;
those that may declare Apps are rendered first, since what they declare may replace others. A declaration that looks at
other documents is read again when more of them are known; until then nothing is given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from fleet.aio import map_limited
from fleet.errors import FleetError, MappingError
from fleet.mapping.declare import Chain, Child, Reader
from fleet.mapping.loose import Loose, loose_app
from fleet.mapping.ordering import disorder
from fleet.mapping.pace import Pace
from fleet.mapping.resolve import Declared, Resolution, resolve
from fleet.mapping.results import MappedApp
from fleet.mapping.units import Units, Use
from fleet.model.app import App, ClusterMap, DesiredApp, Problem
from fleet.model.keys import ObjectKey
from fleet.model.manifest import Origin, Rendered, RenderFailed
from fleet.model.revision import Revision

_AT_ONCE = 32  # renders one cluster waits for; the host bounds how many are really made

_MAX_TURNS = 16  # readings of one declaration: each that looks at another's render takes one, and chains of them are short

Give = Callable[[MappedApp], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One cluster at one Revision, its chain read."""

    chain: Chain
    declared: tuple[Declared, ...]
    """Of the chain's files."""
    before: Mapping[str, DesiredApp] = field(hash=False)
    """The Apps the cluster had when it was mapped last."""


class Fixpoint:
    """The work on one cluster; `run` once."""

    def __init__(self, start: Start, *, units: Units, reader: Reader, use: Use, give: Give) -> None:
        self._start = start
        self._units = units
        self._reader = reader
        self._use = use
        self._give = give
        self._declared = list(start.declared)
        self._desired: dict[App, DesiredApp] = {}
        self._given: dict[str, DesiredApp] = {}
        self._turns: Counter[ObjectKey] = Counter()
        self._pace = Pace()

    async def run(self, revision: Revision) -> ClusterMap:
        """Render until nothing new is declared; gives Apps that changed as soon as they are certain."""
        loose = loose_app(self._start.chain)
        return self._map(await self._settled(loose), loose, revision)

    async def apps(self) -> Mapping[str, DesiredApp]:
        """Do the same for what the Apps are and nothing else, by name; the one of the loose objects is not among them."""
        loose = loose_app(self._start.chain)
        return self._apps(await self._settled(loose), loose)

    async def _settled(self, loose: Loose) -> Resolution:
        while True:
            resolution = resolve(self._declared)
            if self._look_again(resolution, loose):
                continue
            waiting = [app for app in _uncontested(resolution, loose) if app not in self._desired]
            first = [app async for app in self._suspects(waiting)]
            certain = not first and all(seen for each in self._declared for _, seen in each.looks)
            if certain or not waiting:
                self._give_settled(resolution, loose)
            if not waiting:
                return resolution
            await self._render(first or waiting, settled=certain)
            for app in first or waiting:
                self._expand(app, resolution.declared[app.key.app])
                await self._pace.step()

    def _look_again(self, resolution: Resolution, loose: Loose) -> bool:
        """Read those declarations again that looked at what is known better now; says whether there was any.

        Where all is rendered that is declared, what was looked for and not found is nowhere.
        """
        lookers = [each for each in self._declared if each.looks]
        if not lookers:
            return False
        apps = _uncontested(resolution, loose)
        known = self._reader.known
        errors = any(each.errors for each in self._declared)
        known.learn((self._desired[app] for app in apps if app in self._desired), failed=errors)
        if any(each.waits for each in lookers) and not known.whole:
            known.whole = all(app in self._desired for app in apps) and all(self._reader.current(each) for each in lookers)
        stale = [each for each in lookers if not self._reader.current(each)]
        for each in stale:
            self._replace(each)
        return bool(stale)

    def _replace(self, before: Declared) -> None:
        """Put a declaration in its place as it is read now, and forget what its Apps' renders declared."""
        self._turns[before.identity] += 1
        now = self._reader.again(before)
        if self._turns[before.identity] > _MAX_TURNS:
            now = replace(now, apps=(), looks=(), errors=(_restless(before),))
        kept = [now if each is before else each for each in self._declared]
        self._declared = [each for each in kept if before.identity not in each.ancestors or each.depth != before.depth]
        for each in (before, *(each for each in kept if each not in self._declared)):
            for app in each.apps:
                self._desired.pop(app, None)

    async def _suspects(self, waiting: Iterable[App]) -> AsyncIterator[App]:
        for app in waiting:
            if self._units.may_declare(app, self._use):
                yield app
            await self._pace.step()

    async def _render(self, apps: Iterable[App], *, settled: bool) -> None:
        unready: list[App] = []
        for app in apps:
            ready = self._units.ready(app, self._use)
            if ready is None:
                unready.append(app)
            else:
                self._take(ready, settled=settled)
            await self._pace.step()

        async def wait(app: App) -> None:
            self._take(await self._units.desired(app, self._use), settled=settled)

        if unready:
            await map_limited(wait, unready, limit=_AT_ONCE, name=f"render/{self._start.chain.cluster}")

    def _take(self, desired: DesiredApp, *, settled: bool) -> None:
        self._desired[desired.app] = desired
        if settled and not _declares(desired):
            self._tell(desired)

    def _expand(self, app: App, declared: Declared) -> None:
        result = self._desired[app].result
        if isinstance(result, Rendered):
            child = Child(parent=app.key.app, declared=declared)
            self._declared.extend(self._reader.in_render(each, child) for each in result.declarations)

    def _give_settled(self, resolution: Resolution, loose: Loose) -> None:
        for app in _uncontested(resolution, loose):
            if app in self._desired:
                self._tell(self._desired[app])
        if loose.desired and loose.desired.app.key.app not in resolution.apps:
            self._tell(loose.desired)

    def _tell(self, desired: DesiredApp) -> None:
        name = desired.app.key.app
        if self._given.get(name) == desired:
            return
        self._given[name] = desired
        if concerns(self._start.before.get(name), desired):
            chain = self._start.chain
            self._give(MappedApp(cluster=chain.cluster, directory=chain.directory, desired=desired))

    def _apps(self, resolution: Resolution, loose: Loose) -> dict[str, DesiredApp]:
        return {app.key.app: self._desired[app] for app in _uncontested(resolution, loose)}

    def _map(self, resolution: Resolution, loose: Loose, revision: Revision) -> ClusterMap:
        chain = self._start.chain
        apps = self._apps(resolution, loose)
        errors = [*chain.errors, *resolution.errors]
        if loose.desired:
            name = loose.desired.app.key.app
            if name in resolution.apps:
                errors.extend(_share_name(name, resolution.declared[name].origin, chain.directory))
            else:
                apps[name] = loose.desired
        return ClusterMap(
            cluster=chain.cluster,
            directory=chain.directory,
            revision=revision,
            labels=chain.settings.labels,
            variables=chain.variables,
            kube_version=chain.settings.kube_version,
            api_versions=chain.settings.api_versions,
            apps=dict(sorted(apps.items())),
            problems=tuple(Problem(error=error, clusters=(chain.cluster,)) for error in errors),
            read=frozenset().union(*(reading.read for reading in chain.readings)),
            overridden={**loose.overridden, **resolution.overridden},
            notices=resolution.notices,
            elsewhere=resolution.elsewhere,
            disorder=disorder(apps),
        )


def _restless(each: Declared) -> FleetError:
    message = f"{each.identity} reads differently each time: what it looks at is decided by what it declares itself"
    return MappingError(file=each.origin.file, line=each.origin.line, message=message)


def _uncontested(resolution: Resolution, loose: Loose) -> list[App]:
    """The declared Apps, without one that has the name of the loose objects' App."""
    name = loose.desired.app.key.app if loose.desired else ""
    return [app for app in resolution.apps.values() if app.key.app != name]


def concerns(before: DesiredApp | None, now: DesiredApp) -> bool:
    """Whether an App is to be looked at again: another Fingerprint, policy or file declares it, or a render failed.

    That its declaration moved to another line of its file is no reason.
    """
    if before is None or isinstance(before.result, RenderFailed) or isinstance(now.result, RenderFailed):
        return True
    return before.fingerprint != now.fingerprint or _without_line(before.app) != _without_line(now.app)


def _without_line(app: App) -> App:
    origin = Origin(app.declared_by.origin.file, 0)
    return replace(app, declared_by=replace(app.declared_by, origin=origin))


def _declares(desired: DesiredApp) -> bool:
    return isinstance(desired.result, Rendered) and bool(desired.result.declarations)


def _share_name(name: str, origin: Origin, directory: str) -> Iterable[FleetError]:
    message = f"App {name} has the name of the App of the loose objects of {directory}; rename it, or move the objects"
    yield MappingError(file=origin.file, line=origin.line, message=message)
    message = f"the loose objects here are App {name}, and so is what is declared at {origin}; keep one of the two"
    yield MappingError(file=directory, line=1, message=message)
