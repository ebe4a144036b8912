"""The kinds every error is one of."""

from __future__ import annotations

from typing import Any, ClassVar


class FleetError(Exception):
    """Something went wrong: {message}"""

    retry: ClassVar[bool] = False

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        for name, value in facts.items():
            setattr(self, name, value)
        super().__init__(self.text())

    def text(self) -> str:
        """Say the class's docstring with this error's facts filled in, on one line."""
        template = " ".join((type(self).__doc__ or "").split())
        return template.format(**self.facts)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.facts))


def _rebuild(kind: type[FleetError], facts: dict[str, Any]) -> FleetError:
    return kind(**facts)


class LocatedError(FleetError):
    """{file}:{line}: {message}"""

    file: str
    line: int


class SeveralErrors(FleetError):
    """{count} errors, said one to a line: all that is wrong is told at once."""

    errors: tuple[FleetError, ...]

    def text(self) -> str:
        """Say each error on its line."""
        return "\n".join(str(error) for error in self.facts["errors"])
