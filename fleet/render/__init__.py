"""From an App's directory in git to the objects it says: every distinct Fingerprint once, for all clusters.

In: a Revision's tree and an App, or loose documents of a cluster's directory. Out: a RenderUnit with its Fingerprint, and
for that `Rendered` (Manifests with file and line, declarations of further Apps split off) or `RenderFailed` with every
error at once. Renderers are plugins, the built-in ones too: they give text, the host parses it; they see in `render` only
what they named as inputs, so that a Fingerprint cannot miss one.

Never here: a cluster's live state, the network, a decision about what a failure means. A render that failed is never
kept as a success, and never looks like an empty one.
"""

from fleet.render.cache import passing
from fleet.render.host import RenderHost
from fleet.render.inputs import LISTED
from fleet.render.settings import RenderSettings
from fleet.render.unit import RenderUnit, RenderValues

__all__ = ["LISTED", "RenderHost", "RenderSettings", "RenderUnit", "RenderValues", "passing"]
