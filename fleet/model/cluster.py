"""Registered clusters and the ways into them; secrets stay references until the moment they are used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, TypeAlias

from fleet.model.manifest import Origin


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a secret is: `env:NAME` or `file:PATH`. Only the reference is ever shown or stored."""

    kind: str
    where: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.where}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kubeconfig:
    """A way in: a context of a kubeconfig file."""

    file: Path
    context: str = ""
    allow_exec: bool = False
    """Whether exec credential plugins may be run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A way in: an API server's URL, the CA that signed it, and a token or a client certificate."""

    url: str
    ca: SecretRef | None = None
    token: SecretRef | None = None
    client_certificate: SecretRef | None = None
    client_key: SecretRef | None = None
    insecure_skip_tls_verify: bool = False


@dataclass(frozen=True, slots=True)
class InCluster:
    """A way in: the service account of the Pod the hub runs in."""


WayIn: TypeAlias = Kubeconfig | Server | InCluster


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A registered Kubernetes cluster."""

    name: str
    way_in: WayIn = field(hash=False)
    path: str = ""
    """Its directory from the repository's root, where the name is not unique in the tree."""
    uid: str = ""
    """The UID its kube-system namespace must have; empty: whatever the Record says."""
    aliases: tuple[str, ...] = ()
    """Other names, and URLs of its API server, under which declarations of other formats name it."""
    origin: Origin
    """Where in the registry it is registered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What declarations may name beside their own cluster: the registered clusters, and the repository they stand in."""

    urls: tuple[str, ...] = ()
    """Of this repository, the Source's own first."""
    branch: str = ""
    """The one the Source follows."""
    servers: Mapping[str, str] = field(default_factory=dict, hash=False)
    """The API server's URL by cluster; an alias where the way in does not say one, empty where that does not either."""
    called: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Every name, URL and alias to the cluster that is called so."""

    @classmethod
    def of(cls, clusters: Iterable[Cluster], *, urls: tuple[str, ...] = (), branch: str = "") -> Self:
        """Put together what the registry says."""
        servers: dict[str, str] = {}
        called: dict[str, str] = {}
        for cluster in clusters:
            own = (cluster.way_in.url,) if isinstance(cluster.way_in, Server) else ()
            names = [name.rstrip("/") for name in (*own, *cluster.aliases)]
            called |= dict.fromkeys((cluster.name, *names), cluster.name)
            servers |= dict.fromkeys((cluster.name,), next((name for name in names if "://" in name), ""))
        return cls(urls=urls, branch=branch, servers=servers, called=called)
