"""What a test asks of the audit log: who sent which request, and how it was answered."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Requests of the test's own machinery are not recorded, but for the launcher's reads of /version, which mark the log.
_SILENT = ["kube-controller-manager", "kube-scheduler", "kwok", "system:apiserver"]
_WRITES = ["create", "update", "patch", "delete", "deletecollection"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as the API server saw it. A watch that is still open has code 200 and `ended` False."""

    user: str
    agent: str
    verb: str
    uri: str
    code: int
    group: str
    resource: str
    subresource: str
    namespace: str
    name: str
    # What was sent, of writes only; None where the server does not log it.
    body: Any
    ended: bool
    received: str

    @property
    def is_write(self) -> bool:
        """Say whether it asked for a change, also when it was refused."""
        return self.verb in _WRITES


def policy(*, bodies: bool) -> dict[str, Any]:
    """Return the policy to start a server with: every request by verb, URI, agent and code; of writes also the body."""
    rules: list[dict[str, Any]] = [
        {"level": "None", "users": _SILENT},
        {"level": "None", "users": ["launcher"], "nonResourceURLs": ["/readyz*"]},
    ]
    if bodies:
        rules.append({"level": "Request", "verbs": _WRITES})
    # RequestReceived tells nothing more; ResponseStarted is written for long requests only, and shows open watches.
    rules.append({"level": "Metadata"})
    return {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"], "rules": rules}


class Mark(int):
    """An offset in the log before which nothing counts, and the time, by the server's clock, from which on requests do."""

    received = ""


def mark(path: Path, uri: str, *, start: int) -> Mark | None:
    """Return the mark that a request of this URI makes; None as long as the log does not show it after the offset."""
    for event in _events(path, start):
        if event["requestURI"] == uri:
            found = Mark(start)
            found.received = event["requestReceivedTimestamp"]
            return found
    return None


def requests(path: Path, *, start: Mark) -> list[Request]:
    """Return the requests that came after a mark, in the order of their first line.

    What came before and ended after it is not among them: above all the watches of the test before, which end when they may.
    """
    by_id: dict[str, dict[str, Any]] = {}
    for event in _events(path, start):
        if event["requestReceivedTimestamp"] >= start.received:
            by_id[event["auditID"]] = event  # ResponseComplete replaces ResponseStarted, in its place.
    return list(_without_launcher(by_id.values()))


def _events(path: Path, start: int) -> Iterable[dict[str, Any]]:
    lines = _read(path, start).splitlines(keepends=True)
    return (json.loads(line) for line in lines if line.endswith(b"\n"))  # The last line may still be in the writing.


def _without_launcher(events: Iterable[dict[str, Any]]) -> Iterable[Request]:
    return (request(event) for event in events if event["user"]["username"] != "launcher")


def request(event: dict[str, Any]) -> Request:
    """Read one event."""
    reference = event.get("objectRef", {})
    return Request(
        user=event["user"]["username"],
        agent=event.get("userAgent", ""),
        verb=event["verb"],
        uri=event["requestURI"],
        code=event.get("responseStatus", {}).get("code", 0),
        group=reference.get("apiGroup", ""),
        resource=reference.get("resource", ""),
        subresource=reference.get("subresource", ""),
        namespace=reference.get("namespace", ""),
        name=reference.get("name", ""),
        body=event.get("requestObject"),
        ended=event["stage"] != "ResponseStarted",
        received=event["requestReceivedTimestamp"],
    )


def _read(path: Path, start: int) -> bytes:
    if not path.exists():  # The server makes it at its first request.
        return b""
    with path.open("rb") as file:
        file.seek(max(start - 1, 0))
        found = file.read()
    return found[found.find(b"\n") + 1 :] if start else found  # The offset may be in the midst of a line.
