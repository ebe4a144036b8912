"""Answers that are about the server, not about objects: discovery, version, health."""

from __future__ import annotations

from fleet.sandbox.resources import Catalogue, discovery
from fleet.sandbox.resources.resource import built_in
from fleet.sandbox.serving import openapi
from fleet.sandbox.serving.answers import Answer, in_form, json_answer
from fleet.sandbox.serving.negotiation import Form
from fleet.sandbox.verbs import statuses
from fleet.schema.discovery import served

_HEALTH = frozenset({"/healthz", "/livez", "/readyz"})
_CHECKS = ("ping", "log", "etcd", "poststarthook/start-apiextensions-controllers")
DOWN = Answer(body=b"service unavailable\n", code=503, media="text/plain; charset=utf-8")
LOST = Answer(body=b"404 page not found\n", code=404, media="text/plain; charset=utf-8")


def document(catalogue: Catalogue, path: str, form: Form, *, verbose: bool) -> Answer:
    """Answer a request for no resource."""
    place = path.rstrip("/") or "/"
    if place == "/version":
        return in_form(json_answer(dict(served().version)), form)
    root, _, check = place[1:].partition("/")
    if f"/{root}" in _HEALTH:
        return _health(root, check, verbose=verbose)
    if root == "openapi":
        return _openapi(catalogue, check)
    if place in ("/api", "/apis"):
        return _groups(catalogue, place, form)
    return _version(catalogue, place.split("/")[1:], form)


def _openapi(catalogue: Catalogue, place: str) -> Answer:
    if place == "v3":
        return Answer(body=openapi.index(catalogue))
    found = openapi.document(catalogue, place.removeprefix("v3/")) if place.startswith("v3/") else None
    return Answer(body=found) if found else LOST


def _health(root: str, check: str, *, verbose: bool) -> Answer:
    if check or not verbose:
        return Answer(body=b"ok", media="text/plain; charset=utf-8")
    lines = [*(f"[+]{name} ok" for name in _CHECKS), f"{root} check passed", ""]
    return Answer(body="\n".join(lines).encode(), media="text/plain; charset=utf-8")


def _groups(catalogue: Catalogue, path: str, form: Form) -> Answer:
    if form.discovery in ("v2", "v2beta1"):
        body = discovery.aggregated(catalogue, path, form.discovery)
        headers = {"ETag": discovery.etag(body), "Vary": "Accept", "Cache-Control": "public"}
        return Answer(body=body, media=discovery.AGGREGATED.format(form.discovery), headers=headers)
    return in_form(json_answer(discovery.versions() if path == "/api" else discovery.groups(catalogue)), form)


def _version(catalogue: Catalogue, parts: list[str], form: Form) -> Answer:
    if len(parts) == 2 and parts[0] == "apis":
        found = discovery.group(catalogue, parts[1])
    elif len(parts) == 2 and parts[0] == "api":
        found = discovery.resources(catalogue, "", parts[1])
    elif len(parts) == 3 and (parts[1], parts[2]) in catalogue.absent:
        return DOWN
    elif len(parts) == 3 and parts[0] == "apis":
        found = discovery.resources(catalogue, parts[1], parts[2])
    else:
        found = None
    if found is None and parts[0] == "apis" and any(group == parts[1] for group, _ in built_in()):
        raise statuses.not_served()
    return in_form(json_answer(found), form) if found else LOST
