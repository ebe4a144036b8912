"""An Application's sync policy and exemptions, as an App has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fleet.mapping.builtin.argocd.checks import FINALIZER
from fleet.mapping.builtin.argocd.jq import pointers
from fleet.mapping.builtin.fields import Complaint
from fleet.model.app import DriftPolicy, IgnoreDrift, OnRemoval, OwnNamespace, Propagation
from fleet.model.fields import FieldPath

_SKIP = "argocd.argoproj.io/skip-reconcile"
_THEIRS = ("argocd.argoproj.io/", "notifications.argoproj.io/", "argocd-image-updater.argoproj.io/")
_FINALIZERS = frozenset({FINALIZER, f"{FINALIZER}/background", f"{FINALIZER}/foreground"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What decides when an App is synced, and what becomes of what it no longer wants."""

    automated: bool
    prune: bool
    on_removal: OnRemoval
    drift: DriftPolicy
    paused: bool
    propagation: Propagation
    removal_propagation: Propagation
    overwrite: bool
    own_namespace: OwnNamespace | None


def policy_of(document: Mapping[str, Any]) -> Policy:
    """Read it; what is absent means what Argo CD takes it for."""
    metadata, said = document["metadata"], document["spec"].get("syncPolicy") or {}
    automated = said.get("automated")
    options = dict(each.strip().split("=", 1) for each in said.get("syncOptions") or ())
    theirs = said.get("managedNamespaceMetadata") or {}
    deletes = bool(_FINALIZERS & set(metadata.get("finalizers") or ())) and options.get("Delete") != "false"
    own = OwnNamespace(labels=theirs.get("labels") or {}, annotations=theirs.get("annotations") or {})
    automated = automated if automated is not None and automated.get("enabled") is not False else None
    return Policy(
        automated=automated is not None,
        prune=bool(automated and automated.get("prune")) and options.get("Prune") != "false",
        on_removal=OnRemoval.DELETE if deletes else OnRemoval.ORPHAN,
        drift=DriftPolicy.REVERT if automated and automated.get("selfHeal") else DriftPolicy.REPORT,
        paused=(metadata.get("annotations") or {}).get(_SKIP) == "true",
        propagation=Propagation(options.get("PrunePropagationPolicy", "foreground").capitalize()),
        removal_propagation=_of_finalizers(metadata.get("finalizers") or ()),
        overwrite=options.get("Replace") == "true",
        own_namespace=own if options.get("CreateNamespace") == "true" else None,
    )


def _of_finalizers(said: Iterable[str]) -> Propagation:
    """How the finalizers have objects deleted: the first that says so counts, and without one they go in the foreground."""
    first = next((each for each in said if each.startswith(f"{FINALIZER}/") and each in _FINALIZERS), "")
    return Propagation.BACKGROUND if first.endswith("/background") else Propagation.FOREGROUND


def complaints(document: Mapping[str, Any]) -> Iterator[Complaint]:
    """Paths that cannot be read in what may differ."""
    for number, rule in enumerate(document["spec"].get("ignoreDifferences") or ()):
        at = f"/spec/ignoreDifferences/{number}"
        for index, pointer in enumerate(rule.get("jsonPointers") or ()):
            try:
                FieldPath.parse(pointer)
            except ValueError as error:
                yield f"{at}/jsonPointers/{index}", str(error)
        for index, expression in enumerate(rule.get("jqPathExpressions") or ()):
            try:
                pointers(expression)
            except ValueError as error:
                yield f"{at}/jqPathExpressions/{index}", f"{expression}: {error}"


def notices(document: Mapping[str, Any]) -> Iterator[Complaint]:
    """Annotations and finalizers that mean something to Argo CD alone."""
    metadata = document["metadata"]
    for name in metadata.get("annotations") or {}:
        if name.startswith(_THEIRS) and name != _SKIP:
            more = "; order Apps with dependsOn" if name.endswith("/sync-wave") else ""
            yield "/metadata/annotations", f"{name} on an Application has no effect here{more}"
    for each in metadata.get("finalizers") or ():
        if each not in _FINALIZERS:
            yield "/metadata/finalizers", f"finalizer {each} has no effect here"


def ignored(spec: Mapping[str, Any]) -> tuple[IgnoreDrift, ...]:
    """What may differ, whoever says which field."""
    return tuple(
        IgnoreDrift(
            kind=rule["kind"],
            group=rule.get("group") or "",
            namespace=rule.get("namespace") or "",
            name=rule.get("name") or "",
            fields=(
                *(rule.get("jsonPointers") or ()),
                *(pointer for each in rule.get("jqPathExpressions") or () for pointer in pointers(each)),
            ),
            managers=tuple(rule.get("managedFieldsManagers") or ()),
        )
        for rule in spec.get("ignoreDifferences") or ()
    )
