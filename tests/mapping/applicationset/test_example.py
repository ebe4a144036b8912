"""The example's ApplicationSet gives each of its clusters an agent of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fleet.hooks.registry import load
from fleet.mapping.builtin import argocd, native
from fleet.model.manifest import Manifest, Rendered
from fleet.model.source import Source
from fleet.render.builtin import kustomize, plain
from tests.mapping.monorepo import Fleet, Monorepo

EXAMPLE = Path(__file__).parents[3] / "examples" / "argocd"
REGISTRY = load((plain, kustomize, native, argocd))
SOURCE = Source(url="https://git.example.com/platform/delivery.git")


def files() -> dict[str, str]:
    return {str(path.relative_to(EXAMPLE)): path.read_text() for path in EXAMPLE.rglob("*.yaml")}


def deployment(result: Any) -> Manifest:
    assert isinstance(result, Rendered), result
    return next(each for each in result.manifests if each.key.kind == "Deployment")


async def test_each_cluster_of_the_example_has_its_agent(repo: Monorepo) -> None:
    labels = {
        "clusters/staging/stage-1/cluster.yaml": "labels: {environment: staging, region: eu}\n",
        "clusters/production/prod-1/cluster.yaml": "labels: {environment: production, region: eu}\n",
        "clusters/production/prod-2/cluster.yaml": "labels: {environment: production}\n",
    }
    given = await Fleet(repo, ("stage-1", "prod-1", "prod-2"), registry=REGISTRY, source=SOURCE).commit({**files(), **labels})
    agents = {name: deployment(given[name].apps[f"agent-{name}"].result) for name in ("stage-1", "prod-1", "prod-2")}

    assert [error for error in given.errors if "agents.yaml" in error] == []
    assert [each.annotations["example.com/region"] for each in agents.values()] == ["eu", "eu", "anywhere"]
    assert [each.body["spec"]["replicas"] for each in agents.values()] == [1, 2, 2]
