"""Says what other releases of Kubernetes have that one has not; only asked where something is wrong."""

from __future__ import annotations

from fleet.schema.releases import Release, minors, release


def absent(here: Release, name: str, field: str) -> str:
    """Say since or until when a field of a type is there; empty where no known release has it."""
    return _told(here, [each for each in minors() if field in (release(each).types.get(name, {}).get("fields") or ())])


def unserved(here: Release, group: str, version: str, kind: str) -> str:
    """Say since or until when a kind is served in a version; empty where no known release serves it."""
    return _told(here, [each for each in minors() if release(each).kind_type(group, version, kind)])


def _told(here: Release, having: list[str]) -> str:
    if not having:
        return ""
    later = [each for each in having if minors().index(each) > minors().index(here.minor)]
    return f"before Kubernetes {later[0]}" if later else f"after Kubernetes {having[-1]}"
