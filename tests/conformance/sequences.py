"""Sequences of requests at random, from a seed: three managers who apply, patch and edit the same objects."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from tests.conformance.case import Case

MANAGERS = ("one", "two", "three")
# Half of them from a seed that is always the same, half from a new one.
AT_EVERY_RUN = 40
# The verb and how often it is drawn.
_VERBS = {"apply": 6, "force": 3, "merge": 3, "edit": 2, "strategic": 1, "json": 1}
Chance = random.Random


def sequences(seed: int, *, count: int, length: int = 10) -> list[Case]:
    """Return so many cases, the same ones for the same seed."""
    return [_sequence(seed, number, length) for number in range(count)]


def _sequence(seed: int, number: int, length: int) -> Case:
    chance = random.Random(f"{seed}-{number}")
    kind = chance.choice(sorted(_BODIES))
    begun = {chance.choice(["create", "apply"]): f"{kind}/it", "by": chance.choice(MANAGERS), "body": _BODIES[kind](chance)}
    steps = [begun, *(_step(chance, kind) for _ in range(length)), {"get": f"{kind}/it"}]
    return Case(name=f"sequence-{seed}-{number}", topic="sequences", steps=tuple(steps))


def _step(chance: Chance, kind: str) -> dict[str, Any]:
    (verb,) = chance.choices(list(_VERBS), weights=list(_VERBS.values()))
    if verb == "json":
        return {"json": f"{kind}/it", "by": chance.choice(MANAGERS), "body": [_operation(chance)]}
    if verb == "strategic" and kind == "widget":
        verb = "merge"
    by, body = chance.choice(MANAGERS), _BODIES[kind](chance)
    if verb == "merge" and chance.random() < 0.5:
        body = _without(chance, body)
    forced = {"force": True} if verb == "force" else {}
    return {"apply" if verb == "force" else verb: f"{kind}/it", "by": by, **forced, "body": body}


def _operation(chance: Chance) -> dict[str, Any]:
    label = chance.choice("abc")
    value = chance.choice("12")
    whole = {"op": "add", "path": "/metadata/labels", "value": {label: value}}
    one = {"op": "add", "path": f"/metadata/labels/{label}", "value": value}
    return chance.choice([whole, one, {"op": "remove", "path": f"/metadata/labels/{label}"}])


def _without(chance: Chance, body: dict[str, Any]) -> dict[str, Any]:
    """Take a field out: a merge patch says so with null."""
    deep = [key for key, value in body.items() if isinstance(value, dict) and value and key != "metadata"]
    if not deep:
        return body
    above = chance.choice(deep)
    return body | {above: body[above] | {chance.choice(sorted(body[above])): None}}


def _some(chance: Chance, keys: str, values: str = "12") -> dict[str, str]:
    return {key: chance.choice(values) for key in keys if chance.random() < 0.5}


def _maybe(chance: Chance, fields: dict[str, Any], likely: float = 0.4) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if chance.random() < likely}


def _metadata(chance: Chance) -> dict[str, Any]:
    metadata = _maybe(chance, {"labels": _some(chance, "abc"), "annotations": _some(chance, "xz")})
    return {"metadata": metadata} if metadata else {}


def _config_map(chance: Chance) -> dict[str, Any]:
    return _metadata(chance) | _maybe(chance, {"data": _some(chance, "abcd")}, likely=0.9)


def _widget(chance: Chance) -> dict[str, Any]:
    """Leave out maps of free keys: a real server may make null of one that nobody fills, and refuse it. A case shows that."""
    ports = [{"port": 80}, {"port": 80, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]
    chosen = [port | _maybe(chance, {"name": chance.choice("pq")}) for port in ports if chance.random() < 0.5]
    spec = {
        "size": chance.choice(["small", "large"]),
        "replicas": chance.choice([1, 2]),
        "note": chance.choice([None, "n"]),
        "port": chance.choice([80, "http"]),
        "options": _maybe(chance, {"level": chance.choice([3, 4]), "strict": chance.choice([True, False])}),
        "frozen": _some(chance, "ab"),
        "tags": [tag for tag in chance.sample("abcd", 4) if chance.random() < 0.5],
        "numbers": chance.choices([1, 2], k=chance.randrange(3)),
        "steps": [{"run": run} for run in _some(chance, "ab")],
        "ports": chance.sample(chosen, len(chosen)),
    }
    return _metadata(chance) | {"spec": _maybe(chance, spec)}


def _deployment(chance: Chance) -> dict[str, Any]:
    names = chance.choice([["main"], ["main", "side"], ["side", "main"]])
    template = {
        "metadata": {"labels": {"app": "it", **_some(chance, "ab")}},
        "spec": {"containers": [_container(chance, name) for name in names], **_maybe(chance, _POD)},
    }
    spec = {
        "selector": {"matchLabels": {"app": "it"}},
        "template": template,
        **_maybe(chance, {"replicas": chance.choice([1, 2]), "minReadySeconds": 5, "paused": True}),
        **_maybe(chance, {"strategy": {"type": "RollingUpdate", "rollingUpdate": _maybe(chance, {"maxSurge": 2})}}),
    }
    return _metadata(chance) | {"spec": spec}


_POD = {"hostNetwork": False, "serviceAccountName": "s", "tolerations": [{"key": "k", "operator": "Exists"}]}


def _container(chance: Chance, name: str) -> dict[str, Any]:
    env = [{"name": variable, "value": chance.choice("12")} for variable in chance.sample("ABC", 3) if chance.random() < 0.5]
    fields = {
        "env": env,
        "args": chance.choices(["a", "b"], k=2),
        "ports": [{"containerPort": chance.choice([80, 81])}],
        "resources": {"requests": _maybe(chance, {"cpu": chance.choice(["500m", "1"]), "memory": "1Gi"})},
        "imagePullPolicy": "Always",
    }
    return {"name": name, "image": chance.choice(["web:1", "web:2"]), **_maybe(chance, fields)}


def _service(chance: Chance) -> dict[str, Any]:
    ports = [{"name": "a", "port": 80}, {"name": "b", "port": 80, "protocol": "UDP"}, {"name": "c", "port": 81}]
    chosen = [port | _maybe(chance, {"targetPort": chance.choice([8080, "http"])}) for port in ports if chance.random() < 0.6]
    spec = {"ports": chosen or ports[:1], **_maybe(chance, {"selector": _some(chance, "ab"), "sessionAffinity": "None"})}
    return _metadata(chance) | {"spec": spec}


_BODIES: dict[str, Callable[[Chance], dict[str, Any]]] = {
    "cm": _config_map,
    "widget": _widget,
    "deploy": _deployment,
    "svc": _service,
}
