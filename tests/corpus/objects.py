"""Objects of the kinds that random trees are made of."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

Body = dict[str, Any]

KINDS: dict[str, Callable[[str, Random], Body]] = {
    "Deployment": lambda name, random: _workload("Deployment", name, random),
    "StatefulSet": lambda name, random: {**_workload("StatefulSet", name, random)},
    "Service": lambda name, random: {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": name}, "ports": [{"port": random.choice([80, 8080]), "name": "http"}]},
    },
    "ConfigMap": lambda name, random: {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "annotations": {"note": "kept"}},
        "data": {"a": random.choice(["1", "yes", "line\nline\n", "a: b"]), "b": str(random.randrange(9))},
    },
    "Role": lambda name, random: {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": name},
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": random.choice([["get"], ["get", "list"]])}],
    },
    "ServiceAccount": lambda name, random: {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}},
    "Widget": lambda name, random: {
        "apiVersion": "example.com/v1",
        "kind": "Widget",
        "metadata": {"name": name, "labels": {"size": random.choice(["s", "m"])}},
        "spec": {"settings": {"name": "unset"}, "count": random.randrange(5)},
    },
    "CronJob": lambda name, random: {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": name},
        "spec": {"schedule": "5 4 * * *", "jobTemplate": {"spec": {"template": _pod(name, random)}}},
    },
}


def _pod(name: str, random: Random) -> Body:
    return {
        "metadata": {"labels": {"app": name}},
        "spec": {
            "restartPolicy": "Always",
            "containers": [
                {
                    "name": "main",
                    "image": random.choice(["shop", "shop:1.2", "r.example.com:5000/team/web:v1", "web@sha256:" + "a" * 64]),
                    "args": ["--x", "$(NAME)"],
                    "env": [{"name": "A", "value": "1"}],
                    "envFrom": [{"configMapRef": {"name": "settings"}}, {"secretRef": {"name": "password"}}],
                }
            ],
        },
    }


def _workload(kind: str, name: str, random: Random) -> Body:
    spec: Body = {
        "replicas": random.randrange(4),
        "selector": {"matchLabels": {"app": name}},
        "template": _pod(name, random),
    }
    if kind == "StatefulSet":
        spec["serviceName"] = name
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "labels": {"app": name}}, "spec": spec}
