"""The file's `clusters:`: each registered cluster and its one way in."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from fleet.config.section import Section
from fleet.config.source import repository_path
from fleet.config.words import is_subdomain
from fleet.model.cluster import Cluster, InCluster, Kubeconfig, Server, WayIn
from fleet.model.manifest import Origin

_WAYS = ("kubeconfig", "server", "inCluster")
_SERVER_ONLY = ("ca", "token", "clientCertificate", "clientKey", "insecureSkipTlsVerify")
_SAY_ONE = (
    "write one of kubeconfig: {file: …, context: …}, server: https://… with ca and token (or clientCertificate and "
    "clientKey), or inCluster: true"
)


def read_clusters(top: Section, *, file: str, tree: str) -> tuple[Cluster, ...]:
    """Read `clusters:`; what is wrong is noted. `tree` is the directory all clusters' directories are below."""
    if not top.has("clusters"):
        top.missing("clusters", "[{name: …, kubeconfig: {file: …, context: …}}]")
    sections = [
        Section(value, f"{top.at('clusters')}/{number}", top.problems) for number, value in enumerate(top.items("clusters"))
    ]
    clusters = [_cluster(section, file=file, tree=tree) for section in sections]
    _refuse_twins(clusters, sections)
    return tuple(clusters)


def _cluster(section: Section, *, file: str, tree: str) -> Cluster:
    rule = "a name Kubernetes would take (lower case letters, digits, - and ., at most 253 characters)"
    name = section.checked("name", example="prod-eu-1", rule=rule, holds=is_subdomain)
    path = repository_path(section, "path")
    if path and tree and not path.startswith(f"{tree}/"):
        section.error("path", f"path {path!r} is not below {tree}/: write it from the repository's root")
    cluster = Cluster(
        name=name,
        way_in=_way_in(section),
        path=path,
        uid=section.text("uid"),
        aliases=section.texts("aliases"),
        origin=Origin(file, section.problems.line(section.pointer)),
    )
    _refuse_via(section)
    section.done()
    return cluster


def _way_in(section: Section) -> WayIn:
    said = [way for way in _WAYS if section.has(way)]
    strays = [name for name in _SERVER_ONLY if section.has(name)]
    if len(said) > 1:
        section.error(said[1], f"{' and '.join(said)} are two ways in, and a cluster has one: {_SAY_ONE}")
    elif not said:
        section.error("", f"there is no way into the cluster: {_SAY_ONE}")
    elif said != ["server"] and strays:
        section.error(strays[0], f"{', '.join(strays)}: only for server:, not for {said[0]}; remove it")
    readers = {"kubeconfig": _kubeconfig, "server": _server, "inCluster": _in_cluster}
    ways = [readers[way](section) for way in said]
    return ways[0] if ways else InCluster()


def _kubeconfig(section: Section) -> WayIn:
    inner = section.section("kubeconfig")
    way = Kubeconfig(file=inner.path("file", example="/etc/fleet/kubeconfig"), context=inner.text("context"))
    if inner.flag("allowExec"):
        inner.error("allowExec", "allowExec: exec credential plugins are not supported yet: use a token or a client certificate")
    inner.done()
    return way


def _server(section: Section) -> WayIn:
    url = section.text("server", example="https://10.2.0.1:6443")
    way = Server(
        url=url.rstrip("/"),
        ca=section.secret("ca"),
        token=section.secret("token"),
        client_certificate=section.secret("clientCertificate"),
        client_key=section.secret("clientKey"),
        insecure_skip_tls_verify=section.flag("insecureSkipTlsVerify"),
    )
    for name, message in _wrong_with(section, url):
        section.error(name, message)
    return way


def _wrong_with(section: Section, url: str) -> Iterator[tuple[str, str]]:
    token, certificate, key = (section.has(name) for name in ("token", "clientCertificate", "clientKey"))
    if url and not _is_https(url):
        yield "server", "server must be a URL without user name: write server: https://host:6443"
    if certificate != key:
        given, other = ("clientCertificate", "clientKey") if certificate else ("clientKey", "clientCertificate")
        yield given, f"{given} needs {other} beside it: write {other}: file:/path"
    elif token and certificate:
        yield "token", "token and clientCertificate are two credentials, and a cluster has one: remove one"
    elif not (token or certificate):
        yield "server", "server has no credential: write token: env:NAME, or clientCertificate: file:… and clientKey: file:…"
    if section.has("ca") and section.get("insecureSkipTlsVerify") is True:
        yield "insecureSkipTlsVerify", "insecureSkipTlsVerify would ignore ca: remove one of the two"


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return False


def _in_cluster(section: Section) -> WayIn:
    if not section.flag("inCluster") and section.get("inCluster") is False:
        section.error("inCluster", "inCluster says that the hub runs in this cluster: write inCluster: true, or another way in")
    return InCluster()


def _refuse_via(section: Section) -> None:
    if not section.has("via"):
        return
    inner = section.section("via")
    inner.text("host", example="bastion.example.com")
    inner.text("user")
    inner.secret("key")
    inner.secret("knownHosts")
    inner.done()
    section.error("via", "via: SSH bastions are not supported yet: remove it, and make the API server reachable from the hub")


def _refuse_twins(clusters: list[Cluster], sections: list[Section]) -> None:
    for field in ("name", "path", "uid"):
        first: dict[str, int] = {}
        for cluster, section in zip(clusters, sections, strict=True):
            value = getattr(cluster, field)
            if value and value in first:
                section.error(field, f"{field} {value!r} is taken by the cluster at line {first[value]}: each has its own")
            first.setdefault(value, cluster.origin.line)
    _refuse_shared_names(clusters, sections)


def _refuse_shared_names(clusters: list[Cluster], sections: list[Section]) -> None:
    """What a declaration calls a cluster must be one cluster's alone."""
    first = {cluster.name: cluster for cluster in clusters}
    for cluster, section in zip(clusters, sections, strict=True):
        for number, alias in enumerate(cluster.aliases):
            other = first.setdefault(alias.rstrip("/"), cluster)
            if other is not cluster:
                message = f"alias {alias!r} is taken by the cluster at line {other.origin.line}: each has its own"
                section.problems.add(f"{section.at('aliases')}/{number}", message)
