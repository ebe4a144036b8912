"""Look at cases on one server: `python -m tests.conformance SERVERS.json plain|controllers OUT.json [CASE…]`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.conformance.case import all_cases
from tests.conformance.run import prepare, run_all
from tests.conformance.session import Server


def main() -> int:
    """Run the named cases, or all, and write their answers."""
    where, which, out, *names = sys.argv[1:]
    told = json.loads(Path(where).read_text())[which]
    server = Server(address=told["server"], ca_file=told.get("ca", ""), tokens=told["tokens"])
    wanted = [c for c in all_cases() if c.controllers == (which == "controllers") and (not names or c.name in names)]
    prepare(server)
    answers = run_all(server, wanted)
    Path(out).write_text(json.dumps(answers, indent=1))
    print(len(answers), "cases")
    return 0


if __name__ == "__main__":
    sys.exit(main())
