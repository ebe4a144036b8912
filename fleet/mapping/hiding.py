"""Takes the values of Secrets out of errors: whatever fails on what it was given may quote it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any

from fleet.errors import FleetError

_SHORTEST = 4  # characters: a shorter text stands in too many words to be taken out of them
_HIDDEN = "(hidden)"


def hidden(errors: Iterable[FleetError], secrets: Iterable[str]) -> tuple[FleetError, ...]:
    """The same errors, without any of these texts, nor what becomes of them in quotes or in base64."""
    forms = sorted({form for text in secrets if len(text) >= _SHORTEST for form in _forms(text)}, key=len, reverse=True)
    return tuple(_without(error, forms) for error in errors)


def _forms(text: str) -> Iterator[str]:
    yield text
    yield from (line for line in text.split("\n") if len(line) >= _SHORTEST)
    yield json.dumps(text)[1:-1]
    yield base64.b64encode(text.encode()).decode()


def _without(error: FleetError, forms: Iterable[str]) -> FleetError:
    if not any(form in str(error) for form in forms):
        return error
    return type(error)(**{name: _plain(fact, forms) for name, fact in error.facts.items()})


def _plain(fact: Any, forms: Iterable[str]) -> Any:
    if isinstance(fact, tuple):
        return tuple(_without(each, forms) if isinstance(each, FleetError) else _plain(each, forms) for each in fact)
    text = str(fact)
    if isinstance(fact, int) or not any(form in text for form in forms):
        return fact
    for form in forms:
        text = text.replace(form, _HIDDEN)
    return text
