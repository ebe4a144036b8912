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


# ── the registry and the repository ─────────────────────────────────────────────────────────────


class ConfigError(LocatedError):
    """{file}:{line}: {message}"""


class ConfigInvalid(FleetError):
    """{file} has {count} errors:
    {message}"""

    errors: tuple[ConfigError, ...]

    def text(self) -> str:
        """One line per error: they are all said at once."""
        return "\n".join(str(error) for error in self.facts["errors"])


class SecretMissing(FleetError):
    """The secret {reference} could not be read: {reason}. Set it before the hub is started."""

    retry = True


class SourceUnreachable(FleetError):
    """{url} could not be fetched: {reason}. It is tried again; until then the last fetched commit stands."""

    retry = True


class SourceRefused(FleetError):
    """{url} refused the credential: {reason}. Check source.credential in the registry."""

    retry = True


class BranchMissing(FleetError):
    """{url} has no branch {branch}. Nothing is changed or deleted on its account."""

    retry = True


class RevisionUnknown(FleetError):
    """{url} has no commit called {name}, or it was not fetched."""


class ObjectLost(FleetError):
    """The copy of {url} has lost object {object}: it was deleted or damaged. It is fetched anew; nothing is changed until then."""

    retry = True


class CopyDamaged(FleetError):
    """The copy of {url} could not take what was fetched: {reason}. It is made anew."""

    retry = True
    reason: str


class FileMissing(FleetError):
    """There is no file {path} at commit {commit}."""


class PathRefused(FleetError):
    """{path} is refused: {reason}. A path must stay inside the repository and be a plain file or directory."""


class MappingError(LocatedError):
    """{file}:{line}: {message}"""


# ── rendering ───────────────────────────────────────────────────────────────────────────────────


class RenderError(FleetError):
    """{path} could not be rendered: {reason}"""


class ObjectInvalid(LocatedError):
    """{file}:{line}: {message}"""


class RenderInvalid(RenderError):
    """{path} could not be rendered: {reason}"""

    errors: tuple[FleetError, ...]

    def text(self) -> str:
        """One line per error: they are all said at once."""
        return "\n".join(str(error) for error in self.facts["errors"])


class SourceInvalid(LocatedError):
    """{file}:{line}: {message}"""


class UndeclaredInput(RenderError):
    """{path} was read by a renderer that does not name it among its inputs. It is the renderer's mistake."""


class ProgramRefused(FleetError):
    """{program} cannot be run here: only an async render may run a program."""


class ProgramFailed(FleetError):
    """{program} failed: {reason}"""

    program: str
    reason: str


class NoScratch(FleetError):
    """Nothing can be rendered, because no private directory can be made in {where}: {reason}"""

    retry = True


class PluginFailed(FleetError):
    """Plugin {plugin} failed in {function}: {reason}"""


class PluginBroken(FleetError):
    """Plugin {plugin} could not be loaded and is not used: {reason}"""


# ── the Kubernetes API ──────────────────────────────────────────────────────────────────────────


class ClusterError(FleetError):
    """{cluster}: {reason}"""


class ClusterUnreachable(ClusterError):
    """{cluster} could not be reached: {reason}"""

    retry = True


class Disconnected(ClusterUnreachable):
    """{cluster} closed the connection: {reason}"""


class ApiError(ClusterError):
    """{cluster}: {verb} {path} was answered {status}: {reason}"""

    retry = True
    status: int
    code: str
    """The word for machines in the server's Status: `AlreadyExists`, `Conflict`, `Invalid`…"""


class Unauthorized(ApiError):
    """{cluster} refused the credential ({status}): {reason}"""


class Forbidden(ApiError):
    """{cluster}: {verb} {path} is forbidden: {reason}. Grant it to the hub's user."""


class NotFound(ApiError):
    """{cluster}: {path} does not exist: {reason}"""


class ApiConflict(ApiError):
    """{cluster}: {verb} {path} conflicts: {reason}"""

    causes: tuple[tuple[str, str], ...]
    """(field, message) of each conflict the server named; the message of an apply conflict names the manager."""


class Rejected(ApiError):
    """{cluster}: {path} was rejected ({status}): {reason}"""


class Expired(ApiError):
    """{cluster}: {path}: the resource version is too old ({status}): {reason}"""


class TooManyRequests(ApiError):
    """{cluster} asked for patience ({status}); next try in {retry_after} s"""

    retry_after: float


class KindUnknown(ClusterError):
    """{cluster} serves no kind {kind} in {group_version}. Is its CustomResourceDefinition there?"""

    retry = True


class LeaseLost(ClusterError):
    """{cluster}: this hub does not hold the cluster's lease: {reason}. Nothing is written."""

    retry = True


class ObserveOnly(ClusterError):
    """{cluster} is only observed: {reason}"""


# ── what is kept in the cluster ─────────────────────────────────────────────────────────────────


class InventoryUnreadable(ClusterError):
    """{cluster}: ConfigMap {namespace}/{name}, a part of an App's Inventory, cannot be read: {reason}.
    Nothing of that App is touched until it is mended or the cluster is adopted."""

    name: str


class RecordUnreadable(ClusterError):
    """{cluster}: ConfigMap {namespace}/{name}, a part of the Record, cannot be read: {reason}.
    Nothing is written to the cluster until it is mended or the cluster is adopted."""

    name: str


class RecordNotWritten(ClusterError):
    """{cluster}: what happened to App {app} could not be written to the Record: {reason}"""

    retry = True


class RecordTooLarge(ClusterError):
    """{cluster}: the Record entry of App {app} would take {size} bytes; the limit is {limit}"""


class ObjectReplaced(ClusterError):
    """{cluster}: {key} is no longer the object that was read ({reason}); it is planned anew"""

    retry = True


# ── the way to a cluster ────────────────────────────────────────────────────────────────────────


class WayInInvalid(ClusterError):
    """{cluster}: its way in cannot be used: {reason}"""

    retry = True


class DiscoveryIncomplete(ClusterError):
    """{cluster}: whether {kind} is served could not be told: {reason}. Nothing of that kind is deleted."""

    retry = True


class Unsettled(FleetError):
    """What became of {key} is not known: {reason}"""

    retry = True


class TooFewOpenFiles(FleetError):
    """This process may open {limit} files, and {clusters} clusters need about {need}.
    Raise the hard limit (ulimit -Hn, LimitNOFILE=) before the hub is started."""

    limit: int
    need: int


# ── planning and syncing ────────────────────────────────────────────────────────────────────────


class ObjectFailed(FleetError):
    """{origin}: {key}: {reason}"""


class ClaimedTwice(FleetError):
    """{origin}: {key} is already claimed by App {owner} ({owner_origin}); it is applied for that App only"""


class AdoptionRefused(FleetError):
    """{origin}: {key} exists and is not ours: {reason}"""


# ── what may differ ──────────────────────────────────────────────────────────────────────────────


class IgnoreDriftInvalid(FleetError):
    """{annotation}: {value!r} is not understood: {reason}. The object is neither healed nor overwritten until it is mended."""


# ── the hub ─────────────────────────────────────────────────────────────────────────────────────


class StateDirectoryLocked(FleetError):
    """Another hub runs on the state directory {path}. Stop it first, or give this one a directory of its own."""


class NotThere(FleetError):
    """There is no {what} {name}."""


# ── the clusters/ tree ──────────────────────────────────────────────────────────────────────────


class DeclarationInvalid(FleetError):
    """A document that declares Apps is wrong."""

    errors: tuple[FleetError, ...]

    def text(self) -> str:
        """One line per error: they are all said at once."""
        return "\n".join(str(error) for error in self.facts["errors"])


class SyncCrashed(FleetError):
    """{app}: the Sync crashed ({reason}). This is a fault of the hub's: please report it with the log."""

    retry = True


class OwnChanged(ClusterError):
    """{cluster}: somebody else changed the hub's ConfigMap {name}; everything is read again"""

    retry = True


# ── history ─────────────────────────────────────────────────────────────────────────────────────


class StoreUnavailable(FleetError):
    """The history cannot be read now: {reason}. The clusters are not concerned; it is tried again by itself."""

    retry = True


class DecisionRefused(FleetError):
    """It is refused {decision}: {reason}"""


# ── the API and the command ─────────────────────────────────────────────────────────────────────


class RequestInvalid(FleetError):
    """{message}"""


class ListenFailed(FleetError):
    """The hub cannot listen on {where}: {reason}"""


class HubUnreachable(FleetError):
    """The hub does not answer at {server}: {reason}. Does `fleet serve` run, with this registry?"""

    retry = True


class HubRefused(FleetError):
    """{message}"""

    status: int
    error: str


class CommandMisused(FleetError):
    """{message}"""
