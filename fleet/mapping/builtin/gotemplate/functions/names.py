"""Functions that make names, and those of paths."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any

from fleet.errors import TemplateFailed
from fleet.mapping.builtin.gotemplate.calling import Func, checked
from fleet.mapping.builtin.gotemplate.limits import Budget

_MAX_NAME = 253  # of a Kubernetes object
_SLUG = 50  # what Argo CD cuts to unless a length is given
_NOT_A_NAME = re.compile(r"[^-a-z0-9.]")


def normalize(name: str) -> str:
    """Make a name of lower case letters, digits, - and ., as Argo CD does: the first 253 characters, bare at both ends."""
    return _NOT_A_NAME.sub("-", name.lower()).encode()[:_MAX_NAME].decode(errors="replace").strip("-.")


def slug(name: str, length: int = _SLUG, *, at_word: bool = True) -> str:
    """Make a short name, cut between words where it must be cut."""
    made = re.sub("-+", "-", normalize(name).replace(".", "-")).strip("-")
    if length <= 0 or len(made) <= length:
        return made
    if not at_word:
        return made[:length]
    cut = made.rfind("-", 0, length + 1)
    return made[:cut] if cut > 0 else made[:length]


def _slugify(_: Budget, *given: Any) -> str:
    if not 1 <= len(given) <= 3:
        raise TemplateFailed(reason="slugify takes a length, whether to cut at words, and a text; the text alone is enough")
    *how, name = given
    length = checked("slugify", how[0], "int") if how else _SLUG
    at_word = checked("slugify", how[1], "bool") if len(how) > 1 else True
    return slug(checked("slugify", name, "text"), length, at_word=at_word)


def _base(_: Budget, path: str) -> str:
    stripped = path.rstrip("/")
    return posixpath.basename(stripped) if stripped else "/" if path else "."


def clean(path: str) -> str:
    """Write a path without `.`, `..` and doubled slashes, as Go's path.Clean does."""
    made = posixpath.normpath(path) if path else "."
    return made[1:] if made.startswith("//") else made


def _dir(_: Budget, path: str) -> str:
    return clean(path[: path.rfind("/") + 1])


def _ext(_: Budget, path: str) -> str:
    name = path[path.rfind("/") + 1 :]
    return name[name.rfind(".") :] if "." in name else ""


_PATHS: Mapping[str, Func] = {
    "base": Func(_base, ("text",)),
    "dir": Func(_dir, ("text",)),
    "ext": Func(_ext, ("text",)),
    "clean": Func(lambda _, path: clean(path), ("text",)),
    "isAbs": Func(lambda _, path: path.startswith("/"), ("text",)),
}

NAMES: Mapping[str, Func] = {
    "normalize": Func(lambda _, name: normalize(name), ("text",)),
    "slugify": Func(_slugify, (), "any"),
    **_PATHS,
    **{f"os{name[0].upper()}{name[1:]}": function for name, function in _PATHS.items()},
}
