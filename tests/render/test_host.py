"""Each Fingerprint is rendered once, and a renderer that fails harms nobody else."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from fleet.errors import FleetError, OutputTooLarge, PluginFailed, ProcessTimedOut, RenderError, UndeclaredInput
from fleet.hooks import RenderContext, RenderedFile, Renderer
from fleet.hooks.registry import Registry
from fleet.k8syaml import Limits
from fleet.model.app import IgnoreDrift
from fleet.model.manifest import Origin, Rendered, RenderFailed
from fleet.render import RenderHost, RenderSettings, RenderValues
from tests.render.repo import (
    Monorepo,
    app,
    asked_again,
    config_map,
    describe,
    failure,
    host_with,
    registry,
    render,
    runs,
    wait_for,
    wrapper,
)
from tests.render.trees import BASE

PLUGIN = Path(__file__).with_name("plugin_renderers.py")
KUSTOMIZED = {**BASE, "app/kustomization.yaml": "resources: [../base]\n"}


@pytest.fixture
def program(tmp_path: Path) -> Path:
    return wrapper(tmp_path)


def counted(program: Path, cache: Path | None = None) -> RenderHost:
    return host_with(RenderSettings(programs={"kustomize": str(program)}), cache)


async def test_many_who_ask_at_once_get_one_render(repo: Monorepo, program: Path) -> None:
    host, tree = counted(program), repo.tree(KUSTOMIZED)
    results = await asyncio.gather(*(render(host, tree, app("app")) for _ in range(50)))
    assert (len(set(map(id, results))), runs(program), host.rendered) == (1, 1, 1)


async def test_two_apps_of_one_fingerprint_are_rendered_once(repo: Monorepo, program: Path) -> None:
    host, tree = counted(program), repo.tree(KUSTOMIZED)
    first, second = app("app"), app("app", prune=False, paused=True)
    assert describe(host, tree, first) == describe(host, tree, second)
    assert await render(host, tree, first) is await render(host, tree, second)
    assert runs(program) == 1


async def test_one_who_is_cancelled_takes_nothing_from_the_others(repo: Monorepo, tmp_path: Path) -> None:
    program = wrapper(tmp_path, before=f"while [ ! -e {tmp_path}/go ]; do /bin/sleep 0.01; done")
    host, tree = counted(program), repo.tree(KUSTOMIZED)
    first, second = [asyncio.create_task(render(host, tree, app("app")), name=f"asks {number}") for number in range(2)]
    await asyncio.to_thread(wait_for, lambda: runs(program))
    first.cancel()
    (tmp_path / "go").touch()
    assert len((await second).manifests) == 2
    assert runs(program) == 2


async def test_a_restart_renders_nothing(repo: Monorepo, program: Path, tmp_path: Path) -> None:
    tree = repo.tree(KUSTOMIZED)
    before = await render(counted(program, tmp_path / "cache"), tree, app("app"))
    again = counted(program, tmp_path / "cache")
    after = await render(again, tree, app("app"))
    assert (after, [each.body for each in after.manifests]) == (before, [each.body for each in before.manifests])
    assert (runs(program), again.rendered) == (1, 0)


async def test_a_revert_renders_nothing(repo: Monorepo, program: Path, tmp_path: Path) -> None:
    host = counted(program, tmp_path / "cache")
    first = await render(host, repo.tree(KUSTOMIZED), app("app"))
    await render(host, repo.tree({"base/service.yaml": config_map("other")}), app("app"))
    assert await render(host, repo.tree(KUSTOMIZED), app("app")) is first
    assert runs(program) == 2


async def test_a_file_that_is_no_input_changes_no_fingerprint(repo: Monorepo, program: Path) -> None:
    host, tree = counted(program), repo.tree({**KUSTOMIZED, "app/note.md": "a"})
    unit = describe(host, tree, app("app"))
    assert describe(host, repo.tree({"app/note.md": "b", "base/more.yaml": "c"}), app("app")) == unit
    assert not asked_again(unit, {"app/note.md", "base/more.yaml"})
    assert asked_again(unit, {"base/service.yaml"})
    assert asked_again(unit, {"base/Kustomization"})


def test_what_comes_into_a_directory_that_was_looked_through_is_looked_at(repo: Monorepo) -> None:
    unit = describe(host_with(), repo.tree({"app/a.yaml": config_map("a")}), app("app"))
    assert asked_again(unit, {"app/deep/new.yaml"})
    assert not asked_again(unit, {"application/a.yaml", "app2"})
    assert describe(host_with(), repo.tree({"app/README.md": "b"}), app("app")) == unit
    assert describe(host_with(), repo.tree({"app/deep/new.yaml": config_map("b")}), app("app")) != unit


def test_whatever_decides_the_result_decides_the_fingerprint(repo: Monorepo) -> None:
    tree = repo.tree({"app/a.yaml": config_map("a"), "twin/a.yaml": config_map("a")})
    host = host_with(None, None, PLUGIN)
    apps = [app("app"), app("twin"), app("app", namespace="far"), app("app", options={"recurse": False})]
    assert len({describe(host, tree, each).fingerprint for each in apps}) == 4
    values = RenderValues(kube_version="1.36", api_versions=("a/v1",))
    assert host.describe(tree, app("app"), values).fingerprint == describe(host, tree, app("app")).fingerprint


async def test_cluster_values_count_only_for_renderers_that_look_at_them(repo: Monorepo) -> None:
    host, tree = host_with(None, None, PLUGIN), repo.tree({"app/versioned": ""})
    units = [host.describe(tree, app("app"), RenderValues(kube_version=version)) for version in ("1.35", "1.36")]
    results = [await host.render(tree, unit) for unit in units]
    assert [each.manifests[0].key.name for each in results if isinstance(each, Rendered)] == ["v1.35-0", "v1.36-0"]


async def test_a_raising_plugin_fails_its_app_and_no_other(repo: Monorepo) -> None:
    host, tree = host_with(None, None, PLUGIN), repo.tree({"app/raising": "", "other/a.yaml": config_map("a")})
    failed = await failure(host, tree, app("app"))
    assert failed.message == "Plugin raising failed in raising: ZeroDivisionError: on purpose"
    assert len((await render(host, tree, app("other"))).manifests) == 1


def test_a_plugin_that_cannot_tell_its_inputs_is_an_error(repo: Monorepo) -> None:
    with pytest.raises(PluginFailed, match="Plugin unsure failed in"):
        describe(host_with(None, None, PLUGIN), repo.tree({"app/unsure": ""}), app("app"))


async def test_a_renderer_reads_only_what_it_named(repo: Monorepo) -> None:
    tree = repo.tree({"app/greedy": "", "app/secret.yaml": config_map("a")})
    failed = await failure(host_with(None, None, PLUGIN), tree, app("app"))
    assert [type(error) for error in failed.errors] == [UndeclaredInput]
    assert "app/secret.yaml was read by a renderer that does not name it" in failed.message


async def test_what_is_no_rendered_file_is_the_plugins_failure(repo: Monorepo) -> None:
    failed = await failure(host_with(None, None, PLUGIN), repo.tree({"app/strange": ""}), app("app"))
    assert failed.message == "Plugin strange failed in render: it gave a str, not RenderedFiles"


async def test_a_renderers_output_is_limited(repo: Monorepo) -> None:
    host = host_with(RenderSettings(max_output=1_000_000), None, PLUGIN)
    failed = await failure(host, repo.tree({"app/huge": ""}), app("app"))
    assert [type(error) for error in failed.errors] == [OutputTooLarge]


async def test_the_limits_of_files_hold(repo: Monorepo) -> None:
    host = RenderHost(registry(), limits=Limits(max_depth=3))
    failed = await host.render(tree := repo.tree({"app/a.yaml": "a: {b: {c: {d: {e: 1}}}}\n"}), describe(host, tree, app("app")))
    assert isinstance(failed, RenderFailed)
    assert "limits.yaml.maxDepth" in failed.message


def test_a_renderer_that_does_not_exist_is_named(repo: Monorepo) -> None:
    with pytest.raises(RenderError, match="there is no renderer jsonnet; there are helm, kustomize, plain"):
        describe(host_with(), repo.tree({"app/a.yaml": ""}), app("app", renderer="jsonnet"))


async def test_a_directory_with_a_kustomization_is_kustomizes(repo: Monorepo) -> None:
    host, tree = host_with(), repo.tree(KUSTOMIZED)
    apps = [app("app"), app("app", renderer="plain")]
    assert [describe(host, tree, each).renderer for each in apps] == ["kustomize", "plain"]


class Flaky:
    """A renderer whose runs end as told."""

    def __init__(self, *ends: FleetError | str, repeatable: bool = True) -> None:
        self.ends = list(ends)
        self.repeatable = repeatable

    def render(self, context: RenderContext) -> Iterable[RenderedFile]:
        end = self.ends.pop(0)
        if isinstance(end, FleetError):
            raise end
        return [RenderedFile(text=end, origin=Origin("app/x", 1))]

    def host(self, cache: Path, *, retry_after: float = 60.0) -> RenderHost:
        renderer = Renderer(
            name="flaky", version="1", detect=lambda context: True, inputs=lambda context: [context.path], render=self.render,
            repeatable=self.repeatable,
        )  # fmt: skip
        settings = RenderSettings(retry_after=retry_after)
        return RenderHost(Registry(renderers=(renderer,)), cache, settings=settings)


async def test_a_failure_is_remembered_and_never_kept_on_disk(repo: Monorepo, tmp_path: Path) -> None:
    tree = repo.tree({"app/x": ""})
    flaky = Flaky(RenderError(path="app", reason="wrong"), config_map("a"))
    host = flaky.host(tmp_path / "cache")
    assert [(await failure(host, tree, app("app"))).message for _ in range(3)] == ["app could not be rendered: wrong"] * 3
    assert host.rendered == 1
    assert len((await render(flaky.host(tmp_path / "cache"), tree, app("app"))).manifests) == 1


async def test_a_failure_that_may_pass_is_tried_again_when_its_time_has_come(repo: Monorepo, tmp_path: Path) -> None:
    tree = repo.tree({"app/x": ""})
    host = Flaky(ProcessTimedOut(what="kustomize", seconds=60), config_map("a")).host(tmp_path, retry_after=0)
    await failure(host, tree, app("app"))
    assert len((await render(host, tree, app("app"))).manifests) == 1


async def test_a_failure_that_may_pass_is_not_tried_again_at_once(repo: Monorepo, tmp_path: Path) -> None:
    tree = repo.tree({"app/x": ""})
    host = Flaky(ProcessTimedOut(what="kustomize", seconds=60)).host(tmp_path)
    for _ in range(2):
        await failure(host, tree, app("app"))
    assert host.rendered == 1


async def test_an_error_in_git_is_not_tried_again(repo: Monorepo, tmp_path: Path) -> None:
    tree = repo.tree({"app/x": ""})
    host = Flaky("no: object\n").host(tmp_path, retry_after=0)
    for _ in range(2):
        await failure(host, tree, app("app"))
    assert host.rendered == 1


async def test_documents_are_given_as_the_renderer_wrote_them(repo: Monorepo, program: Path, tmp_path: Path) -> None:
    tree = repo.tree(
        {**KUSTOMIZED, "app/kustomization.yaml": "resources: [../base, a.yaml]\n", "app/a.yaml": config_map("a", n="${N}")}
    )
    host = counted(program, tmp_path / "cache")
    unit = describe(host, tree, app("app"))
    documents = await host.documents(tree, unit)
    assert not isinstance(documents, RenderFailed)
    (written,) = [document for document in documents if document.value["kind"] == "ConfigMap"]
    assert (written.value["data"], "namespace" in written.value["metadata"], written.file) == ({"n": "${N}"}, False, "app/a.yaml")
    assert await host.documents(tree, unit) == documents
    assert len((await render(host, tree, app("app"))).manifests) == 3
    assert runs(program) == 1


async def test_documents_that_are_no_objects_are_given_and_their_render_fails(repo: Monorepo) -> None:
    host, tree = host_with(), repo.tree({"app/a.yaml": "a: ${B}\n"})
    unit = describe(host, tree, app("app"))
    assert isinstance(await host.render(tree, unit), RenderFailed)
    documents = await host.documents(tree, unit)
    assert not isinstance(documents, RenderFailed)
    assert [document.value for document in documents] == [{"a": "${B}"}]


async def test_a_failed_renderer_gives_no_documents(repo: Monorepo) -> None:
    host, tree = host_with(None, None, PLUGIN), repo.tree({"app/raising": ""})
    for _ in range(2):
        assert isinstance(await host.documents(tree, describe(host, tree, app("app"))), RenderFailed)
    assert host.rendered == 1


async def test_the_cache_may_be_deleted_at_any_time(repo: Monorepo, tmp_path: Path) -> None:
    host = host_with(None, tmp_path / "cache")
    tree = repo.tree({"app/a.yaml": config_map("a"), **{f"twin/{name}": text for name, text in KUSTOMIZED.items()}})
    await render(host, tree, app("app"))
    shutil.rmtree(tmp_path / "cache")
    assert len((await render(host, tree, app("twin/app"))).manifests) == 2


async def test_a_cache_that_cannot_be_written_costs_only_time(repo: Monorepo, tmp_path: Path) -> None:
    host = host_with(None, tmp_path / "cache")
    (tmp_path / "cache" / "by-fingerprint").write_text("in the way")
    assert len((await render(host, repo.tree({"app/a.yaml": config_map("a")}), app("app"))).manifests) == 1


async def test_a_render_that_may_differ_is_made_twice_and_kept_once(repo: Monorepo, tmp_path: Path) -> None:
    tree = repo.tree({"app/x": ""})
    flaky = Flaky(config_map("a"), config_map("a"), repeatable=False)
    host = flaky.host(tmp_path / "cache")
    assert len((await render(host, tree, app("app"))).manifests) == 1
    assert (flaky.ends, host.rendered) == ([], 1)
    assert len((await render(flaky.host(tmp_path / "cache"), tree, app("app"))).manifests) == 1


async def test_a_render_may_differ_where_the_app_says_so_and_then_for_that_app_alone(repo: Monorepo, tmp_path: Path) -> None:
    tree = repo.tree({"app/x": ""})
    ends = [config_map("a", value=str(number)) for number in range(4)]
    host = Flaky(*ends, repeatable=False).host(tmp_path / "cache")
    lenient = app("app", ignore_drift=(IgnoreDrift(kind="ConfigMap", fields=("/data/value",)),))
    assert (await render(host, tree, lenient)).manifests[0].body["data"] == {"value": "0"}
    assert "another /data/value of ConfigMap" in (await failure(host, tree, app("app"))).message
    settled = Flaky(config_map("a")).host(tmp_path / "settled")
    assert describe(settled, tree, lenient) == describe(settled, tree, app("app"))


async def test_a_render_that_differs_from_itself_is_an_error_with_its_place(repo: Monorepo, tmp_path: Path) -> None:
    tree = repo.tree({"app/x": ""})
    flaky = Flaky(config_map("a", value="1"), config_map("a", value="2"), repeatable=False)
    host = flaky.host(tmp_path / "cache")
    for _ in range(2):
        message = (await failure(host, tree, app("app"))).message
        assert message.startswith("app/x:1: flaky gives another /data/value of ConfigMap/a each time; ")
    assert flaky.ends == []
