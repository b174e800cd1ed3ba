"""The benchmark measures what it says."""

from __future__ import annotations

import gc
import tracemalloc

import numpy as np
import pytest

from optimize.benchmark.speed import engine as bench_engine
from optimize.benchmark.speed import model as bench
from optimize.config.overrides import load_source
from optimize.config.study import read_study
from optimize.engine.search import Search
from optimize.evaluation.build import build_problem
from optimize.evaluation.tables import Layout
from problems.space import DesignSpace
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


CONFIG = "configs/quick.yaml"


@pytest.fixture(scope="module")
def small_bench() -> bench_engine.Bench:
    return bench_engine.Bench(CONFIG, 24, warm=3)


def test_measure_engine_times_every_installed_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_engine, "_OURS_PER_ROUND", 2)
    found = bench_engine.measure_engine(CONFIG, [24], rounds=1, warm=2)
    assert {"heliofront", "pymoo", "pymoo mixed", "optuna nsga2"} <= set(found[24])
    for parts in found[24].values():
        assert 0.0 < parts["model_ms"] < parts["generation_ms"]
        assert parts["engine_ms"] <= parts["generation_ms"] - parts["model_ms"] + 1e-9
    own = found[24]["heliofront"]
    assert own["engine_ms"] + own["model_ms"] + own["books_ms"] == pytest.approx(
        own["generation_ms"]
    )
    # Object-based engines lose even on the smallest population.
    assert own["engine_ms"] < found[24]["pymoo mixed"]["engine_ms"]
    text = bench_engine.to_text(found)
    assert "population 24" in text
    assert "pymoo mixed" in text


def test_every_rival_judges_the_same_designs(small_bench: bench_engine.Bench) -> None:
    layout = small_bench.layout
    f, g = small_bench.judge(small_bench.genes)
    state = small_bench.search.algorithm.state()
    np.testing.assert_allclose(f, state["f"], rtol=1e-12)
    np.testing.assert_allclose(np.maximum(g, 0.0).sum(axis=1), state["violation"], rtol=1e-12)
    assert f.shape[1] == small_bench.shape[0] == len(layout.objectives)


def test_rivals_begin_with_a_whole_population() -> None:
    """Fewer designs than that may survive a generation of a run."""
    bench = bench_engine.Bench(CONFIG, 300, warm=2)
    assert len(bench.genes) == 300


def test_memory_stays_flat_over_generations(monkeypatch: pytest.MonkeyPatch) -> None:
    config, study = read_study(
        load_source(CONFIG, ["algorithm.population=40", "output.evaluations=false"])
    )
    problem = build_problem(config)
    layout = Layout(problem, DesignSpace(study.variables), study.objectives, study.constraints)
    search = Search(config, layout)
    monkeypatch.setattr(search.archive, "limit", 60)
    for _ in range(40):
        search.step()
    tracemalloc.start()
    search.step()
    gc.collect()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(80):
        search.step()
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # The log keeps one row of numbers per generation; a kept population would be 16 kB or more.
    assert (after - before) / 80 < 2000.0


def test_take_blocks_gives_every_evaluation_once() -> None:
    config, study = read_study(load_source(CONFIG, ["algorithm.population=30"]))
    problem = build_problem(config)
    space = DesignSpace(study.variables)
    search = Search(
        config,
        Layout(problem, space, study.objectives, study.constraints),
    )
    blocks = []
    for _ in range(3):
        for _ in range(5):
            search.step()
        blocks += search.take_blocks()
    x = np.concatenate([rows for rows, _ in blocks])
    assert len(x) == search.evaluations
    for name in blocks[0][1]:
        assert len(np.concatenate([outputs[name] for _, outputs in blocks])) == len(x)
    assert search.take_blocks() == []
