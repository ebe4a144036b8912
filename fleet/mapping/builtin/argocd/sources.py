"""An Application's sources as parts of an App: each a directory of this repository, or a chart of a chart repository."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from fleet.errors import FleetError
from fleet.hooks import AppKindContext
from fleet.mapping.builtin import fields
from fleet.mapping.builtin.fields import Complaint
from fleet.model.app import AppPart
from fleet.model.revision import EntryKind

_MOST = 64  # patterns that one with alternatives stands for: each pair of braces multiplies them
_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_EXPLICIT = {"kustomize": "kustomize", "helm": "helm", "directory": "plain"}
_SCP = re.compile(r"(?P<host>[^/:@]+@[^/:]+):(?!//)(?P<path>.+)")


@dataclass(frozen=True, slots=True)
class Source:
    """One source, and where in the document it stands."""

    at: str
    said: Mapping[str, Any]

    def block(self, name: str) -> Mapping[str, Any]:
        """What it says to one tool; empty for nothing."""
        return self.said.get(name) or {}

    @property
    def is_chart(self) -> bool:
        """Whether it is a chart of a chart repository."""
        return bool(self.said.get("chart"))

    @property
    def path(self) -> str:
        """Its directory, from the repository's root; empty where it has none."""
        return fields.plain_path(self.said.get("path") or "")


def sources_of(spec: Mapping[str, Any]) -> tuple[Source, ...]:
    """All sources; where `sources` stands, `source` does not count."""
    several = spec.get("sources") or []
    if several:
        return tuple(Source(f"/spec/sources/{number}", each) for number, each in enumerate(several))
    return (Source("/spec/source", spec["source"]),) if spec.get("source") else ()


def complaints(context: AppKindContext, sources: Sequence[Source]) -> Iterator[Complaint]:
    """What is wrong with where the sources are, and which tool is meant for each."""
    if not any(source.is_chart or source.path for source in sources):
        yield "/spec", "an Application needs a source with a path in this repository, below its root, or a chart"
    for source in sources:
        yield from _place_complaints(context, source)
        explicit = [name for name in _EXPLICIT if source.block(name)]
        if len(explicit) > 1:
            yield source.at, f"{' and '.join(explicit)} are for different tools; a source says one"
        yield from _file_complaints(source, {each.said.get("ref") for each in sources} - {None, ""})
        yield from _glob_complaints(source)


def _place_complaints(context: AppKindContext, source: Source) -> Iterator[Complaint]:
    if not source.said.get("repoURL"):
        yield source.at, f"{fields.named(source.at)} needs the field repoURL"
        return
    wanted = source.said.get("targetRevision") or "HEAD"
    if source.is_chart:
        if source.said.get("ref"):
            yield f"{source.at}/ref", "a chart has no files to refer to; ref belongs to a source of this repository"
        if wanted == "HEAD":
            yield source.at, "a chart needs its version as targetRevision"
        return
    url = source.said["repoURL"]
    if normal(url) not in {normal(known) for known in context.fleet.urls}:
        message = f"repoURL {url} is another repository; one repository says what the fleet is"
        yield f"{source.at}/repoURL", f"{message} (if it is this one, name the URL in source.aliases of clusters.yaml)"
    branch = context.fleet.branch
    if wanted.removeprefix("refs/heads/") not in ("HEAD", branch):
        yield f"{source.at}/targetRevision", f"targetRevision {wanted}: only HEAD, or the branch {branch} itself, is followed"


def _file_complaints(source: Source, refs: set[Any]) -> Iterator[Complaint]:
    for at, file in _files(source):
        ref, _, rest = file[1:].partition("/")
        if file.startswith("$"):
            if ref not in refs or not rest:
                yield at, f"{file}: no source has the ref {ref}"
        elif "://" in file:
            yield at, f"{file}: values are read from this repository only"
        elif source.is_chart:
            yield at, f"{file} would be a file of the chart itself; values come from this repository, as $ref/path"
        elif posixpath.normpath(posixpath.join(source.path, file)).startswith(".."):
            yield at, f"{file} leads out of the repository"


def _files(source: Source) -> Iterator[tuple[str, str]]:
    helm = source.block("helm")
    for number, file in enumerate(helm.get("valueFiles") or ()):
        yield f"{source.at}/helm/valueFiles/{number}", file
    for number, each in enumerate(helm.get("fileParameters") or ()):
        yield f"{source.at}/helm/fileParameters/{number}/path", each["path"]


def _glob_complaints(source: Source) -> Iterator[Complaint]:
    for name in ("include", "exclude"):
        pattern = source.block("directory").get(name) or ""
        if re.search(r"[\[\]\\]", pattern) or pattern.count("{") != pattern.count("}"):
            yield f"{source.at}/directory/{name}", f"{pattern}: *, ? and {{a,b}} are read in it, nothing else"
        elif pattern.count("{") > _MOST or len(tuple(islice(_alternatives(pattern), _MOST + 1))) > _MOST:
            yield f"{source.at}/directory/{name}", f"{pattern[:40]}…: it stands for more than {_MOST} patterns"


def parts(context: AppKindContext, sources: Iterable[Source], *, name: str) -> tuple[AppPart, ...]:
    """The parts of an App; raises YamlError for values that are no YAML."""
    return tuple(_part(context, source, name) for source in sources if source.is_chart or source.path)


def _part(context: AppKindContext, source: Source, name: str) -> AppPart:
    renderer = _renderer(context, source)
    if renderer == "kustomize":
        return AppPart(path=source.path, renderer=renderer, options=_kustomize(source.block("kustomize")))
    if renderer == "helm":
        path = "" if source.is_chart else source.path
        return AppPart(path=path, renderer=renderer, options=_helm(context, source, name))
    return AppPart(path=source.path, renderer=renderer, options=_plain(source.block("directory")))


def _renderer(context: AppKindContext, source: Source) -> str:
    """The tool that is said, or the one that the directory holds something of."""
    if source.is_chart:
        return "helm"
    explicit = next((_EXPLICIT[name] for name in _EXPLICIT if source.block(name)), "")
    if explicit:
        return explicit
    if any(_is_file(context, f"{source.path}/{name}") for name in _KUSTOMIZATIONS):
        return "kustomize"
    return "helm" if _is_file(context, f"{source.path}/Chart.yaml") else "plain"


def _is_file(context: AppKindContext, path: str) -> bool:
    try:
        entry = context.tree.entry(path)
    except FleetError:
        return False
    return entry is not None and entry.kind is EntryKind.FILE


def _plain(said: Mapping[str, Any]) -> Mapping[str, Any]:
    options: dict[str, Any] = {"recurse": bool(said.get("recurse"))}
    for name in ("include", "exclude"):
        if said.get(name):
            options[name] = [f"/{each.replace('*', '**').lstrip('/')}" for each in _alternatives(said[name])]
    return options


def _alternatives(pattern: str) -> Iterator[str]:
    """Write out `{a,b}`."""
    match = re.fullmatch(r"(.*?)\{([^{}]*)\}(.*)", pattern)
    if match is None:
        yield re.sub(r"\*+", "*", pattern)
        return
    for each in match[2].split(","):
        yield from _alternatives(match[1] + each.strip() + match[3])


def _kustomize(said: Mapping[str, Any]) -> Mapping[str, Any]:
    same = (
        "images namePrefix nameSuffix namespace commonAnnotations replicas patches components ignoreMissingComponents "
        "forceCommonLabels forceCommonAnnotations"
    ).split()
    options = {name: said[name] for name in same if said.get(name)}
    if said.get("replicas"):
        options["replicas"] = [{**each, "count": int(each["count"])} for each in said["replicas"]]
    labels = said.get("commonLabels")
    if labels and said.get("labelWithoutSelector"):
        templates = bool(said.get("labelIncludeTemplates"))
        options["labels"] = [{"pairs": labels, "includeSelectors": False, "includeTemplates": templates}]
    elif labels:
        options["commonLabels"] = labels
    return options


def _helm(context: AppKindContext, source: Source, name: str) -> Mapping[str, Any]:
    said = source.block("helm")
    same = "ignoreMissingValueFiles skipCrds skipTests skipSchemaValidation kubeVersion apiVersions".split()
    options = {field: said[field] for field in same if said.get(field)}
    options["releaseName"] = said.get("releaseName") or name
    if source.is_chart:
        options["chart"] = {
            "repository": _chart_repository(source.said["repoURL"]),
            "name": source.said["chart"],
            "version": source.said["targetRevision"],
        }
    if said.get("valueFiles"):
        options["valueFiles"] = [_file(source, file) for file in said["valueFiles"]]
    values = said.get("valuesObject") or _values(context, said.get("values") or "")
    if values:
        options["values"] = values
    if said.get("parameters"):
        options["parameters"] = [{"value": "", "forceString": False, **each} for each in said["parameters"]]
    if said.get("fileParameters"):
        options["fileParameters"] = [{**each, "path": _file(source, each["path"])} for each in said["fileParameters"]]
    return options


def _values(context: AppKindContext, text: str) -> Mapping[str, Any]:
    documents = context.parsed(text)
    return documents[0] if documents and isinstance(documents[0], dict) else {}


def values_complaints(context: AppKindContext, sources: Iterable[Source]) -> Iterator[Complaint]:
    """Texts of values that are no mapping in YAML."""
    for source in sources:
        text = source.block("helm").get("values") or ""
        try:
            documents = context.parsed(text)
        except FleetError as error:
            yield f"{source.at}/helm/values", f"spec.source.helm.values is no YAML: {error}"
            continue
        if len(documents) > 1 or (documents and not isinstance(documents[0], dict)):
            yield f"{source.at}/helm/values", "spec.source.helm.values must be a text that is one mapping in YAML"


def _file(source: Source, file: str) -> str:
    """A file's path from the repository's root."""
    if file.startswith("$"):
        return posixpath.normpath(file.partition("/")[2])
    return posixpath.normpath(posixpath.join(source.path, file) if not file.startswith("/") else file.lstrip("/"))


def _chart_repository(url: str) -> str:
    # Argo CD writes OCI registries without a scheme.
    return url.rstrip("/") if "://" in url else f"oci://{url.rstrip('/')}"


def normal(url: str) -> str:
    """A repository's URL without what does not tell repositories apart: scheme, user, `.git`, case of the host."""
    scp = _SCP.fullmatch(url)
    if scp:
        url = f"ssh://{scp['host']}/{scp['path'].lstrip('/')}"
    scheme, separator, rest = url.rpartition("://")
    host, _, path = rest.partition("/")
    place = host.rpartition("@")[2].lower() if separator and scheme != "file" else host
    return f"{place}/{path}".rstrip("/").removesuffix(".git")
