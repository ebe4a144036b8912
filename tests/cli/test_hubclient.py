"""Where the hub is looked for: the state directory that the registry names, read without reading the registry."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.cli.frame.hubclient import state_directory
from fleet.errors import CommandMisused


@pytest.mark.parametrize(
    "text, state",
    [
        pytest.param("fleet: a\nstate: /srv/fleet\n", "/srv/fleet", id="plain"),
        pytest.param("# ours\n---\nfleet: a\nstate: /srv/fleet # here\n", "/srv/fleet", id="comments"),
        pytest.param('fleet: a\nstate: "/srv/my fleet"\n', "/srv/my fleet", id="quoted"),
        pytest.param("{fleet: a, state: /srv/fleet}\n", "/srv/fleet", id="flow"),
        pytest.param("fleet: a\nnote: |\n  state: /wrong\nstate: /srv/fleet\n", "/srv/fleet", id="inside a text"),
        pytest.param("fleet: a\n", "/var/lib/fleet", id="default"),
        pytest.param("fleet: a\nstate:\n", "/var/lib/fleet", id="empty"),
        pytest.param("fleet: a\nstate: &s /srv/fleet\n", "/srv/fleet", id="anchor"),
    ],
)
def test_the_state_directory_is_what_the_registry_says(tmp_path: Path, text: str, state: str) -> None:
    file = tmp_path / "clusters.yaml"
    file.write_text(text)
    assert str(state_directory(file)) == state


def test_a_relative_one_is_beside_the_registry(tmp_path: Path) -> None:
    (tmp_path / "clusters.yaml").write_text("state: ./state\n")
    assert state_directory(tmp_path / "clusters.yaml") == tmp_path / "state"


def test_without_a_registry_it_says_how_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(CommandMisused, match="--config"):
        state_directory(tmp_path / "clusters.yaml")
