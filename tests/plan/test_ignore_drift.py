"""`fleethub.dev/ignore-drift` names exactly the fields it names; what cannot be read holds the object."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import IgnoreDriftInvalid
from fleet.hooks import ExemptionContext
from fleet.hooks.registry import load
from fleet.model.fields import FieldPath
from fleet.plan.builtin import ignore_drift


def said(value: str) -> tuple[str, ...]:
    return tuple(ignore_drift.fields(ExemptionContext(value=value, manifest=None, live=None)))


def test_it_is_declared_as_a_plugin_would() -> None:
    registry = load([ignore_drift])

    (declared,) = (exemption for exemption in registry.drift_exemptions if exemption.name == "ignore-drift")

    assert registry.broken == ()
    assert (declared.annotation, declared.where, declared.related) == ("fleethub.dev/ignore-drift", "git", ())


@pytest.mark.parametrize(
    "value, expected",
    [
        pytest.param("/spec/replicas", ("/spec/replicas",), id="one field"),
        pytest.param("*", ("*",), id="the whole object"),
        pytest.param(" * ", ("*",), id="the whole object, with spaces"),
        pytest.param("/spec/replicas, /data/a.b", ("/spec/replicas", "/data/a.b"), id="two fields"),
        pytest.param("/spec/replicas,\n/spec/paused", ("/spec/replicas", "/spec/paused"), id="on lines of their own"),
        pytest.param("/spec/replicas,/spec/replicas", ("/spec/replicas",), id="twice is once"),
        pytest.param("/metadata/annotations/a.io~1b", ("/metadata/annotations/a.io~1b",), id="a name with a slash"),
        pytest.param(
            "/spec/template/spec/containers/[name=web]/image",
            ("/spec/template/spec/containers/[name=web]/image",),
            id="a list item by its key",
        ),
        pytest.param(
            "/spec/ports/[port=80,protocol=TCP]/nodePort, /spec/type",
            ("/spec/ports/[port=80,protocol=TCP]/nodePort", "/spec/type"),
            id="a comma in a selector parts nothing",
        ),
        pytest.param("/data/8080", ("/data/8080",), id="a number as a name"),
    ],
)
def test_the_fields_it_names_may_differ(value: str, expected: tuple[str, ...]) -> None:
    assert said(value) == expected


@pytest.mark.parametrize(
    "value, reason",
    [
        pytest.param("", "a field is missing", id="empty"),
        pytest.param("/spec/replicas,", "a field is missing", id="a comma too many"),
        pytest.param("*, /spec/replicas", "cannot stand beside", id="whole and field"),
        pytest.param("spec.replicas", "'spec.replicas' is not a JSON pointer", id="dots"),
        pytest.param("/", "is not a JSON pointer", id="only a slash"),
        pytest.param("/spec//replicas", "is not a JSON pointer", id="an empty step"),
        pytest.param("/spec/replicas/", "is not a JSON pointer", id="a slash at the end"),
        pytest.param("/spec/a~2b", "is not a JSON pointer", id="an escape that is none"),
        pytest.param("/spec/containers/[name=web", "is not a JSON pointer", id="a bracket left open"),
        pytest.param("/spec/containers/[name=web]x/image", "is not a JSON pointer", id="a selector and more"),
        pytest.param("/spec/containers/[web]/image", "does not select a list item", id="a selector without a key"),
        pytest.param("/metadata", "cannot differ", id="all metadata"),
        pytest.param("/metadata/annotations", "one by one", id="all annotations"),
        pytest.param("/metadata/name", "cannot differ", id="the name"),
        pytest.param("/metadata/annotations/fleethub.dev~1owner", "a mark of Fleethub's own", id="our mark"),
        pytest.param("/metadata/labels/applyset.kubernetes.io~1part-of", "a mark of Fleethub's own", id="our label"),
    ],
)
def test_what_cannot_be_read_is_refused_and_says_why(value: str, reason: str) -> None:
    with pytest.raises(IgnoreDriftInvalid) as refused:
        said(value)

    assert reason in str(refused.value)
    assert "fleethub.dev/ignore-drift" in str(refused.value)


@given(st.text(alphabet="/[]=,*~01ab .", max_size=24) | st.text(max_size=24))
def test_any_text_is_read_whole_or_refused(value: str) -> None:
    try:
        pointers = said(value)
    except IgnoreDriftInvalid:
        return

    left = value
    for pointer in sorted(pointers, key=len, reverse=True):
        left = left.replace(pointer, "")
    assert not left.replace(",", "").strip()
    assert all(pointer == "*" or FieldPath.parse(pointer).edges for pointer in pointers)
