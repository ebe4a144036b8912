"""`${NAME}` in declarations and renders: the values a cluster gives, substituted as Flux does.

Flux substitutes in each object's YAML, written out with as few quotes as possible, and reads it again: `replicas: ${N}`
becomes a number, quoted in git or not. So does this; `expansion` says what a reference stands for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from fleet.k8syaml import dump, load_documents

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
RESERVED = frozenset({"CLUSTER_NAME", "CLUSTER_PATH"})
_LABEL = "CLUSTER_LABEL_"
_REFERENCES = re.compile(r"\$\{#?(\w+)")
_OPT_OUT = "kustomize.toolkit.fluxcd.io/substitute"


def cluster_variables(variables: Mapping[str, str], labels: Mapping[str, str], *, name: str, path: str) -> Mapping[str, str]:
    """All variables of a cluster: its own, CLUSTER_NAME, CLUSTER_PATH and CLUSTER_LABEL_<KEY>.

    A label's key is written in upper case with `_` for all but letters and digits; two labels that would share one have none.
    """
    named: dict[str, list[str]] = {}
    for key, value in labels.items():
        named.setdefault(_LABEL + re.sub(r"[^A-Za-z0-9]", "_", key).upper(), []).append(value)
    single = {variable: values[0] for variable, values in named.items() if len(values) == 1}
    return {**variables, **single, "CLUSTER_NAME": name, "CLUSTER_PATH": path}


def references(text: str) -> frozenset[str]:
    """Every variable that a text may ask for, in defaults too."""
    return frozenset(_REFERENCES.findall(text))


def values_used(names: Iterable[str], variables: Mapping[str, str]) -> list[tuple[str, str | None]]:
    """What of a cluster's variables decides a substitution, as JSON: part of the Fingerprint. A missing one is null."""
    return [(name, variables.get(name)) for name in sorted(names)]


def opted_out(value: Any) -> bool:
    """Whether an object says, by Flux's label or annotation, that nothing is put into it."""
    metadata = value.get("metadata") if isinstance(value, dict) else None
    said = [metadata.get(where) for where in ("labels", "annotations")] if isinstance(metadata, dict) else []
    return any(isinstance(each, dict) and each.get(_OPT_OUT) == "disabled" for each in said)


def written(value: Any) -> str:
    """Write a value the way it is substituted in."""
    return dump([value])


def read_back(text: str, *, file: str) -> Any:
    """Read the value of a text after substitution; raises YamlError whose line is of that text, not of the file."""
    documents = load_documents(text, file=file)
    return documents[0].value if documents else None
