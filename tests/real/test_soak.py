"""Ten kills of `make soak`: whenever the hub dies, the next one makes the clusters equal git, and touches nothing else."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from tests.controlplane import Pool
from tests.flows.soak import Soak


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2, secrets.randbelow(1_000_000)], ids=["seed 1", "seed 2", "random seed"])
async def test_after_a_kill_at_any_instant_the_clusters_equal_git(tmp_path: Path, control_planes: Pool, seed: int) -> None:
    print(f"replay with: make soak ARGS='--seed {seed} --runs {_RUNS.get(seed, 4)}'")
    planes = await control_planes.lend(2, controllers=True)
    await Soak(planes, tmp_path / "soak", seed=seed, say=print).run(_RUNS.get(seed, 4))


_RUNS = {1: 3, 2: 3}
