"""Taking URLs apart and putting them together: plain ones, with a scheme and a host and nothing that has to be escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fleet.errors import TemplateFailed
from fleet.mapping.builtin.gotemplate.calling import Func
from fleet.mapping.builtin.gotemplate.limits import Budget

_SCHEME, _USER, _HOST = (
    r"[A-Za-z][A-Za-z0-9+.-]*+",
    r"[A-Za-z0-9._~-]++(?::[A-Za-z0-9._~-]++)?+",
    r"[A-Za-z0-9._-]++(?::[0-9]*+)?+",
)
_PATH, _QUERY, _FRAGMENT = r"/[A-Za-z0-9._~/:=@&+,;-]*+", r"[A-Za-z0-9._~/:=@&+,;-]*+", r"[A-Za-z0-9._~/:=@&+,-]++"
_URL = re.compile(
    rf"(?P<scheme>{_SCHEME})://(?:(?P<userinfo>{_USER})@)?(?P<host>{_HOST})(?P<path>{_PATH})?+"
    rf"(?:\?(?P<query>{_QUERY}))?+(?:#(?P<fragment>{_FRAGMENT}))?+"
)
_PARTS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in (
        ("scheme", _SCHEME),
        ("userinfo", f"(?:{_USER})?"),
        ("host", _HOST),
        ("path", f"(?:{_PATH})?"),
        ("query", _QUERY),
        ("fragment", f"(?:{_FRAGMENT})?"),
    )
}


def _parse(_: Budget, text: str) -> dict[str, Any]:
    match = _URL.fullmatch(text)
    if match is None:
        raise TemplateFailed(reason="only a plain URL is read here: a scheme, a host, and nothing that is escaped")
    parts = {name: match[name] or "" for name in _PARTS}
    hostname = parts["host"].partition(":")[0]
    return {**parts, "scheme": parts["scheme"].lower(), "hostname": hostname, "opaque": ""}


def _join(_: Budget, parts: Mapping[str, Any]) -> str:
    said = {name: parts.get(name, "") for name in _PARTS}
    plain = all(isinstance(each, str) and _PARTS[name].fullmatch(each) for name, each in said.items())
    if parts.get("opaque") or not plain:
        raise TemplateFailed(reason="only a plain URL is written here: a scheme, a host, and nothing that is escaped")
    user = f"{said['userinfo']}@" if said["userinfo"] else ""
    query = f"?{said['query']}" if said["query"] else ""
    fragment = f"#{said['fragment']}" if said["fragment"] else ""
    return f"{said['scheme']}://{user}{said['host']}{said['path']}{query}{fragment}"


URLS: Mapping[str, Func] = {"urlParse": Func(_parse, ("text",)), "urlJoin": Func(_join, ("map",))}
