"""Learns which defaults the API server sets, by asking its own defaulting with one struct after another: `learn`.

A rule is `{"set": {field: value}}`, for fields that are not there. `when` (another field has this value) and `has` (another field
is there) narrow it, `not` (another field has one of these values) and `unless` (one of these fields is there) except from it.
Rules are known by the name of their type, or by `type.field` of the struct around, where they are others there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.schema.facts import Defaulter

Types = Mapping[str, Mapping[str, Any]]
Rules = dict[str, list[dict[str, Any]]]

# A value of each plain type that is not its zero.
SAMPLES = {
    "string": "x",
    "int32": 7,
    "int64": 7,
    "double": 7.5,
    "quantity": "7",
    "int-or-string": 7,
    "boolean": True,
    "time": "2026-01-01T00:00:00Z",
    "microtime": "2026-01-01T00:00:00.000000Z",
    "bytes": "eA==",
}  # fmt: skip
# What depends on more than whether and how another field is set: `fleet.sandbox.objects.derived` says it in code.
DERIVED = {
    "apiextensions.v1.CustomResourceDefinitionNames": {"listKind", "singular"},
    "core.v1.Container": {"imagePullPolicy"},
    "core.v1.EphemeralContainer": {"imagePullPolicy"},
    "core.v1.ImageVolumeSource": {"pullPolicy"},
    "core.v1.ServicePort": {"targetPort"},
    "core.v1.ResourceRequirements": {"requests"},
    "core.v1.NodeSpec": {"podCIDR", "podCIDRs"},
    "core.v1.NodeStatus": {"allocatable"},
    "core.v1.PodSpec": {"serviceAccount", "serviceAccountName"},
    "core.v1.PodStatus": {"hostIP", "hostIPs", "podIP", "podIPs"},
    "core.v1.Secret": {"data"},
    "meta.v1.ObjectMeta": {"labels"},
    "networking.v1.NetworkPolicySpec": {"policyTypes"},
    "resource.v1.DeviceTaint": {"timeAdded"},
}
# Plain strings that Kubernetes' defaulting looks at, though OpenAPI lists no values.
MORE_VALUES = {
    "rbac.v1.Subject": {"kind": ["User", "Group", "ServiceAccount"]},
}  # fmt: skip


def learn(types: Types, kinds: Mapping[str, str], defaulter: Defaulter) -> Rules:
    """Return all rules: of each type as it stands most near the root of a kind, and of each other place where they differ."""
    rules: Rules = {}
    seen: set[str] = set()
    for kind, root in kinds.items():
        for place, name, build in _places(types, kind, root):
            if place in seen:
                continue
            found = _Probe(types, name, build, defaulter).rules()
            if name not in seen:
                rules[name] = found
            elif rules[name] != found:
                rules[place] = found
            seen |= {place, name}
    return {name: found for name, found in rules.items() if found or name not in types}


Build = Callable[[Mapping[str, Any]], tuple[dict[str, Any], list[Any]]]


def _places(types: Types, kind: str, root: str) -> Iterator[tuple[str, str, Build]]:
    """Walk the structs of a kind, those near the root first: place, name, and what makes an object with one in it."""
    group, version, name = kind.split("/")
    api_version = f"{group}/{version}" if group else version
    waiting: list[tuple[str, str, list[tuple[str, str]]]] = [(root, root, [])]
    seen = {root}
    while waiting:
        place, current, path = waiting.pop(0)
        yield place, current, _builder({"apiVersion": api_version, "kind": name}, path)
        if current in seen and current != root:
            continue
        seen.add(current)
        for field, expression in types[current].get("fields", {}).items():
            shape, below = struct_in(types, expression)
            if below is not None:
                waiting.append((f"{current}.{field}", below, [*path, (field, shape)]))


def struct_in(types: Types, expression: Any) -> tuple[str, str | None]:
    """Say which struct a field holds, and whether one, a list or a map of them; None where it holds none."""
    if isinstance(expression, str):
        return "one", expression if "fields" in types.get(expression, {}) else None
    shape = {"whole": "one", "map": "map", "atomic-map": "map"}.get(expression[0], "list")
    inner, below = struct_in(types, expression[1])
    return shape, below if inner == "one" else None


def _builder(head: Mapping[str, Any], path: list[tuple[str, str]]) -> Build:
    def build(content: Mapping[str, Any]) -> tuple[dict[str, Any], list[Any]]:
        value: Any = dict(content)
        steps: list[Any] = []
        for field, shape in reversed(path):
            wrapped = {"one": value, "list": [value], "map": {"key": value}}[shape]
            value = {field: wrapped}
            steps[:0] = [field, *{"one": [], "list": [0], "map": ["key"]}[shape]]
        return {**value, **head}, steps

    return build


class _Probe:
    """Asks about one struct."""

    def __init__(self, types: Types, name: str, build: Build, defaulter: Defaulter) -> None:
        self._type = types[name]
        self._types = types
        self._name = name
        self._build = build
        self._defaulter = defaulter

    def rules(self) -> list[dict[str, Any]]:
        """Return the rules in the order in which they are to be tried."""
        base = self._set_by({})
        if base is None:
            return []
        by_value = {case: found for case in self._choices() if (found := self._set_by(dict([case]))) is not None}
        chosen = {field for field, _ in by_value}
        samples = {field: self._set_by({field: sample}) for field, sample in self._samples() if field not in chosen}
        by_field = {field: found for field, found in samples.items() if found is not None}
        narrowed = [
            *({"set": found, "when": dict([case])} for case, found in by_value.items()),
            *({"set": found, "has": field} for field, found in by_field.items()),
        ]
        return [
            *self._with(narrowed, lambda field, value: field in base and base[field] != value),
            *self._base(base, by_value, by_field),
            *self._with(narrowed, lambda field, value: field not in base),
        ]

    def _with(self, rules: list[dict[str, Any]], keeps: Callable[[str, Any], bool]) -> Iterator[dict[str, Any]]:
        """Reduce each rule to the fields it is needed for."""
        for rule in rules:
            kept = {field: value for field, value in rule["set"].items() if keeps(field, value)}
            if kept:
                yield {**rule, "set": kept}

    def _base(self, base: Any, by_value: Any, by_field: Any) -> Iterator[dict[str, Any]]:
        """Rules for what is set when nothing else is, those without exceptions first."""
        excepted: list[dict[str, Any]] = []
        always: dict[str, Any] = {}
        for field, value in base.items():
            rule: dict[str, Any] = {"set": {field: value}}
            lost = [(name, at) for (name, at), found in by_value.items() if name != field and field not in found]
            absent = sorted(name for name, found in by_field.items() if name != field and field not in found)
            if lost:
                rule["not"] = {name: [at for other, at in lost if other == name] for name, _ in lost}
            if absent:
                rule["unless"] = absent
            if len(rule) > 1:
                excepted.append(rule)
            else:
                always[field] = value
        if always:
            yield {"set": always}
        yield from excepted

    def _choices(self) -> Iterator[tuple[str, Any]]:
        """Walk the values of the fields that have a few known ones."""
        listed = {**self._type.get("enums", {}), **MORE_VALUES.get(self._name, {})}
        for field, values in listed.items():
            yield from ((field, value) for value in values)

    def _samples(self) -> Iterator[tuple[str, Any]]:
        """Walk the fields with a value of each, which is not a zero."""
        for field, expression in self._type["fields"].items():
            sample = self._sample(expression)
            if sample is not None:
                yield field, sample

    def _sample(self, expression: Any) -> Any:
        if isinstance(expression, str):
            return {} if "fields" in self._types.get(expression, {}) else SAMPLES.get(expression)
        shape, inner = expression[:2]
        below = self._sample(inner)
        if below is None:
            return None
        return {"whole": below, "map": {"key": below}, "atomic-map": {"key": below}}.get(shape, [below])

    def _set_by(self, content: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return which fields of this struct come out that were neither set nor are written always; None: it is refused."""
        value, steps = self._build(content)
        found: Any = self._defaulter.one(value)
        if "error" in found:
            return None
        for step in steps:
            found = found[step] if isinstance(step, int) or step in found else {}
        return {field: value for field, value in found.items() if field not in content and self._is_own(field, value)}

    def _is_own(self, field: str, value: Any) -> bool:
        """Tell a default from what is there anyway: a zero, or a struct that is always written and has defaults of its own."""
        is_object = "metadata" in self._type["fields"]
        if (is_object and field in ("apiVersion", "kind", "metadata", "status")) or field in DERIVED.get(self._name, ()):
            return False
        if field not in self._type.get("always", ()) or (field in self._type.get("pointers", ()) and value is not None):
            return True
        return not isinstance(value, (dict, type(None))) and value not in ("", 0, False, "0") and value != []


def lines(rules: Rules) -> str:
    """Write rules a line per type."""
    return ",\n".join(f"{json.dumps(name)}: {json.dumps(each, separators=(',', ':'))}" for name, each in sorted(rules.items()))
