"""Calls one function of one plugin: whatever it raises becomes a PluginFailed, and nothing else of the process suffers."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from fleet.aio import Threads
from fleet.errors import FleetError, PluginFailed

# Far more than are called at once: each that hangs takes one for good.
_THREADS = Threads(limit=100, name="plugin")
Context = TypeVar("Context")
Answer = TypeVar("Answer")


def call(function: Callable[[Context], Answer], context: Context, *, plugin: str) -> Answer:
    """Call a pure function of a plugin. Errors of ours pass through, others become PluginFailed."""
    try:
        return function(context)
    except FleetError:
        raise
    except Exception as error:
        raise _failed(function, plugin, error) from error


async def call_async(function: Callable[[Context], Any], context: Context, *, plugin: str, timeout: float) -> Any:
    """Call a function of a plugin that may be sync (then in a thread) or async, within a deadline in seconds.

    A thread that hangs is left alone, and does not hold the end of the process either.
    """
    try:
        async with asyncio.timeout(timeout):
            if inspect.iscoroutinefunction(function):
                return await function(context)
            return await _THREADS.run(function, context, seconds=timeout + 60, what=_name(function))
    except FleetError:
        raise
    except TimeoutError as error:
        raise PluginFailed(plugin=plugin, function=_name(function), reason=f"no answer within {timeout:g} s") from error
    except Exception as error:
        raise _failed(function, plugin, error) from error


def _failed(function: Callable[..., Any], plugin: str, error: Exception) -> PluginFailed:
    return PluginFailed(plugin=plugin, function=_name(function), reason=f"{type(error).__name__}: {error}")


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__qualname__", repr(function))
