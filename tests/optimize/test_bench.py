"""The benchmark measures what it says."""

from __future__ import annotations

import pytest

from optimize import bench
from tests.optimize.toy import ToyProblem


def test_rate_counts_designs_per_second(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 0.0, 0.1, 0.2])  # two calls, each 0.1 s long
    monkeypatch.setattr(bench.time, "perf_counter", lambda: next(clock))
    assert bench.rate(lambda: None, 50) == pytest.approx(500.0)


def test_measure_reports_every_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "_SHORTEST_S", 0.01)
    monkeypatch.setattr(bench, "peer_call", lambda: lambda: None)
    found = bench.measure(ToyProblem(), repeats=2, sizes=(10, 100))
    assert list(found["designs_per_s"]) == ["10", "100"]
    assert found["designs_per_s"]["100"] > found["designs_per_s"]["10"] > 0.0
    assert found["ratio_to_peer"]["10"] == pytest.approx(
        found["designs_per_s"]["10"] / found["peer_designs_per_s"]
    )
