"""What an App says under `helm:`, checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fleet.errors import RenderError
from fleet.hooks import RenderContext
from fleet.model.charts import WantedChart, wanted_chart
from fleet.render.builtin.options import check_known, nearest, texts

NAME = "helm"
KNOWN = (
    "chart releaseName valueFiles ignoreMissingValueFiles values parameters fileParameters skipCrds skipTests "
    "skipSchemaValidation kubeVersion apiVersions postRenderers"
).split()

# Helm's own rule and limit for the name of a release.
_RELEASE = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LONGEST_RELEASE = 53
_KUBE_VERSION = re.compile(r"v?\d+\.\d+(\.\d+([-+][-+.0-9A-Za-z]+)?)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One value at a path into the values, as `--set` takes it (`--set-string` where it is always text)."""

    name: str
    value: str
    text: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FileParameter:
    """The text of a file at a path into the values, as `--set-file` takes it."""

    name: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """An App's options, each with its default."""

    release: str
    namespace: str
    chart: WantedChart | None = None
    """A chart of a repository, in place of one in the App's directory."""
    value_files: tuple[str, ...] = ()
    ignore_missing: bool = False
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)
    parameters: tuple[Parameter, ...] = ()
    file_parameters: tuple[FileParameter, ...] = ()
    skip_crds: bool = False
    skip_tests: bool = False
    skip_schema: bool = False
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()
    post: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)
    """The kustomizations that what was rendered goes through, in order."""


def read_choices(context: RenderContext) -> Choices:
    """Read the options; raises RenderError for the first that is wrong."""
    options = check_known(context, KNOWN, renderer=NAME)
    return Choices(
        release=_release(context),
        namespace=context.namespace,
        chart=_chart(context),
        value_files=texts(context, "valueFiles", renderer=NAME),
        ignore_missing=_flag(context, "ignoreMissingValueFiles"),
        values=_mapping(context, options.get("values"), "values"),
        parameters=tuple(_parameters(context)),
        file_parameters=tuple(_file_parameters(context)),
        skip_crds=_flag(context, "skipCrds"),
        skip_tests=_flag(context, "skipTests"),
        skip_schema=_flag(context, "skipSchemaValidation"),
        kube_version=_kube_version(context),
        api_versions=texts(context, "apiVersions", renderer=NAME) or context.api_versions,
        post=tuple(_post(context)),
    )


def wrong(context: RenderContext, reason: str) -> RenderError:
    """An error about the App's directory or options."""
    return RenderError(path=context.path or "the repository", reason=reason)


def _chart(context: RenderContext) -> WantedChart | None:
    said = context.options.get("chart")
    if said is None:
        return None
    fields = ("repository", "name", "version")
    if not isinstance(said, Mapping) or set(said) != set(fields) or not all(isinstance(said[name], str) for name in fields):
        raise wrong(context, f"helm.chart has {', '.join(fields)}, each a text")
    return wanted_chart(*(said[name] for name in fields))


def _release(context: RenderContext) -> str:
    name = context.options.get("releaseName") or context.name or (context.path.rpartition("/")[2] or "release")
    if isinstance(name, str) and len(name) <= _LONGEST_RELEASE and _RELEASE.fullmatch(name):
        return name
    rule = f"at most {_LONGEST_RELEASE} of a-z, 0-9, - and ., with a letter or digit at both ends"
    raise wrong(context, f"{name!r} cannot be the name of a release: write helm.releaseName with {rule}")


def _kube_version(context: RenderContext) -> str:
    said = context.options.get("kubeVersion") or context.kube_version
    if said and not (isinstance(said, str) and _KUBE_VERSION.fullmatch(said)):
        raise wrong(context, f'helm.kubeVersion {said!r} is no version: write it as "1.36" or "1.36.2"')
    return str(said)


def _parameters(context: RenderContext) -> Iterable[Parameter]:
    for item in _items(context, "parameters", required={"name", "value"}, known={"name", "value", "forceString"}):
        value, text = item["value"], item.get("forceString", False)
        if isinstance(value, dict | list) or not isinstance(text, bool):
            raise wrong(context, "helm.parameters: value is one text, number or boolean, and forceString true or false")
        yield Parameter(name=_text(context, item["name"], "parameters"), value=_said(value), text=text)


def _file_parameters(context: RenderContext) -> Iterable[FileParameter]:
    for item in _items(context, "fileParameters", required={"name", "path"}, known={"name", "path"}):
        name, path = (_text(context, item[part], "fileParameters") for part in ("name", "path"))
        yield FileParameter(name=name, path=path)


def _post(context: RenderContext) -> Iterable[Mapping[str, Any]]:
    for item in _items(context, "postRenderers", required={"kustomize"}, known={"kustomize"}):
        said = _mapping(context, item["kustomize"], "postRenderers.kustomize")
        for name in said:
            if name not in ("patches", "images"):
                raise wrong(context, f"helm.postRenderers: {name} is not read{nearest(name, ('patches', 'images'))}")
        if any(isinstance(patch, dict) and "path" in patch for patch in said.get("patches") or ()):
            raise wrong(context, "helm.postRenderers: a patch is written in place, as patch; path is not read")
        yield said


def _items(context: RenderContext, option: str, *, required: set[str], known: set[str]) -> Iterable[Mapping[str, Any]]:
    value = context.options.get(option) or []
    if not isinstance(value, list | tuple):
        raise wrong(context, f"helm.{option} must be a list")
    for item in value:
        fields = set(_mapping(context, item, option))
        for name in sorted(fields - known):
            raise wrong(context, f"helm.{option}: {name} is no field{nearest(str(name), known)}")
        for name in sorted(required - fields):
            raise wrong(context, f"helm.{option}: {name} is missing")
        yield item


def _mapping(context: RenderContext, value: Any, option: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise wrong(context, f"helm.{option} must be a mapping")
    return value


def _text(context: RenderContext, value: Any, option: str) -> str:
    if not isinstance(value, str) or not value:
        raise wrong(context, f"helm.{option} must name it with a text")
    return value


def _flag(context: RenderContext, option: str) -> bool:
    value = context.options.get(option, False)
    if not isinstance(value, bool):
        raise wrong(context, f"helm.{option} must be true or false")
    return value


def _said(value: Any) -> str:
    """Write a value that was no text as Helm's command would be given it."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
