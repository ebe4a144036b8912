"""The kustomization that Flux generates for a directory without one.

Rules: fluxcd/pkg `kustomize`, Generator, and `sourceignore`; what a GitRepository's artifact leaves out, symbolic links
among it, is not there for Flux.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from fleet.errors import RenderError, SourceInvalid
from fleet.hooks import SourceTree
from fleet.model.glob import LEVELS, Glob, Piece
from fleet.model.revision import Entry, EntryKind
from fleet.render.builtin.kustomize.fields import FILENAMES

IGNORE_FILE: Final = ".sourceignore"
SUFFIXES: Final = (".yaml", ".yml")

_ALWAYS: Final = """
.git/
.gitignore
.gitmodules
.gitattributes
*.jpg
*.jpeg
*.gif
*.png
*.wmv
*.flv
*.tar.gz
*.zip
.github/
.circleci/
.travis.yml
.gitlab-ci.yml
appveyor.yml
.drone.yml
cloudbuild.yaml
codeship-services.yml
codeship-steps.yml
**/.goreleaser.yml
**/.sops.yaml
**/.flux.yaml
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """What stands in for a kustomization, and what decided it."""

    resources: tuple[str, ...]
    """Paths from the directory."""
    read: frozenset[str]
    """The `.sourceignore` files that were read, by their paths from the repository's root."""
    missing: frozenset[str]
    """Those that were looked for and are not there."""


def generated(tree: SourceTree, root: str, ignore: str) -> Generated:
    """Take every YAML file below a directory, and a directory that has a kustomization as such; raises RenderError for none.

    `ignore`: patterns of a GitRepository's own, after those of the repository's files.
    """
    below = [entry for entry in tree.walk(root) if entry.kind is EntryKind.FILE and not _linked(tree, root, entry)]
    above = [f"{directory}/{IGNORE_FILE}".lstrip("/") for directory in _down_to(root)]
    there = [path for path in above if (entry := tree.entry(path)) and entry.kind is EntryKind.FILE]
    there += [entry.path for entry in below if entry.name == IGNORE_FILE and entry.path not in there]
    rules = [*_rules(_ALWAYS, ""), *(rule for path in there for rule in _rules(_text(tree, path), path))]
    rules += _rules(ignore, "")
    resources = tuple(_resources([entry.path for entry in below if not _ignored(entry.path, rules)], root))
    if not resources:
        # An App without objects would have all of its objects deleted: that is said with no App, not with no file.
        raise RenderError(path=root, reason="the directory has no kustomization, and no YAML file to make one of")
    return Generated(resources=resources, read=frozenset(there), missing=frozenset(set(above) - set(there)))


def _linked(tree: SourceTree, root: str, entry: Entry) -> bool:
    return _inside(tree.real(entry.path), tree.real(root)) != _inside(entry.path, root)


def _inside(path: str, root: str) -> str:
    return path[len(root) :].strip("/") if path.startswith(root) else ""


def _resources(files: Iterable[str], root: str) -> Iterator[str]:
    """Give what is built, in the order of a walk: by name in each directory, a directory in its place."""
    inside = sorted(_inside(path, root).split("/") for path in files)
    built = {tuple(parts[:-1]) for parts in inside if parts[-1] in FILENAMES}
    given: set[tuple[str, ...]] = set()
    for parts in inside:
        place = next((tuple(parts[:count]) for count in range(1, len(parts)) if tuple(parts[:count]) in built), None)
        if place is None and parts[-1].endswith(SUFFIXES):
            yield "/".join(parts)
        elif place is not None and place not in given:
            given.add(place)
            yield "/".join(place)


def _down_to(root: str) -> list[str]:
    parts = root.split("/") if root else []
    return ["/".join(parts[:count]) for count in range(len(parts) + 1)]


def _text(tree: SourceTree, path: str) -> str:
    return tree.read(path).decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class _Rule:
    """One line of a `.sourceignore`, as git reads one: where it counts, what it matches, whether it takes back."""

    directory: str
    glob: Glob
    anywhere: bool
    """Whether it is about a name at any depth."""
    only_directories: bool
    back: bool

    def matches(self, path: str) -> bool:
        if self.directory and not path.startswith(f"{self.directory}/"):
            return False
        parts = _inside(path, self.directory).split("/")
        # A file is ignored by what ignores a directory above it.
        whole = parts[:-1] if self.only_directories else parts
        if self.anywhere:
            return any(self.glob.matches(part) for part in whole)
        return any(self.glob.matches("/".join(parts[:count])) for count in range(1, len(whole) + 1))


def _ignored(path: str, rules: Sequence[_Rule]) -> bool:
    """The last rule that matches decides."""
    return next((not rule.back for rule in reversed(rules) if rule.matches(path)), False)


def _rules(text: str, file: str) -> Iterator[_Rule]:
    """The rules of a file, or of a GitRepository (without a file); raises SourceInvalid for a pattern that makes no sense."""
    directory = file.rpartition("/")[0]
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("#") or not line.strip():
            continue
        said = line.removeprefix("!")
        only = said.endswith("/")
        said = said.removesuffix("/")
        try:
            glob = Glob(_pieces(said.removeprefix("/")))
        except ValueError as error:
            raise SourceInvalid(file=file or "spec.ignore", line=number, message=f"{line[:40]}: {error}") from error
        yield _Rule(directory, glob, anywhere="/" not in said, only_directories=only, back=line.startswith("!"))


def _pieces(pattern: str) -> Iterator[Piece]:
    """A pattern of git's: `*` and `?` stop at a slash, `**` between slashes does not."""
    tokens = {
        "**/": [LEVELS],
        "/**": [Piece("/"), Piece(".", many=True)],
        "*": [Piece("[^/]", many=True)],
        "?": [Piece("[^/]")],
    }
    position = 0
    while position < len(pattern):
        token = next((each for each in tokens if pattern.startswith(each, position)), "")
        group = re.match(r"\[[!^]?\]?[^\]/]*\]", pattern[position:])
        if token and (token != "/**" or position + 3 == len(pattern)):
            yield from tokens[token]
            position += len(token)
        elif group:
            yield Piece(re.sub(r"^\[!", "[^", group[0]))
            position += len(group[0])
        else:
            escaped = pattern[position] == "\\" and position + 1 < len(pattern)
            yield Piece(re.escape(pattern[position + escaped]))
            position += 1 + escaped
