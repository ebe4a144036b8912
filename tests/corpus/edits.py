"""Random edits of a checkout: what people do to files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from fleet.render.builtin.kustomize.fields import FILENAMES


def edit(random: Random, root: Path, *, spared: frozenset[str] = frozenset()) -> str:
    """Change something in a checkout, but for files of these names, and say what. May change nothing."""
    files = sorted(path for path in root.rglob("*") if path.is_symlink() or not path.is_dir())
    files = [
        path
        for path in files
        if path.name not in spared and ".git" not in path.parts and not any(up.is_symlink() for up in path.parents)
    ]
    target = random.choice(files)
    way = random.choice(_LINK if target.is_symlink() else _BINARY if target.suffix in _ARCHIVES else _FILE)
    way(random, target)
    return f"{way.__name__.strip('_')} {target.relative_to(root)}"


def _number(random: Random, file: Path) -> None:
    """Change the last digit that stands in a file, or add a line."""
    text = file.read_text()
    places = [at for at, letter in enumerate(text) if letter.isdigit()]
    if not places:
        _comment(random, file)
        return
    at = random.choice(places)
    file.write_text(text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :])


def _comment(random: Random, file: Path) -> None:
    """Add a line that no YAML reader minds."""
    text = file.read_text()
    file.write_text(f"# {random.randrange(10**6)}\n{text}" if not text.lstrip().startswith(("{", "[")) else f"{text}\n\n")


def _label(random: Random, file: Path) -> None:
    """Change a word that objects are made of."""
    text = file.read_text()
    for old, new in (("app:", "apq:"), ("yes", "no"), ("shop", "shoq"), ("note", "nota"), ("a=b", "a=c")):
        if old in text and random.random() < 0.5:
            file.write_text(text.replace(old, new, 1))
            return


def _remove(random: Random, file: Path) -> None:
    file.unlink()


def _beside(random: Random, file: Path) -> None:
    """Put a new file beside another one: an object, a text, or one that a kustomization might have been."""
    name = random.choice(["new.yaml", "new.json", "NOTES.md", ".new.yaml", "sub/new.yaml", *FILENAMES])
    made = file.parent / name
    if made.exists() or made.is_symlink():
        return
    made.parent.mkdir(exist_ok=True)
    body = f'{{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {{"name": "new-{random.randrange(10**6)}"}}}}'
    made.write_text("resources: []\n" if name in FILENAMES else body)


def _move(random: Random, file: Path) -> None:
    made = file.with_name(f"moved-{file.name}")
    if made.exists():
        return
    file.rename(made)


def _lead_elsewhere(random: Random, link: Path) -> None:
    """Let a link lead to a copy of what it leads to, which differs in a digit where it is a file."""
    real = link.resolve()
    if not real.is_file():
        _unlink(random, link)
        return
    copy = real.with_name(f"copy-{random.randrange(1000)}-{real.name.split('-', 2)[-1]}")
    copy.write_text(real.read_text())
    target = link.readlink().parent / copy.name
    link.unlink()
    link.symlink_to(target)
    if random.random() < 0.5:
        _number(random, copy)


def _unlink(random: Random, link: Path) -> None:
    """Put a file or nothing in a link's place."""
    real = link.resolve()
    link.unlink()
    if real.is_file() and random.random() < 0.6:
        link.write_bytes(real.read_bytes())


_FILE: Sequence[Callable[[Random, Path], None]] = [
    _number, _number, _number, _label, _label, _comment, _beside, _beside, _move, _remove
]  # fmt: skip
_LINK: Sequence[Callable[[Random, Path], None]] = [_lead_elsewhere, _lead_elsewhere, _unlink]
_BINARY: Sequence[Callable[[Random, Path], None]] = [_beside, _move, _remove]
_ARCHIVES = (".tgz",)
