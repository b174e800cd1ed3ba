"""Evidence of quality: by hand where it can be counted, and complete in every run folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import moocore
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from optimize.cli import main
from optimize.commands.run import _compare_seeds
from optimize.config.overrides import load_source
from optimize.config.study import read_study
from optimize.engine.archive import Archive
from optimize.engine.indicators import hypervolume, spread_subset
from optimize.engine.quality import compare_seeds, growth_at_end, quality_lines, sample_evidence
from optimize.engine.subset import grid_subset, hypervolume_subset
from optimize.evaluation.calls import ModelError
from optimize.evaluation.tables import Layout
from optimize.report.summary import write_summary
from optimize.run import final
from optimize.run.folder import load_run
from optimize.run.outcome import Outcome
from optimize.run.start import start_run
from problems.spec import Objective
from problems.units import FloatArray
from tests.optimize.toy import ToyProblem

Write = Callable[..., Path]
UNIT = (Objective("a", "min", 0.0, 1.0), Objective("b", "min", 0.0, 1.0))


def execute(path: Path, out: Path, *overrides: str) -> Outcome:
    config, study = read_study(load_source(path, overrides))
    return start_run(config, study, out=out)


def sphere(n: int, m: int, seed: int) -> FloatArray:
    """Return mutually non-dominated points: the part of a sphere nearest to the origin."""
    points = np.abs(np.random.default_rng(seed).normal(size=(n, m)))
    return 1.0 - points / np.linalg.norm(points, axis=1, keepdims=True)


# --- seeds ---------------------------------------------------------------------------------------


def test_compare_seeds_by_hand() -> None:
    fronts = {3: np.array([[0.0, 0.5], [0.5, 0.25]]), 4: np.array([[0.25, 0.25], [0.0, 0.5]])}
    found = compare_seeds(fronts, UNIT)
    # Seed 3 dominates 0.5 + 0.5 * 0.25, seed 4 0.5 + 0.75 * 0.25, which is the union's as well.
    volumes = [0.625, 0.6875]
    assert found["hypervolume"]["median"] == pytest.approx(0.65625)
    assert found["hypervolume"]["spread"] == pytest.approx(0.0625 / 0.65625)
    assert found["union"] == {"hypervolume": pytest.approx(0.6875), "size": 2}
    rows = found["by_seed"]
    assert [row["seed"] for row in rows] == [3, 4]
    assert [row["hypervolume"] for row in rows] == pytest.approx(volumes)
    assert [row["share_of_union_hypervolume"] for row in rows] == pytest.approx([10 / 11, 1.0])
    assert [row["share_of_union"] for row in rows] == [0.5, 1.0]  # both found (0, 0.5)
    # To reach (0.25, 0.25), (0.5, 0.25) must be better by 0.25.
    assert [row["additive_epsilon"] for row in rows] == pytest.approx([0.25, 0.0])


def test_compare_seeds_survives_empty_fronts() -> None:
    empty = np.empty((0, 2))
    found = compare_seeds({1: empty, 2: np.array([[0.5, 0.5]])}, UNIT)
    assert found["by_seed"][0]["share_of_union"] == 0.0
    assert found["by_seed"][0]["additive_epsilon"] is None
    nothing = compare_seeds({1: empty, 2: empty}, UNIT)
    assert nothing["union"] == {"hypervolume": 0.0, "size": 0}
    assert nothing["hypervolume"]["spread"] is None
    assert any("| 1 |" in line for line in quality_lines({"seeds": nothing}))


def test_seeds_are_compared_in_every_folder(write_config: Write, tmp_path: Path) -> None:
    paths = []
    for seed in (3, 4):
        run = execute(write_config(), tmp_path, f"algorithm.seed={seed}").run
        write_summary(run)
        paths.append(str(run.path))
    found = _compare_seeds(paths, 3)
    assert [row["seed"] for row in found["by_seed"]] == [3, 4]
    for path in paths:
        run = load_run(path)
        assert run.manifest["quality"]["seeds"] == found
        assert run.manifest["quality"]["random_sample"]["evaluations"] <= 480
        text = (run.path / "summary.md").read_text()
        assert "additive epsilon" in text
        assert "A random sample" in text


def test_run_seeds_prints_the_comparison(write_config: Write, tmp_path: Path) -> None:
    arguments = [str(write_config()), "--seeds", "2", "--out", str(tmp_path / "r"), "--json"]
    done = CliRunner().invoke(main, ["run", *arguments])
    assert done.exit_code == 0, done.stderr
    quality = json.loads(done.stdout)["quality"]
    shares = [row["share_of_union_hypervolume"] for row in quality["by_seed"]]
    assert len(shares) == 2
    assert all(0.5 < share <= 1.0 for share in shares)


# --- one run -------------------------------------------------------------------------------------


def test_run_reports_what_polishing_gained(write_config: Write, tmp_path: Path) -> None:
    run = execute(write_config(), tmp_path / "a").run
    quality = run.manifest["quality"]
    polish = quality["polish"]
    swaps = quality["swaps"]
    assert 0 < swaps["evaluations"] <= run.manifest["evaluations"]
    gained = polish["hypervolume_before"] - quality["hypervolume_search"]
    assert gained > 0.0 if swaps["taken"] else gained == 0.0
    assert polish["hypervolume_after"] == quality["hypervolume"] == run.manifest["hypervolume"]
    assert polish["gain"] > 0.0
    assert 0 < polish["evaluations"] <= run.manifest["evaluations"]
    assert set(polish["median_improvement"]) == {"cost_usd", "mass_kg", "heat_loss_w"}
    assert min(polish["median_improvement"].values()) >= 0.0
    front = run.front[[o.output for o in run.objectives]].to_numpy()
    assert hypervolume(front, run.objectives) == pytest.approx(quality["hypervolume_front"])
    raw = execute(write_config(), tmp_path / "b", "algorithm.polish=false").run.manifest
    assert "polish" not in raw["quality"]
    assert raw["hypervolume"] == quality["hypervolume_search"] < quality["hypervolume"]


def test_run_leaves_the_yardstick_alone(write_config: Write, tmp_path: Path) -> None:
    run = execute(write_config(), tmp_path / "a", "algorithm.name=random").run
    assert "polish" not in run.manifest["quality"]
    asked = ("algorithm.name=random", "algorithm.polish=true")
    assert "polish" in execute(write_config(), tmp_path / "b", *asked).run.manifest["quality"]


def test_long_run_is_held_to_an_even_sample(
    write_config: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(final, "SHORT_RUN", 400)
    run = execute(write_config(), tmp_path).run
    sample = run.manifest["quality"]["random_sample"]
    assert sample["evaluations"] == 256
    reached = run.history.loc[run.history["evaluations"] >= 256, "hypervolume"].iloc[0]
    assert sample["search_hypervolume"] == reached
    assert sample["ratio"] == pytest.approx(reached / sample["hypervolume"])


def test_sample_evidence_counts_what_is_feasible() -> None:
    problem = ToyProblem()
    layout = Layout(problem, problem.space, problem.objectives, problem.constraints)
    history = pd.DataFrame({"evaluations": [1000, 2000], "hypervolume": [0.1, 0.2]})
    found = sample_evidence(layout, history, most=10_000, seed=1)
    assert found is not None
    assert found["evaluations"] == 1024  # the largest power of two within 2000
    assert found["search_hypervolume"] == 0.2  # the first entry with at least as many
    x = problem.space.sample(20_000, np.random.default_rng(1))
    outputs = problem.evaluate(x)
    share = ((outputs["volume_m3"] >= 2.0) & (outputs["stress_ratio"] <= 1.0)).mean()
    assert found["feasible_share"] == pytest.approx(share, abs=0.03)
    assert found == sample_evidence(layout, history, most=10_000, seed=1)
    assert sample_evidence(layout, history.iloc[:0], most=10_000, seed=1) is None


@pytest.mark.parametrize(("most", "drawn"), [(1, 1), (3, 2), (4, 4), (255, 128), (256, 256)])
def test_sample_is_doubled_up_to_the_ceiling(most: int, drawn: int) -> None:
    problem = ToyProblem()
    layout = Layout(problem, problem.space, problem.objectives, problem.constraints)
    history = pd.DataFrame({"evaluations": [4000], "hypervolume": [0.1]})
    found = sample_evidence(layout, history, most=most, seed=1)
    assert found is not None
    assert found["evaluations"] == drawn


def test_growth_at_end_of_a_flat_history_is_zero() -> None:
    assert growth_at_end(np.full(10, 0.3)) == 0.0
    assert np.isnan(growth_at_end(np.zeros(10)))


# --- objectives that say nothing -----------------------------------------------------------------


def test_constant_objective_is_named(write_config: Write, tmp_path: Path) -> None:
    fixed = {name: {"fix": 1.0} for name in ("radius_m", "length_m")}
    path = write_config(
        variables=fixed, objectives=["cost_usd", "volume_m3"], constraints={"volume": False}
    )
    run = execute(path, tmp_path / "a").run
    assert run.manifest["quality"]["constant_objectives"] == ["volume_m3"]
    assert "'volume_m3' is the same for every" in write_summary(run).read_text()
    done = CliRunner().invoke(main, ["run", str(path), "--out", str(tmp_path / "b")])
    assert done.exit_code == 0
    assert "warning: objective 'volume_m3' is the same for every feasible design" in done.stderr


class EmptyMass(ToyProblem):
    """A problem whose mass is never a number."""

    def _evaluate(self, x: FloatArray, pressure_mpa: Any, names: Any) -> dict[str, FloatArray]:
        outputs = super()._evaluate(x, pressure_mpa, names)
        return {n: np.full_like(v, np.nan) if n == "mass_kg" else v for n, v in outputs.items()}


def test_objective_that_is_never_a_number_is_named(write_config: Write, tmp_path: Path) -> None:
    path = write_config(problem="tests.optimize.engine.test_quality:EmptyMass")
    with pytest.raises(ModelError, match=r"every design failed.*mass_kg is nan"):
        execute(path, tmp_path)


# --- few of many ---------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(st.integers(10, 150), st.integers(2, 4), st.integers(4, 20), st.integers(0, 1000))
def test_hypervolume_subset_keeps_the_best_of_each_objective(
    n: int, m: int, size: int, seed: int
) -> None:
    points = sphere(n, m, seed)
    chosen = hypervolume_subset(points, size)
    assert len(chosen) == min(n, size)
    assert (np.diff(chosen) > 0).all()
    assert (points[chosen].min(axis=0) == points.min(axis=0)).all()


def test_hypervolume_subset_of_one_objective_keeps_the_best() -> None:
    points = np.array([[0.3], [0.1], [0.2], [0.1]])
    assert hypervolume_subset(points, 2).tolist() == [1, 3]
    assert hypervolume_subset(points, 3).tolist() == [1, 2, 3]


def test_hypervolume_subset_keeps_more_than_a_spread_one() -> None:
    points = sphere(1000, 3, 1)
    reference = np.ones(3)
    by_volume, by_distance, by_lot = (
        float(moocore.hypervolume(points[chosen], ref=reference))
        for chosen in (hypervolume_subset(points, 100), spread_subset(points, 100), np.arange(100))
    )
    assert by_volume > by_distance > by_lot


def test_hypervolume_subset_values_points_beyond_the_reference() -> None:
    points = np.column_stack((np.linspace(0.5, 3.0, 50), np.linspace(3.0, 0.5, 50)))
    chosen = hypervolume_subset(points, 10)
    assert points[chosen][:, 0].min() == 0.5
    assert points[chosen][:, 1].min() == 0.5
    assert np.diff(points[chosen][:, 0]).max() < 0.7


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 200), st.integers(2, 4), st.floats(0.02, 0.5), st.integers(0, 1000))
def test_grid_subset_is_within_epsilon_of_every_point(
    n: int, m: int, epsilon: float, seed: int
) -> None:
    points = sphere(n, m, seed)
    kept = points[grid_subset(points, epsilon)]
    gap = (kept[None] - points[:, None]).max(axis=2).min(axis=1)
    assert (gap <= epsilon * (1.0 + 1e-9)).all()
    boxes = np.floor(kept / epsilon)
    assert len(np.unique(boxes, axis=0)) >= len(boxes) - m  # beyond one per box: extremes only


def test_archive_epsilon_bounds_the_archive() -> None:
    free, bound = Archive(1, UNIT, 10_000), Archive(1, UNIT, 10_000, epsilon=0.05)
    for seed in range(5):
        f = sphere(400, 2, seed)
        x, g = np.arange(400.0)[:, None], np.zeros((400, 1))
        free.add(x, f, g)
        bound.add(x, f, g)
    assert len(free.f) > 500
    assert len(bound.f) <= 2 * 20 + 2  # boxes of side 0.05 that a falling curve can touch
    assert hypervolume(bound.f, UNIT) > 0.9 * hypervolume(free.f, UNIT)
