"""Waits until a hub's answer is what it should be, or for as long as somebody is ready to wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fleet.cli.frame.hubclient import HubClient
from fleet.cli.frame.progress import Lines, progress
from fleet.cli.frame.show import say
from fleet.errors import CommandMisused, DeadlineExceeded, FleetError, HubUnreachable
from fleet.model import durations

_STEP = 5.0  # seconds without a change after which it is asked again: some of it is a question of time alone
_PACE = 0.3  # seconds between two answers at least: a first sync changes hundreds of things a second
_SHARE = 5  # times as long as its answer took a hub is left alone: a large fleet's costs it much
_AGAIN = 1.0  # seconds before a hub that is being restarted is asked again

Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked again and again."""

    ask: Callable[[], Answer]
    ends: Callable[[Answer], object]
    """Whether an answer, by its truth, is the one that is waited for."""
    lines: Callable[[Answer], Lines]
    """What an answer says is still waited for."""


class Patience:
    """How long something is waited for; it begins when this is made."""

    def __init__(self, text: str) -> None:
        found = durations.seconds(text)
        if found is None:
            raise CommandMisused(message=f"--timeout {text!r}: write it as 90s, 10m or 1h30m")
        self.seconds = found
        self._began = time.monotonic()
        self._progress = progress()
        self._took = 0.0
        self._told = False

    @property
    def left(self) -> float:
        """Seconds that are left, 0 at the end."""
        return max(0.0, self._began + self.seconds - time.monotonic())

    def until(self, hub: HubClient, question: Question) -> tuple[Answer, bool]:
        """Ask now and after each change, until an answer ends it or the time does; gives the last one, and whether it did.

        A hub that does not answer at first is an error; one that goes away later is being restarted, or its machine stands still,
        and it is asked again.
        """
        answer = question.ask()
        while True:
            began = time.monotonic()
            ends = bool(question.ends(answer))
            self._progress.show(question.lines(answer), began - self._began)
            if ends or not self.left:
                self._progress.end()
                return answer, ends
            answer = self._next(hub, question, answer)

    def _next(self, hub: HubClient, question: Question, before: Answer) -> Answer:
        """The answer after the next change; the one before when the time was over first."""
        time.sleep(min(max(_PACE, _SHARE * self._took), self.left))
        while self.left:
            try:
                step = min(self.left, _STEP)
                hub.get("wait", {"seen": hub.rings, "timeout": step}, seconds=step + 10)
                asked = time.monotonic()
                answer = question.ask()
            except (HubUnreachable, DeadlineExceeded) as error:
                self._tell(error)
                time.sleep(min(_AGAIN, self.left))
            else:
                self._told, self._took = False, time.monotonic() - asked
                return answer
        return before

    def _tell(self, error: FleetError) -> None:
        if not self._told:
            say(f"fleet: {error}")
        self._told = True
