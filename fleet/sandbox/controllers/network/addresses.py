"""Addresses from outside: load balancers of Services, and of Ingresses."""

from __future__ import annotations

import hashlib
from typing import Any

from fleet.sandbox.controllers.reading.fields import Object, is_going, section, spec, status, uid, with_status
from fleet.sandbox.controllers.reading.turns import NOTHING, Outcome, Turn, Update

CLOUD = "cloud-controller-manager"
INGRESS_CONTROLLER = "nginx-ingress-controller"


def balance(turn: Turn) -> Outcome:
    """Give a Service of type LoadBalancer an address, and take it off one that no longer is of that type."""
    has = bool(section(status(turn.live), "loadBalancer").get("ingress"))
    if spec(turn.live).get("type") != "LoadBalancer":
        return _set(turn, [], CLOUD) if has else NOTHING
    if has or is_going(turn.live):
        return NOTHING
    return _after(turn, turn.settings.balancer_after, [{"ip": address(turn.live), "ipMode": "VIP"}], CLOUD)


def publish(turn: Turn) -> Outcome:
    """Give an Ingress an address."""
    if section(status(turn.live), "loadBalancer").get("ingress") or is_going(turn.live):
        return NOTHING
    return _after(turn, turn.settings.ingress_after, [{"ip": address(turn.live)}], INGRESS_CONTROLLER)


def address(obj: Object) -> str:
    """An address for its life, in the range for benchmarks that no network routes (RFC 2544)."""
    digest = hashlib.blake2b(uid(obj).encode(), digest_size=3).digest()
    return f"198.{18 + digest[0] % 2}.{digest[1]}.{1 + digest[2] % 254}"


def _after(turn: Turn, delay: float | None, points: list[dict[str, Any]], manager: str) -> Outcome:
    if delay is None:
        return NOTHING
    return Outcome(again=delay - turn.waited) if turn.waited < delay else _set(turn, points, manager)


def _set(turn: Turn, points: list[dict[str, Any]], manager: str) -> Outcome:
    wanted = {**status(turn.live), "loadBalancer": {"ingress": points} if points else {}}
    return Outcome(writes=(Update(body=with_status(turn.live, wanted), manager=manager, subresource="status"),))
