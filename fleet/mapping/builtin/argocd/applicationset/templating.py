"""Fills all texts of a value, by the template language that an ApplicationSet chooses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fleet.errors import FieldInvalid, TemplateFailed
from fleet.mapping.builtin import gotemplate
from fleet.mapping.builtin.argocd.applicationset import fasttemplate
from fleet.mapping.builtin.fields import escaped
from fleet.mapping.builtin.gotemplate.limits import Allowance, Yaml

Parameters = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Filler:
    """The template language, and its options."""

    go: bool
    options: tuple[str, ...]
    yaml: Yaml
    allowance: Allowance = field(default_factory=Allowance)
    """Of the whole ApplicationSet."""

    def charge(self, at: str, many: int = 1) -> None:
        """Count what is made; raises FieldInvalid when it is too much."""
        try:
            self.allowance.take(many)
        except TemplateFailed as error:
            raise FieldInvalid(at=at, message=str(error)) from None

    def text(self, at: str, template: str, parameters: Parameters) -> str:
        """Fill one text; raises FieldInvalid."""
        try:
            if not self.go:
                self.allowance.take(1 + len(template) // 256)
                return fasttemplate.fill(template, parameters)
            if "{{" not in template:
                return template
            return gotemplate.fill(
                gotemplate.parse(template), parameters, options=self.options, yaml=self.yaml, allowance=self.allowance
            )
        except TemplateFailed as error:
            raise FieldInvalid(at=at, message=str(error)) from None

    def whole(self, at: str, value: Any, parameters: Parameters) -> Any:
        """Fill all texts in a value, keys of mappings too; null in a mapping is as good as absent."""
        self.charge(at)
        if isinstance(value, str):
            return self.text(at, value, parameters)
        if isinstance(value, Mapping):
            return {
                self.text(at, key, parameters): self.whole(f"{at}/{escaped(key)}", inner, parameters)
                for key, inner in value.items()
                if inner is not None
            }
        if isinstance(value, list):
            return [self.whole(f"{at}/{number}", inner, parameters) for number, inner in enumerate(value)]
        return value

    def with_values(self, at: str, values: Mapping[str, str], parameters: Parameters) -> dict[str, Any]:
        """Add a generator's further values, each filled with the parameters and not with one another."""
        made = {key: self.text(f"{at}/{escaped(key)}", value, parameters) for key, value in values.items()}
        if not self.go:
            return {**parameters, **{f"values.{key}": value for key, value in made.items()}}
        return {**parameters, "values": gotemplate.OfTexts(made)} if made else dict(parameters)
