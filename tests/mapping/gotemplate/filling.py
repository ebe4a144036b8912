"""Fills templates with the interpreter under test."""

from __future__ import annotations

from typing import Any

from fleet.errors import TemplateFailed
from fleet.k8syaml import dump, load_documents
from fleet.mapping.builtin.gotemplate import fill, go_values, parse
from fleet.mapping.builtin.gotemplate.limits import Yaml
from tests.mapping.gotemplate.cases import DATA


def read_yaml(text: str) -> Any:
    """The one document of a text."""
    documents = load_documents(text.encode(), file="text")
    return documents[0].value if documents else None


YAML = Yaml(read=read_yaml, write=lambda value: dump([value]))


def text_of(template: str, data: Any = DATA, *, options: tuple[str, ...] = ()) -> str:
    """Fill a template with data."""
    return fill(parse(template), go_values(data), options=options, yaml=YAML)


def filled(template: str, option: str) -> dict[str, str]:
    """What a template gives, as the judge says it."""
    try:
        return {"text": text_of(template, options=(option,) if option else ())}
    except TemplateFailed as error:
        return {"error": str(error)}
