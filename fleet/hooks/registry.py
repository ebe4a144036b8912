"""Loads plugins one by one and collects what they declare."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from fleet.errors import PluginBroken
from fleet.hooks import specs
from fleet.hooks.declarations import ANY_KIND, AppKind, DriftExemption, Gate, HealthCheck, Notifier, Renderer
from fleet.hooks.specs import PROJECT
from fleet.model.keys import GroupKind

GROUP = "fleet.plugins"

DECLARATIONS: Mapping[str, type] = {
    "fleet_renderers": Renderer,
    "fleet_health_checks": HealthCheck,
    "fleet_drift_exemptions": DriftExemption,
    "fleet_app_kinds": AppKind,
    "fleet_notifiers": Notifier,
    "fleet_gates": Gate,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """A loaded plugin: its name, version and how many declarations it made."""

    name: str
    version: str
    declared: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """All declarations of all plugins that could be loaded, in order of loading, and the plugins that could not."""

    renderers: tuple[Renderer, ...] = ()
    health_checks: Mapping[GroupKind, HealthCheck] = field(default_factory=dict)
    drift_exemptions: tuple[DriftExemption, ...] = ()
    app_kinds: Mapping[GroupKind, AppKind] = field(default_factory=dict)
    notifiers: tuple[Notifier, ...] = ()
    gates: tuple[Gate, ...] = ()
    plugins: tuple[Plugin, ...] = ()
    broken: tuple[PluginBroken, ...] = ()

    def health_check(self, kind: GroupKind) -> HealthCheck:
        """The check of a kind, or the one for any kind."""
        return self.health_checks.get(kind) or self.health_checks[ANY_KIND]


def load(builtins: Sequence[ModuleType], *, plugins: Sequence[str] = (), directory: Path = Path()) -> Registry:
    """Load the built-ins, the installed plugins and those a registry names (modules, or `./file.py` from `directory`).

    A later declaration of the same kind or name replaces an earlier one, so that a plugin can replace a built-in.
    """
    loaded: list[tuple[Plugin, Mapping[str, list[Any]]]] = []
    broken: list[PluginBroken] = []
    for name, open_plugin in _candidates(builtins, plugins, directory):
        try:
            loaded.append(_collect(name, open_plugin()))
        except Exception as error:
            broken.append(PluginBroken(plugin=name, reason=f"{type(error).__name__}: {error}"))
    return _registry(loaded, broken)


def _candidates(builtins: Sequence[ModuleType], plugins: Sequence[str], directory: Path) -> Iterable[tuple[str, Any]]:
    for module in builtins:
        yield module.__name__, lambda module=module: module
    for point in entry_points(group=GROUP):
        yield point.name, point.load
    for name in plugins:
        yield name, lambda name=name: _import(name, directory)


def _import(name: str, directory: Path) -> ModuleType:
    if not name.endswith(".py"):
        return importlib.import_module(name)
    path = directory / name
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _collect(name: str, plugin: Any) -> tuple[Plugin, Mapping[str, list[Any]]]:
    # A manager of its own for each plugin: one that raises, or implements a hook that does not exist, spoils no other.
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(specs)
    manager.register(plugin, name=name)
    manager.check_pending()
    declared = {hook: _declarations(manager, hook, kind) for hook, kind in DECLARATIONS.items()}
    version = str(getattr(plugin, "__version__", ""))
    return Plugin(name=name, version=version, declared={hook: len(found) for hook, found in declared.items() if found}), declared


def _declarations(manager: pluggy.PluginManager, hook: str, kind: type) -> list[Any]:
    found = [declaration for answer in getattr(manager.hook, hook)() for declaration in answer]
    for declaration in found:
        if not isinstance(declaration, kind):
            raise TypeError(f"{hook} gave {declaration!r}, which is no {kind.__name__}")
    return found


def _registry(loaded: Sequence[tuple[Plugin, Mapping[str, list[Any]]]], broken: Sequence[PluginBroken]) -> Registry:
    def every(hook: str) -> list[Any]:
        return [declaration for _, declared in loaded for declaration in declared[hook]]

    return Registry(
        renderers=tuple({renderer.name: renderer for renderer in every("fleet_renderers")}.values()),
        health_checks={check.kind: check for check in every("fleet_health_checks")},
        drift_exemptions=tuple({exemption.name: exemption for exemption in every("fleet_drift_exemptions")}.values()),
        app_kinds={kind.kind: kind for kind in every("fleet_app_kinds")},
        notifiers=tuple({notifier.name: notifier for notifier in every("fleet_notifiers")}.values()),
        gates=tuple({gate.name: gate for gate in every("fleet_gates")}.values()),
        plugins=tuple(plugin for plugin, _ in loaded),
        broken=tuple(broken),
    )
