"""Makes the compact types of `fleet/schema/types.json` from the API server's OpenAPI v3.

A field's type is a word (`string`, `int32`, …), the name of another type (with a dot), or a list: `["list", T]` an atomic list,
`["set", T]`, `["keyed", T, key…]`, `["map", T]`, `["atomic-map", T]`, `["whole", T]` a struct that is owned as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

SCHEMAS = "#/components/schemas/"
# Types that are written as a scalar, or as anything, and so have a word instead of fields.
WORDS = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "quantity",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "time",
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "microtime",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "int-or-string",
    "io.k8s.apimachinery.pkg.runtime.RawExtension": "raw",
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": "object",
}
FORMATS = {("integer", "int32"): "int32", ("integer", "int64"): "int64", ("string", "byte"): "bytes"}
PLAIN = {"string": "string", "boolean": "boolean", "number": "double", "integer": "int64", "object": "object", None: "any"}
# Said once here; it is how the generator of the server's OpenAPI names its packages.
PREFIXES = (
    "io.k8s.api.",
    "io.k8s.apimachinery.pkg.apis.",
    "io.k8s.apimachinery.pkg.",
    "io.k8s.apiextensions-apiserver.pkg.apis.",
    "io.k8s.kube-aggregator.pkg.apis.",
)


def types(documents: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return every type that is not a list of objects, by its short name."""
    found: dict[str, dict[str, Any]] = {}
    for document in documents:
        for name, schema in document.get("components", {}).get("schemas", {}).items():
            if name not in WORDS and not _is_list(schema):
                found[short(name)] = _type(schema)
    return found


def kinds(documents: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the name of the type of each `group/version/kind` that is not a list of objects."""
    found: dict[str, str] = {}
    for document in documents:
        for name, schema in document.get("components", {}).get("schemas", {}).items():
            stated = schema.get("x-kubernetes-group-version-kind", [])
            if len(stated) == 1 and not _is_list(schema):
                group, version, kind = (stated[0][part] for part in ("group", "version", "kind"))
                found[f"{group}/{version}/{kind}"] = short(name)
    return found


def short(name: str) -> str:
    """Shorten `io.k8s.api.apps.v1.Deployment` to `apps.v1.Deployment`."""
    for prefix in PREFIXES:
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return name.removeprefix("io.k8s.")


def _is_list(schema: Mapping[str, Any]) -> bool:
    properties = schema.get("properties", {})
    return "items" in properties and {"apiVersion", "kind", "metadata"} <= set(properties)


def _type(schema: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if "properties" in schema:
        made["fields"] = {name: _expression(each) for name, each in sorted(schema["properties"].items())}
    else:
        made["is"] = _expression(schema)
    if schema.get("x-kubernetes-map-type") == "atomic":
        made["whole"] = True
    if schema.get("required"):
        made["required"] = sorted(schema["required"])
    for word in ("default", "enum"):
        said = {
            name: each[word] for name, each in sorted(schema.get("properties", {}).items()) if each.get(word) not in (None, {})
        }
        if said:
            made[f"{word}s"] = said
    return made


def _expression(schema: Mapping[str, Any]) -> Any:
    reference = _reference(schema)
    if reference is not None:
        return WORDS.get(reference) or _with_shape(schema, short(reference))
    if schema.get("type") == "array":
        return _list(schema)
    if isinstance(schema.get("additionalProperties"), Mapping):
        atomic = schema.get("x-kubernetes-map-type") == "atomic"
        return ["atomic-map" if atomic else "map", _expression(schema["additionalProperties"])]
    if "properties" in schema:
        raise ValueError("a struct without a name of its own: the compact form has no place for it")
    return FORMATS.get((schema.get("type"), schema.get("format")), PLAIN[schema.get("type")])


def _reference(schema: Mapping[str, Any]) -> str | None:
    inside = schema.get("allOf", [])
    reference = schema.get("$ref") or (inside[0].get("$ref") if len(inside) == 1 else None)
    return reference.removeprefix(SCHEMAS) if reference else None


def _with_shape(schema: Mapping[str, Any], name: str) -> Any:
    return ["whole", name] if schema.get("x-kubernetes-map-type") == "atomic" else name


def _list(schema: Mapping[str, Any]) -> list[Any]:
    """Read how a list is merged; source: k8s.io/kube-openapi `getListElementRelationship`."""
    item = _expression(schema["items"])
    kind = schema.get("x-kubernetes-list-type")
    if kind == "map":
        return ["keyed", item, *schema["x-kubernetes-list-map-keys"]]
    if kind is not None:
        return ["set" if kind == "set" else "list", item]
    if schema.get("x-kubernetes-patch-strategy") in ("merge", "merge,retainKeys"):
        key = schema.get("x-kubernetes-patch-merge-key")
        return ["keyed", item, key] if key else ["set", item]
    return ["list", item]
