"""Misbehaviour on demand: what servers and networks do on bad days.

`refuse`, `black_hole` and `cut` concern the whole cluster; a Fault concerns the requests that it matches.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias

Action: TypeAlias = Literal["delay", "status", "reset", "black-hole", "slow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to requests of these verbs, to this resource, with a path that begins so; empty matches all.

    `delay`: answered after `seconds`. `status`: refused with `code`, and `Retry-After` where one is given. `reset`: the
    connection is reset, before the request is done, or with `after` once it is. `black-hole`: never answered. `slow`: the
    answer comes a few bytes at a time, over about `seconds`.
    """

    action: Action
    seconds: float = 1.0
    code: int = 500
    retry_after: int | None = None
    after: bool = False
    verbs: tuple[str, ...] = ()
    resource: str = ""
    path: str = ""
    agent: str = ""
    times: int | None = None
    """How many requests it happens to; None: until it is cleared."""

    def matches(self, verb: str, resource: str, path: str, agent: str) -> bool:
        """Whether it concerns a request."""
        return (
            (not self.verbs or verb in self.verbs)
            and (not self.resource or resource == self.resource)
            and path.startswith(self.path)
            and agent.startswith(self.agent)
        )


class Faults:
    """How one cluster misbehaves; at first, not at all. All of it is synchronous."""

    def __init__(self) -> None:
        self.active = False
        """Whether anything is wrong: asked of every request."""
        self.refusing = False
        self.silent = False
        self.expired = False
        self.on_change: Callable[[], None] = lambda: None
        """Told when the way the cluster listens is to change."""
        self.on_cut: Callable[[bool], None] = lambda watches: None
        self._faults: list[tuple[Fault, list[int]]] = []
        self._healed = asyncio.Event()

    def add(self, fault: Fault) -> None:
        """Let it happen from now on; of several that match a request, the one added first."""
        self._faults.append((fault, [fault.times if fault.times is not None else -1]))
        self.active = True

    def refuse(self) -> None:
        """Refuse new connections and cut those that are open: nothing listens there."""
        self.refusing = True
        self._changed()
        self.cut()

    def black_hole(self) -> None:
        """Accept connections and requests and answer nothing; open watches fall silent. All is answered when it is over."""
        self.silent = True
        self._healed.clear()
        self._changed()

    def expire_certificate(self) -> None:
        """Show new connections a certificate that is over since yesterday; cuts those that are open. Needs TLS."""
        self.expired = True
        self._changed()
        self.cut()

    def cut(self) -> None:
        """Cut every open connection, watches too."""
        self.on_cut(False)

    def cut_watches(self) -> None:
        """End every open watch, as a server does that goes down in an orderly way."""
        self.on_cut(True)

    def clear(self) -> None:
        """Behave again."""
        self._faults.clear()
        self.refusing = self.silent = self.expired = False
        self._changed()
        self._healed.set()

    def told(self) -> list[dict[str, Any]]:
        """What is wrong now."""
        whole = [{"action": name} for name in ("refusing", "silent", "expired") if getattr(self, name)]
        return whole + [{field.name: getattr(fault, field.name) for field in fields(fault)} for fault, _ in self._faults]

    def next(self, verb: str, resource: str, path: str, agent: str) -> Fault | None:
        """The fault that happens to a request; counts it."""
        for fault, left in self._faults:
            if left[0] != 0 and fault.matches(verb, resource, path, agent):
                left[0] -= 1
                return fault
        return None

    async def healed(self) -> None:
        """Wait until `clear`."""
        await self._healed.wait()

    def _changed(self) -> None:
        self.active = bool(self._faults) or self.silent
        self.on_change()
