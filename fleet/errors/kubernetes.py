"""The Kubernetes API: the way in, what a server answers, what is kept there."""

from __future__ import annotations

from fleet.errors.kinds import FleetError


class ClusterError(FleetError):
    """{cluster}: {reason}"""


class WayInInvalid(ClusterError):
    """{cluster}: its way in cannot be used: {reason}"""

    retry = True


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


class NotServed(ApiError):
    """{cluster}: nothing is served at {path}: {reason}. Whether an object is there cannot be told."""


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


class DiscoveryIncomplete(ClusterError):
    """{cluster}: whether {kind} is served could not be told: {reason}. Nothing of that kind is deleted."""

    retry = True


class LeaseLost(ClusterError):
    """{cluster}: this hub does not hold the cluster's lease: {reason}. Nothing is written."""

    retry = True


class ObserveOnly(ClusterError):
    """{cluster} is only observed: {reason}"""


class ObjectReplaced(ClusterError):
    """{cluster}: {key} is no longer the object that was read ({reason}); it is planned anew"""

    retry = True


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


class OwnChanged(ClusterError):
    """{cluster}: somebody else changed the hub's ConfigMap {name}; everything is read again"""

    retry = True
