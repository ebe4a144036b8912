"""Watch, list, writes and looks tell of one object in any order; what is known is always the newest of it."""

from __future__ import annotations

from typing import Any

from fleet.kube.live.kinds import Event, KindState
from fleet.kube.server.discovery import Resource
from fleet.model.keys import ObjectKey
from fleet.model.observation import Absent, LiveObject, Unknown, observe

KEY = ObjectKey("", "ConfigMap", "shop", "web")


class Told:
    """A kind's state, and all that it told and asked for."""

    def __init__(self, *, whole: bool = False) -> None:
        self.events: list[Event] = []
        self.looks: list[LiveObject] = []
        resource = Resource(group="", version="v1", kind="ConfigMap", plural="configmaps", namespaced=True)
        self.state = KindState(resource, whole=whole, emit=self.events.append, look=self.looks.append)

    def versions(self) -> list[tuple[str, str]]:
        """What each event said: the version before, and after."""
        return [(_version(event.before), _version(event.after)) for event in self.events]

    def known(self) -> str:
        """The version in the state, `absent` or `unknown`."""
        seen = self.state.get(KEY, younger_than=0)
        return _version(seen) if isinstance(seen, LiveObject) else type(seen).__name__.lower()


def _version(live: LiveObject | None) -> str:
    return live.resource_version if live else ""


def body(version: int, *, uid: str = "u1", labelled: bool = True) -> dict[str, Any]:
    labels = {"fleethub.dev/fleet": "acme"} if labelled else {}
    return {"metadata": {"name": "web", "namespace": "shop", "uid": uid, "resourceVersion": str(version), "labels": labels}}


def live(version: int, *, uid: str = "u1", labelled: bool = True) -> LiveObject:
    return observe(body(version, uid=uid, labelled=labelled), key=KEY)


def test_an_older_event_after_an_answer_is_dropped() -> None:
    told = Told()
    told.state.learn(live(5), now=1)
    told.state.changed("MODIFIED", body(4))
    assert (told.known(), told.events) == ("5", [])


def test_an_answer_that_comes_after_its_event_is_dropped() -> None:
    told = Told()
    told.state.changed("ADDED", body(5))
    told.state.learn(live(5), now=1)
    told.state.learn(live(4), now=1)
    assert (told.known(), told.versions()) == ("5", [("", "5")])


def test_a_body_that_came_before_the_answer_is_told_once() -> None:
    told = Told(whole=True)
    told.state.changed("ADDED", body(5))
    told.state.learn(live(5), now=1)
    told.state.item(body(5))
    assert told.versions() == [("", "5")]


def test_a_deletion_older_than_what_was_written_since_is_dropped() -> None:
    told = Told()
    told.state.learn(live(9, uid="u2"), now=1)
    told.state.changed("DELETED", body(8))
    assert (told.known(), told.looks) == ("9", [])


def test_what_vanished_is_unknown_until_it_was_looked_at() -> None:
    told = Told()
    told.state.changed("ADDED", body(5))
    told.state.changed("DELETED", body(6))
    (before,) = told.looks
    assert told.known() == "unknown"
    told.state.looked(before, None, now=1)
    assert (told.known(), told.versions()) == ("absent", [("", "5"), ("5", "")])


def test_a_look_that_is_overtaken_by_an_event_says_nothing() -> None:
    told = Told()
    told.state.changed("ADDED", body(5))
    told.state.changed("DELETED", body(6))
    told.state.changed("ADDED", body(7, uid="u2"))
    told.state.looked(told.looks[0], None, now=1)
    assert (told.known(), told.versions()) == ("7", [("", "5"), ("5", "7")])


def test_an_object_without_our_label_is_believed_for_a_while_only() -> None:
    told = Told()
    told.state.changed("ADDED", body(5))
    told.state.changed("DELETED", body(6))
    told.state.looked(told.looks[0], live(6, labelled=False), now=100)
    assert isinstance(told.state.get(KEY, younger_than=99), LiveObject)
    assert isinstance(told.state.get(KEY, younger_than=101), Unknown)
    assert list(told.state.labelled()) == []


def test_what_we_released_ourselves_needs_no_look() -> None:
    told = Told()
    told.state.changed("ADDED", body(5))
    told.state.learn(live(6, labelled=False), now=1)
    told.state.changed("DELETED", body(6))
    assert (told.looks, told.known()) == ([], "6")


def test_what_we_deleted_stays_gone_whatever_older_is_heard() -> None:
    told = Told()
    told.state.changed("ADDED", body(5))
    told.state.gone(KEY, "u1")
    told.state.changed("MODIFIED", body(6))
    told.state.item(body(6))
    told.state.changed("DELETED", body(7))
    assert (told.known(), told.looks, told.versions()) == ("absent", [], [("", "5")])


def test_an_object_of_another_uid_is_not_what_we_deleted() -> None:
    told = Told()
    told.state.changed("ADDED", body(5))
    told.state.gone(KEY, "u1")
    told.state.changed("ADDED", body(8, uid="u2"))
    assert told.known() == "8"


def test_a_list_looks_at_what_it_does_not_hold_but_not_at_what_is_younger() -> None:
    told = Told()
    told.state.changed("ADDED", body(5))
    told.state.listed("20")
    assert [each.resource_version for each in told.looks] == ["5"]
    younger = Told()
    younger.state.learn(live(21), now=1)
    younger.state.listed("20")
    assert (younger.looks, younger.known()) == ([], "21")


def test_a_list_that_repeats_what_is_known_tells_nothing() -> None:
    told = Told()
    for _ in range(2):
        told.state.item(body(5))
        told.state.listed("20")
    assert told.versions() == [("", "5")]


def test_a_key_that_was_never_seen_is_absent() -> None:
    assert Told().state.get(KEY, younger_than=0) == Absent()
