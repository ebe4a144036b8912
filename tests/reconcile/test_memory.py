"""What the watch tells of an object while a write of it is under way."""

from __future__ import annotations

from fleet.model.keys import ObjectKey
from fleet.reconcile.site import Memory

KEY = ObjectKey("", "ConfigMap", "shop", "settings")
OTHER = ObjectKey("", "ConfigMap", "shop", "other")


def memory() -> Memory:
    return Memory(clock=lambda: 0.0)


def test_an_event_of_an_object_that_is_being_written_names_the_app_that_will_judge_it() -> None:
    known = memory()
    with known.writing(KEY, "shop") as heard:
        assert known.heard(KEY, "41") == "shop"
        assert known.heard(OTHER, "42") == ""
    assert heard == ["41"]


def test_an_event_after_the_write_is_nobodys_echo() -> None:
    known = memory()
    with known.writing(KEY, "shop") as heard:
        pass
    assert known.heard(KEY, "43") == ""
    assert heard == []


def test_a_write_that_fails_ends_as_well() -> None:
    known = memory()
    try:
        with known.writing(KEY, "shop"):
            raise OSError
    except OSError:
        pass
    assert known.heard(KEY, "44") == ""
