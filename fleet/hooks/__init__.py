"""The sockets: where plugins are plugged in, and where the built-ins are, in the same way.

In: the names of plugins (entry points of the group `fleet.plugins`, modules and files of the registry) and the list of
built-ins. Out: a Registry of typed declarations, and the guard through which every declared function is called.

Hooks are called once, at load, to collect declarations; never on a commit's path. A declared function takes one frozen
context and nothing else, so that a context can grow without breaking a plugin. A plugin that is broken is reported by name
and the others work. Never here: a decision about what a plugin's answer means, and any credential.
"""

from fleet.hooks.contexts import (
    AppKindContext,
    ExemptionContext,
    GateContext,
    HealthContext,
    NotifyContext,
    RenderContext,
    SourceTree,
)
from fleet.hooks.declarations import (
    AppKind,
    DriftExemption,
    Gate,
    HealthCheck,
    Look,
    Notifier,
    RenderedFile,
    Renderer,
)
from fleet.hooks.specs import hookimpl

__all__ = [
    "AppKind",
    "AppKindContext",
    "DriftExemption",
    "ExemptionContext",
    "Gate",
    "GateContext",
    "HealthCheck",
    "HealthContext",
    "Look",
    "Notifier",
    "NotifyContext",
    "RenderContext",
    "RenderedFile",
    "Renderer",
    "SourceTree",
    "hookimpl",
]
