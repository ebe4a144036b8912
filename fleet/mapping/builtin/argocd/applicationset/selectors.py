"""Label selectors of Kubernetes, over labels and over parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.errors import FieldInvalid

_WITH_VALUES = ("In", "NotIn")
_WITHOUT = ("Exists", "DoesNotExist")


def selects(at: str, selector: Any, labels: Mapping[str, str]) -> bool:
    """Whether a selector takes these labels; an empty one takes all. Raises FieldInvalid where it makes no sense."""
    said = selector if isinstance(selector, dict) else {"matchLabels": None, "matchExpressions": selector}
    wanted = said.get("matchLabels") or {}
    expressions = said.get("matchExpressions") or []
    if not isinstance(wanted, dict) or not isinstance(expressions, list):
        raise FieldInvalid(at=at, message="a selector has matchLabels, a mapping, and matchExpressions, a list")
    taken = all(labels.get(key) == value for key, value in wanted.items())
    met = [_meets(f"{at}/matchExpressions/{number}", each, labels) for number, each in enumerate(expressions)]
    return taken and all(met)


def _meets(at: str, expression: Any, labels: Mapping[str, str]) -> bool:
    said = expression if isinstance(expression, dict) else {}
    key, operator, values = said.get("key"), said.get("operator"), said.get("values") or []
    if not isinstance(key, str) or operator not in (*_WITH_VALUES, *_WITHOUT) or not isinstance(values, list):
        raise FieldInvalid(at=at, message=f"an expression has a key and an operator: {', '.join((*_WITH_VALUES, *_WITHOUT))}")
    if bool(values) != (operator in _WITH_VALUES):
        raise FieldInvalid(at=at, message=f"{operator} takes {'values' if operator in _WITH_VALUES else 'no values'}")
    match operator:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
    return key not in labels
