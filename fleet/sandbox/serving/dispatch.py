"""Which verb a request means, and its answer; watches stand in `watching`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from fleet.sandbox.serving import parts, reviews, tables
from fleet.sandbox.serving.answers import Answer, in_form, json_answer, many, one, written_answer
from fleet.sandbox.serving.call import Call
from fleet.sandbox.verbs import statuses, writing
from fleet.sandbox.verbs.deleting import POLICIES, DeleteOptions, delete
from fleet.sandbox.verbs.patching import APPLY_PATCH, JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, apply, patch
from fleet.sandbox.verbs.reading import ListOptions, Page, get, listed
from fleet.sandbox.verbs.state import Target

_PATCHES = (JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH)


def answer(call: Call) -> Answer:
    """Do what is asked. Raises ApiStatus."""
    subresource = call.route.subresource
    if subresource and subresource not in parts.WHOLE:
        return parts.answer(call)
    if call.verb == "create" and call.resource.plural in reviews.REVIEWS:
        return reviews.answer(call)
    return _VERBS[call.verb](call)


def _get(call: Call) -> Answer:
    found = get(call.state, call.target, version=call.query.get("resourceVersion", ""))
    if call.form.view == "Table":
        return json_answer(tables.table(call.resource, [found], call.query, revision=found.revision))
    return in_form(Answer(body=one(call.resource, found, call.form)), call.form)


def _list(call: Call) -> Answer:
    page = listed(call.state, call.target, list_options(call.query))
    if call.form.view == "Table":
        found = tables.table(call.resource, page.items, call.query, revision=page.revision)
        found["metadata"] = _list_metadata(call, page)
        return json_answer(found)
    return in_form(Answer(body=_list_body(call, page)), call.form)


def _list_body(call: Call, page: Page) -> bytes:
    if call.form.view == "PartialObjectMetadata":
        kind, version = "PartialObjectMetadataList", f"meta.k8s.io/{call.form.version}"
    else:
        kind, version = call.resource.list_kind, call.resource.api_version
    metadata = orjson.dumps(_list_metadata(call, page))
    head = b'{"kind":"%b","apiVersion":"%b","metadata":%b,"items":[' % (kind.encode(), version.encode(), metadata)
    return b"".join((head, many(call.resource, page.items, call.form), b"]}"))


def _list_metadata(call: Call, page: Page) -> dict[str, Any]:
    metadata: dict[str, Any] = {"resourceVersion": str(page.revision)}
    if call.resource.custom and not call.form.view:
        metadata["continue"] = ""  # an unstructured list says it all the same
    if page.token:
        metadata["continue"] = page.token
    if page.remaining:
        metadata["remainingItemCount"] = page.remaining
    return metadata


def list_options(query: Mapping[str, str]) -> ListOptions:
    """What a list says besides its place. Raises ApiStatus."""
    limit = query.get("limit", "") or "0"
    if not limit.lstrip("-").isdecimal():
        raise statuses.bad_request(f'strconv.ParseInt: parsing "{limit}": invalid syntax')
    return ListOptions(
        labels=query.get("labelSelector", ""),
        fields=query.get("fieldSelector", ""),
        limit=max(0, int(limit)),
        token=query.get("continue", ""),
        version=query.get("resourceVersion", ""),
        match=query.get("resourceVersionMatch", ""),
        initial="sendInitialEvents" in query and "watch" not in query,
    )


def _create(call: Call) -> Answer:
    options = call.options()
    return written_answer(call.resource, writing.create(call.state, call.target, call.object(), options), call.form)


def _update(call: Call) -> Answer:
    options = call.options()
    return written_answer(call.resource, writing.update(call.state, call.target, call.object(), options), call.form)


def _patch(call: Call) -> Answer:
    kind = call.media.partition(";")[0].strip()
    accepted = [each for each in _PATCHES if not (call.resource.custom and each == STRATEGIC_PATCH)]
    if kind not in accepted:
        if kind in _PATCHES:
            raise statuses.unsupported(", ".join(accepted))
        raise statuses.refusal(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})
    options = call.options(apply=kind == APPLY_PATCH)
    if kind == APPLY_PATCH:
        written = apply(call.state, call.target, call.object(), options)
    else:
        written = patch(call.state, call.target, kind, call.decoded(), options)
    return written_answer(call.resource, written, call.form)


def _delete(call: Call) -> Answer:
    deleted = delete(call.state, call.target, delete_options(call))
    return in_form(json_answer(deleted.body), call.form)


def _delete_collection(call: Call) -> Answer:
    options = delete_options(call)
    page = listed(call.state, call.target, list_options(call.query))
    for found in page.items:
        delete(call.state, Target(resource=call.resource, namespace=found.namespace, name=found.name), options)
    return in_form(Answer(body=_list_body(call, page)), call.form)


def delete_options(call: Call) -> DeleteOptions:
    """What a delete says, in its body or, without one, in its query. Raises ApiStatus."""
    said: dict[str, Any] = dict(call.object()) if call.body.strip() else dict(call.query)
    policy = said.get("propagationPolicy") or ""
    _check_policy(policy, orphan=said.get("orphanDependents"))
    dry_run = said.get("dryRun") or call.query.get("dryRun") or []
    if dry_run not in ([], "All", ["All"]):
        words = f"Unsupported value: {orjson.dumps([dry_run] if isinstance(dry_run, str) else dry_run).decode()}"
        wrong = statuses.cause("FieldValueNotSupported", "dryRun", f'{words}: supported values: "All"')
        raise statuses.invalid_options("DeleteOptions", [wrong])
    if said.get("orphanDependents") is not None and not policy:
        policy = "Orphan" if said["orphanDependents"] in (True, "true", "1") else "Background"
    conditions = said.get("preconditions") or {}
    grace = said.get("gracePeriodSeconds")
    return DeleteOptions(
        propagation=policy,
        uid=conditions.get("uid") or "",
        version=conditions.get("resourceVersion") or "",
        grace=None if grace in (None, "") else max(0, int(grace)),
        dry_run=bool(dry_run),
    )


def _check_policy(policy: str, *, orphan: Any) -> None:
    if policy and orphan is not None:
        words = f'Invalid value: "{policy}": orphanDependents and deletionPropagation cannot be both set'
        raise statuses.invalid_options("DeleteOptions", [statuses.cause("FieldValueInvalid", "propagationPolicy", words)])
    if policy not in ("", *POLICIES):
        words = f'Unsupported value: "{policy}": supported values: "Foreground", "Background", "Orphan", "nil"'
        raise statuses.invalid_options("DeleteOptions", [statuses.cause("FieldValueNotSupported", "propagationPolicy", words)])


_VERBS: Mapping[str, Callable[[Call], Answer]] = {
    "get": _get,
    "list": _list,
    "create": _create,
    "update": _update,
    "patch": _patch,
    "delete": _delete,
    "deletecollection": _delete_collection,
}
