"""A template does no harm, whatever it says: it ends, it stays small, and what is wrong with it is said as one error."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.errors import TemplateFailed
from fleet.mapping.builtin.gotemplate import fill, go_values, parse
from fleet.mapping.builtin.gotemplate.functions import FUNCTIONS, REFUSED
from fleet.mapping.builtin.gotemplate.limits import MAX_TEXT
from tests.mapping.gotemplate.cases import DATA
from tests.mapping.gotemplate.filling import YAML, filled, text_of
from tests.mapping.gotemplate.test_as_go import ROWS

_VALUES = (
    '. .name .list .metadata.labels .absent .mixed .nothing $ $x 1 -3 2.5 0x1f 9223372036854775807 "a" `b` "/" "%d%s%v" nil true'
)
_SIGNS = "| ( ) , - := = if else end range with define template block break continue"
WORDS = st.sampled_from([*_VALUES.split(), *_SIGNS.split(), "$x :=", "$x =", "$i, $x :=", "else if", *sorted(FUNCTIONS)])
PIECES = st.one_of(
    st.lists(WORDS, max_size=6).map(lambda words: "{{ " + " ".join(words) + " }}"),
    st.sampled_from(["text", "{{", "}}", "{{- ", " -}}", "{{/* c */}}", "{{ end }}", "{{ if .yes }}", "{{ range .list }}", "\n"]),
    st.text(alphabet='{}.$|"`-/* \n\\abc01', max_size=8),
)
TEXTS = st.one_of(st.lists(PIECES, max_size=6).map("".join), st.sampled_from([row[0] for row in ROWS]))


@given(TEXTS)
def test_no_template_raises_anything_but_our_error(template: str) -> None:
    assert len(filled(template, "").get("text", "")) <= MAX_TEXT


@settings(max_examples=60)
@given(st.sampled_from(sorted(FUNCTIONS)), st.lists(st.sampled_from([*DATA, "absent"]), max_size=4))
def test_no_function_raises_anything_but_our_error(name: str, fields: list[str]) -> None:
    template = "{{ " + " ".join([name, *(f".{field}" for field in fields)]) + " }}"

    assert filled(template, "").keys() <= {"text", "error"}


@settings(max_examples=60)
@given(st.text(alphabet="a{ }-/*.ü\n", max_size=30).filter(lambda text: "{{" not in text))
def test_a_text_without_actions_stays_as_it_is(text: str) -> None:
    assert text_of(text) == text


WORD = st.text(alphabet="ab.é", max_size=3)


@settings(max_examples=60)
@given(st.recursive(st.none() | st.booleans() | WORD, lambda inner: st.dictionaries(WORD, inner, max_size=3), max_leaves=6))
def test_filling_changes_nothing_that_a_template_does_not_change_itself(data: Any) -> None:
    given_data = go_values(data)

    fill(parse("{{ . }}{{ toJson . }}{{ deepCopy (list .) }}"), given_data, yaml=YAML)

    assert given_data == go_values(data)


GREEDY = [
    pytest.param('{{ repeat 1000000000 "x" }}', id="a text repeated"),
    pytest.param('{{ $x := "ab" }}{{ range until 64 }}{{ $x = print $x $x }}{{ end }}{{ $x }}', id="a text doubled"),
    pytest.param("{{ $x := list 1 }}{{ range until 64 }}{{ $x = concat $x $x }}{{ end }}", id="a list doubled"),
    pytest.param("{{ $x := list 1 }}{{ range until 64 }}{{ $x = list $x $x }}{{ end }}{{ $x }}", id="a list of itself twice"),
    pytest.param("{{ $x := list 1 }}{{ range until 64 }}{{ $x = list $x $x }}{{ end }}{{ toJson $x }}", id="that as JSON"),
    pytest.param("{{ $x := dict }}{{ range until 2000 }}{{ $x = dict `a` $x }}{{ end }}{{ $x }}", id="a deep map"),
    pytest.param("{{ $x := dict }}{{ $_ := set $x `a` $x }}{{ $x }}", id="a map in itself"),
    pytest.param("{{ until 1000000000 }}", id="a long list"),
    pytest.param("{{ range 1000000000 }}{{ end }}", id="a long range"),
    pytest.param("{{ range until 9999 }}{{ range until 9999 }}{{ end }}{{ end }}", id="a range in a range"),
    pytest.param('{{ define "r" }}{{ template "r" . }}{{ end }}{{ template "r" . }}', id="a template that calls itself"),
    pytest.param("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", id="brackets in brackets"),
    pytest.param("{{ if 1 }}" * 5000 + "{{ end }}" * 5000, id="blocks in blocks"),
    pytest.param('{{ printf "%999999999d" 1 }}', id="a wide number"),
    pytest.param('{{ indent 1000000 "a\\nb\\nc" }}', id="a wide text"),
    pytest.param('{{ $x := repeat 1000 "a" }}{{ replace "a" (repeat 1000 $x) $x }}', id="a text replaced by more"),
    pytest.param('{{ join (repeat 1000000 "x") (until 100) }}', id="a list joined with much"),
    pytest.param("x" * 70_000, id="a long template"),
    pytest.param('{{ semverCompare (repeat 2000 "1 ") "1" }}', id="a constraint of many versions"),
    pytest.param('{{ wrapWith 1 (repeat 1000 "x") (repeat 2000 "a") }}', id="a text broken with much"),
    pytest.param("{{ regexFind `((a{100}){100}){100}` `a` }}", id="an expression that is large"),
    pytest.param("{{ regexFind `" + "(" * 500 + ")" * 500 + "` `a` }}", id="groups in groups"),
    pytest.param("{{ regexFindAll `(a|b|ab)*c` (repeat 100000 `ab`) -1 }}", id="an expression over a long text"),
    pytest.param("{{ regexReplaceAll `` (repeat 2000 `a`) (repeat 2000 `b`) }}", id="much put in at every place"),
]


@pytest.mark.parametrize("template", GREEDY)
def test_what_would_take_too_much_is_an_error(template: str) -> None:
    with pytest.raises(TemplateFailed):
        text_of(template)


def test_an_expression_that_would_try_for_ever_elsewhere_ends() -> None:
    assert text_of("{{ regexMatch `^(a*)*(a|a)*b$` (repeat 2000 `a`) }}") == "false"


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_looks_at_the_world_is_refused_by_name(name: str) -> None:
    with pytest.raises(TemplateFailed, match=f"the function {name} is refused: "):
        text_of("{{ " + name + " }}")


def test_an_error_says_the_line() -> None:
    with pytest.raises(TemplateFailed, match="line 3: "):
        text_of('a: 1\nb: {{ .name }}\nc: {{ fail "no" }}\n')
