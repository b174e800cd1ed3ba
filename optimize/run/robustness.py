"""The price of robustness: what a front found at nominal numbers is worth over the futures.

After a robust search the nominal problem is searched with the same number of designs. Both fronts
are then judged in the same futures, and at nominal numbers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import moocore
import numpy as np

from optimize.config.run_config import RunConfig
from optimize.engine.indicators import hypervolume
from optimize.engine.search import Search
from optimize.evaluation.robust import (
    FEASIBLE,
    RobustProblem,
    futures_last,
    held_in,
    robust_problem,
    under,
)
from optimize.evaluation.tables import Layout, write_parquet
from optimize.run.final import Final, final_front
from problems.space import constraint_matrix, objective_matrix
from problems.spec import Objective
from problems.units import BoolArray, FloatArray

#: Table of a robust run: what the nominal problem would have chosen.
NOMINAL_FRONT = "nominal_front.parquet"
_MEMBERS = 200  # of each front that meet each other in every future
_FUTURES = 1024  # in which they do


def robustness(
    folder: Path,
    search: Search,
    config: RunConfig,
    final: Final,
    *,
    whole: bool,
    stopped: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Return the manifest entry of a robust run.

    Parameters
    ----------
    folder
        The run folder; it gets the front of the nominal problem, with its risk measures.
    search
        The robust search at its end; its problem is a
        :class:`~optimize.evaluation.robust.RobustProblem`.
    config, final
        Of the run.
    whole
        False for an interrupted run: the nominal search is left out.
    stopped
        Asked between generations of the nominal search; when true, it is left out as well.
    """
    problem = robust_problem(search.layout.problem)
    assert problem is not None
    count = problem.futures.count
    entry: dict[str, Any] = {
        "futures": count,
        "uncertain_numbers": len(problem.drawn),
        "model_evaluations": search.evaluations * count,
        "risk": {o.output: problem.setting.risk_of(o.output) for o in problem.nominal_objectives},
        "reliability": {
            c.name: problem.setting.reliability_of(c.name) for c in problem.nominal_constraints
        },
    }
    nominal = nominal_front(search, config, stopped) if whole else None
    if nominal is not None:
        table = search.layout.table(nominal, search.layout.problem.evaluate(nominal))
        write_parquet(folder / NOMINAL_FRONT, table)
        entry |= compared(problem, search.layout, nominal, final.x)
    return entry


def nominal_front(
    search: Search, config: RunConfig, stopped: Callable[[], bool]
) -> FloatArray | None:
    """Search the nominal problem for as many generations; None when stopped on the way."""
    layout = search.layout
    problem = robust_problem(layout.problem)
    assert problem is not None
    plain = Layout(
        problem.nominal, layout.space, _boxed(problem, layout), problem.nominal_constraints
    )
    output = config.output.model_copy(update={"evaluations": False})
    nominal_config = config.model_copy(update={"uncertainty": None, "output": output})
    nominal_search = Search(nominal_config, plain)
    while nominal_search.generation < search.generation:
        if stopped():
            return None
        if not nominal_search.step():
            break
    final = final_front(nominal_search, nominal_config, whole=True, stopped=stopped)
    return None if stopped() else final.x


def _boxed(problem: RobustProblem, layout: Layout) -> tuple[Objective, ...]:
    """Return the nominal objectives in the box of their risk measures."""
    return tuple(
        dataclasses.replace(boxed, output=o.output)
        for o, boxed in zip(problem.nominal_objectives, layout.objectives, strict=True)
    )


def compared(
    problem: RobustProblem, layout: Layout, nominal_x: FloatArray, robust_x: FloatArray
) -> dict[str, Any]:
    """Return both fronts judged over the futures and at nominal numbers.

    Parameters
    ----------
    problem, layout
        Of the robust search.
    nominal_x, robust_x
        ``(n, n_var)`` designs of the two fronts.
    """
    fronts = {"nominal": nominal_x, "robust": robust_x}
    boxed = _boxed(problem, layout)
    judged = {name: _Judged.of(problem, layout, x) for name, x in fronts.items()}
    lost = _lost(problem, {name: x[judged[name].sound] for name, x in fronts.items()})
    for name, front in judged.items():  # a design without a result is lost in every future
        lost[name] = 1.0 - _mean(front.sound) * (1.0 - lost[name])
    sides = {
        name: {
            "designs": len(front.risk),
            "reliable_share": _mean(front.reliable),
            "probability_feasible": _spread(front.probability),
            "mean_probability_infeasible": _mean(1.0 - front.probability),
            "mean_probability_infeasible_or_dominated": lost[name],
            "hypervolume_risk": hypervolume(front.risk[front.reliable], layout.objectives),
            "hypervolume_nominal": hypervolume(front.plain[front.feasible], boxed),
            "best_risk": _best(front.risk[front.reliable], layout.objectives),
            "best_nominal": _best(front.plain[front.feasible], boxed),
        }
        for name, front in judged.items()
    }
    nominal, robust = judged["nominal"], judged["robust"]
    return {
        "fronts": sides,
        "nominal_dominated_share": _mean(_dominated(nominal.risk, robust.risk)),
        "price": _price(nominal, robust, boxed),
    }


@dataclasses.dataclass(frozen=True)
class _Judged:
    """A front at nominal numbers and over the futures; objectives are minimised."""

    plain: FloatArray
    risk: FloatArray
    feasible: BoolArray
    reliable: BoolArray
    probability: FloatArray
    sound: BoolArray  # the model has a result in every future

    @classmethod
    def of(cls, problem: RobustProblem, layout: Layout, x: FloatArray) -> _Judged:
        names = [*problem.used, *layout.searched, FEASIBLE]
        outputs = layout.problem.evaluate(x, names)
        return cls(
            plain=objective_matrix(outputs, problem.nominal_objectives),
            risk=objective_matrix(outputs, layout.objectives),
            feasible=np.all(constraint_matrix(outputs, problem.nominal_constraints) <= 0.0, axis=1),
            reliable=np.all(constraint_matrix(outputs, layout.constraints) <= 0.0, axis=1),
            probability=np.nan_to_num(outputs[FEASIBLE], nan=0.0),
            sound=np.isfinite(outputs[FEASIBLE]),
        )


def _lost(problem: RobustProblem, fronts: Mapping[str, FloatArray]) -> dict[str, float]:
    """Return how often a member of each front is infeasible or beaten by another of either front.

    Members meet in every future; the mean is over members and futures.
    """
    members = {name: _members(x) for name, x in fronts.items()}
    if not any(map(len, members.values())):
        return dict.fromkeys(members, 0.0)
    values = {key: column[:_FUTURES] for key, column in problem.values.items()}
    futures = under(problem.nominal, values)
    holds, losses = [], []
    for _, block in futures.blocks(np.concatenate(list(members.values())), problem.used):
        outputs = {name: futures_last(value) for name, value in block.items()}
        shape = (len(next(iter(outputs.values()))), futures.count)
        holds.append(np.broadcast_to(held_in(problem.nominal_constraints, outputs), shape))
        signed = [
            outputs[o.output] * (1.0 if o.sense == "min" else -1.0)
            for o in problem.nominal_objectives
        ]
        losses.append(np.stack([np.broadcast_to(value, shape) for value in signed], axis=-1))
    survives = _survive(np.concatenate(losses), np.concatenate(holds))
    split = np.split(survives, np.cumsum([len(x) for x in members.values()])[:-1])
    return {name: _mean(~part) for name, part in zip(members, split, strict=True)}


def _members(x: FloatArray) -> FloatArray:
    """Return at most :data:`_MEMBERS` designs, spread over the front."""
    if len(x) <= _MEMBERS:
        return x
    rows = np.linspace(0, len(x) - 1, _MEMBERS).round().astype(np.intp)
    return np.asarray(x[rows])


def _survive(loss: FloatArray, holds: BoolArray) -> BoolArray:
    """Return ``(n, m)``: in which futures a design is feasible, dominated by no feasible one."""
    survives = np.zeros(holds.shape, dtype=np.bool_)
    for future in range(holds.shape[1]):
        rows = np.flatnonzero(holds[:, future] & np.isfinite(loss[:, future]).all(axis=1))
        if len(rows):
            front = moocore.is_nondominated(loss[rows, future], keep_weakly=True)
            survives[rows[np.asarray(front, dtype=np.bool_)], future] = True
    return survives


def _dominated(loss: FloatArray, by: FloatArray) -> BoolArray:
    """Return which rows of ``loss`` some row of ``by`` betters in something and equals in all."""
    dominated = np.zeros(len(loss), dtype=np.bool_)
    for row, point in enumerate(loss):
        dominated[row] = bool(((by <= point).all(axis=1) & (by < point).any(axis=1)).any())
    return dominated


def _price(
    nominal: _Judged, robust: _Judged, objectives: tuple[Objective, ...]
) -> dict[str, dict[str, float] | None]:
    """Return, by objective, what robust designs give up at nominal numbers.

    Each robust design is held to the best nominal one that is no worse in every other objective.
    """
    prices: dict[str, dict[str, float] | None] = {}
    front = nominal.plain[nominal.feasible]
    for k, objective in enumerate(objectives):
        others = [i for i in range(len(objectives)) if i != k]
        ratios = []
        for point in robust.plain:
            rivals = front[(front[:, others] <= point[others]).all(axis=1), k]
            if len(rivals) and rivals.min() != 0.0:
                ratios.append(point[k] / rivals.min())
        prices[objective.output] = _spread(np.array(ratios)) if ratios else None
    return prices


def _mean(values: Any) -> float:
    return float(np.mean(values)) if np.size(values) else 0.0


def _spread(values: FloatArray) -> dict[str, float]:
    if not values.size:
        return {}
    low, middle, high = np.min(values), np.median(values), np.max(values)
    return {"lowest": float(low), "median": float(middle), "highest": float(high)}


def _best(f: FloatArray, objectives: tuple[Objective, ...]) -> dict[str, float | None]:
    """Return the best of each objective with its natural sign."""
    return {
        o.output: float(f[:, k].min()) * (1.0 if o.sense == "min" else -1.0) if len(f) else None
        for k, o in enumerate(objectives)
    }
