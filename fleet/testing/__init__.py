"""Test a plugin, or a repository, against the real hub and clusters in memory: fixtures for pytest. This is public.

In: `pytest_plugins = ["fleet.testing"]` in a `conftest.py`. Out: the fixtures `sandbox` (a cluster), `sandboxes` (more of
them), `fleet_repo` (a git repository to commit to) and `fleet_hub` (the hub that makes the clusters match it), and the
classes that they give. Everything blocks, and works in a test with or without an event loop: the clusters and the hub run
in threads of their own.

The hub is the whole one, with its git, its renders, its requests over sockets. Never here: a mock of any part of it, and
what only our own tests need.
"""

from fleet.testing.clusters import Sandbox, SandboxHost
from fleet.testing.fixtures import fleet_hub, fleet_repo, sandbox, sandbox_host, sandboxes
from fleet.testing.hubs import FleetHub, rests, running
from fleet.testing.repository import FleetRepo

__all__ = [
    "FleetHub",
    "FleetRepo",
    "Sandbox",
    "SandboxHost",
    "fleet_hub",
    "fleet_repo",
    "rests",
    "running",
    "sandbox",
    "sandbox_host",
    "sandboxes",
]
