"""Kubeconfig files and a Pod's service account, as kubernetes_asyncio reads them.

It is imported where it is used: that takes half a second and 75 MB, because it brings all generated models along.
Certificates and keys that stand in the file itself are taken out before it sees them: it would write them into files.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from fleet.errors import WayInInvalid, YamlError
from fleet.k8syaml import load_documents
from fleet.kube.server.credentials import Credentials, Material
from fleet.model.cluster import Kubeconfig

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_INLINE = {"certificate-authority": "clusters", "client-certificate": "users", "client-key": "users"}


@dataclass(frozen=True, slots=True)
class _Context:
    """One context of a file: what the library may see, and what it may not."""

    config: Mapping[str, Any]
    inline: Mapping[str, str]
    user: Mapping[str, Any]


async def from_kubeconfig(cluster: str, way: Kubeconfig) -> Credentials:
    """Load a context of a kubeconfig; token files are read anew each time. Raises WayInInvalid."""
    from kubernetes_asyncio.config import ConfigException  # noqa: PLC0415
    from kubernetes_asyncio.config.kube_config import KubeConfigLoader  # noqa: PLC0415

    context = _context(cluster, way)
    _refuse_plugins(cluster, way, context.user)
    loaded = SimpleNamespace(api_key={})
    try:
        loader = KubeConfigLoader(dict(context.config), active_context=way.context or None, config_base_path=str(way.file.parent))
        await loader.load_and_set(loaded)
        return _credentials(loaded, context.inline)
    except ConfigException as error:
        raise WayInInvalid(cluster=cluster, reason=f"{way.file}: {error}") from error
    except (OSError, ValueError):
        # Nothing of it is repeated: it may hold what stands in the file.
        raise WayInInvalid(cluster=cluster, reason=f"{way.file} names a file that cannot be read") from None


def in_cluster(cluster: str, *, directory: Path = SERVICE_ACCOUNT) -> Credentials:
    """Load the service account of the Pod this process runs in. Raises WayInInvalid."""
    from kubernetes_asyncio.config import ConfigException  # noqa: PLC0415
    from kubernetes_asyncio.config.incluster_config import InClusterConfigLoader  # noqa: PLC0415

    loaded = SimpleNamespace(api_key={})
    loader = InClusterConfigLoader(str(directory / "token"), str(directory / "ca.crt"), try_refresh_token=False)
    try:
        loader.load_and_set(loaded)  # type: ignore[arg-type]
        return _credentials(loaded, {})
    except (ConfigException, OSError) as error:
        raise WayInInvalid(cluster=cluster, reason=f"inCluster: {error}") from error


def _context(cluster: str, way: Kubeconfig) -> _Context:
    try:
        status = way.file.stat()
        config = _parsed(way.file, status.st_mtime_ns, status.st_size)
        name = way.context or config["current-context"]
        context = _named(config, "contexts", name)["context"]
        server = _named(config, "clusters", context["cluster"])["cluster"]
        user = _named(config, "users", context["user"])["user"] if context.get("user") else {}
        inline = {**_inline(server), **_inline(user)}
    except OSError as error:
        raise WayInInvalid(cluster=cluster, reason=f"{way.file}: {error.strerror}") from error
    except YamlError as error:
        raise WayInInvalid(cluster=cluster, reason=f"{way.file}:{error.line}: this is not YAML") from None
    except KeyError as error:
        raise WayInInvalid(cluster=cluster, reason=f"{way.file} has no {error.args[0]}") from None
    except (TypeError, ValueError, AttributeError, binascii.Error):
        raise WayInInvalid(cluster=cluster, reason=f"{way.file} is not a kubeconfig") from None
    seen = {
        "current-context": name,
        "contexts": [{"name": name, "context": context}],
        "clusters": [{"name": context["cluster"], "cluster": _without_inline(server)}],
        "users": [{"name": context.get("user"), "user": _without_inline(user)}],
    }
    return _Context(seen, inline, user)


@lru_cache(maxsize=16)
def _parsed(file: Path, _changed: int, _size: int) -> Any:
    # A thousand clusters may be contexts of one file; it is parsed once per change.
    return load_documents(file.read_bytes(), file=str(file))[0].value


def _named(config: Mapping[str, Any], kind: str, name: str) -> Mapping[str, Any]:
    for entry in config[kind]:
        if entry["name"] == name:
            found: Mapping[str, Any] = entry
            return found
    raise KeyError(f"{kind.removesuffix('s')} named {name}")


def _inline(entry: Mapping[str, Any]) -> dict[str, str]:
    found = {name: entry.get(f"{name}-data") for name in _INLINE}
    return {name: base64.b64decode(data).decode() for name, data in found.items() if data}


def _without_inline(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the certificates, and the files that they take precedence over."""
    hidden = {f"{name}-data" for name in _INLINE} | {name for name in _INLINE if entry.get(f"{name}-data")}
    return {name: value for name, value in entry.items() if name not in hidden}


def _refuse_plugins(cluster: str, way: Kubeconfig, user: Mapping[str, Any]) -> None:
    if "exec" in user and not way.allow_exec:
        reason = f"{way.file} gets its credential by running a program; say allowExec: true in the cluster's entry to allow it"
        raise WayInInvalid(cluster=cluster, reason=reason)
    if "exec" in user:
        raise WayInInvalid(cluster=cluster, reason=f"{way.file}: programs that give credentials are not supported yet")
    if "auth-provider" in user:
        reason = f"{way.file}: auth-provider was removed from Kubernetes; use a token, a tokenFile or a client certificate"
        raise WayInInvalid(cluster=cluster, reason=reason)


def _credentials(loaded: SimpleNamespace, inline: Mapping[str, str]) -> Credentials:
    found = vars(loaded)

    def pem(name: str, attribute: str) -> str:
        file = found.get(attribute)
        return inline.get(name) or (Path(file).read_text() if file else "")

    scheme, _, secret = found["api_key"].get("BearerToken", "").partition(" ")
    return Credentials(
        server=found["host"],
        authorization=f"{scheme} {secret.strip()}" if secret.strip() else "",
        material=Material(
            ca=pem("certificate-authority", "ssl_ca_cert"),
            certificate=pem("client-certificate", "cert_file"),
            key=pem("client-key", "key_file"),
            verify=found.get("verify_ssl") is not False,
        ),
        server_name=found.get("tls_server_name") or "",
        proxy=found.get("proxy") or "",
    )
