"""`-w`: says an answer again each time that it changed."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import Any

from fleet.cli.frame.codes import FINE
from fleet.cli.frame.hubclient import HubClient
from fleet.cli.frame.show import say
from fleet.errors import HubUnreachable

_WAIT = 25.0
_AGAIN = 1.0  # seconds before a hub that is being restarted is asked again
_PACE = 0.2  # seconds between two answers at least: a first sync changes hundreds of things a second


def follow(options: Any, hub: HubClient, once: Callable[[], int]) -> int:
    """Call `once`, which asks, prints and gives an exit code; with `-w` again after each change, until Ctrl-C."""
    if not options.watch:
        return once()
    code, last = FINE, ""
    try:
        while True:
            said = io.StringIO()
            with redirect_stdout(said):
                code = once()
            last = _print(said.getvalue(), last)
            _wait(hub)
    except KeyboardInterrupt:
        return code


def _print(text: str, last: str) -> str:
    if text != last:
        if sys.stdout.isatty():
            print("\x1b[H\x1b[2J\x1b[3J", end="")
        print(text, end="", flush=True)
    return text


def _wait(hub: HubClient) -> None:
    seen, told = hub.rings, False
    time.sleep(_PACE)
    while True:
        try:
            hub.get("wait", {"seen": seen, "timeout": _WAIT}, seconds=_WAIT + 10)
            return
        except HubUnreachable as error:
            if not told:
                say(f"fleet: {error}")
            told = True
            time.sleep(_AGAIN)
