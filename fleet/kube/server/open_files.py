"""How many connections this process may have: raise the limit as far as allowed, and say when that is not enough."""

from __future__ import annotations

import resource

from fleet.errors import TooFewOpenFiles

# Per cluster: a watch for each of some ten kinds and for our own ConfigMaps, and a few connections for requests.
_PER_CLUSTER = 16
# Repository, database, caches, renderers and their pipes, people.
_OTHERS = 256


def raise_open_files() -> int:
    """Raise this process's limit of open files to its hard limit; gives the limit in force."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        hard = max(soft, 1_048_576)  # Linux refuses more than fs.nr_open, of which this is the default
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def open_files_needed(clusters: int) -> int:
    """About how many open files so many clusters take."""
    return _OTHERS + _PER_CLUSTER * clusters


def check_open_files(clusters: int) -> int:
    """Raise the limit and compare it with the need of so many clusters; gives the limit. Raises TooFewOpenFiles."""
    limit, need = raise_open_files(), open_files_needed(clusters)
    if limit < need:
        raise TooFewOpenFiles(limit=limit, need=need, clusters=clusters)
    return limit
