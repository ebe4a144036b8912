"""How controllers of the Gateway API say that they took something: conditions in each place, each of its own generation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fleet.health.rules.patience import changed, lapsing, moment
from fleet.health.rules.reading import Condition, conditions, is_true, optional_number, section, text
from fleet.health.rules.verdicts import degraded, progressing
from fleet.hooks import HealthContext
from fleet.model.health import Health

GROUP = "gateway.networking.k8s.io"
# Reasons of a condition that is False though it may come true by itself: what it needs may still be on its way.
WAITING = frozenset(
    "Pending NotReconciled AddressNotAssigned NoResources BackendNotFound InvalidCertificateRef Waiting "
    "GatewayNotProgrammed ListenersNotReady".split()
)
# True is bad.
NEGATIVE = ("Conflicted", "PartiallyInvalid")

Names = Sequence[tuple[str, ...]]


def problems(
    context: HealthContext, part: Mapping[str, Any], where: str, names: Names, *, demanded: bool = True
) -> Iterator[Health]:
    """What speaks against a place: the conditions of these names that are not True, and the bad ones that are.

    A name may have had another one before. `demanded`: one that nobody has told yet speaks against it too.
    """
    found = conditions({"status": part})
    for several in names:
        condition = next((found[name] for name in several if name in found), None)
        if condition is not None:
            yield from _against(context, condition, where)
        elif demanded:
            yield lapsing(context, changed(context), "NotReported", f"{where}no controller has told of {several[0]} yet")
    for name in NEGATIVE:
        if is_true(found.get(name)):
            yield degraded(found[name].reason or name, f"{where}{found[name]}")


def _against(context: HealthContext, condition: Condition, where: str) -> Iterator[Health]:
    generation = optional_number(section(context.live, "metadata"), "generation")
    if None not in (generation, condition.generation) and generation != condition.generation:
        said = f"{where}{condition.type} is of generation {condition.generation}, and the object is at {generation}"
        yield progressing("OldGeneration", said)
    elif is_true(condition):
        return
    elif condition.status != "False" or condition.reason in WAITING:
        since = moment(condition.since) or changed(context)
        yield lapsing(context, since, condition.reason or condition.type, f"{where}{condition}")
    else:
        yield degraded(condition.reason or condition.type, f"{where}{condition}")


def place_of(ref: Mapping[str, Any], namespace: str) -> tuple[str, str, str, str, str, str]:
    """What a reference to a parent points to, with the API's defaults: two that are equal are about one place."""
    group = ref.get("group")
    return (
        group if isinstance(group, str) else GROUP,
        text(ref, "kind") or "Gateway",
        text(ref, "namespace") or namespace,
        text(ref, "name"),
        text(ref, "sectionName"),
        str(ref.get("port", "")),
    )


def name_of(place: tuple[str, str, str, str, str, str]) -> str:
    """A place as a message names it: `Gateway infra/public, listener https`."""
    _, kind, namespace, name, listener, port = place
    return f"{kind} {namespace}/{name}" + (f", section {listener}" if listener else "") + (f", port {port}" if port else "")
