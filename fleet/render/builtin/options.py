"""Reading the options an App gives its renderer: unknown ones are errors that name the nearest known one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from fleet.errors import RenderError
from fleet.hooks import RenderContext


def check_known(context: RenderContext, known: Iterable[str], *, renderer: str) -> Mapping[str, Any]:
    """Give the options, all of which are known; raises RenderError."""
    names = sorted(known)
    for name in context.options:
        if name not in names:
            reason = f"{renderer}.{name} is not an option{nearest(str(name), names)}; there are {', '.join(names)}"
            raise RenderError(path=context.path, reason=reason)
    return context.options


def texts(context: RenderContext, name: str, *, renderer: str) -> tuple[str, ...]:
    """Read an option that is a list of texts, absent meaning none; raises RenderError."""
    value = context.options.get(name) or []
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) and item for item in value):
        raise RenderError(path=context.path, reason=f"{renderer}.{name} must be a list of texts")
    return tuple(value)


def nearest(name: str, known: Iterable[str]) -> str:
    """Say `: did you mean x?`, or nothing when no known name is near."""
    near = difflib.get_close_matches(name.lower(), {each.lower(): each for each in known}, n=1)
    found = next((each for each in known if near and each.lower() == near[0]), "")
    return f" (did you mean {found}?)" if found else ""
