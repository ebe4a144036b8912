"""What stands in a Secret in git reaches charts and manifests, and is shown nowhere: not where it fails either."""

from __future__ import annotations

import asyncio
import base64
import logging
import stat
from pathlib import Path

import pytest

from fleet.api import listening
from fleet.cli import main
from tests.controlplane.waiting import eventually
from tests.flows.fleets import FAST, Monorepo, running, write_registry
from tests.flows.planes import Plane
from tests.flows.safety import quiet
from tests.flows.stories import live

CANARY = "kanarienvogel-7"
CODED = base64.b64encode(CANARY.encode()).decode()
NUMBER = 271828182  # in place of a text: what fails may quote it too

SECRET = f"""
    apiVersion: v1
    kind: Secret
    metadata: {{name: pass, namespace: flux-system}}
    stringData:
      values.yaml: "login: {{password: {CANARY}, pin: {NUMBER}}}"
      one: {CANARY}
      PASSWORD: {CANARY}
    """
TAKEN = "valuesFrom: [{kind: Secret, name: pass}, {kind: Secret, name: pass, valuesKey: one, targetPath: other}]"
RELEASE = """
    apiVersion: helm.toolkit.fluxcd.io/v2
    kind: HelmRelease
    metadata: {{name: {name}, namespace: flux-system}}
    spec:
      interval: 1h
      chart: {{spec: {{chart: charts/{name}, sourceRef: {{kind: GitRepository, name: flux-system}}}}}}
      {taken}
    """
KUSTOMIZATION = """
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata: {name: built, namespace: flux-system}
    spec:
      interval: 1h
      prune: true
      path: apps/built
      sourceRef: {kind: GitRepository, name: flux-system}
      postBuild: {substituteFrom: [{kind: Secret, name: vars}]}
    """
VARIABLES = f"""
    apiVersion: v1
    kind: Secret
    metadata: {{name: vars, namespace: flux-system}}
    stringData: {{PASSWORD: {CANARY}, PIN: "{NUMBER}"}}
    """
KEPT = """
    apiVersion: v1
    kind: Secret
    metadata: {name: login, namespace: flux-system}
    stringData: {password: {{ .Values.login.password }}, other: {{ .Values.other }}}
    # {{ lookup "v1" "Secret" "a" "b" }}
    """
# What fails in each place where something is made of a value, and tells what it was given.
WRONG = {
    "fails": {"templates/a.yaml": '{{ fail (printf "no %s, %s" .Values.login.password (.Values.other | b64enc)) }}'},
    "schema": {
        "values.schema.json": '{"properties": {"login": {"properties": {"password": {"pattern": "^[0-9]+$"}}}}}',
        "templates/a.yaml": "{{/* nothing */}}",
    },
    "yaml": {"templates/a.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: *{{ .Values.other }}\n"},
    "twice": {"templates/a.yaml": "kind: Secret\n{{ .Values.other }}: 1\n{{ .Values.other }}: 2\n"},
    "typed": {"templates/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Values.login.pin | int }}}\n"},
}


def chart(name: str, files: dict[str, str]) -> dict[str, str]:
    about = f"apiVersion: v2\nname: {name}\nversion: 1.0.0\n"
    return {f"charts/{name}/{path}": text for path, text in {"Chart.yaml": about, **files}.items()}


def monorepo(cluster: str) -> dict[str, str]:
    place = f"clusters/all/{cluster}"
    files = {
        f"{place}/secrets.yaml": f"{SECRET}\n    ---{VARIABLES}",
        f"{place}/namespace.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: flux-system}\n",
        f"{place}/built.yaml": KUSTOMIZATION,
        "apps/built/a.yaml": BUILT,
    }
    for name, said in {"kept": {"templates/a.yaml": KEPT}, **WRONG}.items():
        files |= {f"{place}/{name}.yaml": RELEASE.format(name=name, taken=TAKEN), **chart(name, said)}
    return files


def leaks(text: str) -> list[str]:
    return [form for form in (CANARY, CODED, str(NUMBER)) if form in text]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of one's own for the command."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


SAID = ("status -o json", "history -o json", "drift -o json", "map --verbose -o json", "map --verbose", "validate", "diff --live")
BUILT = """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: a}
    data: {a: ${PIN}, b: '${PASSWORD}', c: ${NONE:=1}}
    """


async def test_no_value_of_a_secret_is_shown_served_or_logged(
    tmp_path: Path, plane: Plane, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    repository = Monorepo(tmp_path / "repository")
    first = repository.commit(monorepo(plane.name))
    kept = repository.path / "charts" / "kept" / "templates" / "a.yaml"
    registry = write_registry(tmp_path, repository.path, [plane], settings=FAST)
    spoken: dict[str, str] = {}

    async def say(*words: str) -> None:
        await asyncio.to_thread(main, ["--config", str(registry), *words])
        spoken[" ".join(words)] = "".join(capsys.readouterr())

    async with running(registry) as hub, listening(hub, tmp_path / "state" / "hub.sock"):
        await quiet(hub, first, plane)
        # One that came before its Namespace is tried again later, and the hub is quiet until then.
        found = await eventually(lambda: live(plane, "/api/v1/namespaces/flux-system/secrets/login"))
        assert found["data"] == {"password": CODED, "other": CODED}
        second = repository.commit({"charts/kept/templates/a.yaml": kept.read_text().replace("password:", "word:")})
        await quiet(hub, second, plane)
        for app in ("", *(f"/helm.flux-system.{name}" for name in ("kept", *WRONG)), "/built"):
            await say("get", f"{plane.name}{app}", "-o", "json")
        for words in (*SAID, f"diff {first}..{second}"):
            await say(*words.split())
        await say("render", f"{plane.name}/helm.flux-system.kept")
        rendered = spoken.pop(f"render {plane.name}/helm.flux-system.kept")
        failures = [error for report in hub.state.reports.values() for error in report.errors]
        shown = repr([each.app for each in hub.revisions.map.clusters[plane.name].apps.values()]) if hub.revisions.map else ""
    assert {name: leaks(text) for name, text in spoken.items() if leaks(text) or not text} == {}
    # That a chart asks the cluster is said wherever people look, and `render` is there to show what is made.
    looked_up = "charts/kept/templates/a.yaml:5: lookup finds nothing: no cluster is asked"
    assert (looked_up in spoken["map --verbose"], looked_up in rendered, CANARY in rendered) == (True, True, True)
    assert len(failures) >= len(WRONG) + 1
    assert leaks("\n".join(f"{error}{error!r}" for error in failures)) == []
    assert "(hidden)" in "\n".join(map(str, failures))
    assert (leaks(caplog.text), leaks(shown)) == ([], [])
    state = tmp_path / "state"
    histories = [path for path in state.glob("fleet.db*") if leaks(path.read_bytes().decode("latin-1"))]
    assert histories == []
    # Renders hold what is applied: nobody else on the machine reads them.
    assert {stat.S_IMODE(path.stat().st_mode) for path in (state / "rendered").rglob("??/*") if path.is_file()} == {0o600}
