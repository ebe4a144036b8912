"""A running hub whose one cluster does not answer: all that is asked of the API can be asked of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fleet.config import load_config
from fleet.hooks.registry import load
from fleet.hub.hub import Hub
from fleet.hub.statedir import claimed
from fleet.reconcile.builtins import BUILTINS
from fleet.store import Store, sqlite_url
from tests.source.git import Git

REGISTRY = """
fleet: acme
source: {{url: {repository}, interval: 1s}}
state: {state}
settings: {{connectTimeout: 1s, requestTimeout: 2s}}
clusters:
  - {{name: away, server: "https://127.0.0.1:1", token: env:FLEET_TEST_TOKEN}}
"""
OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own, namespace: shop}\n"


@pytest.fixture
def repository(tmp_path: Path) -> Git:
    """A monorepo with one cluster that has one object."""
    git = Git(tmp_path / "repository")
    git.write("clusters/production/cluster.yaml", "labels: {tier: production}\n")
    git.write("clusters/production/away/own.yaml", OBJECT)
    git.commit("First")
    return git


@pytest.fixture
async def hub(tmp_path: Path, repository: Git, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hub]:
    """The hub, running."""
    monkeypatch.setenv("FLEET_TEST_TOKEN", "secret")
    file = tmp_path / "clusters.yaml"
    file.write_text(REGISTRY.format(repository=repository.path, state=tmp_path / "state"))
    config = load_config(file)
    with claimed(config.state) as directory:
        store = Store(sqlite_url(config.state), now=lambda: datetime.now(UTC))
        found = Hub(config, registry=load(BUILTINS), directory=directory, store=store)
        task = asyncio.create_task(found.run(), name="hub")
        try:
            yield found
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await store.close()
