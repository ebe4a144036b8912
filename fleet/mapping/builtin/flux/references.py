"""ConfigMaps and Secrets that a document takes values from: those that are in git, in a file or in what an App renders to."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from fleet.hooks import AppKindContext
from fleet.mapping.builtin.places import refuse
from fleet.model.keys import GroupKind

KINDS = ("ConfigMap", "Secret")


def texts(context: AppKindContext, reference: Mapping[str, Any], namespace: str, at: str) -> Mapping[str, str] | None:
    """The texts that a ConfigMap or Secret holds; None for an optional one that is nowhere. Raises DeclarationInvalid."""
    kind, name = reference["kind"], reference["name"]
    found = context.look(GroupKind("", kind), namespace, name)
    if found is None:
        message = f"there is no {kind} {namespace}/{name} in git: not in a file, and in no App's render"
        refuse(context, [] if reference.get("optional") else [(at, message)])
        return None
    if "sops" in found.body:
        refuse(context, [(at, f"{kind} {namespace}/{name} ({found.origin}) is encrypted, and encrypted files are not read")])
    data: Any = found.body.get("data") or {}
    try:
        return {key: _decoded(value) if kind == "Secret" else str(value) for key, value in data.items()}
    except (binascii.Error, UnicodeDecodeError):
        refuse(context, [(at, f"{kind} {namespace}/{name} ({found.origin}) holds what is no text")])
    return None


def secrets(reference: Mapping[str, Any], value: Any) -> Iterator[str]:
    """Every single text and number in what was taken from a Secret; nothing of a ConfigMap."""
    if reference["kind"] == "Secret":
        yield from _leaves(value)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping | list):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _leaves(each)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _decoded(value: str) -> str:
    return base64.b64decode(value, validate=True).decode()
