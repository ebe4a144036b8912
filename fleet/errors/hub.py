"""The hub, its history, its API and the command."""

from __future__ import annotations

from fleet.errors.kinds import FleetError


class StateDirectoryLocked(FleetError):
    """Another hub runs on the state directory {path}. Stop it first, or give this one a directory of its own."""


class TooFewOpenFiles(FleetError):
    """This process may open {limit} files, and {clusters} clusters need about {need}.
    Raise the hard limit (ulimit -Hn, LimitNOFILE=) before the hub is started."""

    limit: int
    need: int


class ListenFailed(FleetError):
    """The hub cannot listen on {where}: {reason}"""


class StoreUnavailable(FleetError):
    """The history cannot be read now: {reason}. The clusters are not concerned; it is tried again by itself."""

    retry = True


class NotThere(FleetError):
    """There is no {what} {name}."""


class DecisionRefused(FleetError):
    """It is refused {decision}: {reason}"""


class RequestInvalid(FleetError):
    """{message}"""


class HubUnreachable(FleetError):
    """The hub does not answer at {server}: {reason}. Does `fleet serve` run, with this registry?"""

    retry = True


class HubRefused(FleetError):
    """{message}"""

    status: int
    error: str


class CommandMisused(FleetError):
    """{message}"""


class DemoFailed(FleetError):
    """Step {step} of the demo did not happen: {missing}. Please report it, with what was printed."""

    step: int
    missing: str
