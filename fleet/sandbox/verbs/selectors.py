"""Label and field selectors: from their text to a question that is asked of each object."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from fleet.sandbox.resources import Resource
from fleet.sandbox.storage import Stored
from fleet.sandbox.verbs import statuses

LabelTest: TypeAlias = Callable[[Mapping[str, str]], bool]
Test: TypeAlias = Callable[[Stored], bool]

_KEY = r"[A-Za-z0-9](?:[\w./-]*[A-Za-z0-9])?"
_SET = re.compile(rf"\s*({_KEY})\s+(in|notin)\s*\(([^)]*)\)\s*")
_COMPARED = re.compile(rf"\s*({_KEY})\s*(==|=|!=|>|<)\s*([^\s,]*)\s*")
_EXISTS = re.compile(rf"\s*(!?)\s*({_KEY})\s*")
_FIELD = re.compile(r"([^=!,]+?)(==|=|!=)([^,]*)")

_EVERYWHERE = ("metadata.name", "metadata.namespace")
# What can be selected by besides name and namespace; source: the `SelectableFields` of each kind's strategy.
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "/pods": (
        "spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName spec.hostNetwork status.phase "
        "status.podIP status.podIPs status.nominatedNodeName"
    ).split(),  # type: ignore[dict-item]
    "/events": (
        "involvedObject.kind involvedObject.namespace involvedObject.name involvedObject.uid involvedObject.apiVersion "
        "involvedObject.resourceVersion involvedObject.fieldPath reason reportingComponent source type"
    ).split(),  # type: ignore[dict-item]
    "/namespaces": ("status.phase",),
    "/nodes": ("spec.unschedulable",),
    "/secrets": ("type",),
    "/services": ("spec.clusterIP", "spec.type"),
    "/replicationcontrollers": ("status.replicas",),
    "apps/replicasets": ("status.replicas",),
    "batch/jobs": ("status.successful",),
    "certificates.k8s.io/certificatesigningrequests": ("spec.signerName",),
}


def label_test(selector: str) -> LabelTest | None:
    """Read a label selector; None for one that everything matches. Raises ApiStatus."""
    return _compiled(selector) if selector.strip() else None


@lru_cache(maxsize=1024)
def _compiled(selector: str) -> LabelTest:
    tests: list[LabelTest] = []
    at = 0
    while at < len(selector):
        match, test = _requirement(selector, at)
        tests.append(test)
        at = match.end()
        if at < len(selector) and selector[at] != ",":
            raise _unparsable(selector, at)
        at += 1
    if len(tests) == 1:
        return tests[0]
    return lambda labels: all(test(labels) for test in tests)


def _requirement(selector: str, at: int) -> tuple[re.Match[str], LabelTest]:
    if match := _SET.match(selector, at):
        key, word, listed = match.groups()
        values = frozenset(value.strip() for value in listed.split(","))
        return match, _is_in(key, values) if word == "in" else _is_not_in(key, values)
    if match := _COMPARED.match(selector, at):
        return match, _compared(*match.groups())
    if match := _EXISTS.match(selector, at):
        absent, key = match.groups()
        return match, (lambda labels: key not in labels) if absent else (lambda labels: key in labels)
    raise _unparsable(selector, at)


def _unparsable(selector: str, at: int) -> Exception:
    found = selector[at:].strip() or ""
    return statuses.bad_request(f"unable to parse requirement: found '{found}', expected: identifier")


def _is_in(key: str, values: frozenset[str]) -> LabelTest:
    return lambda labels: labels.get(key) in values


def _is_not_in(key: str, values: frozenset[str]) -> LabelTest:
    return lambda labels: labels.get(key) not in values


def _compared(key: str, word: str, value: str) -> LabelTest:
    if word == "!=":
        return lambda labels: labels.get(key) != value
    if word in ("=", "=="):
        return lambda labels: labels.get(key) == value
    if not value.lstrip("-").isdecimal():
        raise statuses.bad_request(
            f"values[0][{key}]: Invalid value: \"{value}\": for 'Gt', 'Lt' operators, the value must be an integer"
        )
    bound = int(value)
    more = word == ">"
    return lambda labels: _is_beyond(labels.get(key, ""), bound, more=more)


def _is_beyond(value: str, bound: int, *, more: bool) -> bool:
    if not value.lstrip("-").isdecimal():
        return False
    return int(value) > bound if more else int(value) < bound


def field_test(resource: Resource, selector: str) -> Test | None:
    """Read a field selector; None for one that everything matches. Raises ApiStatus for a field the kind has not."""
    tests = [_field(resource, part) for part in selector.split(",") if part.strip()]
    if not tests:
        return None
    return tests[0] if len(tests) == 1 else lambda found: all(test(found) for test in tests)


def _field(resource: Resource, part: str) -> Test:
    match = _FIELD.fullmatch(part.strip())
    if match is None:
        raise statuses.bad_request(f"invalid selector: '{part}'; can't understand '{part}'")
    path, word, value = match.groups()
    equal = word != "!="
    if path == "metadata.name":
        return lambda found: (found.name == value) is equal
    if path == "metadata.namespace":
        return lambda found: (found.namespace == value) is equal
    if path not in selectable(resource):
        raise statuses.bad_request(_unknown(resource, path))
    edges = path.split(".")
    return lambda found: (_text_at(found.parsed(), edges) == value) is equal


def selectable(resource: Resource) -> tuple[str, ...]:
    """The paths by which objects of a kind can be selected, besides name and namespace."""
    if resource.custom:
        fields = resource.custom.version.get("selectableFields") or ()
        return tuple(each["jsonPath"].removeprefix(".") for each in fields)
    return tuple(_FIELDS.get(resource.storage, ()))


def _unknown(resource: Resource, path: str) -> str:
    if resource.custom or resource.storage not in _FIELDS:
        known = ", ".join(f'"{each}"' for each in _EVERYWHERE)
        said = f'"{path}" is not a known field selector: only {known}'
    else:
        said = f"field label not supported: {path}"
    return said


def _text_at(value: Any, edges: list[str]) -> str:
    for edge in edges:
        value = value.get(edge) if isinstance(value, dict) else None
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
