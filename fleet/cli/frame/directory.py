"""Renders one directory of a repository, as if an App pointed to it, for no cluster in particular."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fleet.cli.frame.checkout import render_settings
from fleet.cli.frame.options import CONFIG
from fleet.config import FleetConfig, load_config
from fleet.errors import FleetError
from fleet.hooks.registry import Registry, load
from fleet.hooks.tree import LimitedTree, ParsedBlobs
from fleet.k8syaml import DEFAULT
from fleet.model.app import App, DeclaredBy, Notice
from fleet.model.keys import AppKey
from fleet.model.manifest import Origin, RenderFailed
from fleet.reconcile.builtins import BUILTINS
from fleet.render import RenderHost, RenderSettings, RenderValues
from fleet.source import History, open_checkout


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The objects of a directory, each with where it comes from; or what is wrong."""

    objects: tuple[tuple[Origin, Any], ...] = ()
    errors: tuple[FleetError, ...] = ()
    notices: tuple[Notice, ...] = ()
    """What of it has no effect."""


def below_the_top(path: str) -> tuple[History, str] | None:
    """The repository of a directory and its place in there; None where it is the repository's top, or bare."""
    history = open_checkout(Path(path))
    place = history.place_of(Path(path))
    return (history, place) if place else None


async def render_directory(history: History, place: str, *, options: Any) -> Given:
    """Render a directory of a commit: what the renderer gives, or with `--applied` what would be sent, but for marks."""
    config = _config(options)
    limits = config.settings.limits.yaml if config else DEFAULT
    host = RenderHost(_registry(config), None, limits, _settings(config))
    tree = LimitedTree(history.tree(history.resolve(options.revision or "HEAD")), ParsedBlobs(limits=limits))
    app = App(
        key=AppKey("", options.name or place.rpartition("/")[2]),
        declared_by=DeclaredBy(origin=Origin(place, 1)),
        path=place,
        renderer=options.renderer,
        namespace=options.namespace,
    )
    values = RenderValues(kube_version=options.kube_version, api_versions=tuple(options.api_versions))
    try:
        unit = host.describe(tree, app, values)
        documents = await host.documents(tree, unit)
        notices = await host.notices(tree, unit) if not isinstance(documents, RenderFailed) else ()
    except FleetError as error:
        return Given(errors=(error,))
    if isinstance(documents, RenderFailed):
        return Given(errors=documents.errors)
    made = host.assemble(documents, fingerprint=unit.fingerprint, namespace=app.namespace)
    if isinstance(made, RenderFailed):
        return Given(errors=made.errors)
    if options.applied:
        return Given(objects=tuple((each.origin, each.body) for each in made.manifests), notices=notices)
    return Given(objects=tuple((Origin(each.file, each.line), each.value) for each in documents), notices=notices)


def _config(options: Any) -> FleetConfig | None:
    """The registry, for its plugins and limits, where one is named or found."""
    file = Path(options.config)
    return None if options.config == CONFIG and not file.exists() else load_config(file)


def _registry(config: FleetConfig | None) -> Registry:
    return load(BUILTINS, plugins=config.plugins, directory=config.file.absolute().parent) if config else load(BUILTINS)


def _settings(config: FleetConfig | None) -> RenderSettings:
    return render_settings(config) if config else RenderSettings()
