"""Whether a cluster may be written: whose its Inventories and its Record are, and how its commits stand to the head."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.hub import admission
from fleet.hub.admission import Relation
from fleet.model.app import OnRemoval
from fleet.model.inventory import Identity, Inventory, Record
from fleet.model.keys import AppKey, ObjectKey
from fleet.model.marks import Marks
from fleet.model.observation import LiveObject
from fleet.model.source import Source
from fleet.source import Repository
from tests.flows.fleets import Monorepo

HERE = Identity(name="one", uid="u-1")
ELSEWHERE = Identity(name="two", uid="u-2")


def record(*, fleet: str = "acme", cluster: Identity = HERE, repository: str = "root") -> Record:
    """A Record of no App."""
    return Record(fleet=fleet, cluster=cluster, repository=repository, apps={})


def inventory(*, fleet: str = "acme", cluster: Identity = HERE) -> Inventory:
    """An Inventory of nothing."""
    return Inventory(
        app=AppKey(cluster.name, "shop"),
        fleet=fleet,
        cluster=cluster,
        intended="",
        declared_by=None,
        on_removal=OnRemoval.ORPHAN,
        prune=True,
        members=frozenset(),
    )


def judged(found: Record | None, *foreign: Inventory) -> admission.Verdict:
    """What is said of a Record and of foreign Inventories."""
    return admission.of_record(found, foreign, fleet="acme", identity=HERE, repository="root")


def test_a_cluster_without_record_is_new() -> None:
    assert judged(None).reason == ""


def test_our_own_record_is_no_obstacle() -> None:
    assert judged(record()).reason == ""


@pytest.mark.parametrize(
    ("found", "foreign", "said"),
    [
        pytest.param(record(fleet="other"), (), "Record is of fleet other", id="a Record of another fleet"),
        pytest.param(record(cluster=ELSEWHERE), (), "Record is of cluster two u-2", id="a Record of another cluster"),
        pytest.param(
            None, (inventory(fleet="other"),), "Inventory of App shop is of fleet other", id="an Inventory of another fleet"
        ),
        pytest.param(None, (inventory(cluster=ELSEWHERE),), "is of cluster two u-2", id="an Inventory of another cluster"),
    ],
)
def test_what_is_another_s_is_only_observed_and_never_adopted(
    found: Record | None, foreign: tuple[Inventory, ...], said: str
) -> None:
    verdict = judged(found, *foreign)
    assert said in verdict.reason
    assert not verdict.adoptable


def test_a_record_of_another_repository_waits_for_adoption() -> None:
    verdict = judged(record(repository="another"))
    assert "another repository" in verdict.reason
    assert verdict.adoptable


def test_a_pinned_uid_must_answer() -> None:
    assert "expects u-9" in admission.of_identity(HERE, pinned="u-9", elsewhere={}).reason
    assert admission.of_identity(HERE, pinned="u-1", elsewhere={}).reason == ""


def test_one_cluster_under_two_names_is_nobody_s_to_write() -> None:
    assert "also answers as cluster two" in admission.of_identity(HERE, pinned="", elsewhere={"u-1": "two"}).reason


def marked(owner: str, fleet: str = "acme") -> LiveObject:
    """An object with a mark."""
    key = ObjectKey("", "ConfigMap", "shop", "settings")
    return LiveObject(key=key, uid="u", resource_version="1", marks=Marks(fleet=fleet, owner=owner))


@pytest.mark.parametrize(
    ("owner", "fleet", "adoptable"),
    [
        pytest.param("one/shop ConfigMap shop/settings", "acme", True, id="our own, lost"),
        pytest.param("one/shop ConfigMap shop/other", "acme", False, id="copied from another object"),
        pytest.param("two/shop ConfigMap shop/settings", "acme", False, id="another cluster's"),
        pytest.param("one/shop ConfigMap shop/settings", "other", False, id="another fleet's"),
    ],
)
def test_marked_objects_without_inventory_and_record_wait_for_adoption(owner: str, fleet: str, adoptable: bool) -> None:
    assert admission.of_orphans([marked(owner, fleet)], fleet="acme", cluster="one").adoptable is adoptable


@pytest.fixture
def git(tmp_path: Path) -> Monorepo:
    """A repository with one commit."""
    found = Monorepo(tmp_path / "git")
    found.commit({"a": "1"})
    return found


@pytest.fixture
async def copy(git: Monorepo, tmp_path: Path) -> Repository:
    """The hub's copy of it."""
    return Repository(Source(url=str(git.path)), tmp_path / "copy", secret=str)


async def test_a_commit_that_the_head_descends_from_is_past(git: Monorepo, copy: Repository) -> None:
    first = git.git("rev-parse", "HEAD")
    head = git.commit({"a": "2"})
    await copy.fetch()
    assert admission.relation(copy, first, head) is Relation.PAST
    assert admission.of_history(copy, [first, head], head).reason == ""


async def test_a_commit_that_the_head_does_not_know_is_ahead(git: Monorepo, copy: Repository) -> None:
    head = git.git("rev-parse", "HEAD")
    await copy.fetch()
    verdict = admission.of_history(copy, ["f" * 40], head)
    assert verdict.behind
    assert not verdict.adoptable


async def test_a_head_that_was_reset_is_behind(git: Monorepo, copy: Repository) -> None:
    old = git.git("rev-parse", "HEAD")
    new = git.commit({"a": "2"})
    await copy.fetch()
    git.git("reset", "--quiet", "--hard", old)
    await copy.fetch()
    assert admission.of_history(copy, [new], old).behind


async def test_a_history_that_went_another_way_waits_for_adoption(git: Monorepo, copy: Repository) -> None:
    old = git.git("rev-parse", "HEAD")
    recorded = git.commit({"a": "2"})
    await copy.fetch()
    git.git("reset", "--quiet", "--hard", old)
    head = git.commit({"a": "3"})
    await copy.fetch()
    verdict = admission.of_history(copy, [recorded], head)
    assert verdict.adoptable
    assert verdict.diverged
