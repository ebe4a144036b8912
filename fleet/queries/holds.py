"""What is held, and the words that let it through."""

from __future__ import annotations

from fleet.hub.hub import Hub
from fleet.model.keys import AppKey
from fleet.model.plan import Hold
from fleet.queries.answers import HoldAnswer
from fleet.queries.asked import Asked, runtimes_of


def holds(hub: Hub, asked: Asked) -> tuple[HoldAnswer, ...]:
    """Every Hold that a Plan waits for, each once, with the Plans that do; the one that holds most first."""
    clusters = {runtime.name for runtime in runtimes_of(hub, asked)}
    found: dict[str, tuple[Hold, list[AppKey]]] = {}
    for key, report in hub.state.reports.items():
        if key.cluster in clusters and asked.app in ("", key.app) and report.plan is not None:
            for hold in report.plan.holds:
                found.setdefault(hold.word, (hold, []))[1].append(key)
    answers = [hold_answer(hold, *keys) for hold, keys in found.values()]
    return tuple(sorted(answers, key=lambda each: (-len(each.objects), each.word)))


def hold_answer(hold: Hold, *apps: AppKey) -> HoldAnswer:
    """Say a Hold."""
    return HoldAnswer(
        guard=hold.guard,
        reason=hold.reason,
        word=hold.word,
        objects=tuple(f"{cluster} {key}" for cluster, key in sorted(hold.keys)),
        apps=tuple(str(app) for app in sorted(apps)),
    )
