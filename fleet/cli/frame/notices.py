"""What an App says, in its declaration or its charts, that has no effect here."""

from __future__ import annotations

from fleet.cli.frame.checkout import Checkout, Mapped
from fleet.errors import FleetError
from fleet.mapping.composed import parts_of
from fleet.model.app import App, ClusterMap, DesiredApp, Notice
from fleet.model.charts import LOCK
from fleet.model.manifest import Rendered
from fleet.render import RenderValues


async def notices_of(checkout: Checkout, mapped: Mapped, cluster: ClusterMap, desired: DesiredApp) -> list[Notice]:
    """Ask the renderers of an App that rendered; one that cannot tell says so."""
    values = RenderValues(kube_version=cluster.kube_version, api_versions=cluster.api_versions)
    found: list[Notice] = []
    for part in parts_of(desired.app) if isinstance(desired.result, Rendered) else ():
        if not part.path and not part.renderer:
            continue  # loose objects
        try:
            given = await checkout.host.notices(mapped.tree, checkout.host.describe(mapped.tree, part, values))
        except FleetError as error:
            found.append(Notice(part.declared_by.origin, f"what has no effect of App {part.key.app} could not be told: {error}"))
            continue
        found += [_placed(each, part) for each in given]
    return found


def _placed(notice: Notice, app: App) -> Notice:
    """A chart of a repository is asked for where its App is declared."""
    return Notice(app.declared_by.origin, notice.message) if notice.origin.file == LOCK else notice
