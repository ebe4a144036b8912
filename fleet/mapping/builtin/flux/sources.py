"""Flux's sources: they declare no App. A GitRepository must be this repository wherever something is to come from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from fleet.errors import LookUncertain
from fleet.hooks import AppKindContext
from fleet.mapping.builtin.fields import Complaint
from fleet.mapping.builtin.places import notices, refuse
from fleet.mapping.builtin.table import Table
from fleet.model.app import Notice
from fleet.model.keys import GroupKind
from fleet.model.manifest import Declaration, Manifest

GROUP = "source.toolkit.fluxcd.io"
HOME = "flux-system"
TABLES: Mapping[str, Table] = {
    kind: Table.load(Path(__file__).with_name(f"{kind.lower()}.toml"))
    for kind in ("GitRepository", "OCIRepository", "Bucket", "HelmRepository", "HelmChart", "ExternalArtifact")
}
_Found = Manifest | Declaration


def read(context: AppKindContext) -> Iterable[Notice]:
    """Read one source: nothing but Notices. What is refused of it is said where something is to come from it."""
    found = TABLES[context.document["kind"]].examine(context.document)
    return notices(context, found.notices)


def named(context: AppKindContext, reference: Mapping[str, Any], namespace: str) -> _Found | None:
    """Find the source that a reference names; references without a namespace stay in that of the document."""
    kind = GroupKind(GROUP, reference["kind"])
    return context.look(kind, reference.get("namespace") or namespace, reference["name"])


def missing(reference: Mapping[str, Any], namespace: str) -> str:
    """Say that a source is nowhere."""
    place = f"{reference.get('namespace') or namespace}/{reference['name']}".lstrip("/")
    return f"there is no {reference['kind']} {place} among this cluster's documents and renders"


def refused(source: _Found, at: str) -> Iterator[Complaint]:
    """What of a source cannot be honoured, said at the field that names it."""
    for _, message in TABLES[str(source.body["kind"])].examine(source.body).complaints:
        yield at, f"{_called(source)}: {message}"


def of_git(context: AppKindContext, reference: Mapping[str, Any], namespace: str, at: str) -> str:
    """Check that a GitRepository is this repository; gives its `ignore`. Raises DeclarationInvalid."""
    # What an operator makes in the cluster for the repository it was installed from has this name, and is in no file.
    made = (reference.get("namespace") or namespace, reference["name"]) == (HOME, HOME)
    try:
        found = named(context, reference, namespace)
    except LookUncertain:
        if not made:
            raise
        found = None
    if found is None:
        refuse(context, [] if made else [(at, missing(reference, namespace))])
        return ""
    refuse(context, [*refused(found, at), *_elsewhere(context, found, at)])
    return str(_spec(found).get("ignore") or "")


def _elsewhere(context: AppKindContext, source: _Found, at: str) -> Iterator[Complaint]:
    spec, fleet = _spec(source), context.fleet
    url, ref = str(spec.get("url") or ""), spec.get("ref") or {}
    if not any(repository(url) == repository(each) for each in fleet.urls):
        known = f"this repository ({', '.join(fleet.urls)})" if fleet.urls else "this repository"
        yield at, f"{_called(source)} is {url}, not {known}; if it is that, name it among source.aliases of the registry"
    branch = ref.get("branch") or str(ref.get("name") or "").removeprefix("refs/heads/")
    if branch and fleet.branch and branch != fleet.branch:
        yield at, f"{_called(source)} follows {branch}; the Source follows the branch {fleet.branch}"


def repository(url: str) -> str:
    """What is the same in all ways to write one repository's URL: host and path."""
    rest = url.strip().rstrip("/").removesuffix(".git").rpartition("://")[2]
    host, slash, path = rest.partition("/")
    if "://" not in url and ":" in host:  # git@host:path
        host, _, first = host.partition(":")
        path = f"{first}/{path}" if slash else first
    return f"{host.rpartition('@')[2].partition(':')[0].lower()}/{path.strip('/')}"


def _spec(source: _Found) -> Mapping[str, Any]:
    spec: Any = source.body.get("spec")
    return spec if isinstance(spec, dict) else {}


def _called(source: _Found) -> str:
    return f"{source.body['kind']} {source.body['metadata']['name']} ({source.origin})"
