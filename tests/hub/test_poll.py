"""When a fetch is due."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from fleet.hub.poll import Alarm

pytestmark = pytest.mark.looptime


async def test_a_fetch_is_due_after_the_interval_within_a_tenth() -> None:
    loop, alarm = asyncio.get_running_loop(), Alarm(60.0, random=Random(1))
    waits = []
    for _ in range(50):
        began = loop.time()
        await alarm.wait()
        waits.append(loop.time() - began)
    assert min(waits) >= 53.9
    assert max(waits) <= 66.1
    assert len(set(waits)) > 40


async def test_a_ring_wakes_at_once() -> None:
    loop, alarm = asyncio.get_running_loop(), Alarm(60.0, random=Random(1))
    loop.call_later(1.0, alarm.ring)
    began = loop.time()
    await alarm.wait()
    assert loop.time() - began == pytest.approx(1.0, abs=0.1)


async def test_rings_during_a_fetch_fall_together_into_one() -> None:
    loop, alarm = asyncio.get_running_loop(), Alarm(60.0, random=Random(1))
    alarm.ring()
    alarm.ring()
    began = loop.time()
    await alarm.wait()
    assert loop.time() - began < 0.1
    await alarm.wait()
    assert loop.time() - began > 50
