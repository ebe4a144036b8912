"""HTTP requests for charts: bounded, with the credential for its own server only."""

from __future__ import annotations

import base64
import http.client
import json
import re
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from fleet.errors import ChartUnreachable
from fleet.model.charts import ChartRepository
from fleet.model.cluster import SecretRef

LARGEST = 100 * 1024 * 1024  # bytes: Helm's own limit for a chart, and above any index that people publish
_SECONDS = 30.0  # of silence; the whole of it is bounded by whoever asks
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(slots=True)
class Web:
    """Requests to one repository, its credential and what it was given for it. Blocks; one for each fetch."""

    repository: ChartRepository
    secret: Callable[[SecretRef], str]
    _token: str = field(default="", repr=False)

    def get(self, url: str, *, accept: str = "*/*") -> Response:
        """Fetch a URL; raises ChartUnreachable. An OCI registry that asks for a token is given what it asks for, once."""
        if urlsplit(url).scheme not in ("https", "http"):  # an index names whatever URL it likes
            raise ChartUnreachable(url=url, reason="only https and http are fetched")
        try:
            return self._get(url, accept)
        except urllib.error.HTTPError as error:
            challenge = error.headers.get("WWW-Authenticate", "")
            error.close()
            if error.code == 401 and challenge.lower().startswith("bearer ") and not self._token:
                self._token = self._granted(challenge)
                return self.get(url, accept=accept)
            raise ChartUnreachable(url=url, reason=f"HTTP {error.code} {error.reason}") from error
        except (OSError, http.client.HTTPException, ssl.SSLError) as error:
            raise ChartUnreachable(url=url, reason=getattr(error, "reason", None) or error) from error

    def _get(self, url: str, accept: str) -> Response:
        request = urllib.request.Request(url, headers={"Accept": accept, "User-Agent": "fleethub"})  # noqa: S310 - checked
        if (authorization := self._authorization(url)) != "":
            request.add_unredirected_header("Authorization", authorization)
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - the scheme was checked
            body = answer.read(LARGEST + 1)
            if len(body) > LARGEST:
                raise ChartUnreachable(url=url, reason=f"it has more than {LARGEST >> 20} MiB")
            return Response(body, {name.lower(): value for name, value in answer.headers.items()})

    def _authorization(self, url: str) -> str:
        if urlsplit(url).netloc != urlsplit(self.repository.url).netloc:
            return ""
        return f"Bearer {self._token}" if self._token else self._basic()

    def _basic(self) -> str:
        credential = self.repository.credential
        if credential is None:
            return ""
        pair = f"{credential.username}:{self.secret(credential.password)}"
        return f"Basic {base64.b64encode(pair.encode()).decode()}"

    def _granted(self, challenge: str) -> str:
        """Ask the server that a registry names for a token, as the distribution specification says."""
        said = dict(_CHALLENGE.findall(challenge))
        realm = said.pop("realm", "")
        if urlsplit(realm).scheme != "https" and urlsplit(realm).hostname not in ("127.0.0.1", "localhost", "::1"):
            raise ChartUnreachable(url=self.repository.url, reason=f"it asks for a token from {realm!r}, which is not https")
        request = urllib.request.Request(f"{realm}?{urlencode(said)}")  # noqa: S310 - the scheme was checked
        if basic := self._basic():
            request.add_unredirected_header("Authorization", basic)
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - the scheme was checked
            granted = json.loads(answer.read(1024 * 1024))
        return str(granted.get("token") or granted.get("access_token") or "")
