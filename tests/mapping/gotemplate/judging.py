"""Has Go fill the templates of judged.json and writes down what it made of them: `make templates`.

A row of that file is a template, an option or an empty text, and what Go gave: a new row needs only the first two.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.mapping.gotemplate.cases import DATA
from tests.mapping.gotemplate.filling import filled
from tests.mapping.gotemplate.madeup import random_templates
from tests.mapping.gotemplate.madeup_regexes import random_regexes
from tests.mapping.gotemplate.madeup_versions import random_versions

HERE = Path(__file__).parent
JUDGED = HERE / "judged.json"
Case = tuple[str, str]


def ask(asked: Sequence[Case], data: Any) -> list[dict[str, str]]:
    """Have Go fill templates: one process for all of them."""
    given = json.dumps({"data": data, "cases": asked})
    command = ["go", "run", "."]
    done = subprocess.run(command, cwd=HERE / "judge", input=given, capture_output=True, text=True, check=True)
    made: list[dict[str, str]] = json.loads(done.stdout)
    return made


def compare(templates: Iterable[str]) -> int:
    """Fill made-up templates here and with Go; say where the two differ, and in how many."""
    made = [(template, "") for template in templates]
    differ = said = 0
    for (template, _), judged in zip(made, ask(made, DATA), strict=True):
        ours = filled(template, "")
        said += "error" not in judged
        if ("error" in ours) == ("error" in judged) and ours.get("text", "") == judged["text"]:
            continue
        differ += 1
        print(f"{template!r}\n  Go: {judged}\n  ours: {ours}")
    print(f"{differ} of {len(made)} differ; Go filled {said} of them, the others are errors")
    return differ


def main() -> None:
    """Write judged.json; with `--random N`, compare N made-up templates instead."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--random", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.random:
        made = (random_templates, random_regexes, random_versions)
        sys.exit(sum(compare(each(given.random, given.seed)) for each in made) > 0)
    cases = [(row[0], row[1]) for row in json.loads(JUDGED.read_text())]
    rows = [[*case, answer] for case, answer in zip(cases, ask(cases, DATA), strict=True)]
    text = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    JUDGED.write_text(f"[\n{text}\n]\n")


if __name__ == "__main__":
    main()
