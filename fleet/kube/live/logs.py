"""Reads why a thing that ran failed: the last lines its Pod wrote, or what the Pod waited for when it never began."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fleet.errors import FleetError
from fleet.kube.server.client import ApiClient
from fleet.kube.server.discovery import Discovery
from fleet.model.keys import GroupKind, ObjectKey

LINES = 10
BYTES = 2048
"""Enough for the end of a stack trace; a message is read by people, and kept in memory."""
_MOST_PODS = 50
_POD = GroupKind("", "Pod")
_JOB = GroupKind("batch", "Job")


@dataclass(frozen=True, slots=True)
class _Culprit:
    """The container that is to blame, and how it is."""

    pod: str
    container: str
    ran: bool
    said: str


async def last_words(client: ApiClient, discovery: Discovery, key: ObjectKey, uid: str) -> str:
    """Tell why a Job or a Pod failed, in its Pod's words: at most LINES lines and BYTES bytes of its log.

    Empty for other kinds, and when no Pod of it is left. Never raises what the server says: what cannot be read is told instead.
    """
    try:
        pods = await _pods(client, discovery, key, uid)
        culprit = next(iter(sorted(filter(None, map(_culprit, pods)), key=lambda each: not each.ran)), None)
        return await _told(client, discovery, key, culprit) if culprit else ""
    except FleetError as error:
        return f"its Pod could not be looked at: {error}"


async def _pods(client: ApiClient, discovery: Discovery, key: ObjectKey, uid: str) -> Sequence[Mapping[str, Any]]:
    """The Pods of a Job, the newest first; or the Pod itself."""
    if key.group_kind not in (_POD, _JOB):
        return ()
    resource = await discovery.resource(_POD)
    if key.group_kind == _POD:
        return (await client.get(resource.item(key)),)
    selector = f"batch.kubernetes.io/controller-uid={uid}"
    page = await client.list(resource.collection(key.namespace), params={"labelSelector": selector, "limit": str(_MOST_PODS)})
    return sorted(page["items"] or (), key=lambda pod: str(pod["metadata"].get("creationTimestamp")), reverse=True)


def _culprit(pod: Mapping[str, Any]) -> _Culprit | None:
    """The first container that ended with an error, else the first that waits for something; None when all are fine."""
    name = str(pod["metadata"]["name"])
    found = list(_states(pod))
    for container, state in found:
        ended = state.get("terminated") or {}
        if ended.get("exitCode"):
            return _Culprit(name, container, ran=True, said=f"{ended.get('reason') or 'Error'}, exit code {ended['exitCode']}")
    for container, state in found:
        waiting = state.get("waiting") or {}
        if waiting.get("reason") not in (None, "ContainerCreating", "PodInitializing"):
            said = ": ".join(filter(None, (waiting.get("reason"), waiting.get("message"))))
            return _Culprit(name, container, ran=waiting.get("reason") == "CrashLoopBackOff", said=said)
    return None


def _states(pod: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    status = pod.get("status") or {}
    for container in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        yield str(container["name"]), container.get("state") or {}


async def _told(client: ApiClient, discovery: Discovery, key: ObjectKey, culprit: _Culprit) -> str:
    begin = f"Pod {culprit.pod}, container {culprit.container}: {culprit.said}"
    if not culprit.ran:
        return begin
    resource = await discovery.resource(_POD)
    path = resource.item(ObjectKey("", "Pod", key.namespace, culprit.pod))
    previous = {"previous": "true"} if "CrashLoopBackOff" in culprit.said else {}
    params = {"container": culprit.container, "tailLines": str(LINES), "limitBytes": str(BYTES), **previous}
    try:
        lines = _lines(await client.text(f"{path}/log", params=params))
    except FleetError as error:
        return f"{begin}; its log could not be read: {error}"
    return "\n".join((f"{begin}; its last lines:", *lines)) if lines else f"{begin}; it wrote nothing"


def _lines(text: str) -> Sequence[str]:
    """The last lines, without what a terminal would obey."""
    shown = ("".join(char if char.isprintable() else " " for char in line.expandtabs()).rstrip() for line in text.splitlines())
    return [f"  {line}" for line in shown if line.strip()][-LINES:]
