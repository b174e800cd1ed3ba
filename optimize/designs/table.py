"""The front of a run on a terminal: its chosen designs in one plain-text table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from optimize.designs.scores import Chosen, choose
from optimize.utils.labels import number, remarked, sentence, shown, title, words, wrapped
from optimize.utils.terminal import fitted_table
from problems.spec import SpecError, Value, nearest
from problems.units import FloatArray

if TYPE_CHECKING:
    from optimize.run.folder import RunData

SPECIFIC_MASS = "specific_mass_kg_per_kw"
# Outputs worth a line for each chosen design, where the problem has them.
KEY_OUTPUTS = (
    "it_power_w",
    "delivered_pflops_mean",
    "availability",
    "array_power_eol_w",
    "dose_krad",
    "junction_temperature_c",
    "radiation_failure_rate_per_gpu_yr",
    SPECIFIC_MASS,
    "total_cost_usd",
    "launch_cost_usd",
    "cost_per_gpu_hour_usd",
    "cost_ratio_to_ground",
)


def front_column(run: RunData, name: str) -> FloatArray:
    """Return one output of the front; one named like a variable is stored with a prefix.

    A run of an earlier version may lack an output that the model has gained: it is blank.
    """
    column = f"output.{name}" if f"output.{name}" in run.front else name
    if column not in run.front and name in run.problem.outputs:
        return np.full(len(run.front), np.nan)
    return np.asarray(run.front[column].to_numpy(dtype=np.float64, na_value=np.nan))


def chosen_designs(run: RunData) -> tuple[Chosen, ...]:
    """Return the designs of a front worth a look: best in each objective, and the knee."""
    values = np.column_stack([front_column(run, o.output) for o in run.objectives])
    return choose(values, run.objectives, run.problem.outputs)


def titles_as_names(titles: str) -> list[str]:
    """Return what a design may be called on the command line, from what it is best at.

    Examples
    --------
    >>> titles_as_names("cheapest, most reliable")
    ['cheapest', 'most-reliable']
    """
    return [title.replace(" ", "-") for title in titles.split(", ")]


def design_named(run: RunData, name: str) -> str:
    """Return the identity of a member of the front, from it or from what the design is best at.

    Raises
    ------
    SpecError
        For any other name, with those that there are.

    Examples
    --------
    >>> from optimize.run.folder import load_run
    >>> run = load_run("pareto_outputs/reference")
    >>> design_named(run, "cheapest") == run.front["design_id"].iloc[0]
    True
    """
    ids = [str(identity) for identity in run.front["design_id"]]
    named = {t: ids[p.row] for p in chosen_designs(run) for t in titles_as_names(p.title)}
    if name in ids or name in named:
        return named.get(name, name)
    text = f"'{name}' is not on the front of {run.path}, which has {', '.join(named)}"
    raise SpecError("--design", text, nearest(name, [*named, *ids]))


def front_table(run: RunData) -> str:
    """Return the chosen designs as a plain-text table for the end of a run."""
    outputs = run.problem.outputs
    if len(run.front) == 0:
        return "\n".join(["No feasible design.", *nearest_lines(run)]) + "\n"
    names = [o.output for o in run.objectives]
    if SPECIFIC_MASS in outputs and SPECIFIC_MASS not in names:
        names.append(SPECIFIC_MASS)
    choices = [
        run.space.names[i] for i in run.space.free if run.space.variables[i].kind == "choice"
    ]
    header = ["", "design", *(wrapped(title(outputs[name])) for name in names)]
    header += [wrapped(sentence(words(name))) for name in choices]
    rows = []
    for pick in chosen_designs(run):
        cells = [sentence(pick.title), str(run.front["design_id"].iloc[pick.row])]
        cells += [number(float(front_column(run, name)[pick.row])) for name in names]
        cells += [shown_at(run, name, pick.row) for name in choices]
        rows.append(cells)
    lines = fitted_table(header, rows, "l" * 2 + "r" * len(names) + "l" * len(choices))
    return "\n".join(lines) + "\n"


def value_at(run: RunData, name: str, row: int) -> Value | None:
    """Return a variable of one member of the front; None where it has no influence."""
    i = run.space.index[name]
    x = run.front_x[row : row + 1]
    if not run.problem.active(x)[0, i]:
        return None
    return run.space.variables[i].decode(float(x[0, i]))


def shown_at(run: RunData, name: str, row: int) -> str:
    """Return a variable of one member of the front as text, with what to know of a choice."""
    return remarked(run.space[name], value_at(run, name, row))


def violations_text(violations: Mapping[str, float | None]) -> str:
    """Return by how much constraints are missed; None stands for what is no finite number.

    Examples
    --------
    >>> violations_text({"power": 0.25, "dose": None})
    'power by 0.25, dose by an unknown amount'
    """
    return ", ".join(
        f"{name} by {'an unknown amount' if amount is None else f'{amount:.3g}'}"
        for name, amount in violations.items()
    )


def nearest_lines(run: RunData) -> list[str]:
    """Return the least violating design and what stands in its way."""
    least: dict[str, Any] = run.manifest.get("least_violating") or {}
    worst = sorted(
        ((name, v) for name, v in least.get("violations", {}).items() if v is None or v > 0.0),
        key=lambda item: -(math.inf if item[1] is None else item[1]),
    )
    lines = [f"The least violating design is {least['design_id']}."] if "design_id" in least else []
    values = {name: v for name, v in (least.get("variables") or {}).items() if v is not None}
    if values:
        known = run.space.index
        texts = [
            f"`{name}` {shown(v, run.space[name].unit) if name in known else v}"
            for name, v in values.items()
        ]
        lines += ["", f"It has {', '.join(texts)}."]
    lines += [""] * bool(worst)
    return lines + [
        f"- `{name}` is missed by {'an unknown amount' if v is None else f'{100.0 * v:.1f} %'}"
        for name, v in worst
    ]
