"""The second half of the story: what people, networks and power cuts do."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from fleet.cli.story.audit import Request, all_but_leases, all_writes
from fleet.cli.story.changes import BASE, ONE
from fleet.cli.story.cluster import Shown
from fleet.cli.story.screen import some
from fleet.cli.story.stage import Stage, milliseconds

EDITED = "prod-us"
CUT = "prod-us"
WEB, CART = "Deployment.apps/shop/web", "Deployment.apps/shop/cart"
_SCALED = 6


async def reverted(stage: Stage) -> None:
    """Somebody scales what git decides: it is put back at once."""
    cluster = stage.clusters[EDITED]
    mark, wanted = cluster.mark(), cluster.value(WEB, "spec", "replicas")
    await stage.kubectl(cluster, "--namespace", "shop", "scale", "deployment/web", "--replicas=9")
    edit, answer = await stage.until("the revert", lambda: _edit_and_answer(cluster, mark, "web"))
    stage.screen.fact("audit", f"{edit.answered:%H:%M:%S.%f} {edit.who}: {edit.what}")
    took = milliseconds(answer.answered, edit.answered)
    stage.screen.fact("audit", f"{answer.answered:%H:%M:%S.%f} {answer.who}: {answer.what}, {took} later")
    now = cluster.value(WEB, "spec", "replicas")
    stage.screen.fact(EDITED, f"{WEB} has {now} replicas, as it had")
    stage.expect(now == wanted, f"{WEB} was to have {wanted} replicas, and has {now}")
    stage.screen.fact("hub", await _drift(stage, EDITED, WEB))


async def _drift(stage: Stage, cluster: str, key: str) -> str:
    """What the hub says of the newest drift of an object."""
    name, _, app = cluster, "", "shop"
    query = {"cluster": name, "app": app, "object": key, "limit": 1}
    found = await stage.until_told(f"the drift of {key}", lambda: stage.hub.ask("drift", query))
    fields = some(f"{each['path']} {each['git']} → {each['live']}" for each in found[0]["fields"])
    return f"{found[0]['state']}: {fields}, by {found[0]['manager'] or 'unknown'}"


def _edit_and_answer(cluster: Shown, mark: int, deployment: str) -> tuple[Request, Request] | None:
    """The edit of a person, and the write of the hub that followed; None while there is none."""
    found = [each for each in cluster.since(mark) if each.is_write and each.name == deployment and each.resource == "deployments"]
    edit = next((each for each in found if not each.by_hub and each.agent.startswith("kubectl")), None)
    if edit is None:
        return None
    answer = next((each for each in found[found.index(edit) :] if each.by_hub and each.code == 200), None)
    return None if answer is None else (edit, answer)


async def exempted(stage: Stage) -> None:
    """Somebody scales what git says may differ: it is kept, though the hub saw it."""
    cluster = stage.clusters[ONE]
    mark, before = cluster.mark(), cluster.value(CART, "spec", "replicas")
    may = cluster.value(CART, "metadata", "annotations", "fleethub.dev/ignore-drift")
    stage.screen.fact(ONE, f"{CART} has fleethub.dev/ignore-drift: {may}, from git")
    await stage.kubectl(cluster, "--namespace", "shop", "scale", "deployment/cart", f"--replicas={_SCALED}")
    # A later event of the same watch: when this edit is reverted, the one before it was seen.
    bad = "catalog=registry.example.com/shop/catalog:hotfix"
    await stage.kubectl(cluster, "--namespace", "shop", "set", "image", "deployment/catalog", bad)
    edit, answer = await stage.until("the later edit's revert", lambda: _edit_and_answer(cluster, mark, "catalog"))
    stage.screen.fact("audit", f"{answer.what}: the second was put back after {milliseconds(answer.answered, edit.answered)}")
    touched = [each for each in cluster.since(mark) if each.by_hub and each.is_write and each.name == "cart"]
    stage.screen.fact("audit", f"{len(touched)} writes of the hub to deployments/cart")
    await stage.until("the carts' Pods", lambda: cluster.rolled_out("cart"))
    now = cluster.value(CART, "spec", "replicas")
    stage.screen.fact(ONE, f"{CART} has {now} replicas, all ready; git begins with {before}")
    stage.expect(now == _SCALED and not touched, "the exempt field was to be kept")


async def unreachable(stage: Stage) -> None:
    """A cluster does not answer: the others wait for nothing, and it catches up."""
    cluster, image = stage.clusters[CUT], "registry.example.com/shop/cart:2.1.1"
    mark = cluster.mark()
    cluster.cut()
    began = time.monotonic()
    try:
        commit = await stage.shop.change("Release cart 2.1.1", {BASE: ("newTag: 2.1.0", "newTag: 2.1.1")})
        stage.screen.fact("git", str(commit))
        others = {name: each for name, each in stage.clusters.items() if name != CUT}
        await stage.until("cart 2.1.1 on the others", lambda: all(each.image("cart") == image for each in others.values()))
        stage.screen.fact("all", f"{len(others)} others run cart:2.1.1; {CUT} runs {cluster.image('cart').rpartition('/')[2]}")
        stage.expect(cluster.image("cart") != image, f"{CUT} was not cut off")
        found = await stage.until_hub(f"{CUT} unreachable", lambda found: CUT in _unreachable(found))
        told = next(each["message"] for each in found["clusters"] if each["name"] == CUT)
        stage.screen.fact("hub", f"{CUT} is unreachable: {told.splitlines()[0]}")
    finally:
        cluster.mend()
    stage.screen.fact(CUT, f"answers again after {time.monotonic() - began:.1f} s")
    await stage.until(f"cart 2.1.1 on {CUT}", lambda: cluster.image("cart") == image)
    await stage.at_rest(commit)
    written = all_writes(cluster.since(mark))
    stage.screen.fact("audit", f"{CUT}: {some((each.what for each in written if not each.is_own), most=6)}")
    carts = stage.clusters[ONE]
    kept = carts.value(CART, "spec", "replicas")
    stage.screen.fact(ONE, f"{CART} runs cart:2.1.1 too, and still has its {kept} replicas")
    stage.expect(kept == _SCALED, "the exempt field was to outlive a release")
    await stage.equals_git(commit)


def _unreachable(found: Mapping[str, Any]) -> set[str]:
    return {each["name"] for each in found["clusters"] if each["phase"] == "unreachable"}


async def _next_fetch(stage: Stage, last: str) -> Mapping[str, Any]:
    return await stage.until_hub("another look at git", lambda found: found["fetched"] != last)


async def restarted(stage: Stage) -> None:
    """The hub is killed and its database deleted: the next one goes on, and writes nothing."""
    head = await stage.shop.head()
    await stage.at_rest(head)
    old, past = stage.hub.pid, len(await stage.hub.ask("history", {"limit": 1000}))
    marks, before = stage.marks(), stage.uids()
    stage.hub.kill()
    files = stage.hub.forget_history()
    stage.screen.fact("$", f"kill -9 {old}; rm {' '.join(files)}")
    stage.hub.start()
    found = await stage.at_rest(head)
    await _next_fetch(stage, found["fetched"])  # and finds nothing to do
    left = len(await stage.hub.ask("history", {"limit": 1000}))
    stage.screen.fact("hub", f"process {stage.hub.pid}, history of {left} Syncs where there were {past}; all is in sync")
    requests = [each for found in stage.since(marks).values() for each in all_but_leases(found)]
    written = [each for each in requests if each.is_write]
    verbs = {verb: sum(each.verb == verb for each in requests) for verb in ("list", "watch", "get")}
    asked = ", ".join(f"{count} {verb}" for verb, count in verbs.items())
    stage.screen.fact("audit", f"all clusters: {len(written)} writes but leases; {asked}")
    stage.expect(not written, f"nothing was to be written: {some(each.what for each in written)}")
    stage.expect(stage.uids() == before, "an object was made anew")
    await stage.equals_git(head)
