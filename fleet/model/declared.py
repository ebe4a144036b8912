"""What a custom kind's definition says about its status."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column that `kubectl get` prints from the status."""

    name: str
    path: tuple[str, ...]
    """Where it looks, from the object's root, as far as plain names lead: `("status", "phase")`."""
    condition: str = ""
    """The type of the condition it picks; empty where it picks none by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What one version of a CustomResourceDefinition says its objects will report."""

    status: bool = False
    """Whether it has the status subresource."""
    conditions: bool = False
    """Whether its schema has a list, or a map, `status.conditions`."""
    fields: tuple[str, ...] = ()
    """The names its schema has directly below `status`, sorted."""
    columns: tuple[Column, ...] = ()
    """The printed columns that look into the status, in their order."""

    @property
    def reports(self) -> bool:
        """Whether an object that says nothing has yet to be heard of: conditions or columns are declared to be filled."""
        return self.conditions or bool(self.columns)
