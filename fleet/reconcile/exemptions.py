"""Asks the plugins what may differ. What their answers mean, and what a missing one does, is `plan`'s to say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fleet.errors import FleetError
from fleet.hooks import guard
from fleet.hooks.contexts import ExemptionContext
from fleet.hooks.declarations import DriftExemption
from fleet.model.app import App
from fleet.model.drift import Exempted
from fleet.model.keys import ObjectKey
from fleet.model.manifest import Manifest
from fleet.plan import exempt


def exempted(app: App, manifests: Iterable[Manifest], declared: Iterable[DriftExemption]) -> Mapping[ObjectKey, Exempted]:
    """What may differ of each Manifest, by the App's own word and by the exemptions that are declared in git.

    Objects of which everything must match are not in the answer.
    """
    in_git = [exemption for exemption in declared if exemption.where in ("git", "both")]
    answers = ((manifest.key, exempt.exempted(manifest, app, _asked(manifest, in_git))) for manifest in manifests)
    return {key: answer for key, answer in answers if answer is not None}


def _asked(manifest: Manifest, declared: Iterable[DriftExemption]) -> Mapping[str, Iterable[str] | FleetError]:
    labels = manifest.metadata.get("labels") or {}
    concerned = [
        one
        for one in declared
        if not one.annotation or one.annotation in manifest.annotations or (one.label and one.annotation in labels)
    ]
    return {exemption.annotation or exemption.name: _answer(exemption, manifest) for exemption in concerned}


def _answer(exemption: DriftExemption, manifest: Manifest) -> Iterable[str] | FleetError:
    labels = manifest.metadata.get("labels") or {} if exemption.label else {}
    value = manifest.annotations.get(exemption.annotation, labels.get(exemption.annotation, ""))
    context = ExemptionContext(value=value, manifest=manifest, live=None)
    try:
        return tuple(guard.call(exemption.fields, context, plugin=exemption.name))
    except FleetError as error:
        return error
