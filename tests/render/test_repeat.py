"""What of two renders of the same inputs may differ, and what may not."""

from __future__ import annotations

import pytest

from fleet.k8syaml import load_documents
from fleet.model.app import IgnoreDrift
from fleet.render import RenderUnit
from fleet.render.repeat import differences

SECRET = """
apiVersion: v1
kind: Secret
metadata:
  name: keys
  namespace: shop
  annotations: {{{annotations}}}
data: {{a: {a}, b: {b}}}
"""


def unlike(one: str, other: str, *rules: IgnoreDrift) -> list[str]:
    documents = [load_documents(text, file="app/secret.yaml") for text in (one, other)]
    unit = RenderUnit(fingerprint="", inputs=(), renderer="jinja", path="app", namespace="shop", options={}, may_differ=rules)
    return [str(error) for error in differences(*documents, unit)]


def secret(a: str = "1", b: str = "1", annotations: str = "") -> str:
    return SECRET.format(a=a, b=b, annotations=annotations)


def test_the_same_text_twice_is_no_difference() -> None:
    assert unlike(secret(), secret()) == []


def test_every_field_is_named() -> None:
    (error,) = unlike(secret(), secret(a="2", b="3"))
    assert error.startswith("app/secret.yaml:2: jinja gives another /data/a, /data/b of Secret/shop/keys each time")


def test_many_fields_are_counted() -> None:
    one, other = (f"kind: ConfigMap\nmetadata: {{name: x}}\ndata: {[value] * 8}" for value in (1, 2))
    (error,) = unlike(one, other)
    assert "/data/4 and 3 more of" in error


@pytest.mark.parametrize("may", ["/data/a", "/data", "*", "/data/b, /data/a"])
def test_a_field_that_git_lets_differ_is_no_difference(may: str) -> None:
    annotations = f"fleethub.dev/ignore-drift: '{may}'"
    assert unlike(secret(a="1", annotations=annotations), secret(a="2", annotations=annotations)) == []


@pytest.mark.parametrize("may", ["/data/b", "/spec", "nonsense"])
def test_another_field_than_git_lets_differ_is_one(may: str) -> None:
    annotations = f"fleethub.dev/ignore-drift: '{may}'"
    assert len(unlike(secret(a="1", annotations=annotations), secret(a="2", annotations=annotations))) == 1


def test_an_object_that_comes_and_goes_is_a_difference() -> None:
    (error,) = unlike(f"{secret()}---{secret(a='2')}", secret())
    assert "jinja gives Secret/shop/keys at one time and not at another" in error


def test_a_number_is_not_the_text_of_its_digits() -> None:
    assert len(unlike("kind: A\nx: 1", "kind: A\nx: '1'")) == 1


def test_what_is_no_object_at_all_is_named_as_a_document() -> None:
    (error,) = unlike("- 1", "- 2")
    assert "another /0 of a document" in error


RULES = {
    "its kind": (IgnoreDrift(kind="Secret", fields=("/data/a",)), True),
    "any kind of any group": (IgnoreDrift(kind="*", group="", fields=("/data",)), True),
    "its name and namespace": (IgnoreDrift(kind="Secret", namespace="shop", name="keys", fields=("*",)), True),
    "another name": (IgnoreDrift(kind="Secret", name="other", fields=("/data/a",)), False),
    "another field": (IgnoreDrift(kind="Secret", fields=("/data/b",)), False),
    "no field but managers": (IgnoreDrift(kind="Secret", managers=("cert-manager",)), False),
}


@pytest.mark.parametrize("rule, may", [pytest.param(*case, id=name) for name, case in RULES.items()])
def test_a_field_that_the_app_lets_differ_is_no_difference(rule: IgnoreDrift, may: bool) -> None:
    assert (unlike(secret(a="1"), secret(a="2"), rule) == []) is may


def test_a_rule_may_mean_every_item_of_a_list() -> None:
    one, other = (
        f"kind: Widget\napiVersion: a/v1\nmetadata: {{name: x}}\nspec: {{a: [{{t: {n}, u: 1}}, {{t: {n}}}]}}" for n in (1, 2)
    )
    assert unlike(one, other, IgnoreDrift(kind="Widget", fields=("/spec/a/[*]/t",))) == []
    assert len(unlike(one, other, IgnoreDrift(kind="Widget", fields=("/spec/a/[*]/u",)))) == 1


def test_a_field_that_is_null_is_not_one_that_is_absent() -> None:
    assert len(unlike("kind: A\nx: 1", "kind: A\nx: 1\ny: null")) == 1


def test_a_comma_in_a_selector_parts_nothing() -> None:
    text = "kind: Service\nmetadata: {{annotations: {{fleethub.dev/ignore-drift: '/spec/ports/[port=80,protocol=TCP]/x'}}}}\n"
    ports = "spec: {{ports: [{{port: 80, protocol: TCP, x: {x}}}]}}\n"
    assert unlike(*((text + ports).format(x=x) for x in (1, 2))) == []
