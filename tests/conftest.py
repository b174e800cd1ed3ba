"""Promises: tests marked ``promise("R1")`` count what they did, for docs/reliability.md.

``HELIOFRONT_RELIABILITY=long`` asks for the long version of every such test, and for the tests
marked ``long``, which are left out otherwise;
``HELIOFRONT_RELIABILITY_RECORD=FOLDER`` keeps what they counted.
"""

from __future__ import annotations

import json
import os
import re
import signal
import tempfile
import time
import zlib
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from problems.compute_satellite.variants import frozen_declarations

if TYPE_CHECKING:
    from problems.compute_satellite.variants.frozen import FrozenSatellite, ShippedBench

LONG = os.environ.get("HELIOFRONT_RELIABILITY") == "long"
_RECORD = os.environ.get("HELIOFRONT_RELIABILITY_RECORD")
_STARTED_IN = Path.cwd()  # tests may go elsewhere
# Python's readline leaves the width of its terminal to children: texts would be folded in some.
os.environ.pop("COLUMNS", None)
#: What tests replace to watch a call or to make it fail: left replaced, later tests would meet it.
_SYSTEM: dict[Any, dict[str, Any]] = {
    owner: {name: value for name, value in vars(owner).items() if callable(value)}
    for owner in (os, tempfile, time, Path)
}
_ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)


@dataclass
class Tally:
    """What one test measured: counts are added up over tests, of extremes the worst is shown."""

    counts: dict[str, int] = field(default_factory=dict)
    extremes: dict[str, tuple[float, str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def count(self, what: str, number: int = 1) -> None:
        """Add ``number`` to a count, such as ``kills survived``."""
        self.counts[what] = self.counts.get(what, 0) + number

    def most(self, what: str, value: float, unit: str = "") -> None:
        """Keep the largest of the values measured, such as ``memory growth`` in MB."""
        before, _ = self.extremes.get(what, (value, unit))
        self.extremes[what] = (max(before, float(value)), unit)

    def note(self, text: str) -> None:
        """Keep a remark, such as the versions of the tools that answered."""
        self.notes.append(text)


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    """Count and measure for docs/reliability.md."""
    kept = Tally()
    request.node.stash[_TALLY] = kept
    return kept


@pytest.fixture(scope="session")
def frozen_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of data with a benchmark frozen from the model as it is, front included."""
    from optimize.benchmark.frozen import reference
    from optimize.benchmark.frozen.freeze import freeze
    from problems.compute_satellite.variants.frozen import FrozenSatellite

    architectures, combinations = reference.Effort(100, 30, 0), reference.Effort(12, 3, 0)
    whole = reference.Effort(200, 50, 0)
    plan = reference.Plan(architectures, combinations, whole, 1, 1, last_polish=0, stored=100)
    folder = tmp_path_factory.mktemp("frozen")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frozen_declarations, "DATA", folder)
        patch.setattr(reference, "WORK", folder / "build")
        patch.setattr(reference, "ARCHITECTURE", ("launch_site",))
        document = freeze(1000)  # a number that no shipped version has
        front, record = reference.build(FrozenSatellite(document), plan)
        reference.store(document, front, record)
    return folder


@pytest.fixture
def shipped(frozen_data: Path, monkeypatch: pytest.MonkeyPatch) -> ShippedBench:
    """Return that benchmark, shipped alone while the test runs."""
    monkeypatch.setattr(frozen_declarations, "DATA", frozen_data)
    from problems.compute_satellite.variants.frozen import read_bench

    return read_bench(1000)


@pytest.fixture
def bench(shipped: ShippedBench) -> FrozenSatellite:
    """Return that benchmark as a problem."""
    from problems.compute_satellite.variants.frozen import FrozenSatellite

    return FrozenSatellite(shipped.document)


@pytest.fixture(scope="session")
def long_run() -> bool:
    """Whether the long version of the reliability tests is asked for."""
    return LONG


_TALLY = pytest.StashKey[Tally]()


def heed_signals() -> None:
    """Heed every signal that ends a process, and so let children do, which inherit deafness.

    A script that starts the tests in its background, ``nohup`` and some services ignore or block
    them; a child that is to end by Ctrl-C would then never end.
    """
    for number in _ENDING:
        if signal.getsignal(number) is signal.SIG_IGN:
            own = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
            signal.signal(number, own)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)


def put_back_functions() -> list[str]:
    """Put back what a test left replaced of the functions of the system; return their names."""
    left = [
        (owner, name, function)
        for owner, functions in _SYSTEM.items()
        for name, function in functions.items()
        if vars(owner).get(name) is not function
    ]
    for owner, name, function in left:
        setattr(owner, name, function)
    return [f"{owner.__name__}.{name}" for owner, name, _ in left]


def pytest_configure(config: pytest.Config) -> None:
    heed_signals()
    config.addinivalue_line("markers", "promise(*keys): holds promises of tests/reliability")
    config.addinivalue_line("markers", "long: takes long, and runs in `make reliability` alone")


def pytest_itemcollected(item: pytest.Item) -> None:
    if not LONG and item.get_closest_marker("long"):
        item.add_marker(pytest.mark.skip(reason="in the long version: make reliability"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, None, None]:
    yield
    left = put_back_functions()
    assert not left, f"this test left replaced: {', '.join(left)}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, Any, Any]:
    report = yield
    held = {key for marker in item.iter_markers("promise") for key in marker.args}
    told = report.when == "call" or (report.when == "setup" and not report.passed)
    if _RECORD and held and told:
        kept = item.stash.get(_TALLY, Tally())
        line = {
            "promises": sorted(held),
            "test": item.nodeid,
            "outcome": report.outcome,
            "seconds": report.duration,
            "counts": kept.counts,
            "extremes": kept.extremes,
            "notes": kept.notes,
        }
        folder = _STARTED_IN / _RECORD
        folder.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^A-Za-z0-9]+", "_", item.nodeid)[-100:]
        name += f"-{zlib.crc32(item.nodeid.encode()):08x}"  # parameters differ in signs alone
        (folder / f"{name}.json").write_text(json.dumps(line, indent=1), encoding="utf-8")
    return report
