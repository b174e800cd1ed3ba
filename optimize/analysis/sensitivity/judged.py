"""Designs under study: one of a configuration, some of a run, or a whole front."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from optimize.config.run_config import RunConfig
from optimize.designs.table import titles_as_names
from optimize.evaluation.rows import design_ids
from optimize.utils.files import RunFolderError
from problems.space import Problem, violation
from problems.spec import Constraint, Objective, Sense, SpecError, nearest, unknown
from problems.units import BoolArray, FloatArray

Columns = dict[str, FloatArray]

NO_DESIGN = 3  # exit code
KNEE = "knee"  # as in optimize.designs.scores.choose


@dataclass(frozen=True)
class Judged:
    """Designs and what is needed to evaluate them under futures.

    ``title`` names the whole, ``titles`` the designs (what each is best at, or its identity).
    """

    title: str
    config: RunConfig
    problem: Problem
    objectives: tuple[Objective, ...]
    constraints: tuple[Constraint, ...]
    x: FloatArray
    ids: tuple[str, ...]
    titles: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of the configuration."""
        return self.config.name

    def only(self, rows: Sequence[int], title: str) -> Judged:
        """Return some of the designs."""
        picked = [int(row) for row in rows]
        return replace(
            self,
            title=title,
            x=self.x[picked],
            ids=tuple(self.ids[row] for row in picked),
            titles=tuple(self.titles[row] for row in picked),
        )

    def values(self, futures: Mapping[str, FloatArray], names: Sequence[str]) -> Columns:
        """Return ``(m, n)`` outputs by name in given futures.

        Raises
        ------
        SpecError
            When the problem cannot be evaluated under futures.
        """
        from optimize.evaluation.robust import under

        with np.errstate(all="ignore"):  # at the far ends of a distribution a model may overflow
            outputs = under(self.problem, futures).evaluate(self.x, tuple(dict.fromkeys(names)))
        return {name: np.asarray(column) for name, column in outputs.items()}

    def outcomes(
        self, futures: Mapping[str, FloatArray], names: Sequence[str]
    ) -> tuple[Columns, BoolArray]:
        """Return ``(m, n)`` outputs, and by constraint whether it holds, ``(c, m, n)``."""
        limited = [constraint.output for constraint in self.constraints]
        values = self.values(futures, [*names, *limited])
        shape = np.shape(next(iter(values.values())))
        held: BoolArray = np.ones((len(self.constraints), *shape), dtype=np.bool_)
        for i, constraint in enumerate(self.constraints):
            held[i] = violation(constraint, values[constraint.output]) <= 0.0
        return values, held


@dataclass(frozen=True, slots=True)
class Limits:
    """How often limits hold over the futures.

    ``feasible_frac`` ``(n,)`` is the share in which a design holds all of them; ``broken_frac`` by
    constraint the share of futures and designs in which it is broken, largest first.
    """

    feasible_frac: FloatArray
    broken_frac: Mapping[str, float]

    def text(self) -> str:
        """Return which constraints are broken most often.

        Examples
        --------
        >>> Limits(np.array([0.5]), {"power": 0.5, "heat": 0.0}).text()
        'broken most often: power (50 %)'
        """
        worst = [f"{k} ({100.0 * v:.0f} %)" for k, v in self.broken_frac.items() if v >= 0.005]
        return f"broken most often: {', '.join(worst[:3])}" if worst else "none is ever broken"


def limits_of(judged: Judged, held: BoolArray) -> Limits:
    """Return how often limits hold, from :meth:`Judged.outcomes`."""
    broken = [1.0 - float(part.mean()) for part in held]
    names = [constraint.name for constraint in judged.constraints]
    ordered = sorted(zip(names, broken, strict=True), key=lambda pair: -pair[1])
    return Limits(held.all(axis=0).mean(axis=0), dict(ordered))


def is_run(path: str | Path) -> bool:
    """Tell whether a path is meant as a run folder rather than a configuration."""
    return Path(path).is_dir()


def configured(path: str, overrides: Sequence[str]) -> Judged:
    """Return the design that ``heliofront evaluate`` shows.

    Raises
    ------
    ConfigError
        For a fault of the configuration or of an override.
    """
    from optimize.designs.configured import configured_design

    config, study, problem, row = configured_design(path, overrides)
    x = problem.canonical(row[None, :], problem.space)
    ids = tuple(design_ids(x, problem))
    return Judged(
        f"the design of {Path(path).name}",
        config,
        problem,
        study.objectives,
        study.constraints,
        x,
        ids,
        ids,
    )


def front_of(path: str | Path) -> tuple[Judged, tuple[int, ...]]:
    """Return the front of a run and the rows of its chosen designs, by the first objective.

    Raises
    ------
    RunFolderError
        When it is no run folder, or its front is empty (exit code 3).
    """
    from optimize.designs.table import chosen_designs
    from optimize.evaluation.robust import robust_problem
    from optimize.run.folder import load_run

    run = load_run(path)
    if len(run.front) == 0:
        raise RunFolderError(f"{path} has no feasible design to judge", NO_DESIGN)
    ids = tuple(str(identity) for identity in run.front["design_id"])
    titles, chosen = list(ids), chosen_designs(run)
    for pick in chosen:
        titles[pick.row] = pick.title
    problem, objectives, constraints = run.problem, run.objectives, run.constraints
    robust = robust_problem(problem)
    if robust is not None:  # futures are judged one by one here, not by their risk
        objectives, constraints = robust.nominal_objectives, robust.nominal_constraints
        problem = robust.nominal
    front = Judged(
        f"the front of {run.config.name}",
        run.config,
        problem,
        objectives,
        constraints,
        run.front_x,
        ids,
        tuple(titles),
    )
    return front, tuple(pick.row for pick in chosen)


def knee_of(front: Judged, chosen: Sequence[int]) -> int:
    """Return the row of the knee among the chosen rows; the first of them when there is none."""
    named = (row for row in chosen if KNEE in front.titles[row].split(", "))
    return next(named, chosen[0])


def row_of(front: Judged, identity: str) -> int:
    """Return the row of a design by its identity, or by what it is best at.

    Raises
    ------
    SpecError
        For a design that is not on the front, with the nearest that is.
    """
    named = [titles_as_names(title) for title in front.titles]
    for row, names in enumerate(named):
        if identity in names:
            return row
    if identity not in front.ids:
        names = [name for row in named for name in row if name not in front.ids]
        text = f"'{identity}' is not on the front, which has {', '.join(names)}"
        raise SpecError("--design", text, nearest(identity, [*names, *front.ids]))
    return front.ids.index(identity)


def spread_rows(count: int, most: int, always: Sequence[int] = ()) -> list[int]:
    """Return at most ``most`` of ``count`` rows, evenly spaced, with some ``always`` among them.

    Examples
    --------
    >>> spread_rows(100, 5, always=(7,))
    [0, 7, 25, 50, 74, 99]
    """
    even = np.linspace(0, count - 1, min(count, most)).round().astype(int)
    return sorted({*even.tolist(), *always})


def known_outputs(judged: Judged, names: Sequence[str]) -> tuple[str, ...]:
    """Return the outputs asked for; the objectives when none is.

    Raises
    ------
    SpecError
        For an unknown output, with the nearest one.
    """
    declared = judged.problem.outputs
    for name in names:
        if name not in declared:
            raise SpecError("--output", *unknown(f"unknown output '{name}'", name, declared))
    objectives = [objective.output for objective in judged.objectives]
    return tuple(dict.fromkeys(names or objectives))


def sense_of(judged: Judged, output: str) -> Sense | None:
    """Return whether small or large is good, as an objective declares; None for other outputs."""
    declared = (*judged.problem.objectives, *judged.objectives)
    return {o.output: o.sense for o in declared}.get(output)
