"""Merging maps as the Go library mergo does, which sprig and Argo CD use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.mapping.builtin.gotemplate.values import truth


def filled(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what a map has and take from another what it lacks or has empty: zero, false, null, an empty text or list."""
    made = dict(under)
    for key, value in over.items():
        known = made.get(key)
        if value is None:
            continue
        if isinstance(known, Mapping) and isinstance(value, Mapping):
            made[key] = filled(known, value)
        elif not truth(known):
            made[key] = value
    return made


def overridden(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Take all that another map has, also what is empty in it; maps in maps are merged alike."""
    made = dict(under)
    for key, value in over.items():
        known = made.get(key)
        if isinstance(known, Mapping) and isinstance(value, Mapping):
            made[key] = overridden(known, value)
        else:
            made[key] = value
    return made
