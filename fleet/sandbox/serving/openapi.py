"""OpenAPI v3 as far as clients need it: which paths there are, and which parameters a PATCH takes.

kubectl asks whether the server validates fields before it sends anything; it finds that in these documents.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson

from fleet.sandbox.resources import Catalogue, Resource
from fleet.sandbox.resources.resource import built_in
from fleet.schema.discovery import served

_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation", "force")


def index(catalogue: Catalogue) -> bytes:
    """The answer to `/openapi/v3`."""
    places = [_place(group, version) for group, version in [*built_in(), *catalogue.custom()]]
    return orjson.dumps(
        {"paths": {place: {"serverRelativeURL": f"/openapi/v3/{place}?hash={catalogue.edition}"} for place in places}}
    )


def document(catalogue: Catalogue, place: str) -> bytes | None:
    """The answer to `/openapi/v3/apis/<group>/<version>`; None when there is none."""
    parts = place.split("/")
    group, version = ("", parts[1]) if parts[0] == "api" and len(parts) == 2 else ("/".join(parts[1:-1]), parts[-1])
    if (group, version) in built_in():
        return _shared(group, version)
    resources = catalogue.version(group, version)
    return _document(list(resources.values())) if resources else None


@cache
def _shared(group: str, version: str) -> bytes:
    return _document(list(built_in()[group, version].values()))


def _place(group: str, version: str) -> str:
    return f"apis/{group}/{version}" if group else f"api/{version}"


def _document(resources: list[Resource]) -> bytes:
    paths = {path: item for resource in resources for path, item in _paths(resource).items()}
    info = {"title": "Kubernetes", "version": served().version["gitVersion"]}
    return orjson.dumps({"openapi": "3.0.0", "info": info, "paths": paths, "components": {"schemas": {}}})


def _paths(resource: Resource) -> dict[str, Any]:
    root = "/" + _place(resource.group, resource.version)
    collection = f"{root}/namespaces/{{namespace}}/{resource.plural}" if resource.namespaced else f"{root}/{resource.plural}"
    kind = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    parameters = [{"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": True}} for name in _PARAMETERS]
    operation = {"x-kubernetes-group-version-kind": kind, "parameters": parameters, "responses": {"200": {"description": "OK"}}}
    item = {method: {**operation, "x-kubernetes-action": method} for method in ("get", "put", "patch", "delete")}
    return {
        f"{collection}/{{name}}": {method: each for method, each in item.items() if _verb(method) in resource.verbs},
        collection: {"post": {**operation, "x-kubernetes-action": "post"}} if "create" in resource.verbs else {},
    }


def _verb(method: str) -> str:
    return {"put": "update"}.get(method, method)
