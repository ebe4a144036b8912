"""AppProjects: they declare no App, and each restriction in one is said to have no effect."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from fleet.hooks import AppKindContext
from fleet.mapping.builtin.places import notices, refuse
from fleet.mapping.builtin.table import Table
from fleet.model.app import Notice

TABLE = Table.load(Path(__file__).with_name("appproject.toml"))


def read(context: AppKindContext) -> Iterable[Notice]:
    """Read one project: nothing but Notices."""
    found = TABLE.examine(context.document)
    refuse(context, found.complaints)
    return notices(context, found.notices)
