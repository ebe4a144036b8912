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
    """Requests for one cluster's Apps; the Record of the cluster keeps what `noted` says of each, so that they outlive the hub.

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
        """A fetch ended and is mapped: from now on its requests are for what it found, and those for what was before are over.

        Gives the Apps of both.
        """
        told = [key for key, request in self._open.items() if request.fetching and request.fingerprint is None]
        over = [
            key
            for key, request in self._open.items()
            if request.fingerprint and fingerprint(key) not in ("", request.fingerprint)
        ]
        for key in told:
            self._open[key].fingerprint = fingerprint(key)
        for key in over:
            del self._open[key]
        return frozenset((*told, *over))

    def stands(self, key: AppKey, fingerprint: str) -> bool:
        """Whether an App of this Fingerprint is asked for."""
        request = self._open.get(key)
        return request is not None and request.fingerprint in (None, fingerprint)

    def noted(self, key: AppKey) -> str | None:
        """What is to be kept of an App's request: the Fingerprint it is for, empty while that is not found; None without one."""
        request = self._open.get(key)
        return (request.fingerprint or "") if request is not None else None

    def recall(self, key: AppKey, noted: str) -> None:
        """Take up what was kept of a request, unless there is one; what it was for is found anew where that was not known yet."""
        self._open.setdefault(key, _Request(fingerprint=noted or None))

    def done(self, key: AppKey) -> None:
        """An App is in sync: what was asked for is done, unless what the fetch finds is still to come."""
        request = self._open.get(key)
        if request is not None and request.fingerprint is not None:
            del self._open[key]
