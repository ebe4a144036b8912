"""Text that cannot be read as Kubernetes' YAML."""

from __future__ import annotations

from fleet.errors.kinds import LocatedError


class YamlError(LocatedError):
    """{file}:{line}: {message}"""


class LimitExceeded(YamlError):
    """{file}:{line}: {message}; the limit is {limit} ({setting})"""


class DuplicateKey(YamlError):
    """{file}:{line}: the key {key!r} stands here and already at line {first}; remove one of the two"""

    key: str
    first: int
