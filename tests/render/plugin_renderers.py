"""Renderers as plugins declare them, for directories that hold a file of their name."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.hooks import RenderContext, RenderedFile, Renderer, hookimpl
from fleet.model.manifest import Origin

MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {}}}\n"


def holds(name: str):  # type: ignore[no-untyped-def]
    return lambda context: any(entry.name == name for entry in context.tree.children(context.path))


def own_file(name: str):  # type: ignore[no-untyped-def]
    return lambda context: [f"{context.path}/{name}"]


def raising(context: RenderContext) -> Iterable[RenderedFile]:
    raise ZeroDivisionError("on purpose")


def greedy(context: RenderContext) -> Iterable[RenderedFile]:
    text = context.tree.read(f"{context.path}/secret.yaml").decode()
    return [RenderedFile(text=text, origin=Origin("x", 1))]


def strange(context: RenderContext) -> list[str]:
    return [MANIFEST.format("a")]


def huge(context: RenderContext) -> Iterable[RenderedFile]:
    return [RenderedFile(text="#" * 2_000_000, origin=Origin("x", 1))]


def versioned(context: RenderContext) -> Iterable[RenderedFile]:
    name = f"v{context.kube_version}-{len(context.api_versions)}"
    return [RenderedFile(text=MANIFEST.format(name), origin=Origin(f"{context.path}/versioned", 1))]


def broken_inputs(context: RenderContext) -> Iterable[str]:
    yield context.path
    raise KeyError("on purpose")


async def outside(context: RenderContext) -> Iterable[RenderedFile]:
    out = await context.run(["/bin/sh", "-c", "/usr/bin/env; pwd; echo secret: $FLEET_SECRET"])
    indented = "".join(f"    {line}\n" for line in out.splitlines())
    text = f"{MANIFEST.format('a')}data:\n  out: |\n{indented}"
    return [RenderedFile(text=text, origin=Origin("x", 1))]


@hookimpl
def fleet_renderers() -> Iterable[Renderer]:
    made = {"raising": raising, "greedy": greedy, "strange": strange, "huge": huge, "outside": outside}
    renderers = [
        Renderer(name=name, version="1", detect=holds(name), inputs=own_file(name), render=function, priority=20, repeatable=True)  # type: ignore[arg-type]
        for name, function in made.items()
    ]
    return [
        *renderers,
        Renderer(
            name="versioned", version="1", detect=holds("versioned"), inputs=own_file("versioned"), render=versioned,
            priority=20, cluster_values=True,
        ),
        Renderer(name="unsure", version="1", detect=holds("unsure"), inputs=broken_inputs, render=raising, priority=20),
    ]  # fmt: skip
