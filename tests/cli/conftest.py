"""The command as people run it: a process of its own, in a directory with a registry and a repository."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import forked
from tests.source.git import Git

REGISTRY = """
fleet: acme
source: {url: ./repository, interval: 1s}
state: ./state
clusters:
  - {name: one, server: "https://127.0.0.1:1", token: env:TOKEN}
  - {name: two, server: "https://127.0.0.1:1", token: env:TOKEN}
  - {name: spare, inCluster: true}
"""
APP = "apiVersion: fleethub.dev/v1alpha1\nkind: App\nmetadata: {name: shop}\nspec: {path: apps/shop, namespace: shop}\n"


def config_map(name: str, value: str) -> str:
    """A ConfigMap that names no namespace."""
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{value: {value}}}\n"


@dataclass(frozen=True, slots=True)
class Said:
    """What a run of the command came to."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where the command is run."""

    path: Path
    repository: Git

    def fleet(self, *words: str, **environment: str) -> Said:
        """Run it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLEET_", "NO_COLOR"))}
        variables = {**kept, "XDG_CACHE_HOME": str(self.path / "cache"), **environment}
        done = forked.fleet(*words, cwd=self.path, env=variables)
        return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Two clusters in a group that share an App, a third without a directory."""
    git = Git(tmp_path / "repository")
    git.write("apps/shop/settings.yaml", config_map("settings", "first"))
    git.write("apps/shop/secret.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: key}\nstringData: {key: hunter2}\n")
    git.write("clusters/production/apps.yaml", APP)
    git.write("clusters/production/cluster.yaml", "labels: {tier: production}\n")
    for name in ("one", "two"):
        git.write(f"clusters/production/{name}/own.yaml", config_map("own", name))
    git.commit("First")
    (tmp_path / "clusters.yaml").write_text(REGISTRY)
    return Desk(path=tmp_path, repository=git)
