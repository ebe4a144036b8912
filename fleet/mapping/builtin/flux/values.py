"""A HelmRelease's values: those of ConfigMaps and Secrets in order, over them its own, over all single values by path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fleet.errors import YamlError
from fleet.hooks import AppKindContext
from fleet.mapping.builtin.flux import references
from fleet.mapping.builtin.places import refuse

_KEY = "values.yaml"
_QUOTES = ("'", '"')


@dataclass(slots=True, kw_only=True)
class Values:
    """What the helm renderer is given."""

    values: dict[str, Any] = field(default_factory=dict)
    parameters: list[Mapping[str, Any]] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list, repr=False)

    def options(self) -> Iterator[tuple[str, Any]]:
        """The renderer's options that are not empty."""
        if self.values:
            yield "values", self.values
        if self.parameters:
            yield "parameters", self.parameters


def values(context: AppKindContext, spec: Mapping[str, Any], namespace: str) -> Values:
    """Put together what a HelmRelease says; raises DeclarationInvalid."""
    found = Values()
    for number, reference in enumerate(spec.get("valuesFrom") or ()):
        _take(context, reference, found, namespace=namespace, at=f"/spec/valuesFrom/{number}")
    found.values = merged(found.values, spec.get("values") or {})
    return found


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Merge mappings key by key, at every depth; anything else is taken whole."""
    result = dict(under)
    for name, value in over.items():
        below = result.get(name)
        result[name] = merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return result


def _take(context: AppKindContext, reference: Mapping[str, Any], found: Values, *, namespace: str, at: str) -> None:
    texts = references.texts(context, reference, namespace, at)
    if texts is None:
        return
    key = reference.get("valuesKey") or _KEY
    if key not in texts:
        message = f"{reference['kind']} {namespace}/{reference['name']} has no key {key}"
        refuse(context, [] if reference.get("optional") else [(at, message)])
    elif reference.get("targetPath"):
        found.parameters.append(_parameter(reference, texts[key]))
        found.secrets += references.secrets(reference, texts[key])
    else:
        given = _parsed(context, texts[key], reference, at)
        found.values = merged(found.values, given)
        found.secrets += references.secrets(reference, given)


def _parsed(context: AppKindContext, text: str, reference: Mapping[str, Any], at: str) -> Mapping[str, Any]:
    key = reference.get("valuesKey") or _KEY
    try:
        documents = context.parsed(text)
    except YamlError as error:
        # What a parser says of a text may quote it.
        reason = f"it is no YAML at its line {error.line}" if reference["kind"] == "Secret" else str(error)
        refuse(context, [(at, f"its key {key}: {reason}")])
        return {}
    value = documents[0] if documents else {}
    if value is None:
        return {}
    refuse(context, [] if isinstance(value, dict) else [(at, f"its key {key} does not hold a mapping of values")])
    return dict(value)


def _parameter(reference: Mapping[str, Any], text: str) -> Mapping[str, Any]:
    """One value as `--set` takes it; quoted, or literal, it stays a text."""
    path = reference["targetPath"]
    if reference.get("literal"):
        escaped = text.replace("\\", "\\\\").replace(",", "\\,")
        return {"name": path, "value": f"\\{escaped}" if escaped.startswith("{") else escaped, "forceString": True}
    if text.startswith(_QUOTES) and text.endswith(_QUOTES):
        return {"name": path, "value": text.strip("".join(_QUOTES)), "forceString": True}
    return {"name": path, "value": text}
