"""What the searches are measured on: a slice of the satellite and three problems of the RE suite.

References
----------
Tanabe, Ishibuchi, Applied Soft Computing 89, 2020, doi:10.1016/j.asoc.2020.106078 (RE).
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimize.benchmark.speed.fronts import KnownFront, known_front, problem
from optimize.config.algorithm import AlgorithmSetting
from optimize.config.faults import Source
from optimize.config.study import read_study
from optimize.engine.algorithms.registry import make_algorithm
from optimize.engine.indicators import hypervolume
from optimize.evaluation.build import build_problem
from optimize.evaluation.rows import Canonical
from optimize.nsga2_pymoo import space_of
from problems.registry import load_declarations
from problems.space import DesignSpace, constraint_matrix, objective_matrix
from problems.units import FloatArray

RE_PROBLEMS = ("re21", "re24", "re31")
#: Six free variables, a whole number and a choice among them; three constraints decide.
SLICE: dict[str, Any] = {
    "name": "slice",
    "problem": "compute_satellite",
    "scenario": "2030",
    "objectives": ["cost_per_exaflop_usd", "radiation_failure_rate_per_pflops_yr"],
    "variables": {
        "orbit": {"fix": "dawn_dusk_sso"},
        "altitude_km": {"lower": 500, "upper": 900},
        "array_area_m2": {"lower": 500, "upper": 1200},
        "radiator_area_m2": {"lower": 100, "upper": 1000},
        "shield_mm": {"lower": 3, "upper": 50},
        "gpu_count": {"lower": 50, "upper": 100},
        "gpu_model": {"choices": ["H200", "B200", "GB300"]},
        "array_type": {"fix": "silicon"},
        "radiator_type": {"fix": "composite_loop"},
        "launch_site": {"fix": "earth"},
        "launcher": {"fix": "starship"},
        "transfer": {"fix": "direct"},
        "eclipse_power_fraction": {"fix": 0.0},
        "design_life_yr": {"fix": 3.0},
    },
    "constraints": {"it_power_w": {"lower": 100_000, "upper": 150_000}},
}
_LONG = AlgorithmSetting(population=100, generations=300, seed=1)


#: Returns objectives (minimised) and violations (at most 0 feasible) of design rows.
Judge = Callable[[FloatArray], tuple[FloatArray, FloatArray]]


@dataclass(frozen=True)
class Task:
    """A problem as the searches see it.

    Attributes
    ----------
    space, canonical
        What is searched.
    judge
        Returns objectives (minimised) and violations (at most 0 feasible) of design rows.
    share
        Returns the share of the best known hypervolume of a set of feasible objectives.
    """

    space: DesignSpace
    canonical: Canonical
    judge: Judge
    share: Callable[[FloatArray], float]


def fingerprint(name: str) -> str:
    """Return what changes with the question that a search answers."""
    asked = [SLICE, load_declarations("compute_satellite").version] if name == "satellite" else name
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:8]


@functools.cache
def task(name: str) -> Task:
    """Return a problem by name: ``satellite`` or one of :data:`RE_PROBLEMS`."""
    return _satellite() if name == "satellite" else _re(name)


def _re(name: str) -> Task:
    peer = problem(name)
    space = space_of(peer)
    front: KnownFront = known_front(name)

    def judge(x: FloatArray) -> tuple[FloatArray, FloatArray]:
        return np.asarray(peer.evaluate(x, return_values_of=["F"])), np.zeros((len(x), 1))

    return Task(space, space.canonical, judge, lambda f: front.score(f)[0])


def _satellite() -> Task:
    config, study = read_study(Source("slice", SLICE))
    model = build_problem(config)
    space = DesignSpace(study.variables)
    names = [o.output for o in study.objectives] + [c.output for c in study.constraints]

    def canonical(x: FloatArray) -> FloatArray:
        return model.canonical(x, space)

    def judge(x: FloatArray) -> tuple[FloatArray, FloatArray]:
        columns = model.evaluate(x, names)
        f = objective_matrix(columns, study.objectives)
        return f, constraint_matrix(columns, study.constraints)

    best = hypervolume(_long_search(space, canonical, judge), study.objectives)
    return Task(space, canonical, judge, lambda f: hypervolume(f, study.objectives) / best)


def _long_search(space: DesignSpace, canonical: Canonical, judge: Judge) -> FloatArray:
    """Return the feasible objectives at the end of a search of 30,000 designs."""
    engine = make_algorithm(space, canonical, _LONG)
    for _ in range(_LONG.generations):
        x = engine.ask()
        engine.tell(x, *judge(x))
    state = engine.state()
    return np.asarray(state["f"][state["violation"] <= 0.0])
