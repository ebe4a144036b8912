"""Print the version."""

from __future__ import annotations

import argparse

from fleet import __version__
from fleet.cli.frame.codes import FINE
from fleet.cli.frame.show import structured


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none of its own."""


def run(options: argparse.Namespace) -> int:
    """Print it."""
    if not structured(options, {"version": __version__}, name=lambda each: each["version"]):
        print(f"fleet {__version__}")
    return FINE
