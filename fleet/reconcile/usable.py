"""What must be usable before what comes after it can be applied: kinds that are being defined, Namespaces that come up."""

from __future__ import annotations

from fleet.model.plan import Action, Done

_DEFINES = {
    ("apiextensions.k8s.io", "CustomResourceDefinition"): "the kind it defines is not served yet",
}


def unusable(done: Done) -> str:
    """Why what follows an applied object has to wait; empty when it has not.

    A CustomResourceDefinition that was just made is served a moment later. The API server takes objects of a new Namespace
    at once.
    """
    key = done.change.key
    if done.error or done.change.action not in (Action.CREATE, Action.REPLACE):
        return ""
    reason = _DEFINES.get((key.group, key.kind), "")
    return f"{key}: {reason}" if reason else ""
