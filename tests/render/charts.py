"""Charts made at random from a seed, with what a user says of them: every part of Helm's language that charts in use have."""

from __future__ import annotations

import gzip
import io
import json
import random
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

ROOT = "apps/shop"
KUBE = ("1.31", "1.34.2", "")
_WORDS = "web api cache queue store edge auth mail jobs feed".split()

_DEFINES = """{{- define "NAME.full" -}}
{{- printf "%s-%s" .Release.Name (default .Chart.Name .Values.nameOverride) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- define "NAME.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}
"""

_TEMPLATES: Mapping[str, str] = {
    "configmap.yaml": """apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "NAME.full" . }}
  labels: {{- include "NAME.labels" . | nindent 4 }}
data:
  release: {{ .Release.Name }}-{{ .Release.Revision }}-{{ .Release.IsInstall }}
  big: {{ .Values.big | quote }}
  small: "{{ .Values.small }} {{ kindOf .Values.small }}"
  listed: {{ join "," .Values.listed | quote }}
  values: {{ toJson .Values | quote }}
  global: {{ toJson .Values.global | quote }}
""",
    "deployment.yaml": """{{- if .Values.enabled }}
# Written only where it is wanted.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "NAME.full" . }}
  namespace: {{ .Release.Namespace }}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: {{ .Chart.Name }}}}
  template:
    metadata:
      labels: {app: {{ .Chart.Name }}}
      annotations:
        checksum: {{ include (print $.Template.BasePath "/configmap.yaml") . | sha256sum }}
    spec:
      containers:
        - name: main
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
          {{- with .Values.resources }}
          resources: {{- toYaml . | nindent 12 }}
          {{- end }}
          env:
            {{- range $name, $value := .Values.env }}
            - {name: {{ $name }}, value: {{ $value | quote }}}
            {{- end }}
{{- end }}
""",
    "several.yaml": """{{- range $number, $name := .Values.listed }}
---
apiVersion: v1
kind: Service
metadata: {name: {{ include "NAME.full" $ }}-{{ $name }}-{{ $number }}}
spec: {ports: [{port: {{ add 8000 $number }}}]}
{{- end }}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: {{ include "NAME.full" . }}}
""",
    "capabilities.yaml": """apiVersion: v1
kind: ConfigMap
metadata: {name: {{ include "NAME.full" . }}-capabilities}
data:
  version: "{{ .Capabilities.KubeVersion.Version }} {{ .Capabilities.KubeVersion.Minor }} {{ .Capabilities.HelmVersion.Version }}"
  monitors: "{{ .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" }}"
  builtin: "{{ .Capabilities.APIVersions.Has "apps/v1/Deployment" }}"
  newer: {{ semverCompare ">=1.33-0" .Capabilities.KubeVersion.Version | ternary "yes" "no" }}
  found: {{ lookup "v1" "Secret" .Release.Namespace "x" | toJson | quote }}
""",
    "hook.yaml": """apiVersion: batch/v1
kind: Job
metadata:
  name: {{ include "NAME.full" . }}-migrate
  annotations:
    "helm.sh/hook": pre-install,pre-upgrade
    "helm.sh/hook-weight": "-5"
    helm.sh/hook-delete-policy: hook-succeeded
spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: {{ .Chart.Name }}-odd, annotations: {helm.sh/hook: crd-install}}
""",
    "tests/connection.yaml": """apiVersion: v1
kind: Pod
metadata:
  name: {{ include "NAME.full" . }}-test
  annotations:
    helm.sh/hook: test-success
spec: {containers: [{name: wget, image: busybox}]}
""",
    "files.yaml": """apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Chart.Name }}-files}
data:
  one: {{ .Files.Get "files/one.txt" | quote }}
{{ (.Files.Glob "files/*.ini").AsConfig | indent 2 }}
""",
    "tpl.yaml": """apiVersion: v1
kind: Secret
metadata: {name: {{ .Chart.Name }}-tpl}
stringData:
  text: {{ tpl .Values.template . | quote }}
  encoded: {{ .Values.template | b64enc }}
  gone: "{{ hasKey .Values "gone" }}"
""",
    "empty.yaml": """{{- if .Values.never }}
kind: Never
{{- end }}
# nothing
""",
    "NOTES.txt": "Thank you for installing {{ .Chart.Name }}, {{ .Values.replicas }} times.\n",
}
_CRD = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: NAMEs.example.com}
spec: {group: example.com, scope: Namespaced, names: {kind: Kind, plural: NAMEs}, versions: []}
"""
_IGNORE = "# what is no part of it\n*.bak\nsecret/\n/docs/*.md\n!*\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A chart in `ROOT` and what is beside it, the App's options, and the same said to Helm's command."""

    files: Mapping[str, str | bytes]
    options: Mapping[str, Any]
    flags: tuple[str, ...]
    kube_version: str = ""
    api_versions: tuple[str, ...] = field(default=())


def made(seed: int) -> Made:
    """Make the chart of a seed."""
    chance = random.Random(seed)
    names = chance.sample(_WORDS, 4)
    chart = _chart(chance, names[0], tuple(names[1 : 1 + chance.randint(0, 3)]), depth=0)
    files: dict[str, str | bytes] = {f"{ROOT}/{path}": content for path, content in chart.items()}
    options, flags = _said(chance, files, names)
    kube, api = chance.choice(KUBE), ("monitoring.coreos.com/v1",) if chance.random() < 0.5 else ()
    flags += ["--kube-version", kube] if kube else []
    flags += [part for version in api for part in ("--api-versions", version)]
    return Made(files=files, options=options, flags=tuple(flags), kube_version=kube, api_versions=api)


def _chart(chance: random.Random, name: str, below: tuple[str, ...], *, depth: int) -> dict[str, bytes]:
    library = chance.random() < 0.3
    dependencies: list[dict[str, Any]] = []
    files: dict[str, bytes] = {}
    values = _values(chance)
    for each in below:
        version = f"{chance.randint(0, 3)}.{chance.randint(0, 9)}.0"
        inner = _chart(chance, each, (), depth=depth + 1)
        inner["Chart.yaml"] = inner["Chart.yaml"].replace(b"1.2.3", version.encode())
        dependency: dict[str, Any] = {"name": each, "version": chance.choice([version, "*", f">={version}"])}
        called = each
        if chance.random() < 0.3:
            called = dependency["alias"] = f"{each}2"
        if chance.random() < 0.5:
            dependency["condition"] = f"{called}.on"
        if chance.random() < 0.3:
            dependency["tags"] = ["extras"]
        if chance.random() < 0.3:
            dependency["import-values"] = chance.choice([["shared"], [{"child": "image", "parent": "image"}]])
        dependencies.append(dependency)
        values[called] = {"on": chance.random() < 0.7, "replicas": chance.randint(1, 5)}
        files |= _beside(chance, each, version, inner)
    values["tags"] = {"extras": chance.random() < 0.5}
    if library:
        dependencies.append({"name": "shared", "version": "0.1.0"})
        files |= {f"charts/shared/{path}": text for path, text in _library().items()}
        files["templates/shared.yaml"] = b'{{ include "shared.map" (dict "name" .Release.Name "chart" .Chart) }}\n'
    about = {"apiVersion": "v2", "name": name, "version": "1.2.3", "appVersion": "2.0", "dependencies": dependencies}
    files |= {
        "Chart.yaml": _yaml(about),
        "values.yaml": _yaml(values),
        "templates/_all.tpl": _DEFINES.replace("NAME", name).encode(),
    }
    return files | dict(_templates(chance, name, depth))


def _templates(chance: random.Random, name: str, depth: int) -> Iterator[tuple[str, bytes]]:
    for path, text in _TEMPLATES.items():
        if path == "configmap.yaml" or chance.random() < 0.6:
            yield f"templates/{path}", text.replace("NAME", name).encode()
    if chance.random() < 0.4:
        yield "crds/kind.yaml", _CRD.replace("NAME", name).encode()
    if chance.random() < 0.5:
        yield "values.schema.json", json.dumps({"type": "object", "required": ["image"]}).encode()
    yield "files/one.txt", f"one of {name}\n".encode()
    yield "files/a.ini", b"[a]\nb = c\n"
    yield "README.md", b"# Nobody reads this\n"
    if depth:
        return
    yield "templates/.swp", b"{{ fail }}"
    if chance.random() < 0.3:
        yield ".helmignore", _IGNORE.replace("!*\n", "").encode()
        yield "templates/old.yaml.bak", b"{{ fail }}"
        yield "secret/templates/x.yaml", b"a: b"
        yield "docs/a.md", b"x"


def _library() -> dict[str, bytes]:
    text = (
        '{{- define "shared.map" -}}\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .name }}-{{ .chart.Name }}-shared}\n'
        "data: {chart: {{ .chart.Name }}}\n{{- end -}}\n"
    )
    return {
        "Chart.yaml": _yaml({"apiVersion": "v2", "name": "shared", "version": "0.1.0", "type": "library"}),
        "templates/_map.tpl": text.encode(),
    }


def _values(chance: random.Random) -> dict[str, Any]:
    return {
        "replicas": chance.randint(1, 9),
        "enabled": chance.random() < 0.7,
        "big": chance.choice([1000000, 123456789012, 1.5, 2.0, 1e21, "text", True]),
        "small": chance.choice([0, 7, 0.25, "08", False]),
        "listed": chance.sample(_WORDS, chance.randint(0, 3)),
        "image": {"repository": "registry.example.com/a", "tag": chance.choice(["", "1.0", "v2"])},
        "resources": chance.choice([{}, {"limits": {"cpu": "1", "memory": "64Mi"}}]),
        "env": {word.upper(): chance.choice(["x", 5, 1000000, True]) for word in chance.sample(_WORDS, 2)},
        "template": chance.choice(["{{ .Release.Name }}!", "{{ .Chart.Name | upper }}", "plain"]),
        "exports": {"shared": {"fromBelow": chance.randint(1, 9)}},
        "gone": "by null",
        "global": {"domain": "example.com"},
        "labels": chance.choice([{}, {"team": "a", "z": "1"}]),
    }


def _said(chance: random.Random, files: dict[str, str | bytes], names: list[str]) -> tuple[dict[str, Any], list[str]]:
    """What a user says: options of ours, and what Helm's command is given for the same."""
    options: dict[str, Any] = {}
    flags: list[str] = []
    if chance.random() < 0.7:
        files["values/a.yaml"] = "replicas: 11\nbig: 0x10\nsmall: 1e3\nglobal: {region: eu}\nenv: {EXTRA: yes}\n"
        files["values/b.yaml"] = json.dumps({"gone": None, "listed": ["x", "y"], names[1]: {"on": True, "replicas": 1000000}})
        options["valueFiles"] = chance.choice([["values/*.yaml"], ["values/a.yaml", "values/b.yaml"]])
        flags += ["--values", "values/a.yaml", "--values", "values/b.yaml"]
    if chance.random() < 0.5:
        options["values"] = {"image": {"tag": "9.9"}, "labels": {"said": "yes"}, "resources": None}
        files["said.json"] = json.dumps(options["values"])
        flags += ["--values", "said.json"]
    chosen = chance.sample(_PARAMETERS, chance.randint(0, 5))
    if chosen:
        options["parameters"] = [{"name": name, "value": value, "forceString": text} for name, value, text in chosen]
    for name, value, text in chosen:
        escaped = value if value.startswith("{") else value.replace(",", "\\,")
        flags += ["--set-string" if text else "--set", f"{name}={escaped}"]
    if chance.random() < 0.3:
        files["letter.txt"] = "Dear {{ .Release.Name }},\n  hello\n"
        options["fileParameters"] = [{"name": "template", "path": "letter.txt"}]
        flags += ["--set-file", "template=letter.txt"]
    for option, flag in (("skipTests", "--skip-tests"), ("skipSchemaValidation", "--skip-schema-validation")):
        if chance.random() < 0.3:
            options[option] = True
            flags.append(flag)
    if chance.random() < 0.3:
        options["skipCrds"] = True
    else:
        flags.append("--include-crds")
    return options, flags


_PARAMETERS = [
    ("replicas", "1000000", False),
    ("small", "5", False),
    ("big", "12345678", True),
    ("labels.a\\.b/c", "x,y", False),
    ("listed", "{one,two,3}", False),
    ("listed[1]", "7000000", False),
    ("global.port", "8000000", False),
    ("env.NEW", "true", False),
    ("image.tag", "0123", False),
    ("enabled", "TRUE", False),
    ("env.NONE", "null", False),
    ("deep.a[1].b[0]", "2000000", False),
]


def _beside(chance: random.Random, name: str, version: str, inner: Mapping[str, bytes]) -> dict[str, bytes]:
    if chance.random() < 0.4:
        return {f"charts/{name}-{version}.tgz": archive(name, inner)}
    return {f"charts/{name}/{path}": text for path, text in inner.items()}


def archive(name: str, files: Mapping[str, bytes]) -> bytes:
    """A packaged chart, the same for the same files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, content in sorted(files.items()):
            entry = tarfile.TarInfo(f"{name}/{path}")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), mtime=0)


def _yaml(value: Any) -> bytes:
    return json.dumps(value, indent=1).encode()
