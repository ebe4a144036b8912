"""Compare random trees with the tools they belong to: `python -m tests.corpus --trees 300 --seed 1`."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from random import SystemRandom

from tests.corpus.judged import Corpus, Verdict, counted


def main() -> int:
    """Print what differs, what the trees hold, and the seed; 1 when anything differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trees", type=int, default=300)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**6))
    parser.add_argument("--only", type=int, help="one tree, by its number; its directory is kept")
    asked = parser.parse_args()
    print(f"seed {asked.seed}", flush=True)
    begun = time.monotonic()
    verdicts = asyncio.run(_judged(asked))
    unlike = [each for each in verdicts if not each.equal]
    for each in unlike:
        print(f"\n== tree {each.case.number} differs\n-- the tool\n{each.tool}\n-- ours\n{each.ours}")
    refused = [each for each in verdicts if isinstance(each.tool, str)]
    for each in refused[:3]:
        print(f"tree {each.case.number} cannot be built: {str(each.tool).strip()[:300]}")
    held = ", ".join(f"{name} {count}" for name, count in counted(verdicts).items())
    print(f"features: {held}")
    took = time.monotonic() - begun
    print(f"{len(verdicts)} trees of seed {asked.seed}: {len(unlike)} differ, {len(refused)} the tool refuses; {took:.0f} s")
    return 1 if unlike or len(refused) > len(verdicts) // 10 else 0


async def _judged(asked: argparse.Namespace) -> list[Verdict]:
    if asked.only is not None:
        kept = tempfile.mkdtemp(prefix="corpus-")
        print(f"it lies in {kept}")
        return await _verdicts(Corpus(Path(kept, "repo"), asked.seed, [asked.only]))
    with tempfile.TemporaryDirectory(prefix="corpus-") as directory:
        return await _verdicts(Corpus(Path(directory, "repo"), asked.seed, range(asked.trees)))


async def _verdicts(corpus: Corpus) -> list[Verdict]:
    return [await corpus.verdict(case) for case in corpus.cases]


if __name__ == "__main__":
    sys.exit(main())
