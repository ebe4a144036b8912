"""Gets and lists: which objects, as of when, and where the next page begins."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from fleet.errors import ApiStatus
from fleet.sandbox.storage import Stored
from fleet.sandbox.storage.collection import order
from fleet.sandbox.verbs import statuses
from fleet.sandbox.verbs.labels import LabelTest, label_test
from fleet.sandbox.verbs.selectors import Test, field_test
from fleet.sandbox.verbs.state import ClusterState, Target, live

_STALE = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the "
    "continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing "
    "with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the "
    "time the first chunk was returned and now may show up in the list."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOptions:
    """What a list says besides its place."""

    labels: str = ""
    fields: str = ""
    limit: int = 0
    token: str = ""
    version: str = ""
    match: str = ""
    """`resourceVersionMatch`: `Exact`, `NotOlderThan` or nothing."""
    initial: bool = False
    """Whether it says `sendInitialEvents`, which only a watch may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A list, or a page of one."""

    items: list[Stored]
    revision: int
    token: str = ""
    remaining: int = 0


def get(state: ClusterState, target: Target, *, version: str = "") -> Stored:
    """Read one object. Raises ApiStatus."""
    ahead(state, version)
    found = live(state, target)
    if found is None:
        raise statuses.not_found(target.resource, target.name)
    return found


def listed(state: ClusterState, target: Target, options: ListOptions) -> Page:
    """Read a collection, or a page of it. Raises ApiStatus."""
    _check(options)
    matches = matcher(target, labels=options.labels, fields=options.fields)
    revision, after, found = _found(state, target, options)
    rest = list(found)
    if after:
        rest = [each for each in rest if order((each.namespace, each.name)) > after]
    chosen = [each for each in rest if matches(each)] if matches else rest
    items = chosen[: options.limit or len(chosen)]
    # With a selector a real server does not count the rest: it would have to read it. So it does not know either
    # whether there is any that matches.
    if not options.limit or len(items) < options.limit or items[-1] is rest[-1]:
        return Page(items=items, revision=revision)
    remaining = 0 if matches else len(chosen) - options.limit
    return Page(items=items, revision=revision, token=_token(revision, items[-1]), remaining=remaining)


def _check(options: ListOptions) -> None:
    """Refuse combinations that mean nothing."""
    causes = []
    if options.match and not options.version:
        causes.append(_cannot("resourceVersionMatch is forbidden unless resourceVersion is provided"))
    elif options.match == "Exact" and options.version == "0":
        causes.append(_cannot('resourceVersionMatch "exact" is forbidden for resourceVersion "0"'))
    if options.initial:
        words = "Forbidden: sendInitialEvents is forbidden for list"
        causes.append(statuses.cause("FieldValueForbidden", "sendInitialEvents", words))
    if causes:
        raise statuses.invalid_options("ListOptions", causes)


def _cannot(why: str) -> dict[str, str]:
    return statuses.cause("FieldValueForbidden", "resourceVersionMatch", f"Forbidden: {why}")


def matcher(target: Target, *, labels: str, fields: str) -> Test | None:
    """What an object must be to be in a list or watch, besides its place; None when anything is."""
    by_label, by_field = label_test(labels), field_test(target.resource, fields)
    if target.name:
        named = _named(target.name)
        by_field = named if by_field is None else _both(named, by_field)
    if by_label is None:
        return by_field
    test = _labelled(by_label)
    return test if by_field is None else _both(test, by_field)


def _named(name: str) -> Test:
    return lambda found: found.name == name


def _labelled(test: LabelTest) -> Test:
    return lambda found: test(found.labels)


def _both(one: Test, other: Test) -> Test:
    return lambda found: one(found) and other(found)


def nonsense(version: str) -> str:
    """What is wrong with a resource version that is no number."""
    return f'resourceVersion: Invalid value: "{version}": strconv.ParseUint: parsing "{version}": invalid syntax'


def ahead(state: ClusterState, version: str) -> None:
    """Refuse a resource version that the cluster has not reached: it would be waited for in vain."""
    if version in ("", "0"):
        return
    if not version.isdecimal():
        raise statuses.bad_request(f"invalid resource version: {nonsense(version)}")
    if int(version) > state.store.revision:
        raise statuses.too_large(int(version), state.store.revision)


def _found(state: ClusterState, target: Target, options: ListOptions) -> tuple[int, str, Iterable[Stored]]:
    collection = state.store.collection(target.resource.storage)
    if options.token:
        revision, after = _read_token(options.token)
        if revision < 0:
            return state.store.revision, after, collection.ordered(target.namespace)
        past = collection.at(revision, target.namespace)
        if past is None:
            raise _outdated(after)
        return revision, after, past
    ahead(state, options.version)
    if options.match == "Exact" or (options.version not in ("", "0") and options.limit and options.match != "NotOlderThan"):
        past = collection.at(int(options.version), target.namespace)
        if past is None:
            oldest = collection.forgotten
            raise statuses.expired(f"The resourceVersion for the provided list is too old: {options.version} ({oldest})")
        return int(options.version), "", past
    return state.store.revision, "", collection.ordered(target.namespace)


def _outdated(after: str) -> ApiStatus:
    error = statuses.expired(_STALE)
    error.facts["token"] = _encoded({"v": "meta.k8s.io/v1", "rv": -1, "start": after})
    return error


def _token(revision: int, last: Stored) -> str:
    return _encoded({"v": "meta.k8s.io/v1", "rv": revision, "start": order((last.namespace, last.name))})


def _encoded(token: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(token)).decode().rstrip("=")


def _read_token(token: str) -> tuple[int, str]:
    decoded = b""
    try:
        decoded = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        said = orjson.loads(decoded)
        return int(said["rv"]), str(said["start"])
    except (ValueError, KeyError, TypeError) as error:
        shown = f"\\u{decoded[0]:04x}" if decoded else " "
        why = f"continue key is not valid: invalid character '{shown}' looking for beginning of value"
        raise statuses.bad_request(f"invalid continue token: {why}") from error
