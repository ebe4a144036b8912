"""Rendering with Helm's own library. Everything here runs in a worker process: it may crash, hang or eat memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fleet.render.builtin.helm.archives import packed, unpacked
from fleet.render.builtin.helm.values import Whole

PACKAGE = "helm-python-sdk"
_ABSENT = (
    f"{PACKAGE} is not installed (there is one for x86-64 Linux only): name a helm binary of version 4 under settings.render.helm"
)
_PRELUDE = "fleethub.yaml"
_SCHEMA = "values.schema.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """All that decides what Helm gives."""

    files: Mapping[str, bytes]
    values: Mapping[str, Any]
    release: str
    namespace: str
    kube_version: str
    api_versions: tuple[str, ...]
    skip_schema: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Helm's error, or text by the path of its template, and the files with CRDs of all charts that are enabled."""

    error: str = ""
    texts: Mapping[str, str]
    crds: Mapping[str, str]


def render(request: Request) -> Answer:
    """Render a chart; an error of Helm's is an answer."""
    try:
        import helm_python  # noqa: PLC0415 - 85 MB, and only workers have a use for it
        from helm_python import _native  # noqa: PLC0415 - its Python side does not hand the versions over, its C side does
    except ImportError:
        return Answer(error=_ABSENT, texts={}, crds={})
    options = {
        "name": request.release,
        "namespace": request.namespace,
        **({"kube_version": request.kube_version} if request.kube_version else {}),
        **({"api_versions": request.api_versions} if request.api_versions else {}),
    }
    files = dict(_without_schemas(request.files)) if request.skip_schema else dict(request.files)
    prelude = "\n".join(_settings(request.values))
    place = f"templates/{'first/' * (_depth(files) + 1)}{_PRELUDE}"
    if prelude:
        files[place] = prelude.encode()
    try:
        with helm_python.Chart.load_archive(packed(files)) as chart:
            said = _native.call_string("helm_render", chart._raw(), json.dumps(request.values), json.dumps(options))
            crds = {crd["filename"]: crd["data"] for crd in chart.crds}
    except helm_python.HelmError as error:
        return Answer(error=str(error), texts={}, crds={})
    texts = {path: text for path, text in json.loads(said).items() if not path.endswith(f"/{place}")}
    return Answer(texts=texts, crds=crds)


def _without_schemas(files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    for path, content in files.items():
        if path.startswith("charts/") and path.endswith(".tgz"):
            yield path, packed(dict(_without_schemas(unpacked(content))))
        elif path.rpartition("/")[2] != _SCHEMA:
            yield path, content


# Values go to the library as JSON, where every number is a float to a template; what parameters said as whole numbers is one
# with Helm's command. A template that is rendered before all others, because it lies deepest, writes them in.


def _depth(files: Mapping[str, bytes]) -> int:
    nested = 20 if any(path.endswith(".tgz") for path in files) else 0
    return nested + max(path.count("/") for path in files)


def _settings(values: Mapping[str, Any]) -> Iterator[str]:
    of_all = [_setting("$.Values", path, value) for path, value in _wholes(values, ())]
    of_globals = [_setting("$sub.Values", path, value) for path, value in _wholes(values, ()) if path[0] == "global"]
    yield from of_all
    if of_globals:  # each subchart has a copy of its own
        yield '{{ define "fleethub.globals" }}{{ range $name, $sub := .Subcharts }}'
        yield from of_globals
        yield '{{ template "fleethub.globals" $sub }}{{ end }}{{ end }}{{ template "fleethub.globals" $ }}'


def _wholes(value: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, below in value.items():
        if isinstance(below, Mapping):
            yield from _wholes(below, (*path, name))
        elif isinstance(below, Whole) or (isinstance(below, list) and _has_whole(below)):
            yield (*path, name), below


def _has_whole(value: Any) -> bool:
    if isinstance(value, Mapping | list):
        return any(map(_has_whole, value.values() if isinstance(value, Mapping) else value))
    return isinstance(value, Whole)


def _setting(values: str, path: tuple[str, ...], value: Any) -> str:
    above = " ".join([values, *map(_literal, path[:-1])])
    return f"{{{{ $_ := set (index {above}) {_literal(path[-1])} {_literal(value)} }}}}"


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "nil"}[value]
    if isinstance(value, int | float):
        return f"({'int64' if isinstance(value, Whole) else 'float64'} {value!r})"
    if isinstance(value, Mapping):
        return f"(dict {' '.join(_literal(part) for item in value.items() for part in item)})"
    return f"(list {' '.join(map(_literal, value))})"
