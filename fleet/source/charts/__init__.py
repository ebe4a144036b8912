"""Charts from HTTP and OCI repositories: fetched once by digest, then there for good.

In: the repositories the operator configured, a callable that resolves their credentials when they are needed, charts that
`charts.lock` names by version and digest. Out: the packaged chart, of exactly that content; for `fleet chart lock` the newest
version in a range and its digest.

Never here: a chart that is not asked for by digest, a repository that is not configured, a credential sent anywhere but to
its own repository.
"""

from fleet.source.charts.locking import resolved
from fleet.source.charts.store import ChartStore

__all__ = ["ChartStore", "resolved"]
