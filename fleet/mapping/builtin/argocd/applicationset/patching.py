"""templatePatch: a strategic merge over an Application, which has no list that would be merged by key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.errors import FieldInvalid

_DIRECTIVE = "$patch"


def patched(at: str, value: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Merge a patch: null removes, lists are replaced, `$patch` replaces or removes a mapping. Raises FieldInvalid."""
    if wrong := next((key for key in patch if key.startswith("$") and key != _DIRECTIVE), None):
        raise FieldInvalid(at=at, message=f"the directive {wrong} of a strategic merge is not read in templatePatch")
    rest = {key: each for key, each in patch.items() if key != _DIRECTIVE}
    match patch.get(_DIRECTIVE):
        case "replace":
            return rest
        case "delete":
            return {}
        case None | "merge":
            made = dict(value)
        case other:
            raise FieldInvalid(at=at, message=f"$patch is replace, delete or merge, not {other}")
    for key, each in rest.items():
        if each is None:
            made.pop(key, None)
        elif isinstance(each, Mapping):
            known = made.get(key)
            made[key] = patched(at, known if isinstance(known, Mapping) else {}, each)
            if each.get(_DIRECTIVE) == "delete":
                del made[key]
        else:
            made[key] = each
    return made
