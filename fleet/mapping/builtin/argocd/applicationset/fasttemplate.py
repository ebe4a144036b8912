"""Fills `{{name}}` as the Go library fasttemplate does in Argo CD: what is no parameter stays as it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fleet.errors import TemplateFailed

_TEMPLATED = re.compile(r"\{\{.*\}\}")  # on one line: Argo CD looks no further
_OPEN, _CLOSE = "{{", "}}"


def fill(template: str, parameters: Mapping[str, Any]) -> str:
    """Fill a template; raises TemplateFailed where a tag does not end."""
    if not _TEMPLATED.search(template):
        return template
    made, at = [], 0
    while (start := template.find(_OPEN, at)) >= 0:
        end = template.find(_CLOSE, start + len(_OPEN))
        if end < 0:
            raise TemplateFailed(reason=f"{_OPEN} without {_CLOSE}")
        tag = template[start + len(_OPEN) : end]
        value = parameters.get(tag.strip())
        made += [template[at:start], value if isinstance(value, str) and tag.strip() else f"{_OPEN}{tag}{_CLOSE}"]
        at = end + len(_CLOSE)
    return "".join([*made, template[at:]])
