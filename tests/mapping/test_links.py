"""Symbolic links in the tree, and files that are large."""

from __future__ import annotations

from fleet.model.manifest import RenderFailed
from tests.mapping.monorepo import Fleet, Monorepo, config, documents, names


async def test_a_directory_behind_a_link_is_a_clusters_and_its_changes_are_followed(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one", "two"])
    files = {"elsewhere/a.yaml": config("a"), "other/b.yaml": config("b"), "clusters/two/x.yaml": config("x")}
    mapped = await fleet.map(repo.commit(files, links={"clusters/one": "../elsewhere"}))
    assert names(mapped["one"].apps["one"]) == ["a"]
    mapped = await fleet.map(repo.commit({"elsewhere/c.yaml": config("c")}, links={"clusters/one": "../elsewhere"}))
    assert (names(mapped["one"].apps["one"]), mapped.touched) == (["a", "c"], {"one"})
    mapped = await fleet.map(repo.commit({}, links={"clusters/one": "../other"}))
    assert (names(mapped["one"].apps["one"]), mapped.touched) == (["b"], {"one"})
    mapped = await fleet.map(repo.commit({}))
    assert mapped.fleet.homeless == ("one",)


async def test_a_link_that_leads_out_of_the_repository_is_an_error(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    mapped = await fleet.map(repo.commit({"clusters/one/a.yaml": config("a")}, links={"clusters/one/b.yaml": "/etc/passwd"}))
    assert any("clusters/one/b.yaml is refused" in error for error in mapped.errors)
    assert isinstance(mapped["one"].apps["one"].result, RenderFailed)


async def test_a_large_file_is_read_like_any_other(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    large = documents(*(config(f"c{number}") for number in range(500)))
    mapped = await fleet.commit({"clusters/one/a.yaml": large})
    assert len(names(mapped["one"].apps["one"])) == 500
    mapped = await fleet.commit({"clusters/one/a.yaml": large + "---\n{\n"})
    assert [error.partition(":")[0] for error in mapped.errors] == ["clusters/one/a.yaml"]
