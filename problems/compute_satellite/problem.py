"""The problem: declarations and chain put together, evaluated in blocks that stay in the cache."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from problems import orbit, radiation
from problems.batch import BLOCK
from problems.compute_satellite import chain
from problems.compute_satellite.backends import derivatives
from problems.compute_satellite.backends.jax_program import JaxProgram
from problems.compute_satellite.backends.llvm_program import LlvmProgram
from problems.compute_satellite.backends.program import Program
from problems.compute_satellite.declarations import (
    Declarations,
    declare,
    overrides_in_force,
    scenarios,
)
from problems.compute_satellite.in_force import NumbersInForce
from problems.compute_satellite.influence import Influence
from problems.compute_satellite.pairs import PairedNumbers
from problems.compute_satellite.remarks import REMARKED, remarks
from problems.compute_satellite.state import Environment
from problems.parameters.assumptions import WORDS, assumption_rows, number_in_force
from problems.parameters.catalog import Array, catalog_columns, catalog_ranges, catalog_table
from problems.parameters.futures import Crossing, UncertainProblem, paired, positions
from problems.parameters.own_hardware import OwnHardware, own_rows
from problems.parameters.uncertain import Marginal, open_rows, uncertain_numbers
from problems.space import DesignSpace
from problems.spec import SpecError, listed, unknown
from problems.units import (
    DILOCO,
    BoolArray,
    FloatArray,
    Quantity,
)

#: Of an array; tables of the fluence behind it are made with the problem.
_BUILT_IN = "coverglass_um"
#: Decides whether satellites of a cluster meet by steps.
_WORKLOAD = "comms.workload"


_PROGRAMS: Mapping[str, type[Program]] = {"llvm": LlvmProgram, "jax": JaxProgram}


class _Futures(NamedTuple):
    """Numbers in force with ``(m, 1)`` columns, and those columns by key."""

    model: NumbersInForce
    columns: Mapping[str, FloatArray]


class ComputeSatellite(UncertainProblem):
    """An AI-compute satellite in a scenario.

    Parameters
    ----------
    scenario
        ``today``, ``2030`` or ``2035``.
    assumptions
        Overrides by dotted key.
    cost_boundary
        What ``cost_per_exaflop_usd`` means: ``full``, ``no_chips`` or ``launch_only``.
    allow_unverified
        Open catalogue rows whose performance is an unverified guess.
    catalog
        Hardware of one's own by catalogue table, as in :func:`problems.load_problem`.

    Raises
    ------
    SpecError
        For an unknown scenario, key or boundary, with the nearest valid one.

    Examples
    --------
    >>> problem = ComputeSatellite()
    >>> outputs = problem.evaluate({"altitude_km": [650.0, 1200.0]})
    >>> bool(outputs["sunlit_fraction"][0] < outputs["sunlit_fraction"][1])
    True
    """

    backends = ("numpy", *_PROGRAMS)

    def __repr__(self) -> str:
        counts = f"{len(self.space.variables)} variables, {len(self.outputs)} outputs"
        return f"<problem {self.name}, scenario {self.scenario}: {counts}>"

    def __init__(
        self,
        *,
        scenario: str = "2030",
        assumptions: Mapping[str, float] | None = None,
        cost_boundary: str = "full",
        allow_unverified: bool = False,
        catalog: OwnHardware | None = None,
    ) -> None:
        self.own_rows = own_rows(catalog or {})
        self.declarations: Declarations = declare(
            scenario=scenario,
            assumptions=assumptions or {},
            cost_boundary=cost_boundary,
            allow_unverified=allow_unverified,
            own=self.own_rows,
        )
        declared = self.declarations
        self.name, self.version = declared.name, declared.version
        self.outputs, self.breakdowns = declared.outputs, declared.breakdowns
        self.objectives, self.constraints = declared.objectives, declared.constraints
        self.scenario, self.scenarios = scenario, declared.scenarios
        self.cost_boundary = cost_boundary
        self.assumption_units = declared.assumption_units
        self.space = DesignSpace(self.declarations.variables)
        self._fixed = np.flatnonzero([v.is_fixed for v in self.space.variables])
        self.overrides = overrides_in_force(scenario, assumptions or {}, self.own_rows)
        nominal = {key: row.nominal for key, row in assumption_rows().items()}
        nominal |= {item.key: item.nominal for item in catalog_ranges(self.own_rows)}
        self.assumptions = nominal | self.overrides
        rows = catalog_table("arrays", self.own_rows).rows.values()
        kinds = [row.damage_kind for row in rows if isinstance(row, Array)]
        changed = {k: v for k, v in self.overrides.items() if k.startswith("catalog.")}
        arrays = catalog_columns("arrays", changed, self.own_rows)
        self.environment = Environment(
            orbit=orbit.load_orbit_tables(),
            radiation=radiation.load_radiation_tables(),
            cells=radiation.build_cell_tables(arrays[_BUILT_IN].tolist(), kinds),
            scenario_year=scenarios()[scenario].year,
        )
        self._influence = self._influence_at(self.assumptions[_WORKLOAD] == DILOCO)
        self._model = self._numbers(self.overrides)
        self._program: Program | None = None

    @cached_property
    def marginals(self) -> tuple[Marginal, ...]:
        """Every number in force with a distribution; of the catalogue, rows that can be chosen."""
        return uncertain_numbers(self.overrides, open_rows(self.space.variables), self.own_rows)

    def canonical(self, x: FloatArray, space: DesignSpace | None = None) -> FloatArray:
        """Return rows with every variable that has no influence at its canonical value."""
        return self._influence.canonical(x, space or self.space)

    def active(self, x: FloatArray) -> BoolArray:
        """Return an ``(n, n_var)`` mask: False where a variable has no influence."""
        return self._influence.active(x)

    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        """Evaluate designs.

        Parameters
        ----------
        designs
            ``(n, n_var)`` matrix in the order of ``space.names``, or a mapping of columns (choices
            as text, missing variables at their default).
        names
            Outputs to return; all when None.

        Returns
        -------
        dict of str to ndarray
            ``(n,)`` columns by output name.

        Raises
        ------
        SpecError
            For an unknown variable, choice or output, and for a variable that matters in a design
            and has no number there.
        """
        x, wanted = self._complete(designs), self._wanted(names)
        if self._program is not None:
            return self._partly_compiled(self._program, x, wanted)
        return self._by_numpy(x, wanted)

    def _influence_at(self, by_steps: bool | BoolArray) -> Influence:
        return Influence(self.space, self.environment.orbit, by_steps=by_steps)

    def _under(self, futures: Mapping[str, FloatArray]) -> Influence:
        """Return what matters in designs under futures: each its own, or all of ``(m, 1)``."""
        workload = futures.get(_WORKLOAD)
        if workload is None:
            return self._influence
        by_steps = workload == DILOCO
        return self._influence_at(by_steps if by_steps.ndim == 1 else by_steps.any(axis=0))

    def _complete(self, designs: ArrayLike | Mapping[str, ArrayLike]) -> FloatArray:
        """Return design rows, or refuse those that lack a number that matters."""
        return self._sound(self.space.matrix(designs), self._influence)

    def _sound(self, x: FloatArray, influence: Influence) -> FloatArray:
        """Return design rows, or refuse those that lack a number that matters."""
        if np.isnan(x).any():
            gaps = np.argwhere(np.isnan(influence.possible(x, self.space)))
            if len(gaps):
                row, column = gaps[0]
                raise SpecError(self.space.names[column], f"design {row} has no number here")
        return x

    def _by_numpy(self, x: FloatArray, wanted: Sequence[str]) -> dict[str, FloatArray]:
        # One allocation for all columns: large ones get huge pages, so writing costs no faults.
        table = np.empty((len(wanted), len(x)))
        for start in range(0, len(x), BLOCK):
            block = slice(start, min(start + BLOCK, len(x)))
            columns = self._columns(self._influence.possible(x[block], self.space))
            outputs = self._here(self._model, columns, wanted)
            for row, name in enumerate(wanted):
                table[row, block] = outputs[name]
        return dict(zip(wanted, table, strict=True))

    def _columns(self, x: FloatArray) -> dict[str, FloatArray]:
        """Return the variables of canonical rows: columns, but numbers where levers are held.

        What follows from held levers alone is then found once and not for every design.
        """
        columns, fixed = self.space.columns(x), self._fixed
        held = (x.T.take(fixed, axis=0) == self.space.defaults[fixed, None]).all(axis=1)
        for i in fixed[held]:
            columns[self.space.names[i]] = self.space.defaults[i, ...]
        return columns

    def _partly_compiled(
        self, program: Program, x: FloatArray, wanted: Sequence[str]
    ) -> dict[str, FloatArray]:
        """Evaluate with what is compiled, and by numpy what is not."""
        possible = self._influence.possible(x, self.space)
        ready: dict[str, FloatArray] = {}
        if not program.computed.isdisjoint(wanted) and program.covers(possible):
            table = program.evaluate(possible)
            ready = dict(zip(program.outputs, table, strict=True))
        rest = [name for name in wanted if name not in ready]
        outputs = ready | (self._by_numpy(x, rest) if rest else {})
        return {name: outputs[name] for name in wanted}

    exact_derivatives = True

    def jacobian(self, designs: FloatArray, outputs: Sequence[str]) -> FloatArray:
        """Return the derivatives of outputs by the variables, in their units, as of the protocol.

        Exact. At a kink the derivative is that of one side, at a bound that of the inner one; zero
        where a variable has no influence.
        """
        x, influence = self._complete(designs), self._influence
        return self._slopes(x, outputs, self._program, lambda _: self._model, influence)

    def pair_jacobian(
        self, x: FloatArray, futures: Mapping[str, FloatArray], outputs: Sequence[str]
    ) -> FloatArray:
        """Return the derivatives by variables under paired futures, exact, as of the protocol."""
        self._check(futures)
        x = self.space.matrix(x)
        columns = paired(futures, len(x))
        influence = self._under(columns)

        def numbers(rows: slice) -> NumbersInForce:
            return PairedNumbers(self._model, {key: v[rows] for key, v in columns.items()})

        return self._slopes(self._sound(x, influence), outputs, None, numbers, influence)

    def _slopes(
        self,
        x: FloatArray,
        outputs: Sequence[str],
        program: Program | None,
        numbers: derivatives.NumbersOf,
        influence: Influence,
    ) -> FloatArray:
        """Return exact derivatives by variables, zero where one has no influence."""
        wanted, possible = self._wanted(outputs), influence.possible(x, self.space)
        still = influence.still(x, possible)
        if program is not None and program.differentiates and program.answers(possible, wanted):
            inside = np.where(still, possible, self.space.inside(possible, self.space.real))
            at = [program.outputs.index(name) for name in wanted]
            slopes = program.slopes(inside)[:, at]
        else:
            moving = np.asarray(~still.all(axis=0))
            slopes = derivatives.by_variables(
                self._here, numbers, self.space, possible, wanted, moving=moving
            )
        return np.where(still[:, None], 0.0, slopes)

    def assumption_jacobian(
        self, designs: FloatArray, outputs: Sequence[str], names: Sequence[str]
    ) -> FloatArray:
        """Return the derivatives of outputs by assumptions, exact, as of the protocol."""
        x = self._influence.possible(self._complete(designs), self.space)
        nominal, wanted = self._nominal(names), self._wanted(outputs)
        slopes = derivatives.by_assumptions(self._here, self._model, self.space, x, wanted, nominal)
        stays = [key in WORDS or key.endswith(f".{_BUILT_IN}") for key in nominal]
        slopes[:, :, stays] = np.nan
        missing = [math.isnan(value) for value in nominal.values()]
        if any(missing):  # an output that lacks a number has no slope along any that lacks
            with np.errstate(all="ignore"):
                columns = self._by_numpy(x, wanted)
            gaps = np.array([np.isnan(columns[name]) for name in wanted]).reshape(-1, len(x)).T
            slopes[gaps[:, :, None] & missing] = np.nan
        return slopes[:, :, positions(names, nominal)]

    def evaluate_pairs(
        self, x: FloatArray, futures: Mapping[str, FloatArray], names: Sequence[str]
    ) -> dict[str, FloatArray]:
        """Evaluate each design under its own values of some assumptions, in one batch.

        Parameters
        ----------
        x
            ``(n, n_var)`` design rows.
        futures
            Assumption key to ``(n,)`` values in the unit of the key.
        names
            Outputs to return.

        Returns
        -------
        dict of str to ndarray
            ``(n,)`` columns by output name.

        Raises
        ------
        SpecError
            For an unknown key, with the nearest one, for values that are not ``(n,)`` or no code
            of a word, and as for :meth:`evaluate`.

        Examples
        --------
        >>> problem = ComputeSatellite()
        >>> x = problem.space.matrix({"altitude_km": [650.0, 650.0]})
        >>> dear = {"cost.nre_usd": np.array([2e8, 4e8])}
        >>> usd = problem.evaluate_pairs(x, dear, ["cost_development_usd"])
        >>> (usd["cost_development_usd"][1] / usd["cost_development_usd"][0]).tolist()
        2.0
        """
        self._check(futures)
        x, names = self.space.matrix(x), self._wanted(names)
        columns, program = paired(futures, len(x)), self._program_under(futures)
        x = self._sound(x, self._under(columns))
        if program is not None and program.pairs_up:
            possible = self._influence.possible(x, self.space)
            if program.answers(possible, names):
                found = dict(zip(program.outputs, program.pair(possible, columns), strict=True))
                return {name: found[name] for name in names}
        table = np.empty((len(names), len(x)))
        for start in range(0, len(x), BLOCK):
            block = slice(start, start + BLOCK)
            own = {key: v[block] for key, v in columns.items()}
            possible = self._under(own).possible(x[block], self.space)
            outputs = self._run(PairedNumbers(self._model, own), possible, names)
            for row, name in enumerate(names):
                table[row, block] = outputs[name]
        return dict(zip(names, table, strict=True))

    def under(self, futures: Mapping[str, ArrayLike]) -> Crossing[_Futures]:
        """Return the satellite under several futures, ready to evaluate designs again and again.

        Parameters
        ----------
        futures
            Assumption or catalogue key to ``(m,)`` values; every key has the same ``m``.

        Raises
        ------
        SpecError
            For an unknown key, or values that are not ``(m,)`` for all or no code of a word.

        Examples
        --------
        >>> dear = ComputeSatellite().under({"cost.nre_usd": [2e8, 4e8]})
        >>> usd = dear.evaluate({"altitude_km": [650.0]}, ["cost_development_usd"])
        >>> (usd["cost_development_usd"][1] / usd["cost_development_usd"][0]).tolist()
        [2.0]
        """
        self._check(futures)
        columns: dict[str, FloatArray] = {}
        for key, values in futures.items():
            column = np.asarray(values, dtype=np.float64)
            count = len(next(iter(columns.values()))) if columns else column.size
            if column.shape != (count,) or count == 0:
                raise SpecError(key, f"expected ({count or 'm'},) values, got {column.shape}")
            columns[key] = column[:, None]
        influence = self._under(columns)

        def prepare(designs: ArrayLike | Mapping[str, ArrayLike]) -> FloatArray:
            x = self._sound(self.space.matrix(designs), influence)
            return influence.possible(x, self.space)

        return Crossing(
            columns,
            build=lambda part: _Futures(self._numbers({**self.overrides, **part}), part),
            run=self._run_crossed,
            prepare=prepare,
            wanted=self._wanted,
        )

    def _check(self, futures: Mapping[str, ArrayLike]) -> None:
        for key, values in futures.items():
            if key not in self.assumption_units:
                raise SpecError(key, *unknown("unknown assumption", key, self.assumption_units))
            if key in WORDS:
                for code in np.unique(np.asarray(values, dtype=np.float64)).tolist():
                    number_in_force(key, code)
            built_in = key.endswith(f".{_BUILT_IN}")
            if built_in and np.any(np.asarray(values) != self.assumptions[key]):
                raise SpecError(key, "cannot vary: tables are made of it with the problem")

    def _numbers(self, overrides: Mapping[str, Quantity]) -> NumbersInForce:
        year = self.environment.scenario_year
        with np.errstate(all="ignore"):  # far beyond its range a number may break a formula
            return NumbersInForce(overrides, scenario_year=year, own_rows=self.own_rows)

    def _wanted(self, names: Sequence[str] | None) -> Sequence[str]:
        for name in listed(names or ()):
            if name not in self.outputs:
                raise SpecError(name, *unknown("unknown output", name, self.outputs))
        return tuple(self.outputs) if names is None else names

    def _run_crossed(
        self, futures: _Futures, x: FloatArray, wanted: Sequence[str]
    ) -> Mapping[str, FloatArray]:
        program = self._program_under(futures.columns)
        if program is None or not futures.columns or not program.answers(x, wanted):
            return self._run(futures.model, x, wanted)
        return program.cross(x, futures.columns)

    def use_backend(
        self, backend: str, *, space: DesignSpace, outputs: Sequence[str], batch: int
    ) -> None:
        """Compute some outputs on another engine from now on, as of the protocol."""
        super().use_backend(backend, space=space, outputs=outputs, batch=batch)
        self._program = None
        if backend in _PROGRAMS:
            wanted, environment = self._wanted(outputs), self.environment
            program = _PROGRAMS[backend]
            self._program = program(
                self._chain, self._model, space, environment, wanted, batch=batch
            )

    def _program_under(self, futures: Mapping[str, Any]) -> Program | None:
        """Return the program, none under futures of words: they choose formulas."""
        return self._program if WORDS.keys().isdisjoint(futures) else None

    def _run(
        self, model: NumbersInForce, x: FloatArray, wanted: Sequence[str]
    ) -> dict[str, FloatArray]:
        """Run the chain on canonical rows, as far as the wanted outputs need it."""
        return self._here(model, self.space.columns(x), wanted)

    def run_columns(self, columns: Mapping[str, Any], outputs: Sequence[str]) -> Mapping[str, Any]:
        """Run the chain on ``(n,)`` columns as they are, whatever engine their numbers are of."""
        return self._here(self._model, columns, outputs)

    def _here(
        self, model: NumbersInForce, columns: Mapping[str, FloatArray], wanted: Sequence[str]
    ) -> dict[str, FloatArray]:
        return self._chain(model, columns, self.environment, wanted)

    def _chain(
        self,
        model: NumbersInForce,
        columns: Mapping[str, FloatArray],
        environment: Environment,
        wanted: Sequence[str],
    ) -> dict[str, FloatArray]:
        try:
            outputs = chain.evaluate(
                columns,
                assumptions=model.assumptions,
                hardware=model.hardware(columns),
                environment=environment,
                cost_boundary=self.cost_boundary,
                wanted=wanted,
            )
            for name in wanted:
                if np.iscomplexobj(outputs[name]):  # a single negative number to a broken power
                    raise ArithmeticError(f"{name} is no real number")
            return outputs
        except ArithmeticError as error:  # single numbers raise where columns become infinite
            raise SpecError("assumptions", f"{error}: {model.suspects()}") from error

    def warnings(self, x: FloatArray) -> list[str]:
        """Return what a reader must know about one design row."""
        row = self.canonical(np.atleast_2d(x))
        outputs = self.evaluate(row, REMARKED)
        return remarks(self.space, row[0], outputs, self.environment.radiation, self.cost_boundary)
