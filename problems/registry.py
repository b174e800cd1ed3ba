"""Problems by name: the shipped one, or ``module:Class`` of the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from problems.compute_satellite.declarations import COST_BOUNDARIES, Declarations, declare
from problems.compute_satellite.variants.frozen_declarations import (
    declare_bench,
    document_named,
    runnable_versions,
)
from problems.own_model import load_own
from problems.parameters.own_hardware import OwnHardware, own_rows
from problems.spec import SpecError, unknown

if TYPE_CHECKING:
    from problems.space import Problem


def problem_names() -> tuple[str, ...]:
    """Return the names of the shipped problems."""
    return ("compute_satellite", *runnable_versions())


def load_problem(
    name: str = "compute_satellite",
    *,
    scenario: str = "2030",
    assumptions: Mapping[str, float] | None = None,
    cost_boundary: str = "full",
    allow_unverified: bool = False,
    catalog: OwnHardware | None = None,
) -> Problem:
    """Return a problem ready to evaluate designs.

    Parameters
    ----------
    name
        ``compute_satellite``, a version of the frozen benchmark (``heliofront_bench_v<N>``, or
        ``heliofront_bench`` for the newest that runs), which takes no other settings than its own,
        or ``module:Class`` of the user's own, which is called with the remaining arguments as
        keywords.
    scenario
        Named set of assumption overrides: ``today``, ``2030`` or ``2035``.
    assumptions
        Overrides by dotted key, e.g. ``{"launch.learning_rate": 0.85}`` or
        ``{"catalog.gpus.B200.price_usd": 30000}``.
    cost_boundary
        ``full``, ``no_chips`` or ``launch_only``: what ``cost_per_exaflop_usd`` means.
    allow_unverified
        Open catalogue rows whose performance is an unverified guess.
    catalog
        Hardware of one's own, by catalogue table: ``{"gpus": {"MyChip": {"like": "B200", "tdp_w":
        500, "reason": "..."}}}``; it has whatever the row has that it is like.

    Raises
    ------
    SpecError
        For an unknown name, scenario, assumption or boundary, with the nearest valid one.
    """
    settings: dict[str, Any] = {
        "scenario": scenario,
        "assumptions": dict(assumptions or {}),
        "cost_boundary": cost_boundary,
        "allow_unverified": allow_unverified,
    }
    if ":" in name:
        return load_own(name, settings | _hardware(catalog))
    document = _frozen(name)
    if document is not None:
        _refuse_hardware(name, catalog)
        from problems.compute_satellite.variants.frozen import load_bench

        return load_bench(document, **settings)
    from problems.compute_satellite.problem import (
        ComputeSatellite,  # needs numpy; names above do not
    )

    return ComputeSatellite(**settings, catalog=catalog)


def _hardware(catalog: OwnHardware | None) -> dict[str, Any]:
    """Return the keyword for hardware of one's own; none without, so that no problem need know."""
    return {"catalog": catalog} if catalog else {}


def _refuse_hardware(name: str, catalog: OwnHardware | None) -> None:
    if catalog:
        raise SpecError("catalog", f"{name} is frozen and takes no hardware of one's own")


def load_declarations(
    name: str = "compute_satellite",
    *,
    scenario: str = "2030",
    assumptions: Mapping[str, float] | None = None,
    cost_boundary: str = "full",
    allow_unverified: bool = False,
    catalog: OwnHardware | None = None,
) -> Declarations:
    """Return what a configuration can refer to, without loading numpy for the shipped problem.

    Parameters and errors are those of :func:`load_problem`.
    """
    settings: dict[str, Any] = {
        "scenario": scenario,
        "assumptions": dict(assumptions or {}),
        "cost_boundary": cost_boundary,
        "allow_unverified": allow_unverified,
    }
    if ":" not in name:
        document = _frozen(name)
        if document is None:
            return declare(**settings, own=own_rows(catalog or {}))
        _refuse_hardware(name, catalog)
        return declare_bench(document, **settings)
    problem = load_own(name, settings | _hardware(catalog))
    return Declarations(
        name=problem.name,
        version=problem.version,
        variables=problem.space.variables,
        outputs=problem.outputs,
        objectives=problem.objectives,
        constraints=problem.constraints,
        breakdowns=problem.breakdowns,
        assumption_units=problem.assumption_units,
        scenarios=problem.scenarios or (scenario,),
        cost_boundaries=COST_BOUNDARIES,
    )


def _frozen(name: str) -> Mapping[str, Any] | None:
    """Return the frozen benchmark of that name, None for the live satellite."""
    document = document_named(name)
    if document is None and name != "compute_satellite":
        names = problem_names()
        raise SpecError("problem", *unknown(f"unknown problem '{name}'", name, names))
    return document
