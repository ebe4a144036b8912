"""Who may write to a cluster now: one Lease per cluster, in the cluster.

Time is counted by a clock that also counts while the machine sleeps. Our own term begins before the renewal was sent; what
another holder has left begins when we saw its last renewal. So whoever takes over waits longer than whoever loses believes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

import orjson

from fleet.aio import deadline
from fleet.errors import ApiConflict, DeadlineExceeded, FleetError, LeaseLost, NotFound, ObserveOnly
from fleet.kube.kept.own import ensure_namespace
from fleet.kube.server.client import ApiClient
from fleet.model.marks import FLEET, MANAGER, NAMESPACE

LEASES = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases"
NAME = "fleethub"
LEASE = f"{LEASES}/{NAME}"


def boottime() -> float:
    """Seconds on a clock that also counts suspend; where there is none, on the monotonic one."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Who takes a lease, and for how long at a time."""

    holder: str
    """`<state directory id>/<process nonce>`: the lock on a state directory makes an older nonce a dead process."""
    fleet: str
    duration: float = 60.0
    renew: float = 20.0

    @property
    def home(self) -> str:
        """The state directory's id."""
        return self.holder.partition("/")[0]


@dataclass(frozen=True, slots=True)
class _Seen:
    """Another holder's lease, as it was first seen to be like this."""

    version: str
    since: float


class Lease:
    """One cluster's Lease; `run()` takes it and keeps it, `permit` stands before every write.

    `on_acquired(epoch)` and `on_lost(why)` are called in turn, in the event loop. The epoch is the Lease's
    `leaseTransitions`: higher with every holder.
    """

    def __init__(
        self,
        client: ApiClient,
        terms: Terms,
        *,
        on_acquired: Callable[[int], None],
        on_lost: Callable[[FleetError], None],
    ) -> None:
        self._client = client
        self._terms = terms
        self._on_acquired = on_acquired
        self._on_lost = on_lost
        self._until = 0.0  # on the clock of boottime()
        self._announced = False
        self._reason: FleetError = LeaseLost(cluster=client.cluster, reason="it was not taken yet")
        self._last: Mapping[str, Any] = {}  # as the server answered our last write
        self._sent: set[str] = set()  # renewTimes of our last write and of those whose answer never came
        self._writes = 0
        self._seen = _Seen("", 0.0)
        self._wake = asyncio.Event()
        self._random = Random()  # noqa: S311 - it only spreads renewals
        self.epoch = 0

    @property
    def held(self) -> bool:
        """Whether this hub may write now."""
        return self._announced and boottime() < self._until

    @property
    def problem(self) -> FleetError | None:
        """Why it is not held; None while it is."""
        return None if self.held else self._reason

    @property
    def taken(self) -> bool:
        """Whether it was seen in another holder's hands; False as long as nothing is known of it."""
        return bool(self._seen.version)

    def permit(self) -> None:
        """Raise LeaseLost (ObserveOnly where another fleet has it) unless this hub may write at this very moment."""
        if self.held:
            return
        if self._announced:
            raise LeaseLost(cluster=self._client.cluster, reason="it could not be renewed in time")
        raise self._reason

    async def run(self) -> None:
        """Take the lease when it may be taken, and renew it; ends only by being cancelled."""
        while True:
            self._wake.clear()
            try:
                async with deadline(self._patience(), "renewing the lease"):
                    wait = await self._step()
            except ObserveOnly as error:
                self._lose(error)
                wait = self._terms.renew
            except FleetError as error:
                self._failed(error)
                wait = min(self._terms.renew / 4, self._patience())
            await self._pause(wait)

    async def release(self) -> None:
        """Give it back, so that the next hub need not wait; end `run()` before. No write begins after this was called.

        Also what was taken by a write whose answer nobody waited for any more. Where it cannot be given back, the next hub
        waits for its end.
        """
        sent = frozenset(self._sent)
        self._lose(LeaseLost(cluster=self._client.cluster, reason="this hub gave it back"))
        if not sent:
            return
        with suppress(FleetError):
            async with deadline(self._terms.renew, "giving the lease back"):
                body = await self._read()
                if body is not None and self._is_ours(body, sent):
                    spec = {name: value for name, value in body["spec"].items() if name != "holderIdentity"}
                    await self._put({**body, "spec": spec})

    async def verify(self) -> bool:
        """Read the lease; False when it is not held, or is not what this hub wrote last: then it is lost, and taken anew.

        For after a disturbance: a cluster that went back in time has an older lease.
        """
        while True:
            writes, body = self._writes, await self._read()
            if writes == self._writes:  # else a renewal overtook the read, which tells what was before
                break
        if not self._announced or (body is not None and self._is_last(body)):
            return self._announced
        self._rewound()
        self._wake.set()
        return False

    def _patience(self) -> float:
        """How long to wait for anything: never beyond the end, which must be told when it comes."""
        return min(self._terms.renew, max(self._until - boottime(), 0.1)) if self._announced else self._terms.renew

    # ── one step of the loop ────────────────────────────────────────────────────────────────────────────────────────

    async def _step(self) -> float:
        """Renew what is ours or take what may be taken; gives the seconds until the next step."""
        if self._announced and boottime() >= self._until:
            self._lose(LeaseLost(cluster=self._client.cluster, reason="it could not be renewed in time"))
        if self._announced:
            with suppress(ApiConflict, NotFound):
                await self._write(self._last)
                return self._next()
        body = await self._read()
        if self._announced and (body is None or not self._is_last(body)):
            self._rewound()
        if body is None:
            await self._create()
            return self._next()
        left = self._left_to_others(body)
        if left > 0:
            return min(self._terms.renew, left)
        with suppress(ApiConflict):  # somebody was faster: look again
            await self._write(body)
            return self._next()
        return 0.1

    def _left_to_others(self, body: Mapping[str, Any]) -> float:
        """Seconds until the lease may be taken, as far as is known; loses what somebody else has."""
        fleet = (body["metadata"].get("labels") or {}).get(FLEET, "")
        if fleet and fleet != self._terms.fleet:
            raise ObserveOnly(cluster=self._client.cluster, reason=f"its Lease is held for the fleet {fleet!r}")
        spec = body.get("spec") or {}
        holder = spec.get("holderIdentity") or ""
        if not holder or holder.partition("/")[0] == self._terms.home:
            return 0.0
        version, now = body["metadata"]["resourceVersion"], boottime()
        if version != self._seen.version:
            self._seen = _Seen(version, now)
        self._lose(LeaseLost(cluster=self._client.cluster, reason=f"{holder} holds it"))
        return self._seen.since + float(spec.get("leaseDurationSeconds") or self._terms.duration) - now

    def _is_last(self, body: Mapping[str, Any]) -> bool:
        """Whether the lease is as we wrote it last, or as a write of ours left it whose answer never came."""
        return self._is_ours(body, self._sent)

    def _is_ours(self, body: Mapping[str, Any], sent: Collection[str]) -> bool:
        spec = body.get("spec") or {}
        return spec.get("holderIdentity") == self._terms.holder and spec.get("renewTime") in sent

    def _next(self) -> float:
        # A thousand leases that were taken together are not renewed together for ever.
        return self._terms.renew * (1.0 - 0.1 * self._random.random())

    # ── requests ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _read(self) -> Mapping[str, Any] | None:
        try:
            body: Mapping[str, Any] = await self._client.get(LEASE, urgent=True)
        except NotFound:
            return None
        return body

    async def _create(self) -> None:
        await ensure_namespace(self._client)
        metadata = {"name": NAME, "namespace": NAMESPACE}
        await self._write({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata})

    async def _write(self, body: Mapping[str, Any]) -> None:
        """Write the lease with us as its holder, from the body it has now; a body without version is created."""
        spec, began = self._spec(body.get("spec") or {}), boottime()
        labels = {**(body["metadata"].get("labels") or {}), FLEET: self._terms.fleet}
        self._sent.add(spec["renewTime"])
        self._last = await self._put({**body, "metadata": {**body["metadata"], "labels": labels}, "spec": spec})
        self._sent = {spec["renewTime"]}
        self._writes += 1
        self._until = began + self._terms.duration
        self._acquire(spec["leaseTransitions"])

    def _spec(self, before: Mapping[str, Any]) -> dict[str, Any]:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        same = before.get("holderIdentity") == self._terms.holder and self._announced
        transitions = int(before.get("leaseTransitions") or 0)
        return {
            **before,
            "holderIdentity": self._terms.holder,
            "leaseDurationSeconds": max(1, round(self._terms.duration)),
            "acquireTime": before["acquireTime"] if same and "acquireTime" in before else now,
            "renewTime": now,
            # Also above our own, should the cluster have gone back in time.
            "leaseTransitions": transitions if same else max(transitions, self.epoch) + 1,
        }

    async def _put(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        exists = "resourceVersion" in body["metadata"]
        method, path = ("PUT", LEASE) if exists else ("POST", LEASES)
        metadata = {name: value for name, value in body["metadata"].items() if name != "managedFields"}
        sent = orjson.dumps({**body, "metadata": metadata})
        params = {"fieldManager": MANAGER}
        _, answer = await self._client.write(method, path, sent, params=params, metadata_only=False, unguarded=True)
        return answer  # type: ignore[no-any-return]

    # ── what the others are told ────────────────────────────────────────────────────────────────────────────────────

    def _acquire(self, epoch: int) -> None:
        self.epoch = epoch
        if not self._announced:
            self._announced = True
            self._on_acquired(epoch)

    def _lose(self, reason: FleetError) -> None:
        self._reason = reason
        self._until = 0.0
        self._sent = set()
        if self._announced:
            self._announced = False
            self._on_lost(reason)

    def _rewound(self) -> None:
        reason = "it is not what this hub wrote last: the cluster went back in time, or somebody changed it"
        self._lose(LeaseLost(cluster=self._client.cluster, reason=reason))

    def _failed(self, error: FleetError) -> None:
        """Keep what is held until its end: a failed renewal is tried again."""
        if not self._announced:
            self._reason = error
        elif boottime() >= self._until:
            cause = error.__cause__ if isinstance(error, DeadlineExceeded) else None
            why = str(cause or "") or str(error)  # a TimeoutError has no words
            self._lose(LeaseLost(cluster=self._client.cluster, reason=f"it could not be renewed: {why}"))

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(max(seconds, 0.0)):
                await self._wake.wait()
