"""Writes texts at random that exercise every part of YAML people use, and some that are broken: `text(rng)`."""

from __future__ import annotations

from random import Random

WORDS = (
    "a b yes No on y n ~ null Null true 0 1 -1 +1 007 0o17 08 0x1f 0b11 1_000 1e3 1E-2 1.0 -0.0 .5 5. 1:30 2024-01-01 = "
    "9223372036854775807 9223372036854775808 18446744073709551615 123456789012345678901 -9223372036854775809 1e400 .1_0 "
    "2001-12-14T21:59:43.10-05:00 +.5 0b2 0o9 0x 1__0 _1 1_ +0x1f -0b1 00 -0 +. x:y http://x/#f a#b "
    "é 😀 1,000 100m 50% v1.2 ! nan inf 0e0 1e 1.e5 1e+5 1.5e300 4.9e-324 1e21 1e20 123456.789e3 0.1e-6"
).split()
ODD = ["\t", "\u0085", "\u2028", "\u2029", "\ufeff", "\x00", "\x07", "\x7f", "\xa0", "\r", "\r\n", "\n", " ", "  ", "\n\n"]
ODD += ["---", "\n---\n", "\n...\n", "--- #x\n", "\n--- x\n", "%", "%YAML 1.1\n", "#", " #", ": ", ":", "- ", "? ", ",", "[", "]"]
ODD += ["{", "}", "'", '"', "\\", "|", ">", "&a ", "*a", "!", "!!str ", "!x ", "@", "`", "<<: ", "0", "~", "é"]
TAGS = [
    "!!str",
    "!!int",
    "!!float",
    "!!bool",
    "!!null",
    "!!binary",
    "!!timestamp",
    "!",
    "!local",
    "!!map",
    "!!seq",
    "!<tag:x,1:y>",
]
ESCAPES = [*list('0abtnvfre"\\N_LP ') * 3, "x41", "u00e9", "U0001F600", "\n   ", "t\n", "ud83d", "q", "/"]
HEAD = "apiVersion: v1\nkind: Case\nmetadata: {name: x}\n"


def text(rng: Random) -> str:
    """Write one file: documents of random values, sometimes as JSON, sometimes spoilt in a few places."""
    made = _separated(rng, [_document(rng) for _ in range(rng.choice((1, 1, 1, 2, 3)))])
    if rng.random() < 0.2:
        for _ in range(rng.randint(1, 3)):
            made = _spoilt(rng, made)
    if rng.random() < 0.1:
        made = made.replace("\n", "\r\n")
    return ("\ufeff" if rng.random() < 0.03 else "") + made


def _separated(rng: Random, documents: list[str]) -> str:
    separators = ["---\n"] * 6 + ["--- # c\n", "---\n# c\n---\n", "---\t\n", "---  \n", "---\n\n", "...\n---\n", "---\n~\n---\n"]
    made = rng.choice([*["", "---\n", "# c\n", "# c\n---\n", "\n\n"] * 4, "%YAML 1.1\n---\n"])
    for number, document in enumerate(documents):
        made += (rng.choice(separators) if number else "") + document
    made += rng.choice(["", "", "\n", "---\n", "...\n", "# c\n", "\n\n  \n"])
    # kubectl trips over a last line without an end behind a JSON object
    return made[:-1] if made.endswith("\n") and '{"apiVersion' not in made and rng.random() < 0.1 else made


def _spoilt(rng: Random, made: str) -> str:
    place = rng.randrange(len(made) + 1)
    lines = made[made.rfind("\n", 0, place) + 1 :].split("\n")[:2]
    if any(name in line for line in lines for name in ("apiVersion", "kind", "metadata")):
        return made  # what is no object tells nothing: kubectl's label has ways of its own with it
    return made[:place] + rng.choice(ODD) + made[place + rng.choice((0, 0, 1, 2)) :]


def _document(rng: Random) -> str:
    kind = rng.random()
    if kind < 0.07:
        return (
            '{"apiVersion": "v1", "kind": "Case", "metadata": {"name": "x"}, "value": '
            + _json(rng, 3)
            + "}"
            + rng.choice(["\n", "\n", " # c\n", "  \n"])
        )
    if kind < 0.14:
        items = "".join(f"- {_Writer(rng).head(2)}" for _ in range(rng.randint(0, 3)))
        return f"apiVersion: v1\nkind: {rng.choice(['List', 'CaseList'])}\nitems:{chr(10) + items if items else ' []' + chr(10)}"
    return _Writer(rng).head(0)


def _json(rng: Random, depth: int) -> str:
    numbers = [
        "1",
        "1.0",
        "1e3",
        "-0",
        "1.5E-7",
        "12345678901234567890",
        "9007199254740993",
        "1e400",
        "true",
        "null",
        "01",
        "NaN",
    ]
    kind = rng.random()
    if depth == 0 or kind < 0.5:
        return rng.choice([*numbers, '"a"', '"\\u00e9\\/"', '"\\ud83d\\ude00"', '"\\ud800"', '"a\tb"', '"<&>"', '"\u2028"'])
    if kind < 0.75:
        return "[" + ", ".join(_json(rng, depth - 1) for _ in range(rng.randint(0, 3))) + "]"
    keys = [rng.choice(["a", "b", "c", "d\\u0061", "1", "A"]) for _ in range(rng.randint(0, 3))]
    return "{" + ",\n ".join(f'"{key}": {_json(rng, depth - 1)}' for key in keys) + "}"


class _Writer:
    """Writes the values of one document; knows which anchors stand above."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.anchors: list[tuple[str, str]] = []

    def head(self, indent: int) -> str:
        """An object in block style; the first line stands where it is put."""
        pad = " " * indent
        lines = HEAD.replace("\n", "\n" + pad).rstrip(" ")
        fields = "".join(f"{pad}value{n}:{self.value(indent, 3)}\n" for n in range(self.rng.randint(1, 4)))
        return lines + fields

    def value(self, indent: int, depth: int) -> str:
        """What follows a `key:` or a `-`: begins with a space or a line break."""
        rng = self.rng
        kind = rng.random()
        if kind < 0.08 and self.anchors:
            return f" *{rng.choice(self.anchors)[0]}"
        anchor, tag = self._anchor(), f" {rng.choice(TAGS)}" if rng.random() < 0.04 else ""
        front = rng.choice((anchor + tag, tag + anchor))
        if depth == 0 or kind < 0.45:
            return self._note(anchor, "scalar", front + self._scalar(indent))
        if kind < 0.62:
            return self._note(anchor, "flow", f"{front} {self._flow(depth)}{self._comment()}")
        if kind < 0.8:
            return self._note(anchor, "list", front + self._comment() + self._list(indent, depth))
        return self._note(anchor, "map", front + self._comment() + self._map(indent, depth))

    def _note(self, anchor: str, kind: str, made: str) -> str:
        if anchor:
            self.anchors.append((anchor[2:], kind))
        return made

    def _anchor(self) -> str:
        return (
            f" &{self.rng.choice(['a', 'b', 'c', 'a1-_', 'é'][: 4 if self.rng.random() < 0.95 else 5])}"
            if self.rng.random() < 0.15
            else ""
        )

    def _comment(self) -> str:
        return self.rng.choice(["", "", "", "", " # c", "\t# c", " #", "  "] if self.rng.random() < 0.5 else [""])

    def _list(self, indent: int, depth: int) -> str:
        inner = indent + self.rng.choice((0, 2, 2, 4)) if indent or self.rng.random() < 0.5 else 2
        items = (f"\n{' ' * inner}-{self.value(inner + 2, depth - 1)}" for _ in range(self.rng.randint(1, 3)))
        return self._gap().join(["", *items])

    def _map(self, indent: int, depth: int) -> str:
        inner = indent + self.rng.choice((1, 2, 2, 4))
        made = ""
        for _ in range(self.rng.randint(1, 3)):
            made += f"\n{' ' * inner}{self._key()}:{self.value(inner, depth - 1)}" + self._gap()
        if self.rng.random() < 0.2:
            made += f"\n{' ' * inner}<<:{self._merged()}"
        return made

    def _gap(self) -> str:
        return (
            self.rng.choice(["", "", "", "", "\n", "\n# c", "\n      # c", "\n\t"][: 7 if self.rng.random() < 0.8 else 8])
            if self.rng.random() < 0.2
            else ""
        )

    def _merged(self) -> str:
        rng = self.rng
        names = [name for name, kind in self.anchors if kind in ("map", "flow") or rng.random() < 0.1]
        if not names or rng.random() < 0.2:
            return " {m: 1, n: 2}"
        if rng.random() < 0.3:
            return f" [*{rng.choice(names)}, {{m: 3}}, *{rng.choice(names)}]"
        return f" *{rng.choice(names)}"

    def _key(self) -> str:
        rng = self.rng
        if rng.random() < 0.7:
            return f"k{rng.randrange(30)}"
        if rng.random() < 0.1 and self.anchors:
            return f"*{rng.choice(self.anchors)[0]} "
        return rng.choice(
            [rng.choice(WORDS), '"q"', "'q'", "? k\n ", "k k", '"a\\tb"', "!!str 1", "&k key", "!!int 3", "!!float 4", ""]
        )

    def _scalar(self, indent: int) -> str:
        rng = self.rng
        kind = rng.random()
        if kind < 0.5:
            return f" {rng.choice(WORDS)}{self._comment()}"
        if kind < 0.58:
            more = "".join(f"\n{' ' * (indent + rng.randint(1, 3))}{rng.choice(WORDS)}" for _ in range(rng.randint(1, 2)))
            return f" {rng.choice(WORDS)}{rng.choice(['', chr(10)])}{more}"
        if kind < 0.7:
            return f' "{self._double(indent)}"{self._comment()}'
        if kind < 0.8:
            return f" '{self._single(indent)}'{self._comment()}"
        return self._block(indent)

    def _double(self, indent: int) -> str:
        rng = self.rng
        parts = [rng.choice([*WORDS[:20], " ", "  ", f"\n{' ' * (indent + 1)}", "\\" + rng.choice(ESCAPES), "\t", "é", "\n\n  "])
                 for _ in range(rng.randint(0, 5))]  # fmt: skip
        return "".join(parts)

    def _single(self, indent: int) -> str:
        rng = self.rng
        parts = (
            rng.choice([*WORDS[:20], " ", "''", f"\n{' ' * (indent + 1)}", "\\n", "\t", "#", ": "])
            for _ in range(rng.randint(0, 5))
        )
        return "".join(parts)

    def _block(self, indent: int) -> str:
        rng = self.rng
        deeper = rng.choice((1, 2, 2, 4))
        sign = rng.choice("|>") + rng.choice(["", "", "-", "+", str(deeper), f"{deeper}-", f"+{deeper}"])
        lines = [
            rng.choice(["a", "b c", "", " x", "\tx", "# c", "- a", "k: v", "a ", "---", "'", "é"])
            for _ in range(rng.randint(0, 4))
        ]
        body = "".join(f"\n{' ' * (indent + deeper) if line or rng.random() < 0.5 else ''}{line}" for line in lines)
        return f" {sign}{rng.choice(['', '', ' # c'])}{body}"

    def _flow(self, depth: int) -> str:
        rng = self.rng
        if depth == 0 or rng.random() < 0.3:
            word = rng.choice(WORDS)
            return rng.choice([word, f"'{word}'", f'"{word}"', f"*{rng.choice(self.anchors)[0]} " if self.anchors else word])
        comma = rng.choice([", ", ",", ",\n   ", " , ", ", # c\n "])
        if rng.random() < 0.5:
            return (
                "[" + comma.join(self._flow(depth - 1) for _ in range(rng.randint(0, 3))) + rng.choice(["", "", ",", " "]) + "]"
            )
        colon = rng.choice([": ", ": ", " : ", ":\n  ", ":"])
        pairs = [f"{self._flow_key()}{colon}{self._flow(depth - 1)}" for _ in range(rng.randint(0, 3))]
        return "{" + comma.join(pairs) + rng.choice(["", "", ",", " "]) + "}"

    def _flow_key(self) -> str:
        rng = self.rng
        return rng.choice(
            [f"k{rng.randrange(30)}", f"k{rng.randrange(30)}", rng.choice(WORDS), '"q"', "'r'", "? k", "<<", "!!str s", "&f f"]
        )
