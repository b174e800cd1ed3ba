"""A peer in our model: its problem, its design, and what its cost boundary makes of an output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from problems.compute_satellite.problem import ComputeSatellite
from problems.compute_satellite.variants.peers import peer
from problems.economics.cost import PFLOP_DAY_IN_EXAFLOP
from problems.units import FloatArray


def at_boundary(outputs: Mapping[str, Any], name: str, boundary: str) -> Any:
    """Return an output as it is at a cost boundary; other outputs are what they are.

    Parameters
    ----------
    outputs
        Outputs by name: numbers or arrays.
    name
        Output that is asked for.
    boundary
        ``full``, ``no_chips`` or ``launch_only``.

    Examples
    --------
    >>> outputs = {"cost_per_kw_yr_usd": 900.0, "cost_per_exaflop_full_usd": 3.0,
    ...     "cost_per_exaflop_no_chips_usd": 2.0}
    >>> at_boundary(outputs, "cost_per_kw_yr_usd", "no_chips")
    600.0
    """
    per_exaflop = f"cost_per_exaflop_{boundary}_usd"
    if name == "cost_per_exaflop_usd":
        return outputs[per_exaflop]
    if name == "cost_per_pflop_day_usd":
        return outputs[per_exaflop] * PFLOP_DAY_IN_EXAFLOP
    if name == "cost_ratio_to_ground":
        return outputs[f"cost_ratio_to_ground_{boundary}"]
    if name == "cost_per_kw_yr_usd":
        return outputs[name] * (outputs[per_exaflop] / outputs["cost_per_exaflop_full_usd"])
    return outputs[name]


def peer_problem(
    name: str, *, conventions: bool, assumptions: Mapping[str, float] | None = None
) -> ComputeSatellite:
    """Return the problem under a scenario.

    Parameters
    ----------
    name
        Scenario.
    conventions
        Count as the peer counts: its boundary, and the rules by which it adds up.
    assumptions
        Further overrides, on top.

    Raises
    ------
    SpecError
        For an unknown scenario or assumption, with the nearest one.
    """
    counted = peer(name)
    return ComputeSatellite(
        scenario=name,
        assumptions={**(counted.conventions if conventions else {}), **(assumptions or {})},
        cost_boundary=counted.cost_boundary if conventions else "full",
        allow_unverified=counted.published,
    )


def peer_row(problem: ComputeSatellite, name: str) -> FloatArray:
    """Return the ``(1, n_var)`` design of a scenario; the default where it has none.

    Examples
    --------
    >>> problem = peer_problem("suncatcher", conventions=True)
    >>> outputs = problem.evaluate(peer_row(problem, "suncatcher"), ["launch_mass_kg"])
    >>> round(float(outputs["launch_mass_kg"][0]))
    575
    """
    design = {key: [value] for key, value in peer(name).design.items()}
    return problem.canonical(problem.space.matrix(design))
