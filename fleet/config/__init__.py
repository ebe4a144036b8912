"""clusters.yaml → FleetConfig: the Source, the registered clusters and the ways into them, the hub's settings.

In: the path of the operator's file. Out: one frozen FleetConfig, or ConfigInvalid with every error at once, each with file
and line and what to write instead; an unknown field names the nearest known one. Relative paths are relative to the file.

Secrets stay references (`env:NAME`, `file:PATH`); `resolve` reads one afresh each time it is asked. A plain secret in the
file is refused and never repeated.

Never here: the monorepo, a network, whether a file named in the registry exists, a default that depends on the machine.
"""

from fleet.config.loading import FleetConfig, load_config
from fleet.config.secrets import resolve
from fleet.config.settings import Settings

__all__ = ["FleetConfig", "Settings", "load_config", "resolve"]
