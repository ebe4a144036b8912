"""Declarations that look at other documents of their cluster: found wherever they stand, and read again when they change."""

from __future__ import annotations

import random
from collections.abc import Iterable
from types import SimpleNamespace

import pytest

from fleet.errors import MappingError
from fleet.hooks import AppKind, AppKindContext, hookimpl
from fleet.mapping import Earlier, Place
from fleet.model.app import App, DeclaredBy
from fleet.model.keys import AppKey, GroupKind
from tests.mapping.monorepo import Fleet, Monorepo, app, config, documents, names, registry_with

KIND = GroupKind("example.com", "Pointer")
CONFIG = GroupKind("", "ConfigMap")


def read(context: AppKindContext) -> Iterable[App]:
    """An App at the path that a ConfigMap says; without it at the default, none where that is empty, or an error."""
    spec, name = context.document["spec"], context.document["metadata"]["name"]
    found = context.look(CONFIG, "default", spec["from"])
    if found is None and "default" not in spec:
        raise MappingError(file=context.origin.file, line=context.origin.line, message=f"there is no ConfigMap {spec['from']}")
    path = found.body["data"]["value"] if found else spec["default"]
    return [] if not path else [App(key=AppKey(context.cluster, name), declared_by=DeclaredBy(origin=context.origin), path=path)]


@hookimpl
def fleet_app_kinds() -> Iterable[AppKind]:
    return [AppKind(kind=KIND, read=read)]


REGISTRY = registry_with(SimpleNamespace(__name__="pointers", fleet_app_kinds=fleet_app_kinds))  # type: ignore[arg-type]


def pointer(name: str, source: str, **spec: object) -> str:
    fields = ", ".join(f"{key}: {str(value).lower()}" for key, value in {"from": source, **spec}.items())
    return f"apiVersion: example.com/v1\nkind: Pointer\nmetadata: {{name: {name}}}\nspec: {{{fields}}}\n"


@pytest.fixture
def fleet(repo: Monorepo) -> Fleet:
    return Fleet(repo, ["one"], registry=REGISTRY)


async def test_what_stands_nearest_in_the_chain_is_found_first(fleet: Fleet) -> None:
    mapped = await fleet.commit(
        {
            "apps/near/a.yaml": config("near"),
            "apps/far/a.yaml": config("far"),
            "clusters/where.yaml": config("where", "apps/far"),
            "clusters/one/a.yaml": documents(pointer("p", "where"), config("where", "apps/near")),
        }
    )
    assert mapped.errors == []
    assert names(mapped["one"].apps["p"]) == ["near"]


async def test_what_an_apps_render_brings_is_found_through_any_number_of_them(fleet: Fleet) -> None:
    files = {
        "apps/base/a.yaml": config("w1", "apps/next"),
        "apps/next/a.yaml": config("w2", "apps/end"),
        "apps/end/a.yaml": config("end"),
        "clusters/one/a.yaml": documents(pointer("p2", "w2"), pointer("p1", "w1"), app("base")),
    }
    mapped = await fleet.commit(files)
    assert mapped.errors == []
    assert {name: names(each) for name, each in mapped["one"].apps.items()} == {"base": ["w1"], "p1": ["w2"], "p2": ["end"]}
    mapped = await fleet.commit({"apps/base/a.yaml": config("w1", "apps/end")})
    assert mapped.errors == ["clusters/one/a.yaml:1: there is no ConfigMap w2"]
    mapped = await fleet.commit(files)
    assert mapped.changed == {"one/base", "one/p1", "one/p2"}
    mapped = await fleet.commit({"apps/next/a.yaml": config("w2", "apps/base")})
    assert mapped.changed == {"one/p1", "one/p2"}


async def test_a_declaration_in_a_render_looks_too_and_its_children_follow_it(fleet: Fleet) -> None:
    mapped = await fleet.commit(
        {
            "apps/a/a.yaml": documents(config("a"), app("child", "apps/leaf")),
            "apps/b/a.yaml": documents(config("b"), app("kid", "apps/leaf")),
            "apps/leaf/a.yaml": config("leaf"),
            "apps/parent/a.yaml": documents(pointer("p", "where"), config("where", "apps/a")),
            "clusters/one/a.yaml": app("parent"),
        }
    )
    assert (mapped.errors, set(mapped["one"].apps)) == ([], {"parent", "p", "child"})
    mapped = await fleet.commit({"apps/parent/a.yaml": documents(pointer("p", "where"), config("where", "apps/b"))})
    assert (mapped.errors, set(mapped["one"].apps)) == ([], {"parent", "p", "kid"})


async def test_nothing_is_given_that_a_look_may_still_change(fleet: Fleet) -> None:
    mapped = await fleet.commit(
        {
            "apps/real/a.yaml": config("real"),
            "apps/shop/a.yaml": config("where", "apps/real"),
            "clusters/one/a.yaml": documents(pointer("p", "where", default='""'), app("shop")),
        }
    )
    assert mapped.changed == {"one/p", "one/shop"}
    assert len(mapped.apps) == 2


async def test_what_is_nowhere_is_none_only_where_all_is_known(fleet: Fleet) -> None:
    files = {
        "apps/shop/a.yaml": config("shop"),
        "clusters/one/a.yaml": documents(pointer("p", "gone", default='""'), app("shop")),
    }
    mapped = await fleet.commit(files)
    assert (mapped.errors, set(mapped["one"].apps)) == ([], {"shop"})
    mapped = await fleet.commit({"apps/shop/a.yaml": "a: ["})
    [error] = mapped.errors
    assert "ConfigMap/default/gone was not found, and may be in what could not be" in error


async def test_one_that_decides_what_it_looks_at_is_an_error_and_comes_to_an_end(fleet: Fleet) -> None:
    mapped = await fleet.commit(
        {
            "apps/a/a.yaml": config("where", "apps/b"),
            "apps/b/a.yaml": config("other"),
            "clusters/one/a.yaml": documents(pointer("p", "where", default="apps/a"), app("q", "apps/b")),
        }
    )
    [error] = mapped.errors
    assert "Pointer.example.com/p reads differently each time" in error
    assert set(mapped["one"].apps) == {"q"}


async def test_an_app_that_looked_is_found_at_another_commit(repo: Monorepo, fleet: Fleet) -> None:
    revision = repo.commit(
        {
            "apps/base/a.yaml": config("where", "apps/end"),
            "apps/end/a.yaml": config("end"),
            "clusters/one/a.yaml": documents(pointer("p", "where"), app("base")),
        }
    )
    place = Place(cluster="one", root="clusters", directory="clusters/one", labels={"one": {}})
    found = await Earlier(REGISTRY, fleet.host).app(repo.tree(revision), place, ["p"])
    assert found is not None
    assert names(found) == ["end"]


async def test_mapping_what_changed_equals_mapping_everything(repo: Monorepo, fleet: Fleet) -> None:
    chance = random.Random(20261125)
    places = [f"apps/{name}" for name in "abcd"]
    texts = [documents(config(f"c{chance.randrange(4)}", place), config(f"x{number}")) for number, place in enumerate(places * 2)]
    texts += [app("child", "apps/a"), pointer("inner", "c1", default="apps/b"), "a: [", config("c2", "apps/c")]
    declared = [pointer("p", "c0"), pointer("q", "c1", default="''"), pointer("r", "c2", default="apps/d"), app("s", "apps/a")]
    seen = set()
    for _ in range(30):
        edits: dict[str, str | None] = {f"{chance.choice(places)}/a.yaml": chance.choice(texts)}
        if chance.random() < 0.5:
            edits["clusters/one/a.yaml"] = documents(*chance.sample(declared, chance.randrange(1, 5)))
        revision = repo.commit(edits)
        changed = await fleet.map(revision)
        fresh = await Fleet(repo, ["one"], registry=REGISTRY).map(revision)
        assert changed.errors == fresh.errors
        assert {name: each.fingerprint for name, each in changed["one"].apps.items()} == {
            name: each.fingerprint for name, each in fresh["one"].apps.items()
        }
        seen.add((bool(fresh.errors), len(fresh["one"].apps)))
    assert len(seen) > 5  # the edits reached states of every sort
