"""What a cluster gives its Services: addresses, families of addresses and ports of nodes; and what an update leaves them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.sandbox.verbs.state import ClusterState

Body = dict[str, Any]
_NO_ADDRESS = "None"
_ON_NODES = frozenset({"NodePort", "LoadBalancer"})
# As --service-node-port-range of a real server.
_FIRST_PORT, _PORTS = 30_000, 2_768


def allocate(state: ClusterState, body: Body) -> None:
    """Give a Service what it does not say; changes the body."""
    spec = body.setdefault("spec", {})
    if spec.get("type") == "ExternalName":
        return
    if not spec.get("clusterIP"):
        state.serial += 1
        spec["clusterIP"] = f"10.0.{state.serial // 250 % 250}.{state.serial % 250 + 2}"
    spec.setdefault("clusterIPs", [spec["clusterIP"]])
    # Who has neither an address nor a selector brings his endpoints himself, of whichever family.
    open_to_both = spec["clusterIP"] == _NO_ADDRESS and not spec.get("selector")
    spec.setdefault("ipFamilies", ["IPv4", "IPv6"] if open_to_both else ["IPv4"])
    spec.setdefault("ipFamilyPolicy", "RequireDualStack" if open_to_both else "SingleStack")
    if spec.get("type") in _ON_NODES and spec.get("allocateLoadBalancerNodePorts", True):
        _open_ports(state, spec)


def _open_ports(state: ClusterState, spec: Body) -> None:
    for port in spec.get("ports") or ():
        if not port.get("nodePort"):
            state.serial += 1
            port["nodePort"] = _FIRST_PORT + state.serial % _PORTS


def keep(old: Mapping[str, Any], body: Body) -> None:
    """Leave a Service what was allocated to it, where an update does not say it; changes the body.

    Source: k8s.io/kubernetes `patchAllocatedValues`.
    """
    had, spec = old.get("spec") or {}, body.setdefault("spec", {})
    if "ExternalName" in (had.get("type"), spec.get("type")):
        return
    for name in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        if not spec.get(name) and had.get(name):
            spec[name] = had[name]
    if had.get("type") in _ON_NODES and spec.get("type") in _ON_NODES:
        _keep_ports(had, spec)


def _keep_ports(had: Mapping[str, Any], spec: Body) -> None:
    opened = {_key(port): port["nodePort"] for port in had.get("ports") or () if port.get("nodePort")}
    taken = {port.get("nodePort") for port in spec.get("ports") or ()}
    for port in spec.get("ports") or ():
        found = opened.get(_key(port))
        if not port.get("nodePort") and found and found not in taken:
            port["nodePort"] = found


def _key(port: Mapping[str, Any]) -> tuple[Any, Any]:
    return port.get("port"), port.get("protocol", "TCP")
