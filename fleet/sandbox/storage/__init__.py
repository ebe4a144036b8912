"""What one cluster holds: objects, one counter of resource versions, and the past that watches ask for.

In: whole objects, to be put or dropped. Out: what is there, at this moment or at a resource version of the past that is
still remembered; every change, to whoever listens. Objects are kept as the bytes they are sent as: a parsed one takes
seven times as much, and most are sent more often than they are changed.

Never here: a rule of Kubernetes. What may be put, and what becomes of it, is decided in `verbs`.
"""

from fleet.sandbox.storage.collection import Change, Collection
from fleet.sandbox.storage.store import Snapshot, Store
from fleet.sandbox.storage.stored import Stored

__all__ = ["Change", "Collection", "Snapshot", "Store", "Stored"]
