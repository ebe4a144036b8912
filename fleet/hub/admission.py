"""Whether this hub may write to a cluster at all: what its Inventories and its Record say, held against ourselves and git."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from fleet.model.inventory import Identity, Inventory, Record
from fleet.model.observation import LiveObject
from fleet.source import Repository


class Relation(StrEnum):
    """How a recorded commit stands to the head that was fetched."""

    PAST = "past"
    """The head has it: the ordinary case."""
    AHEAD = "ahead"
    """The head is older, or does not know it: a fetch may help."""
    DIVERGED = "diverged"
    """Both are known, and neither is the other's past."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Why a cluster is only observed; empty when it may be written."""

    reason: str = ""
    adoptable: bool = False
    """Whether `fleet adopt` may lift it: not where the cluster says that it is another's."""
    behind: bool = False
    """Whether it may be that the fetched head is merely old."""
    diverged: bool = False
    """Whether the history went another way: another head may settle it."""


@dataclass(kw_only=True)
class Patience:
    """How long a head that is behind is believed to be merely old: for some fetches, and some time."""

    fetches: int
    seconds: float
    _head: str = ""
    _since: datetime | None = None
    _count: int = 0

    def fetched(self, head: str, now: datetime) -> None:
        """The Source itself answered this head."""
        if head != self._head:
            self._head, self._since, self._count = head, now, 0
        self._count += 1

    def is_over(self, now: datetime) -> bool:
        """Whether the Source has answered this head so often, for so long, that it is not behind but another history."""
        return self._since is not None and self._count > self.fetches and now - self._since >= timedelta(seconds=self.seconds)


def of_identity(identity: Identity, *, pinned: str, elsewhere: Mapping[str, str]) -> Verdict:
    """Judge who the cluster is; `elsewhere` are the other registered names by the UID that answered there."""
    if pinned and pinned != identity.uid:
        return Verdict(reason=f"its kube-system UID is {identity.uid}, and the registry expects {pinned}")
    if identity.uid in elsewhere:
        return Verdict(reason=f"its kube-system UID {identity.uid} also answers as cluster {elsewhere[identity.uid]}")
    return Verdict()


def of_record(record: Record | None, foreign: Iterable[Inventory], *, fleet: str, identity: Identity, repository: str) -> Verdict:
    """Judge whose the Record and the Inventories are."""
    for who, whose, where in _claims(record, foreign):
        if who != fleet:
            return Verdict(reason=f"its {where} is of fleet {who}")
        if whose != identity:
            return Verdict(reason=f"its {where} is of cluster {whose}, and this is {identity}")
    if record and record.repository and record.repository != repository:
        reason = f"its Record is of another repository (root {record.repository[:12]}, this one's is {repository[:12]})"
        return Verdict(reason=reason, adoptable=True)
    return Verdict()


def _claims(record: Record | None, foreign: Iterable[Inventory]) -> Iterable[tuple[str, Identity, str]]:
    if record:
        yield record.fleet, record.cluster, "Record"
    for inventory in foreign:
        yield inventory.fleet, inventory.cluster, f"Inventory of App {inventory.app.app}"


def of_orphans(objects: Iterable[LiveObject], *, fleet: str, cluster: str) -> Verdict:
    """Judge objects with our mark in a cluster that has neither Inventory nor Record: they were lost, or copied here."""
    found = sorted(
        live.key for live in objects if live.marks.fleet == fleet and live.owner is not None and live.owner.cluster == cluster
    )
    if not found:
        return Verdict()
    reason = f"{len(found)} objects carry this cluster's marks ({found[0]}), but it has no Inventory and no Record"
    return Verdict(reason=reason, adoptable=True)


def relation(repository: Repository, recorded: str, head: str) -> Relation:
    """Say how a recorded commit stands to the head."""
    if repository.is_ancestor(recorded, head):
        return Relation.PAST
    if not repository.known(recorded) or repository.is_ancestor(head, recorded):
        return Relation.AHEAD
    return Relation.DIVERGED


def of_history(repository: Repository, commits: Iterable[str], head: str) -> Verdict:
    """Judge the commits that the Record says were applied or intended, against the head."""
    for commit in sorted(set(commits)):
        found = relation(repository, commit, head)
        if found is Relation.AHEAD:
            reason = f"its Record knows commit {commit[:12]}, which the fetched head {head[:12]} does not have"
            return Verdict(reason=reason, behind=True)
        if found is Relation.DIVERGED:
            reason = f"the history has diverged: its Record knows commit {commit[:12]}, which {head[:12]} does not descend from"
            return Verdict(reason=reason, adoptable=True, diverged=True)
    return Verdict()


def of_patience(verdict: Verdict, *, is_over: bool) -> Verdict:
    """Judge a head that is behind as diverged when it stayed so."""
    if not (verdict.behind and is_over):
        return verdict
    return Verdict(reason=f"the history has diverged: {verdict.reason}, and stays so", adoptable=True, diverged=True)
