"""``heliofront compare --grounds``: one satellite against every ground it may compete with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from optimize.analysis.scenarios.results import common_task
from optimize.designs.best.design import Best, best_design
from optimize.utils.answer import deliver
from optimize.utils.files import make_folder, storage_error, to_json, write_text_atomic
from optimize.utils.labels import number
from optimize.utils.terminal import fitted_table
from problems.compute_satellite.grounds import Ground, grounds
from problems.registry import load_problem
from problems.space import Problem
from problems.spec import SpecError, unknown

#: The ground of the tables, which every other one changes.
TABULATED = "tabulated"
_SCENARIO = "2030"
_BOUNDARIES = ("full", "no_chips", "launch_only")


@dataclass(frozen=True, slots=True)
class AgainstGround:
    """A satellite against the cheapest accelerator on one ground, by cost boundary."""

    ground: str
    chip: str
    ground_usd: Mapping[str, float]
    orbit_usd: Mapping[str, float]
    numbers: tuple[Mapping[str, Any], ...]

    def ratio(self, boundary: str) -> float:
        """Return cost in orbit over cost on the ground."""
        return self.orbit_usd[boundary] / self.ground_usd[boundary]

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as plain values."""
        return {
            "ground": self.ground,
            "gpu_model": self.chip,
            "ground_cost_per_exaflop_usd": dict(self.ground_usd),
            "cost_per_exaflop_usd": dict(self.orbit_usd),
            "cost_ratio_to_ground": {name: self.ratio(name) for name in _BOUNDARIES},
            "assumptions": [dict(row) for row in self.numbers],
        }


def compare_grounds(
    names: Sequence[str], *, evaluations: int, seed: int, out: Path | None = None, as_json: bool
) -> int:
    """Compare the cheapest satellite of 2030 with grounds; print a table or JSON.

    Both are written to ``out`` as well.

    Raises
    ------
    SpecError
        For an unknown ground, or one named twice.
    """
    known = grounds()
    for at, name in enumerate(names):
        if name not in known:
            raise SpecError("--grounds", *unknown(f"unknown ground '{name}'", name, known))
        if name in names[:at]:
            raise SpecError("--grounds", f"'{name}' is named twice")
    problem, study = common_task(_SCENARIO, "full")
    best = best_design(problem, study, "cost_per_exaflop_usd", evaluations=evaluations, seed=seed)
    chosen = [known[name] for name in names or known]
    results = [against(best, None), *(against(best, ground) for ground in chosen)]
    document = {
        "scenario": _SCENARIO,
        "evaluations": evaluations,
        "seed": seed,
        "grounds": [result.to_json() for result in results],
    }
    files = _write(out, to_json(document), _text(results)) if out is not None else []
    deliver(document, lambda: "\n".join([_text(results), *map(str, files)]), as_json=as_json)
    return 0


def _write(folder: Path, document: str, text: str) -> list[Path]:
    data, table = folder / "grounds.json", folder / "grounds.txt"
    try:
        make_folder(folder)
        write_text_atomic(data, document)
        write_text_atomic(table, f"{text}\n")
    except OSError as error:
        raise storage_error(error, folder) from None
    return [data, table]


def against(best: Best, ground: Ground | None) -> AgainstGround:
    """Return the satellite against the accelerator that is cheapest on a ground.

    Parameters
    ----------
    best
        The satellite; what the ground costs does not change it.
    ground
        Overrides of the ground; None for the ground of the tables.
    """
    overrides = dict(ground.overrides) if ground else {}
    problem: Problem = load_problem(scenario=_SCENARIO, assumptions=overrides)
    at, variable = problem.space.index["gpu_model"], problem.space["gpu_model"]
    rows = np.tile(best.x, (len(variable.codes), 1))
    rows[:, at] = variable.codes
    costs = problem.evaluate(rows)
    cheapest = int(np.argmin(costs["ground_cost_per_exaflop_full_usd"]))
    own = problem.evaluate(best.x[None])
    return AgainstGround(
        ground.name if ground else TABULATED,
        str(variable.choices[variable.codes[cheapest]]),
        {b: float(costs[f"ground_cost_per_exaflop_{b}_usd"][cheapest]) for b in _BOUNDARIES},
        {b: float(own[f"cost_per_exaflop_{b}_usd"][0]) for b in _BOUNDARIES},
        _numbers(ground),
    )


def _numbers(ground: Ground | None) -> tuple[Mapping[str, Any], ...]:
    if ground is None:
        return ()
    return tuple(
        {
            "key": key,
            "value": value,
            "source": ground.reasons[key].source,
            "locator": ground.reasons[key].locator,
            "reason": ground.reasons[key].reason,
        }
        for key, value in ground.overrides.items()
    )


def _text(results: Sequence[AgainstGround]) -> str:
    header = ("ground", "its chip", "USD/EFLOP", "orbit over it", "without chips", "launch only")
    rows = [
        (
            result.ground,
            result.chip,
            number(result.ground_usd["full"], 3),
            *(number(result.ratio(boundary), 3) for boundary in _BOUNDARIES),
        )
        for result in results
    ]
    lines = [
        f"The cheapest satellite of 100 to 150 kW in {_SCENARIO} "
        f"({number(results[0].orbit_usd['full'], 3)} USD/EFLOP) against every ground",
        "",
        *fitted_table(header, rows, "llrrrr"),
        "",
        "What each ground changes:",
    ]
    for result in results[1:]:
        lines += [f"  {result.ground}"]
        lines += [
            f"    {row['key']} = {number(row['value'], 4)} ({row['source']}): {row['reason']}"
            for row in result.numbers
        ]
    return "\n".join(lines)
