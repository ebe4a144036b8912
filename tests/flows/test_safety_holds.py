"""What is deleted only when somebody says the word: on one cluster."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.errors import NotThere
from fleet.hub.admission import Verdict
from fleet.hub.decisions import approve
from fleet.model.sync import SyncState
from tests.controlplane.waiting import eventually
from tests.flows.fleets import running
from tests.flows.planes import Plane
from tests.flows.safety import CONFIG_MAPS, GROUP, Place, deletes, fleet, held, names, objects, quiet, report, without
from tests.flows.stories import app, at_rest, config_map, live


async def test_a_mass_deletion_is_held_and_its_word_lets_exactly_it_through(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    first = place.commit(fleet([plane.name], many=20, few=3))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        gone = [f"apps/many/many-{n}.yaml" for n in range(1, 8)]
        second = place.commit({**without(*gone), "apps/many/many-20.yaml": config_map("many-20", "changed")})
        hold = (await held(hub, plane, "many", commit=second))["budget"]
        await quiet(hub, second, plane)
        assert len(names(plane, "many-")) == 20
        assert live(plane, f"{CONFIG_MAPS}/many-20")["data"] == {"value": "1"}  # a held Plan is held whole
        assert {key.name for _, key in hold.keys} == {f"many-{n}" for n in range(1, 8)}
        with pytest.raises(NotThere):
            await approve(hub, "0123456789abcdef", by="ana")
        await approve(hub, hold.word, by="ana")
        await at_rest(hub, second)
        assert names(plane, "many-") == {f"many-{n}" for n in range(8, 21)}
        assert len(names(plane, "few-")) == 3
        # What was approved is used up: the same objects are held again when they come back and leave once more.
        third = place.commit({name: config_map(Path(name).stem, "again") for name in gone})
        await at_rest(hub, third)
        fourth = place.commit(without(*gone))
        again = (await held(hub, plane, "many", commit=fourth))["budget"]
        assert again.word == hold.word
        assert len(names(plane, "many-")) == 20


async def test_a_word_lets_nothing_more_through_than_was_shown(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    first = place.commit(fleet([plane.name], many=20))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        second = place.commit(without(*(f"apps/many/many-{n}.yaml" for n in range(1, 8))))
        hold = (await held(hub, plane, "many", commit=second))["budget"]
        third = place.commit(without("apps/many/many-8.yaml"))
        await held(hub, plane, "many", commit=third)
        with pytest.raises(NotThere):
            await approve(hub, hold.word, by="ana")
        await quiet(hub, third, plane)
        assert len(names(plane, "many-")) == 20


async def test_an_approval_survives_the_hub(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    first = place.commit(fleet([plane.name], many=20))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        second = place.commit(without(*(f"apps/many/many-{n}.yaml" for n in range(1, 9))))
        hold = (await held(hub, plane, "many", commit=second))["budget"]
        plane.kube.patch(f"{CONFIG_MAPS}/many-1", {"metadata": {"finalizers": ["example.com/stay"]}}).ok()
        await approve(hub, hold.word, by="ana")
        await eventually(lambda: names(plane, "many-") == {"many-1", *(f"many-{n}" for n in range(9, 21))})
    plane.kube.patch(f"{CONFIG_MAPS}/many-1", {"metadata": {"finalizers": None}}).ok()
    place.forget()
    async with running(place.registry) as hub:
        await at_rest(hub, second)
    assert names(plane, "many-") == {f"many-{n}" for n in range(9, 21)}


async def test_an_approval_given_just_before_the_hub_ended_is_acted_on_by_the_next(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    first = place.commit(fleet([plane.name], many=20))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        second = place.commit(without(*(f"apps/many/many-{n}.yaml" for n in range(1, 9))))
        hold = (await held(hub, plane, "many", commit=second))["budget"]
        hub.clusters[plane.name].verdict = Verdict(reason="the test looks on")
        await approve(hub, hold.word, by="ana")
        await quiet(hub, second, plane)
        assert len(names(plane, "many-")) == 20
    place.forget()
    async with running(place.registry) as hub:
        await at_rest(hub, second)
    assert names(plane, "many-") == {f"many-{n}" for n in range(9, 21)}


async def test_deleting_an_apps_own_document_deletes_its_objects_without_a_word(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    first = place.commit(fleet([plane.name], many=20, stays=2))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        second = place.commit(without(f"{GROUP}/many.yaml"))
        await at_rest(hub, second)
        await eventually(lambda: names(plane, "many-") == set())
        await eventually(lambda: report(hub, plane, "many") is None)
    assert live(plane, "/api/v1/namespaces/fleethub-system/configmaps/app.many") is None
    assert len(names(plane, "stays-")) == 2


PROTECTED = {
    "Namespace": (
        """
        apiVersion: v1
        kind: Namespace
        metadata: {name: precious}
        """,
        "/api/v1/namespaces/precious",
    ),
    "PersistentVolumeClaim": (
        """
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: precious}
        spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
        """,
        "/api/v1/namespaces/shop/persistentvolumeclaims/precious",
    ),
    "PersistentVolume": (
        """
        apiVersion: v1
        kind: PersistentVolume
        metadata: {name: precious}
        spec: {accessModes: [ReadWriteOnce], capacity: {storage: 1Gi}, hostPath: {path: /data}}
        """,
        "/api/v1/persistentvolumes/precious",
    ),
    "CustomResourceDefinition": (
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: gems.example.com}
        spec:
          group: example.com
          scope: Namespaced
          names: {plural: gems, singular: gem, kind: Gem}
          versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
        """,
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gems.example.com",
    ),
}


@pytest.mark.parametrize(("text", "path"), PROTECTED.values(), ids=PROTECTED.keys())
async def test_what_holds_other_things_is_held_even_where_its_app_was_deleted(
    tmp_path: Path, plane: Plane, text: str, path: str
) -> None:
    place = Place(tmp_path, plane)
    first = place.commit({**fleet([plane.name], vault=3, stays=2), "apps/vault/precious.yaml": text})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        second = place.commit(without(f"{GROUP}/vault.yaml"))
        hold = (await held(hub, plane, "vault", commit=second))["protected"]
        await eventually(lambda: names(plane, "vault-") == set())
        await quiet(hub, second, plane)
        assert live(plane, path)["metadata"].get("deletionTimestamp") is None
        await approve(hub, hold.word, by="ana")

        def going() -> bool:
            found = live(plane, path)
            return found is None or "deletionTimestamp" in found["metadata"]

        await eventually(going)


async def test_one_protected_object_holds_the_plan_of_an_app_that_stays(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    text, path = PROTECTED["PersistentVolumeClaim"]
    first = place.commit({**fleet([plane.name], vault=30), "apps/vault/precious.yaml": text})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        second = place.commit(without("apps/vault/precious.yaml", "apps/vault/vault-1.yaml"))
        assert (await held(hub, plane, "vault", commit=second)).keys() == {"protected"}
        await quiet(hub, second, plane)
    assert live(plane, path) is not None
    assert len(names(plane, "vault-")) == 30


VANISHED = {
    "selector": {f"{GROUP}/web.yaml": app("web", "apps/web", clusters="{matchLabels: {tier: gold}}")},
    "path": {f"{GROUP}/web.yaml": app("web", "apps/elsewhere"), **objects("elsewhere", 2)},
    "label": {f"{GROUP}/cluster.yaml": "labels: {size: small}\n"},
}


@pytest.mark.parametrize("change", VANISHED.values(), ids=VANISHED.keys())
async def test_an_app_that_vanishes_without_its_document_confirms_nothing(
    tmp_path: Path, plane: Plane, change: dict[str, str]
) -> None:
    place = Place(tmp_path, plane)
    files = fleet([plane.name], web=2, stays=2, stays2=2)
    files[f"{GROUP}/web.yaml"] = app("web", "apps/web", clusters="{matchLabels: {size: large}}")
    first = place.commit({**files, f"{GROUP}/cluster.yaml": "labels: {size: large}\n"})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        second = place.commit(change)
        hold = await held(hub, plane, "web", commit=second)
        await quiet(hub, second, plane)
        assert names(plane, "web-") == {"web-1", "web-2"}
        await approve(hub, hold["budget"].word, by="ana")
        await eventually(lambda: names(plane, "web-") == set())


async def test_a_nearer_override_that_is_removed_confirms_nothing(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    files = fleet([plane.name], web=2, special=3, stays=2, stays2=2)
    del files[f"{GROUP}/special.yaml"]
    near = f"{GROUP}/{plane.name}/web.yaml"
    first = place.commit({**files, near: app("web", "apps/special")})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        assert names(plane, "special-") == {"special-1", "special-2", "special-3"}
        second = place.commit(without(near))
        assert (await held(hub, plane, "web", commit=second)).keys() == {"budget"}
        await quiet(hub, second, plane)
    assert len(names(plane, "special-")) == 3
    assert names(plane, "web-") == set()


async def test_a_cluster_that_moves_to_another_group_loses_nothing_without_a_word(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    home = f"{GROUP}/{plane.name}/own.yaml"
    first = place.commit(fleet([plane.name], web=2))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        mark = plane.audit_mark()
        second = place.commit({**without(home), f"clusters/other/{plane.name}/own.yaml": config_map("own", plane.name)})
        await held(hub, plane, "web", commit=second)
        await quiet(hub, second, plane)
        last = report(hub, plane, plane.name)
    assert names(plane) == {"web-1", "web-2", "own"}
    assert deletes(plane, mark) == []
    # The Namespace stood in the group that it left.
    assert last is not None
    assert last.state is SyncState.HELD


async def test_a_revision_that_removes_most_apps_of_a_cluster_is_held_for_that_cluster(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    first = place.commit(fleet([plane.name], one=2, two=2, three=2))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        new = fleet([plane.name], four=2, five=2, six=2, seven=2)
        second = place.commit({**new, **without(f"{GROUP}/one.yaml", f"{GROUP}/two.yaml", f"{GROUP}/three.yaml")})
        hold = (await held(hub, plane, "one", commit=second))["cluster"]
        await eventually(lambda: names(plane, "seven-") == {"seven-1", "seven-2"})
        await quiet(hub, second, plane)
        assert {key.name for _, key in hold.keys} == {f"{app}-{n}" for app in ("one", "two", "three") for n in (1, 2)}
        # The Apps that came with it do not make the lost ones few.
        third = place.commit({"apps/four/four-1.yaml": config_map("four-1", "2")})
        await held(hub, plane, "one", commit=third)
        await quiet(hub, third, plane)
        assert len(names(plane, "one-") | names(plane, "two-") | names(plane, "three-")) == 6
    place.forget()
    async with running(place.registry) as hub:
        again = (await held(hub, plane, "two"))["cluster"]
        await quiet(hub, third, plane)
        assert len(names(plane, "one-") | names(plane, "two-") | names(plane, "three-")) == 6
        await approve(hub, again.word, by="ana")
        left = {"four", "five", "six", "seven", "own"}
        await eventually(lambda: {name.partition("-")[0] for name in names(plane)} == left)
