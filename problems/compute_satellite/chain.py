"""The chain: the only place that knows in which order the disciplines follow one another.

Each stage reads design columns and what earlier stages wrote, and adds its outputs. There is no
loop: areas and counts are decisions, and consistency is demanded by constraints.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from problems.compute_satellite.declarations import all_outputs
from problems.compute_satellite.launch_year import at_launch_year
from problems.compute_satellite.stages import (
    bay,
    bus,
    drag,
    economy,
    joining,
    keeping,
    launch,
    levers,
    light,
    links,
    masses,
    particles,
    prices,
    survival,
    together,
    totals,
    way,
    work,
)
from problems.compute_satellite.state import HANDED, Environment, Hardware, Stage, State
from problems.parameters.assumptions import Assumptions
from problems.spec import SpecError
from problems.units import FloatArray

#: Modules in their order; mass comes before radiation because a transfer's length depends on mass,
#: and its dose counts.
MODULES = (
    levers,
    light,
    bay,
    links,
    drag,
    bus,
    masses,
    together,
    keeping,
    way,
    particles,
    survival,
    prices,
    launch,
    joining,
    work,
    economy,
    totals,
)

#: Stages in their order, within a module that of their definition.
STAGES = tuple(
    member for module in MODULES for member in vars(module).values() if isinstance(member, Stage)
)


def check_stages(stages: Iterable[Stage], outputs: Iterable[str]) -> None:
    """Refuse a chain that reads what nobody has written, or does not write every output once.

    Raises
    ------
    SpecError
        With the stage and the name that is read too early, written twice, missing or unknown.
    """
    writer: dict[str, str] = {}
    for stage in stages:
        for name in stage.reads:
            if name not in writer:
                raise SpecError(stage.name, f"reads '{name}', which no earlier stage writes")
        for name in stage.writes:
            if name in writer:
                raise SpecError(stage.name, f"writes '{name}', as {writer[name]} does")
            writer[name] = stage.name
    declared = {*outputs, *HANDED}
    for name in sorted(declared - writer.keys()):
        raise SpecError(name, "is declared, but no stage writes it")
    for name in sorted(writer.keys() - declared):
        raise SpecError(writer[name], f"writes '{name}', which is not declared")


check_stages(STAGES, all_outputs())


@lru_cache(maxsize=256)
def needed_stages(wanted: tuple[str, ...]) -> tuple[Stage, ...]:
    """Return the stages that some outputs need, directly or through others, in their order.

    Examples
    --------
    >>> [stage.name for stage in needed_stages(("dense_tflops",))]
    ['protect', 'orbit_light', 'compute_bay']
    """
    needed = set(wanted)
    stages: list[Stage] = []
    for stage in reversed(STAGES):
        if not needed.isdisjoint(stage.writes):
            stages.append(stage)
            needed.update(stage.reads)
    return tuple(reversed(stages))


def evaluate(
    design: Mapping[str, FloatArray],
    *,
    assumptions: Assumptions,
    hardware: Hardware,
    environment: Environment,
    cost_boundary: str,
    wanted: Sequence[str],
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
    cost_boundary
        What ``cost_per_exaflop_usd`` means: ``full``, ``no_chips`` or ``launch_only``.
    wanted
        Outputs that must be there; stages that none of them needs are left out.

    Returns
    -------
    dict of str to ndarray
        ``(n,)`` columns by output name, or ``(m, n)``; what no design influences stays scalar.
    """
    numbers = at_launch_year(
        design["launch_year"],
        assumptions=assumptions,
        hardware=hardware,
        scenario_year=environment.scenario_year,
    )
    state = State(design, numbers=numbers, environment=environment, cost_boundary=cost_boundary)
    for stage in needed_stages(tuple(wanted)):
        stage.run(state)
    return state.out
