"""Every error of ours.

Each class says in its docstring what the user reads: one or two sentences with the facts in braces, and what to do about
it. Facts are keyword arguments and become attributes. `retry` is the policy, as data: whether trying the same thing again,
with nothing changed, may succeed.

Everybody imports from here, whichever room an error stands in, so that one can move without anybody noticing. A new one is
written in its room and named here. Never here: a decision about what to do, a secret, a whole object.
"""

from fleet.errors.hub import CommandMisused as CommandMisused
from fleet.errors.hub import DecisionRefused as DecisionRefused
from fleet.errors.hub import DemoFailed as DemoFailed
from fleet.errors.hub import HubRefused as HubRefused
from fleet.errors.hub import HubUnreachable as HubUnreachable
from fleet.errors.hub import ListenFailed as ListenFailed
from fleet.errors.hub import NotThere as NotThere
from fleet.errors.hub import RequestInvalid as RequestInvalid
from fleet.errors.hub import StateDirectoryLocked as StateDirectoryLocked
from fleet.errors.hub import StoreUnavailable as StoreUnavailable
from fleet.errors.hub import TooFewOpenFiles as TooFewOpenFiles
from fleet.errors.kinds import FleetError as FleetError
from fleet.errors.kinds import LocatedError as LocatedError
from fleet.errors.kinds import SeveralErrors as SeveralErrors
from fleet.errors.kubernetes import ApiConflict as ApiConflict
from fleet.errors.kubernetes import ApiError as ApiError
from fleet.errors.kubernetes import ClusterError as ClusterError
from fleet.errors.kubernetes import ClusterUnreachable as ClusterUnreachable
from fleet.errors.kubernetes import Disconnected as Disconnected
from fleet.errors.kubernetes import DiscoveryIncomplete as DiscoveryIncomplete
from fleet.errors.kubernetes import Expired as Expired
from fleet.errors.kubernetes import Forbidden as Forbidden
from fleet.errors.kubernetes import InventoryUnreadable as InventoryUnreadable
from fleet.errors.kubernetes import KindUnknown as KindUnknown
from fleet.errors.kubernetes import LeaseLost as LeaseLost
from fleet.errors.kubernetes import NotFound as NotFound
from fleet.errors.kubernetes import NotServed as NotServed
from fleet.errors.kubernetes import ObjectReplaced as ObjectReplaced
from fleet.errors.kubernetes import ObserveOnly as ObserveOnly
from fleet.errors.kubernetes import OwnChanged as OwnChanged
from fleet.errors.kubernetes import RecordNotWritten as RecordNotWritten
from fleet.errors.kubernetes import RecordTooLarge as RecordTooLarge
from fleet.errors.kubernetes import RecordUnreadable as RecordUnreadable
from fleet.errors.kubernetes import Rejected as Rejected
from fleet.errors.kubernetes import TooManyRequests as TooManyRequests
from fleet.errors.kubernetes import Unauthorized as Unauthorized
from fleet.errors.kubernetes import WayInInvalid as WayInInvalid
from fleet.errors.rendering import NoScratch as NoScratch
from fleet.errors.rendering import ObjectInvalid as ObjectInvalid
from fleet.errors.rendering import PluginBroken as PluginBroken
from fleet.errors.rendering import PluginFailed as PluginFailed
from fleet.errors.rendering import ProgramFailed as ProgramFailed
from fleet.errors.rendering import ProgramRefused as ProgramRefused
from fleet.errors.rendering import RenderError as RenderError
from fleet.errors.rendering import RenderInvalid as RenderInvalid
from fleet.errors.rendering import RenderUnstable as RenderUnstable
from fleet.errors.rendering import SourceInvalid as SourceInvalid
from fleet.errors.rendering import UndeclaredInput as UndeclaredInput
from fleet.errors.repository import BranchMissing as BranchMissing
from fleet.errors.repository import ChartChanged as ChartChanged
from fleet.errors.repository import ChartMissing as ChartMissing
from fleet.errors.repository import ChartNotLocked as ChartNotLocked
from fleet.errors.repository import ChartRepositoryUnknown as ChartRepositoryUnknown
from fleet.errors.repository import ChartUnreachable as ChartUnreachable
from fleet.errors.repository import ConfigError as ConfigError
from fleet.errors.repository import ConfigInvalid as ConfigInvalid
from fleet.errors.repository import CopyDamaged as CopyDamaged
from fleet.errors.repository import DeclarationInvalid as DeclarationInvalid
from fleet.errors.repository import FieldInvalid as FieldInvalid
from fleet.errors.repository import FileMissing as FileMissing
from fleet.errors.repository import LookUncertain as LookUncertain
from fleet.errors.repository import MappingError as MappingError
from fleet.errors.repository import NotKnownYet as NotKnownYet
from fleet.errors.repository import ObjectLost as ObjectLost
from fleet.errors.repository import PathRefused as PathRefused
from fleet.errors.repository import RevisionUnknown as RevisionUnknown
from fleet.errors.repository import SecretMissing as SecretMissing
from fleet.errors.repository import SourceRefused as SourceRefused
from fleet.errors.repository import SourceUnreachable as SourceUnreachable
from fleet.errors.repository import TemplateFailed as TemplateFailed
from fleet.errors.running import DeadlineExceeded as DeadlineExceeded
from fleet.errors.running import LoopEnded as LoopEnded
from fleet.errors.running import OutputTooLarge as OutputTooLarge
from fleet.errors.running import ProcessDied as ProcessDied
from fleet.errors.running import ProcessNotStarted as ProcessNotStarted
from fleet.errors.running import ProcessTimedOut as ProcessTimedOut
from fleet.errors.running import QueueClosed as QueueClosed
from fleet.errors.sandbox import ApiStatus as ApiStatus
from fleet.errors.syncing import AdoptionRefused as AdoptionRefused
from fleet.errors.syncing import ClaimedTwice as ClaimedTwice
from fleet.errors.syncing import IgnoreDriftInvalid as IgnoreDriftInvalid
from fleet.errors.syncing import LeavingUntold as LeavingUntold
from fleet.errors.syncing import ObjectFailed as ObjectFailed
from fleet.errors.syncing import SyncCrashed as SyncCrashed
from fleet.errors.syncing import SyncHookFailed as SyncHookFailed
from fleet.errors.syncing import Unsettled as Unsettled
from fleet.errors.syncing import WaitedTooLong as WaitedTooLong
from fleet.errors.text import DuplicateKey as DuplicateKey
from fleet.errors.text import LimitExceeded as LimitExceeded
from fleet.errors.text import YamlError as YamlError
