"""Every change is put down to the commit that changed what git says of the object, by real repositories."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from fleet.hooks.tree import LimitedTree, ParsedBlobs
from fleet.hub.cases import Kept, case_of
from fleet.hub.desired import Desired
from fleet.hub.tracing import Tracer
from fleet.mapping import Earlier, MappedApp, Mapper
from fleet.model.app import ClusterMap, DeclaredBy, OnRemoval
from fleet.model.inventory import Identity, Inventory, RecordEntry
from fleet.model.keys import AppKey, ObjectKey
from fleet.model.manifest import Rendered
from fleet.model.source import Source
from fleet.render import RenderHost
from fleet.source import Repository
from tests.mapping.monorepo import REGISTRY, app, cluster, config, documents
from tests.source.git import Git

HERE = "clusters/production/here"
MOST = 6


class Story:
    """A repository, one cluster, and a hub's knowledge of it between two commits."""

    def __init__(self, directory: Path) -> None:
        self.git = Git(directory / "checkout")
        self.commits: dict[str, str] = {}
        self.source = Source(url=str(self.git.path))
        self.repository = Repository(self.source, directory / "state", secret=lambda _: "")
        blobs = ParsedBlobs()
        self.host = RenderHost(REGISTRY)
        self.tree = lambda commit: LimitedTree(self.repository.tree(commit), blobs)
        self.tracer = Tracer(self.repository, self.tree, Earlier(REGISTRY, self.host), most=MOST)

    def commit(self, name: str, files: Mapping[str, str | None]) -> str:
        """Commit under a name of the story; None removes a file."""
        for path, text in files.items():
            if text is None:
                self.git.run("rm", "--quiet", "-r", path)
            else:
                self.git.write(path, text)
        self.commits[name] = self.git.commit(name)
        return self.commits[name]

    async def told(self, name: str, *, start: str = "", applied: str = "", lost: bool = False) -> dict[str, str]:
        """By object of an App of the cluster: the story's name of the commit it is put down to, from `start` to the head.

        Without `start` the hub has just begun; `lost`: it has begun and the cluster has what was applied at `applied`.
        """
        await self.repository.fetch()
        head = self.git.run("rev-parse", "HEAD")
        desired, before = Desired(cluster="here"), None
        mapper = Mapper(REGISTRY, (cluster("here"),), self.host, source=Source(url="/"))
        then = start or applied
        if then:
            before = await self._map(mapper, desired, self.commits[then], since="")
            desired = Desired(cluster="here") if lost else desired
        await self._map(mapper, desired, head, since=self.commits[start] if start else "")
        was = before.apps.get(name) if before else None
        keys = self._keys(was) | self._keys(desired.apps.get(name))
        entry = RecordEntry(applied=self.commits[then], digest=was.fingerprint) if was else RecordEntry()
        declared_by = was.app.declared_by if was else None
        kept = Kept(entry=entry, inventories={name: inventory(name, keys, declared_by)}, served=dict)
        case = case_of(AppKey("here", name), desired, kept, root="clusters")
        new = keys if lost or not then else self._changed(was, desired.apps.get(name))
        found = await self.tracer.commits(case, new)
        names = {commit: name for name, commit in self.commits.items()}
        return {key.name: names[found.get(key, head)] for key in new}

    async def _map(self, mapper: Mapper, desired: Desired, commit: str, *, since: str) -> ClusterMap:
        revision = self.repository.revision(commit)
        async for piece in mapper.map(revision, self.tree(commit), None):
            if isinstance(piece, MappedApp):
                desired.begin(revision, piece, since=since)
            elif isinstance(piece, ClusterMap):
                desired.take(piece, since=since)
        assert desired.map is not None
        return desired.map

    @staticmethod
    def _keys(desired) -> frozenset[ObjectKey]:  # type: ignore[no-untyped-def]
        result = desired.result if desired else None
        return frozenset(manifest.key for manifest in result.manifests) if isinstance(result, Rendered) else frozenset()

    @staticmethod
    def _changed(was, now) -> frozenset[ObjectKey]:  # type: ignore[no-untyped-def]
        before, after = ({m.key: m.digest for m in each.result.manifests} if each else {} for each in (was, now))
        return frozenset(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))


def inventory(name: str, members: frozenset[ObjectKey], declared_by: DeclaredBy | None) -> Inventory:
    return Inventory(
        app=AppKey("here", name),
        fleet="acme",
        cluster=Identity(name="here", uid="1"),
        intended="",
        declared_by=declared_by,
        on_removal=OnRemoval.DELETE,
        prune=True,
        members=members,
    )


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """A shop and a till, both declared in the group's one file, and a loose object."""
    story = Story(tmp_path)
    story.commit(
        "begin",
        {
            "apps/shop/one.yaml": config("one"),
            "apps/shop/two.yaml": config("two"),
            "apps/till/till.yaml": config("till"),
            "clusters/production/apps.yaml": documents(app("shop"), app("till")),
            f"{HERE}/loose.yaml": config("loose"),
        },
    )
    return story


async def test_where_one_commit_came_nothing_is_compared(story: Story) -> None:
    commit = story.commit("one", {"apps/shop/one.yaml": config("one", "2")})
    assert await story.told("shop", start="begin") == {"one": "one"}
    assert (story.repository.has_touched(commit), story.tracer.looked_up) == (False, 0)


async def test_of_several_commits_the_one_that_touched_the_app_is_named_without_a_render(story: Story) -> None:
    story.commit("shop", {"apps/shop/one.yaml": config("one", "2")})
    story.commit("till", {"apps/till/till.yaml": config("till", "2")})
    story.commit("words", {"README": "words"})
    assert await story.told("shop", start="begin") == {"one": "shop"}
    assert await story.told("till", start="begin") == {"till": "till"}
    assert story.tracer.looked_up == 0


async def test_each_object_is_put_down_to_the_commit_that_changed_it(story: Story) -> None:
    story.commit("first", {"apps/shop/one.yaml": config("one", "2"), "apps/shop/new.yaml": config("new")})
    story.commit("second", {"apps/shop/two.yaml": config("two", "2")})
    story.commit("words", {"README": "words"})
    assert await story.told("shop", start="begin") == {"one": "first", "two": "second", "new": "first"}
    assert story.tracer.looked_up == 1


async def test_an_object_that_changed_twice_is_the_later_ones(story: Story) -> None:
    for number in (1, 2, 3):
        story.commit(f"{number}", {"apps/shop/one.yaml": config("one", f"value {number}")})
    story.commit("back", {"apps/shop/one.yaml": config("one", "value 2"), "apps/shop/two.yaml": config("two", "2")})
    assert await story.told("shop", start="begin") == {"one": "back", "two": "back"}


async def test_a_deleted_object_is_put_down_to_the_commit_that_removed_it(story: Story) -> None:
    story.commit("remove", {"apps/shop/one.yaml": None})
    story.commit("change", {"apps/shop/two.yaml": config("two", "2")})
    assert await story.told("shop", start="begin") == {"one": "remove", "two": "change"}


async def test_a_removed_app_is_put_down_to_the_commit_that_removed_its_document(story: Story) -> None:
    story.commit("other", {"clusters/production/apps.yaml": documents(app("shop"), app("till", prune=False))})
    story.commit("remove", {"clusters/production/apps.yaml": app("till", prune=False)})
    story.commit("last", {"clusters/production/apps.yaml": app("till")})
    assert await story.told("shop", start="begin") == {"one": "remove", "two": "remove"}
    assert story.tracer.looked_up == 0


async def test_another_document_of_the_same_file_is_not_its_declaration(story: Story) -> None:
    story.commit("till", {"clusters/production/apps.yaml": documents(app("shop"), app("till", prune=False))})
    story.commit("shop", {"clusters/production/apps.yaml": documents(app("shop", "apps/till"), app("till", prune=False))})
    story.commit("last", {"clusters/production/apps.yaml": documents(app("shop", "apps/till"), app("till"))})
    assert await story.told("shop", start="begin") == {"one": "shop", "two": "shop", "till": "shop"}
    assert story.tracer.looked_up == 0


async def test_a_variable_of_the_cluster_is_put_down_to_the_commit_that_set_it(story: Story) -> None:
    story.commit(
        "template",
        {
            "apps/shop/one.yaml": config("one", "${COLOUR:-none}"),
            "clusters/production/apps.yaml": app("shop", substitute=True),
        },
    )
    story.commit("colour", {f"{HERE}/cluster.yaml": "variables: {COLOUR: red}\n"})
    story.commit("two", {"apps/shop/two.yaml": config("two", "2")})
    assert await story.told("shop", start="template") == {"one": "colour", "two": "two"}


async def test_a_new_app_is_put_down_to_the_commit_that_declared_it(story: Story) -> None:
    story.commit("files", {"apps/new/new.yaml": config("new")})
    story.commit("declare", {f"{HERE}/new.yaml": app("new")})
    story.commit("words", {"README": "words"})
    assert await story.told("new", start="begin") == {"new": "declare"}


async def test_a_side_branch_is_put_down_to_its_merge(story: Story) -> None:
    story.git.run("switch", "--quiet", "--create", "side")
    story.commit("side", {"apps/shop/one.yaml": config("one", "2")})
    story.git.run("switch", "--quiet", "main")
    story.commit("main", {"apps/till/till.yaml": config("till", "2")})
    story.git.run("merge", "--quiet", "--no-ff", "-m", "Merge side", "side")
    story.commits["merge"] = story.git.run("rev-parse", "HEAD")
    story.commit("words", {"README": "words"})
    assert await story.told("shop", start="begin") == {"one": "merge"}


async def test_a_branch_that_took_the_mains_place_is_followed(story: Story) -> None:
    story.git.run("switch", "--quiet", "--create", "side")
    story.commit("side", {"apps/shop/one.yaml": config("one", "2")})
    story.git.run("switch", "--quiet", "main")
    story.commit("main", {"apps/till/till.yaml": config("till", "2")})
    story.git.run("switch", "--quiet", "side")
    story.git.run("merge", "--quiet", "--no-ff", "-m", "Merge main", "main")
    story.commits["merge"] = story.git.run("rev-parse", "HEAD")
    story.git.run("branch", "--force", "main", "side")
    assert await story.told("shop", start="main") == {"one": "side"}


async def test_a_render_that_fails_between_leaves_the_newest_that_touched_the_app(story: Story) -> None:
    story.commit("change", {"apps/shop/one.yaml": config("one", "2")})
    story.commit("break", {"apps/shop/two.yaml": "kind: [\n"})
    story.commit("mend", {"apps/shop/two.yaml": config("two", "2")})
    story.commit("words", {"README": "words"})
    assert await story.told("shop", start="begin") == {"one": "mend", "two": "mend"}


async def test_beyond_the_limit_the_newest_that_touched_the_app_is_named(story: Story) -> None:
    story.commit("far", {"apps/shop/one.yaml": config("one", "2")})
    for number in range(MOST):
        story.commit(f"{number}", {"README": str(number)})
    story.commit("near", {"apps/shop/two.yaml": config("two", "2")})
    story.commit("words", {"README": "words"})
    assert await story.told("shop", start="begin") == {"one": "near", "two": "near"}
    assert story.tracer.looked_up == 0


async def test_at_the_first_install_the_newest_that_touched_the_app_is_named(story: Story) -> None:
    story.commit("shop", {"apps/shop/one.yaml": config("one", "2")})
    story.commit("till", {"apps/till/till.yaml": config("till", "2")})
    assert await story.told("shop") == {"one": "shop", "two": "shop"}
    assert story.tracer.looked_up == 0


async def test_at_the_first_install_of_what_is_older_than_the_limit_the_head_is_named(story: Story) -> None:
    for number in range(MOST):
        story.commit(f"{number}", {"README": str(number)})
    assert await story.told("till") == {"till": f"{MOST - 1}"}


async def test_each_loose_object_is_put_down_to_the_commit_of_its_own_file(story: Story) -> None:
    story.commit("other", {f"{HERE}/other.yaml": config("other")})
    story.commit("loose", {f"{HERE}/loose.yaml": config("loose", "2")})
    story.commit("words", {"README": "words", "clusters/production/apps.yaml": app("till")})
    assert await story.told("here", start="begin") == {"other": "other", "loose": "loose"}
    assert story.tracer.looked_up == 0


async def test_loose_objects_of_one_file_are_told_apart(story: Story) -> None:
    story.commit("one", {f"{HERE}/loose.yaml": documents(config("loose", "2"), config("more"))})
    story.commit("two", {f"{HERE}/loose.yaml": documents(config("loose", "2"), config("more", "2"))})
    story.commit("three", {f"{HERE}/loose.yaml": config("more", "2")})
    assert await story.told("here", start="begin") == {"loose": "three", "more": "two"}


async def test_an_app_that_another_declares_follows_that_ones_commits(story: Story) -> None:
    story.commit("parent", {"apps/all/till.yaml": app("cash", "apps/till"), f"{HERE}/all.yaml": app("all")})
    story.commit("space", {"apps/all/till.yaml": app("cash", "apps/till", namespace="money"), "apps/till/x.yaml": config("x")})
    story.commit("change", {"apps/till/till.yaml": config("till", "2")})
    assert await story.told("cash", start="parent") == {"till": "change", "x": "space"}


async def test_an_override_that_goes_is_put_down_to_the_commit_that_removed_it(story: Story) -> None:
    story.commit("nearer", {f"{HERE}/shop.yaml": app("shop", "apps/till")})
    story.commit("remove", {f"{HERE}/shop.yaml": None})
    story.commit("words", {"README": "words"})
    assert set((await story.told("shop", start="nearer")).values()) == {"remove"}


async def test_what_did_not_change_since_it_was_applied_is_looked_for_before_that(story: Story) -> None:
    story.commit("shop", {"apps/shop/one.yaml": config("one", "2")})
    story.commit("applied", {"README": "words"})
    story.commit("till", {"apps/till/till.yaml": config("till", "2")})
    assert await story.told("shop", applied="applied", lost=True) == {"one": "shop", "two": "shop"}


async def test_after_a_restart_the_record_says_where_to_begin(story: Story) -> None:
    story.commit("one", {"apps/shop/one.yaml": config("one", "2")})
    story.commit("two", {"apps/shop/two.yaml": config("two", "2")})
    found = await story.told("shop", applied="begin", lost=True)
    assert found == {"one": "one", "two": "two"}
