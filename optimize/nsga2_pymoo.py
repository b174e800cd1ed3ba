"""The array NSGA-II as a pymoo algorithm, for any pymoo problem with bounded variables.

``pymoo.optimize.minimize``, callbacks, terminations, displays, ``ask``/``tell``, ``save_history``
and results go on working; the population is a store of columns, and an ``Individual`` is built only
when one is asked for.

References
----------
Blank, Deb, "pymoo: Multi-Objective Optimization in Python", IEEE Access 8, 2020,
doi:10.1109/ACCESS.2020.2990567.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pymoo.core.algorithm import Algorithm
from pymoo.core.problem import Problem
from pymoo.core.variable import Binary, Choice, Integer
from pymoo.util.display.multi import MultiObjectiveOutput

from optimize.engine.algorithms.nsga2 import ArrayNsga2
from optimize.engine.algorithms.pymoo_columns import VALUES, ColumnEvaluator, Columns, violations
from optimize.evaluation.rows import HashArray, row_hashes
from problems.space import DesignSpace
from problems.spec import Variable
from problems.units import FloatArray, IntArray


def space_of(problem: Problem) -> DesignSpace:
    """Return the variables of a pymoo problem as a design space.

    Real, integer, binary and choice variables are known, declared one by one (``vars``) or by
    bounds with one type for all (``xl``, ``xu``, ``vtype``).

    Raises
    ------
    ValueError
        For a number without finite bounds.

    Examples
    --------
    >>> from pymoo.problems import get_problem
    >>> [v.kind for v in space_of(get_problem("bnh")).variables]
    ['real', 'real']
    """
    declared = getattr(problem, "vars", None)
    if declared is not None:
        return DesignSpace(_declared(str(name), v) for name, v in declared.items())
    if problem.xl is None or problem.xu is None:
        raise ValueError("the problem has no bounds")
    kind = problem.vtype if problem.vtype in (int, bool) else float
    pairs = zip(problem.xl, problem.xu, strict=True)
    return DesignSpace(_number(f"x{i}", a, b, kind is not float) for i, (a, b) in enumerate(pairs))


def _declared(name: str, variable: Any) -> Variable:
    """Return one of pymoo's variable objects in our words; a choice by its position."""
    if isinstance(variable, (Choice, Binary)):
        count = 2 if isinstance(variable, Binary) else len(variable.options)
        labels = tuple(map(str, range(count)))
        return Variable(
            name=name,
            unit="1",
            symbol=name,
            description=name,
            kind="choice",
            default="0",
            choices=labels,
        )
    return _number(name, variable.lb, variable.ub, isinstance(variable, Integer))


def _number(name: str, lower: Any, upper: Any, whole: bool) -> Variable:
    if lower is None or upper is None or not np.isfinite([lower, upper]).all():
        raise ValueError(f"variable '{name}' has no finite bounds")
    kind: Any = "integer" if whole else "real"
    return Variable(
        name=name,
        unit="1",
        symbol=name,
        description=name,
        kind=kind,
        default=float(lower),
        lower=float(lower),
        upper=float(upper),
    )


class PymooNsga2(Algorithm):  # type: ignore[misc]  # pymoo is untyped
    """The array NSGA-II behind pymoo's interface.

    Parameters
    ----------
    pop_size
        Designs per generation.
    differential_share
        Share of offspring by difference vectors; 0 is the textbook NSGA-II.
    crossover_eta, crossover_probability, mutation_eta, mutation_probability
        As in :class:`~optimize.config.run_config.AlgorithmSetting`.
    **settings
        Those of pymoo's ``Algorithm``. With an ``evaluator`` or an ``archive`` of one's own, and
        by ``ask``, offspring are pymoo's ``Population``; else they stay columns.

    Notes
    -----
    A design whose objectives or constraints are not finite counts as infeasible; in pymoo's own
    algorithms it can win.

    Examples
    --------
    >>> from pymoo.optimize import minimize
    >>> from pymoo.problems import get_problem
    >>> result = minimize(get_problem("bnh"), PymooNsga2(pop_size=40), ("n_gen", 20), seed=1)
    >>> result.F.shape[1], bool((result.CV <= 0).all())
    (2, True)
    """

    def __init__(
        self,
        pop_size: int = 100,
        *,
        differential_share: float = 0.4,
        crossover_eta: float = 15.0,
        crossover_probability: float = 0.9,
        mutation_eta: float = 20.0,
        mutation_probability: float | None = None,
        **settings: Any,
    ) -> None:
        settings.setdefault("evaluator", ColumnEvaluator())
        settings.setdefault("output", MultiObjectiveOutput())
        super().__init__(**settings)
        self.pop_size = pop_size
        self.pop: Any = None
        self._options: dict[str, Any] = {
            "differential_share": differential_share,
            "crossover_eta": crossover_eta,
            "crossover_probability": crossover_probability,
            "mutation_eta": mutation_eta,
            "mutation_probability": mutation_probability,
        }

    def _setup(self, problem: Problem, **_: Any) -> None:
        assert self.random_state is not None
        self._space = space_of(problem)
        self._engine = ArrayNsga2(
            self._space,
            self._space.canonical,
            population=self.pop_size,
            fewest_parents=self.pop_size,
            seed=int(self.random_state.integers(2**63 - 1)),
            **self._options,
        )
        self._rows = np.empty((0, len(self._space)))

    def ask(self) -> Any:
        """Return the next designs as pymoo's ``Population``, to be evaluated and told."""
        designs = self.infill()
        return designs.population() if isinstance(designs, Columns) else designs

    # --- pymoo's hooks ---------------------------------------------------------------------------

    def _initialize_infill(self) -> Any:
        return self._infill()

    def _infill(self) -> Any:
        self._rows = self._engine.ask()
        if len(self._rows) == 0:
            return None
        designs = Columns(len(self._rows), X=self._written(self._rows))
        columns = isinstance(self.evaluator, ColumnEvaluator) and self.archive is None
        return designs if columns else designs.population()

    def _initialize_advance(self, infills: Any = None, **kwargs: Any) -> None:
        self.pop = None
        self._advance(infills, **kwargs)

    def _advance(self, infills: Any = None, **_: Any) -> None:
        if infills is None:  # the space holds no new design
            self.termination.terminate()
            return
        if len(infills) != len(self._rows):
            raise ValueError(f"{len(infills)} designs told, {len(self._rows)} were asked")
        columns = {name: infills.get(name) for name in ("X", *VALUES, "n_gen")}
        columns["row_hash"] = row_hashes(self._rows)
        bad = ~np.isfinite(np.hstack([columns[name] for name in VALUES])).all(axis=1)
        g = violations(columns["G"], columns["H"])
        f = np.where(bad[:, None], 0.0, columns["F"])
        g = np.column_stack((np.where(bad[:, None], 0.0, g), np.where(bad, np.inf, 0.0)))
        self._engine.tell(self._rows, f, g)
        self._keep(columns)

    def _keep(self, columns: dict[str, Any]) -> None:
        """Make the population the survivors of the old one and of the designs told."""
        if self.pop is not None:
            columns = {
                name: np.concatenate((self.pop.get(name), columns[name])) for name in columns
            }
        hashes, rank, crowding = self._engine.standing
        where = _positions(columns["row_hash"], hashes)
        columns = {name: column[where] for name, column in columns.items()}
        self.pop = Columns(len(where), **columns, rank=rank, crowding=crowding)

    def _set_optimum(self) -> None:
        if self.pop is None:
            return
        feasible = self.pop.get("feas") & np.isfinite(self.pop.get("F")).all(axis=1)
        if feasible.any():
            self.opt = self.pop[feasible & (self.pop.get("rank") == 0)]
        else:
            self.opt = self.pop[[int(np.argmin(self.pop.get("cv")))]]

    def result(self) -> Any:
        """Return pymoo's result; its populations are pymoo's own kind."""
        result = super().result()
        for name in ("pop", "opt"):
            population = getattr(result, name)
            if isinstance(population, Columns):
                setattr(result, name, population.population())
        return result

    def _written(self, rows: FloatArray) -> Any:
        """Return design rows as the problem wants them: a matrix, or an array of dictionaries."""
        declared = getattr(self.problem, "vars", None)
        if declared is None:
            kind = self.problem.vtype if self.problem.vtype in (int, bool) else np.float64
            return np.ascontiguousarray(rows).astype(kind)
        columns = [_values(v, rows[:, i]) for i, v in enumerate(declared.values())]
        out = np.empty(len(rows), dtype=object)
        out[:] = [dict(zip(declared, row, strict=True)) for row in zip(*columns, strict=True)]
        return out


def _values(variable: Any, column: FloatArray) -> list[Any]:
    """Return one column in the values of pymoo's variable."""
    if isinstance(variable, Choice):
        return [variable.options[int(code)] for code in column]
    if isinstance(variable, Binary):
        return [bool(code) for code in column]
    return [int(value) for value in column] if isinstance(variable, Integer) else column.tolist()


def _positions(hashes: HashArray, wanted: HashArray) -> IntArray:
    """Return where each wanted one stands among distinct ``hashes``."""
    order = np.argsort(hashes)
    return np.asarray(order[np.searchsorted(hashes, wanted, sorter=order)])
