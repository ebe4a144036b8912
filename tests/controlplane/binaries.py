"""Where the binaries of a control plane lie, and which versions they must be."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = HERE.parents[1] / ".cache" / "controlplane"

# What the binaries say of themselves; the linker writes it, as the Kubernetes release does.
VERSION = "v1.36.3"
MINOR = VERSION.rpartition(".")[0]

# Directory of the Go module → package of each binary built from it.
MODULES = {
    ".": {name: f"./cmd/{name}" for name in ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")},
    "kwok": {"kwok": "sigs.k8s.io/kwok/cmd/kwok"},
    "helm": {"helm": "helm.sh/helm/v4/cmd/helm", "registry": "./cmd/registry"},
}


class ControlPlaneError(Exception):
    """A control plane could not be built or started; the message says which step and what it printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Binaries:
    """The path of every binary; all of them exist."""

    etcd: Path
    kube_apiserver: Path
    kube_controller_manager: Path
    kube_scheduler: Path
    kwok: Path

    @classmethod
    def locate(cls) -> Binaries | None:
        """Return the binaries if none is missing; takes well under a millisecond."""
        found = {name.replace("-", "_"): place(name) for name in names()}
        if not all(path.is_file() for path in found.values()):
            return None
        return cls(**{field.name: found[field.name] for field in fields(cls)})


def names() -> Iterator[str]:
    """Name every binary, in the order in which they are built."""
    for packages in MODULES.values():
        yield from packages


def place(name: str) -> Path:
    """Say where a binary is, or will be once built: KUBEBUILDER_ASSETS where that has it, else our cache."""
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if assets and (Path(assets) / name).is_file():
        return Path(assets) / name
    module = next(module for module, packages in MODULES.items() if name in packages)
    return CACHE / key(module) / name


def key(module: str) -> str:
    """Name the cache directory of a module's binaries: another pin, another main, another directory."""
    root = HERE / module
    sources = [root / "go.mod", root / "go.sum", *sorted(root.glob("cmd/*/*.go"))]
    digest = hashlib.sha256(VERSION.encode())
    for source in sources:
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return f"{'kubernetes' if module == '.' else module}-{digest.hexdigest()[:12]}"
