"""Reads an ApplicationSet for one cluster: generates its Applications, and has those read that are for the cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from fleet.errors import DeclarationInvalid, FieldInvalid, FleetError, MappingError
from fleet.hooks import AppKindContext
from fleet.mapping.builtin import fields
from fleet.mapping.builtin.argocd.application import read as read_application
from fleet.mapping.builtin.argocd.applicationset.generated import Document, generated
from fleet.mapping.builtin.argocd.applicationset.looking import Looking
from fleet.mapping.builtin.argocd.applicationset.remembered import Remembered
from fleet.mapping.builtin.argocd.checks import some_text
from fleet.mapping.builtin.argocd.destination import elsewhere
from fleet.mapping.builtin.places import notices, refuse
from fleet.mapping.builtin.table import Table
from fleet.model.app import App, Elsewhere, Notice

TABLE = Table.load(Path(__file__).parent.with_name("applicationset.toml"))
_PART = fields.mapping({"metadata": fields.some_mapping, "spec": fields.some_mapping})
"""A template: what is in it is examined in the Applications that it gives."""
_CHECKS: Mapping[str, fields.Check] = {
    "metadata.namespace": some_text,
    **{f"spec.generators[].{name}.template": _PART for name in ("list", "clusters", "git", "matrix", "merge")},
    "spec.generators[].selector": fields.some_mapping,
    "spec.generators[].clusters.selector": fields.some_mapping,
    "spec.generators[].list.elementsYaml": some_text,
    "spec.templatePatch": some_text,
    "spec.goTemplate": fields.boolean,
    "spec.goTemplateOptions": fields.list_of(fields.text),
    "spec.generators[].clusters.values": fields.texts_by_key,
    "spec.generators[].clusters.flatList": fields.boolean,
    "spec.generators[].git.values": fields.texts_by_key,
    "spec.generators[].list.elements": fields.list_of(fields.some_mapping),
    "spec.syncPolicy.preserveResourcesOnDeletion": fields.boolean,
    "spec.syncPolicy.applicationsSync": fields.one_of("sync", "create-update"),
    "spec.strategy.type": fields.one_of("AllAtOnce"),
    "spec.template.spec": fields.some_mapping,
}
_TEMPLATE = "/spec/template"
_NAMED = 5
_ANYWHERE = ""  # no cluster is called so: what is wrong with such a destination, every cluster that reads it says
REMEMBERED = Remembered()
Read: TypeAlias = App | Notice | Elsewhere | FleetError


def read(context: AppKindContext) -> Iterable[Read]:
    """Read one document for one cluster; raises DeclarationInvalid where what it generates cannot be told.

    What is wrong with one of the Applications is given as an error among the Apps of the others. What a document generates
    does not depend on the cluster, and is generated once for all of them.
    """
    examined = TABLE.examine(context.document, _CHECKS)
    refuse(context, examined.complaints)
    try:
        applications = REMEMBERED.get(context, _by_cluster)
    except FieldInvalid as error:
        refuse(context, [(error.at, error.message)])
    found: list[Read] = [*notices(context, examined.notices), *_others(context, applications)]
    for application in (*applications.get(context.cluster, ()), *applications.get(_ANYWHERE, ())):
        try:
            found.extend(read_application(replace(context, document=application, within=_TEMPLATE)))
        except DeclarationInvalid as error:
            found.extend(_of_application(application, each) for each in error.errors)
    return _once(found)


def _others(context: AppKindContext, applications: Iterable[str]) -> Iterator[FleetError | Elsewhere]:
    """Destinations that do not read the document, and so would never hear of what it generates for them; and those that may."""
    others = set(applications) - {_ANYWHERE, context.cluster}
    if context.parent and others & context.readers:
        yield elsewhere(context, others & context.readers)
    strangers = sorted(others - context.readers)
    if strangers:
        named = ", ".join(strangers[:_NAMED]) + (f" and {len(strangers) - _NAMED} more" if len(strangers) > _NAMED else "")
        message = f"it generates Applications for clusters that do not read it: {named}; declare it in a directory above theirs"
        yield MappingError(file=context.origin.file, line=context.origin.line, message=message)


def _by_cluster(looking: Looking) -> Mapping[str, tuple[Document, ...]]:
    """All Applications by the cluster that their destination names: of a thousand, a cluster has to look at its own alone."""
    made = generated(looking)
    _named_once(made)
    sorted_out: dict[str, tuple[Document, ...]] = {}
    for each in made:
        cluster = _destination(looking.context, each)
        sorted_out[cluster] = (*sorted_out.get(cluster, ()), each)
    return sorted_out


def _destination(context: AppKindContext, application: Document) -> str:
    """The registered cluster that a destination certainly names."""
    destination = application["spec"].get("destination")
    said = destination if isinstance(destination, dict) else {}
    names = [str(said[key]).rstrip("/") for key in ("server", "name") if said.get(key)]
    return context.fleet.called.get(names[0], _ANYWHERE) if len(names) == 1 else _ANYWHERE


def _named_once(applications: Iterable[Document]) -> None:
    seen: set[str] = set()
    for each in applications:
        name = each["metadata"].get("name") or ""
        if not isinstance(name, str) or not name:
            raise FieldInvalid(
                at=f"{_TEMPLATE}/metadata", message="an Application that it generates has no name, or none that is a text"
            )
        if name in seen:
            raise FieldInvalid(at=f"{_TEMPLATE}/metadata/name", message=f"it generates two Applications with the name {name}")
        seen.add(name)


def _of_application(application: Document, error: FleetError) -> FleetError:
    if not isinstance(error, MappingError):
        return error
    message = f"Application {application['metadata']['name']}, which it generates: {error.facts['message']}"
    return MappingError(file=error.file, line=error.line, message=message)


def _once(found: Iterable[Read]) -> Iterator[Read]:
    """A field of the template that has no effect is worth saying once, not for every Application."""
    said: set[Notice] = set()
    for each in found:
        if isinstance(each, Notice):
            if each in said:
                continue
            said.add(each)
        yield each
