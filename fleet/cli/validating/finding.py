"""One problem, wherever it was found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How grave a problem is, in SARIF's words."""

    ERROR = "error"
    WARNING = "warning"
    """An error where --strict is asked for."""
    NOTE = "note"
    """Worth a look; it never fails."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """A problem with its place.

    `clusters` are all that it concerns, none where it is the repository's; `kubernetes` the minor versions that it was found by.
    """

    file: str
    line: int
    rule: str
    message: str
    object: str = ""
    level: Level = Level.ERROR
    clusters: tuple[str, ...] = ()
    kubernetes: tuple[str, ...] = ()

    def __str__(self) -> str:
        about = f"{self.object}: " if self.object else ""
        return f"{self.file}:{self.line}: {self.level}: {about}{self.message} [{self.rule}]"


RULES = {
    "mapping": "what the tree declares cannot be read, or contradicts itself",
    "render": "an App could not be rendered",
    "claimed-twice": "two Apps of one cluster want the same object",
    "unknown-field": "the kind has no such field: the API server refuses it",
    "wrong-type": "a field has a value of another type",
    "required": "a field that must be there is missing",
    "invalid": "a value that the API server refuses",
    "not-served": "the cluster's Kubernetes serves no such kind in this version",
    "unknown-kind": "neither Kubernetes nor a CustomResourceDefinition in the repository defines the kind: it is not checked",
    "other-version": "no facts of the cluster's version of Kubernetes are known: its objects are checked by the nearest that is",
    "missing-namespace": "nothing in the repository makes the namespace: it must be there before",
    "not-evaluated": "a definition has rules in CEL (x-kubernetes-validations): the API server evaluates them, this does not",
}
"""Every rule, and what it means."""
