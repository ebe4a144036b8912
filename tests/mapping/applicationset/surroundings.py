"""The repository and the clusters that the ApplicationSets of `sets.yaml` generate from."""

from __future__ import annotations

URL = "https://git.example.com/platform/fleet.git"
CLUSTERS: dict[str, dict[str, str]] = {
    "prod-eu-1": {"tier": "production", "region": "eu", "team.example.com/name": "shop"},
    "prod-us-1": {"tier": "production", "region": "us"},
    "stage-1": {"tier": "staging"},
}
SERVERS = {name: f"https://{name}.example.com:6443" for name in CLUSTERS}
FILES: dict[str, str] = {
    "apps/shop/kustomization.yaml": "resources: []\n",
    "apps/shop/overlays/production/kustomization.yaml": "resources: []\n",
    "apps/shop/overlays/staging/kustomization.yaml": "resources: []\n",
    "apps/Blog_Two/kustomization.yaml": "resources: []\n",
    "apps/.hidden/kustomization.yaml": "resources: []\n",
    "apps/readme.md": "not a directory\n",
    "config/eu/prod.yaml": "cluster: {name: prod-eu-1, replicas: 3, large: 1000000, canary: false}\n"
    "zones: [a, b]\nenv: production\n",
    "config/us/prod.json": '{"cluster": {"name": "prod-us-1", "replicas": 2.5, "canary": true}, '
    '"zones": [], "env": "production"}\n',
    "config/us/deep/stage.yaml": "cluster: {name: stage-1}\nenv: staging\n",
    "config/empty.yaml": "",
    "config/list.yaml": "- {name: one, port: 8080}\n- {name: two, port: 9090}\n",
    "config/broken.txt": "a: b: c\n",
    "components.yaml": "components:\n- {name: c1, version: 1.2.3}\n- {name: c2, version: '7'}\n",
    "targets/one/east.json": '{"region": "east"}\n',
    "targets/two/west.json": '{"region": "west"}\n',
}
