"""Run cases on one server and write down its answers."""

from __future__ import annotations

import copy
import queue
import re
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from fleet.k8syaml import load_documents
from tests.conformance.case import Case
from tests.conformance.kinds import Target, path, target
from tests.conformance.normal import Labels, chosen
from tests.conformance.session import Request, Response, Server, Session

DEFINITIONS = Path(__file__).parent / "definitions.yaml"
# Requests a case may be in the middle of at once; a case that waits for a second should not hold up the others.
_AT_ONCE = 8
_PATCHES = {
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
}
_AS_METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
_ACCEPTS = {
    "metadata": f"{_AS_METADATA},application/json",
    "metadata-list": "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json",
    "table": "application/json;as=Table;g=meta.k8s.io;v=v1,application/json",
    "discovery": "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
}
_METHODS = {
    "create": "POST",
    "update": "PUT",
    "edit": "PUT",
    "get": "GET",
    "list": "GET",
    "delete": "DELETE",
    "clear": "DELETE",
    **dict.fromkeys(_PATCHES, "PATCH"),
}
# How long a watch may be silent before the case goes on without what it waited for, and an `until` may last.
_PATIENCE = 20.0
_START = 60.0
Answers = list[dict[str, Any]]


def prepare(server: Server) -> None:
    """Define the custom kinds of the cases, and wait until they are served."""
    session = Session(server)
    definitions = [document.value for document in load_documents(DEFINITIONS.read_bytes(), file=DEFINITIONS.name)]
    crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    for definition in definitions:
        created = session.send(Request("POST", crds, body=definition))
        assert created.status in (201, 409), created.body
    end = time.monotonic() + _START
    while waiting := [each["metadata"]["name"] for each in definitions if not _is_served(session, each["spec"])]:
        assert time.monotonic() < end, f"{waiting} are not served"
        time.sleep(0.05)
    session.close()


def _is_served(session: Session, spec: dict[str, Any]) -> bool:
    """Whether a kind is there, and told of: kubectl looks a kind up first."""
    plural = spec["names"]["plural"]
    if session.send(Request("GET", f"/apis/{spec['group']}/v1/{plural}")).status != 200:
        return False
    groups = session.send(Request("GET", "/apis", accept=_ACCEPTS["discovery"])).body["items"]
    return plural in {
        resource["resource"]
        for group in groups
        if group["metadata"]["name"] == spec["group"]
        for version in group["versions"]
        for resource in version.get("resources", ())
    }


def run_all(server: Server, cases: Iterable[Case]) -> dict[str, Answers]:
    """Run cases, several at once, and return the answers of each by its name."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        running = {case.name: pool.submit(run, server, case) for case in cases}
        return {name: answers.result() for name, answers in running.items()}


def run(server: Server, case: Case) -> Answers:
    """Run one case in a namespace of its own."""
    session = Session(server)
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": case.name}}
    playing = _Playing(session, case)
    try:
        made = session.send(Request("POST", "/api/v1/namespaces", body=namespace))
        if made.status != 201:
            return [{"step": "namespace", "status": made.status, "body": made.body}]
        return [playing.play(step) for step in case.steps]
    finally:
        playing.close()
        session.close()


class _Playing:
    """One case on its way: what it saved, and the watches it has open."""

    def __init__(self, session: Session, case: Case) -> None:
        self._session = session
        self._labels = Labels(timed=case.timed)
        self._namespace = case.name
        self._saved = {"ns": case.name}
        self._watches: dict[str, _Watch] = {}

    def close(self) -> None:
        for watch in self._watches.values():
            watch.close()

    def play(self, written: dict[str, Any]) -> dict[str, Any]:
        """Do one step; return what it was and what came of it."""
        step = self._filled(written)
        named = next(iter(step))
        said = {"step": f"{named} {written[named]}"}
        match named:
            case "wait":
                time.sleep(float(step["wait"]))
                return said
            case "open":
                self._open(step)
                return said
            case "events":
                return said | {"events": self._labels.of(self._watches[step["events"]].take(step.get("count", 1)))}
            case "watch":
                self._open({**step, "open": "past"})
                return said | {"events": self._labels.of(self._watches.pop("past").take(step.get("count", 1)))}
            case "until":
                return said | self._answer(self._until(step), step)
            case _:
                return said | self._answer(self._session.send(self._request(named, step)), step)

    def _answer(self, response: Response, step: dict[str, Any]) -> dict[str, Any]:
        for name, where in step.get("save", {}).items():
            self._saved[name] = str(chosen(response.body, where))
        body = self._labels.of(response.body)
        if "show" in step and response.status < 400:
            body = {where: chosen(body, where) for where in step["show"]}
        if "sort" in step and isinstance(body, dict):  # The server walks a map of its own, in no order.
            body[step["sort"]].sort(key=lambda item: str(item["name"]))
        if isinstance(body, dict) and "drop" in step:
            body = {key: value for key, value in body.items() if key not in step["drop"]}
        said: dict[str, Any] = {"status": response.status, "media": response.media, "body": body}
        if response.warnings:
            said["warnings"] = [self._labels.of(warning) for warning in response.warnings]
        return said

    def _request(self, named: str, step: dict[str, Any]) -> Request:
        query = dict(step.get("query", {}))
        if "by" in step:
            query["fieldManager"] = step["by"]
        elif named == "apply":
            query["fieldManager"] = "tester"
        if step.get("force"):
            query["force"] = True
        method, address, body = self._addressed(named, step)
        content = step.get("content", _PATCHES.get(named, "application/json"))
        accept = _ACCEPTS.get(step.get("accept", ""), step.get("accept", "application/json"))
        user = step.get("user", "admin")
        return Request(method, address, body=body, query=query, content=content, accept=accept, user=user)

    def _addressed(self, named: str, step: dict[str, Any]) -> tuple[str, str, Any]:
        if named == "request":
            return step.get("method", "GET"), step["request"], step.get("body")
        to = target(step[named])
        body = step.get("body")
        if named in ("create", "update", "apply") and not step.get("bare"):
            body = _whole(to, body)
        address = path(to._replace(name="") if named == "create" and not to.subresource else to, self._namespace_of(step))
        if named == "edit":
            body = _merged(self._session.send(Request("GET", address)).body, step["body"])
        return _METHODS[named], address, body

    def _namespace_of(self, step: dict[str, Any]) -> str:
        return str(step.get("in", self._namespace))

    def _open(self, step: dict[str, Any]) -> None:
        query = {"watch": True, **step.get("query", {})}
        accept = _ACCEPTS.get(step.get("accept", ""), "application/json")
        address = path(target(step.get("watch") or step["of"]), self._namespace_of(step))
        asked = Request("GET", address, query=query, accept=accept, user=step.get("user", "admin"))
        self._watches[step["open"]] = _Watch(self._session, asked)

    def _until(self, step: dict[str, Any]) -> Response:
        """Ask until the answer has the wanted status, and the wanted values at its paths."""
        end = time.monotonic() + _PATIENCE
        asked = self._request("request" if step["until"].startswith("/") else "get", {**step, **_asking(step["until"])})
        while True:
            response = self._session.send(asked)
            holds = all(chosen(response.body, where) == value for where, value in step.get("has", {}).items())
            if response.status == step.get("status", 200) and holds:
                return response
            if time.monotonic() > end:
                return response
            time.sleep(0.05)

    def _filled(self, value: Any) -> Any:
        """Put saved values in the place of `${name}`."""
        if isinstance(value, dict):
            return {self._filled(key): self._filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._filled(item) for item in value]
        if isinstance(value, str):
            return re.sub(r"\$\{(\w+)\}", lambda match: self._saved[match.group(1)], value)
        return value


class _Watch:
    """An open watch, read by a thread of its own, so that nothing the case does has to wait for it."""

    def __init__(self, session: Session, asked: Request) -> None:
        self._found: queue.Queue[Any] = queue.Queue()
        self._ended = False
        self._stream = session.watch(asked)
        # Read here: the watch is open before the next step.
        first = next(self._stream)
        self._before = [] if first == 200 else [f"status {first}"]
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def take(self, count: int) -> list[Any]:
        """Return so many events, or fewer and `ended` where the server ended the watch, or `silent`."""
        taken, self._before = self._before, []
        while len(taken) < count:
            try:
                event = self._found.get(timeout=_PATIENCE)
            except queue.Empty:
                return [*taken, "silent"]
            taken.append(event)
            if event == "ended":
                return taken
        return taken

    def close(self) -> None:
        """Forget it; its thread ends with the stream, at the latest when that times out."""
        self._ended = True

    def _read(self) -> None:
        try:
            for event in self._stream:
                if self._ended:
                    break
                self._found.put(event)
        except OSError:
            pass
        finally:
            self._stream.close()
            self._found.put("ended")


def _asking(until: str) -> dict[str, Any]:
    return {"request": until} if until.startswith("/") else {"get": until}


def _whole(to: Target, body: Any) -> Any:
    """Add to an object what every object has to say."""
    if body is not None and not isinstance(body, dict):
        return body
    written = copy.deepcopy(body or {})
    metadata = written.pop("metadata", {})
    named = {"name": to.name} if to.name and "generateName" not in metadata else {}
    return {"apiVersion": to.kind.api_version, "kind": to.kind.kind, "metadata": {**named, **metadata}, **written}


def _merged(live: Any, change: Any) -> Any:
    """Change an object as people do in an editor; null takes a field out (RFC 7386)."""
    if not isinstance(change, dict):
        return change
    merged = dict(live) if isinstance(live, dict) else {}
    for key, value in change.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(merged.get(key), value)
    return merged
