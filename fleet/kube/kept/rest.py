"""How long the Record rests between two writes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """How long the next write waits after one, in seconds, so that more Syncs share it."""

    per_write: float = 0.2
    """For each ConfigMap that was written, unless nothing more is coming. It bounds the rate at which a big Record is
    rewritten: 1,000 Apps synced in 8 s are some 50 writes."""
    per_second: float = 4.0
    """For each second that writing took, so that it is a fifth of the time at most."""
    longest: float = 3.0
    """What somebody would care to wait for his Sync to be called done."""
    last_write: float = 2.0
    """How long the write of what is pending at the end may take: who stops a hub waits for it."""
