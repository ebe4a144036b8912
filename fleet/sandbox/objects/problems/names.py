"""What a name, a label or a key may be (k8s.io/apimachinery `pkg/util/validation`): each gives what is wrong with a text."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_QUALIFIED = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = rf"({_QUALIFIED})?"
_KEY = r"[-._a-zA-Z0-9]+"

_OF_LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an "
    f"alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{_LABEL}')"
)
_OF_SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end "
    f"with an alphanumeric character (e.g. 'example.com', regex used for validation is '{_SUBDOMAIN}')"
)
_OF_QUALIFIED = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    f"character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{_QUALIFIED}')"
)
_OF_VALUE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end "
    f"with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '{_VALUE}')"
)
_OF_KEY = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or "
    f"'key-name', regex used for validation is '{_KEY}')"
)


def label(text: str) -> Iterator[str]:
    """As the names of Namespaces and containers are."""
    if len(text) > 63:
        yield "must be no more than 63 characters"
    if not re.fullmatch(_LABEL, text):
        yield "must not contain dots" if re.fullmatch(_SUBDOMAIN, text) else _OF_LABEL


def subdomain(text: str) -> Iterator[str]:
    """As the names of most objects are."""
    if len(text) > 253:
        yield "must be no more than 253 characters"
    if not re.fullmatch(_SUBDOMAIN, text):
        yield _OF_SUBDOMAIN


def segment(text: str) -> Iterator[str]:
    """As the names of roles are: anything that can stand in a path."""
    if text in (".", ".."):
        yield f"may not be '{text}'"
    for mark in "/%":
        if mark in text:
            yield f"may not contain '{mark}'"


def qualified(text: str) -> Iterator[str]:
    """As the keys of labels and annotations are: a name, or prefix/name."""
    prefix, slash, name = text.rpartition("/")
    if slash and "/" in prefix:
        yield f"a qualified name must consist of {_OF_QUALIFIED.partition('must consist of ')[2]} with an optional DNS subdomain"
        return
    if slash and not prefix:
        yield "prefix part must be non-empty"
    elif slash:
        yield from (f"prefix part {said}" for said in subdomain(prefix))
    if not name:
        yield "name part must be non-empty"
    elif len(name) > 63:
        yield "name part must be no more than 63 characters"
    if not re.fullmatch(_QUALIFIED, name):
        yield _OF_QUALIFIED


def value(text: str) -> Iterator[str]:
    """As the values of labels are."""
    if len(text) > 63:
        yield "must be no more than 63 characters"
    if not re.fullmatch(_VALUE, text):
        yield _OF_VALUE


def key(text: str) -> Iterator[str]:
    """As the keys of ConfigMaps and Secrets are."""
    if len(text) > 253:
        yield "must be no more than 253 characters"
    if not re.fullmatch(_KEY, text):
        yield _OF_KEY
    elif text in (".", "..") or text.startswith(".."):
        yield f"must not be '{text}'" if text in (".", "..") else "must not start with '..'"
