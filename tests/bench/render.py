"""`fleet render` of many Apps, a third plain, a third kustomize, a third Helm: cold, warm, and each third alone."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import orjson

from tests.bench.figures import Figure
from tests.bench.monorepo import objects
from tests.flows.soak_hub import FLEET, environment
from tests.render.repo import KUBECTL
from tests.source.git import Git

APPS = 1000
RENDERERS = ("plain", "kustomize", "helm")
_PROCESSES = 11

_CHART = {
    "Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "values.yaml": "name: web\nimage: shop\nreplicas: 0\n",
    "templates/_names.tpl": '{{- define "web.labels" -}}\napp: {{ .Values.name | quote }}\n{{- end -}}\n',
    "templates/service.yaml": """\
apiVersion: v1
kind: Service
metadata: {name: {{ .Values.name }}, labels: {{ include "web.labels" . | fromYaml | toJson }}}
spec: {selector: {app: {{ .Values.name }}}, ports: [{port: 80}]}
""",
    "templates/deployment.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Values.name }}
  labels: {{- include "web.labels" . | nindent 4 }}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: {{ .Values.name }}}}
  template:
    metadata: {labels: {app: {{ .Values.name }}}}
    spec:
      containers:
        - {name: main, image: {{ .Values.image | quote }}}
""",
}


@dataclass(frozen=True, slots=True)
class Taken:
    """What one run of the command took, with all of its processes."""

    seconds: float
    cpu: float


def measure(directory: Path, *, apps: int) -> list[Figure]:
    """Render everything, and each third alone, from an empty cache and again from a full one."""
    figures: list[Figure] = []
    for chosen in (RENDERERS, *((each,) for each in RENDERERS)):
        name = "a third each" if len(chosen) > 1 else chosen[0]
        fleet = _fleet(directory / "-".join(chosen), chosen, apps=apps if len(chosen) > 1 else apps // len(RENDERERS))
        count = apps if len(chosen) > 1 else apps // len(RENDERERS)
        for state in ("cold", "warm"):
            taken = _render(fleet, count)
            figures += [
                Figure(id="render", what=f"{count} Apps, {name}, {state}", value=taken.seconds, unit="s"),
                Figure(id="render", what="  processor time of it", value=taken.cpu, unit="s"),
            ]
    return [*figures, *_processes(directory / "kustomize")]


def _fleet(directory: Path, renderers: Sequence[str], *, apps: int) -> Path:
    """Make a repository of so many Apps and the registry of a hub that never ran."""
    shutil.rmtree(directory, ignore_errors=True)
    git = Git(directory / "repo")
    for path, text in _files(renderers, apps).items():
        git.write(path, text)
    git.commit()
    registry = directory / "clusters.yaml"
    cluster = "- {name: bench, server: 'https://127.0.0.1:1', token: 'env:NONE'}"
    registry.write_text(
        f"fleet: bench\nsource: {{url: {git.path}, branch: main}}\nstate: {directory / 'state'}\nclusters:\n{cluster}\n"
    )
    return registry


def _files(renderers: Sequence[str], apps: int) -> Mapping[str, str]:
    found = {"clusters/bench/cluster.yaml": "labels: {tier: bench}\n"}
    found |= {f"charts/web/{path}": text for path, text in _CHART.items()}
    names = [f"o{number}.yaml" for number in range(4)]
    found["base/kustomization.yaml"] = f"resources: [{', '.join(names)}]\n"
    found |= {f"base/{name}": orjson.dumps(body).decode() for name, body in zip(names, objects(0, edition=1), strict=True)}
    for number in range(apps):
        renderer = renderers[number % len(renderers)]
        name = f"app-{number:04}"
        spec: dict[str, object] = {"path": f"apps/{name}"}
        if renderer == "plain":
            text = "---\n".join(orjson.dumps(body).decode() + "\n" for body in objects(number, edition=1))
            found[f"apps/{name}/{name}.yaml"] = text
        elif renderer == "kustomize":
            patch = f'[{{"op": "replace", "path": "/spec/replicas", "value": {number % 9}}}]'
            found[f"apps/{name}/kustomization.yaml"] = (
                f"resources: [../../base]\nnamePrefix: n{number}-\nlabels: [{{pairs: {{app: {name}}}}}]\n"
                f"patches: [{{target: {{kind: Deployment}}, patch: '{patch}'}}]\n"
            )
        else:
            spec = {"path": "charts/web", "helm": {"values": {"name": name, "replicas": number % 9}}}
        body = {"apiVersion": "fleethub.dev/v1alpha1", "kind": "App", "metadata": {"name": name}, "spec": spec}
        found[f"clusters/bench/{name}.yaml"] = orjson.dumps(body).decode()
    return found


def _render(registry: Path, apps: int) -> Taken:
    before, begun = _children(), time.monotonic()
    command = [sys.executable, FLEET, "--config", str(registry), "render"]
    # The user's own cache may hold these very renders, from the last time.
    own = {**environment(), "XDG_CACHE_HOME": str(registry.parent / "cache")}
    done = subprocess.run(command, capture_output=True, text=True, timeout=3600, env=own)
    taken = Taken(time.monotonic() - begun, _children() - before)
    if done.returncode or done.stdout.count("\nkind: ") < 2 * apps:
        raise RuntimeError(f"fleet render failed: {done.stderr[:2000]}")
    return taken


def _processes(directory: Path) -> list[Figure]:
    """What of it is kubectl: a bare `kubectl kustomize` of one of the Apps, and a kubectl that does nothing."""
    place = directory / "repo"
    commands = {"kubectl kustomize of one App": ["kustomize", "apps/app-0001"], "kubectl options": ["options"]}
    samples: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(_PROCESSES):
        for name, arguments in commands.items():
            before = _children()
            subprocess.run([str(KUBECTL), *arguments], cwd=place, env={"GOGC": "off"}, capture_output=True, check=True)
            samples[name].append(1000 * (_children() - before))
    return [
        Figure(id="render", what=f"{name}, processor time", value=median(times), unit="ms", samples=tuple(times))
        for name, times in samples.items()
    ]


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
