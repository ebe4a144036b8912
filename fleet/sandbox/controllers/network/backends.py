"""The Pods behind a Service, and its ports as each of them has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fleet.sandbox.controllers.reading.fields import Object, is_going, metadata, name, namespace, spec, status, uid
from fleet.sandbox.controllers.reading.kinds import POD
from fleet.sandbox.controllers.reading.readiness import has_ended, is_ready
from fleet.sandbox.controllers.reading.turns import Turn

Port = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """One Pod that has an address, and the Service's ports on it."""

    pod: Object
    address: str
    ready: bool
    ports: tuple[Port, ...]

    @property
    def target(self) -> dict[str, str]:
        """The reference to the Pod."""
        return {"kind": POD.kind, "namespace": namespace(self.pod), "name": name(self.pod), "uid": uid(self.pod)}

    @property
    def hostname(self) -> str:
        """The name that a headless Service gives it in DNS, where it has one of its own."""
        own = spec(self.pod)
        return str(own.get("hostname") or "") if own.get("subdomain") else ""


def backends(turn: Turn) -> list[Backend]:
    """The Pods that a Service selects and that have an address, by name."""
    service = turn.live
    selector = {"matchLabels": spec(service).get("selector") or {}}
    pods = turn.seen.selected(POD, namespace(service), selector)
    anyway = bool(spec(service).get("publishNotReadyAddresses"))
    found = [
        Backend(pod=pod, address=str(status(pod)["podIP"]), ready=anyway or is_ready(pod), ports=_ports(service, pod))
        for pod in pods
        if status(pod).get("podIP") and not has_ended(pod)
    ]
    return sorted(found, key=lambda each: name(each.pod))


def terminates(backend: Backend) -> bool:
    """Whether the Pod is being deleted."""
    return is_going(backend.pod)


def is_headless(service: Object) -> bool:
    """Whether a Service has no address of its own."""
    return spec(service).get("clusterIP") == "None"


def _ports(service: Object, pod: Object) -> tuple[Port, ...]:
    return tuple(port for each in spec(service).get("ports") or () if (port := _port(each, pod)))


def _port(wanted: Port, pod: Object) -> Port | None:
    target = wanted.get("targetPort", wanted.get("port"))
    number = target if isinstance(target, int) else _named(pod, str(target), wanted.get("protocol", "TCP"))
    if not number:
        return None
    kept = {field: wanted[field] for field in ("appProtocol",) if field in wanted}
    return {"name": wanted.get("name", ""), "protocol": wanted.get("protocol", "TCP"), "port": number, **kept}


def _named(pod: Object, wanted: str, protocol: str) -> int:
    for container in spec(pod).get("containers") or ():
        for port in container.get("ports") or ():
            if port.get("name") == wanted and port.get("protocol", "TCP") == protocol:
                return int(port["containerPort"])
    return 0


def last_change(service: Object) -> dict[str, str]:
    """The annotation that says what brought the change about: here always the Service's creation."""
    return {"endpoints.kubernetes.io/last-change-trigger-time": str(metadata(service).get("creationTimestamp", ""))}
