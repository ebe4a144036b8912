"""Reading YAML: documents as repositories have them, by us and by other readers, in turn."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import ryaml
import yaml

from fleet.k8syaml import dump, line_of, load_documents
from tests.bench.figures import Figure

DOCUMENTS = 300
TIMES = 9


def measure() -> list[Figure]:
    """Read one file over and over; by processor time of one core, each reader in turn within each round."""
    text = dump(KINDS[number % len(KINDS)](number) for number in range(DOCUMENTS))
    readers: dict[str, Callable[[], object]] = {
        "k8syaml": lambda: load_documents(text, file="bench.yaml"),
        "yaml.CSafeLoader": lambda: list(yaml.load_all(text, Loader=yaml.CSafeLoader)),
        "ryaml": lambda: ryaml.loads_all(text),
    }
    rates: dict[str, list[float]] = {name: [] for name in readers}
    for _ in range(TIMES):
        for name, read in readers.items():
            begun = time.process_time()
            read()
            rates[name].append(DOCUMENTS / (time.process_time() - begun))
    figures = [
        Figure(
            id="yaml",
            what=f"{DOCUMENTS} documents of {len(text) // DOCUMENTS} bytes read by {name}",
            value=median(found),
            unit="documents/s per core",
            samples=tuple(found),
        )
        for name, found in rates.items()
    ]
    return [*figures, _line_figure(text)]


def _line_figure(text: str) -> Figure:
    """What the line of one field costs, for which the whole file is read once more."""
    begun = time.process_time()
    line_of(text, index=DOCUMENTS - 1, pointer="/metadata/name")
    spent = time.process_time() - begun
    return Figure(id="yaml", what="the line of a field of the last of them, asked for once", value=spent * 1000, unit="ms")


def _meta(number: int, **more: object) -> dict[str, object]:
    labels = {"app.kubernetes.io/name": f"web-{number}", "app.kubernetes.io/part-of": "shop"}
    return {"metadata": {"name": f"web-{number}", "namespace": f"team-{number % 40}", "labels": labels}, **more}


def _deployment(number: int) -> dict[str, object]:
    probe = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 10}
    container = {
        "name": "web",
        "image": f"registry.example.com/shop/web:1.{number}.0",
        "args": ["--listen", ":8080", "--log-level=info"],
        "env": [{"name": f"SETTING_{each}", "value": f"{each}{number}"} for each in range(8)],
        "ports": [{"name": "http", "containerPort": 8080}],
        "readinessProbe": probe,
        "livenessProbe": probe,
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
    }
    labels = {"app": f"web-{number}"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container], "serviceAccountName": "web"}}
    spec = {"replicas": 3, "selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", **_meta(number, spec=spec)}


def _service(number: int) -> dict[str, object]:
    spec = {"selector": {"app": f"web-{number}"}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}
    return {"apiVersion": "v1", "kind": "Service", **_meta(number, spec=spec)}


def _config_map(number: int) -> dict[str, object]:
    data = {"app.properties": "".join(f"key.{each} = value {each * number}\n" for each in range(20)), "debug": "false"}
    return {"apiVersion": "v1", "kind": "ConfigMap", **_meta(number, data=data)}


KINDS = (_deployment, _service, _config_map)
