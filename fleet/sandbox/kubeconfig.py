"""Kubeconfigs of sandbox clusters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson


def write(path: Path, *, name: str, server: str, token: str, ca_file: Path | None) -> Path:
    """Write a kubeconfig whose cluster, user and only context bear the cluster's name."""
    cluster: dict[str, Any] = {"server": server}
    if ca_file:
        cluster["certificate-authority"] = str(ca_file)
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": name, "user": {"token": token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(orjson.dumps(config, option=orjson.OPT_INDENT_2))
    return path
