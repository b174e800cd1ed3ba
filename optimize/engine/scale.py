"""The scale of the objectives: the axes of a search, and the box in which hypervolume is measured.

What a problem leaves undeclared is taken from the first feasible designs that the search itself
meets. So it costs no evaluation of its own, and no infeasible design, whose outputs may be off by
any factor, has a part in it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from problems.space import TURN, normalise
from problems.spec import Objective
from problems.units import FloatArray

_ENOUGH = 50  # feasible designs that show the scale of an objective
_LOG_RATIO = 30.0  # between the 90 % and the 10 % quantile, from which an axis is logarithmic
_BEST_SHARE, _REFERENCE_SHARE = 0.1, 0.9
_LARGEST = 1e90  # what lies beyond counts as this
_UNSEEN = 1e-6  # of a box: what a front must span to be seen in it
_NARROWEST = 1e-6  # width of a box, of the larger of its ends


def measured(objective: Objective, values: FloatArray) -> Objective:
    """Return an objective with ideal, reference and axis taken from feasible values.

    Notes
    -----
    Ideal is the best value, reference the 90 % quantile towards worse. The axis is logarithmic
    where the values are positive and their 10 and 90 % quantiles differ by more than a factor of
    30. The smallest value alone tells nothing: it may be on its way to zero and beyond.

    Examples
    --------
    >>> measured(Objective("a", "max", math.nan, math.nan), np.linspace(1.0, 101.0, 101))
    Objective(output='a', sense='max', ideal=101.0, reference=11.0, log=False)
    """
    sign = 1.0 if objective.sense == "min" else -1.0
    oriented = np.clip(sign * values, -_LARGEST, _LARGEST)
    ideal = float(oriented.min())
    best, reference = np.quantile(oriented, (_BEST_SHARE, _REFERENCE_SHARE), method="higher")
    if reference - ideal <= _NARROWEST * max(abs(ideal), abs(reference)):
        reference = ideal + max(abs(ideal), 1.0)
    low, high = sorted((float(sign * best), float(sign * reference)))
    positive = min(sign * ideal, sign * reference) > 0.0
    return dataclasses.replace(
        objective,
        ideal=sign * ideal,
        reference=sign * float(reference),
        log=bool(positive and high / low > _LOG_RATIO),
    )


class Scale:
    """The axes of a search; those of undeclared objectives become known with feasible designs.

    Parameters
    ----------
    objectives
        As declared; one without a box gets it here.

    Attributes
    ----------
    objectives
        With the boxes known so far.
    designs
        By output, the number of feasible designs that its box is taken from.
    """

    def __init__(self, objectives: Sequence[Objective]) -> None:
        self.objectives = tuple(objectives)
        self.designs: dict[str, int] = {}
        self._axes = self.objectives
        self._seen: FloatArray = np.empty((0, len(self.objectives)))

    @property
    def is_known(self) -> bool:
        """Whether every objective has its box."""
        return all(objective.has_box for objective in self.objectives)

    def see(self, f: FloatArray) -> bool:
        """Take feasible designs; return whether the scale became known by them.

        Parameters
        ----------
        f
            ``(n, n_obj)`` minimised objectives.
        """
        if self.is_known or len(f) == 0:
            return False
        first = len(self._seen) == 0
        self._seen = np.concatenate((self._seen, f))
        if len(self._seen) < _ENOUGH:
            return False
        self.conclude()
        if first:  # else the algorithm holds designs on axes without a box, and goes on with them
            self._axes = self.objectives
        return True

    def conclude(self) -> None:
        """Take the scale from the feasible designs there are, however few."""
        if self.is_known or len(self._seen) == 0:
            return
        complete = []
        for objective, column in zip(self.objectives, self._seen.T, strict=True):
            if not objective.has_box:
                self.designs[objective.output] = len(column)
                objective = measured(objective, column if objective.sense == "min" else -column)
            complete.append(objective)
        self.objectives = tuple(complete)

    def reach(self, best: FloatArray) -> float:
        """Move the ideals taken from designs to the best found; return what a volume shrinks by.

        Parameters
        ----------
        best
            ``(n_obj,)`` minimised objectives. One that has left the decades of a logarithmic axis
            moves nothing.
        """
        factor, moved = 1.0, []
        for objective, value in zip(self.objectives, best.tolist(), strict=True):
            further = objective
            if objective.output in self.designs:
                further = _reaching(objective, value if objective.sense == "min" else -value)
            factor *= _width(objective) / _width(further) if further is not objective else 1.0
            moved.append(further)
        self.objectives = tuple(moved)
        return factor

    def on_axes(self, f: FloatArray) -> FloatArray:
        """Return minimised objectives on the axes along which an algorithm compares them.

        Without an offset where an axis is linear: subtracting the ideal of a box much wider than
        the designs differ would make all of them equal.
        """
        columns = zip(self._axes, f.T, strict=True)
        return np.array([_coordinate(objective, column) for objective, column in columns]).T

    def state(self) -> dict[str, Any]:
        """Return everything that later axes depend on, as arrays and numbers."""
        return {
            "box": np.array([[o.ideal, o.reference, o.log] for o in self.objectives], dtype=float),
            "told": np.array([o.has_box for o in self._axes], dtype=np.bool_),
            "seen": self._seen,
            "designs": dict(self.designs),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from what :meth:`state` returned."""
        self.objectives = tuple(
            dataclasses.replace(o, ideal=float(ideal), reference=float(reference), log=bool(log))
            for o, (ideal, reference, log) in zip(self.objectives, state["box"], strict=True)
        )
        pairs = zip(self.objectives, self._axes, state["told"], strict=True)
        self._axes = tuple(known if has_box else bare for known, bare, has_box in pairs)
        self._seen = state["seen"]
        self.designs = {name: int(count) for name, count in state["designs"].items()}


def _coordinate(objective: Objective, column: FloatArray) -> FloatArray:
    """Return a minimised objective on the axis of an algorithm."""
    if objective.has_box and objective.log:
        return normalise(objective, column if objective.sense == "min" else -column)
    width = abs(objective.reference - objective.ideal) if objective.has_box else 1.0
    return column / width


def _reaching(objective: Objective, value: float) -> Objective:
    """Return an objective with its ideal at a better value, where its axis holds that."""
    if objective.log and value < TURN * min(objective.ideal, objective.reference):
        return objective
    further = dataclasses.replace(objective, ideal=min(max(value, -_LARGEST), _LARGEST))
    return further if _width(further) > _width(objective) else objective


def _width(objective: Objective) -> float:
    """Return the length of the axis from ideal to reference."""
    ideal, reference = objective.ideal, objective.reference
    return abs(math.log(reference / ideal) if objective.log else reference - ideal)


def blind_boxes(f: FloatArray, objectives: Sequence[Objective]) -> list[str]:
    """Return a warning for every box that holds nothing of a front.

    Parameters
    ----------
    f
        ``(n, n_obj)`` minimised objectives of a front.
    objectives
        Their declarations.

    Examples
    --------
    >>> blind_boxes(np.array([[9.0], [8.0]]), [Objective("mass_kg", "min", 0.0, 5.0)])
    ["objective 'mass_kg': the whole front is worse than its reference 5, so the hypervolume is 0"]
    """
    lines = []
    for objective, column in zip(objectives, f.T, strict=True):
        if len(column) == 0 or not objective.has_box:
            continue
        points = normalise(objective, column if objective.sense == "min" else -column)
        name = f"objective '{objective.output}'"
        if points.min() >= 1.0:
            reference = f"its reference {objective.reference:g}"
            lines.append(
                f"{name}: the whole front is worse than {reference}, so the hypervolume is 0"
            )
        elif column.max() > column.min() and np.ptp(points) < _UNSEEN:
            lines.append(
                f"{name}: the front spans less than a millionth of its box, from "
                f"{objective.ideal:g} to {objective.reference:g}, so the hypervolume hardly sees it"
            )
    return lines


def scale_text(name: str, box: Mapping[str, Any]) -> str:
    """Return where the box of an objective comes from, as the manifest records it.

    Examples
    --------
    >>> box = {"ideal": 3.0, "reference": 40.0, "log": False, "designs": 812}
    >>> scale_text("mass_kg", box)
    "objective 'mass_kg': scale of 812 feasible designs, 3 (ideal) to 40 (reference), linear"
    """
    axis = "logarithmic" if box["log"] else "linear"
    return (
        f"objective '{name}': scale of {box['designs']:,} feasible designs, "
        f"{box['ideal']:g} (ideal) to {box['reference']:g} (reference), {axis}"
    )
