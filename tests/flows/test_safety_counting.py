"""What counts as a delete, and what only looks like one: a replace does, a generator's predecessor does not."""

from __future__ import annotations

from pathlib import Path

from fleet.hub.decisions import approve
from tests.flows.fleets import running
from tests.flows.planes import Plane
from tests.flows.safety import CONFIG_MAPS, GROUP, Place, deletes, fleet, held, names, quiet
from tests.flows.stories import app, at_rest, live


def fixed(name: str, value: str) -> str:
    """A ConfigMap that cannot be changed, and may be replaced."""
    return f"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {{name: {name}, namespace: shop, annotations: {{fleethub.dev/replace: "true"}}}}
        immutable: true
        data: {{value: "{value}"}}
        """


def directory(count: int, value: str) -> dict[str, str]:
    """An App's directory of so many of them."""
    return {f"apps/fixed/fixed-{number}.yaml": fixed(f"fixed-{number}", value) for number in range(1, count + 1)}


def uids(plane: Plane, prefix: str) -> set[str]:
    """The UIDs of the ConfigMaps of a prefix."""
    return {live(plane, f"{CONFIG_MAPS}/{name}")["metadata"]["uid"] for name in names(plane, prefix)}


async def test_replacing_many_objects_is_held_like_deleting_them(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    declared = {f"{GROUP}/fixed.yaml": app("fixed", "apps/fixed")}
    first = place.commit({**fleet([plane.name]), **declared, **directory(20, "1")})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        before = uids(plane, "fixed-")
        # Four of twenty are few: they are replaced without a word.
        second = place.commit(directory(4, "2"))
        await at_rest(hub, second)
        kept = uids(plane, "fixed-")
        assert len(kept & before) == 16
        third = place.commit(directory(7, "3"))
        hold = (await held(hub, plane, "fixed", commit=third))["budget"]
        await quiet(hub, third, plane)
        assert {key.name for _, key in hold.keys} == {f"fixed-{number}" for number in range(1, 8)}
        assert uids(plane, "fixed-") == kept
        assert len(deletes(plane)) == 4
        await approve(hub, hold.word, by="ana")
        await at_rest(hub, third)
    assert len(deletes(plane)) == 11
    assert len(uids(plane, "fixed-") & kept) == 13
    assert live(plane, f"{CONFIG_MAPS}/fixed-7")["data"] == {"value": "3"}


def generated(value: str) -> str:
    """A kustomization that generates eight ConfigMaps, whose names end in a hash of what they hold."""
    made = ", ".join(f'{{name: made-{number}, literals: ["value={value}"]}}' for number in range(8))
    return f"configMapGenerator: [{made}]\n"


async def test_what_a_generator_puts_in_the_place_of_its_predecessors_is_not_held(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    declared = {f"{GROUP}/made.yaml": app("made", "apps/made")}
    first = place.commit({**fleet([plane.name]), **declared, "apps/made/kustomization.yaml": generated("1")})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        before = names(plane, "made-")
        second = place.commit({"apps/made/kustomization.yaml": generated("2")})
        await at_rest(hub, second)
        after = names(plane, "made-")
        assert (len(before), len(after), before & after) == (8, 8, set())
        assert len(deletes(plane)) == 8
        # The same objects, with nothing in their place, are a deletion.
        third = place.commit({"apps/made/kustomization.yaml": "configMapGenerator: [{name: made-0, literals: [value=2]}]\n"})
        hold = (await held(hub, plane, "made", commit=third))["budget"]
        assert len(hold.keys) == 7
        await quiet(hub, third, plane)
    assert names(plane, "made-") == after
