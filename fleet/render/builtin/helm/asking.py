"""What a template asks of a cluster, a network or a release before: answered as `helm template` does, with nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fleet.hooks import SourceTree
from fleet.model.app import Notice
from fleet.model.manifest import Origin
from fleet.render.builtin.helm.archives import unpacked
from fleet.render.builtin.helm.changing import TOKEN, actions
from fleet.render.builtin.helm.chart import Chart

_FUNCTIONS = {
    "lookup": "lookup finds nothing: no cluster is asked",
    "getHostByName": "getHostByName gives an empty text: no name is looked up",
}
_FIELDS = {
    ".Release.IsUpgrade": ".Release.IsUpgrade is false, always: there is no release before",
    ".Release.IsInstall": ".Release.IsInstall is true, always: there is no release before",
    ".Release.Revision": ".Release.Revision is 1, always: there is no release before",
}


def in_tree(tree: SourceTree, chart: Chart) -> Iterator[Notice]:
    """What the chart's own templates ask, and those of charts that stand in it."""
    for path, entry in sorted(chart.entries.items()):
        if path.endswith(".tgz"):
            yield from _packed(tree.read(entry.path), Origin(entry.path, 1), "")
        elif "templates/" in path:
            yield from (Notice(Origin(entry.path, line), said) for line, said in asked(tree.read(entry.path)))


def in_packages(chart: Chart, packages: Mapping[str, bytes]) -> Iterator[Notice]:
    """What the charts of repositories ask; each notice stands where the chart is asked for."""
    for path, package in packages.items():
        wanted, origin = chart.wanted[path]
        yield from _packed(package, origin, f"{wanted.name}/")


def asked(text: bytes) -> Iterator[tuple[int, str]]:
    """The lines of a template that ask such a thing, and what they get."""
    plain = text.decode("utf-8", "replace")
    for begin, end in actions(plain):
        for token in TOKEN.finditer(plain, begin, end):
            said = _FUNCTIONS.get(token[0]) or next((_FIELDS[name] for name in _FIELDS if token[0].endswith(name)), "")
            if said:
                yield plain.count("\n", 0, token.start()) + 1, said


def _packed(package: bytes, origin: Origin, inside: str) -> Iterator[Notice]:
    for path, content in sorted(unpacked(package).items()):
        if path.endswith(".tgz"):
            yield from _packed(content, origin, f"{inside}{path}/")
        elif "templates/" in path:
            yield from (Notice(origin, f"{inside}{path}:{line}: {said}") for line, said in asked(content))
