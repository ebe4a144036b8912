"""Libraries, stages and failures stay within their borders. The layers themselves are import-linter's contract."""

from __future__ import annotations

from tests.architecture import borders
from tests.architecture.sources import Module, modules


def violations(rule: object, found: tuple[Module, ...]) -> list[str]:
    assert callable(rule)
    return [said for module in found for said in rule(module)]


def test_every_library_is_used_in_its_home_only() -> None:
    assert violations(borders.homeless, modules("fleet")) == []


def test_every_exception_says_why() -> None:
    assert [pair for pair, why in borders.EXCEPTIONS.items() if len(why) < 10] == []


def test_plugins_and_what_is_written_as_one_see_only_the_sockets() -> None:
    assert violations(borders.beyond_sockets, modules("fleet", "plugins")) == []


def test_the_sandbox_knows_kubernetes_and_not_the_hub() -> None:
    assert violations(borders.sandbox_sees_too_much, modules("fleet")) == []


def test_pure_stages_have_no_clock_no_environment_and_no_io() -> None:
    assert violations(borders.impure, modules("fleet")) == []


def test_every_task_has_an_owner_and_a_name() -> None:
    assert violations(borders.loose_task, modules("fleet")) == []


def test_any_failure_at_all_is_handled_at_three_boundaries_only() -> None:
    assert violations(borders.broad_handler, modules("fleet", "plugins")) == []


def test_being_cancelled_is_passed_on() -> None:
    assert violations(borders.swallowed_cancel, modules("fleet", "plugins")) == []
