"""An App's choices, written into its kustomization: `kustomize edit` without the tool, and what Flux's controller writes.

Rules: kustomize 5.8, `commands/edit`; fluxcd/pkg `kustomize`, Generator. Where one key is there already `edit add` refuses
to overwrite it unless it is forced to, and so do we.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fleet.errors import RenderError
from fleet.render.builtin.kustomize.choices import NAME, Choices

_KEEP = "*"
_VERSIONS = ("newTag", "digest")


def edited(body: Mapping[str, Any], choices: Choices, *, path: str, components: Sequence[str]) -> dict[str, Any]:
    """Copy a kustomization with an App's choices in it; `components`: those of them that are there.

    `imageTags`, which kustomize corrects in the text of the file, is corrected here, because the text is written anew.
    Raises RenderError where a label or an annotation is there already.
    """
    made = dict(body)
    _move(made, "imageTags", "images")
    made.update(choices.texts)
    if choices.images or choices.set_images:
        made["images"] = _set_images(_merged_images(_entries(made, "images"), choices.images), choices.set_images)
    if choices.replicas:
        made["replicas"] = _by_name([*_entries(made, "replicas"), *choices.replicas])
    for name, pairs in choices.pairs.items():
        made[name] = _added(made.get(name) or {}, pairs, name, path=path, force=name in choices.force)
    if choices.labels:
        made["labels"] = _labels(_entries(made, "labels"), choices, path)
    if choices.patches:
        made["patches"] = [*_entries(made, "patches"), *choices.patches]
    if components:
        known = _entries(made, "components")
        made["components"] = [*known, *(each for each in dict.fromkeys(components) if each not in known)]
    if choices.common_metadata:
        made["transformers"] = [*_entries(made, "transformers"), *_metadata(choices.common_metadata)]
    if choices.build_metadata:
        made["buildMetadata"] = list(choices.build_metadata)
    return made


def _entries(body: Mapping[str, Any], name: str) -> list[Any]:
    return list(body.get(name) or ())


def _move(body: dict[str, Any], old: str, new: str) -> None:
    if old in body:
        body[new] = [*_entries(body, new), *(body.pop(old) or ())]


def _merged_images(old: Sequence[Mapping[str, Any]], new: Iterable[Mapping[str, str]]) -> list[Mapping[str, Any]]:
    """Merge images as Flux does: what is said of one that is there is written over it, tag and digest as one."""
    made = [dict(image) for image in old]
    for image in new:
        known = next((each for each in made if each.get("name") == image["name"]), None)
        if known is None:
            made.append(dict(image))
            continue
        if any(image.get(field) for field in _VERSIONS):
            for field in _VERSIONS:
                known.pop(field, None)
        known.update(image)
    return list(made)


def _set_images(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, str]]) -> list[Mapping[str, Any]]:
    """Set images as `kustomize edit set image` does: an entry of that name is replaced, and all are sorted by name."""
    if not new:
        return list(old)
    known: dict[str, Mapping[str, Any]] = {image.get("name", ""): image for image in old}
    for image in {each["name"]: each for each in new}.values():
        before = known.get(image["name"], {})
        kept = {field: before.get(field, "") if value == _KEEP else value for field, value in image.items()}
        known[image["name"]] = {field: value for field, value in kept.items() if value}
    return [known[name] for name in sorted(known)]


def _by_name(items: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The last of each name, sorted by name."""
    known = {item.get("name", ""): item for item in items}
    return [known[name] for name in sorted(known)]


def _added(old: Mapping[str, Any], new: Mapping[str, str], name: str, *, path: str, force: bool) -> dict[str, Any]:
    twice = sorted(old.keys() & new.keys())
    if twice and not force:
        option = "commonAnnotations" if name == "commonAnnotations" else "commonLabels"
        advice = f"say it in one place, or kustomize.forceC{option[1:]}: true"
        raise RenderError(path=path, reason=f"{NAME}.{name}: {twice[0]} is in the kustomization already; {advice}")
    return {**old, **new}


def _labels(old: Sequence[Mapping[str, Any]], choices: Choices, path: str) -> list[Mapping[str, Any]]:
    """Add labels as `kustomize edit add label` does: to the first entry that is as far-reaching, or as a new one."""
    made = list(old)
    force = "commonLabels" in choices.force
    for label in choices.labels:
        place = next((at for at, each in enumerate(made) if _reach(each) == _reach(label) and "fields" not in label), None)
        if place is None:
            made.append(label)
            continue
        pairs = _added(made[place].get("pairs") or {}, label["pairs"], "labels", path=path, force=force)
        made[place] = {**made[place], "pairs": pairs}
    return made


def _reach(label: Mapping[str, Any]) -> tuple[bool, bool]:
    return bool(label.get("includeSelectors")), bool(label.get("includeTemplates"))


def _metadata(wanted: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Built-in transformers that write labels and annotations on the objects alone, never into a template, after all others."""
    kinds = {"labels": "LabelTransformer", "annotations": "AnnotationsTransformer"}
    return [
        json.dumps(
            {
                "apiVersion": "builtin",
                "kind": kinds[name],
                "metadata": {"name": f"common-{name}"},
                name: pairs,
                "fieldSpecs": [{"path": f"metadata/{name}", "create": True}],
            },
            ensure_ascii=False,
        )
        for name, pairs in wanted.items()
    ]
