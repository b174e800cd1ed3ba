"""Make ``fronts.npz``: fronts without a formula, from long runs of two engines.

``python -m tests.optimize.benchmark.make_fronts`` takes a few minutes; the RE suite is left as it
is when jmetalpy is not installed. Every point was evaluated, so it can be reached; that nothing
better exists is not proven.
"""

from __future__ import annotations

import sys

import moocore
import numpy as np
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.core.evaluator import Evaluator
from pymoo.core.problem import Problem
from pymoo.optimize import minimize

from optimize.benchmark.speed.fronts import RE_SUITE, REFERENCE, SHIPPED, has_re_suite, problem
from optimize.engine.indicators import spread_subset
from optimize.nsga2_pymoo import PymooNsga2

WITHOUT_FORMULA = ("kursawe", "osy", "welded_beam", "carside")
POINTS = {2: 500, 3: 800}


def best(f: np.ndarray) -> np.ndarray:
    return f[np.asarray(moocore.is_nondominated(f), dtype=bool)]


def collect(case: Problem, algorithm: object, generations: int, seed: int) -> np.ndarray:
    """Return every non-dominated feasible design met on the way."""
    seen: list[np.ndarray] = []

    def note(designs: object) -> None:
        f, feasible = designs.get("F"), designs.get("feas")
        if feasible.any():
            seen.append(best(f[feasible]))
        if len(seen) == 20:
            seen[:] = [best(np.concatenate(seen))]

    algorithm.evaluator.callback = note
    minimize(case, algorithm, ("n_gen", generations), seed=seed)
    return best(np.concatenate(seen))


def osy_segments() -> np.ndarray:
    """Return feasible designs near the five segments of OSY's front (Deb 2001, section 7.1.3)."""
    t = np.linspace(0.0, 1.0, 2000)
    one, zero = np.ones_like(t), np.zeros_like(t)
    long = 4.0 * t + 1.0
    parts = [
        (5 * one, one, long, zero, 5 * one, zero),
        (5 * one, one, long, zero, one, zero),
        (4.05 + 0.95 * t, (2.05 + 0.95 * t) / 3.0, one, zero, one, zero),
        (zero, 2 * one, 1.0 + 2.8 * t, zero, one, zero),
        (t, 2.0 - t, one, zero, one, zero),
    ]
    x = np.concatenate([np.column_stack(part) for part in parts])
    f, g = problem("osy").evaluate(x, return_values_of=["F", "G"])
    return best(f[(g <= 0.0).all(axis=1)])


def main() -> None:
    arrays = dict(np.load(SHIPPED)) if SHIPPED.exists() else {}
    names = WITHOUT_FORMULA + (RE_SUITE if has_re_suite() else ())
    for name in names if len(sys.argv) == 1 else sys.argv[1:]:
        case = problem(name)
        generations = 150 if name in RE_SUITE else 400
        found = [
            collect(case, PymooNsga2(1000, differential_share=share), generations, seed)
            for seed, share in enumerate((0.0, 0.4, 0.4), start=1)
        ]
        found.append(collect(case, NSGA2(300, evaluator=Evaluator()), 200, 1))
        if name == "osy":
            found.append(osy_segments())
        f = best(np.concatenate(found))
        f = f[np.isfinite(f).all(axis=1)]
        unit = (f - f.min(axis=0)) / np.ptp(f, axis=0)
        volume = moocore.hypervolume(unit, ref=np.full(f.shape[1], REFERENCE))
        arrays[name] = f[spread_subset(unit, POINTS[f.shape[1]])].astype(np.float32)
        arrays[f"{name}_hypervolume"] = np.float64(volume)
        print(name, len(f), round(float(volume), 5))
        np.savez_compressed(SHIPPED, **arrays)


if __name__ == "__main__":
    main()
