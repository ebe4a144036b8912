"""`${NAME}` in declarations and renders: the values a cluster gives, substituted as Flux does.

Flux substitutes in each object's YAML, written out with as few quotes as possible, and reads it again: `replicas: ${N}`
becomes a number, quoted in git or not. So does this. `$${` stands for a literal `${`; what is put in is not looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fleet.k8syaml import dump, load_documents

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
RESERVED = frozenset({"CLUSTER_NAME", "CLUSTER_PATH"})
_LABEL = "CLUSTER_LABEL_"
_OPENS = re.compile(r"\$?\$\{")
_ENDS = re.compile(r"\$\{|\}")
_DEFAULTS = (":-", ":=")
# Flux's other functions, the longer first, to refuse them by name.
_FUNCTIONS = ("^^", "^", ",,", ",", "##", "#", "%%", "%", "//", "/#", "/%", "/", ":+", ":?", ":", "=", "-", "+", "?")


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why a reference cannot be substituted, and what it names: how its line is found."""

    reference: str
    message: str


@dataclass(frozen=True, slots=True)
class Substituted:
    """A text after substitution, and every mistake in it; with any, the text is not to be used."""

    text: str
    mistakes: tuple[Mistake, ...] = ()


def cluster_variables(variables: Mapping[str, str], labels: Mapping[str, str], *, name: str, path: str) -> Mapping[str, str]:
    """All variables of a cluster: its own, CLUSTER_NAME, CLUSTER_PATH and CLUSTER_LABEL_<KEY>.

    A label's key is written in upper case with `_` for all but letters and digits; two labels that would share one have none.
    """
    named: dict[str, list[str]] = {}
    for key, value in labels.items():
        named.setdefault(_LABEL + re.sub(r"[^A-Za-z0-9]", "_", key).upper(), []).append(value)
    single = {variable: values[0] for variable, values in named.items() if len(values) == 1}
    return {**variables, **single, "CLUSTER_NAME": name, "CLUSTER_PATH": path}


def substitute(text: str, variables: Mapping[str, str]) -> Substituted:
    """Put variables into a text: `${NAME}`, `${NAME:-default}`, `${NAME:=default}` (for one that is missing or empty)."""
    pieces: list[str] = []
    mistakes: list[Mistake] = []
    at = 0
    while opening := _OPENS.search(text, at):
        pieces.append(text[at : opening.start()])
        if opening.group() == "$${":
            pieces.append("${")
            at = opening.end()
            continue
        end = _closing(text, opening.end())
        value = _value(text[opening.end() : end], variables)
        pieces.append(value.text)
        mistakes.extend(value.mistakes)
        at = end + 1
    pieces.append(text[at:])
    return Substituted("".join(pieces), tuple(mistakes))


def references(text: str) -> frozenset[str]:
    """Every variable that a text may ask for, in defaults too."""
    return frozenset(re.findall(r"\$\{([A-Za-z_][A-Za-z0-9_]*)", text))


def values_used(names: Iterable[str], variables: Mapping[str, str]) -> list[tuple[str, str | None]]:
    """What of a cluster's variables decides a substitution, as JSON: part of the Fingerprint. A missing one is null."""
    return [(name, variables.get(name)) for name in sorted(names)]


def written(value: Any) -> str:
    """Write a value the way it is substituted in."""
    return dump([value])


def read_back(text: str, *, file: str) -> Any:
    """Read the value of a text after substitution; raises YamlError whose line is of that text, not of the file."""
    documents = load_documents(text, file=file)
    return documents[0].value if documents else None


def _closing(text: str, at: int) -> int:
    """Where the brace that opened just before `at` closes; the end of the text when it does not."""
    depth = 1
    while found := _ENDS.search(text, at):
        depth += 1 if found.group() == "${" else -1
        if not depth:
            return found.start()
        at = found.end()
    return len(text)


def _value(inside: str, variables: Mapping[str, str]) -> Substituted:
    found = NAME.match(inside)
    if found is None or "\n" in inside:
        return _mistake("${", "${ begins a variable, and no name and closing brace follow; write $${ for a literal ${")
    name, rest = found.group(), inside[found.end() :]
    if rest[:2] in _DEFAULTS:
        return Substituted(variables[name]) if variables.get(name) else substitute(rest[2:], variables)
    if rest:
        function = next((known for known in _FUNCTIONS if rest.startswith(known)), rest[0])
        known = "${NAME}, ${NAME:-default} and ${NAME:=default} are"
        return _mistake("${" + name, f"the function {function} of ${{{inside}}} is not read; {known}")
    if name not in variables:
        message = f"there is no variable {name}; give it in a cluster.yaml, or a default: ${{{name}:-…}}"
        return _mistake("${" + name, message)
    return Substituted(variables[name])


def _mistake(reference: str, message: str) -> Substituted:
    return Substituted("", (Mistake(reference, message),))
