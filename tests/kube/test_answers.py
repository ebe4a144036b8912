"""What an API server says becomes an error that a caller can act on."""

from __future__ import annotations

import json

import pytest

from fleet.errors import (
    ApiConflict,
    ApiError,
    Expired,
    Forbidden,
    NotFound,
    NotServed,
    Rejected,
    TooManyRequests,
    Unauthorized,
)
from fleet.kube.server.answers import Asked, error_of

ASKED = Asked("east", "PATCH", "/api/v1/namespaces/shop/configmaps/web")


def status(message: str, **more: object) -> bytes:
    return json.dumps({"kind": "Status", "apiVersion": "v1", "message": message, **more}).encode()


@pytest.mark.parametrize(
    "code, kind",
    [
        (400, Rejected),
        (401, Unauthorized),
        (403, Forbidden),
        (404, NotServed),
        (409, ApiConflict),
        (410, Expired),
        (422, Rejected),
        (429, TooManyRequests),
        (500, ApiError),
        (503, ApiError),
    ],
)
def test_each_status_has_its_error(code: int, kind: type[ApiError]) -> None:
    error = error_of(ASKED, code, status("no"))
    assert type(error) is kind
    assert "east" in str(error)


def test_only_an_answer_that_names_the_object_says_that_it_is_gone() -> None:
    gone = status('configmaps "web" not found', reason="NotFound", details={"name": "web", "kind": "configmaps"})
    assert type(error_of(ASKED, 404, gone)) is NotFound
    unknown = status("the server could not find the requested resource", reason="NotFound", details={})
    for lost in (b"404 page not found\n", b"<html>no such site</html>", unknown):
        assert type(error_of(ASKED, 404, lost)) is NotServed


def test_a_conflict_names_each_field_and_what_the_server_says_of_it() -> None:
    causes = [{"reason": "FieldManagerConflict", "field": ".data.a", "message": 'conflict with "kubectl-edit" using v1'}]
    error = error_of(ASKED, 409, status("1 conflict", reason="Conflict", details={"causes": causes}))
    assert isinstance(error, ApiConflict)
    assert error.causes == ((".data.a", 'conflict with "kubectl-edit" using v1'),)
    assert error.code == "Conflict"


def test_what_is_not_a_status_is_shown_shortly() -> None:
    error = error_of(ASKED, 502, b"<html>" + b"x" * 10_000)
    assert "<html>" in str(error)
    assert len(str(error)) < 500


def test_an_answer_without_a_word_says_so() -> None:
    assert "without a word" in str(error_of(ASKED, 500, b""))
