"""Webhook configurations: the server behind each webhook is one that the API server can reach and believe.

Nobody reports on them. One that points to nothing has every request that it matches refused, or let through unseen.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fleet.health.rules.endpoints import SLICE, endpoints_of, is_ready
from fleet.health.rules.patience import changed, lapsing
from fleet.health.rules.reading import mappings, number, section, text
from fleet.health.rules.verdicts import degraded, healthy, worst_of
from fleet.hooks import HealthCheck, HealthContext, Look, hookimpl
from fleet.model.health import Health
from fleet.model.keys import GroupKind, ObjectKey

GROUP = "admissionregistration.k8s.io"
SERVICE = GroupKind("", "Service")
# What the API server takes where a webhook names no port.
HTTPS = 443


@hookimpl
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare both; without a look at the Services they always look well."""
    kinds = (GroupKind(GROUP, f"{verb}WebhookConfiguration") for verb in ("Mutating", "Validating"))
    return tuple(HealthCheck(kind=kind, assess=assess, related=related, related_always=True) for kind in kinds)


def related(live: Mapping[str, Any]) -> Iterator[Look]:
    """The Services that its webhooks name, and what stands behind them."""
    for _, service in _services(live):
        namespace, name = text(service, "namespace"), text(service, "name")
        yield Look(SERVICE, namespace, name=name)
        yield Look(SLICE, namespace, selector=f"kubernetes.io/service-name={name}")


def assess(context: HealthContext) -> Health:
    """Judge by the Services, their ports and ready endpoints, and by the caBundles."""
    hooks = mappings(context.live, "webhooks")
    if not hooks:
        return healthy("Exists", "it has no webhooks")
    services = list(_services(context.live))
    found = worst_of(problem for hook, service in services for problem in _problems(context, hook, service))
    if found is not None:
        return found
    names = sorted({f"{text(service, 'namespace')}/{text(service, 'name')}" for _, service in services})
    behind = f"behind them: {', '.join(names)}" if names else "none of them names a Service"
    unseen = "" if context.looked or not names else ", which nobody has looked at"
    return healthy("Registered", f"{len(hooks)} webhooks; {behind}{unseen}")


def _services(live: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    for hook in sorted(mappings(live, "webhooks"), key=lambda hook: text(hook, "name")):
        service = section(hook, "clientConfig", "service")
        if text(service, "name"):
            yield hook, service


def _problems(context: HealthContext, hook: Mapping[str, Any], service: Mapping[str, Any]) -> Iterator[Health]:
    key = ObjectKey("", "Service", text(service, "namespace"), text(service, "name"))
    name, live, port = text(hook, "name"), context.related.get(key), number(service, "port", HTTPS)
    if live is None and context.looked:
        yield degraded("ServiceNotFound", f"webhook {name}: Service {key.place} does not exist; {_effect(hook)}")
    if live is not None and _ports(live) and port not in _ports(live):
        yield degraded("PortNotFound", f"webhook {name}: Service {key.place} has no port {port}; {_effect(hook)}")
    if live is not None and context.looked and not _served(context, key):
        said = f"webhook {name}: no Pod behind Service {key.place} is ready; {_effect(hook)}"
        yield lapsing(context, changed(context), "NoEndpoints", said)
    if not _has_certificate(text(section(hook, "clientConfig"), "caBundle")):
        said = f"webhook {name} has no caBundle, so that its server is not believed; {_effect(hook)}"
        yield lapsing(context, changed(context), "NoCABundle", said)


def _served(context: HealthContext, key: ObjectKey) -> bool:
    if text(section(context.related[key], "spec"), "type") == "ExternalName":
        return True
    return any(is_ready(endpoint) for endpoint in endpoints_of(context, key))


def _ports(service: Mapping[str, Any]) -> set[int]:
    return {number(port, "port") for port in mappings(section(service, "spec"), "ports")}


def _effect(hook: Mapping[str, Any]) -> str:
    ignored = text(hook, "failurePolicy") == "Ignore"
    return "what it matches passes unseen" if ignored else "every request that it matches is refused"


def _has_certificate(bundle: str) -> bool:
    # Some are installed with a line feed for a bundle, until it is injected.
    try:
        return b"CERTIFICATE" in b64decode(bundle)
    except (binascii.Error, ValueError):
        return False
