"""Finds what SOPS has encrypted: it would reach a cluster as it is, and nobody there could read it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from fleet.schema import scope

_SEAL = b"ENC[AES256_GCM,"  # how each value begins, in every format that SOPS writes
_HOLDERS = ("Secret", "ConfigMap")
_DECRYPT = "kustomize.toolkit.fluxcd.io/decrypt"
_ADVICE = "nothing is decrypted here: keep it out of git, or let an operator in the cluster fetch it"


def encrypted(body: Mapping[str, Any]) -> Iterator[str]:
    """Say what of an object is encrypted: all of it, or keys of its data.

    A custom kind may take `sops` as a field of its own, for an operator that decrypts it. Data that a program decrypts itself
    is marked as Flux has it: `decrypt: disabled`.
    """
    group, kind = str(body["apiVersion"]).rpartition("/")[0], str(body["kind"])
    if isinstance(body.get("sops"), dict) and (scope(group, kind) or kind.encode().startswith(_SEAL)):
        yield f"this is encrypted with SOPS; {_ADVICE}"
        return
    if body["apiVersion"] != "v1" or body["kind"] not in _HOLDERS:
        return
    annotations = body["metadata"].get("annotations") or {}
    if str(annotations.get(_DECRYPT, "")).casefold() == "disabled":
        return
    names = sorted(str(name) for name, value in _texts(body) if _SEAL in value)
    if names:
        way_out = f'annotate it with {_DECRYPT}: "disabled" where a program decrypts it itself'
        yield f"its data holds what is encrypted with SOPS ({', '.join(names)}); {_ADVICE}; {way_out}"


def _texts(body: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    coded = ("data",) if body["kind"] == "Secret" else ("binaryData",)
    for field in ("data", "stringData", "binaryData"):
        values = body.get(field)
        for name, value in values.items() if isinstance(values, dict) else ():
            if isinstance(value, str):
                yield name, _decoded(value) if field in coded else value.encode()


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value)
    except (binascii.Error, ValueError):
        return b""
