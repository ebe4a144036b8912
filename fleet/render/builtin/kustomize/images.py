"""The App's own words for a kustomization: `kustomize edit set image` and `set namespace`, without the tool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fleet.errors import RenderError


def read_image(text: str, *, path: str) -> dict[str, str]:
    """Read `name[=newName][:tag][@digest]` as an entry of `images`; raises RenderError."""
    name, separator, new = text.partition("=")
    new_name, tag, digest = _parts(new if separator else text)
    name = name if separator else new_name
    if not name or (separator and not (new_name or tag or digest)) or not (separator or tag or digest):
        reason = f"kustomize.images: {text!r} is not NAME=NEWNAME:TAG, NAME:TAG or NAME@DIGEST"
        raise RenderError(path=path, reason=reason)
    said = {"newName": new_name if separator else "", "newTag": tag, "digest": digest}
    return {"name": name, **{field: value for field, value in said.items() if value}}


def edited(body: Mapping[str, Any], *, images: Sequence[Mapping[str, str]], namespace: str, origins: bool) -> dict[str, Any]:
    """Copy a kustomization with images and namespace set, asking for origins where that is wanted.

    An image that is named already is replaced in its place, as `kustomize edit set image` does. `imageTags`, which
    kustomize corrects in the text of the file, is corrected here, because the text is written anew.
    """
    made = {("images" if name == "imageTags" else name): value for name, value in body.items()}
    if images:
        made["images"] = _merged(made.get("images") or (), images)
    if namespace:
        made["namespace"] = namespace
    if origins:
        made["buildMetadata"] = [*(made.get("buildMetadata") or ()), "originAnnotations"]
    return made


def _merged(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, str]]) -> list[Mapping[str, Any]]:
    ours = {image["name"]: image for image in new}
    kept = [ours.pop(image.get("name", ""), image) for image in old]
    return [*kept, *ours.values()]


def _parts(text: str) -> tuple[str, str, str]:
    """Take an image apart: name, tag, digest. A colon before a slash is a registry's port."""
    text, _, digest = text.partition("@")
    name, colon, tag = text.rpartition(":")
    if not colon or "/" in tag:
        return text, "", digest
    return name, tag, digest
