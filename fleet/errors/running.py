"""Waiting, looping, and running processes."""

from __future__ import annotations

from fleet.errors.kinds import FleetError


class DeadlineExceeded(FleetError):
    """{what} was not done within {seconds:g} s"""

    retry = True
    what: str
    seconds: float


class LoopEnded(FleetError):
    """{name} should run for ever, and it ended: {reason}"""

    name: str
    reason: str


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
