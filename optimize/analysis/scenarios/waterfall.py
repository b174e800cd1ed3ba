"""From one scenario's number to another's: which group of assumptions makes how much of it.

Groups of assumptions, the design and the way of counting are switched from one scenario to the
other in every possible order; a group's step is its change averaged over all orders (the Shapley
value), so the steps add up to the difference exactly and no order is preferred.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from optimize.analysis.scenarios.groups import GROUP_OF_VARIABLE, GROUPS, group_of
from problems.compute_satellite.problem import ComputeSatellite
from problems.compute_satellite.variants.peer_model import at_boundary, peer_problem, peer_row
from problems.compute_satellite.variants.peers import Peer, peer
from problems.spec import SpecError, unknown
from problems.units import BoolArray, FloatArray

#: Steps smaller than this share of the larger end are in the data, not in tables and figures.
_NEGLIGIBLE = 1e-4

Side = Literal[0, 1]


def shapley(values: FloatArray) -> FloatArray:
    """Return the mean change that each of ``g`` switches makes, over all orders.

    Parameters
    ----------
    values
        ``(2**g,)`` values; bit ``i`` of the position says whether switch ``i`` is on.

    Returns
    -------
    ndarray
        ``(g,)`` steps that add up to ``values[-1] - values[0]``.

    References
    ----------
    Shapley (1953), A value for n-person games, Annals of Mathematics Studies 28, 307-317.

    Examples
    --------
    A product of two factors, 1 to 2 and 1 to 3: the interaction is shared.

    >>> import numpy as np
    >>> shapley(np.array([1.0, 2.0, 3.0, 6.0])).tolist()
    [2.0, 3.0]
    """
    count = int(values.size).bit_length() - 1
    positions = np.arange(values.size)
    size = np.array([int(p).bit_count() for p in positions])
    steps = np.empty(count)
    for switch in range(count):
        off = positions[(positions >> switch) & 1 == 0]
        weight = np.array(
            [
                math.factorial(s) * math.factorial(count - s - 1) / math.factorial(count)
                for s in size[off]
            ]
        )
        steps[switch] = float(weight @ (values[off | (1 << switch)] - values[off]))
    return steps


@dataclass(frozen=True)
class Change:
    """One number or choice that differs between two scenarios."""

    key: str
    before: float | str
    after: float | str


@dataclass(frozen=True)
class Step:
    """What one group of differences makes.

    The changes of all groups add up to the difference; the factors (NaN where a mixture is not
    positive) multiply to the ratio.
    """

    group: str
    change: float
    factor: float
    differences: tuple[Change, ...]

    @property
    def title(self) -> str:
        """What to call the group."""
        return GROUPS[self.group]


@dataclass(frozen=True)
class Waterfall:
    """From one scenario's number to another's; rises first, then falls, the largest first each.

    So the way never passes below the lower end.
    """

    first: str
    second: str
    output: str
    unit: str
    start: float
    end: float
    steps: tuple[Step, ...]

    @property
    def telling(self) -> tuple[Step, ...]:
        """Steps that make a difference worth showing."""
        least = _NEGLIGIBLE * max(abs(self.start), abs(self.end))
        return tuple(step for step in self.steps if abs(step.change) > least)

    def to_json(self) -> dict[str, Any]:
        """Return the waterfall as plain values."""
        return {
            "from": self.first,
            "to": self.second,
            "output": self.output,
            "unit": self.unit,
            "start": self.start,
            "end": self.end,
            "steps": [
                {
                    "group": step.group,
                    "title": step.title,
                    "change": step.change,
                    "factor": step.factor,
                    "differences": [
                        {"key": c.key, "from": c.before, "to": c.after} for c in step.differences
                    ],
                }
                for step in self.steps
            ],
        }


class _Pair:
    """Two scenarios, everything in which they differ, and any mixture of them."""

    def __init__(self, first: str, second: str) -> None:
        self.peers: tuple[Peer, Peer] = (peer(first), peer(second))
        self.problems: tuple[ComputeSatellite, ComputeSatellite] = (
            peer_problem(first, conventions=False),
            peer_problem(second, conventions=False),
        )
        self.rows = [
            peer_row(problem, author.name)[0]
            for author, problem in zip(self.peers, self.problems, strict=True)
        ]
        self.power_w = [
            float(problem.evaluate(row[None])["it_power_w"][0])
            for row, problem in zip(self.rows, self.problems, strict=True)
        ]
        a, b = (problem.assumptions for problem in self.problems)
        # A gap of the catalogue is not a number, and not a difference either.
        moved = {k for k in a if a[k] != b[k] and not (math.isnan(a[k]) and math.isnan(b[k]))}
        ruled = set(self.peers[0].conventions) | set(self.peers[1].conventions)
        self.plain = {key: (a[key], b[key]) for key in sorted(moved | ruled)}
        self.changes = self._changes(moved, ruled)
        self.groups = tuple(g for g in GROUPS if self.changes[g])

    def _changes(self, moved: set[str], ruled: set[str]) -> dict[str, list[Change]]:
        changes: dict[str, list[Change]] = {group: [] for group in GROUPS}
        for key in sorted(moved):
            changes[group_of(key)].append(Change(key, *self.plain[key]))
        first, second = self.peers
        if first.cost_boundary != second.cost_boundary:
            change = Change("cost_boundary", first.cost_boundary, second.cost_boundary)
            changes["boundary"].append(change)
        for key in sorted(ruled):
            before, after = (p.conventions.get(key, self.plain[key][0]) for p in (first, second))
            if before != after:
                changes["boundary"].append(Change(key, before, after))
        for at, variable in enumerate(self.problems[0].space.variables):
            values = [variable.decode(float(row[at])) for row in self.rows]
            if values[0] != values[1]:
                group = GROUP_OF_VARIABLE.get(variable.name, "design")
                changes[group].append(Change(variable.name, *values))
        return changes

    def side(self, sides: Mapping[str, Side], group: str) -> Side:
        """Return whose values of a group are in force; one without differences has no side."""
        return sides.get(group, 0)

    def design(self, sides: Mapping[str, Side]) -> FloatArray:
        """Return the design: chips of one may come in the number that the other can feed."""
        space = self.problems[0].space
        row = np.empty(len(space))
        for at, name in enumerate(space.names):
            row[at] = self.rows[self.side(sides, GROUP_OF_VARIABLE.get(name, "design"))][at]
        chips, size = self.side(sides, "chips"), self.side(sides, "design")
        count = space.index["gpu_count"]
        own = self.rows[chips][count]
        scaled = np.rint(own * self.power_w[size] / self.power_w[chips])
        row[count] = own if chips == size else np.clip(scaled, 1.0, space.upper[count])
        return row

    def assumptions(self, sides: Mapping[str, Side]) -> list[float]:
        """Return the numbers in force, in the order of ``plain``."""
        rules = self.peers[self.side(sides, "boundary")].conventions
        return [
            rules.get(key, values[self.side(sides, group_of(key))])
            for key, values in self.plain.items()
        ]


def _mixtures(pair: _Pair, output: str) -> FloatArray:
    """Return the output of every mixture of two scenarios, by position as in :func:`shapley`."""
    total = 1 << len(pair.groups)
    sides: list[dict[str, Side]] = [
        {g: 1 if (at >> i) & 1 else 0 for i, g in enumerate(pair.groups)} for at in range(total)
    ]
    designs = np.array([pair.design(s) for s in sides])
    numbers = np.array([pair.assumptions(s) for s in sides]).reshape(total, len(pair.plain))
    # The year of a scenario is in its problem, so the problem goes with the group of the year.
    world = np.array([pair.side(s, "life") for s in sides])
    bounds = np.array([pair.side(s, "boundary") for s in sides])
    values = np.empty(total)
    kinds, kind = np.unique(np.column_stack([designs, world]), axis=0, return_inverse=True)
    for which in range(len(kinds)):
        rows: BoolArray = np.asarray(kind.ravel() == which)
        problem = pair.problems[int(kinds[which, -1])]
        outputs = _evaluate(problem, kinds[which, :-1], list(pair.plain), numbers[rows])
        for bound in (0, 1):
            at_bound = bounds[rows] == bound
            column = at_boundary(outputs, output, pair.peers[bound].cost_boundary)
            values[np.flatnonzero(rows)[at_bound]] = column[at_bound]
    return values


def _evaluate(
    problem: ComputeSatellite, row: FloatArray, keys: Sequence[str], numbers: FloatArray
) -> dict[str, FloatArray]:
    """Return ``(m,)`` columns of one design under ``(m, keys)`` numbers."""
    futures = {key: numbers[:, at] for at, key in enumerate(keys)}
    outputs = problem.evaluate_futures(row[None], futures)
    return {
        name: np.broadcast_to(value, (len(numbers), 1))[:, 0] for name, value in outputs.items()
    }


def waterfall(first: str, second: str, output: str = "cost_per_kw_yr_usd") -> Waterfall:
    """Return what leads from one scenario's number to another's.

    Each end is a scenario's own design, under its own assumptions, counted at its own boundary.

    Parameters
    ----------
    first, second
        Scenarios.
    output
        Any output; costs are those at the boundary.

    Raises
    ------
    SpecError
        For an unknown scenario or output, with the nearest one.
    """
    pair = _Pair(first, second)
    declared = pair.problems[0].outputs
    if output not in declared:
        raise SpecError("output", *unknown(f"unknown output '{output}'", output, declared))
    values = _mixtures(pair, output)
    positive = bool((values > 0.0).all())
    logs = np.log(values) if positive else np.full(values.shape, np.nan)
    parts = zip(pair.groups, shapley(values), np.exp(shapley(logs)), strict=True)
    steps = [
        Step(group, float(change), float(factor), tuple(pair.changes[group]))
        for group, change, factor in parts
    ]
    steps.sort(key=lambda step: (step.change < 0.0, -abs(step.change)))
    start, end = float(values[0]), float(values[-1])
    return Waterfall(first, second, output, declared[output].unit, start, end, tuple(steps))
