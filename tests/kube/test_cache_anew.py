"""A cluster that goes back in time while its kinds are listed for the first time: who waits for a list waits for the new one."""

from __future__ import annotations

import asyncio
from pathlib import Path

from fleet.model.keys import GroupKind
from tests.controlplane.waiting import eventually
from tests.kube.clients import by_token, caching
from tests.sandbox.serving import served

CONFIG_MAP, SECRET = GroupKind("", "ConfigMap"), GroupKind("", "Secret")


async def test_who_waits_for_a_first_list_that_is_begun_anew_is_told_of_the_new_one(tmp_path: Path) -> None:
    async with served(tmp_path) as sandbox:
        faults = sandbox.cluster.faults
        async with caching(by_token(sandbox.cluster.server, sandbox.cluster.token_of("admin"))) as heard:
            cache = heard.cache
            await cache.ensure([SECRET])
            faults.black_hole()
            own = asyncio.create_task(cache.watch_own(lambda _: None), name="own")
            kind = asyncio.create_task(cache.ensure([CONFIG_MAP]), name="kind")
            await eventually(lambda: CONFIG_MAP in cache.kinds())
            await asyncio.sleep(0)  # both wait for their lists by now
            cache.forget()
            faults.clear()
            _, left = await asyncio.wait({own, kind}, timeout=60)
            for task in left:
                task.cancel()
            assert left == set()
            assert cache.synced(CONFIG_MAP)
