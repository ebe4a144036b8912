"""Whether labels are selected, by a map or by a LabelSelector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a LabelSelector (matchLabels, matchExpressions) takes these labels; an empty one takes everything."""
    wanted = selector.get("matchLabels") or {}
    return includes(labels, wanted) and all(satisfies(each, labels) for each in selector.get("matchExpressions") or ())


def includes(labels: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Whether all wanted labels are there with their values."""
    return all(labels.get(key) == value for key, value in wanted.items())


def satisfies(requirement: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """One requirement of matchExpressions, of a LabelSelector or of a node selector."""
    key, values = requirement.get("key", ""), list(requirement.get("values") or ())
    found = labels.get(key)
    match requirement.get("operator"):
        case "In":
            return found in values
        case "NotIn":
            return found not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case "Gt":
            return found is not None and int(found) > int(values[0])
        case "Lt":
            return found is not None and int(found) < int(values[0])
    return False
