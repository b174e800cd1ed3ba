"""Break-even: where the best design, re-optimised at every point, costs what the ground does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from optimize.analysis.breakeven.axes import SHARE, axis_names
from optimize.analysis.breakeven.axis import YEAR, Axis
from optimize.analysis.breakeven.curve import (
    Question,
    Sweep,
    choices_of,
    crossings,
    draw_futures,
    output_of,
    refine,
    sweep,
    under_futures,
)
from optimize.designs.best.design import best_design
from optimize.designs.best.grid import Progress
from optimize.evaluation.guard import with_futures
from optimize.utils.labels import quantity
from problems.space import Problem
from problems.spec import SpecError
from problems.units import FloatArray

RATIO = "cost_ratio_to_ground"
#: Questions asked by default, where the problem has the numbers.
AGAINST_GROUND = (
    "launch_price_usd_per_kg",
    "array_price_usd_per_w",
    "radiator_mass_kg_per_m2",
    "gpu_failure_rate_per_yr",
    "electricity_price_usd_per_kwh",
    YEAR,
)
DRIVER_OR_ROCKET = ("throughput_t_per_yr", SHARE)
_BAND = (0.1, 0.5, 0.9)  # quantiles of a curve and of a crossing over the futures


@dataclass(frozen=True)
class Settings:
    """How finely a question is answered."""

    points: int = 13
    futures: int = 32
    seed: int = 1


@dataclass(frozen=True)
class Answer:
    """One curve, its bands, and where it crosses the target."""

    question: str
    axis: Axis
    target: float
    points: FloatArray
    curves: Mapping[str, FloatArray]
    crossing: Mapping[str, list[float]]
    sides: Mapping[str, float]  # share of futures that stay below, that cross, that stay above
    winners: list[str] = field(default_factory=list)
    ratio: bool = False  # whether the curves are the cost over that of the ground

    @property
    def text(self) -> str:
        """The answer in words, 'never within the range' included."""
        nominal, places = self.curves["nominal"], self.crossing["nominal"]
        if places:
            crossing = "at " + _places(places, self.axis, 4)
        else:
            ends = f"{_number(nominal[0])} and {_number(nominal[-1])} at the ends"
            crossing = f"never within {_span(self.axis)}: {ends}"
        parts = [crossing]
        for name, title in (("ground_cheap", "cheap ground"), ("ground_dear", "expensive ground")):
            if name in self.crossing:
                parts.append(f"{title}: {self._where(name)}")
        if self.sides:
            low, high = (self.crossing.get(key, []) for key in ("p10", "p90"))
            if low and high:
                parts.append(
                    f"where futures cross, 10-90 %: {self.axis.shown(low[0], 3)} to "
                    f"{self.axis.shown(high[0], 3)}"
                )
            odds = ", ".join(f"{side} in {share:.0%}" for side, share in self.sides.items())
            parts.append(f"of the futures: {odds}")
        return "; ".join(parts)

    def _where(self, name: str) -> str:
        """Return where one curve crosses, or on which side it stays."""
        if self.crossing[name]:
            return _places(self.crossing[name], self.axis, 3)
        finite = self.curves[name][np.isfinite(self.curves[name])]
        return "always below" if len(finite) and (finite < self.target).all() else "always above"

    def to_json(self) -> dict[str, Any]:
        """Return the answer as plain data; a curve's gap is null."""
        axis = self.axis
        return {
            "question": self.question,
            "axis": {
                "name": axis.name,
                "unit": axis.unit,
                "low": axis.low,
                "high": axis.high,
                "in_force": axis.in_force,
                "log": axis.log,
                "moves": sorted(axis.pins),
            },
            "target": self.target,
            "points": self.points.tolist(),
            "curves": {name: curve.tolist() for name, curve in self.curves.items()},
            "crossing": {name: list(values) for name, values in self.crossing.items()},
            "futures": dict(self.sides),
            "winners": self.winners,
            "answer": self.text,
        }


def _span(axis: Axis) -> str:
    return f"{axis.shown(axis.low, 3, unit='1')} to {axis.shown(axis.high, 3)}"


def _number(value: float) -> str:
    return quantity(value, "1", 3)


def _places(values: Sequence[float], axis: Axis, digits: int) -> str:
    return " and ".join(axis.shown(value, digits) for value in values)


def in_use(question: Question) -> dict[str, str]:
    """Return the choices of the best design in force; they decide which row a price belongs to."""
    best = best_design(question.problem, question.study, question.objective, seed=question.seed)
    return choices_of(question.problem, best.x)


def ground_extremes(problem: Problem, x: FloatArray) -> dict[str, dict[str, float]]:
    """Return the ground's numbers all at their cheap and all at their expensive end.

    Which end is which is found by evaluating one design at both; numbers that do not move the
    ratio stay out.
    """
    uncertain = with_futures(problem)
    ends: dict[str, dict[str, float]] = {"ground_cheap": {}, "ground_dear": {}}
    if uncertain is None:
        return ends
    for marginal in (m for m in uncertain.marginals if m.key.startswith("ground.")):
        values = {marginal.key: np.array([marginal.low, marginal.high])}
        ratio = uncertain.evaluate_futures(x[None], values, [RATIO])[RATIO][:, 0]
        if ratio[0] != ratio[1]:
            low_is_cheap = ratio[0] > ratio[1]
            ends["ground_cheap"][marginal.key] = marginal.low if low_is_cheap else marginal.high
            ends["ground_dear"][marginal.key] = marginal.high if low_is_cheap else marginal.low
    return ends if ends["ground_cheap"] else {}


def against_ground(
    question: Question, axis: Axis, settings: Settings, progress: Progress | None = None
) -> Answer:
    """Return where the best design's cost per FLOP equals the ground's.

    Raises
    ------
    SpecError
        When the axis moves nothing, or nothing is feasible anywhere on it.
    """
    curve = sweep(question, axis, settings.points)
    nominal = curve.output(RATIO)
    _must_move(axis, nominal, RATIO)
    curves, crossing = {"nominal": nominal}, {}
    crossing["nominal"] = _crossed(curve, nominal, RATIO, 1.0, {})
    x, _ = curve.solved.best()
    extremes = ground_extremes(question.problem, x[np.flatnonzero(np.isfinite(nominal))[0]])
    for name, numbers in extremes.items():
        numbers = {key: value for key, value in numbers.items() if key not in axis.pins}
        curves[name] = _with_numbers(curve, numbers, RATIO)
        crossing[name] = _crossed(curve, curves[name], RATIO, 1.0, numbers)
    futures = draw_futures(question.problem, [axis], settings.futures, seed=settings.seed)
    sides: dict[str, float] = {}
    if futures:
        cases, solved = under_futures(curve, futures, progress)
        values = output_of(cases, solved, RATIO).reshape(len(curve.points), -1)
        band = band_of(curve.points, values, 1.0)
        curves |= band.curves
        crossing |= band.crossing
        sides = band.sides
    title = f"{axis.title}: cost per FLOP in orbit equals the ground's"
    return Answer(title, axis, 1.0, curve.points, curves, crossing, sides, curve.labels, True)


def _with_numbers(curve: Sweep, numbers: Mapping[str, float], name: str) -> FloatArray:
    """Return an output at every point with some assumptions at other values, re-optimised."""
    cases, solved = under_futures(curve, {k: np.array([v]) for k, v in numbers.items()})
    return output_of(cases, solved, name)


def _crossed(
    curve: Sweep, values: FloatArray, name: str, target: float, extra: Mapping[str, float]
) -> list[float]:
    return refine(curve.axis, curve.points, values, target, curve.refined(name, extra))


class _Band(NamedTuple):
    """What many futures make of a curve."""

    curves: dict[str, FloatArray]
    crossing: dict[str, list[float]]
    sides: dict[str, float]


def band_of(points: FloatArray, values: FloatArray, target: float) -> _Band:
    """Return quantile curves, quantiles of the crossing, and on which side futures stay.

    ``values`` is ``(points, futures)``. A place without a feasible design counts as infinitely
    expensive.
    """
    names = [f"p{round(100 * q)}" for q in _BAND]
    filled = np.where(np.isfinite(values), values, np.inf)
    curves = {}
    for name, q in zip(names, _BAND, strict=True):
        curve = np.quantile(filled, q, axis=1, method="nearest")
        curves[name] = np.where(np.isfinite(curve), curve, np.nan)
    by_future = [crossings(points, column, target) for column in values.T]
    first = np.array([places[0] for places in by_future if places])
    where = {
        name: [float(np.quantile(first, q))] if len(first) else []
        for name, q in zip(names, _BAND, strict=True)
    }
    crosses = len(first) / len(by_future)
    below = float((filled < target).all(axis=0).mean())
    sides = {"always below": below, "crossing": crosses, "never below": 1.0 - below - crosses}
    return _Band(curves, where, sides)


def _must_move(axis: Axis, values: FloatArray, output: str) -> None:
    finite = values[np.isfinite(values)]
    if len(finite) == 0:
        raise SpecError(axis.name, "no feasible design anywhere in its range")
    if np.ptp(finite) <= 1e-9 * np.abs(finite).max():
        raise SpecError(axis.name, f"has no effect on {output} of the best design")


def default_axes(problem: Problem) -> tuple[list[str], list[str]]:
    """Return the questions against the ground, and those of driver against rocket."""
    known = set(axis_names(problem))
    ground = [name for name in AGAINST_GROUND if name in known]
    return ground, [name for name in DRIVER_OR_ROCKET if name in known]
