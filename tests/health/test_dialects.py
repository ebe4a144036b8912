"""The table of operators' dialects: every row is told right by the one rule, and none is Healthy without evidence."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from fleet.health import assess
from fleet.health.rules.dialects.known import known, rows
from fleet.hooks import HealthContext
from fleet.model.declared import Declared
from fleet.model.health import Health, HealthState
from fleet.model.keys import ObjectKey
from tests.health import dialect_page
from tests.health.objects import NOW, REGISTRY, condition, judge
from tests.health.table import STATES, Dialect, dialects

LONG_AGO = {"last_write": NOW - timedelta(hours=1)}
ROWS = [pytest.param(row, id=f"{row.operator}: {row.name}") for row in dialects()]
LOUD = [pytest.param(row, id=f"{row.operator}: {row.name}") for row in dialects() if not row.silent]
SILENT = [pytest.param(row, id=f"{row.operator}: {row.name}") for row in dialects() if row.silent]
SEEDS = pytest.mark.parametrize("seed", [1, secrets.randbelow(1_000_000)], ids=["seed 1", "random seed"])


def examples() -> Iterator[tuple[Dialect, str, Mapping[str, Any]]]:
    for row in dialects():
        yield from ((row, state, example) for state in STATES for example in row.examples[state])


EXAMPLES = [
    pytest.param(row, state, example, id=f"{row.operator}: {row.name} is {state} ({number})")
    for number, (row, state, example) in enumerate(examples())
]


@pytest.mark.parametrize("row, state, example", EXAMPLES)
def test_every_row_is_told_as_its_operator_means_it(row: Dialect, state: str, example: Mapping[str, Any]) -> None:
    health = judge(row.body(example), **LONG_AGO)

    assert (str(health.state).lower(), health.message) == (state, health.message)


@pytest.mark.parametrize("row, state, example", EXAMPLES)
def test_every_verdict_names_the_field_or_the_condition_that_gave_it(
    row: Dialect, state: str, example: Mapping[str, Any]
) -> None:
    body = row.body(example)
    types = {found["type"] for found in conditions_in(body.get("status")) if found.get("type")}

    message = judge(body, **LONG_AGO).message

    assert any(
        name in message
        for name in ("status.", "spec", "annotation", "generation", "has not yet", "its status says nothing", *types)
    )


@pytest.mark.parametrize("row", LOUD)
@pytest.mark.parametrize(
    "status",
    [
        pytest.param(None, id="no status"),
        pytest.param({}, id="an empty status"),
        pytest.param({"observedGeneration": 2}, id="only the generation"),
        pytest.param({"conditions": []}, id="no conditions"),
        pytest.param({"observedGeneration": 2, "url": "https://it"}, id="nothing of its health"),
    ],
)
def test_no_row_is_healthy_before_it_has_reported(row: Dialect, status: Any) -> None:
    body = row.body({} if status is None else {"status": status})
    reported = row.generation and bool(status) and "observedGeneration" in status

    assert judge(body, **LONG_AGO).state is (HealthState.HEALTHY if reported else HealthState.PROGRESSING)


@pytest.mark.parametrize("row, state, example", [each for each in EXAMPLES if each.values[1] == "healthy"])
def test_no_row_is_healthy_by_a_status_of_an_older_generation(row: Dialect, state: str, example: Mapping[str, Any]) -> None:
    body = without_generations(row.body(example))
    body["status"]["observedGeneration"] = 1
    body["metadata"]["generation"] = 2

    assert judge(body, **LONG_AGO).state is not HealthState.HEALTHY


@pytest.mark.parametrize("row, state, example", [each for each in EXAMPLES if each.values[1] == "healthy"])
def test_no_row_is_healthy_beside_evidence_of_failure(row: Dialect, state: str, example: Mapping[str, Any]) -> None:
    body = row.body(example)
    found = body["status"].get("conditions", [])
    body["status"]["conditions"] = [*found, condition("Stalled=True RetriesExhausted")]

    assert judge(body, **LONG_AGO).state is HealthState.DEGRADED


@pytest.mark.parametrize("row", SILENT)
def test_a_kind_known_to_say_nothing_is_not_waited_for_whatever_its_definition_declares(row: Dialect) -> None:
    body, declared = row.body({}), Declared(status=True, conditions=True)

    assert judge(body, last_write=NOW, declared=declared).state is HealthState.PROGRESSING
    assert judge(body, declared=declared, **LONG_AGO).state is HealthState.HEALTHY


@SEEDS
def test_the_order_of_conditions_changes_no_verdict(seed: int) -> None:
    print(f"the seed is {seed}")
    drawn = random.Random(seed)
    bodies = [row.body(example) for row, _, example in examples()]

    assert [judge(shuffled(body, drawn), **LONG_AGO) for body in bodies] == [judge(body, **LONG_AGO) for body in bodies]


@SEEDS
def test_fields_that_say_nothing_change_no_verdict(seed: int) -> None:
    print(f"the seed is {seed}")
    drawn = random.Random(seed)
    bodies = [row.body(example) for row, _, example in examples() if "status" in example]
    extended = [{**body, "status": {**body["status"], **noise(drawn)}} for body in bodies]

    assert [judge(body, **LONG_AGO) for body in extended] == [judge(body, **LONG_AGO) for body in bodies]


@SEEDS
def test_evidence_of_failure_is_outlived_only_by_a_new_observation(seed: int) -> None:
    """Histories of statuses drawn from the table: between two observations time passes and we write, and nothing gets better."""
    print(f"the seed is {seed}")
    drawn = random.Random(seed)
    better = []
    for row in dialects():
        for _ in range(10):
            body = row.body(drawn.choice([example for state in STATES for example in row.examples[state]] or [{}]))
            first = at(body, NOW, last_write=NOW - timedelta(hours=1))
            hours = drawn.randrange(1, 1000)
            later = at(body, NOW + timedelta(hours=hours), last_write=NOW + timedelta(hours=drawn.randrange(hours)))
            if first.state is HealthState.DEGRADED and later != first:
                better.append((row.kind, first, later))

    assert better == []


def test_the_table_has_the_operators_that_clusters_run() -> None:
    assert len({row.operator for row in dialects()}) >= 60
    assert len({row.kind for row in dialects()}) == len(dialects())


@pytest.mark.parametrize("row", ROWS)
def test_every_row_has_a_source_and_examples(row: Dialect) -> None:
    assert row.source.startswith("https://")
    assert row.reports
    assert row.silent or (row.examples["healthy"] and (row.examples["degraded"] or row.examples["progressing"]))


@pytest.mark.parametrize("row", ROWS)
def test_the_product_knows_of_every_row_that_it_reports(row: Dialect) -> None:
    facts = known(row.group, row.name)

    assert facts.reports == "never" if row.silent else facts.reports in ("status", "trouble", "generation")
    assert (facts.reports == "generation") == row.generation


def test_the_product_claims_of_no_kind_that_it_reports_without_a_row() -> None:
    told = {(row.group, name) for row in dialects() for name in (row.name, *row.also)}
    claimed = {key for key, facts in rows().items() if facts.reports != "never" and "*" not in "".join(key)}

    assert claimed - told == set()


def test_every_row_is_in_the_reference() -> None:
    text = dialect_page.PAGE.read_text(encoding="utf-8")

    assert text == dialect_page.whole(text), "the page is old: make docs"


def test_hints_are_few() -> None:
    told = set(map(id, rows().values()))
    beyond = {id(facts) for facts in rows().values() if facts.words or facts.ignore or facts.verdicts or facts.runs is not None}

    assert len(beyond) < len(told) / 5


# ── what the tests turn statuses into ───────────────────────────────────────────────────────────


def at(body: Mapping[str, Any], now: datetime, **facts: Any) -> Health:
    check = REGISTRY.health_check(ObjectKey.of(body).group_kind)
    return assess(HealthContext(live=body, now=now, **facts), check)


def conditions_in(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from (each for each in inner if isinstance(each, Mapping)) if name == "conditions" else conditions_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from conditions_in(inner)


def without_generations(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: without_generations(inner) for name, inner in value.items() if name != "observedGeneration"}
    return [without_generations(inner) for inner in value] if isinstance(value, list) else value


def shuffled(value: Any, drawn: random.Random, name: str = "") -> Any:
    if isinstance(value, Mapping):
        return {key: shuffled(inner, drawn, key) for key, inner in drawn.sample(list(value.items()), len(value))}
    if isinstance(value, list):
        inner = [shuffled(each, drawn) for each in value]
        return drawn.sample(inner, len(inner)) if name == "conditions" else inner
    return value


def noise(drawn: random.Random) -> dict[str, Any]:
    """Fields whose names say nothing of health, with values that would, under another name."""
    values = ["Failed", "True", 3, True, None, ["Error"], {"flavour": "Degraded"}, [{"colour": "red"}]]
    return {f"unheardOf{drawn.randrange(100)}": drawn.choice(values) for _ in range(drawn.randrange(1, 5))}
