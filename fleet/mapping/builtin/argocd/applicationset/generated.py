"""From an ApplicationSet to the documents of its Applications: generators, template, patch, finalizers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.errors import FieldInvalid, YamlError
from fleet.hooks import AppKindContext
from fleet.mapping.builtin.argocd.applicationset.generators import Generating, all_of, kind_of
from fleet.mapping.builtin.argocd.applicationset.looking import Looking
from fleet.mapping.builtin.argocd.applicationset.patching import patched
from fleet.mapping.builtin.argocd.applicationset.templating import Filler, Parameters
from fleet.mapping.builtin.gotemplate.limits import Yaml
from fleet.mapping.builtin.gotemplate.merging import filled

FINALIZER = "resources-finalizer.argocd.argoproj.io"
_METADATA = ("name", "labels", "annotations", "finalizers")
_WHOLE = "valuesObject"  # of two templates one's counts as it is
Document = Mapping[str, Any]


def generated(looking: Looking) -> tuple[Document, ...]:
    """Generate all Applications, in the order of the generators; raises FieldInvalid with the field that is to blame."""
    context = looking.context
    spec = context.document["spec"]
    filler = Filler(bool(spec.get("goTemplate")), tuple(spec.get("goTemplateOptions") or ()), _yaml(context))
    generating = Generating(looking, filler)
    made: list[Document] = []
    for at, each in all_of("/spec/generators", spec.get("generators")):
        block = each[kind_of(at, each)]
        for parameters in generating.generate(at, each):
            template = _merged(spec.get("template"), block.get("template"))
            made.append(_application(context.document, template, parameters, filler))
    return tuple(made)


def _yaml(context: AppKindContext) -> Yaml:
    def read(text: str) -> Any:
        values = context.parsed(text)
        return values[0] if values else None

    return Yaml(read=read, write=context.written)


def _merged(template: Any, over: Any) -> dict[str, Any]:
    """A template, and over it that of the generator: whatever is not empty in this one counts."""
    below = template if isinstance(template, dict) else {}
    if not isinstance(over, dict) or not over:
        return below
    return _whole_objects(filled(over, below), over)


def _whole_objects(made: dict[str, Any], over: Any) -> dict[str, Any]:
    """Values of Helm that are an object are one value: those of two templates are not mixed."""
    kept = {key: over[key] for key in (_WHOLE,) if isinstance(over, dict) and over.get(key)}
    inner = over if isinstance(over, dict) else {}
    below = {key: _whole_objects(each, inner.get(key)) for key, each in made.items() if isinstance(each, dict)}
    return {**made, **below, **kept}


def _application(document: Document, template: Mapping[str, Any], parameters: Parameters, filler: Filler) -> Document:
    spec = document["spec"]
    written = {"metadata": template.get("metadata") or {}, "spec": template.get("spec") or {}}
    # Argo CD fills nothing, and adds nothing, where a generator gives an empty set of parameters.
    made = filler.whole("/spec/template", written, parameters) if parameters else written
    metadata = {key: value for key, value in made["metadata"].items() if key in _METADATA}
    policy = spec.get("syncPolicy") or {}
    if parameters and not metadata.get("finalizers") and not policy.get("preserveResourcesOnDeletion"):
        metadata["finalizers"] = [FINALIZER]
    application = {"apiVersion": document["apiVersion"], "kind": "Application", "metadata": metadata, "spec": made["spec"]}
    if spec.get("templatePatch"):
        application = _patched(application, filler.text("/spec/templatePatch", spec["templatePatch"], parameters), filler)
    if policy.get("applicationsSync") == "create-update":
        application["metadata"] = {**application["metadata"], "finalizers": []}
    namespace = document["metadata"].get("namespace")
    if namespace:
        application["metadata"] = {**application["metadata"], "namespace": namespace}
    return application


def _patched(application: dict[str, Any], text: str, filler: Filler) -> dict[str, Any]:
    at = "/spec/templatePatch"
    try:
        patch = filler.yaml.read(text)
    except YamlError as error:
        raise FieldInvalid(at=at, message=f"templatePatch, filled, is no YAML: {error}") from None
    if patch is None:
        return application
    if not isinstance(patch, dict):
        raise FieldInvalid(at=at, message="templatePatch, filled, must be a mapping: patches of JSON are not read")
    made = patched(at, application, patch)
    if not isinstance(made.get("spec"), dict) or not isinstance(made.get("metadata"), dict):
        raise FieldInvalid(at=at, message="templatePatch leaves an Application without metadata or spec")
    project = application["spec"].get("project")
    made["spec"] = {**{key: value for key, value in made["spec"].items() if key != "project"}}
    if project is not None:
        made["spec"]["project"] = project
    return made
