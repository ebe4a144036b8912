"""Where a HelmRelease's chart is: a directory of this repository, or a name and a version in a chart repository."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fleet.hooks import AppKindContext
from fleet.mapping.builtin import fields
from fleet.mapping.builtin.flux import sources
from fleet.mapping.builtin.places import refuse

_OCI = "oci://"
_OWN = "values.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart as the helm renderer takes it: a directory, or options that name one elsewhere."""

    path: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


def chart(context: AppKindContext, spec: Mapping[str, Any], namespace: str) -> Chart:
    """Find the chart of a HelmRelease; raises DeclarationInvalid."""
    if spec.get("chart"):
        return _of_template(context, spec["chart"]["spec"], namespace, "/spec/chart/spec/sourceRef")
    reference, at = spec["chartRef"], "/spec/chartRef"
    found = sources.named(context, reference, namespace)
    if found is None:
        refuse(context, [(at, sources.missing(reference, namespace))])
    assert found is not None
    refuse(context, sources.refused(found, at))
    inner: Any = found.body.get("spec") or {}
    if reference["kind"] == "OCIRepository":
        return _of_artifact(context, inner, at)
    return _of_template(context, inner, reference.get("namespace") or namespace, at)


def _of_template(context: AppKindContext, said: Mapping[str, Any], namespace: str, at: str) -> Chart:
    reference = said["sourceRef"]
    if reference["kind"] == "Bucket":
        refuse(context, [(at, "a Bucket is refused: charts come from git, or from a chart repository")])
    files = [fields.plain_path(each) for each in said.get("valuesFiles") or ()]
    options: dict[str, Any] = {"valueFiles": files} if files else {}
    if said.get("ignoreMissingValuesFiles"):
        options["ignoreMissingValueFiles"] = True
    if reference["kind"] == "GitRepository":
        sources.of_git(context, reference, namespace, at)
        path = fields.plain_path(said["chart"])
        if files and files[0] != f"{path}/{_OWN}":
            message = f"valuesFiles is refused where {path}/{_OWN} does not come first: the chart's own values always count"
            refuse(context, [(at, message)])
        return Chart(path=path, options={**options, "valueFiles": files[1:]} if files else options)
    found = sources.named(context, reference, namespace)
    if found is None:
        refuse(context, [(at, sources.missing(reference, namespace))])
    assert found is not None
    refuse(context, sources.refused(found, at))
    message = (
        "spec.chart.spec.valuesFiles is refused for a chart of a repository: its files are not in git; write its values here"
    )
    refuse(context, [(at, message)] if files else [])
    url = str((found.body.get("spec") or {}).get("url") or "")
    return Chart(options={"chart": {"repository": url, "name": said["chart"], "version": said.get("version") or "*"}})


def _of_artifact(context: AppKindContext, said: Mapping[str, Any], at: str) -> Chart:
    url, ref = str(said.get("url") or "").rstrip("/"), said.get("ref") or {}
    repository, _, name = url.rpartition("/")
    if not url.startswith(_OCI) or len(repository) <= len(_OCI):
        refuse(context, [(at, f"its URL {url} does not name a chart: oci://, the repository and the chart's name")])
    version = ref.get("semver") or ref.get("tag") or "latest"
    return Chart(options={"chart": {"repository": repository, "name": name, "version": version}})
