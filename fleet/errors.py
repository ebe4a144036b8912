"""Every error of ours.

Each class says in its docstring what the user reads: one or two sentences with the facts in braces, and what to do about
it. Facts are keyword arguments and become attributes. `retry` is the policy, as data: whether trying the same thing again,
with nothing changed, may succeed.
"""

from __future__ import annotations

import inspect
from typing import Any, ClassVar


class FleetError(Exception):
    """Something went wrong: {message}"""

    retry: ClassVar[bool] = False

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        for name, value in facts.items():
            setattr(self, name, value)
        super().__init__(self.text())

    def text(self) -> str:
        """Say the class's docstring with this error's facts filled in, on one line."""
        template = " ".join(inspect.cleandoc(type(self).__doc__ or "").split())
        return template.format(**self.facts)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.facts))


def _rebuild(kind: type[FleetError], facts: dict[str, Any]) -> FleetError:
    return kind(**facts)


class LocatedError(FleetError):
    """{file}:{line}: {message}"""

    file: str
    line: int


class YamlError(LocatedError):
    """{file}:{line}: {message}"""


class LimitExceeded(YamlError):
    """{file}:{line}: {message}; the limit is {limit} ({setting})"""


# --- k8syaml: reading text as Kubernetes reads it ---


class DuplicateKey(YamlError):
    """{file}:{line}: the key {key!r} stands here and already at line {first}; remove one of the two"""

    key: str
    first: int


# --- aio: waiting, looping, running ---


class DeadlineExceeded(FleetError):
    """{what} was not done within {seconds:g} s"""

    retry = True
    what: str
    seconds: float


class LoopEnded(FleetError):
    """{name} is a loop that should never end, and it ended; this is a bug, please report it"""

    name: str


class QueueClosed(FleetError):
    """The queue {name} is closed and gives out no more work"""

    name: str


class ProcessTimedOut(DeadlineExceeded):
    """{what} was not done within {seconds:g} s and was killed"""


class ProcessNotStarted(FleetError):
    """{what} could not be started: {reason}"""

    what: str
    reason: str


class ProcessDied(FleetError):
    """The process that ran {what} ended without an answer (exit code {returncode})"""

    retry = True
    what: str
    returncode: int


class OutputTooLarge(FleetError):
    """{what} wrote more than {limit} bytes and was killed; the limit is {limit} ({setting})"""

    what: str
    limit: int
    setting: str
