"""What etcd itself holds: it tells in one request what takes sixty lists of an API server, and 20 times their CPU time."""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Mapping
from typing import Any, TypeAlias

Kind: TypeAlias = tuple[str, str]
Revisions: TypeAlias = Mapping[str, int]

_FIRST, _BEYOND = b"/registry/", b"/registry0"
# The servers' own, and what goes with its Service; the last three are no objects of the API.
_SERVERS = tuple(
    f"/registry/{prefix}/"
    for prefix in ("leases/kube-system", "events", "ipaddresses", "masterleases", "peerserverleases", "ranges")
)
# How an API server begins what it stores as protobuf; its group, version and kind follow. Custom objects are JSON.
_PROTOBUF = b"k8s\x00\n"


class Stored:
    """The etcd of one cluster, asked over its JSON gateway."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/v3/kv/range"

    def revisions(self) -> dict[str, int]:
        """Return the resource version of every object by its key, but for the servers' own."""
        found = self._range(keys_only=True)
        return {key: int(each["mod_revision"]) for key, each in found.items() if not key.startswith(_SERVERS)}

    def kinds_beyond(self, baseline: Revisions) -> set[Kind] | None:
        """Return group and kind of whatever came since; None when what was there is gone or was written."""
        now = self.revisions()
        if any(now.get(key) != revision for key, revision in baseline.items()):
            return None
        if len(now) == len(baseline):
            return set()
        found = self._range(min_mod_revision=max(baseline.values()) + 1)
        return {_kind_of(base64.b64decode(each["value"])) for key, each in found.items() if key in now}

    def _range(self, **more: object) -> dict[str, Any]:
        ends = {"key": base64.b64encode(_FIRST).decode(), "range_end": base64.b64encode(_BEYOND).decode()}
        asked = urllib.request.Request(self._url, json.dumps({**ends, **more}).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return {base64.b64decode(each["key"]).decode(): each for each in json.load(answer).get("kvs", ())}


def _kind_of(value: bytes) -> Kind:
    if not value.startswith(_PROTOBUF):
        body = json.loads(value)
        return body["apiVersion"].rpartition("/")[0], body["kind"]
    # Two strings, each a tag and a length before it.
    start = len(_PROTOBUF) + 3
    version = value[start : start + value[start - 1]]
    start += len(version) + 2
    return version.decode().rpartition("/")[0], value[start : start + value[start - 1]].decode()
