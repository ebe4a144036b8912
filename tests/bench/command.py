"""P10: how long the command takes, as a whole process."""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median

from tests.bench.figures import Figure, below
from tests.flows.soak_hub import FLEET, HubProcess, environment

TIMES = 21


def measure(hub: HubProcess) -> list[Figure]:
    """Time each verb, one after the other, over and over; beside them Python itself."""
    config = ["--config", str(hub.registry)]
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "fleet --help": [sys.executable, FLEET, "--help"],
        "fleet version": [sys.executable, FLEET, "version"],
        "fleet status": [sys.executable, FLEET, *config, "status"],
    }
    samples: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(TIMES):
        for name, command in commands.items():
            samples[name].append(_milliseconds(command))
    return [_figure(name, times) for name, times in samples.items()]


def _figure(name: str, times: list[float]) -> Figure:
    facts = {"id": "P10", "what": name, "value": median(times), "unit": "ms", "samples": tuple(times)}
    return below(150, **facts) if name.startswith("fleet") else Figure(**facts)  # type: ignore[arg-type]


def _milliseconds(command: list[str]) -> float:
    begun = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment())
    taken = 1000 * (time.monotonic() - begun)
    # status says 1 where something is unhealthy: nobody runs these Deployments.
    assert done.returncode in (0, 1), f"{' '.join(command)}: {done.stderr}"
    return taken
