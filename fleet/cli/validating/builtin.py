"""What is wrong with an object of a built-in kind by the types of its fields: all of it, not only what a server meets first."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fleet.cli.validating.differences import absent
from fleet.sandbox.objects.scalars import READERS, Wrong
from fleet.schema import types
from fleet.schema.releases import Release

_WORDS = {
    "string": "a text",
    "boolean": "true or false",
    "int32": "a whole number",
    "int64": "a whole number",
    "double": "a number",
    "bytes": "a text in base64",
    "quantity": "an amount, such as 500m or 1Gi",
    "time": "a moment, such as 2026-01-31T12:00:00Z",
    "microtime": "a moment, such as 2026-01-31T12:00:00.000000Z",
    "int-or-string": "a whole number or a text",
}
# What may be left out, whatever the server's OpenAPI says.
_OPTIONAL = frozenset({"rbac.v1.RoleRef.apiGroup", "core.v1.LimitRangeSpec.limits"})
# What must be there though its OpenAPI does not say so; source: Kubernetes `pkg/apis/*/validation`.
_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "core.v1.ConfigMapEnvSource": ("name",),
    "core.v1.ConfigMapKeySelector": ("name",),
    "core.v1.ConfigMapVolumeSource": ("name",),
    "core.v1.SecretEnvSource": ("name",),
    "core.v1.SecretKeySelector": ("name",),
    "core.v1.SecretVolumeSource": ("secretName",),
    "networking.v1.IngressServiceBackend": ("port",),
}
_ONE_OF: Mapping[str, tuple[str, ...]] = {
    "core.v1.EnvFromSource": ("configMapRef", "secretRef"),
    "core.v1.EnvVarSource": ("configMapKeyRef", "fieldRef", "fileKeyRef", "resourceFieldRef", "secretKeyRef"),
    "core.v1.Probe": ("exec", "grpc", "httpGet", "tcpSocket"),
    "networking.v1.IngressBackend": ("resource", "service"),
    "networking.v1.NetworkPolicyPeer": ("ipBlock", "namespaceSelector", "podSelector"),
    "networking.v1.ServiceBackendPort": ("name", "number"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """Something wrong at a JSON pointer of an object."""

    pointer: str
    rule: str
    message: str


def mistakes(release: Release, name: str, value: Any, pointer: str = "") -> Iterator[Mistake]:
    """Walk a value of the type called `name` in a release of Kubernetes; null is nothing, as it is to the server."""
    struct = release.struct(name)
    if struct.fields is None:
        yield from _of(release, struct.alias, value, pointer)
        return
    if not isinstance(value, dict):
        yield _wrong(pointer, "a mapping", value)
        return
    for field, child in value.items():
        written = struct.fields.get(field)
        below = f"{pointer}/{escaped(field)}"
        if written is None:
            yield unknown_field(below, field, struct.fields, elsewhere=absent(release, name, field))
        elif child is not None:
            yield from _of(release, written, child, below)
            yield from _outside(struct.enums.get(field, ()), child, below)
    if not pointer.startswith("/status"):
        yield from _missing(struct, value, pointer)


def _of(release: Release, written: Any, value: Any, pointer: str) -> Iterator[Mistake]:
    if isinstance(written, str):
        read = READERS.get(written)
        if read is None:
            yield from mistakes(release, written, value, pointer)
            return
        try:
            read(value)
        except Wrong:
            yield _wrong(pointer, _WORDS[written], value)
        return
    shape, inner = written[:2]
    if shape == "whole":
        yield from _of(release, inner, value, pointer)
        return
    wanted, word = (dict, "a mapping") if shape in ("map", "atomic-map") else (list, "a list")
    if not isinstance(value, wanted):
        yield _wrong(pointer, word, value)
        return
    for step, child in value.items() if isinstance(value, dict) else enumerate(value):
        if child is not None:
            yield from _of(release, inner, child, f"{pointer}/{escaped(str(step))}")


def _missing(struct: types.Struct, value: Mapping[str, Any], pointer: str) -> Iterator[Mistake]:
    filled = {field for rule in types.rules(struct.name) or () for field in rule["set"]}
    fields = struct.fields or {}
    # To the server's Go, a truth that is not there is a false one.
    wanted = {field for field in struct.required - filled if fields[field] != "boolean"}
    for field in sorted(wanted | {*_REQUIRED.get(struct.name, ())}):
        if value.get(field) is None and f"{struct.name}.{field}" not in _OPTIONAL:
            yield Mistake(pointer=pointer, rule="required", message=f"{dotted(pointer, field)} must be there")
    choices = [field for field in _ONE_OF.get(struct.name, ()) if field in fields]
    # A field that does not exist was meant as one of them, and is told already.
    if choices and fields.keys() >= value.keys() and not any(value.get(field) is not None for field in choices):
        message = f"{dotted(pointer)} must have one of {', '.join(choices)}"
        yield Mistake(pointer=pointer, rule="required", message=message)


def _outside(allowed: tuple[str, ...], value: Any, pointer: str) -> Iterator[Mistake]:
    if allowed and isinstance(value, str) and value not in allowed:
        near = difflib.get_close_matches(value.lower(), {each.lower(): each for each in allowed}, n=1)
        meant = next((each for each in allowed if near and each.lower() == near[0]), "")
        hint = f"; did you mean {meant}?" if meant else f": it may be {', '.join(allowed)}"
        yield Mistake(pointer=pointer, rule="invalid", message=f"{dotted(pointer)} cannot be {value[:60]!r}{hint}")


def unknown_field(pointer: str, field: str, known: Mapping[str, Any], *, elsewhere: str = "") -> Mistake:
    """Say that there is no such field: where there is one `elsewhere`, or which one may be meant."""
    near = difflib.get_close_matches(field, known, n=1)
    hint = f" {elsewhere}" if elsewhere else f"; did you mean {near[0]}?" if near else ""
    return Mistake(pointer=pointer, rule="unknown-field", message=f"there is no field {dotted(pointer)}{hint}")


def _wrong(pointer: str, wanted: str, value: Any) -> Mistake:
    return Mistake(pointer=pointer, rule="wrong-type", message=f"{dotted(pointer)} must be {wanted}; here it is {_said(value)}")


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    for kind, word in ((dict, "a mapping"), (list, "a list"), (str, "a text"), (int, "a number"), (float, "a number")):
        if isinstance(value, kind):
            return word
    return "nothing"


def escaped(name: str) -> str:
    """Write a name as a step of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def dotted(pointer: str, *more: str) -> str:
    """Write a JSON pointer as people write paths: `spec.ports[0].name`."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    text = "".join(f"[{step}]" if step.isdigit() or "." in step or "/" in step else f".{step}" for step in [*steps, *more])
    return text.lstrip(".")
