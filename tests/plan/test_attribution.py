"""Every Change names the commit that made the desired state what it is."""

from __future__ import annotations

from fleet.model.app import Standing
from fleet.model.plan import Action
from fleet.plan.attribution import unattributed
from fleet.plan.plan import plan
from tests.plan.given import COMMIT, EARLIER, app, change, deployment, facts, foreign, inventory, manifest, ours, removed

WEB = deployment()
NEWER = deployment(replicas=5)
NEW, GONE = manifest("Service", "new"), manifest("Service", "gone")
OTHER = "c7" * 20


def test_only_what_is_new_changed_or_gone_must_be_looked_for() -> None:
    assert unattributed(facts([WEB], [ours(WEB)])) == frozenset()
    assert unattributed(facts([NEWER, NEW], [ours(WEB), ours(GONE)])) == {NEWER.key, NEW.key, GONE.key}


def test_what_must_only_be_written_again_is_still_of_its_old_commit() -> None:
    given = facts([WEB], written=facts([WEB], [ours(WEB)]).written)
    assert unattributed(given) == frozenset()
    assert change(plan(given), WEB.key).revision == EARLIER


def test_nothing_is_looked_for_where_nothing_is_written() -> None:
    assert unattributed(facts([NEWER], [ours(WEB)], app=app(paused=True))) == frozenset()


def test_nothing_is_looked_for_while_it_is_not_certain_that_the_app_is_gone() -> None:
    assert unattributed(removed([ours(GONE)], standing=Standing.UNKNOWN)) == frozenset()


def test_a_create_a_change_and_a_delete_name_their_commits() -> None:
    made = plan(facts([NEWER, NEW], [ours(WEB), ours(GONE)], commits={NEWER.key: OTHER, GONE.key: OTHER}))
    found = {one.key.name: (one.action, one.revision) for one in made.changes}
    assert found == {
        "web": (Action.CONFIGURE, OTHER),
        "new": (Action.CREATE, COMMIT),
        "gone": (Action.DELETE, OTHER),
    }


def test_what_is_adopted_names_the_commit_that_wants_it() -> None:
    given = facts([WEB], [foreign(WEB)], inventories={"shop": inventory(())}, commits={WEB.key: OTHER}, written={})
    assert change(plan(given), WEB.key).revision == OTHER


def test_the_objects_of_a_removed_app_name_the_commit_that_removed_it() -> None:
    given = removed([ours(GONE)], commits={GONE.key: OTHER})
    assert unattributed(given) == {GONE.key}
    assert change(plan(given), GONE.key).revision == OTHER
