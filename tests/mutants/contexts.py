"""Which test executes which line, and how long it takes: a plugin of pytest, one file a process.

What a fixture of a module or of the session executes is put down to the file of the test that
needed it first; what runs while a file of tests is imported, to no test, for it would be imported
by any other as well.
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

FOLDER = "HELIOFRONT_MUTANTS"  # environment variable: where the records go
SOURCES = ("problems", "optimize")
IMPORT = "import "  # begins the context of what runs while a file of tests is imported


def function_of(nodeid: str) -> str:
    """Return the test function of a node: its cases count together.

    Examples
    --------
    >>> function_of("tests/test_a.py::test_b[1-x]")
    'tests/test_a.py::test_b'
    """
    return nodeid.partition("[")[0]


class _Record:
    """Coverage by test function, with durations and outcomes."""

    def __init__(self, folder: Path) -> None:
        import coverage  # the other tests do without it

        self.folder = folder
        self.coverage = coverage.Coverage(
            data_file=str(folder / f"lines-{os.getpid()}"), include=[f"{s}/*" for s in SOURCES]
        )
        self.coverage.start()
        self.seconds: dict[str, float] = {}
        self.unusable: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Generator[None, Any, Any]:
        if not isinstance(collector, pytest.Module):
            return (yield)
        self.coverage.switch_context(IMPORT + collector.nodeid)
        try:
            return (yield)
        finally:
            self.coverage.switch_context("")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        self.coverage.switch_context(function_of(item.nodeid))
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, Any, Any]:
        if fixturedef.scope == "function":
            return (yield)
        nodeid = request._pyfuncitem.nodeid
        self.coverage.switch_context(nodeid.partition("::")[0])
        try:
            return (yield)
        finally:
            self.coverage.switch_context(function_of(nodeid))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = function_of(report.nodeid)
        self.seconds[name] = self.seconds.get(name, 0.0) + report.duration
        if report.failed or (report.skipped and report.when == "setup"):
            self.unusable.add(name)

    def pytest_sessionfinish(self) -> None:
        self.coverage.stop()
        self.coverage.save()
        usable = {k: v for k, v in self.seconds.items() if k not in self.unusable}
        text = json.dumps(usable)
        (self.folder / f"seconds-{os.getpid()}.json").write_text(text, encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    """Record in every process that runs tests: in the workers where there are some."""
    leads = getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput")
    if not leads:
        config.pluginmanager.register(_Record(Path(os.environ[FOLDER])))
