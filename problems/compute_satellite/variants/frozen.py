"""The frozen benchmark as a problem: today's chain, fed with yesterday's numbers, and checked."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from problems.compute_satellite.influence import keep_unvisited
from problems.compute_satellite.problem import ComputeSatellite
from problems.compute_satellite.variants.frozen_declarations import (
    bench_document,
    bench_path,
    declare_bench,
)
from problems.space import (
    DesignSpace,
    Problem,
    constraint_matrix,
    normalise,
    objective_matrix,
)
from problems.spec import SpecError
from problems.units import BoolArray, FloatArray

#: Largest relative deviation from the check sample: far above rounding, far below any edit.
TOLERANCE = 1e-9
#: Objective and violation of a design that cannot be evaluated: far outside every box.
_WORST_OBJECTIVE, _WORST_VIOLATION = 1e3, 1e12


class ShippedBench(NamedTuple):
    """A version as it was frozen, with designs ``(n, n_var)`` of its reference front.

    ``objectives`` ``(n, 3)`` are those of :meth:`FrozenSatellite.judge`.
    """

    document: Mapping[str, Any]
    designs: FloatArray
    objectives: FloatArray


def read_bench(version: int) -> ShippedBench:
    """Return definition, check sample and reference front of a shipped version that need not run.

    Raises
    ------
    SpecError
        For a version that is not shipped with its front.
    """
    try:
        with np.load(bench_path(version, "_front.npz"), allow_pickle=False) as stored:
            return ShippedBench(bench_document(version), stored["X"], stored["F"])
    except FileNotFoundError:
        command = "python -m optimize.benchmark.frozen.reference"
        message = f"{version} is not shipped with a front; that of the newest makes {command}"
        raise SpecError("version", message) from None


def load_bench(document: Mapping[str, Any], **settings: Any) -> FrozenSatellite:
    """Return a version of the benchmark once it has reproduced its check sample.

    Raises
    ------
    SpecError
        For a setting that would change it, or when the model has moved away from it.
    """
    problem = FrozenSatellite(document, **settings)
    problem.verify()
    return problem


class FrozenSatellite(Problem):
    """The compute satellite with frozen numbers, frozen choices and frozen variables.

    Parameters
    ----------
    document
        A version as it was frozen.
    settings
        ``scenario``, ``assumptions``, ``cost_boundary`` and ``allow_unverified``, as for every
        problem; anything but the frozen setting is refused.

    Notes
    -----
    Numbers and choices of the document replace those of the package. Variables the model gained
    later stay at their default, catalogue rows it gained later stay closed. Code, and the tables
    of the environment, are those of the package: :meth:`verify` proves that they still give what
    they gave.
    """

    def __init__(self, document: Mapping[str, Any], **settings: Any) -> None:
        self.document = document
        self.declarations = declare_bench(document, **settings)
        declared = self.declarations
        self.name = declared.name
        self.version, self.scenarios = declared.version, declared.scenarios
        self.outputs, self.breakdowns = declared.outputs, declared.breakdowns
        self.objectives, self.constraints = declared.objectives, declared.constraints
        self.scenario = document["scenario"]
        self.cost_boundary = document["cost_boundary"]
        self.space = DesignSpace(self.declarations.variables)
        try:
            self.live = _live_model(self.document)
            self._links = _Links(self.space, self.live.space, self.document["held"])
        except SpecError as error:
            raise SpecError("problem", f"{self.name} cannot be built any more: {error}") from None

    def canonical(self, x: FloatArray, space: DesignSpace | None = None) -> FloatArray:
        """Return rows with every variable that has no influence at its canonical value."""
        space = space or self.space
        own = space.canonical(x)
        keep_unvisited(own, x, space)
        moved = self._links.lower(self.live.canonical(self._links.lift(own)))
        np.copyto(own, moved, where=self.space.active(own))
        return own

    def active(self, x: FloatArray) -> BoolArray:
        """Return an ``(n, n_var)`` mask: False where a variable has no influence."""
        there: BoolArray = self.live.active(self._links.lift(x))
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
        return self.live.evaluate(self._links.lift(x), names)

    backends = ComputeSatellite.backends

    def use_backend(
        self, backend: str, *, space: DesignSpace, outputs: Sequence[str], batch: int
    ) -> None:
        """Compute some outputs on another engine from now on, as of the protocol."""
        live = self._links.lifted(space, self.live.space)
        self.live.use_backend(backend, space=live, outputs=outputs, batch=batch)

    exact_derivatives = True

    def jacobian(self, designs: FloatArray, outputs: Sequence[str]) -> FloatArray:
        """Return the derivatives of outputs by the variables, in their units, as of the protocol.

        Exact, as those of today's model at the same designs.
        """
        given = self.space.matrix(designs)
        x = self.space.canonical(given)
        still = (x != given) | ~self.active(x)
        slopes = self.live.jacobian(self._links.lift(x), outputs)[:, :, self._links.at]
        return np.where(still[:, None] & ~np.isnan(slopes), 0.0, slopes)

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
                f"{self.name} no longer reproduces its check sample: {names[column]} of design "
                f"{row} is {live[row, column]:.12g}, frozen at {frozen[row, column]:.12g}; the "
                f"model has changed, use a release that carries version {self.version} unchanged",
            )

    def warnings(self, x: FloatArray) -> list[str]:
        """Return what a reader must know about one design row."""
        return self.live.warnings(self._links.lift(np.atleast_2d(x)))


def _live_model(document: Mapping[str, Any]) -> ComputeSatellite:
    """Return today's model with the frozen numbers in the place of its own."""
    numbers: dict[str, float] = dict(document["assumptions"])
    for table, rows in document["catalogue"].items():
        for row, fields in rows.items():
            values = {f"catalog.{table}.{row}.{k}": v for k, v in fields["numbers"].items()}
            numbers.update(values)
    return ComputeSatellite(
        scenario=document["scenario"],
        assumptions=numbers,
        cost_boundary=document["cost_boundary"],
    )


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

    def lifted(self, space: DesignSpace, live: DesignSpace) -> DesignSpace:
        """Return the space of today's model in which all is held but what a frozen one opens."""
        base = zip(live.variables, self._base.tolist(), strict=True)
        variables = [variable.fix(variable.decode(value)) for variable, value in base]
        for i, own in enumerate(space.variables):
            there = dataclasses.replace(live.variables[self.at[i]], held=False)
            variables[self.at[i]] = there if i in space.free else there.fix(own.default)
        return DesignSpace(variables)

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
