"""A pytest plugin for the run that decides: nothing may be skipped, and the tests on real API servers must have run.

A skipped test looks like a passing one from a distance. `make test` without ARGS passes `--whole`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

REAL = "tests/real/"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--whole`."""
    parser.addoption("--whole", action="store_true", help="fail when a test is skipped or tests/real did not run")


def pytest_configure(config: pytest.Config) -> None:
    """Watch the run only where it is to be whole; of several processes, where all reports come together."""
    if config.getoption("--whole") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Whole(), "whole-run")


class Whole:
    """Remember what ran and what did not, and fail the run at its end."""

    def __init__(self) -> None:
        self.real = 0
        self.skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test when its body ran, and note it when any phase was skipped or expected to fail."""
        if report.skipped:
            self.skipped.append(report.nodeid)
        elif report.when == "call" and report.nodeid.startswith(REAL):
            self.real += 1

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a whole file that skipped itself."""
        if report.skipped:
            self.skipped.append(report.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Turn a run that was not whole into a failed one."""
        if session.exitstatus == pytest.ExitCode.OK and any(self.complaints()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say why, before pytest's closing line."""
        for complaint in self.complaints():
            terminalreporter.write_line(f"NOT WHOLE: {complaint}", red=True)

    def complaints(self) -> Iterator[str]:
        """Name each reason for which the run does not count as whole."""
        if not self.real:
            there = "did not run" if Path(REAL).is_dir() else "is not there"
            yield f"{REAL} {there}"
        for nodeid in self.skipped:
            yield f"skipped: {nodeid}"
