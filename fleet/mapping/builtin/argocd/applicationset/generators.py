"""Generators: from what an ApplicationSet says, and what there is, to sets of parameters. In order, as far as there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from fleet.errors import FieldInvalid, YamlError
from fleet.mapping.builtin.argocd.applicationset import repository
from fleet.mapping.builtin.argocd.applicationset.flattening import flattened
from fleet.mapping.builtin.argocd.applicationset.looking import Looking
from fleet.mapping.builtin.argocd.applicationset.selectors import selects
from fleet.mapping.builtin.argocd.applicationset.templating import Filler, Parameters
from fleet.mapping.builtin.gotemplate import OfTexts, go_values
from fleet.mapping.builtin.gotemplate.functions.names import normalize
from fleet.mapping.builtin.gotemplate.merging import overridden

CLUSTER_LABEL = {"argocd.argoproj.io/secret-type": "cluster"}
"""What every Secret of a cluster is labelled with in Argo CD: selectors name it to leave Argo CD's own cluster out."""
MAX_SETS = 10_000
"""Of parameters: a matrix of two files could ask for millions."""
_STEPS = 10  # what a set of parameters costs until it is chosen or left out, as steps of a template
_DEPTH = 2  # a matrix or merge may stand in one, and no deeper
Made = list[dict[str, Any]]


class Generating:
    """What all generators of one ApplicationSet are given."""

    def __init__(self, looking: Looking, filler: Filler) -> None:
        self.looking = looking
        self.filler = filler

    def generate(self, at: str, said: Any, *, depth: int = 0) -> Made:
        """Give the sets of parameters of one generator; raises FieldInvalid."""
        name = kind_of(at, said)
        inner = f"{at}/{name}"
        block = said[name]
        if not isinstance(block, dict):
            raise FieldInvalid(at=inner, message=f"the {name} generator must be a mapping")
        if name in ("matrix", "merge"):
            if depth >= _DEPTH:
                raise FieldInvalid(at=inner, message="a matrix or merge may stand in one other, and no deeper")
            made = (self._matrix if name == "matrix" else self._merge)(inner, block, depth)
        else:
            made = self._simple(name)(inner, block)
        if len(made) > MAX_SETS:
            raise FieldInvalid(at=inner, message=f"it gives more than {MAX_SETS} sets of parameters")
        self.filler.charge(inner, _STEPS * (1 + len(made)))
        selector = said.get("selector")
        if selector is None:
            return made
        return [each for each in made if selects(f"{at}/selector", selector, flattened(each))]

    def _simple(self, name: str) -> Callable[[str, Mapping[str, Any]], Made]:
        known = {"list": self._list, "clusters": self._clusters, "git": self._git}
        return known[name]

    def _git(self, at: str, said: Mapping[str, Any]) -> Made:
        return repository.generate(at, said, self.looking, self.filler)

    def _list(self, at: str, said: Mapping[str, Any]) -> Made:
        elements, text = said.get("elements") or [], said.get("elementsYaml") or ""
        if not isinstance(elements, list) or not isinstance(text, str):
            raise FieldInvalid(at=at, message="elements must be a list, and elementsYaml a text")
        made = [self._element(f"{at}/elements/{number}", each) for number, each in enumerate(elements)]
        try:
            further = next(iter(self.looking.context.parsed(text)), None) or []
        except YamlError as error:
            raise FieldInvalid(at=f"{at}/elementsYaml", message=f"elementsYaml is no YAML: {error}") from None
        if not isinstance(further, list) or not all(isinstance(each, dict) for each in further):
            raise FieldInvalid(at=f"{at}/elementsYaml", message="elementsYaml must be a list of mappings")
        return [*made, *go_values(further)]

    def _element(self, at: str, said: Any) -> dict[str, Any]:
        if not isinstance(said, dict):
            raise FieldInvalid(at=at, message="an element must be a mapping")
        if self.filler.go:
            return dict(go_values(said))
        values = said.get("values", {})
        made = {key: value for key, value in said.items() if key != "values"}
        made |= {f"values.{key}": value for key, value in (values.items() if isinstance(values, dict) else ())}
        if not isinstance(values, dict) or not all(isinstance(value, str) for value in made.values()):
            raise FieldInvalid(at=at, message="without goTemplate an element holds texts; quote numbers and booleans")
        return made

    def _clusters(self, at: str, said: Mapping[str, Any]) -> Made:
        selector = said.get("selector") or {}
        values = said.get("values") or {}
        made = []
        for name, own in self.looking.labels().items():
            labels = {**own, **CLUSTER_LABEL}
            if selects(f"{at}/selector", selector, labels):
                made.append(self.filler.with_values(f"{at}/values", values, self._cluster(name, labels)))
        return [{"clusters": made}] if said.get("flatList") else made

    def _cluster(self, name: str, labels: Mapping[str, str]) -> dict[str, Any]:
        server = self.looking.context.fleet.servers.get(name) or name
        made = {"name": name, "nameNormalized": normalize(name), "server": server, "project": ""}
        if self.filler.go:
            return {**made, "metadata": {"labels": OfTexts(labels)}}
        return {**made, **{f"metadata.labels.{key}": value for key, value in labels.items()}}

    def _matrix(self, at: str, said: Mapping[str, Any], depth: int) -> Made:
        children = _children(at, said)
        if len(children) != 2:
            raise FieldInvalid(at=at, message=f"a matrix is made of two generators, not of {len(children)}")
        (first_at, first), (second_at, second) = children
        made: Made = []
        for one in self.generate(first_at, first, depth=depth + 1):
            for other in self.generate(second_at, self._filled(second_at, second, one), depth=depth + 1):
                made.append(self._combined(at, one, other))
                if len(made) > MAX_SETS:
                    return made
        return made

    def _filled(self, at: str, generator: Any, parameters: Parameters) -> Any:
        """A generator with the parameters of the one before it; its own values are filled again with what it gives."""
        if not parameters:
            return generator
        name = kind_of(at, generator)
        block = generator[name]
        values = block.get("values") if isinstance(block, dict) else None
        if not values:
            return self.filler.whole(at, generator, parameters)
        rest = {**generator, name: {key: value for key, value in block.items() if key != "values"}}
        made = self.filler.whole(at, rest, parameters)
        return {**made, name: {**made[name], "values": self._known_so_far(f"{at}/{name}/values", values, parameters)}}

    def _known_so_far(self, at: str, values: Mapping[str, str], parameters: Parameters) -> dict[str, str]:
        strict = replace(self.filler, options=("missingkey=error",) if self.filler.go else ())
        made = {}
        for key, value in values.items():
            try:
                made[key] = strict.text(f"{at}/{key}", value, parameters)
            except FieldInvalid:
                made[key] = value
        return made

    def _combined(self, at: str, one: Parameters, other: Parameters) -> dict[str, Any]:
        """The first generator's win. Without goTemplate none may win: the same parameter must say the same."""
        if self.filler.go:
            return overridden(other, one)
        for key in one.keys() & other.keys():
            if one[key] != other[key]:
                raise FieldInvalid(at=at, message=f"both generators give {key}, as {one[key]} and as {other[key]}")
        return {**one, **other}

    def _merge(self, at: str, said: Mapping[str, Any], depth: int) -> Made:
        keys = said.get("mergeKeys")
        if not isinstance(keys, list) or not keys or not all(isinstance(key, str) for key in keys):
            raise FieldInvalid(at=at, message="a merge needs mergeKeys, a list of names of parameters")
        children = _children(at, said)
        if len(children) < 2:
            raise FieldInvalid(at=at, message="a merge is made of two generators or more")
        first, *others = [_by_key(where, keys, self.generate(where, each, depth=depth + 1)) for where, each in children]
        for other in others:
            for key in first.keys() & other.keys():
                first[key] = overridden(first[key], other[key]) if self.filler.go else {**first[key], **other[key]}
        return list(first.values())


def kind_of(at: str, said: Any) -> str:
    """The one generator that an item says."""
    names = [name for name, block in said.items() if name != "selector" and block is not None] if isinstance(said, dict) else []
    known = ("list", "clusters", "git", "matrix", "merge")
    if len(names) != 1 or names[0] not in known:
        raise FieldInvalid(at=at, message=f"an item of generators holds one of {', '.join(known)}, and a selector if wanted")
    return str(names[0])


def _children(at: str, said: Mapping[str, Any]) -> list[tuple[str, Any]]:
    generators = said.get("generators")
    if not isinstance(generators, list):
        raise FieldInvalid(at=at, message="it needs generators, a list")
    return [(f"{at}/generators/{number}", each) for number, each in enumerate(generators)]


def _by_key(at: str, keys: list[str], sets: Made) -> dict[str, dict[str, Any]]:
    made: dict[str, dict[str, Any]] = {}
    for each in sets:
        key = repr([each.get(name) for name in sorted(set(keys))])
        if key in made:
            raise FieldInvalid(at=at, message=f"two sets of parameters have the same {', '.join(keys)}: {key}")
        made[key] = each
    return made


def all_of(at: str, items: Any) -> Iterator[tuple[str, Any]]:
    """The generators of an ApplicationSet, each with its place."""
    if not isinstance(items, list) or not items:
        raise FieldInvalid(at=at, message="an ApplicationSet needs generators, a list")
    return ((f"{at}/{number}", each) for number, each in enumerate(items))
