"""6: live object and context → Health, with its evidence.

In: one live object, what its check asked to see besides, when the hub last wrote it, and now (HealthContext); the check that
the Registry has for its kind. Out: a Health: state, CamelCase reason, a message a person can act on, and when to look again.

`declared_of` reads what a CustomResourceDefinition says its kind will report, for the context.

Pure: no input or output, no clock, and nothing raises: what cannot be judged is Unknown and says why. `looks` says what a
check wants to see besides; `assess_all` judges objects that are given together. Never here: fetching that, waiting, or
whether a read is recent enough to count (the caller knows what it wrote).
"""

from fleet.health.declared import declared_of
from fleet.health.judge import assess, missing
from fleet.health.related import looks
from fleet.health.together import assess_all
from fleet.hooks import Look

__all__ = ["Look", "assess", "assess_all", "declared_of", "looks", "missing"]
