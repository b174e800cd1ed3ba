"""What an assumption must be for an output to reach a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from optimize.analysis.breakeven.axis import Axis
from optimize.analysis.breakeven.curve import Measure, Question, refine, sweep
from optimize.utils.labels import quantity
from problems.spec import SpecError, unknown
from problems.units import FloatArray

_STILL = 1e-9  # relative change of an output below which an assumption has no effect
_NOISE = 1e-5  # relative step against the trend that a search may leave


@dataclass(frozen=True)
class Solution:
    """Where the output has its value, and the curve it was read from."""

    output: str
    unit: str
    target: float
    axis: Axis
    points: FloatArray
    values: FloatArray
    crossings: list[float]
    monotone: bool
    fixed_design: bool
    winners: list[str]

    @property
    def text(self) -> str:
        """The answer in words."""
        goal = f"{self.output} = {quantity(self.target, self.unit)}"
        if self.crossings:
            places = " or ".join(self.axis.shown(v) for v in self.crossings)
            note = "" if self.monotone else " (the curve turns: look at it)"
            return f"{goal} when {self.axis.name} = {places}{note}"
        finite = self.values[np.isfinite(self.values)]
        ends = " and ".join(quantity(float(v), self.unit) for v in (finite[0], finite[-1]))
        low, high = self.axis.shown(self.axis.low, unit="1"), self.axis.shown(self.axis.high)
        return f"{goal}: never within {self.axis.name} {low} to {high}; {ends} at the ends"

    def to_json(self) -> dict[str, Any]:
        """Return the solution as plain data."""
        return {
            "output": self.output,
            "unit": self.unit,
            "target": self.target,
            "axis": {
                "name": self.axis.name,
                "unit": self.axis.unit,
                "low": self.axis.low,
                "high": self.axis.high,
                "in_force": self.axis.in_force,
                "moves": sorted(self.axis.pins),
            },
            "points": self.points.tolist(),
            "values": self.values.tolist(),
            "found": self.crossings,
            "monotone": self.monotone,
            "fixed_design": self.fixed_design,
            "winners": self.winners,
            "answer": self.text,
        }


def parse_goal(text: str, outputs: Any) -> tuple[str, float]:
    """Split ``OUTPUT=VALUE``.

    Raises
    ------
    SpecError
        For an unknown output, with the nearest, or a value that is no finite number.
    """
    name, _, value = text.partition("=")
    name = name.strip()
    if name not in outputs:
        raise SpecError(name, *unknown("unknown output", name, outputs))
    try:
        target = float(value)
    except ValueError:
        raise SpecError(name, f"expected OUTPUT=VALUE, got '{text}'") from None
    if not np.isfinite(target):
        raise SpecError(name, f"expected a finite number, got '{value}'")
    return name, target


def solve_best(question: Question, axis: Axis, output: str, target: float, points: int) -> Solution:
    """Return where an output of the best design, re-optimised at every value, is ``target``."""
    curve = sweep(question, axis, points)
    values = curve.output(output)
    return _solution(
        question,
        axis,
        output,
        target,
        curve.points,
        values,
        curve.refined(output),
        winners=curve.labels,
    )


def solve_design(
    question: Question, axis: Axis, output: str, target: float, points: int, x: FloatArray
) -> Solution:
    """Return where an output of one design, left as it is, is ``target``."""

    def along(where: FloatArray) -> FloatArray:
        cases = question.cases(axis.columns(where), axis.held_columns(where))
        order = np.arange(len(where))
        rows = cases.canonical(np.tile(x, (len(where), 1)), order)
        return np.asarray(cases.outputs(rows, order, (output,))[output])

    at = axis.points(points)
    return _solution(
        question,
        axis,
        output,
        target,
        at,
        along(at),
        lambda value: float(along(np.array([value]))[0]),
        winners=None,
    )


def _solution(
    question: Question,
    axis: Axis,
    output: str,
    target: float,
    points: FloatArray,
    values: FloatArray,
    measure: Measure,
    *,
    winners: list[str] | None,
) -> Solution:
    finite = values[np.isfinite(values)]
    if len(finite) == 0:
        raise SpecError(axis.name, "no feasible design anywhere in its range")
    size = float(np.abs(finite).max())
    if np.ptp(finite) <= _STILL * size:
        raise SpecError(axis.name, f"has no effect on {output}")
    change = np.diff(finite)
    monotone = bool((change >= -_NOISE * size).all() or (change <= _NOISE * size).all())
    return Solution(
        output,
        question.problem.outputs[output].unit,
        target,
        axis,
        points,
        values,
        refine(axis, points, values, target, measure),
        monotone,
        winners is None,
        winners or [],
    )
