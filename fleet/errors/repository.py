"""The registry, the repository, and what its tree declares."""

from __future__ import annotations

from fleet.errors.kinds import FleetError, LocatedError, SeveralErrors


class ConfigError(LocatedError):
    """{file}:{line}: {message}"""


class ConfigInvalid(SeveralErrors):
    """The registry is wrong; said as its errors, each with the line and what to write instead."""


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
    """The copy of {url} has lost object {object}: it was deleted or damaged. It is fetched anew;
    nothing is changed until then."""

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


class DeclarationInvalid(SeveralErrors):
    """A document that declares Apps is wrong; said as its errors."""


class FieldInvalid(FleetError):
    """{message}, at {at}."""

    at: str
    message: str


class TemplateFailed(FleetError):
    """The template cannot be filled: {reason}."""

    reason: str


class NotKnownYet(FleetError):
    """{key} is not known yet: what a declaration looks at may be in a render that is still to come."""


class LookUncertain(FleetError):
    """{key} was not found, and may be in what could not be read or rendered of this cluster; mend that first."""


class ChartNotLocked(LocatedError):
    """{file}:{line}: chart {chart} is not in charts.lock: run fleet chart lock, and commit what it wrote"""


class ChartRepositoryUnknown(FleetError):
    """No repository {repository} is configured, and {chart} is not in the cache. Name it under charts: in the registry."""


class ChartUnreachable(FleetError):
    """{url} could not be fetched: {reason}"""

    retry = True
    url: str


class ChartMissing(FleetError):
    """Repository {repository} has no chart {chart} in a version that fits."""


class ChartChanged(FleetError):
    """{chart} is not what charts.lock says: its digest is {found}, and {digest} was locked. Somebody published the version anew;
    look at what changed, and run fleet chart lock --upgrade to take it."""
