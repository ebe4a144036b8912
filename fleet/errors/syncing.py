"""Planning and syncing one App."""

from __future__ import annotations

from fleet.errors.kinds import FleetError


class ObjectFailed(FleetError):
    """{origin}: {key}: {reason}"""


class SyncHookFailed(FleetError):
    """{origin}: {phase} hook {key} failed; it runs again when a commit changes the App, or by `fleet sync`. {reason}"""


class LeavingUntold(FleetError):
    """Whether App {app}, which was removed, has hooks that come before its deletes could not be told: {reason}. Nothing of it
    is deleted until that is known; or declare it again, let it be applied, and remove it then.
    """

    retry = True


class WaitedTooLong(FleetError):
    """App {app} has waited since {since}, longer than its timeout ({timeout}): {reason}. It goes on when that changes."""

    retry = True


class ClaimedTwice(FleetError):
    """{origin}: {key} is already claimed by App {owner} ({owner_origin}); it is applied for that App only"""


class AdoptionRefused(FleetError):
    """{origin}: {key} exists and is not ours: {reason}"""


class IgnoreDriftInvalid(FleetError):
    """{annotation}: {value!r} is not understood: {reason}. The object is neither healed nor overwritten until it is mended."""


class Unsettled(FleetError):
    """What became of {key} is not known: {reason}"""

    retry = True


class SyncCrashed(FleetError):
    """{app}: the Sync crashed ({reason}). This is a fault of the hub's: please report it with the log."""

    retry = True
