"""A region of the objectives, as the page asks for it, as the configuration of a search in it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from optimize.config.faults import ConfigError, Source
from optimize.config.run_config import RunConfig, build_config
from optimize.config.study import Study, study_of
from optimize.engine.indicators import normalised
from optimize.evaluation.tables import Layout
from problems.space import objective_matrix
from problems.spec import Objective, SpecError, Variable, unknown
from problems.units import FloatArray

_KEYS = ("limits", "variables", "hope")
#: Designs of one generation, and generations at most; the time ends most searches before.
POPULATION, GENERATIONS = 200, 2000
#: By how much a region around a hoped-for point reaches beyond its nearest design, of the box.
_REACH = 0.04
_OFF = {"evaluations": False, "figures": False, "explorer": False}

Bounds = tuple[float | None, float | None]


def region_config(
    config: RunConfig, layout: Layout, front: Mapping[str, FloatArray], request: object
) -> tuple[RunConfig, Study]:
    """Return the configuration of a search inside a region, and its study.

    Parameters
    ----------
    config, layout
        Of the run whose front is looked at.
    front
        Its outputs, ``(n,)`` each.
    request
        ``{"limits": {output: [low, high]}, "variables": {name: [low, high] or [choice, ...]},
        "hope": {objective: value}}``; a bound that is null is none, what is left out is as in the
        run. A hope becomes the smallest box around it, equally wide in every objective, that
        holds a design of the front.

    Raises
    ------
    SpecError
        For an unknown name, a bound that is no number, or a region without room.
    """
    limits, variables, hope = _parts(request)
    constraints = {name: _bounds(name, pair) for name, pair in limits.items()}
    for name, bounds in _box_around(hope, layout.objectives, front).items():
        constraints[name] = _both(name, bounds, constraints.get(name, (None, None)))
    data = config.resolved()
    data["name"] = f"{config.name}-here"
    data["constraints"] |= {n: _limit(n, bounds, layout) for n, bounds in constraints.items()}
    data["variables"] |= {n: _setting(n, value, layout) for n, value in variables.items()}
    data["algorithm"] = {
        "name": "nsga2",
        "population": POPULATION,
        "generations": GENERATIONS,
        "seed": config.algorithm.seed,
    }
    data["output"] = _OFF
    try:
        narrowed = build_config(Source("region", data))
        return narrowed, study_of(narrowed, layout.problem)
    except ConfigError as error:
        fault = error.faults[0]
        raise SpecError(str(fault.location[1]), fault.message, fault.suggestion) from None


def _parts(request: object) -> list[dict[str, Any]]:
    if not isinstance(request, dict):
        raise SpecError("region", "expected an object")
    for key in request:
        if key not in _KEYS:
            raise SpecError(str(key)[:80], *unknown("unknown key", str(key)[:80], _KEYS))
    parts = [request.get(key, {}) for key in _KEYS]
    for key, part in zip(_KEYS, parts, strict=True):
        if not isinstance(part, dict):
            raise SpecError(key, "expected an object of names and values")
    return parts


def _bounds(name: str, pair: object) -> Bounds:
    """Return two bounds, each a finite number or none."""
    if not isinstance(pair, list) or len(pair) != 2:
        raise SpecError(name[:80], "expected two bounds, [low, high]")
    for value in pair:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if value is not None and not (is_number and math.isfinite(value)):
            raise SpecError(name[:80], "a bound is a number, or null for none")
    low, high = pair
    return _both(name, (low, high), (None, None))


def _both(name: str, first: Bounds, second: Bounds) -> Bounds:
    """Return the bounds that hold where both pairs do; there must be room between them."""
    lows = [pair[0] for pair in (first, second) if pair[0] is not None]
    highs = [pair[1] for pair in (first, second) if pair[1] is not None]
    low, high = max(lows, default=None), min(highs, default=None)
    if low is not None and high is not None and low > high:
        text = f"the region is empty: at least {low:g} and at most {high:g}"
        raise SpecError(name[:80], text)
    return low, high


def _limit(name: str, bounds: Bounds, layout: Layout) -> dict[str, float]:
    """Return the setting of a constraint: the bounds, and those the run has anyway."""
    if name not in layout.problem.outputs:
        known = layout.problem.outputs
        raise SpecError(name[:80], *unknown("unknown output", name[:80], known))
    own = next((c for c in layout.constraints if c.name == name), None)
    low, high = _both(name, bounds, (own.lower, own.upper) if own else (None, None))
    pair = {"lower": low, "upper": high}
    return {key: value for key, value in pair.items() if value is not None}


def _setting(name: str, value: object, layout: Layout) -> dict[str, Any]:
    """Return the setting of a variable: its bounds or choices within those of the run."""
    if name not in layout.space.index:
        known = layout.space.names
        raise SpecError(name[:80], *unknown("unknown variable", name[:80], known))
    variable = layout.space[name]
    if variable.kind != "choice":
        return _interval(variable, _bounds(name, value))
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise SpecError(name, "expected a list of choices")
    for text in value:
        variable.encode(text[:80])
    opened = [variable.choices[code] for code in variable.codes]
    kept = [text for text in opened if text in value]
    if variable.is_fixed:
        kept = [str(variable.default)] if variable.default in value else []
    if not kept:
        raise SpecError(name, "the region is empty: none of its choices is open in this run")
    return {"choices": kept} if len(kept) > 1 else {"fix": kept[0]}


def _interval(variable: Variable, bounds: Bounds) -> dict[str, Any]:
    low, high = _both(variable.name, bounds, (variable.lower, variable.upper))
    if variable.kind == "integer" and low is not None and high is not None:
        low, high = math.ceil(low), math.floor(high)
        _both(variable.name, (low, high), (None, None))
    return {"fix": low} if low == high else {"lower": low, "upper": high}


def _box_around(
    hope: Mapping[str, Any], objectives: Sequence[Objective], front: Mapping[str, FloatArray]
) -> dict[str, Bounds]:
    """Return the smallest box around hoped-for values that holds a design of the front.

    Notes
    -----
    A level set of the Chebyshev achievement function (Wierzbicki, "The use of reference
    objectives in multiobjective optimization", 1980, doi:10.1007/978-3-642-48782-8_32) is a box:
    what is hoped for, plus the same share of every objective's scale.
    """
    names = [objective.output for objective in objectives]
    for name in hope:
        if name not in names:
            raise SpecError(name[:80], *unknown("unknown objective", name[:80], names))
    aims = [objective for objective in objectives if hope.get(objective.output) is not None]
    if not aims:
        return {}
    for aim in aims:
        _bounds(aim.output, [hope[aim.output], None])
    wanted = {aim.output: np.array([float(hope[aim.output])]) for aim in aims}
    point = normalised(objective_matrix(wanted, aims), aims)[0]
    shortfall = normalised(objective_matrix(front, aims), aims) - point
    reach = max(float(shortfall.max(axis=1).min()), 0.0) + _REACH
    return {
        aim.output: _side(aim, float(level) + reach) for aim, level in zip(aims, point, strict=True)
    }


def _side(aim: Objective, level: float) -> Bounds:
    """Return the bound on an objective at a level of its scale, 0 ideal and 1 the reference."""
    if aim.log:
        value = aim.ideal * (aim.reference / aim.ideal) ** level
    else:
        value = aim.ideal + level * (aim.reference - aim.ideal)
    return (None, value) if aim.sense == "min" else (value, None)
