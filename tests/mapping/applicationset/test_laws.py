"""What holds of generators whatever they are given."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.errors import FieldInvalid, FleetError
from fleet.hooks.tree import LimitedTree
from fleet.mapping.builtin.argocd.applicationset import fasttemplate, read
from fleet.mapping.builtin.argocd.applicationset.flattening import flattened
from fleet.mapping.builtin.argocd.applicationset.generators import Generating
from fleet.mapping.builtin.argocd.applicationset.globs import directory_glob, file_glob, literal_directory
from fleet.mapping.builtin.argocd.applicationset.looking import Looking
from fleet.mapping.builtin.argocd.applicationset.templating import Filler
from fleet.mapping.builtin.gotemplate.limits import Yaml
from fleet.mapping.builtin.gotemplate.merging import filled, overridden
from fleet.model.app import App, Notice
from tests.mapping.applicationset.generating import SETS, context
from tests.mapping.applicationset.surroundings import FILES
from tests.mapping.monorepo import Monorepo

NAMES = st.sampled_from(["a", "b", "c", "name"])
TEXTS = st.sampled_from(["", "1", "x", "{{a}}", "prod"])
ELEMENTS = st.lists(st.dictionaries(NAMES, TEXTS, max_size=3), max_size=3)
VALUES = st.recursive(
    st.none() | st.booleans() | st.sampled_from(["", "x"]), lambda each: st.dictionaries(NAMES, each, max_size=3)
)
MAPS = st.dictionaries(NAMES, VALUES, max_size=3)
FEWER = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> LimitedTree:
    repo = Monorepo(tmp_path_factory.mktemp("laws") / "monorepo.git")
    return repo.tree(repo.commit(FILES))


def generate(said: Any, tree: LimitedTree, *, go: bool = True) -> list[dict[str, Any]]:
    filler = Filler(go, (), Yaml(read=json.loads, write=json.dumps))
    return Generating(Looking(context({}, tree)), filler).generate("/spec/generators/0", said)


def a_list(elements: Any) -> dict[str, Any]:
    return {"list": {"elements": elements}}


@FEWER
@given(ELEMENTS, ELEMENTS)
def test_a_matrix_gives_every_pair_and_the_first_wins(tree: LimitedTree, one: Any, other: Any) -> None:
    plain = [{key: value.replace("{{a}}", "t") for key, value in each.items()} for each in other]
    made = generate({"matrix": {"generators": [a_list(one), a_list(plain)]}}, tree)

    assert made == [{**second, **first} for first in one for second in plain]


@FEWER
@given(ELEMENTS, ELEMENTS)
def test_a_merge_has_the_sets_of_its_first_generator_whatever_the_second_gives(tree: LimitedTree, one: Any, other: Any) -> None:
    firsts = [{**each, "key": str(number)} for number, each in enumerate(one)]
    seconds = [{**each, "key": str(number + 1)} for number, each in enumerate(other)]
    made = generate({"merge": {"mergeKeys": ["key"], "generators": [a_list(firsts), a_list(seconds)]}}, tree)

    by_key = {each["key"]: each for each in seconds}
    assert made == [{**each, **by_key.get(each["key"], {})} for each in firsts]


@FEWER
@given(ELEMENTS, ELEMENTS, ELEMENTS)
def test_the_order_in_which_others_that_share_no_parameter_are_merged_is_no_matter(
    tree: LimitedTree, one: Any, other: Any, third: Any
) -> None:
    parts = []
    for mark, elements in zip("xyz", (one, other, third), strict=True):
        parts.append([{"key": str(n), **{mark + name: value for name, value in each.items()}} for n, each in enumerate(elements)])
    base, *rest = map(a_list, parts)
    made = [generate({"merge": {"mergeKeys": ["key"], "generators": [base, *order]}}, tree) for order in (rest, rest[::-1])]

    assert made[0] == made[1]


@FEWER
@given(ELEMENTS, st.dictionaries(NAMES, TEXTS, max_size=2))
def test_a_selector_only_takes_away(tree: LimitedTree, elements: Any, wanted: Any) -> None:
    made = generate({**a_list(elements), "selector": {"matchLabels": wanted}}, tree, go=False)

    assert made == [each for each in elements if wanted.items() <= each.items()]


@FEWER
@given(MAPS, MAPS)
def test_merging_maps_obeys_its_laws(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert overridden(overridden(one, other), other) == overridden(one, other)
    assert filled(filled(one, other), other) == filled(one, other)
    assert filled(one, one) == overridden(one, one) == one
    assert one.keys() | other.keys() == overridden(one, other).keys()


@FEWER
@given(MAPS)
def test_flattened_parameters_are_texts_and_flatten_to_themselves(value: dict[str, Any]) -> None:
    flat = flattened(value)

    assert all(isinstance(each, str) for each in flat.values())
    assert flattened(flat) == flat


@FEWER
@given(st.text(alphabet="{}ab .\n", max_size=16), st.dictionaries(st.sampled_from(["a", "b", "a.b"]), TEXTS))
def test_fasttemplate_fills_or_says_why_not(template: str, parameters: dict[str, str]) -> None:
    try:
        made = fasttemplate.fill(template, parameters)
    except FleetError as error:
        made = str(error)
    assert "{{" in template or made == template


@FEWER
@given(st.lists(st.sampled_from(["a", "b", "*", "?", "[ab]", "[^a]", "/", "\\", "[", "]", ".", "!"]), max_size=7).map("".join))
def test_a_glob_that_can_be_read_stays_in_its_literal_directory(pattern: str) -> None:
    try:
        globs = [directory_glob("", pattern).matches, file_glob("", pattern)]
    except FieldInvalid:
        globs = []
    paths = ["a", "b", "ab", "a/b", "b/a", "a/b/a", ".a", "a.b", "a/a/b"]
    place = literal_directory(pattern).rstrip("/")

    assert all(path == place or path.startswith(f"{place}/" if place else "") for glob in globs for path in paths if glob(path))


@pytest.mark.parametrize(
    ("pattern", "path", "directory", "file"),
    [
        pytest.param("apps/*", "apps/a", True, True, id="a star is a name"),
        pytest.param("apps/*", "apps/a/b", False, True, id="a star of a directory is one name"),
        pytest.param("**/a", "x/y/a", False, True, id="two stars of a directory are one"),
        pytest.param("apps", "apps/a/b", False, True, id="a file's glob without a star is all below it"),
        pytest.param("a?c", "abc", True, True, id="one character"),
        pytest.param("a?c", "a/c", False, True, id="a slash is a character for files"),
        pytest.param("a\\*c", "a*c", True, True, id="a star that is meant"),
        pytest.param("*a" * 30 + "b", "a" * 200, False, False, id="many stars take no longer"),
    ],
)
def test_globs_are_those_of_argo_cd(pattern: str, path: str, directory: bool, file: bool) -> None:
    assert directory_glob("", pattern).matches(path) == directory
    assert file_glob("", pattern)(path) == file


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "x", "{{.a}}", "{{", "apps/*", "[", ":x", "../x", "/"]),
    lambda each: (
        st.lists(each, max_size=2) | st.dictionaries(st.sampled_from(["a", "path", "key", "matchLabels"]), each, max_size=2)
    ),
    max_leaves=5,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(SETS), st.integers(0, 60), JUNK)
def test_no_set_raises_anything_but_our_errors(tree: LimitedTree, said: dict[str, Any], place: int, junk: Any) -> None:
    """One value of a set that makes sense is replaced by another."""
    spec = json.loads(json.dumps(said["spec"]))
    places = list(_places(spec))
    holder, key = places[place % len(places)]
    holder[key] = junk
    try:
        made = list(read(context(spec, tree)))
    except FleetError as error:
        made = [error]
    assert all(isinstance(each, App | Notice | FleetError) for each in made)


def _places(value: Any) -> Any:
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, key
        if isinstance(inner, dict | list):
            yield from _places(inner)
