"""Who asks, and what they may: the token users of a cluster, and whom nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from fleet.errors import ApiStatus
from fleet.sandbox.verbs import statuses

MASTERS, READERS, DENIED = "system:masters", "fleet-readers", "fleet-denied"
READS = frozenset({"get", "list", "watch"})
# What every authenticated user may ask about himself; source: the ClusterRole system:basic-user.
_OF_ONESELF = frozenset({"selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews"})
# Source: the ClusterRoles system:discovery and system:public-info-viewer.
_DISCOVERY = ("/api", "/apis", "/openapi", "/version")
_PUBLIC = ("/healthz", "/livez", "/readyz", "/version")


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody, as the API server knows him."""

    name: str
    groups: tuple[str, ...]

    @property
    def uid(self) -> str:
        """The same for the same name."""
        return str(uuid5(NAMESPACE_URL, f"user/{self.name}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request asks to be allowed."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""
    """Of a request for no resource."""


ANONYMOUS = User(name="system:anonymous", groups=("system:unauthenticated",))
# kubectl and client-go send no credential without TLS. As on the insecure port that API servers once had, who comes that way
# without one may everything.
UNSECURED = User(name="system:unsecured", groups=(MASTERS, "system:authenticated"))
_SHARED = {
    "admin": User(name="admin", groups=(MASTERS, "system:authenticated")),
    "reader": User(name="reader", groups=(READERS, "system:authenticated")),
    "denied": User(name="denied", groups=(DENIED, "system:authenticated")),
}


class Access:
    """The users of one cluster. At first: `admin` may everything, `reader` reads everything, `denied` may nothing."""

    def __init__(self, *, secure: bool = False) -> None:
        self.nobody = ANONYMOUS if secure else UNSECURED
        """Whom a request without a credential is from."""
        self._tokens: dict[str, User] = {f"sandbox-{name}": user for name, user in _SHARED.items()}

    def token_of(self, name: str) -> str:
        """The token of a user by name."""
        return next(token for token, user in self._tokens.items() if user.name == name)

    def add(self, name: str, token: str, *groups: str) -> None:
        """Let somebody in; what he may follows from his groups."""
        self._tokens[token] = User(name=name, groups=(*groups, "system:authenticated"))

    def revoke(self, token: str) -> None:
        """Know a token no longer: it is answered 401."""
        self._tokens.pop(token, None)

    def known(self, token: str) -> User | None:
        """Whose token this is."""
        return self._tokens.get(token)

    def user(self, authorization: str | None, certificate: Mapping[str, Any] | None = None) -> User:
        """Who sends this header, or has shown this certificate, which was verified. Raises the ApiStatus 401."""
        if not authorization:
            return _certified(certificate) if certificate else self.nobody
        scheme, _, token = authorization.partition(" ")
        found = self._tokens.get(token.strip()) if scheme.lower() == "bearer" else None
        if found is None:
            raise statuses.unauthorized()
        return found


def _certified(certificate: Mapping[str, Any]) -> User:
    """Whom a client certificate names: the user as its common name, the groups as its organizations."""
    parts = [pair for relative in certificate.get("subject", ()) for pair in relative]
    names = [value for key, value in parts if key == "commonName"]
    groups = [value for key, value in parts if key == "organizationName"]
    return User(name=names[0] if names else "", groups=(*groups, "system:authenticated"))


def allowed(user: User, asked: Asked) -> bool:
    """Whether a user may."""
    if MASTERS in user.groups:
        return True
    if asked.path:
        places = _PUBLIC if user is ANONYMOUS else (*_DISCOVERY, *_PUBLIC)
        return asked.verb in ("get", "head") and any(
            asked.path == place or asked.path.startswith(place + "/") for place in places
        )
    if user is ANONYMOUS:
        return False
    if asked.verb == "create" and asked.resource in _OF_ONESELF:
        return True
    return READERS in user.groups and asked.verb in READS


def forbidden(user: User, asked: Asked) -> ApiStatus:
    """The refusal, in the words of RBAC."""
    if asked.path:
        message = f'forbidden: User "{user.name}" cannot {asked.verb} path "{asked.path}"'
        return statuses.refusal(403, "Forbidden", message, {})
    qualified = f"{asked.resource}.{asked.group}" if asked.group else asked.resource
    subject = f'{qualified} "{asked.name}"' if asked.name else qualified
    what = f"{asked.resource}/{asked.subresource}" if asked.subresource else asked.resource
    where = f'in the namespace "{asked.namespace}"' if asked.namespace else "at the cluster scope"
    message = (
        f'{subject} is forbidden: User "{user.name}" cannot {asked.verb} resource "{what}" in API group "{asked.group}" {where}'
    )
    details = {"name": asked.name, "group": asked.group, "kind": asked.resource}
    return statuses.refusal(403, "Forbidden", message, {key: value for key, value in details.items() if value})
