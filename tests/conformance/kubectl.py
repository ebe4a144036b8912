"""What people type: the same kubectl commands on two servers, their exit codes and what they print."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.conformance.case import Case, read
from tests.conformance.run import Answers
from tests.controlplane.cluster import kubectl_path

COMMANDS = Path(__file__).parent / "kubectl.yaml"
_AT_ONCE = 3
_VOLATILE = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<uid>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "<time>"),
    (re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}"), "<time>"),
    (re.compile(r"(resourceVersion: )\"\d+\""), r"\1<version>"),
    (re.compile(r"\b10\.0\.\d+\.\d+\b"), "<address>"),
    (re.compile(r"\b3[0-2]\d{3}\b"), "<port>"),
    (re.compile(r"\b\d+(ms|s|m|h)(\d+s)?\b(?= |$)", re.MULTILINE), "<age>"),
    (re.compile(r"https?://127\.0\.0\.1:\d+[\w/-]*"), "<server>"),
)

# A watch for one second ends after one by the server's clock; by the client's it may be a moment less, and then it logs so.
# A client that stood still while it asked whether it may send takes that for its own throttling.
_CLOCKS = re.compile(r"[IW]\d{4} .*(reflector.*very short watch|due to client-side throttling)")


def commands() -> tuple[Case, ...]:
    """Read the cases."""
    return tuple(read(COMMANDS))


def run_all(kubeconfig: Path, cases: Iterable[Case]) -> dict[str, Answers]:
    """Run cases, a few at once, and return what came of each by its name."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        running = {case.name: pool.submit(_run, kubeconfig, case) for case in cases}
        return {name: answers.result() for name, answers in running.items()}


def _run(kubeconfig: Path, case: Case) -> Answers:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": case.name}}
    _kubectl(kubeconfig, ["create", "-f", "-"], {"stdin": json.dumps(namespace)})
    return [_answer(kubeconfig, case.name, step) for step in case.steps]


def _answer(kubeconfig: Path, namespace: str, step: dict[str, Any]) -> dict[str, Any]:
    typed = step["kubectl"].replace("$ns", namespace)
    words = typed.split(" ") if "{" in typed else shlex.split(typed)
    done = _kubectl(kubeconfig, ["-n", namespace, *words], step)
    said = {"step": step["kubectl"], "code": done.returncode}
    if step.get("code-only"):
        return said
    printed, complained = _lines(done.stdout), _lines(done.stderr)
    # How many of its lines a rollout prints depends on how fast it goes.
    return said | {"printed": printed[-1:] if step.get("last") else printed, "complained": complained}


def _kubectl(kubeconfig: Path, words: list[str], step: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    command = [str(kubectl_path()), f"--kubeconfig={kubeconfig}", f"--cache-dir={kubeconfig.parent}/cache", *words]
    editor = {"KUBE_EDITOR": step["editor"]} if "editor" in step else {}
    environment = {"PATH": os.environ["PATH"], "HOME": str(kubeconfig.parent), **editor}
    given = {"input": step["stdin"]} if "stdin" in step else {"stdin": subprocess.DEVNULL}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, **given)


def _lines(text: str) -> list[str]:
    for pattern, label in _VOLATILE:
        text = pattern.sub(label, text)
    # Columns are as wide as their widest cell, ages and names among them.
    return [re.sub(r"(?<=\S) {2,}", "  ", line).rstrip() for line in text.splitlines() if not _CLOCKS.match(line)]
