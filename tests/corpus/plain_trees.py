"""Random directories of plain manifests, with what else lies in such directories."""

from __future__ import annotations

from random import Random

from tests.corpus.objects import KINDS
from tests.corpus.tree import Link, Maker


def tree(random: Random) -> Maker:
    """Make a tree whose App is in `app`: manifests at some depths, hidden files, texts, and links to what lies elsewhere."""
    maker = Maker(random)
    for number in range(random.randint(2, 6)):
        place = random.choice(["app", "app", "app/deep", "app/deep/er", "app/.hidden"])
        kind = random.choice(sorted(KINDS))
        maker.write(f"{place}/o{number}{random.choice(['.yaml', '.yml', '.json'])}", KINDS[kind](f"o{number}", random))
    maker.write("elsewhere/linked/object.yaml", KINDS["Role"]("linked", random))
    maker.write("elsewhere/other.yaml", KINDS["Role"]("other", random))
    if maker.often():
        maker.files["app/link.yaml"] = Link("../elsewhere/other.yaml")
    if maker.often():
        maker.files["app/linked"] = Link("../elsewhere/linked")
    for path in ("app", "app/deep", "elsewhere"):
        maker.note(path)
    return maker
