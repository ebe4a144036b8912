"""The marks that say whose an object is: written on every member, read back from everything live."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from fleet.model import flux_words
from fleet.model.keys import AppKey, ObjectKey
from fleet.model.manifest import Manifest

PREFIX = "fleethub.dev/"
NAMESPACE = "fleethub-system"
MANAGER = "fleethub"

FLEET = PREFIX + "fleet"
OWNER = PREFIX + "owner"
DIGEST = PREFIX + "digest"
REVISION = PREFIX + "revision"
SOURCE = PREFIX + "source"
HOOK_RUN = PREFIX + "hook-run"
KIND = PREFIX + "kind"
INVENTORY = PREFIX + "inventory"
PART_OF = "applyset.kubernetes.io/part-of"
APPLYSET_ID = "applyset.kubernetes.io/id"

IGNORE_DRIFT = PREFIX + "ignore-drift"
EXEMPT = PREFIX + "exempt"
PRUNE = PREFIX + "prune"
REPLACE = PREFIX + "replace"
WAVE = PREFIX + "wave"
ADOPT = PREFIX + "adopt"

WAVES = (WAVE, "argocd.argoproj.io/sync-wave")
"""Annotations that say an object's wave; our own word counts where both stand."""


def keeps(metadata: Mapping[str, Any]) -> bool:
    """Whether an object says that it is never to be deleted (our own word, or another tool's for the same)."""
    annotations = metadata.get("annotations") or {}
    options = _argo_options(annotations)
    return (
        annotations.get(PRUNE) == "false"
        or annotations.get("helm.sh/resource-policy") == "keep"
        or flux_words.keeps(metadata)
        or "Prune=false" in options
        or "Delete=false" in options
    )


def replaces(metadata: Mapping[str, Any], *, overwrite: bool = False) -> bool:
    """Whether an object says that it may be deleted and created anew (our own word, or another tool's for the same).

    Argo CD's `Replace=true` alone does not: see `overwrites`. `overwrite` is whether the object's App says that for all it has.
    """
    annotations = metadata.get("annotations") or {}
    options = _argo_options(annotations)
    return (
        annotations.get(REPLACE) == "true"
        or flux_words.replaces(metadata)
        or ("Force=true" in options and _says_replace(options, overwrite))
    )


def overwrites(annotations: Mapping[str, str], *, overwrite: bool = False) -> bool:
    """Whether annotations say that a change leaves nothing of others in the object: Argo CD's `Replace=true`, a PUT there.

    `overwrite` is whether the object's App says it for all it has; the object's own `Replace=false` counts before that.
    """
    options = _argo_options(annotations)
    return _says_replace(options, overwrite) and "Force=true" not in options


def _says_replace(options: frozenset[str], overwrite: bool) -> bool:
    return "Replace=true" in options or (overwrite and "Replace=false" not in options)


def confirmed(annotations: Mapping[str, str]) -> bool:
    """Whether annotations say that the object is deleted only when somebody confirms it: Argo CD's `confirm`."""
    return not _argo_options(annotations).isdisjoint(("Prune=confirm", "Delete=confirm"))


def wave_of(annotations: Mapping[str, str]) -> int:
    """The wave that annotations put an object into, 0 where they say none; raises ValueError when it is no integer."""
    name = next((each for each in WAVES if each in annotations), "")
    if not name:
        return 0
    return integer(name, annotations[name])


def integer(name: str, value: str) -> int:
    """Read an annotation's value as an integer; raises ValueError that names it."""
    said = value.strip()
    if not _INTEGER.fullmatch(said):
        raise ValueError(f"{name}: {said or '(nothing)'} is not an integer")
    return int(said)


def _argo_options(annotations: Mapping[str, str]) -> frozenset[str]:
    return frozenset(annotations.get("argocd.argoproj.io/sync-options", "").replace(" ", "").split(","))


_INTEGER = re.compile(r"[+-]?[0-9]{1,9}")
# A DNS subdomain, as a ConfigMap's name must be; the length leaves room for `part.<n>.`.
_PLAIN_NAME = re.compile(r"(?=.{1,240}\Z)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


def inventory_name(app: str, part: int = 0) -> str:
    """The ConfigMap that is a part of an App's Inventory; part 0 is the ApplySet parent.

    An App whose name no ConfigMap can have gets a hash of it: `app-<hash>`, which is nobody's `app.<name>`.
    """
    prefix = f"part{{0}}{part}{{0}}" if part else "app{0}"
    if _PLAIN_NAME.fullmatch(app):
        return prefix.format(".") + app
    return prefix.format("-") + hashlib.sha256(app.encode()).hexdigest()[:32]


def applyset_id(app: str) -> str:
    """The ApplySet id of an App's Inventory: KEP-3659's hash of name, namespace, kind and group of the parent."""
    parent = f"{inventory_name(app)}.{NAMESPACE}.ConfigMap."
    digest = base64.urlsafe_b64encode(hashlib.sha256(parent.encode()).digest()).rstrip(b"=").decode()
    return f"applyset-{digest}-v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The marks found on a live object. Any of them may be missing (empty), stale, or copied from another object."""

    fleet: str = ""
    owner: str = ""
    digest: str = ""
    revision: str = ""
    source: str = ""
    run: str = ""
    """Of a hook's object: the run and the phase it was made for."""
    part_of: str = ""

    @classmethod
    def read(cls, metadata: Mapping[str, Any]) -> Self:
        """Take them from an object's metadata."""
        labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
        return cls(
            fleet=labels.get(FLEET, ""),
            owner=annotations.get(OWNER, ""),
            digest=annotations.get(DIGEST, ""),
            revision=annotations.get(REVISION, ""),
            source=annotations.get(SOURCE, ""),
            run=annotations.get(HOOK_RUN, ""),
            part_of=labels.get(PART_OF, ""),
        )

    def owner_of(self, key: ObjectKey) -> AppKey | None:
        """The App these marks give the object to; None when they name another object, or none: controllers copy marks."""
        app, _, member = self.owner.partition(" ")
        if member != key.member:
            return None
        try:
            return AppKey.parse(app)
        except ValueError:
            return None


def marked(manifest: Manifest, *, fleet: str, app: AppKey, revision: str, run: str = "") -> dict[str, Any]:
    """Copy a Manifest's body with our marks on it: what is sent to the API server; a hook's says which run it is for."""
    metadata = manifest.body["metadata"]
    labels = {**(metadata.get("labels") or {}), PART_OF: applyset_id(app.app), FLEET: fleet}
    annotations = {
        **(metadata.get("annotations") or {}),
        OWNER: f"{app} {manifest.key.member}",
        DIGEST: manifest.digest,
        REVISION: revision,
        SOURCE: str(manifest.origin),
        **({HOOK_RUN: run} if run else {}),
    }
    return {**manifest.body, "metadata": {**metadata, "labels": labels, "annotations": annotations}}


def without_digest(body: Mapping[str, Any]) -> dict[str, Any]:
    """Copy a marked body without its digest: as long as it is not there, the object counts as not applied."""
    metadata = body["metadata"]
    annotations = {name: value for name, value in metadata["annotations"].items() if name != DIGEST}
    return {**body, "metadata": {**metadata, "annotations": annotations}}
