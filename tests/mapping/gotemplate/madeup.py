"""Templates that nobody would write, of the words of those that somebody did."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

_VALUES = [
    *(
        ". .name .list .metadata .metadata.labels.env .absent .empty .nothing .port .ratio .yes .no .mixed "
        ".numbers .path.path .path.segments .text .quotes .branch $ $.name 1 -3 2.5 0 true "
    ).split(),
    '"a"',
    '"/"',
    '"%v-%s"',
    "`b c`",
    '(list 1 "a")',
    '(dict "a" 1)',
    "(len .list)",
    "(index .list 1)",
]
_FUNCTIONS = {
    1: (
        "upper lower trim title len not quote toJson toRawJson empty first last rest initial reverse uniq "
        "compact sortAlpha kindOf typeOf int float64 floor ceil add1 toString atoi b64enc normalize slugify "
        "base dir ext clean html urlquery print println nospace initials squote toStrings untitle swapcase "
        "sha1sum fromJson toPrettyJson until keys deepCopy "
    ).split(),
    2: (
        "eq ne lt gt and or default add sub mul div mod max min join splitList split contains hasPrefix "
        "hasSuffix trimAll trimPrefix trimSuffix append prepend has without index get hasKey trunc indent "
        "nindent repeat printf concat pick omit kindIs deepEqual slice addf subf mulf abbrev merge all any "
        "chunk round "
    ).split(),
    3: ("replace substr ternary dig printf slice eq list plural splitn untilStep ").split(),
}


def random_templates(many: int, seed: int) -> Iterator[str]:
    """Make templates up; the same for the same seed."""
    chance = Random(seed)
    for _ in range(many):
        yield "".join(_piece(chance, 2) for _ in range(chance.randint(1, 3)))


def _piece(chance: Random, depth: int) -> str:
    kind = chance.randint(0, 9)
    if kind == 0:
        return chance.choice([" text ", "\n", "a", " - "])
    if kind < 7 or not depth:
        return _braced(chance, _pipeline(chance, 2))
    inner = _piece(chance, depth - 1)
    opened = chance.choice(["if", "with", "range", "range $i, $x :=", "with $y :="]) + " " + _pipeline(chance, 1)
    otherwise = _braced(chance, "else") + _piece(chance, depth - 1) if chance.random() < 0.4 else ""
    return _braced(chance, opened) + inner + otherwise + _braced(chance, "end")


def _braced(chance: Random, inner: str) -> str:
    return chance.choice(["{{", "{{ ", "{{- "]) + inner + chance.choice(["}}", " }}", " -}}"])


def _pipeline(chance: Random, depth: int) -> str:
    first = _call(chance, depth) if chance.random() < 0.7 else chance.choice(_VALUES)
    return " | ".join([first, *(_call(chance, depth, piped=1) for _ in range(chance.choice([0, 0, 0, 1, 2])))])


def _call(chance: Random, depth: int, *, piped: int = 0) -> str:
    many = chance.choice([1, 1, 2, 2, 2, 3])
    name = chance.choice(_FUNCTIONS[many])
    return " ".join([name, *(_argument(chance, depth) for _ in range(many - piped))])


def _argument(chance: Random, depth: int) -> str:
    if depth and chance.random() < 0.25:
        return f"({_call(chance, depth - 1)})"
    return chance.choice(_VALUES)
