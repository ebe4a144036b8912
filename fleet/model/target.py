"""Which objects a rule of Flux means: regular expressions of whole texts, and selectors of labels and annotations.

Source: fluxcd/pkg `ssa/jsondiff/selector.go`, and k8s.io/apimachinery `pkg/labels` for selectors written as a text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from fleet.model.keys import ObjectKey
from fleet.model.regex import compiled, find

MAX_STEPS = 300
"""Of a pattern's program: it is matched with every object of an App, and a text is gone through once for each step at most."""
MAX_SELECTOR = 1000  # characters
_NAME = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_KEY = rf"(?:[a-z0-9](?:[-a-z0-9.]{{0,251}}[a-z0-9])?/)?{_NAME}"
_PART = re.compile(
    rf"\s*(?:!\s*(?P<absent>{_KEY})"
    rf"|(?P<key>{_KEY})(?:\s*(?P<sign>==|=|!=|>|<)\s*(?P<value>(?:{_NAME})?)|\s+(?P<word>in|notin)\s*\((?P<values>[^()]*)\))?)\s*"
)
_SIGNS = {"=": "in", "==": "in", "!=": "notin", ">": ">", "<": "<"}
_VALUE = re.compile(rf"(?:{_NAME})?")
_COMMA = re.compile(r",(?![^(]*\))")
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement of labels: `in`, `notin`, `exists`, `absent`, `>` or `<`."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def met(self, labels: Mapping[str, Any]) -> bool:
        """Whether labels meet it; one that is not there is `notin` anything."""
        has = labels.get(self.key)
        match self.operator:
            case "in":
                return has in self.values
            case "notin":
                return has not in self.values
            case "exists":
                return has is not None
            case "absent":
                return has is None
        if has is None or not _INTEGER.fullmatch(str(has)):
            return False
        return int(has) > int(self.values[0]) if self.operator == ">" else int(has) < int(self.values[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Objects whose group, version, kind, name and namespace match as a whole; an empty pattern matches any."""

    group: str = ""
    version: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""
    labels: tuple[Requirement, ...] = ()
    annotations: tuple[Requirement, ...] = ()

    def takes(self, key: ObjectKey, body: Mapping[str, Any]) -> bool:
        """Whether an object is one of those, as git has it."""
        version = str(body.get("apiVersion") or "").rpartition("/")[2]
        pairs = (
            (self.kind, key.kind),
            (self.group, key.group),
            (self.version, version),
            (self.namespace, key.namespace),
            (self.name, key.name),
        )
        if not all(not pattern or _matches(pattern, text) for pattern, text in pairs):
            return False
        labels, annotations = _texts(body, "labels"), _texts(body, "annotations")
        return all(each.met(labels) for each in self.labels) and all(each.met(annotations) for each in self.annotations)


def _texts(body: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    metadata = body.get("metadata")
    found = metadata.get(field) if isinstance(metadata, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def check_pattern(pattern: str) -> None:
    """Raise ValueError where a pattern is no regular expression, or too large a one."""
    if len(compiled(_whole(pattern)).steps) > MAX_STEPS:
        raise ValueError(f"{pattern[:60]} is too large an expression")


def requirements(selector: str) -> tuple[Requirement, ...]:
    """Read a selector as kubectl's `-l` takes it, `a=b,c in (d,e),!f`; raises ValueError."""
    if len(selector) > MAX_SELECTOR:
        raise ValueError(f"a selector has at most {MAX_SELECTOR} characters")
    return tuple(_requirement(part) for part in _COMMA.split(selector)) if selector.strip() else ()


def _requirement(part: str) -> Requirement:
    found = _PART.fullmatch(part)
    if found is None:
        raise ValueError(f"{part.strip() or 'nothing'} is no requirement of labels, such as a=b, a!=b, a in (b,c), a, !a or a>1")
    if found["absent"]:
        return Requirement(found["absent"], "absent")
    if found["word"]:
        return Requirement(found["key"], found["word"], _values(found["values"]))
    if not found["sign"]:
        return Requirement(found["key"], "exists")
    if found["sign"] in "<>" and not _INTEGER.fullmatch(found["value"]):
        raise ValueError(f"{part.strip()}: {found['value'] or 'nothing'} is no integer")
    return Requirement(found["key"], _SIGNS[found["sign"]], (found["value"],))


def _values(text: str) -> tuple[str, ...]:
    values = tuple(each.strip() for each in text.split(","))  # () is the empty value, as it is there
    wrong = [each for each in values if not _VALUE.fullmatch(each)]
    if wrong:
        raise ValueError(f"({text}) are no values of labels")
    return values


def _whole(pattern: str) -> str:
    return f"^(?:{pattern})$"


@lru_cache(maxsize=4096)
def _matches(pattern: str, text: str) -> bool:
    """Whether a text matches as a whole. The same few kinds and namespaces are asked about for every object."""
    return find(compiled(_whole(pattern)), text, 0, lambda _: None) is not None
