"""templatePatch: a strategic merge over an Application, as Kubernetes merges by the tags of Argo CD's types.

Of the lists that an Application has, finalizers are merged and all others replaced.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from fleet.errors import FieldInvalid

_DIRECTIVE = "$patch"


_FINALIZERS = "finalizers"


def patched(at: str, value: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Merge a patch over an Application: null removes, `$patch` replaces or removes a mapping. Raises FieldInvalid."""
    made = _merged(at, value, patch)
    before, said = value.get("metadata"), patch.get("metadata")
    if not isinstance(before, Mapping) or not isinstance(said, Mapping) or said.get(_DIRECTIVE, "merge") != "merge":
        return made
    known, more = before.get(_FINALIZERS) or [], said.get(_FINALIZERS)
    if isinstance(known, list) and isinstance(more, list):
        made["metadata"][_FINALIZERS] = _of_both(known, more)
    return made


def _of_both(known: Sequence[Any], more: Sequence[Any]) -> list[str]:
    """Merge two lists of texts: the patch's in its order, and the others where the old order has them, else behind."""
    said = dict.fromkeys(map(str, more))
    place = {each: at for at, each in enumerate(map(str, known))}
    kept, made = deque(each for each in place if each not in said), list[str]()
    for each in said:
        while kept and place[kept[0]] < place.get(each, 0):
            made.append(kept.popleft())
        made.append(each)
    return [*made, *kept]


def _merged(at: str, value: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
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
            made[key] = _merged(at, known if isinstance(known, Mapping) else {}, each)
            if each.get(_DIRECTIVE) == "delete":
                del made[key]
        else:
            made[key] = each
    return made
