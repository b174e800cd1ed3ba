"""A hard mixed problem, for heliofront and for pymoo: 27 variables of three kinds, 17 constraints.

A stepped cantilever of nine welded segments carries a load at its tip. Each segment has a depth
(real), plates of whole millimetres (integer) and a grade of steel (choice). Cost stands against
the sag of the tip; no segment may yield, and none may be deeper than the one before it. Prices are
round numbers, for illustration only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike
from pymoo.core.problem import Problem as PymooProblem
from pymoo.core.variable import Choice, Integer, Real

from problems.space import DesignSpace, Problem
from problems.spec import Constraint, Objective, Output, Variable
from problems.units import FloatArray

SEGMENTS, SEGMENT_M, LOAD_N = 9, 1.0, 60e3
FLANGE_MM, WEB_MM = 200.0, 8.0
STEEL_KG_M3, MODULUS_MPA = 7850.0, 210e3
GRADES = ("S235", "S355", "S460", "S690")
YIELD_MPA = np.array([235.0, 355.0, 460.0, 690.0])
PRICE_USD_KG = np.array([1.0, 1.1, 1.3, 1.8])
DEPTH_MM, PLATE_MM = (150.0, 900.0), (6, 60)
NUMBERS = range(1, SEGMENTS + 1)


def beam(depth_mm: FloatArray, plate_mm: FloatArray, grade: FloatArray) -> dict[str, FloatArray]:
    """Return every output of ``n`` beams, each a column ``(n,)``; arguments are ``(n, 9)``."""
    kind = grade.astype(np.intp)
    lever_m = SEGMENT_M * np.arange(SEGMENTS, 0, -1)  # from the tip to each segment's deep end
    modulus_mm3 = FLANGE_MM * plate_mm * depth_mm  # two flanges; the web is left out
    use = LOAD_N * lever_m * 1e3 / modulus_mm3 / YIELD_MPA[kind]
    arm_mm3 = (lever_m**3 - (lever_m - SEGMENT_M) ** 3) * 1e9
    sag_mm = LOAD_N * arm_mm3 / (3.0 * MODULUS_MPA * modulus_mm3 * depth_mm / 2.0)
    steel_kg = STEEL_KG_M3 * SEGMENT_M * 1e-6 * (2.0 * FLANGE_MM * plate_mm + WEB_MM * depth_mm)
    return {
        "cost_usd": (steel_kg * PRICE_USD_KG[kind]).sum(axis=1),
        "sag_mm": sag_mm.sum(axis=1),
        **{f"use_{i}": use[:, i - 1] for i in NUMBERS},
        **{f"step_{i}": depth_mm[:, i - 1] / depth_mm[:, i - 2] for i in NUMBERS[1:]},
    }


def _variables() -> list[Variable]:
    depth = {"unit": "mm", "kind": "real", "default": 500.0, "lower": 150.0, "upper": 900.0}
    plate = {"unit": "mm", "kind": "integer", "default": 25, "lower": 6, "upper": 60}
    grade = {"unit": "1", "kind": "choice", "default": "S355", "choices": GRADES}
    kinds: dict[str, dict[str, Any]] = {"depth_mm": depth, "plate_mm": plate, "grade": grade}
    return [
        Variable(name=f"{name}_{i}", symbol=f"{name[0]}_{i}", description=name[:5], **facts)
        for name, facts in kinds.items()
        for i in NUMBERS
    ]


class SteppedBeam(Problem):
    """The beam for heliofront: names, units and limits are declared once."""

    name, version = "stepped beam", "1"
    outputs: ClassVar = {
        output.name: output
        for output in (
            Output("cost_usd", "USD", "C", "Price of the steel", "cost"),
            Output("sag_mm", "mm", "w", "Sag of the tip", "structure"),
            *(Output(f"use_{i}", "1", f"u_{i}", "Stress over yield", "structure") for i in NUMBERS),
            *(
                Output(f"step_{i}", "1", f"s_{i}", "Depth over that before", "structure")
                for i in NUMBERS[1:]
            ),
        )
    }
    objectives = (
        Objective("cost_usd", "min", 500.0, 5000.0, log=True),
        Objective("sag_mm", "min", 10.0, 500.0, log=True),
    )
    constraints = (
        *(Constraint(f"holds_{i}", f"use_{i}", "It does not yield", upper=1.0) for i in NUMBERS),
        *(
            Constraint(f"tapers_{i}", f"step_{i}", "No deeper than that before", upper=1.0)
            for i in NUMBERS[1:]
        ),
    )

    def __init__(self, **_: Any) -> None:
        self.space = DesignSpace(_variables())

    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        """Return outputs (all, or those named) as ``(n,)`` columns."""
        columns = beam(*np.hsplit(self.space.matrix(designs), 3))
        return columns if names is None else {name: columns[name] for name in names}


class PymooBeam(PymooProblem):
    """The beam for pymoo: named variables of every kind, one dictionary per design."""

    def __init__(self) -> None:
        variables: dict[str, Any] = {f"depth_{i}": Real(bounds=DEPTH_MM) for i in NUMBERS}
        variables |= {f"plate_{i}": Integer(bounds=PLATE_MM) for i in NUMBERS}
        variables |= {f"grade_{i}": Choice(options=list(GRADES)) for i in NUMBERS}
        super().__init__(vars=variables, n_obj=2, n_ieq_constr=2 * SEGMENTS - 1)

    def _evaluate(self, x: Any, out: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        code = {grade: i for i, grade in enumerate(GRADES)}
        rows = np.array([[code.get(value, value) for value in map(d.get, self.vars)] for d in x])
        columns = list(beam(*np.hsplit(rows.astype(np.float64), 3)).values())
        out["F"] = np.column_stack(columns[:2])
        out["G"] = np.column_stack(columns[2:]) - 1.0
