"""What the reference says of the command is what the command takes and prints."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from fleet.cli.frame.dispatch import VERBS, parser_of, verb_module
from fleet.queries import answers
from fleet.queries.plain import camel

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
COMMAND = (REFERENCE / "command.md").read_text()
OUTPUT = (REFERENCE / "output.md").read_text()
FLAG = re.compile(r"`(--?[A-Za-z][-a-z]*)")


def sections(text: str) -> dict[str, str]:
    """A page's parts by their headings of the third order; what stands before them under the empty name."""
    parts = re.split(r"^#{2,3} (.+)$", text, flags=re.MULTILINE)
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def flags_of(verb: str) -> set[str]:
    """Every flag that a verb's parser takes."""
    return {flag for action in parser_of(verb, verb_module(verb))._actions for flag in action.option_strings}


def listed(text: str) -> set[str]:
    """The flags in the first column of a page's tables."""
    cells = (line.replace("\\|", "/").split("|")[1] for line in text.splitlines() if line.startswith("|"))
    return {flag for cell in cells for flag in FLAG.findall(cell)}


def test_every_verb_has_its_section_and_no_other_has_one() -> None:
    assert set(sections(COMMAND)) - {"", "Verbs", "With a hub", "Without a hub"} == set(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_the_flags_of_a_verb_are_those_of_its_section(verb: str) -> None:
    parts = sections(COMMAND)
    assert flags_of(verb) - listed(parts[""]) == listed(parts[verb])


def test_every_global_flag_is_taken_by_every_verb() -> None:
    common = set.intersection(*(flags_of(verb) for verb in VERBS))
    assert listed(sections(COMMAND)[""]) == common


def test_every_field_of_every_answer_is_in_the_reference_and_no_other_is() -> None:
    nouns = [noun for noun in vars(answers).values() if isinstance(noun, type) and is_dataclass(noun)]
    known = {_title(noun.__name__): {camel(each.name) for each in fields(noun)} for noun in nouns}
    told = {name: set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)) for name, part in sections(OUTPUT).items()}
    del told[""], told["Without a hub"]
    assert told == known


def _title(noun: str) -> str:
    return noun.removesuffix("Answer") if noun.endswith("Answer") else noun.removesuffix("Summary") + " at a glance"
