"""What an App says about its kustomization: the renderer's options, read and checked.

Their names are a kustomization's own. `images`, `replicas`, `labels` and the others are merged as `kustomize edit` merges
them, which is what Argo CD runs; where Flux differs, a form of its own says so (`images` as mappings, `commonMetadata`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fleet.errors import RenderError
from fleet.hooks import RenderContext
from fleet.render.builtin.kustomize.fields import NESTED
from fleet.render.builtin.options import check_known, nearest, texts

NAME: Final = "kustomize"

_TEXT: Final = ("namePrefix", "nameSuffix", "namespace")
_TEXTS: Final = ("components", "buildMetadata")
_PAIRS: Final = ("commonLabels", "commonAnnotations")
_TRUTH: Final = ("forceCommonLabels", "forceCommonAnnotations", "ignoreMissingComponents")
_MAPPINGS: Final[Mapping[str, frozenset[str]]] = {
    "patches": NESTED["patches"],
    "labels": frozenset("pairs includeSelectors includeTemplates fields".split()),
}
_IMAGE: Final = frozenset("name newName newTag digest".split())
_OTHERS: Final = ("images", "replicas", "commonMetadata", "generate", "ignore")
KNOWN: Final = (*_TEXT, *_TEXTS, *_PAIRS, *_TRUTH, *_MAPPINGS, *_OTHERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The options of one App, each absent one empty."""

    texts: Mapping[str, str] = field(default_factory=dict, hash=False)
    """`namePrefix`, `nameSuffix`, `namespace`, those that are said."""
    pairs: Mapping[str, Mapping[str, str]] = field(default_factory=dict, hash=False)
    """`commonLabels`, `commonAnnotations`, those that are said."""
    images: tuple[Mapping[str, str], ...] = ()
    """As mappings: fields of an entry that is there already are kept where they are not said."""
    set_images: tuple[Mapping[str, str], ...] = ()
    """As texts: an entry that is there already is replaced, but for what is said as `*`."""
    replicas: tuple[Mapping[str, Any], ...] = ()
    labels: tuple[Mapping[str, Any], ...] = ()
    patches: tuple[Mapping[str, Any], ...] = ()
    components: tuple[str, ...] = ()
    build_metadata: tuple[str, ...] = ()
    common_metadata: Mapping[str, Mapping[str, str]] = field(default_factory=dict, hash=False)
    force: frozenset[str] = frozenset()
    """`commonLabels`, `commonAnnotations`: where a key may be there already."""
    ignore_missing: bool = False
    generate: bool = False
    ignore: str = ""
    """Further patterns, as a `.sourceignore` has them, of files a generated kustomization leaves out."""

    @property
    def edits(self) -> bool:
        """Whether anything of the kustomization changes."""
        said = (self.texts, self.pairs, self.images, self.set_images, self.replicas, self.labels, self.patches)
        return any((*said, self.components, self.build_metadata, self.common_metadata))


def read_choices(context: RenderContext) -> Choices:
    """Read an App's options; raises RenderError with the first that cannot be meant."""
    options = check_known(context, KNOWN, renderer=NAME)
    images = _list(context, "images")
    forced = {name for name in _PAIRS if _truth(context, f"forceC{name[1:]}")}
    return Choices(
        texts={name: _text(context, name) for name in _TEXT if options.get(name)},
        pairs={name: _pairs(context, name, options[name]) for name in _PAIRS if options.get(name)},
        images=tuple(_image(context, image) for image in images if not isinstance(image, str)),
        set_images=tuple(read_image(image, path=context.path) for image in images if isinstance(image, str)),
        replicas=tuple(_replicas(context, item) for item in _list(context, "replicas")),
        labels=tuple(_label(context, item) for item in _mappings(context, "labels")),
        patches=_mappings(context, "patches"),
        components=texts(context, "components", renderer=NAME),
        build_metadata=texts(context, "buildMetadata", renderer=NAME),
        common_metadata=_common_metadata(context),
        force=frozenset(forced),
        ignore_missing=_truth(context, "ignoreMissingComponents"),
        generate=_truth(context, "generate"),
        ignore=_text(context, "ignore"),
    )


def read_image(text: str, *, path: str) -> dict[str, str]:
    """Read `name[=newName][:tag][@digest]` as an entry of `images`; raises RenderError."""
    name, separator, new = text.partition("=")
    new_name, tag, digest = _parts(new if separator else text)
    name = name if separator else new_name
    if not name or (separator and not (new_name or tag or digest)) or not (separator or tag or digest):
        raise _wrong(path, "images", f"{text!r} is not NAME=NEWNAME:TAG, NAME:TAG or NAME@DIGEST")
    said = {"newName": new_name if separator else "", "newTag": tag, "digest": digest}
    return {"name": name, **{field: value for field, value in said.items() if value}}


def _parts(text: str) -> tuple[str, str, str]:
    """Take an image apart: name, tag, digest. A colon before a slash is a registry's port."""
    text, _, digest = text.partition("@")
    name, colon, tag = text.rpartition(":")
    if not colon or "/" in tag:
        return text, "", digest
    return name, tag, digest


def _image(context: RenderContext, item: Any) -> Mapping[str, str]:
    found = _mapping(context, "images", item, _IMAGE, what="a list of texts or mappings")
    if not found.get("name") or not all(isinstance(value, str) for value in found.values()):
        raise _wrong(context.path, "images", "a mapping needs a name, and all of its fields are texts")
    return {name: value for name, value in found.items() if value}


def _replicas(context: RenderContext, item: Any) -> Mapping[str, Any]:
    name: Any
    count: Any
    if isinstance(item, str):
        name, _, count = item.partition("=")
    else:
        found = _mapping(context, "replicas", item, frozenset({"name", "count"}), what="a list of NAME=COUNT or mappings")
        name, count = found.get("name"), found.get("count")
    text = str(count)
    if not name or isinstance(count, bool) or not text.removeprefix("-").isdecimal():
        raise _wrong(context.path, "replicas", f"{item!r} is not NAME=COUNT")
    return {"name": str(name), "count": int(text)}


def _label(context: RenderContext, item: Mapping[str, Any]) -> Mapping[str, Any]:
    _pairs(context, "labels", item.get("pairs"))
    return item


def _common_metadata(context: RenderContext) -> Mapping[str, Mapping[str, str]]:
    value = context.options.get("commonMetadata")
    if not value:
        return {}
    found = _mapping(context, "commonMetadata", value, frozenset({"labels", "annotations"}), what="a mapping")
    return {name: _pairs(context, f"commonMetadata.{name}", pairs) for name, pairs in found.items() if pairs}


def _list(context: RenderContext, name: str) -> list[Any] | tuple[Any, ...]:
    value = context.options.get(name) or []
    if not isinstance(value, list | tuple):
        raise _wrong(context.path, name, "must be a list")
    return value


def _mappings(context: RenderContext, name: str) -> tuple[Mapping[str, Any], ...]:
    known = _MAPPINGS[name]
    return tuple(_mapping(context, name, item, known, what="a list of mappings") for item in _list(context, name))


def _mapping(context: RenderContext, name: str, item: Any, known: Iterable[str], *, what: str) -> Mapping[str, Any]:
    if not isinstance(item, Mapping):
        raise _wrong(context.path, name, f"must be {what}")
    for each in item:
        if each not in known:
            raise _wrong(context.path, name, f"{each} is no field of it{nearest(str(each), known)}")
    return item


def _pairs(context: RenderContext, name: str, value: Any) -> Mapping[str, str]:
    if isinstance(value, Mapping) and all(isinstance(each, str) for pair in value.items() for each in pair):
        return value
    raise _wrong(context.path, name, "must be a mapping of texts")


def _text(context: RenderContext, name: str) -> str:
    value = context.options.get(name) or ""
    if not isinstance(value, str):
        raise _wrong(context.path, name, "must be a text")
    return value


def _truth(context: RenderContext, name: str) -> bool:
    value = context.options.get(name) or False
    if not isinstance(value, bool):
        raise _wrong(context.path, name, "must be true or false")
    return value


def _wrong(path: str, name: str, message: str) -> RenderError:
    between = " " if message.startswith("must ") else ": "
    return RenderError(path=path, reason=f"{NAME}.{name}{between}{message}")
