"""A program a renderer runs is bounded, alone, and leaves nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from fleet.errors import OutputTooLarge, ProcessNotStarted, ProcessTimedOut, ProgramRefused, RenderInvalid
from fleet.hooks import RenderContext
from fleet.render import RenderSettings
from tests.aio.clock import FED, Clock
from tests.controlplane.waiting import eventually
from tests.render.repo import Monorepo, app, failure, host_with, render, wrapper
from tests.render.test_host import PLUGIN
from tests.render.trees import BASE

KUSTOMIZED = {**BASE, "app/kustomization.yaml": "resources: [../base]\n"}


def ended(pid: int) -> bool:
    """Whether a process is gone, or waits only for its parent to notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def written_in(file: Path) -> int:
    """The number in a file, as soon as all of it is there."""
    text = file.read_text() if file.exists() else ""
    return int(text) if text.endswith("\n") else 0


def left(cache: Path) -> list[str]:
    return [path.name for path in (cache / "private").iterdir()]


async def test_a_program_that_hangs_is_killed_with_all_it_started(repo: Monorepo, tmp_path: Path) -> None:
    program = wrapper(tmp_path, before=f"{FED}; /bin/sleep 1000 & echo $! > {tmp_path}/child; /bin/sleep 1000")
    settings, clock = RenderSettings(programs={"kustomize": str(program)}), Clock()
    tree = repo.tree(KUSTOMIZED)
    rendering = asyncio.create_task(failure(host_with(settings, tmp_path / "cache"), tree, app("app")), name="rendering")
    child = await eventually(lambda: written_in(tmp_path / "child"))
    clock.forward(settings.deadline)
    assert [type(error) for error in (await rendering).errors] == [ProcessTimedOut]
    await eventually(lambda: ended(child))
    assert left(tmp_path / "cache") == []


async def test_a_program_that_writes_too_much_is_killed(repo: Monorepo, tmp_path: Path) -> None:
    program = wrapper(tmp_path, before="while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done")
    settings = RenderSettings(programs={"kustomize": str(program)}, max_output=100_000)
    failed = await failure(host_with(settings, tmp_path / "cache"), repo.tree(KUSTOMIZED), app("app"))
    assert [type(error) for error in failed.errors] == [OutputTooLarge]
    assert "render.maxOutput" in failed.message
    assert left(tmp_path / "cache") == []


async def test_a_program_that_is_not_there_is_named(repo: Monorepo, tmp_path: Path) -> None:
    settings = RenderSettings(programs={"kustomize": str(tmp_path / "none")})
    failed = await failure(host_with(settings), repo.tree(KUSTOMIZED), app("app"))
    assert [type(error) for error in failed.errors] == [ProcessNotStarted]


async def test_kustomizes_error_names_paths_of_the_repository(repo: Monorepo, tmp_path: Path) -> None:
    files = {**KUSTOMIZED, "base/kustomization.yaml": "resources: [../app]\n"}
    failed = await failure(host_with(None, tmp_path / "cache"), repo.tree(files), app("app"))
    assert failed.message.startswith("app could not be rendered: accumulating resources: ")
    assert "cycle detected: candidate root 'app' contains visited root 'app'" in failed.message
    assert str(tmp_path) not in failed.message
    assert left(tmp_path / "cache") == []


async def test_files_that_kustomize_cannot_read_are_all_named_with_their_lines(repo: Monorepo) -> None:
    files = {**KUSTOMIZED, "base/service.yaml": "a: b\nc: [\n", "base/deployment.yaml": "a: 1\na: 2\n"}
    failed = await failure(host_with(), repo.tree(files), app("app"))
    (error,) = failed.errors
    assert isinstance(error, RenderInvalid)
    assert [str(each).partition(" ")[0] for each in error.errors] == ["base/deployment.yaml:2:", "base/service.yaml:3:"]


async def test_a_program_gets_nothing_of_the_hubs_environment(
    repo: Monorepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLEET_SECRET", "hunter2")
    host = host_with(None, tmp_path / "cache", PLUGIN)
    (manifest,) = (await render(host, repo.tree({"app/outside": ""}), app("app"))).manifests
    said = manifest.body["data"]["out"].splitlines()
    assert "secret:" in said
    assert "hunter2" not in manifest.body["data"]["out"]
    assert {line.partition("=")[0] for line in said if "=" in line} <= {
        "PATH", "HOME", "http_proxy", "https_proxy", "GOGC", "GOMEMLIMIT", "PWD", "OLDPWD", "SHLVL", "_",
    }  # fmt: skip
    assert left(tmp_path / "cache") == []


async def test_only_a_render_may_run_a_program(repo: Monorepo) -> None:
    with pytest.raises(ProgramRefused):
        await RenderContext(tree=repo.tree({}), path="app").run(["/bin/true"])


async def test_a_program_that_takes_too_much_memory_ends_and_says_so(repo: Monorepo) -> None:
    lines = ["x0: &x0 [a, a, a, a, a, a, a, a, a]"]
    lines += [f"x{level}: &x{level} [{', '.join([f'*x{level - 1}'] * 9)}]" for level in range(1, 9)]
    bomb = "\n".join(["apiVersion: v1", "kind: ConfigMap", "metadata: {name: bomb}", *lines, ""])
    kustomization = "resources: [../base]\npatches: [{path: bomb.yaml}]\n"  # patches are read by kustomize alone
    tree = repo.tree({**BASE, "app/kustomization.yaml": kustomization, "app/bomb.yaml": bomb})
    failed = await failure(host_with(RenderSettings(max_memory=128 * 1024 * 1024)), tree, app("app"))
    assert "it took more than 134217728 bytes of memory (settings.render.maxMemory)" in failed.message
