"""History: what was synced, what each Sync changed, what drifted. SQLite in WAL mode, or a database by its URL.

In: SyncReports and Drifts, as they happen. Out: `PastSync`, `PastChange`, `PastDrift`, newest first, for people's questions.

Nothing that happens to a cluster depends on it. Recording never waits: it goes through a bounded queue to one writer, which
makes the database anew when it was deleted, sets a damaged one aside, and tries again while it is locked or unreachable;
what is lost meanwhile is counted. A question that cannot be answered raises StoreUnavailable, and is never an empty answer.

Never here: desired state, what is ours, anything a decision is based on, the value of a Secret.
"""

from fleet.store.records import PastChange, PastDrift, PastSync
from fleet.store.store import Store, sqlite_url
from fleet.store.writing import Keep

__all__ = ["Keep", "PastChange", "PastDrift", "PastSync", "Store", "sqlite_url"]
