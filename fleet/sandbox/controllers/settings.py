"""How the world of a cluster moves: fixed delays and fates, chosen per cluster."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache


class Fate(StrEnum):
    """What becomes of a Pod."""

    READY = "ready"
    NEVER_READY = "never-ready"
    PULL_FAILS = "pull-fails"
    CRASHES = "crashes"
    FAILS = "fails"
    UNSCHEDULABLE = "unschedulable"


# The last part of an image's name, or its tag. The first three are those of the fake kubelet in the tests.
FATES: Mapping[str, Fate] = {
    "broken": Fate.PULL_FAILS,
    "crashing": Fate.CRASHES,
    "failing": Fate.FAILS,
    "bad": Fate.PULL_FAILS,
    "fail-pull": Fate.PULL_FAILS,
    "crash": Fate.CRASHES,
    "fail": Fate.FAILS,
    "never-ready": Fate.NEVER_READY,
    "unschedulable": Fate.UNSCHEDULABLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Controllers:
    """Choices for one cluster; times in seconds. None where something shall never happen.

    `fates` says what becomes of Pods by a word in an image's name. `demand` is how many replicas an autoscaler finds to be
    right, by `namespace/name` of the HorizontalPodAutoscaler; without one it is content with what there is.
    """

    ready_after: float = 0.1
    job_takes: float = 0.1
    retry_job_after: float = 0.1
    deleted_after: float = 0.0
    balancer_after: float | None = 0.1
    ingress_after: float | None = 0.1
    bind_after: float | None = 0.1
    events: bool = True
    nodes: int = 1
    certificate: str = ""
    fates: Mapping[str, Fate] = field(default_factory=lambda: FATES)
    demand: Mapping[str, int] = field(default_factory=dict)

    def fate(self, image: str) -> Fate:
        """What becomes of a container of this image."""
        return next((self.fates[word] for word in words(image) if word in self.fates), Fate.READY)


@cache
def words(image: str) -> tuple[str, ...]:
    """The last part of an image's name and its tag: `registry.example.com:5000/team/shop:1.2@sha256:…` has shop and 1.2."""
    last = image.rpartition("/")[2].partition("@")[0]
    return tuple(word for word in re.split(":", last) if word)
