"""Scenario discovery: planted boxes are found, and another implementation finds the same."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from optimize.analysis.sensitivity.discovery import discover_conditions
from optimize.analysis.sensitivity.judged import Judged
from optimize.analysis.sensitivity.prim import discover, limits
from problems.spec import SpecError
from tests.optimize.analysis.judged_satellite import JudgedSatellite


def futures(seed: int = 0, columns: int = 6):
    return np.random.default_rng(seed).random((1000, columns))


def planted(x, seed: int = 1):
    """Return futures of interest: nearly all within a box of two assumptions."""
    return (x[:, 0] > 0.7) & (x[:, 1] < 0.5) & (np.random.default_rng(seed).random(len(x)) < 0.95)


def test_planted_box_is_found_and_holds_on_fresh_futures():
    x = futures()
    box = discover(x, planted(x))
    assert box.restricted == (0, 1)
    assert box.low[0] == pytest.approx(0.7, abs=0.04)
    assert box.high[1] == pytest.approx(0.5, abs=0.08)
    fresh = futures(2)
    score = box.score(fresh, planted(fresh))
    assert score.density > 0.75
    assert score.coverage > 0.9
    assert score.mass == pytest.approx(0.17, abs=0.04)


def test_many_assumptions_without_influence_stay_out_of_the_box():
    x = futures(columns=150)
    assert discover(x, planted(x)).restricted == (0, 1)


def test_interest_that_no_assumption_explains_has_at_most_a_poor_box():
    x = futures()
    interest = np.random.default_rng(3).random(len(x)) < 0.2
    box = discover(x, interest)
    if box is not None:
        fresh = np.random.default_rng(4).random(len(x)) < 0.2
        assert box.score(futures(5), fresh).density < 0.4


def test_nothing_or_everything_of_interest_has_no_box():
    x = futures()
    assert discover(x, np.zeros(len(x), dtype=bool)) is None
    assert discover(x, np.ones(len(x), dtype=bool)) is None


def test_limits_are_named_and_open_ones_are_none():
    x = futures()
    named = limits(discover(x, planted(x)), dict(enumerate("abcdef")))
    assert named["a"][1] is None
    assert named["b"][0] is None


def test_ema_workbench_finds_the_same_box():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("ema_workbench")
        import pandas as pd
        from ema_workbench.analysis import prim

        x = futures()
        search = prim.Prim(
            pd.DataFrame(x, columns=list("abcdef")), planted(x), threshold=0.8, mass_min=0.05
        )
        theirs = search.find_box()
        at = int((theirs.peeling_trajectory["density"] >= 0.8).idxmax())
    ours = discover(x, planted(x)).score(x, planted(x))
    row = theirs.peeling_trajectory.loc[at]
    assert ours.density == pytest.approx(row["density"], abs=0.05)
    assert ours.coverage == pytest.approx(row["coverage"], abs=0.05)
    low, high = theirs.box_lims[at]["a"][0], theirs.box_lims[at]["b"][1]
    box = discover(x, planted(x))
    assert box.low[0] == pytest.approx(low, abs=0.03)
    assert box.high[1] == pytest.approx(high, abs=0.05)


def judged():
    problem = JudgedSatellite()
    x = problem.canonical(problem.space.defaults[None], problem.space)
    return Judged(
        title="little",
        config=None,
        problem=problem,
        objectives=problem.objectives,
        constraints=problem.constraints,
        x=x,
        ids=("a1",),
        titles=("",),
    )


def test_cheap_futures_of_a_design_are_those_of_cheap_launch():
    shown = judged()
    output = shown.problem.objectives[0].output
    (found,) = discover_conditions(shown, shown.problem.marginals, output, None, count=512, seed=1)
    assert list(found.box) == ["launch.price_usd_per_kg"]
    assert found.fresh.density > 0.7
    assert "launch.price_usd_per_kg ≤" in found.to_text()
    assert found.to_json()["box"][0]["low"] is None
    own = f"{output} >= 0"
    (found,) = discover_conditions(shown, shown.problem.marginals, output, own, count=64, seed=1)
    assert found.share == 1.0
    assert "no conditions" in found.to_text()


def test_output_without_a_sense_needs_a_condition():
    shown = judged()
    aims = {objective.output for objective in shown.problem.objectives}
    other = next(name for name in shown.problem.outputs if name not in aims)
    with pytest.raises(SpecError, match="--where"):
        discover_conditions(shown, shown.problem.marginals, other, None, count=8, seed=1)
