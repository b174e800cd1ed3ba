"""Everything that the drawings of single designs need, as plain numbers.

One dictionary per design: the satellite to scale, mass tree, cost waterfall, flows of power and
heat, dose behind the shield, orbit, key numbers and margins. The explorer, the figures and the
report draw from it. A part that a problem has no outputs for is None.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from optimize.designs.flows import NEEDED, heat_flow, power_flow
from optimize.designs.geometry import satellite_geometry, short
from optimize.designs.orbits import ORBIT, orbit_sketch
from optimize.designs.table import KEY_OUTPUTS, chosen_designs
from optimize.evaluation.robust import nominal_problem
from optimize.utils.labels import item_label, pretty_unit, sentence, shown, words
from problems.space import Problem, constraint_matrix
from problems.spec import Breakdown, Constraint
from problems.units import (
    BoolArray,
    FloatArray,
)

if TYPE_CHECKING:
    from optimize.evaluation.tables import Layout
    from optimize.run.folder import RunData

#: Depths of the dose curve: the range of the radiation table [mm of aluminium].
DEPTHS_MM = tuple(float(f"{depth:.4g}") for depth in np.geomspace(0.5, 50.0, 15))
_DOSES = ("dose_krad", "belt_dose_krad", "solar_dose_krad", "gcr_dose_krad")
_OTHERS = ("dose_utilisation", "bay_volume_m3", "bay_surface_m2")

Columns = Mapping[str, FloatArray]


def design_details(run: RunData, rows: Sequence[int]) -> list[dict[str, Any]]:
    """Return what the drawings of front members need.

    Parameters
    ----------
    run
        A run with a front.
    rows
        Positions on the front, in the order wanted.

    Returns
    -------
    list of dict
        Plain values, ready for JSON: ``id``, ``title``, ``variables``, ``numbers``, ``margins``,
        ``breakdowns``, ``geometry``, ``power``, ``heat``, ``dose``, ``orbit``.
    """
    if not len(rows):
        return []
    titles = {pick.row: pick.title for pick in chosen_designs(run)}
    ids = [str(run.front["design_id"].iloc[row]) for row in rows]
    problem = nominal_problem(run.problem)
    x = np.asarray(run.front_x[list(rows)])
    details = details_of(run, problem, x, problem.evaluate(x))
    for detail, row, name in zip(details, rows, ids, strict=True):
        detail["id"], detail["title"] = name, sentence(titles.get(row, ""))
    return details


def details_of(
    run: RunData | Layout, problem: Problem, x: FloatArray, out: Columns
) -> list[dict[str, Any]]:
    """Return what the drawings of any ``(n, n_var)`` designs need, their names left out.

    ``out`` has all outputs of the designs, as :meth:`problems.space.Problem.evaluate` gives them.
    """
    active = problem.active(x)
    named = {name: x[:, i] for i, name in enumerate(problem.space.names)}
    assumptions = problem.assumptions
    dose = _dose_curves(problem, x, out)
    searched = all(c.output in out for c in run.constraints)  # not those of a robust run
    constraints = tuple(run.constraints if searched else problem.constraints)
    excess = constraint_matrix(out, constraints)
    known_rows, details = _finite(out), []
    for row in range(len(x)):
        outputs = {name: float(values[row]) for name, values in out.items()}
        variables = {name: float(values[row]) for name, values in named.items()}
        details.append(
            {
                "variables": _variables(problem, x[row], active[row]),
                "numbers": _numbers(run, problem, outputs),
                "margins": _margins(problem, constraints, outputs, excess[row]),
                "breakdowns": _breakdowns(problem, outputs),
                **dict.fromkeys(("geometry", "power", "heat", "dose", "orbit")),
            }
        )
        if known_rows[row]:
            details[-1] |= {
                "geometry": _geometry(problem, variables, outputs, assumptions),
                **_flows(problem, variables, outputs, assumptions),
                "dose": dose[row] if dose else None,
                "orbit": orbit_sketch(variables, outputs),
            }
    return details


def _finite(out: Columns) -> BoolArray:
    """Return the rows in which everything that is drawn has a number."""
    drawn = [out[n] for n in (*NEEDED, *ORBIT, *_DOSES, *_OTHERS) if n in out]
    return np.asarray(np.isfinite(drawn or [next(iter(out.values()))]).all(axis=0))


def _variables(problem: Problem, x: FloatArray, active: FloatArray) -> list[list[str]]:
    """Return names, values and units of the variables that matter."""
    return [
        [_label(v.name, v.unit), shown(v.decode(float(value)), v.unit), _unit(v.unit)]
        for v, value, matters in zip(problem.space.variables, x, active, strict=True)
        if matters
    ]


@cache
def _label(name: str, unit: str) -> str:
    return sentence(words(name, unit))


@cache
def _item(breakdown: Breakdown, name: str) -> str:
    return item_label(breakdown, name)


@cache
def _unit(unit: str) -> str:
    return "" if unit == "1" else pretty_unit(unit)


def _numbers(run: RunData | Layout, problem: Problem, out: Mapping[str, float]) -> list[list[Any]]:
    """Return label, value and unit of the objectives and the other key outputs."""
    wanted = [o.output.removeprefix("robust.") for o in run.objectives]
    declared = problem.outputs
    return [
        [_label(name, declared[name].unit), short(out[name]), _unit(declared[name].unit)]
        for name in dict.fromkeys((*wanted, *KEY_OUTPUTS))
        if name in declared and math.isfinite(out[name])
    ]


def _margins(
    problem: Problem,
    constraints: Sequence[Constraint],
    out: Mapping[str, float],
    excess: FloatArray,
) -> list[list[Any]]:
    """Return name, value, limit, unit and margin (share of the limit or scale) by constraint."""
    return [
        [
            _label(c.name, problem.outputs[c.output].unit),
            short(out[c.output]),
            c.upper if c.upper is not None else c.lower,
            _unit(problem.outputs[c.output].unit),
            short(-float(over)) + 0.0,
        ]
        for c, over in zip(constraints, excess, strict=True)
        if math.isfinite(over)
    ]


def _breakdowns(problem: Problem, out: Mapping[str, float]) -> list[dict[str, Any]]:
    return [
        {
            "name": b.name,
            "title": b.title,
            "unit": pretty_unit(b.unit),
            "total": short(out[b.total]),
            "items": [
                [_item(b, name), short(out[name])]
                for name in b.items
                if out[name] != 0.0 and math.isfinite(out[name])
            ],
        }
        for b in problem.breakdowns
        if math.isfinite(out[b.total])
    ]


def _decoded(problem: Problem, name: str, variables: Mapping[str, float]) -> str:
    return str(problem.space.variables[problem.space.index[name]].decode(variables[name]))


def _geometry(
    problem: Problem, variables: Mapping[str, float], out: Mapping[str, float], known: Any
) -> dict[str, Any] | None:
    if "bay_volume_m3" not in out or "mass.drag_area_bus_factor" not in known:
        return None
    return satellite_geometry(
        array_area_m2=variables["array_area_m2"],
        radiator_area_m2=variables["radiator_area_m2"],
        bay_volume_m3=out["bay_volume_m3"],
        body_face_m2=out["bay_surface_m2"] / 6.0 * known["mass.drag_area_bus_factor"],
        shield_mm=variables["shield_mm"],
        starship_volume_m3=known["catalog.launchers.starship.fairing_volume_m3"],
    )


def _flows(
    problem: Problem, variables: Mapping[str, float], out: Mapping[str, float], known: Any
) -> dict[str, Any]:
    if not all(name in out for name in NEEDED) or "radiator_type" not in variables:
        return {"power": None, "heat": None}
    coating = f"catalog.radiators.{_decoded(problem, 'radiator_type', variables)}"
    return {
        "power": power_flow(out),
        "heat": heat_flow(
            out,
            radiator_area_m2=variables["radiator_area_m2"],
            emissivity=known[f"{coating}.emissivity_eol"],
            absorptance=known[f"{coating}.absorptance_eol"]
            * known["thermal.new_absorptance_share"],
        ),
    }


def _dose_curves(problem: Problem, x: FloatArray, out: Columns) -> list[dict[str, Any]] | None:
    """Return dose over shield for each design: the model asked again with other shields."""
    if not all(name in problem.outputs for name in (*_DOSES, "dose_utilisation")):
        return None
    column = problem.space.index["shield_mm"]
    shield_mm = x[:, column]
    depths = np.sort(
        np.column_stack([np.tile(DEPTHS_MM, (len(x), 1)), shield_mm]), axis=1
    )  # (n, depths and the design's own)
    varied = np.repeat(x, depths.shape[1], axis=0)
    varied[:, column] = depths.ravel()
    doses = {
        name: values.reshape(depths.shape)
        for name, values in problem.evaluate(varied, list(_DOSES)).items()
    }
    limit_krad = out["dose_krad"] / out["dose_utilisation"]
    return [
        {
            "depth_mm": [short(v) for v in depths[row]],
            **{name: [float(f"{v:.4g}") for v in doses[name][row]] for name in _DOSES},
            "shield_mm": short(float(shield_mm[row])),
            "own_krad": short(float(out["dose_krad"][row])),
            "limit_krad": short(float(limit_krad[row])),
        }
        for row in range(len(x))
    ]
