"""Plugins, and what they make of a directory."""

from __future__ import annotations

from fleet.errors.kinds import FleetError, LocatedError, SeveralErrors


class PluginBroken(FleetError):
    """Plugin {plugin} could not be loaded and is not used: {reason}"""


class PluginFailed(FleetError):
    """Plugin {plugin} failed in {function}: {reason}"""


class RenderError(FleetError):
    """{path} could not be rendered: {reason}"""


class RenderInvalid(SeveralErrors, RenderError):
    """What {path} was rendered to is wrong; said as its errors."""


class UndeclaredInput(RenderError):
    """{path} was read by a renderer that does not name it among its inputs. It is the renderer's mistake."""


class ObjectInvalid(LocatedError):
    """{file}:{line}: {message}"""


class SourceInvalid(LocatedError):
    """{file}:{line}: {message}"""


class RenderUnstable(LocatedError):
    """{file}:{line}: {message}"""


class ProgramRefused(FleetError):
    """{program} cannot be run here: only an async render may run a program."""


class ProgramFailed(FleetError):
    """{program} failed: {reason}"""

    program: str
    reason: str


class NoScratch(FleetError):
    """Nothing can be rendered, because no private directory can be made in {where}: {reason}"""

    retry = True
