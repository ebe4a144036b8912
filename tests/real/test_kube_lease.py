"""Who may write to a real cluster, and from when until when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from fleet.aio import owned
from fleet.errors import FleetError, LeaseLost, ObserveOnly
from fleet.kube.kept.lease import LEASE, Lease, Terms, boottime
from fleet.kube.server.client import ApiClient
from tests.controlplane import ControlPlane
from tests.controlplane.waiting import eventually
from tests.kube.clients import by_kubeconfig, client_of

MAPS = "/api/v1/namespaces/default/configmaps"


@dataclass
class Hub:
    """A hub's lease, and what it was told."""

    lease: Lease
    client: ApiClient
    told: list[int | FleetError] = field(default_factory=list)
    acquired_at: list[float] = field(default_factory=list)

    def epochs(self) -> list[int]:
        """The epochs in which it held the lease."""
        return [each for each in self.told if isinstance(each, int)]

    def losses(self) -> list[FleetError]:
        """Why it lost it, each time."""
        return [each for each in self.told if isinstance(each, FleetError)]


@asynccontextmanager
async def hub(
    plane: ControlPlane, holder: str, *, fleet: str = "acme", duration: float = 60, renew: float = 1
) -> AsyncIterator[Hub]:
    """Run one; it dies at the end of the block without giving the lease back.

    A lease is short only where its end is waited for: while a busy machine stands still, nobody renews it.
    """
    async with client_of(by_kubeconfig(plane.kubeconfig)) as client, owned(holder) as owner:
        told: list[int | FleetError] = []
        at: list[float] = []

        def acquired(epoch: int) -> None:
            at.append(boottime())
            told.append(epoch)

        terms = Terms(holder=holder, fleet=fleet, duration=duration, renew=renew)
        lease = Lease(client, terms, on_acquired=acquired, on_lost=told.append)
        client.guard_with(lease.permit)
        owner.forever(lease.run(), name="lease")
        yield Hub(lease, client, told, at)


def spec(plane: ControlPlane) -> Any:
    """The Lease as it is."""
    return plane.kube.get(LEASE).ok()["spec"]


async def renewed(plane: ControlPlane) -> None:
    """Wait for the next renewal."""
    before = spec(plane)["renewTime"]
    await eventually(lambda: spec(plane)["renewTime"] != before)


async def test_a_new_cluster_gets_its_namespace_and_its_lease(real_cluster: ControlPlane) -> None:
    async with hub(real_cluster, "home/1") as ours:
        await eventually(lambda: ours.lease.held)
        body = real_cluster.kube.get(LEASE).ok()
        assert (body["spec"]["holderIdentity"], body["spec"]["leaseDurationSeconds"]) == ("home/1", 60)
        assert body["spec"]["leaseTransitions"] == ours.lease.epoch == 1
        assert body["metadata"]["labels"] == {"fleethub.dev/fleet": "acme"}
        writes = [(seen.verb, seen.resource) for seen in real_cluster.audit_since(agent="fleethub") if seen.is_write]
        assert writes[:2] == [("create", "namespaces"), ("create", "leases")]
        assert set(writes[2:]) <= {("update", "leases")}


async def test_nothing_is_written_without_it(real_cluster: ControlPlane) -> None:
    async with hub(real_cluster, "home/1") as first:
        await eventually(lambda: first.lease.held)
        async with hub(real_cluster, "other/1") as second:
            await eventually(lambda: "holds it" in str(second.lease.problem))
            body = orjson.dumps({"metadata": {"name": "web"}})
            with pytest.raises(LeaseLost, match="home/1 holds it"):
                await second.client.write("POST", MAPS, body)
            assert (await first.client.write("POST", MAPS, body))[0] == 201


async def test_it_is_renewed_by_one_request_each_time(real_cluster: ControlPlane) -> None:
    async with hub(real_cluster, "home/1") as ours:
        await eventually(lambda: ours.lease.held)

        async def by_one_request() -> bool:
            # One whose answer comes too late, as everything does on a machine that stands still, is looked after.
            await renewed(real_cluster)
            mark = real_cluster.audit_mark()
            await renewed(real_cluster)
            await renewed(real_cluster)
            return [seen.verb for seen in real_cluster.audit_since(mark, agent="fleethub")] == ["update", "update"]

        await eventually(by_one_request)
        assert (ours.lease.held, ours.epochs(), spec(real_cluster)["leaseTransitions"]) == (True, [1], 1)


async def test_a_lease_of_the_same_state_directory_is_taken_over_at_once(real_cluster: ControlPlane) -> None:
    async with hub(real_cluster, "home/1", duration=3600) as first:
        await eventually(lambda: first.lease.held)
    async with hub(real_cluster, "home/2") as second:
        await eventually(lambda: second.lease.held)
        assert second.epochs() == [2]


async def test_another_hubs_lease_is_taken_only_after_its_whole_duration_without_a_renewal(real_cluster: ControlPlane) -> None:
    async with hub(real_cluster, "home/1", duration=3) as first:
        await eventually(lambda: first.lease.held)
    died = boottime()
    async with hub(real_cluster, "other/1") as second:
        await eventually(lambda: second.lease.held)
        assert second.acquired_at[0] - died >= 3
        assert second.epochs() == [first.epochs()[-1] + 1]


async def test_a_lease_that_is_renewed_is_never_taken(real_cluster: ControlPlane) -> None:
    async with hub(real_cluster, "home/1", duration=3) as first, hub(real_cluster, "other/1", duration=3) as second:
        await eventually(lambda: first.lease.held or second.lease.held)

        async def kept() -> bool:
            # One that nobody could renew, because the machine stood still, may be taken: then it is looked at for longer.
            before = [*first.told, *second.told]
            await asyncio.sleep(4)
            return before == [*first.told, *second.told] and first.lease.held != second.lease.held

        await eventually(kept)


async def test_a_lease_that_was_given_back_is_taken_at_once(real_cluster: ControlPlane) -> None:
    async with client_of(by_kubeconfig(real_cluster.kubeconfig)) as client:
        terms = Terms(holder="home/1", fleet="acme", duration=3600, renew=20)
        lease = Lease(client, terms, on_acquired=lambda epoch: None, on_lost=lambda reason: None)
        async with owned("home") as owner:
            owner.forever(lease.run(), name="lease")
            await eventually(lambda: lease.held)
        await lease.release()
        assert not lease.held
        with pytest.raises(LeaseLost, match="gave it back"):
            lease.permit()
    assert "holderIdentity" not in spec(real_cluster)
    async with hub(real_cluster, "other/1") as second:
        await eventually(lambda: second.lease.held)
        assert second.epochs() == [2]


async def test_a_cluster_that_does_not_answer_is_lost_when_the_lease_ends(real_cluster: ControlPlane) -> None:
    async with hub(real_cluster, "home/1", duration=3) as ours:
        await eventually(lambda: ours.lease.held)
        last_renewal = datetime.fromisoformat(spec(real_cluster)["renewTime"])
        with paused(real_cluster):
            last_held = looked = began = boottime()
            while ours.lease.held:
                last_held = looked
                await asyncio.sleep(0.03)
                looked = boottime()
            lost = datetime.now(UTC)
            with pytest.raises(LeaseLost):
                ours.lease.permit()
            await eventually(ours.losses)
        assert lost - last_renewal >= timedelta(seconds=2.9)
        assert last_held - began <= 3
        before = len(ours.epochs())
        await eventually(lambda: ours.lease.held)
        # One more, unless the machine stood still again.
        assert len(ours.epochs()) > before
        assert ours.epochs() == sorted(set(ours.epochs()))


async def test_a_short_silence_loses_nothing(real_cluster: ControlPlane) -> None:
    async with hub(real_cluster, "home/1") as ours:
        await eventually(lambda: ours.lease.held)
        with paused(real_cluster):
            await asyncio.sleep(3)
        await renewed(real_cluster)
        assert (ours.lease.held, ours.epochs()) == (True, [1])


async def test_a_lease_of_another_fleet_makes_the_cluster_observe_only(real_cluster: ControlPlane) -> None:
    async with hub(real_cluster, "home/1", fleet="acme", duration=3) as first:
        await eventually(lambda: first.lease.held)
    async with hub(real_cluster, "home/2", fleet="globex") as second:
        await eventually(lambda: isinstance(second.lease.problem, ObserveOnly))
        with pytest.raises(ObserveOnly, match="acme"):
            second.lease.permit()
        await asyncio.sleep(4)
        assert (second.epochs(), spec(real_cluster)["holderIdentity"]) == ([], "home/1")


async def test_a_lease_that_somebody_deleted_is_lost_and_taken_anew(real_cluster: ControlPlane) -> None:
    async with hub(real_cluster, "home/1") as ours:
        await eventually(lambda: ours.lease.held)
        real_cluster.kube.delete(LEASE).ok()
        await eventually(lambda: len(ours.epochs()) == 2)
        assert ours.epochs() == [1, 2]
        assert "not what this hub wrote last" in str(ours.losses()[0])


async def test_a_label_put_on_the_lease_by_somebody_changes_nothing(real_cluster: ControlPlane) -> None:
    async with hub(real_cluster, "home/1") as ours:
        await eventually(lambda: ours.lease.held)
        real_cluster.kube.patch(LEASE, {"metadata": {"labels": {"seen": "yes"}}}).ok()
        await renewed(real_cluster)
        assert (ours.lease.held, ours.epochs(), await ours.lease.verify()) == (True, [1], True)
        assert real_cluster.kube.get(LEASE).ok()["metadata"]["labels"]["seen"] == "yes"


async def test_a_lease_from_a_backup_is_not_taken_for_ours(real_cluster: ControlPlane) -> None:
    async with hub(real_cluster, "home/1") as before:
        await eventually(lambda: before.lease.held)
    backup = real_cluster.backup()
    async with hub(real_cluster, "home/2", duration=60, renew=50) as ours:
        await eventually(lambda: ours.lease.held)
        await real_cluster.restore(backup)
        assert await ours.lease.verify() is False
        await eventually(lambda: ours.epochs() == [2, 3])
        assert spec(real_cluster)["leaseTransitions"] == 3


async def test_a_renewal_finds_out_that_the_lease_is_from_a_backup(real_cluster: ControlPlane) -> None:
    async with hub(real_cluster, "home/1") as ours:
        await eventually(lambda: ours.lease.held)
        backup = real_cluster.backup()
        await renewed(real_cluster)
        await renewed(real_cluster)  # so the answer to the one before has come
        await real_cluster.restore(backup)
        await eventually(lambda: ours.epochs() == [1, 2])
        assert spec(real_cluster)["leaseTransitions"] == 2


async def test_a_cluster_that_was_made_anew_at_its_address_gets_a_higher_epoch(real_cluster: ControlPlane) -> None:
    async with hub(real_cluster, "home/1") as ours:
        await eventually(lambda: ours.lease.held)
        await real_cluster.wipe()
        await eventually(lambda: len(ours.epochs()) == 2)
        assert spec(real_cluster)["leaseTransitions"] == 2


@contextmanager
def paused(plane: ControlPlane) -> Iterator[None]:
    """A cluster that accepts and answers nothing."""
    plane.pause()
    try:
        yield
    finally:
        plane.resume()
