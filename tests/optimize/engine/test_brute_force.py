"""The satellite with few variables left open: every design is evaluated, so the front is known."""

from __future__ import annotations

from functools import cache
from typing import Any

import moocore
import numpy as np
import pytest

from optimize.config.algorithm import AlgorithmSetting
from optimize.config.overrides import load_source
from optimize.config.study import read_study
from optimize.engine.algorithms.registry import make_algorithm
from optimize.engine.indicators import normalised
from optimize.evaluation.build import build_problem
from problems.space import DesignSpace, constraint_matrix, objective_matrix
from tests.optimize.conftest import ROOT

CONFIG, STUDY = read_study(load_source(str(ROOT / "configs" / "baseline.yaml"), []))
PROBLEM = build_problem(CONFIG)
NAMES = [o.output for o in STUDY.objectives] + [c.output for c in STUDY.constraints]
SEEDS = (1, 2, 3)


def reduced(**open_: dict[str, Any]) -> DesignSpace:
    """Return the space with the named variables narrowed and all others at their default."""
    return DesignSpace(
        v.narrow(**open_[v.name]) if v.name in open_ else v if v.is_fixed else v.fix(v.default)
        for v in STUDY.variables
    )


def values(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return objectives on their declared axes, and which designs are feasible."""
    outputs = PROBLEM.evaluate(x, NAMES)
    f = normalised(objective_matrix(outputs, STUDY.objectives), STUDY.objectives)
    g = constraint_matrix(outputs, STUDY.constraints)
    return f, g


def best(f: np.ndarray) -> np.ndarray:
    return f[np.asarray(moocore.is_nondominated(f), dtype=bool)]


def enumerated(space: DesignSpace, axes: dict[str, np.ndarray]) -> np.ndarray:
    """Return the front of every combination of the values of ``axes``."""
    grid = np.meshgrid(*axes.values(), indexing="ij")
    x = np.tile(space.defaults, (grid[0].size, 1))
    for name, column in zip(axes, grid, strict=True):
        x[:, space.index[name]] = column.ravel()
    f, g = values(PROBLEM.canonical(x, space))
    feasible = (g <= 0.0).all(axis=1)
    assert 0.05 < feasible.mean() < 0.95  # the constraints take part
    return best(f[feasible])


def searched(space: DesignSpace, seed: int) -> tuple[np.ndarray, int]:
    """Return the front of all designs a short search met, and their number."""
    setting = AlgorithmSetting(population=100, seed=seed)
    algorithm = make_algorithm(space, lambda x: PROBLEM.canonical(x, space), setting)
    found, count = [], 0
    for _ in range(90):
        x = algorithm.ask()
        f, g = values(x)
        algorithm.tell(x, f, g)
        found.append(f[(g <= 0.0).all(axis=1)])
        count += len(x)
    return best(np.concatenate(found)), count


def share(f: np.ndarray, front: np.ndarray) -> float:
    """Return the hypervolume of ``f`` as a share of the front's, in the front's own box."""
    low, span = front.min(axis=0), np.ptp(front, axis=0)
    corner = np.full(front.shape[1], 1.1)
    both = [moocore.hypervolume((points - low) / span, ref=corner) for points in (f, front)]
    return float(both[0] / both[1])


def codes(space: DesignSpace, name: str) -> np.ndarray:
    variable = space[name]
    if variable.kind == "choice":
        return np.array(variable.codes, dtype=float)
    return np.arange(variable.lower, variable.upper + 1.0)


def open_choices(name: str) -> tuple[str, ...]:
    variable = next(v for v in STUDY.variables if v.name == name)
    return tuple(variable.choices[code] for code in variable.codes)


@cache
def discrete() -> tuple[DesignSpace, np.ndarray, int]:
    """Return a space without real variables, its front, and the number of its designs."""
    names = ("gpu_model", "radiator_type", "array_type", "launcher")
    space = reduced(
        gpu_count={"lower": 50, "upper": 119}, **{n: {"choices": open_choices(n)} for n in names}
    )
    axes = {name: codes(space, name) for name in ("gpu_count", *names)}
    size = int(np.prod([len(axis) for axis in axes.values()]))
    return space, enumerated(space, axes), size


@pytest.mark.parametrize("seed", SEEDS)
def test_search_finds_the_whole_front_of_a_discrete_satellite(seed: int) -> None:
    space, front, size = discrete()
    assert size > 40_000
    found, count = searched(space, seed)
    assert count < size / 6
    assert share(found, front) >= 0.999
    assert np.isin(front[:, 0], found[:, 0]).mean() >= 0.9
    # Nothing found is better than the best of all there is.
    union = best(np.unique(np.concatenate((front, found)), axis=0))
    assert np.array_equal(union, np.unique(front, axis=0))


@cache
def gridded() -> tuple[DesignSpace, np.ndarray]:
    """Return a space of three real variables, and the front of a grid over it."""
    space = reduced(
        altitude_km={"lower": 500.0, "upper": 2000.0},
        shield_mm={"lower": 0.5, "upper": 50.0},
        design_life_yr={"lower": 2.0, "upper": 15.0},
    )
    axes = {
        "altitude_km": np.geomspace(500.0, 2000.0, 45),
        "shield_mm": np.geomspace(0.5, 50.0, 45),
        "design_life_yr": np.linspace(2.0, 15.0, 45),
    }
    return space, enumerated(space, axes)


@pytest.mark.parametrize("seed", SEEDS)
def test_search_reaches_the_front_of_a_continuous_grid(seed: int) -> None:
    space, front = gridded()
    found, _ = searched(space, seed)
    # 6,000 designs against 91,125: the search stands between grid points, so it may pass them.
    assert 0.995 <= share(found, front) < 1.05
