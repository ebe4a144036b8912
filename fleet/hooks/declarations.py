"""What a plugin declares: names, and functions of one context."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from fleet.errors import FleetError
from fleet.hooks.contexts import AppKindContext, ExemptionContext, GateContext, HealthContext, NotifyContext, RenderContext
from fleet.model.app import App, Elsewhere, Notice
from fleet.model.health import Health
from fleet.model.keys import GroupKind
from fleet.model.manifest import Origin

ANY_KIND = GroupKind("*", "*")


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedFile:
    """Text that a renderer gives, and where its first line came from; the host parses it."""

    text: str
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Renderer:
    """Turns a directory into documents.

    `inputs` gives every path whose git id can change the result, those that were looked for and are missing included. One
    that ends in a slash is a directory that was only looked through: `inputs` is asked again when anything in it changes.
    `(path, identity)` stands for the part of a file that counts, with a text that changes when that does.
    `version` is part of the Fingerprint: it grows whenever the same inputs may give another result.
    """

    name: str
    version: str
    detect: Callable[[RenderContext], bool]
    inputs: Callable[[RenderContext], Iterable[str | tuple[str, str]]]
    render: Callable[[RenderContext], Iterable[RenderedFile] | Awaitable[Iterable[RenderedFile]]]
    priority: int = 0
    """Of several renderers that detect a directory the highest is taken."""
    timeout: float = 60.0
    cluster_values: bool = False
    """Whether it looks at `kube_version` and `api_versions`: only then are they in its context, and in the Fingerprint."""
    named: bool = False
    """Whether the App's name may change the result: only then is it in its context, and in the Fingerprint."""
    repeatable: bool | Callable[[RenderContext], bool] = False
    """Whether the same inputs certainly give the same text, or what tells so of them. Where they may not, the Fingerprint is
    rendered twice, and what differs is an error: git would not be what decides."""
    settled: Callable[[RenderContext], Awaitable[bool]] | None = None
    """Asked at the time of rendering, where `repeatable` could not say so: what is only had then may show it all the same."""
    scratch: bool = True
    """Whether it uses the private directory, which a program it runs does as well."""
    notices: Callable[[RenderContext], Iterable[Notice] | Awaitable[Iterable[Notice]]] | None = None
    """What of the inputs has no effect here, with its place: asked when people look at an App, never to render it."""
    programs: tuple[str, ...] = ()
    """Names of the programs it runs and the operator may replace; which one it is is part of the Fingerprint."""


@dataclass(frozen=True, slots=True)
class Look:
    """One list request: a kind, a namespace (empty: cluster-scoped), a label selector or one name (empty: all of them)."""

    kind: GroupKind
    namespace: str = ""
    selector: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """Judges the live objects of one kind; `ANY_KIND` for kinds that nobody else judges."""

    kind: GroupKind
    assess: Callable[[HealthContext], Health]
    related: tuple[GroupKind, ...] | Callable[[Mapping[str, Any]], Iterable[Look]] = ()
    """What it wants to see too, fetched while the object is not Healthy without it.

    Kinds: all of a cluster-scoped built-in kind, of others what the object's `spec.selector` selects in its own namespace. A
    pure function of the live object, for whatever else it points to, in any namespace.
    """
    related_always: bool = False
    """Whether they are fetched also then: without them it may look better than it is."""
    needs_body: bool = True
    """Whether more than the metadata must be watched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftExemption:
    """Says which fields of an object may differ: JSON pointers, list items selectable as `[name=web]`, or `"*"`.

    A function that raises holds the object: it is neither healed nor overwritten.
    """

    name: str
    fields: Callable[[ExemptionContext], Iterable[str]]
    annotation: str = ""
    """Empty: asked for every object."""
    label: bool = False
    """Whether it is also asked where a label of that name stands; where both do, the annotation's value is given."""
    where: Literal["git", "live", "both"] = "git"
    related: tuple[GroupKind, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AppKind:
    """Reads documents of one kind as Apps, with a Notice for each field that has no effect.

    A document that is certainly for other clusters which read its file as well gives an Elsewhere with them, so that it can be
    told where none of them comes to it: it may stand in the render of an App that they do not have.

    An error that is raised is the document's: nobody can tell what it declares. One that is given beside Apps is that of
    a single App of several: the others are declared.
    """

    kind: GroupKind
    read: Callable[[AppKindContext], Iterable[App | Notice | Elsewhere | FleetError]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifier:
    """Tells people. A failure is logged and counted; it never blocks."""

    name: str
    send: Callable[[NotifyContext], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Lets a Revision into a stage, or not yet, or not at all."""

    name: str
    judge: Callable[[GateContext], Awaitable[Literal["pass", "wait", "fail"]]]
