"""The committed facts about built-in kinds are those of the API server that everything is judged on."""

from __future__ import annotations

import pytest

from fleet.schema import kinds, releases
from tests.controlplane import ControlPlane
from tests.controlplane.binaries import VERSION
from tests.controlplane.openapi import read
from tests.schema import facts, published, served, typed
from tests.schema.extract import TARGET, extract


# What other tests defined stays in a server's index for a while after it is gone: so a cluster that has served nobody is asked.
async def test_the_committed_facts_are_what_the_running_server_says(fresh_cluster: ControlPlane) -> None:
    documents = read(fresh_cluster.kube)
    assert TARGET.read_text() == extract(documents), "extract them anew: make schema"
    assert served.COLUMNS.read_text() == served.columns(documents), "extract them anew: make schema"
    assert served.SERVED.read_text() == served.extract(documents), "extract them anew: make schema"


@pytest.mark.timeout(900)  # It may have to compile what asks the server's own Go types.
async def test_the_committed_types_are_those_of_the_running_server(fresh_cluster: ControlPlane) -> None:
    assert typed.TYPES.read_text() == typed.extract(read(fresh_cluster.kube), facts.build()), "extract them anew: make schema"


def test_what_a_release_published_is_what_its_server_says() -> None:
    """So the facts of releases that no test runs are those of their servers, too."""
    found = published.facts(published.sources(VERSION))
    assert published.difference(published.base(), found) == {}
    assert len(found["kinds"]) == sum(len(kind.versions) for kind in kinds().values())
    assert releases.release(releases.base()).kubernetes == VERSION
