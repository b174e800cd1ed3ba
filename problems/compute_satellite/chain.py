"""The chain: the only place that knows in which order the disciplines follow one another.

Each stage reads design columns and what earlier stages found, and adds its outputs. There is no
loop: areas and counts are decisions, and consistency is demanded by constraints.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from problems.compute_satellite.stages import (
    bus as wiring_platform,
)
from problems.compute_satellite.stages import (
    economy as wiring_economy,
)
from problems.compute_satellite.stages import (
    flight as wiring_flight,
)
from problems.compute_satellite.stages import (
    levers as wiring_levers,
)
from problems.compute_satellite.stages import (
    survival as wiring_survival,
)
from problems.compute_satellite.state import Environment, Hardware, State
from problems.parameters.assumptions import Assumptions
from problems.units import FloatArray

#: Mass comes before radiation because a transfer's length depends on mass, and its dose counts.
STAGES: tuple[Callable[[State], None], ...] = (
    wiring_levers.calendar,
    wiring_levers.protect,
    wiring_flight.orbit_light,
    wiring_platform.compute_bay,
    wiring_platform.links,
    wiring_platform.loads,
    wiring_platform.array,
    wiring_platform.battery,
    wiring_platform.heat,
    wiring_platform.dry_mass,
    wiring_flight.keeping,
    wiring_flight.delivery,
    wiring_survival.particles,
    wiring_survival.end_of_life,
    wiring_survival.losses,
    wiring_survival.performance,
    wiring_economy.hardware_cost,
    wiring_economy.launch_cost,
    wiring_economy.total_cost,
    wiring_economy.ground_comparison,
    wiring_survival.margins,
)


def needs_ground(wanted: Sequence[str] | None) -> bool:
    """Return whether any of the outputs compares with the ground.

    Examples
    --------
    >>> needs_ground(None), needs_ground(["launch_mass_kg"]), needs_ground(["cost_ratio_to_ground"])
    (True, False, True)
    """
    return wanted is None or any(name.startswith(wiring_economy.COMPARED) for name in wanted)


def evaluate(
    design: Mapping[str, FloatArray],
    *,
    assumptions: Assumptions,
    hardware: Hardware,
    environment: Environment,
    wanted: Sequence[str] | None = None,
) -> dict[str, FloatArray]:
    """Return the outputs of a batch of canonical designs.

    Parameters
    ----------
    design
        ``(n,)`` columns by variable name, choices as codes.
    assumptions
        Numbers in force; each a float or an ``(m, 1)`` column over futures.
    hardware
        Catalogue rows that the designs choose.
    environment
        Orbit and radiation tables.
    wanted
        Outputs that must be there, all when None: the ground is left out where none needs it.

    Returns
    -------
    dict of str to ndarray
        ``(n,)`` columns by output name, or ``(m, n)``; what no design influences stays scalar.
    """
    state = State(design, assumptions=assumptions, hardware=hardware, environment=environment)
    grounded = needs_ground(wanted)
    for stage in STAGES:
        if grounded or stage is not wiring_economy.ground_comparison:
            stage(state)
    return state.out
