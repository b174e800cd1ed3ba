"""Designs as matrices, and the protocol of a problem that evaluates them.

A *design* is a row of an ``(n, n_var)`` matrix in natural units: reals and integers as they are,
choices as the position of the choice in :attr:`~problems.spec.Variable.choices`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from problems import differences
from problems.spec import (
    Breakdown,
    Constraint,
    Objective,
    Output,
    SpecError,
    Variable,
    listed,
    unknown,
)
from problems.spec.declared import check_variables
from problems.units import BoolArray, FloatArray, IntArray

_OFF = 1e-12  # distance of a derivative from a bound, as a share of it
#: Of the lower end of a logarithmic box: below it, the axis is mirrored.
TURN = 1e-6
#: A variable, the one that decides whether it matters, the codes with which it does, its default.
_Condition = tuple[int, int, list[float], FloatArray]


class DesignSpace:
    """The ordered variables of a problem and the conversions between their representations.

    Raises
    ------
    SpecError
        For two variables of one name, a choice of which nothing is open, or a condition on what
        is no choice.
    """

    def __init__(self, variables: Iterable[Variable]) -> None:
        self.variables = tuple(variables)
        check_variables(self.variables)
        self.names = tuple(v.name for v in self.variables)
        self.index = {name: position for position, name in enumerate(self.names)}
        self.lower = np.array([v.lower for v in self.variables], dtype=np.float64)
        self.upper = np.array([v.upper for v in self.variables], dtype=np.float64)
        self.free = tuple(i for i, v in enumerate(self.variables) if not v.is_fixed)
        self._discrete = np.flatnonzero([v.kind != "real" for v in self.variables])
        #: Positions of the real variables whose range has some width.
        self.real = np.flatnonzero([v.kind == "real" and v.lower < v.upper for v in self.variables])
        self.defaults = np.array([v.encode(v.default) for v in self.variables], dtype=np.float64)
        self._conditions = [
            (
                i,
                self.index[c.variable],
                [float(self[c.variable].choices.index(name)) for name in c.choices],
                self.defaults[i, ...],
            )
            for i, v in enumerate(self.variables)
            for c in v.active_when
        ]
        # Of search points, only free variables can be away from their default.
        self._free_conditions = [c for c in self._conditions if c[0] in self.free]
        self._free = np.array(self.free, dtype=np.intp)
        self._fixed = np.flatnonzero([v.is_fixed for v in self.variables])
        self._logs = np.array([i for i in self.free if self.variables[i].log], dtype=np.intp)
        kinds = [self.variables[i].kind for i in self.free]
        self._chosen = self._free[[kind == "choice" for kind in kinds]]
        # Open codes of all choices in one list, and where those of each begin and end.
        codes = [self.variables[i].codes for i in self._chosen]
        self._codes = np.array([k for own in codes for k in own], dtype=np.float64)
        counts = [len(own) for own in codes]
        self._last_code = np.array(counts, dtype=np.float64)[:, None] - 1.0
        self._first_code = np.cumsum([0, *counts])[:-1, None]

    def __len__(self) -> int:
        return len(self.variables)

    def units(self, x: FloatArray, columns: Sequence[int]) -> FloatArray:
        """Return some numbers as shares of their range, of its logarithm where declared."""
        u = np.empty((len(x), len(columns)))
        for at, i in enumerate(columns):
            v = self.variables[i]
            if v.log:
                u[:, at] = np.log(x[:, i] / v.lower) / np.log(v.upper / v.lower)
            else:
                u[:, at] = (x[:, i] - v.lower) / (v.upper - v.lower)
        return u

    def at_units(self, x: FloatArray, u: FloatArray, columns: Sequence[int]) -> FloatArray:
        """Return designs, not canonical, with some numbers where :meth:`units` are ``u``."""
        out = x.copy()
        for at, i in enumerate(columns):
            v = self.variables[i]
            if v.log:
                out[:, i] = v.lower * (v.upper / v.lower) ** u[:, at]
            else:
                out[:, i] = v.lower + u[:, at] * (v.upper - v.lower)
        return out

    def inside(self, x: FloatArray, columns: Sequence[int] | IntArray) -> FloatArray:
        """Return designs of which some real columns keep off their bounds, by a rounding.

        Derivatives are taken there: at a bound where a table's cell ends, or that lies on a kink,
        those of the inner side are meant.

        Examples
        --------
        >>> from problems import load_problem
        >>> space = load_problem().space
        >>> x = space.inside(space.upper[None], space.real)
        >>> bool((x[:, space.real] < space.upper[space.real]).all())
        True
        """
        at = list(columns)
        lower, upper = self.lower[at], self.upper[at]
        low = lower + _OFF * np.where(lower == 0.0, upper - lower, np.abs(lower))
        high = upper - _OFF * np.where(upper == 0.0, upper - lower, np.abs(upper))
        out = x.copy()
        out[:, at] = np.where(low < high, np.clip(x[:, at], low, high), x[:, at])
        return out

    def __getitem__(self, name: str) -> Variable:
        if name not in self.index:
            raise SpecError(name, *unknown("unknown variable", name, self.names))
        return self.variables[self.index[name]]

    def replace(self, variable: Variable) -> DesignSpace:
        """Return a space in which ``variable`` takes the place of its namesake."""
        self[variable.name]
        return DesignSpace(variable if v.name == variable.name else v for v in self.variables)

    def matrix(self, designs: ArrayLike | Mapping[str, ArrayLike]) -> FloatArray:
        """Return designs as an ``(n, n_var)`` matrix.

        A mapping or a table of pandas may name choices as text and leave variables out (their
        default is taken).

        Raises
        ------
        SpecError
            For unknown names, unknown choices, text for a number, or a wrong number of columns or
            values.
        """
        if not hasattr(designs, "items"):
            x = np.atleast_2d(np.asarray(designs, dtype=np.float64))
            if x.shape[-1] != len(self):
                raise SpecError("designs", f"expected {len(self)} columns, got {x.shape[-1]}")
            return x
        columns = {name: np.atleast_1d(np.asarray(column)) for name, column in designs.items()}
        n = max((len(column) for column in columns.values()), default=1)
        x = np.tile(self.defaults, (n, 1))
        for name, column in columns.items():
            if len(column) not in (1, n):
                raise SpecError(name, f"expected 1 value or {n}, got {len(column)}")
            x[:, self.index[name]] = self._encoded(self[name], column)
        return x

    def _encoded(self, variable: Variable, column: NDArray[Any]) -> NDArray[Any]:
        """Return values of one variable as numbers, choices as their codes."""
        if np.issubdtype(column.dtype, np.number):
            return column
        if variable.kind == "choice":
            return np.array([variable.encode(str(value)) for value in column])
        try:
            return column.astype(np.float64)
        except (TypeError, ValueError):
            raise SpecError(variable.name, "expected numbers") from None

    def columns(self, x: FloatArray) -> dict[str, FloatArray]:
        """Return each variable as a contiguous ``(n,)`` column."""
        return {name: np.ascontiguousarray(x[:, i]) for i, name in enumerate(self.names)}

    def active(self, x: FloatArray) -> BoolArray:
        """Return an ``(n, n_var)`` mask: False where a variable has no influence."""
        mask = np.ones(x.shape, dtype=np.bool_)
        for i, decider, codes, _ in self._conditions:
            mask[:, i] &= ~_none_of(x[:, decider], codes)
        return mask

    def canonical(self, x: FloatArray) -> FloatArray:
        """Round integers and choices, clip to the bounds, and set inactive variables to default.

        Two rows that describe the same satellite become equal, so duplicates can be found. The
        result is stored column by column, as evaluation wants it.
        """
        return self._settle(np.array(x, dtype=np.float64, order="F"), self._conditions)

    def _settle(self, x: FloatArray, conditions: Sequence[_Condition]) -> FloatArray:
        """Make rows canonical in place; variables without a condition are not reset."""
        rows = x.T
        np.maximum(rows, self.lower[:, None], out=rows)  # np.clip takes several times as long
        np.minimum(rows, self.upper[:, None], out=rows)
        rows[self._discrete] = np.rint(rows.take(self._discrete, axis=0))
        for i, decider, codes, default in conditions:
            np.putmask(rows[i], _none_of(rows[decider], codes), default)
        return x

    # --- the relaxed space in which a real-coded search moves ----------------------------------

    def search_bounds(self) -> tuple[FloatArray, FloatArray]:
        """Return lower and upper bounds of the free variables as the search sees them.

        Logarithmic variables become their natural logarithm, choices the position among the open
        ones; whole numbers get half a unit more at both ends, so every value is equally wide.
        """
        low, high = [], []
        for i in self.free:
            v = self.variables[i]
            a, b = (0.0, len(v.codes) - 1.0) if v.kind == "choice" else (v.lower, v.upper)
            if v.kind != "real":
                a, b = a - 0.499, b + 0.499
            low.append(np.log(a) if v.log else a)
            high.append(np.log(b) if v.log else b)
        return np.array(low), np.array(high)

    def from_search(self, u: FloatArray) -> FloatArray:
        """Turn ``(n, n_free)`` search points into canonical design rows."""
        return self._settle(self.decoded(u), self._free_conditions)

    def decoded(self, u: FloatArray) -> FloatArray:
        """Turn ``(n, n_free)`` search points into design rows, not canonical."""
        columns = np.empty((len(self), len(u)))
        columns[self._fixed] = self.defaults[self._fixed, None]
        columns[self._free] = u.T
        if len(self._logs):
            columns[self._logs] = np.exp(columns.take(self._logs, axis=0))
        if len(self._chosen):
            picked = np.rint(columns.take(self._chosen, axis=0))
            np.maximum(picked, 0.0, out=picked)
            np.minimum(picked, self._last_code, out=picked)
            columns[self._chosen] = self._codes.take(picked.astype(np.intp) + self._first_code)
        return columns.T

    def to_search(self, x: FloatArray) -> FloatArray:
        """Turn design rows into ``(n, n_free)`` search points (inverse of :meth:`from_search`)."""
        u = np.empty((len(x), len(self.free)))
        for column, i in enumerate(self.free):
            v = self.variables[i]
            values = x[:, i]
            if v.kind == "choice":
                values = np.searchsorted(v.codes, values).astype(np.float64)
            u[:, column] = np.log(values) if v.log else values
        return u

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Draw ``n`` canonical designs, uniform in the relaxed space."""
        low, high = self.search_bounds()
        return self.from_search(rng.uniform(low, high, size=(n, len(self.free))))


def _none_of(column: FloatArray, codes: Sequence[float]) -> BoolArray:
    """Rows on which a choice is none of several."""
    differs = column != codes[0]
    for code in codes[1:]:
        differs &= column != code
    return np.asarray(differs)


class Problem(Protocol):
    """What a search needs to know about the thing it designs.

    A problem derives from this class, sets the attributes without a value and writes
    :meth:`evaluate`; everything else has the meaning of a problem without it.

    Attributes
    ----------
    name, version
        Of the model; another version never continues a run of this one.
    space, outputs
        Variables and their encoding; every output by name.
    objectives, constraints, breakdowns
        Defaults of a configuration; totals and the outputs that add up to them.
    assumptions, assumption_units
        Numbers in force that nobody chooses, by dotted key; every key that can be overridden, with
        its unit.
    scenario, scenarios, cost_boundary
        Named set of assumptions in force, those there are, and what a cost counts; empty where the
        problem knows none.
    """

    name: str
    version: str
    space: DesignSpace
    outputs: Mapping[str, Output]
    objectives: tuple[Objective, ...]
    constraints: tuple[Constraint, ...] = ()
    breakdowns: tuple[Breakdown, ...] = ()
    assumptions: Mapping[str, float] = MappingProxyType({})
    assumption_units: Mapping[str, str] = MappingProxyType({})
    scenario: str = ""
    scenarios: tuple[str, ...] = ()
    cost_boundary: str = ""

    #: Engines on which the model can run.
    backends: tuple[str, ...] = ("numpy",)

    def use_backend(
        self, backend: str, *, space: DesignSpace, outputs: Sequence[str], batch: int
    ) -> None:
        """Compute some outputs on another engine from now on.

        Parameters
        ----------
        backend
            One of :attr:`backends`.
        space
            Variables as a search sees them; the engine may hold those that are fixed.
        outputs
            What a search asks for again and again; all else stays with numpy.
        batch
            Designs that it asks for at a time.

        Raises
        ------
        SpecError
            For an engine that the model cannot run on, or that is not installed.
        """
        if backend not in self.backends:
            raise SpecError("backend", f"{self.name} runs on {', '.join(self.backends)} only")

    @property
    def exact_derivatives(self) -> bool:
        """Whether :meth:`jacobian` is exact, and no finite differences."""
        return False

    @property
    def model_module(self) -> str:
        """Name of the module that holds the model; part of what a run's data are."""
        return type(self).__module__

    @abstractmethod
    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        """Return outputs (all, or those named) as ``(n,)`` columns."""

    def canonical(self, x: FloatArray, space: DesignSpace | None = None) -> FloatArray:
        """Return rows with every variable that has no influence at its canonical value."""
        return (space or self.space).canonical(x)

    def active(self, x: FloatArray) -> BoolArray:
        """Return an ``(n, n_var)`` mask: False where a variable has no influence."""
        return self.space.active(x)

    def jacobian(self, designs: FloatArray, outputs: Sequence[str]) -> FloatArray:
        """Return the derivatives of outputs by the variables, in their units.

        Parameters
        ----------
        designs
            ``(n, n_var)`` design rows.
        outputs
            Names of the ``k`` outputs.

        Returns
        -------
        ndarray
            ``(n, k, n_var)``; not a number for whole numbers, choices, and variables without a
            range.

        Notes
        -----
        Finite differences of second order, unless a problem knows better
        (:attr:`exact_derivatives`). At a bound the derivative is that of the inner side, at a
        switch of the model that of either side or a mixture of both.
        """

        def evaluate(x: FloatArray) -> FloatArray:
            columns = self.evaluate(x, listed(outputs))
            return np.array([columns[name] for name in outputs])

        lower, upper = self.space.lower, self.space.upper
        return differences.jacobian(
            evaluate,
            np.asarray(designs, dtype=np.float64),
            lower=lower,
            upper=upper,
            size=upper - lower,
            columns=self.space.real,
        )

    def warnings(self, x: FloatArray) -> list[str]:
        """Return what a reader must know about one design row, e.g. a table left behind."""
        return []


def normalise(objective: Objective, values: FloatArray) -> FloatArray:
    """Map an objective to a scale on which smaller is better, 0 is ideal and 1 the reference.

    Without a box the values stay as they are, turned round where more is better.
    """
    ideal, reference = objective.ideal, objective.reference
    if not objective.has_box:
        return np.asarray(values if objective.sense == "min" else -values)
    if objective.log:
        values = _logarithm(values, TURN * min(ideal, reference))
        ideal, reference = np.log(ideal), np.log(reference)
    return np.asarray((values - ideal) / (reference - ideal))


def _logarithm(values: FloatArray, turn: float) -> FloatArray:
    """Return the logarithm, continued below ``turn`` by its mirror image, at zero and beyond.

    Increasing and smooth everywhere, so that a search goes on where an axis has no more decades.

    Examples
    --------
    >>> _logarithm(np.array([1.0, 0.0, -np.inf]), 1.0).round(3).tolist()
    [0.0, -0.693, -inf]
    """
    if values.size and values.min() >= turn:
        return np.log(values)
    log = np.log(np.maximum(values, 2.0 * turn - values))
    return np.asarray(np.where(values >= turn, log, 2.0 * np.log(turn) - log))


def violation(constraint: Constraint, values: FloatArray) -> FloatArray:
    """Return the dimensionless violation of one constraint: at most 0 when every limit holds."""
    parts = [
        sign * (values - limit) / constraint.measure(limit)
        for limit, sign in ((constraint.lower, -1.0), (constraint.upper, 1.0))
        if limit is not None
    ]
    return np.asarray(parts[0] if len(parts) == 1 else np.maximum(*parts))


def objective_matrix(
    outputs: Mapping[str, FloatArray], objectives: Sequence[Objective]
) -> FloatArray:
    """Return the ``(n, n_obj)`` matrix to be minimised (maximised outputs change sign)."""
    return np.array(
        [outputs[o.output] if o.sense == "min" else -outputs[o.output] for o in objectives]
    ).T


def constraint_matrix(
    outputs: Mapping[str, FloatArray], constraints: Sequence[Constraint]
) -> FloatArray:
    """Return the ``(n, n_con)`` matrix of dimensionless violations, at most 0 when feasible."""
    if not constraints:
        return np.empty((len(next(iter(outputs.values()))), 0))
    limits = _limits(tuple(constraints))
    values = np.array([outputs[name] for name in limits.outputs])
    column = (-1, *[1] * (values.ndim - 1))
    excess = values.take(limits.row, axis=0) - limits.limit.reshape(column)
    excess /= limits.scale.reshape(column)
    n = len(constraints)
    for other, row in enumerate(limits.both, n):
        np.maximum(excess[row], excess[other], out=excess[row, ...])
    return np.asarray(excess[:n].T)


class _Limits(NamedTuple):
    """Every limit of some constraints: their first ones in order, then the second ones.

    A lower limit has a negative scale; ``both`` are the constraints with two limits.
    """

    outputs: tuple[str, ...]
    row: IntArray
    limit: FloatArray
    scale: FloatArray
    both: list[int]


@lru_cache(maxsize=64)
def _limits(constraints: tuple[Constraint, ...]) -> _Limits:
    """Return the limits as columns, so that all are compared at once."""
    first, second = [], []
    for row, c in enumerate(constraints):
        pairs = [(c.lower, -1.0), (c.upper, 1.0)]
        own = [(row, v, sign * c.measure(v)) for v, sign in pairs if v is not None]
        first.append(own[0])
        second += own[1:]
    rows, limit, scale = np.array([*first, *second]).T
    row = rows.astype(np.intp)
    both = row[len(constraints) :].tolist()
    return _Limits(tuple(c.output for c in constraints), row, limit, scale, both)
