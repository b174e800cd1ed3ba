"""The frozen benchmark as a problem: today's chain, fed with yesterday's numbers, and checked."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from problems import radiation
from problems.compute_satellite.problem import ComputeSatellite
from problems.compute_satellite.variants.frozen_declarations import (
    NAME,
    bench_document,
    declare_bench,
)
from problems.parameters.catalog import Array, catalog_table
from problems.space import (
    DesignSpace,
    Problem,
    constraint_matrix,
    normalise,
    objective_matrix,
)
from problems.spec import SpecError
from problems.units import BoolArray, FloatArray

FRONT = "bench_v1_front.npz"
#: Largest relative deviation from the check sample: far above rounding, far below any edit.
TOLERANCE = 1e-9
#: Objective and violation of a design that cannot be evaluated: far outside every box.
_WORST_OBJECTIVE, _WORST_VIOLATION = 1e3, 1e12


def load_bench(**settings: Any) -> FrozenSatellite:
    """Return the benchmark once it has reproduced its check sample.

    Raises
    ------
    SpecError
        For a setting that would change it, or when the model has moved away from it.
    """
    problem = FrozenSatellite(**settings)
    problem.verify()
    return problem


class FrozenSatellite(Problem):
    """The compute satellite with frozen numbers, frozen choices and frozen variables.

    Parameters
    ----------
    scenario, assumptions, cost_boundary, allow_unverified
        As for every problem; anything but the frozen setting is refused.
    document
        The frozen benchmark; the shipped one when None.

    Notes
    -----
    Numbers and choices of the document replace those of the package. Variables the model gained
    later stay at their default, catalogue rows it gained later stay closed. Code, and the tables
    of the environment, are those of the package: :meth:`verify` proves that they still give what
    they gave.
    """

    name = NAME

    def __init__(
        self,
        *,
        scenario: str = "2030",
        assumptions: Mapping[str, float] | None = None,
        cost_boundary: str = "full",
        allow_unverified: bool = False,
        document: Mapping[str, Any] | None = None,
    ) -> None:
        self.document = document or bench_document()
        self.declarations = declare_bench(
            scenario=scenario,
            assumptions=assumptions or {},
            cost_boundary=cost_boundary,
            allow_unverified=allow_unverified,
            document=self.document,
        )
        declared = self.declarations
        self.version, self.scenarios = declared.version, declared.scenarios
        self.outputs, self.breakdowns = declared.outputs, declared.breakdowns
        self.objectives, self.constraints = declared.objectives, declared.constraints
        self.scenario = scenario
        self.cost_boundary = cost_boundary
        self.space = DesignSpace(self.declarations.variables)
        try:
            self._live = _live_model(self.document)
            self._links = _Links(self.space, self._live.space, self.document["held"])
        except SpecError as error:
            raise SpecError("problem", f"{NAME} cannot be built any more: {error}") from None

    def canonical(self, x: FloatArray, space: DesignSpace | None = None) -> FloatArray:
        """Return rows with every variable that has no influence at its canonical value."""
        own = (space or self.space).canonical(x)
        moved = self._links.lower(self._live.canonical(self._links.lift(own)))
        np.copyto(own, moved, where=self.space.active(own))
        return own

    def active(self, x: FloatArray) -> BoolArray:
        """Return an ``(n, n_var)`` mask: False where a variable has no influence."""
        there: BoolArray = self._live.active(self._links.lift(x))
        return np.asarray(self.space.active(x) & there[:, self._links.at])

    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        """Return outputs (all, or those named) as ``(n,)`` columns.

        Raises
        ------
        SpecError
            For an unknown variable, choice or output.
        """
        x = self.space.canonical(self.space.matrix(designs))
        return self._live.evaluate(self._links.lift(x), names)

    def judge(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what an optimiser is told of design rows.

        Parameters
        ----------
        x
            ``(n, n_var)`` designs, canonical or not.

        Returns
        -------
        tuple of ndarray
            ``(n, 3)`` objectives, to be minimised, on the logarithmic scale where 0 is the ideal
            and 1 the reference; ``(n, n_con)`` dimensionless violations, at most 0 when feasible.

        Examples
        --------
        >>> problem = load_bench()
        >>> f, g = problem.judge(problem.space.sample(4, np.random.default_rng(1)))
        >>> f.shape, g.shape
        ((4, 3), (4, 13))
        """
        values, g = self.natural(x)
        columns = [normalise(o, values[:, i]) for i, o in enumerate(self.objectives)]
        bad, worst = _WORST_OBJECTIVE, _WORST_VIOLATION
        f = np.nan_to_num(np.column_stack(columns), nan=bad, posinf=bad, neginf=bad)
        return f, np.nan_to_num(g, nan=worst, posinf=worst)

    def natural(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return objectives in their own units, and violations."""
        wanted = [o.output for o in self.objectives] + [c.output for c in self.constraints]
        out = self.evaluate(x, tuple(dict.fromkeys(wanted)))
        return objective_matrix(out, self.objectives), constraint_matrix(out, self.constraints)

    def verify(self) -> None:
        """Compare the model with the check sample.

        Raises
        ------
        SpecError
            With the design and the output that deviate most, when the model has moved.
        """
        check = self.document["check"]
        names = [o.output for o in self.objectives] + [c.name for c in self.constraints]
        frozen = np.hstack([np.array(check["objectives"]), np.array(check["violations"])])
        live = np.hstack(self.natural(np.array(check["designs"])))
        size = np.abs(frozen)
        size[:, len(self.objectives) :] = np.maximum(size[:, len(self.objectives) :], 1.0)
        off = np.nan_to_num(np.abs(live - frozen) / size, nan=np.inf)
        row, column = np.unravel_index(int(np.argmax(off)), off.shape)
        if off[row, column] > TOLERANCE:
            raise SpecError(
                "problem",
                f"{NAME} no longer reproduces its check sample: {names[column]} of design {row} is "
                f"{live[row, column]:.12g}, frozen at {frozen[row, column]:.12g}; the model has "
                f"changed, use a release that carries version {self.version} unchanged",
            )

    def reference_front(self) -> tuple[FloatArray, FloatArray]:
        """Return designs ``(n, n_var)`` and objectives ``(n, 3)`` of the reference front."""
        with resources.files("problems.data").joinpath(FRONT).open("rb") as stream:
            stored = np.load(stream, allow_pickle=False)
            return stored["X"], stored["F"]

    @property
    def best_hypervolume(self) -> float:
        """Best known hypervolume of :meth:`judge`'s objectives, reference point (1, 1, 1)."""
        return float(self.document["front"]["hypervolume"])

    def warnings(self, x: FloatArray) -> list[str]:
        """Return what a reader must know about one design row."""
        return self._live.warnings(self._links.lift(np.atleast_2d(x)))


def _live_model(document: Mapping[str, Any]) -> ComputeSatellite:
    """Return today's model with the frozen numbers in the place of its own."""
    numbers: dict[str, float] = dict(document["assumptions"])
    for table, rows in document["catalogue"].items():
        for row, fields in rows.items():
            values = {f"catalog.{table}.{row}.{k}": v for k, v in fields["numbers"].items()}
            numbers.update(values)
    live = ComputeSatellite(
        scenario=document["scenario"],
        assumptions=numbers,
        cost_boundary=document["cost_boundary"],
    )
    _freeze_properties(live, document["catalogue"])
    return live


def _freeze_properties(live: ComputeSatellite, catalogue: Mapping[str, Any]) -> None:
    """Hold what no override reaches: the cells' damage tables; refuse changed properties."""
    for table, rows in catalogue.items():
        known = catalog_table(table).rows
        for row, fields in rows.items():
            for field, value in fields["properties"].items():
                if getattr(known[row], field) != value:
                    raise SpecError(f"catalog.{table}.{row}.{field}", f"is no longer {value}")
    cells = [row for row in catalog_table("arrays").rows.values() if isinstance(row, Array)]
    frozen = catalogue["arrays"]
    glass = [
        frozen[c.name]["numbers"]["coverglass_um"] if c.name in frozen else c.coverglass_um
        for c in cells
    ]
    if glass != [c.coverglass_um for c in cells]:
        tables = radiation.build_cell_tables(glass, [c.damage_kind for c in cells])
        live.environment = dataclasses.replace(live.environment, cells=tables)


class _Links:
    """Which column and code of today's model every frozen column and code stands for."""

    def __init__(self, own: DesignSpace, live: DesignSpace, held: Mapping[str, Any]) -> None:
        self._base = live.defaults.copy()
        for name, value in held.items():
            self._base[live.index[live[name].name]] = live[name].encode(value)
        self.at = [live.index[live[v.name].name] for v in own.variables]
        self._codes: list[tuple[int, FloatArray]] = []
        for i, v in enumerate(own.variables):
            if v.kind == "choice":
                codes = np.array([live[v.name].encode(choice) for choice in v.choices])
                self._codes.append((i, codes))

    def lift(self, x: FloatArray) -> FloatArray:
        """Return frozen rows as rows of today's model."""
        rows = np.empty((len(self._base), len(x)))
        rows[:] = self._base[:, None]
        rows[self.at] = x.T
        for i, codes in self._codes:
            rows[self.at[i]] = codes[x[:, i].astype(np.intp)]
        return rows.T

    def lower(self, live: FloatArray) -> FloatArray:
        """Return rows of today's model as frozen rows; a code that is not frozen becomes -1."""
        x: FloatArray = live[:, self.at]
        for i, codes in self._codes:
            match = x[:, i, None] == codes
            x[:, i] = np.where(match.any(axis=1), match.argmax(axis=1), -1.0)
        return x
