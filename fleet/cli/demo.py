"""Show all of it on sandbox clusters: API servers in memory, on loopback, with nothing installed and nothing left behind.

It makes a git repository from the example, starts the clusters and the hub, and shows a table; it says in which directory to
commit and which kubeconfig to break things with. With --once it plays a story instead, and ends with 0 when all of it happened.
"""

from __future__ import annotations

import argparse
import asyncio
import signal

from fleet.cli.frame.codes import FINE
from fleet.errors import CommandMisused

_LEAST = 4
_DEFAULT = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take how much is shown."""
    parser.add_argument("--once", action="store_true", help="play the story to its end, and check that each step happened")
    parser.add_argument("--clusters", type=int, default=_DEFAULT, metavar="N", help=f"how many; at least {_LEAST}, the default")


def run(options: argparse.Namespace) -> int:
    """Show it."""
    if options.clusters < _LEAST:
        raise CommandMisused(message=f"--clusters {options.clusters}: the example has {_LEAST} clusters of its own")
    import uvloop
    from rich.console import Console

    from fleet.cli.story.play import play

    console = Console(no_color=True if options.no_color else None, highlight=False)
    # As Ctrl-C, so that nothing is left behind; a shell lets what it starts in the background ignore that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            runner.run(play(console, clusters=options.clusters, once=options.once))
        except KeyboardInterrupt:
            if options.once:
                raise  # the story was not told to its end
    return FINE
