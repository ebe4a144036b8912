"""What all clusters of one hub share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random

from fleet.aio import Limiter
from fleet.config import FleetConfig
from fleet.hooks import SourceTree
from fleet.hooks.registry import Registry
from fleet.hub.state import HubState
from fleet.hub.statedir import StateDirectory
from fleet.hub.tracing import Tracer
from fleet.model.cluster import SecretRef
from fleet.source import Repository
from fleet.store import Store


@dataclass(frozen=True, kw_only=True)
class Shared:
    """The hub's own means. Everything a cluster's tasks need beside the cluster itself."""

    config: FleetConfig
    registry: Registry
    directory: StateDirectory
    repository: Repository
    store: Store
    state: HubState
    limiter: Limiter[str]
    secret: Callable[[SecretRef], str]
    tree: Callable[[str], SourceTree]
    """The files of a commit, with parsed access."""
    tracer: Tracer
    now: Callable[[], datetime]
    random: Random
