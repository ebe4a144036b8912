"""The first half of the story: what commits do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fleet.cli.story.audit import Request, all_but_leases, all_writes, writes
from fleet.cli.story.screen import some
from fleet.cli.story.shop import Commit
from fleet.cli.story.stage import Stage, milliseconds

ONE = "prod-eu"
STAGING = ("stage-eu", "stage-us")
SETTINGS = "ConfigMap/shop/settings"
BASE = "apps/shop/base/kustomization.yaml"
_SHOWN = 8  # rows of a table of clusters


async def install(stage: Stage, commit: Commit) -> None:
    """Everything is made on every cluster, and its Pods become ready."""
    stage.screen.fact("git", str(commit))
    await stage.at_rest(commit)
    pods = await stage.until("every Pod ready", lambda: _settled(stage))
    await stage.equals_git(commit)
    rows = []
    for name, cluster in stage.clusters.items():
        found = cluster.since(0)
        objects = len(cluster.members(stage.kinds))
        rows.append((name, cluster.sandbox.server, str(objects), pods[name], str(len(writes(found)))))
    stage.screen.table(("CLUSTER", "SERVER", "OBJECTS", "PODS", "WRITES (AUDIT)"), rows[:_SHOWN])
    if len(rows) > _SHOWN:
        stage.screen.fact("all", f"… and {len(rows) - _SHOWN} more clusters")
    await stage.quiet()


def _settled(stage: Stage) -> Mapping[str, str] | None:
    pods = {name: cluster.pods() for name, cluster in stage.clusters.items()}
    return {name: str(each) for name, each in pods.items()} if all(each.settled for each in pods.values()) else None


async def one_cluster(stage: Stage) -> None:
    """A commit that changes one cluster: no other is asked anything."""
    one, marks = stage.clusters[ONE], stage.marks()
    before = one.value(SETTINGS, "data", "BANNER")
    file = f"clusters/production/{ONE}/cluster.yaml"
    sale = ("CURRENCY: EUR", "CURRENCY: EUR, BANNER: Summer sale")
    commit = await stage.shop.change("Announce the sale in Europe", {file: sale})
    stage.screen.fact("git", str(commit))
    await stage.until("the banner of the sale", lambda: one.value(SETTINGS, "data", "BANNER") == "Summer sale")
    await stage.at_rest(commit)
    found = stage.since(marks)
    written = writes(found[ONE])
    stage.screen.fact(ONE, f"{SETTINGS} BANNER: {before} → {one.value(SETTINGS, 'data', 'BANNER')}")
    stage.screen.fact("audit", f"{ONE}: {_said(written)}, {milliseconds(written[0].answered, commit.made)} after the commit")
    stage.expect(len(written) == 1, f"one object of {ONE} was to be written, and the audit log has {_said(written)}")
    _others_were_left_alone(stage, {name: each for name, each in found.items() if name != ONE})


def _others_were_left_alone(stage: Stage, found: Mapping[str, list[Request]]) -> None:
    asked = {name: all_but_leases(each) for name, each in found.items()}
    leases = sum(each.by_hub and each.is_lease for requests in found.values() for each in requests)
    total = sum(len(each) for each in asked.values())
    stage.screen.fact("audit", f"{some(found)}: {total} requests ({leases} of the lease's left out)")
    stage.expect(total == 0, f"the others were to be asked nothing: {some(each.what for all in asked.values() for each in all)}")


async def everywhere(stage: Stage) -> None:
    """A commit to the base: every cluster gets it, and nothing but that."""
    marks, image = stage.marks(), "registry.example.com/shop/web:1.5.0"
    commit = await stage.shop.change("Release web 1.5.0", {BASE: ("newTag: 1.4.0", "newTag: 1.5.0")})
    stage.screen.fact("git", str(commit))
    clusters = stage.clusters
    await stage.until("web 1.5.0 everywhere", lambda: all(each.image("web") == image for each in clusters.values()))
    await stage.until("web's Pods", lambda: all(each.rolled_out("web") for each in clusters.values()))
    await stage.at_rest(commit)
    found = {name: writes(each) for name, each in stage.since(marks).items()}
    moments = sorted(each.answered for written in found.values() for each in written)
    kinds = {_said(written) for written in found.values()}
    stage.screen.fact("all", f"Deployment.apps/shop/web runs {image.rpartition('/')[2]} on {len(clusters)} clusters, rolled out")
    between = f"{milliseconds(moments[0], commit.made)} to {milliseconds(moments[-1], commit.made)} after the commit"
    stage.screen.fact("audit", f"{len(moments)} writes on {len(found)} clusters: {some(sorted(kinds))}; {between}")
    stage.expect(kinds == {"patch deployments/web"}, f"only web was to be written, and the audit logs have {some(sorted(kinds))}")
    await stage.equals_git(commit)


async def pruned(stage: Stage) -> None:
    """A file is deleted: its objects are, and nothing else is."""
    marks, before = stage.marks(), stage.uids()
    (stage.shop.path / "clusters/staging/load-test.yaml").unlink()
    commit = await stage.shop.commit("End the load test")
    stage.screen.fact("git", str(commit))
    gone = [f"{kind}/shop/load-test" for kind in ("Deployment.apps", "ConfigMap")]
    places = [(name, key) for name in STAGING for key in gone]
    await stage.until("the load test's objects gone", lambda: not any(stage.clusters[name].get(key) for name, key in places))
    await stage.at_rest(commit)
    deleted = {name: [each for each in writes(found) if each.verb == "delete"] for name, found in stage.since(marks).items()}
    for name in STAGING:
        stage.screen.fact("audit", f"{name}: {_said(deleted[name])}")
    after = stage.uids()
    stage.expect(sorted(before.keys() - after.keys()) == sorted(places), "other objects were deleted than those of the file")
    kept = sum(before[place] == uid for place, uid in after.items())
    stage.expect(kept == len(after), "an object that stays was made anew")
    stage.screen.fact("all", f"{kept} other objects have the UID they had")
    await stage.until("the load test's Pods gone", lambda: not any(_pods_of_load_test(stage)))
    stage.screen.fact("all", "and no Pod of the load test is left")


def _pods_of_load_test(stage: Stage) -> Iterable[str]:
    for name in STAGING:
        pods = stage.clusters[name].sandbox.list("", "Pod", namespace="shop")
        yield from (pod["metadata"]["name"] for pod in pods if pod["metadata"].get("labels", {}).get("app") == "load-test")


async def held(stage: Stage) -> None:
    """A mistake would delete the shop everywhere: it is held until somebody says the word, or takes it back."""
    marks, before = stage.marks(), stage.uids()
    typos = {f"clusters/{group}/apps.yaml": _misspelt(group) for group in ("staging", "production")}
    commit = await stage.shop.change("Choose the shop's clusters by label", typos)
    stage.screen.fact("git", str(commit))
    await stage.until_hub(
        "the Hold",
        lambda found: found["mapped"] == commit.id and found["hold"] and all(each["held"] for each in found["clusters"]),
    )
    holds = {each["guard"]: each for each in await stage.hub.ask("holds")}
    stage.screen.fact("hub", f"held: {holds['fleet']['reason']}")
    stage.screen.fact("hub", f"fleet approve {holds['fleet']['word']} would let it through; nobody does")
    _nothing_is_deleted(stage, marks, before)
    undone = await stage.shop.revert()
    stage.screen.fact("git", str(undone))
    await stage.until_hub("no Hold", lambda found: found["mapped"] == undone.id and not found["hold"])
    await stage.at_rest(undone)
    _nothing_is_deleted(stage, marks, before)
    await stage.equals_git(undone)


def _misspelt(group: str) -> tuple[str, str]:
    """A selector that selects nothing."""
    return "substitute: true}", f"substitute: true, clusters: {{matchLabels: {{teir: {group}}}}}}}"


def _nothing_is_deleted(stage: Stage, marks: Mapping[str, int], before: Mapping[tuple[str, str], str]) -> None:
    deletes = [each for found in stage.since(marks).values() for each in all_writes(found) if each.verb.startswith("delete")]
    stage.screen.fact("audit", f"all clusters: {len(deletes)} deletes; {len(stage.uids())} objects, as many as before")
    stage.expect(not deletes and stage.uids() == dict(before), "an accident was to delete nothing")


def _said(found: Iterable[Request]) -> str:
    return some((each.what for each in found), most=6) or "nothing"
