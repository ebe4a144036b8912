"""Records `fleet demo --once`, as a terminal shows it, into docs/demo.svg: `make demo-svg`. A failed story records nothing."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from rich.console import Console

from fleet.cli.story.play import play

TARGET = Path(__file__).parents[2] / "docs" / "demo.svg"
WIDTH = 132
# Fonts from elsewhere: nobody who looks at a picture should be made to fetch them, and GitHub does not.
FONTS = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
# rich numbers the parts of a picture by its content; an own name keeps the difference between two recordings small.
NAME = "fleet-demo"


def main() -> None:
    """Play it and keep the picture."""
    console = Console(record=True, width=WIDTH, force_terminal=True, color_system="standard", highlight=False)
    console.print("[bold]$[/bold] make demo ARGS=--once")
    asyncio.run(play(console, clusters=4, once=True))
    picture = console.export_svg(title="fleet demo --once", unique_id=NAME)
    TARGET.write_text(FONTS.sub("", picture), encoding="utf-8")


if __name__ == "__main__":
    main()
