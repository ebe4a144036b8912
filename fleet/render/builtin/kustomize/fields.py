"""The fields of a kustomization: which there are, what they refer to, and which are refused.

Taken from sigs.k8s.io/kustomize/api/types (Kustomization, GeneratorArgs, Patch, ReplacementField). Go reads JSON names in
any case; we take them only as they are written there, so that no reference can be missed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FILENAMES: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")

PLAIN: Final = frozenset(
    "apiVersion kind metadata namePrefix nameSuffix namespace commonLabels labels commonAnnotations images imageTags "
    "replicas vars sortOptions generatorOptions buildMetadata".split()
)
"""They refer to no file."""

PLACES: Final[Mapping[str, str]] = {
    "resources": "any",
    "bases": "any",  # kustomize adds them to the resources
    "components": "directory",
    "crds": "file",
    "configurations": "file",
    "generators": "config",
    "transformers": "config",
    "validators": "config",
}
"""Lists of places, and what may stand there; `config`: files or directories that configure built-in plugins."""

NESTED: Final[Mapping[str, frozenset[str]]] = {
    "patches": frozenset("path patch target options".split()),
    "patchesJson6902": frozenset("path patch target options".split()),
    "replacements": frozenset("path source targets".split()),
    "configMapGenerator": frozenset("name namespace behavior files literals envs env options".split()),
    "secretGenerator": frozenset("name namespace behavior files literals envs env options type".split()),
    "openapi": frozenset({"path"}),
}
"""Lists of mappings (openapi: one mapping) with the fields they may have, some of which are places."""

TEXT_PATCHES: Final = "patchesStrategicMerge"

NO_CHARTS: Final = (
    "kustomize would run helm for it, and nothing else is run; give the chart an App of its own with renderer helm, whose "
    "postRenderers can patch it"
)
REFUSED: Final[Mapping[str, str]] = {
    "helmCharts": NO_CHARTS,
    "helmChartInflationGenerator": NO_CHARTS,
    "helmGlobals": NO_CHARTS,
}

KNOWN: Final = PLAIN | PLACES.keys() | NESTED.keys() | {TEXT_PATCHES} | REFUSED.keys()

CONFIG_FIELDS: Final = frozenset("apiVersion kind metadata resources".split())
"""All that a kustomization may say whose result configures plugins: anything else could compute a place nobody has seen."""
