"""The how-to of one directory for many clusters is a repository that comes out as it says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fleet.model.manifest import Rendered
from tests.mapping.monorepo import Fleet, Monorepo

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "one-directory-for-a-thousand-clusters.md").read_text()
FILES = dict(re.findall(r"^```yaml\n# (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
ROWS = {row[0]: row[1:] for row in re.findall(r"^\| (\w+) \| (\d+) \| (\S+) \| (\S+) \| (\w+) \|$", PAGE, re.MULTILINE)}
MANY = [f"store-{number:04}" for number in range(200)]


@pytest.fixture
def repo(tmp_path: Path) -> Monorepo:
    """A repository to commit to."""
    return Monorepo(tmp_path)


def bodies(result: Any) -> Mapping[str, Any]:
    """What an App renders to, by kind."""
    assert isinstance(result, Rendered), result
    return {manifest.key.kind: manifest.body for manifest in result.manifests}


async def test_each_cluster_of_the_page_gets_what_its_table_says(repo: Monorepo) -> None:
    mapped = await Fleet(repo, ROWS).commit(FILES)
    assert mapped.errors == []
    for name, (replicas, image, host, region) in ROWS.items():
        found = bodies(mapped[name].apps["edge"].result)
        spec = found["Deployment"]["spec"]
        assert spec["replicas"] == int(replicas)
        assert spec["template"]["spec"]["containers"][0]["image"] == f"registry.example.com/{image}"
        assert found["Ingress"]["spec"]["rules"][0]["host"] == host
        assert found["ConfigMap"]["data"]["region"] == region
    assert bodies(mapped["paris"].apps["edge"].result)["ConfigMap"]["data"]["greeting"] == "prices in $ of gold"


async def test_the_second_app_is_where_the_label_is_and_of_that_tier(repo: Monorepo) -> None:
    mapped = await Fleet(repo, ROWS).commit(FILES)
    assert [name for name in ROWS if "probe" in mapped[name].apps] == ["paris"]
    found = bodies(mapped["paris"].apps["probe"].result)["ConfigMap"]
    assert found["data"] == {"target": "https://paris.eu.example.com/health"}


async def test_many_clusters_are_one_render_and_a_variable_concerns_who_uses_it(repo: Monorepo) -> None:
    fleet = Fleet(repo, [*ROWS, *MANY])
    own = {f"clusters/us/{name}/cluster.yaml": f'labels: {{store: "{name}"}}\n' for name in MANY}
    mapped = await fleet.commit({**FILES, **own})
    assert mapped.errors == []
    assert bodies(mapped[MANY[7]].apps["edge"].result)["Ingress"]["spec"]["rules"][0]["host"] == f"{MANY[7]}.us.example.com"
    edges = fleet.host.rendered
    assert edges <= 3  # the App, the probe, and the Namespace that stands beside them
    changed = await fleet.commit({f"clusters/us/{MANY[7]}/cluster.yaml": 'variables: {REPLICAS: "3", UNUSED: "1"}\n'})
    assert changed.changed == {f"{MANY[7]}/edge"}
    assert fleet.host.rendered == edges


async def test_a_variable_that_nobody_gives_concerns_that_app_on_that_cluster(repo: Monorepo) -> None:
    without = FILES["clusters/us/cluster.yaml"].replace("variables: {DOMAIN: us.example.com}", "")
    mapped = await Fleet(repo, ROWS).commit({**FILES, "clusters/us/cluster.yaml": without})
    line = FILES["apps/edge/edge.yaml"].splitlines().index("  - host: ${CLUSTER_NAME}.${DOMAIN}") + 1
    assert mapped["boston"].apps["edge"].result.message.startswith(f"apps/edge/edge.yaml:{line}: there is no variable DOMAIN")
    assert isinstance(mapped["paris"].apps["edge"].result, Rendered)
