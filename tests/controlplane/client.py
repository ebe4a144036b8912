"""A plain, blocking client with which tests look at a cluster and change it behind the hub's back."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import quote, urlencode, urlsplit

DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_JSON = "application/json"


class Answer(NamedTuple):
    """Status and parsed body of one response."""

    status: int
    body: Any

    def ok(self) -> Any:
        """Return the body of a success; fail the test with the server's message otherwise."""
        message = self.body.get("message") if isinstance(self.body, dict) else self.body
        assert 200 <= self.status < 300, f"{self.status}: {message}"
        return self.body


class Resource(NamedTuple):
    """One resource of the server's discovery, in the version it prefers."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool
    verbs: tuple[str, ...]

    @property
    def root(self) -> str:
        """The path of the group and version."""
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"


Resources: TypeAlias = list[Resource]


class Kube:
    """Requests by path, over one connection that is made anew when the server was away.

    Safe to use from several threads, one request at a time. A server that does not answer raises TimeoutError or
    another OSError after `timeout` seconds; only an answer is an Answer.
    """

    def __init__(self, server: str, *, ca_file: Path, token: str, agent: str = "fleet-tests", timeout: float = 60) -> None:
        self._host = urlsplit(server)
        self._context = ssl.create_default_context(cafile=str(ca_file))
        self._headers = {"Authorization": f"Bearer {token}", "User-Agent": agent, "Accept": _JSON}
        self._timeout = timeout
        self._connection: http.client.HTTPSConnection | None = None
        self._lock = threading.Lock()

    def get(self, path: str, **query: str | int) -> Answer:
        """GET one object, or any path."""
        return self.request("GET", path, query=query)

    def list(self, path: str, **query: str | int) -> list[Any]:
        """Return the items of a collection; fails the test when it cannot be listed."""
        items = self.request("GET", path, query=query).ok()["items"]
        assert isinstance(items, list)
        return items

    def create(self, path: str, body: Any, **query: str | int) -> Answer:
        """POST to a collection."""
        return self.request("POST", path, body=body, query=query)

    def replace(self, path: str, body: Any, **query: str | int) -> Answer:
        """PUT one object."""
        return self.request("PUT", path, body=body, query=query)

    def apply(self, path: str, body: Any, *, manager: str = "fleet-tests", force: bool = False) -> Answer:
        """Server-side apply one object."""
        query: dict[str, str | int] = {"fieldManager": manager, "fieldValidation": "Strict"}
        if force:
            query["force"] = "true"
        return self.request("PATCH", path, body=body, query=query, content="application/apply-patch+yaml")

    def patch(self, path: str, body: Any, *, kind: str = "merge", **query: str | int) -> Answer:
        """PATCH one object; kind is merge, json or strategic-merge."""
        return self.request("PATCH", path, body=body, query=query, content=f"application/{kind}-patch+json")

    def delete(self, path: str, body: Any = None, **query: str | int) -> Answer:
        """DELETE one object or a collection; options go into the body or the query."""
        return self.request("DELETE", path, body=body, query=query)

    def request(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: dict[str, str | int] | None = None,
        content: str = _JSON,
        accept: str = _JSON,
    ) -> Answer:
        """Send anything; the named methods are shorter."""
        target = f"{path}{'&' if '?' in path else '?'}{urlencode(query)}" if query else path
        sent = None if body is None else json.dumps(body).encode()
        headers = {**self._headers, "Accept": accept, **({"Content-Type": content} if sent else {})}
        with self._lock:
            status, media, text = self._send(method, target, sent, headers)
        # /openapi/v3 says text/plain of its JSON.
        is_json = _JSON in media or text.startswith(b"{")
        return Answer(status, json.loads(text) if is_json and text else text.decode(errors="replace"))

    def discover(self) -> Resources:
        """Return every resource the server knows now, custom ones included, each group in its preferred version."""
        return [resource for group in self.groups() for resource in _resources(group)]

    def groups(self) -> list[Any]:
        """Return the server's groups with their versions, as discovery tells of them."""
        return [group for path in ("/api", "/apis") for group in self.request("GET", path, accept=DISCOVERY).ok()["items"]]

    def path(self, document: Any) -> str:
        """Return the path of a manifest's object, by discovery."""
        group, _, version = document["apiVersion"].rpartition("/")
        root = f"/apis/{group}/{version}" if group else f"/api/{version}"
        found = [r for r in self.get(root).ok()["resources"] if r["kind"] == document["kind"] and "/" not in r["name"]]
        assert found, f"the server knows no {document['kind']} in {document['apiVersion']}"
        metadata = document["metadata"]
        namespace = f"/namespaces/{metadata.get('namespace', 'default')}" if found[0]["namespaced"] else ""
        return f"{root}{namespace}/{found[0]['name']}/{quote(metadata['name'])}"

    def everything(self, kinds: Collection[tuple[str, str]] | None = None) -> dict[tuple[str, str, str, str], Any]:
        """Return the metadata of every object by (group, plural, namespace, name): about 60 requests, 0.3 CPU seconds.

        With `kinds`, only of these groups and kinds.
        """
        found: dict[tuple[str, str, str, str], Any] = {}
        for resource in self.discover() if kinds is None or kinds else ():
            wanted = kinds is None or (resource.group, resource.kind) in kinds
            if not wanted or not {"list", "delete"} <= set(resource.verbs):
                continue
            for item in self._metadata_of(resource):
                metadata = item["metadata"]
                found[resource.group, resource.plural, metadata.get("namespace", ""), metadata["name"]] = metadata
        return found

    def _metadata_of(self, resource: Resource) -> Any:
        for _ in range(600):
            answer = self.request("GET", f"{resource.root}/{resource.plural}", accept=_METADATA)
            if answer.status != 429:
                break
            time.sleep(0.1)  # "storage is (re)initializing": the kind's definition has just come or gone
        return [] if answer.status == 404 else answer.ok()["items"] or []

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def _send(self, method: str, target: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, str, bytes]:
        reused = self._connection is not None
        try:
            return self._send_once(method, target, body, headers)
        except (http.client.BadStatusLine, ConnectionError, ssl.SSLEOFError):
            if not reused:
                raise
        # The server was restarted since the last request: it never saw this one.
        return self._send_once(method, target, body, headers)

    def _send_once(self, method: str, target: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, str, bytes]:
        if self._connection is None:
            host, port = self._host.hostname, self._host.port
            assert host, "a server is https://host:port"
            self._connection = http.client.HTTPSConnection(host, port, timeout=self._timeout, context=self._context)
        try:
            self._connection.request(method, target, body=body, headers=headers)
            response = self._connection.getresponse()
            return response.status, response.headers.get("Content-Type") or "", response.read()
        except BaseException:
            self.close()  # Half a response must not be taken for the next one's.
            raise


def _resources(group: Any) -> Resources:
    name = group["metadata"].get("name", "")
    seen: dict[str, Resource] = {}
    for version in group["versions"]:  # In the order of the server's preference.
        for entry in version.get("resources", []):
            resource = Resource(
                group=name,
                version=version["version"],
                plural=entry["resource"],
                kind=entry["responseKind"]["kind"],
                namespaced=entry["scope"] == "Namespaced",
                verbs=tuple(entry["verbs"]),
            )
            seen.setdefault(resource.plural, resource)
    return list(seen.values())
