"""What no rule may depend on, tried on every object of the tables: order, fields that nobody knows, fields that are broken."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from fleet.model.health import HealthState
from tests.health import (
    test_gateways,
    test_other_kinds,
    test_owners,
    test_pods,
    test_pods_and_jobs,
    test_reporting_kinds,
    test_volumes,
    test_webhooks,
    test_workloads,
)
from tests.health.objects import judge

TABLES = (
    test_gateways.test_a_kind_of_the_gateway_api_is_healthy_when_every_place_has_taken_it,
    test_other_kinds.test_other_kinds_are_judged_by_what_they_report,
    test_owners.test_a_cron_job_is_judged_by_the_last_run_of_what_it_is,
    test_owners.test_pods_are_evidence_for_their_owner,
    test_pods.test_a_pod_says_which_container_hinders_it_and_why,
    test_pods_and_jobs.test_pods_and_jobs_are_judged_by_how_far_they_came,
    test_reporting_kinds.test_a_kind_is_judged_by_what_its_controller_reports,
    test_volumes.test_storage_is_judged_by_what_was_asked_and_what_is_there,
    test_webhooks.test_a_webhook_is_healthy_when_a_server_it_believes_answers,
    test_workloads.test_a_workload_is_healthy_when_all_of_its_pods_are_new_and_available,
)
# Maps of free keys: each key in them means something.
FREE = frozenset({"hard", "used", "requests", "capacity", "labels", "annotations", "matchLabels"})
JUNK = (
    None,
    "",
    "x",
    0,
    -1,
    2**70,
    1.5,
    True,
    [],
    {},
    [None],
    {"": None},
    ["x"],
    [[]],
    {"type": {}},
    "9999-12-31T23:59:59-23:59",
)


def _cases() -> Iterator[Any]:
    """Every row of the tables: an object, and what it is judged with."""
    for table in TABLES:
        for number, row in enumerate(table.pytestmark[0].args[1]):  # type: ignore[attr-defined]
            body, second = (*row.values, None)[:2]
            related = second if isinstance(second, list) else []
            yield pytest.param(body, related, id=f"{table.__module__.rpartition('.')[2]}-{number}-{row.id}")


CASES = list(_cases())


def shuffled(value: Any, dice: random.Random) -> Any:
    """The same with all lists and mappings in another order."""
    if isinstance(value, dict):
        return {name: shuffled(value[name], dice) for name in dice.sample(list(value), len(value))}
    return [shuffled(each, dice) for each in dice.sample(value, len(value))] if isinstance(value, list) else value


def extended(value: Any, name: str = "") -> Any:
    """The same with a field in every mapping that nobody knows."""
    if isinstance(value, dict):
        more = {} if name in FREE else {"unheardOf": [{"colour": "red"}]}
        return {each: extended(value[each], each) for each in value} | more
    return [extended(each, name) for each in value] if isinstance(value, list) else value


def broken(value: Any, dice: random.Random) -> Any:
    """The same with some values replaced by what should not stand there; what identifies it stays."""
    if dice.random() < 0.1:
        return dice.choice(JUNK)
    if isinstance(value, dict):
        return {name: broken(value[name], dice) for name in value}
    return [broken(each, dice) for each in value] if isinstance(value, list) else value


def broken_object(body: Any, dice: random.Random) -> Any:
    kept = {name: body["metadata"][name] for name in ("name", "namespace", "uid") if name in body["metadata"]}
    found = {name: broken(value, dice) for name, value in body.items() if name not in ("apiVersion", "kind", "metadata")}
    metadata = {name: broken(value, dice) for name, value in body["metadata"].items()} | kept
    return {**found, "apiVersion": body["apiVersion"], "kind": body["kind"], "metadata": metadata}


@pytest.mark.parametrize("body, related", CASES)
def test_neither_order_nor_unknown_fields_change_a_health(body: Any, related: list[Any]) -> None:
    dice = random.Random(1)
    whole = judge(body, *related)

    for _ in range(5):
        assert judge(shuffled(body, dice), *shuffled(related, dice)) == whole
    assert judge(extended(body), *map(extended, related)) == whole


@pytest.mark.parametrize("body, related", CASES)
def test_whatever_stands_in_a_field_a_rule_says_something(body: Any, related: list[Any]) -> None:
    for seed in range(40):
        dice = random.Random(seed)

        health = judge(broken_object(body, dice), *(broken_object(each, dice) for each in related))

        assert health.reason != "CheckFailed", (seed, health.message)
        assert health.message, seed
        assert health.again is None or health.again > 0, seed
        assert health.state in HealthState
