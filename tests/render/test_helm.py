"""Charts: what Helm's command gives, from what counts, with its place; and what is refused."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fleet.errors import FleetError, ProcessDied, ProcessTimedOut, RenderError, RenderUnstable
from fleet.hooks.tree import LimitedTree
from fleet.model.app import App
from fleet.model.manifest import Rendered, RenderFailed
from fleet.render import RenderHost, RenderSettings, RenderValues
from tests.aio.clock import Clock
from tests.bench.straight_line import cpu_seconds
from tests.controlplane.waiting import eventually
from tests.render import helm
from tests.render.charts import archive
from tests.render.repo import Monorepo, app, failure, host_with, render
from tests.source.server import children

CHART = "apiVersion: v2\nname: web\nversion: 1.0.0\n"
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata: {value: %s}\n"
Files = Mapping[str, str | bytes]

pytestmark = pytest.mark.asyncio(loop_scope="module")  # as the host, whose workers live on


def chart(value: str = "a", **files: str | bytes) -> dict[str, str | bytes]:
    """A chart with one object that says a value; names of further files with `__` for `/` and `_` for `.`."""
    more = {f"web/{name.replace('__', '/').replace('_', '.')}": text for name, text in files.items()}
    return {"web/Chart.yaml": CHART, "web/templates/map.yaml": MAP % ("{{ .Release.Name }}", value), **more}


@pytest.fixture(scope="module")
def host() -> RenderHost:
    """One host for the charts that harm nobody: its workers live on."""
    return host_with()


def web(**options: Any) -> Any:
    return app("web", namespace="prod", options=options)


async def said(host: RenderHost, tree: LimitedTree, **options: Any) -> str:
    """The value that the one object says."""
    (manifest,) = (await render(host, tree, web(**options))).manifests
    return str(manifest.body["data"]["value"])


def fingerprint(host: RenderHost, tree: LimitedTree, *values: str, **options: Any) -> str:
    return host.describe(tree, web(**options), RenderValues(kube_version="".join(values))).fingerprint


@pytest.mark.parametrize("seed", range(1001, 1005))
async def test_a_chart_renders_as_helms_command_does_with_either_backend(tmp_path: Path, host: RenderHost, seed: int) -> None:
    assert await helm.differences(seed, tmp_path, [host, helm.by_program()]) == []


async def test_an_object_says_the_line_of_its_template(repo: Monorepo, host: RenderHost) -> None:
    several = "# two\n{{ if true }}\n" + "---\n".join(MAP % (f"x{number}", "b") for number in range(2)) + "{{ end }}\n"
    packed = archive(
        "sub", {"Chart.yaml": CHART.replace("web", "sub").encode(), "templates/a.yaml": (MAP % ("sub", "c")).encode()}
    )
    tree = repo.tree(chart(templates__several_yaml=several) | {"web/charts/sub-1.0.0.tgz": packed})
    result = await render(host, tree, web())
    assert {manifest.key.name: str(manifest.origin) for manifest in result.manifests} == {
        "shop": "web/templates/map.yaml:1",
        "x0": "web/templates/several.yaml:3",
        "x1": "web/templates/several.yaml:8",
        "sub": "web/charts/sub-1.0.0.tgz:1",
    }


async def test_the_release_is_named_after_the_app_unless_it_says_otherwise(repo: Monorepo, host: RenderHost) -> None:
    tree = repo.tree(chart())
    names = [(await render(host, tree, web(**options))).manifests[0].key.name for options in ({}, {"releaseName": "other"})]
    assert names == ["shop", "other"]


async def test_lookup_finds_nothing(repo: Monorepo, host: RenderHost) -> None:
    assert await said(host, repo.tree(chart('{{ lookup "v1" "Secret" "prod" "x" | toJson | quote }}'))) == "{}"


async def test_versions_are_those_of_cluster_yaml_unless_the_app_says_others(repo: Monorepo, host: RenderHost) -> None:
    value = '"{{ .Capabilities.KubeVersion.Minor }} {{ .Capabilities.APIVersions.Has "a/v1" }}"'
    tree = repo.tree(chart(value))
    found = []
    for options in ({}, {"kubeVersion": "1.30", "apiVersions": ["b/v1"]}):
        unit = host.describe(tree, web(**options), RenderValues(kube_version="1.33", api_versions=("a/v1",)))
        result = await host.render(tree, unit)
        assert isinstance(result, Rendered)
        found.append(result.manifests[0].body["data"]["value"])
    assert found == ["33 true", "30 false"]


async def test_a_dependency_beside_the_chart_is_taken_from_there(repo: Monorepo, host: RenderHost) -> None:
    about = CHART + "dependencies: [{name: lib, version: 1.x, repository: 'file://../lib'}]\n"
    library = {
        "lib/Chart.yaml": CHART.replace("web", "lib") + "type: library\n",
        "lib/templates/_x.tpl": '{{ define "said" }}from beside{{ end }}',
        "lib/README.md": "",
    }
    tree = repo.tree({**chart('{{ include "said" . }}'), **library, "web/Chart.yaml": about})
    assert await said(host, tree) == "from beside"
    before = fingerprint(host, tree)
    assert fingerprint(host, repo.tree({"lib/README.md": "x"})) == before
    assert fingerprint(host, repo.tree({"lib/templates/_x.tpl": "x"})) != before


async def test_post_renderers_change_what_a_chart_gave_and_keep_its_place(repo: Monorepo, host: RenderHost) -> None:
    patch = {"target": {"kind": "ConfigMap"}, "patch": json.dumps([{"op": "add", "path": "/data/more", "value": "x"}])}
    result = await render(host, repo.tree(chart()), web(postRenderers=[{"kustomize": {"patches": [patch]}}]))
    (manifest,) = result.manifests
    assert (manifest.body["data"], str(manifest.origin)) == ({"value": "a", "more": "x"}, "web/templates/map.yaml:1")


@pytest.mark.parametrize(
    "value",
    [
        "{{ randAlphaNum 12 }}",
        "{{ uuidv4 | quote }}",
        "{{ now | date `2006` | quote }}",
        "{{ now.Weekday }}",
        '{{ tpl "{{ uuidv4 }}" . }}',
    ],
)
async def test_a_chart_that_asks_for_chance_or_the_time_is_held(repo: Monorepo, host: RenderHost, value: str) -> None:
    failed = await failure(host, repo.tree(chart(value)), web())
    (error,) = failed.errors
    assert isinstance(error, RenderUnstable)
    assert str(error).startswith("web/templates/map.yaml:1: helm gives another /data/value of ConfigMap")


async def test_what_is_exempt_may_differ_and_what_is_not_asked_for_is_rendered_once(repo: Monorepo, host: RenderHost) -> None:
    marked = MAP.replace("{name: %s}", "{name: %s, annotations: {fleethub.dev/ignore-drift: /data/value}}")
    tree = repo.tree(chart(templates__map_yaml=marked % ("shop", "{{ uuidv4 | quote }}")))
    assert len(await said(host, tree)) == 36
    assert await said(host, repo.tree(chart("{{ if .Values.none }}{{ now }}{{ else }}b{{ end }}"))) == "b"


async def test_only_what_can_change_the_result_changes_the_fingerprint(repo: Monorepo, host: RenderHost) -> None:
    base = fingerprint(host, repo.tree({**chart(), "web/README.md": "", "web/files/a.txt": "", "web/.helmignore": "old/\n"}))
    for same in ({"web/README.md": "x"}, {"web/files/a.txt": "x"}, {"web/files/b.txt": ""}, {"web/old/templates/x.yaml": "x"}):
        assert fingerprint(host, repo.tree(same)) == base
    others = [
        {"web/templates/b.yaml": ""},
        {"web/values.yaml": "a: 1\n"},
        {"web/crds/a.yaml": ""},
        {"web/charts/b/Chart.yaml": CHART},
    ]
    found = {fingerprint(host, repo.tree(other)) for other in others}
    assert len(found | {base}) == 5
    asking = fingerprint(host, repo.tree({"web/templates/b.yaml": '{{ .Files.Get "files/a.txt" }}'}))
    assert fingerprint(host, repo.tree({"web/files/a.txt": "y"})) != asking


async def test_definitions_count_where_they_are_rendered_and_nothing_else_beside_them_does(
    repo: Monorepo, host: RenderHost
) -> None:
    tree = repo.tree({**chart(), "web/crds/a.yaml": MAP % ("a", "a")})
    with_them, without = fingerprint(host, tree), fingerprint(host, tree, skipCrds=True)
    text = repo.tree({"web/crds/README.md": "what they are"})
    assert (fingerprint(host, text), fingerprint(host, text, skipCrds=True)) == (with_them, without)
    other = repo.tree({"web/crds/a.yaml": MAP % ("a", "b"), "web/crds/b.JSON": "{}"})
    assert fingerprint(host, other) != with_them
    assert fingerprint(host, other, skipCrds=True) == without


async def test_values_come_in_helms_order_and_each_counts(repo: Monorepo, host: RenderHost) -> None:
    files = {
        **chart("{{ .Values.a }}{{ .Values.b }}{{ .Values.c }}{{ .Values.d }}"),
        "web/values.yaml": "{a: 0, b: 0, c: 0, d: 0}",
    }
    tree = repo.tree({**files, "values/1.yaml": "{a: 1, b: 1, c: 1, d: 1}", "values/2.yaml": "{b: 2, c: 2, d: 2}"})
    options: dict[str, Any] = {"valueFiles": ["values/*.yaml"], "values": {"c": 3, "d": 3}}
    options["parameters"] = [{"name": "d", "value": "4"}]
    assert await said(host, tree, **options) == "1234"
    before = fingerprint(host, tree, **options)
    assert fingerprint(host, repo.tree({"values/3.yaml": ""}), **options) != before
    assert fingerprint(host, repo.tree({"values/x.txt": ""}), valueFiles=["values/2.yaml"]) == fingerprint(
        host, repo.tree({"values/y.txt": ""}), valueFiles=["values/2.yaml"]
    )


async def refusal(host: RenderHost, tree: LimitedTree, of: App) -> str:
    """Why an App cannot be rendered, be it found before its render or in it."""
    try:
        unit = host.describe(tree, of, RenderValues())
    except FleetError as error:
        return str(error)
    result = await host.render(tree, unit)
    return result.message if isinstance(result, RenderFailed) else ""


NEEDS_DB = CHART + "dependencies:\n  - {name: db, version: 1.x}\n"
REFUSED: list[Any] = [
    pytest.param({"web/values.schema.json": '{"required": ["port"]}'}, {}, "missing property 'port'", id="schema"),
    pytest.param({"web/templates/x.yaml": "{{ fail `not like this` }}"}, {}, "not like this", id="fail"),
    pytest.param({"web/Chart.yaml": NEEDS_DB}, {}, "web/Chart.yaml:5: dependency db is not in", id="dependency"),
    pytest.param({"web/charts/a.tgz": "x"}, {}, "web/charts/a.tgz:1: it is no packaged chart", id="archive"),
    pytest.param({"web/.helmignore": "a\n**/b\n"}, {}, "web/.helmignore:2: ** is not read", id="ignore"),
    pytest.param({}, {"valueFiles": ["none.yaml"]}, "helm.valueFiles: there is no file none.yaml", id="values"),
    pytest.param({}, {"valueFiles": ["none/*"]}, "helm.valueFiles: no file is none/*", id="glob"),
    pytest.param({"v.yaml": "- a\n"}, {"valueFiles": ["v.yaml"]}, "v.yaml:1: a file with values is one mapping", id="list"),
    pytest.param({}, {"parameter": []}, "helm.parameter is not an option (did you mean parameters?)", id="option"),
    pytest.param({}, {"parameters": [{"name": "a"}]}, "helm.parameters: value is missing", id="field"),
    pytest.param({}, {"parameters": [{"name": "a..b", "value": "x"}]}, "'a..b' could not be rendered: it is no path", id="path"),
    pytest.param({}, {"releaseName": "A"}, "'A' cannot be the name of a release", id="release"),
    pytest.param({}, {"kubeVersion": "new"}, "helm.kubeVersion 'new' is no version", id="version"),
    pytest.param({}, {"postRenderers": [{"kustomize": {}, "exec": {}}]}, "helm.postRenderers: exec is no field", id="post"),
]  # fmt: skip


@pytest.mark.parametrize("files, options, message", REFUSED)
async def test_what_is_wrong_is_said_with_its_place(
    repo: Monorepo, host: RenderHost, files: Files, options: Mapping[str, Any], message: str
) -> None:
    tree = repo.tree({**chart(), **files})
    assert message in await refusal(host, tree, web(**options))


@pytest.mark.parametrize(
    "added, refused",
    [
        ("charts/README.md", True),
        ("charts/new.yaml", True),
        ("charts/sub/new.yaml", True),
        ("charts/a-1.0.0.tgz/x", True),
        ("charts/api/charts/README.md", True),
        ("charts/api/README.md", False),
        ("charts/.gitkeep", False),
        ("charts/_notes.md", False),
        ("charts/.old/x.yaml", False),
        ("charts/api-1.0.0.tgz.prov", False),
        ("charts", False),
    ],
)
async def test_what_is_no_chart_among_subcharts_is_refused_where_helm_refuses_it(
    repo: Monorepo, host: RenderHost, added: str, refused: bool
) -> None:
    api = {} if added == "charts" else {"web/charts/api/Chart.yaml": "apiVersion: v2\nname: api\nversion: 1.0.0\n"}
    tree = repo.tree({**chart(), **api, f"web/{added}": "x: 1\n"})
    command = [str(helm.HELM), "template", "web", "web"]
    by_helm = subprocess.run(command, cwd=repo.git.path, env={"HOME": "/"}, capture_output=True, text=True, check=False)
    said = await refusal(host, tree, web())
    assert (bool(by_helm.returncode), bool(said)) == (refused, refused), by_helm.stderr
    assert not refused or f"web/{added}:1: it lies in charts/ and is no chart" in said


async def test_files_that_are_missing_can_be_passed_over(repo: Monorepo, host: RenderHost) -> None:
    tree = repo.tree(chart("{{ .Values.x | default `none` }}"))
    options = {"valueFiles": ["none.yaml", "none/*.yaml"], "ignoreMissingValueFiles": True}
    before = fingerprint(host, tree, **options)
    assert await said(host, tree, **options) == "none"
    assert fingerprint(host, repo.tree({"none.yaml": "x: 1\n"}), **options) != before


async def test_a_chart_that_never_ends_or_eats_memory_costs_only_its_worker(repo: Monorepo) -> None:
    endless = "{{ range until 60000 }}{{ range until 60000 }}{{ end }}{{ end }}"
    settings, clock, before = RenderSettings(max_memory=600 * 1024 * 1024), Clock(), children()
    host = host_with(settings)
    rendering = asyncio.create_task(failure(host, repo.tree(chart(endless)), web()), name="rendering")
    await eventually(lambda: any(cpu_seconds(child) > 0.5 for child in children() - before))  # it was asked, and has begun
    clock.forward(settings.deadline)
    slow = await rendering
    large = await failure(host, repo.tree(chart("{{ repeat 1500000000 `x` }}")), web())
    assert [type(error) for error in (*slow.errors, *large.errors)] == [ProcessTimedOut, ProcessDied]
    assert await said(host, repo.tree(chart("fine"))) == "fine"


async def test_helms_own_error_is_the_same_with_either_backend(repo: Monorepo, host: RenderHost) -> None:
    tree = repo.tree(chart("{{ required `say .Values.port` .Values.port }}"))
    messages = [(await failure(each, tree, web())).message for each in (host, helm.by_program())]
    assert messages[0] == messages[1]
    assert "say .Values.port" in messages[0]


async def test_a_chart_is_found_by_its_file(repo: Monorepo, host: RenderHost) -> None:
    assert host.describe(repo.tree(chart()), web(), RenderValues()).renderer == "helm"
    with pytest.raises(RenderError, match="there is no such directory"):
        host.describe(repo.tree({}), app("none", renderer="helm"), RenderValues())


_WITHOUT = """
import sys
sys.modules["helm_python"] = None
from fleet.render.builtin.helm.library import Request, render
print(render(Request(files={}, values={}, release="a", namespace="b", kube_version="", api_versions=(), skip_schema=False)).error)
"""


async def test_a_machine_without_the_library_is_told_to_bring_a_helm_binary() -> None:
    answer = subprocess.run([sys.executable, "-c", _WITHOUT], capture_output=True, text=True, check=True, timeout=60)
    assert "name a helm binary of version 4 under settings.render.helm" in answer.stdout


ASKING = """{{/* lookup is said only where it is asked */}}
{{- $old := lookup "v1" "Secret" "prod" "a" }}
# {{ "lookup" }} {{ if $.Release.IsUpgrade }}
# {{ getHostByName "example.com" }}{{ end }}
"""


async def test_what_a_chart_asks_and_nobody_answers_is_told_with_its_line(repo: Monorepo, host: RenderHost) -> None:
    inner = {"Chart.yaml": CHART.replace("web", "sub").encode(), "templates/_a.tpl": b"\n{{ lookup }}"}
    files = chart(templates__a_yaml=ASKING) | {
        "web/charts/sub-1.0.0.tgz": archive("sub", inner),
        "web/charts/beside/Chart.yaml": CHART.replace("web", "beside"),
        "web/charts/beside/templates/b.yaml": '{{- with lookup "v1" "Pod" "a" "b" }}a{{ end }}',
    }
    tree = repo.tree(files)
    found = await host.notices(tree, host.describe(tree, web(), RenderValues()))
    assert [(str(notice.origin), notice.message) for notice in found] == [
        ("web/charts/beside/templates/b.yaml:1", "lookup finds nothing: no cluster is asked"),
        ("web/charts/sub-1.0.0.tgz:1", "templates/_a.tpl:2: lookup finds nothing: no cluster is asked"),
        ("web/templates/a.yaml:2", "lookup finds nothing: no cluster is asked"),
        ("web/templates/a.yaml:3", ".Release.IsUpgrade is false, always: there is no release before"),
        ("web/templates/a.yaml:4", "getHostByName gives an empty text: no name is looked up"),
    ]
