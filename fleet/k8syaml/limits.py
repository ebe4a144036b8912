"""How much one file may ask of the hub before it is refused."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.errors import LimitExceeded


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bound what reading one file may cost; each field is a setting, `limits.yaml.<name in camelCase>`."""

    max_bytes: int = 16 * 1024 * 1024  # the largest bundles of CRDs people commit are about 10 MiB
    max_documents: int = 10_000  # more objects than this in one file cannot be read by a person
    max_depth: int = 200  # the deepest CRD schemas nest about 80; orjson writes at most 254 levels
    max_values: int = 1_000_000  # about 300 bytes of memory each; a 10 MiB bundle of CRDs has 500,000
    max_alias_values: int = 100_000  # copies made by aliases; an honest file has some hundred

    def check(self, name: str, amount: int, *, file: str, line: int) -> None:
        """Refuse an `amount` above the limit called `name`, at this file and line."""
        limit: int = getattr(self, name)
        if amount > limit:
            raise exceeded(name, limit, file=file, line=line)


DEFAULT = Limits()

_SAYS = {
    "max_bytes": "the file has too many bytes",
    "max_documents": "the file has too many documents",
    "max_depth": "the nesting is too deep",
    "max_values": "the file has too many values",
    "max_alias_values": "the aliases repeat too many values",
}


def exceeded(name: str, limit: int, *, file: str, line: int) -> LimitExceeded:
    """Say which limit was exceeded where, and the setting that raises it."""
    head, *tail = name.split("_")
    setting = "limits.yaml." + head + "".join(word.capitalize() for word in tail)
    return LimitExceeded(file=file, line=line, message=_SAYS[name], limit=limit, setting=setting)
