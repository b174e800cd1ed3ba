"""Swaps of choices, against the whole of a front and one trap that a search falls into."""

from __future__ import annotations

import moocore
import numpy as np

from optimize.config.overrides import load_source
from optimize.config.study import read_study
from optimize.engine.local_model import Landscape
from optimize.engine.swaps import Swapped, _changed, bettered, changes, swapped, swaps_of
from optimize.evaluation.build import build_problem
from optimize.run.folder import load_run
from problems.space import DesignSpace
from problems.units import FloatArray
from tests.optimize.conftest import ROOT

CONFIG, STUDY = read_study(load_source(str(ROOT / "configs" / "baseline.yaml"), []))
PROBLEM, SPACE = build_problem(CONFIG), DesignSpace(STUDY.variables)
LAND = Landscape.of(PROBLEM, SPACE, STUDY.objectives, STUDY.constraints)
LAUNCHER, TANKERS = SPACE.index["launcher"], SPACE.index["refuelling"]


def moved_to(launcher: str, refuelling: str) -> tuple[FloatArray, FloatArray]:
    """Return the equatorial designs of the reference run on another launcher, and objectives."""
    run = load_run(ROOT / "pareto_outputs" / "reference")
    x = run.front_x[run.front["orbit"].to_numpy() == "equatorial"].copy()
    x[:, LAUNCHER] = SPACE["launcher"].encode(launcher)
    x[:, TANKERS] = SPACE["refuelling"].encode(refuelling)
    x = PROBLEM.canonical(x, SPACE)
    f, g = LAND.at(x)
    holds = (g <= 0.0).all(axis=1)
    x, f = x[holds], f[holds]
    keep = np.asarray(moocore.is_nondominated(f), dtype=np.bool_)
    return x[keep], f[keep]


def swap(x: FloatArray, f: FloatArray, *, most: int, evaluations: int) -> Swapped:
    return swapped(
        PROBLEM,
        SPACE,
        STUDY.objectives,
        STUDY.constraints,
        x,
        f,
        most=most,
        evaluations=evaluations,
    )


def test_a_launcher_is_swapped_together_with_the_tankers_it_needs() -> None:
    x, f = moved_to("ariane_64", "none")
    assert len(x) > 3
    better = swap(x, f, most=len(x), evaluations=10**6)
    assert better.taken == len(better.x)  # every one of them is bettered
    assert (better.x[:, TANKERS] == SPACE["refuelling"].encode("tankers")).any()
    # Each is matched or beaten by a swap, and nothing infeasible or dominated is returned.
    assert (better.f[None] <= f[:, None]).all(axis=2).any(axis=1).all()
    again, g = LAND.at(better.x)
    assert np.array_equal(again, better.f)
    assert (g <= 0.0).all()
    assert np.asarray(moocore.is_nondominated(better.f)).all()


def test_what_no_swap_betters_stays_as_it_is() -> None:
    x, f = moved_to("ariane_64", "none")
    for _ in range(20):  # swaps of swaps, until nothing is gained any more
        result = swap(x, f, most=len(x), evaluations=10**7)
        if result.taken == 0:
            break
        x, f = result.x, result.f
    assert result.taken == 0
    assert np.array_equal(result.x, x)


def test_ceilings_hold() -> None:
    x, f = moved_to("ariane_64", "none")
    per_design = len(swaps_of(SPACE))
    assert swap(x, f, most=len(x), evaluations=per_design - 1).evaluations == 0
    assert 0 < swap(x, f, most=1, evaluations=10**6).evaluations <= per_design
    limited = swap(x, f, most=len(x), evaluations=2 * per_design)
    assert 0 < limited.evaluations <= 2 * per_design


def test_hardly_a_member_of_a_front_is_bettered_by_one_swap_or_step() -> None:
    x = load_run(ROOT / "pareto_outputs" / "reference").front_x
    f, g = LAND.at(x)
    assert (g <= 1e-9).all()
    better = bettered(LAND, x, f)
    assert better.evaluations == changes(SPACE) * len(x)
    assert len(better.rows) <= 0.05 * len(x)  # 67 of 400 without the steps after the polish


def test_changes_are_tried_one_at_a_time_for_all_designs() -> None:
    x = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    tried = _changed(x, [{0: 7.0}, {1: 8.0, 2: 9.0}, {2: 0.0}])
    assert tried.tolist() == [
        [7.0, 2.0, 3.0],
        [7.0, 5.0, 6.0],
        [1.0, 8.0, 9.0],
        [4.0, 8.0, 9.0],
        [1.0, 2.0, 0.0],
        [4.0, 5.0, 0.0],
    ]
