"""`fleet demo`: the story happens, on clusters in memory, and says so when it does not; nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from fleet.cli.story.shop import CLUSTERS, Shop, names
from tests.source.server import children

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-c", "import sys; from fleet.cli import main; sys.exit(main())", "demo"]
# A minute on an idle machine; a loaded one takes several.
LONG = 400


@pytest.fixture
def place(tmp_path: Path) -> dict[str, str]:
    """An environment in which all that is temporary, or cached, is below one directory."""
    (tmp_path / "temporary").mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FLEET_")}
    return {**kept, "TMPDIR": str(tmp_path / "temporary"), "XDG_CACHE_HOME": str(tmp_path / "cache"), "COLUMNS": "160"}


def hub_of(demo: subprocess.Popen[str]) -> int:
    """The hub that a demo started, as soon as there is one."""
    while demo.poll() is None:
        for child in children(demo.pid):
            with suppress(FileNotFoundError, ProcessLookupError):  # a short one, that has just ended
                if b"\0serve\0" in Path(f"/proc/{child}/cmdline").read_bytes():
                    return child
        time.sleep(0.05)
    raise AssertionError("the demo ended without a hub")


@pytest.mark.timeout(LONG)
def test_every_step_of_the_story_happens(place: dict[str, str]) -> None:
    done = subprocess.run([*COMMAND, "--once"], env=place, capture_output=True, text=True, timeout=LONG, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "9 of 9 steps happened" in done.stdout
    assert list(Path(place["TMPDIR"]).iterdir()) == []


@contextmanager
def playing(place: dict[str, str], *words: str) -> Iterator[subprocess.Popen[str]]:
    """A demo, started as a shell does in the background, where Ctrl-C is ignored; ended when the test fails."""
    environment = {**place, "PYTHONUNBUFFERED": "1"}
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        demo = subprocess.Popen([*COMMAND, *words], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGINT, before)
    with demo:
        try:
            yield demo
        finally:
            if demo.poll() is None:
                demo.kill()


@pytest.mark.timeout(LONG)
def test_a_story_that_is_cut_short_is_a_failure(place: dict[str, str]) -> None:
    with playing(place, "--once") as demo:
        assert demo.stdout
        next(line for line in demo.stdout if line.startswith("2."))
        os.kill(hub_of(demo), signal.SIGKILL)
        said, complained = demo.communicate(timeout=LONG)
    assert demo.returncode == 2
    assert "steps happened" not in said
    assert "the hub" in complained
    assert list(Path(place["TMPDIR"]).iterdir()) == []


@pytest.mark.timeout(LONG)
def test_a_signal_ends_the_table_and_removes_everything(place: dict[str, str]) -> None:
    with playing(place) as demo:
        while not list(Path(place["TMPDIR"]).glob("fleet-demo-*/state/hub.sock")):
            assert demo.poll() is None
            time.sleep(0.05)
        assert demo.stdout
        next(line for line in demo.stdout if line.startswith("Commit here:"))
        hub = hub_of(demo)
        demo.send_signal(signal.SIGTERM)  # which the demo takes as Ctrl-C
        demo.communicate(timeout=200)
    assert demo.returncode == 0
    assert not Path(f"/proc/{hub}").exists()
    assert list(Path(place["TMPDIR"]).iterdir()) == []


def test_fewer_clusters_than_the_example_has_are_a_misuse() -> None:
    done = subprocess.run([*COMMAND, "--clusters", "3"], capture_output=True, text=True, timeout=200, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "4 clusters" in done.stderr


async def test_each_further_cluster_gets_a_directory_of_its_own(tmp_path: Path) -> None:
    known = names(6)
    shop = Shop(tmp_path / "shop")
    commit = await shop.open(known)
    found = {path.parent.name for path in (shop.path / "clusters").glob("*/*/cluster.yaml")}
    assert found == {*CLUSTERS, "prod-005", "prod-006"}
    assert (commit.subject, commit.author) == ("Open the shop", "Ana")


def test_an_installed_package_has_the_example(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=100)
    (wheel,) = tmp_path.glob("*.whl")
    packed = "fleet/cli/story/monorepo/"
    with zipfile.ZipFile(wheel) as archive:
        found = {name.removeprefix(packed): archive.read(name) for name in archive.namelist() if name.startswith(packed)}
    example = ROOT / "examples" / "monorepo"
    files = [path for path in example.rglob("*") if path.is_file()]
    assert found == {str(path.relative_to(example)): path.read_bytes() for path in files}
