"""Who asked for an App that is synced on request alone, and for how long that counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fleet.model.keys import AppKey


@dataclass(slots=True)
class _Request:
    fetching: bool = False
    """Whether a fetch began after it."""
    fingerprint: str | None = None
    """What that fetch found the App to be: that, and nothing newer, was asked for."""


class Requests:
    """Requests for one cluster's Apps, in memory: one that is lost with the hub is made again.

    A request counts until the App is in sync with what the first fetch that began after it found: whoever pushes and asks
    means what was pushed. What comes later is another request.
    """

    def __init__(self) -> None:
        self._open: dict[AppKey, _Request] = {}

    def ask(self, key: AppKey) -> None:
        """Note that somebody asked."""
        self._open[key] = _Request()

    def begin(self) -> None:
        """A fetch begins."""
        for request in self._open.values():
            request.fetching = True

    def found(self, fingerprint: Callable[[AppKey], str]) -> frozenset[AppKey]:
        """A fetch ended and is mapped: from now on its requests are for what it found; gives their Apps."""
        told = [key for key, request in self._open.items() if request.fetching and request.fingerprint is None]
        for key in told:
            self._open[key].fingerprint = fingerprint(key)
        return frozenset(told)

    def stands(self, key: AppKey, fingerprint: str) -> bool:
        """Whether an App of this Fingerprint is asked for."""
        request = self._open.get(key)
        return request is not None and request.fingerprint in (None, fingerprint)

    def done(self, key: AppKey) -> None:
        """An App is in sync: what was asked for is done, unless what the fetch finds is still to come."""
        request = self._open.get(key)
        if request is not None and request.fingerprint is not None:
            del self._open[key]
