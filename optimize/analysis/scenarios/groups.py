"""Assumptions and variables in the groups that people argue about."""

from __future__ import annotations

#: Groups in the order in which a reader thinks of them, with what to call them.
GROUPS = {
    "launch": "launch",
    "array": "array: output and price",
    "mass": "mass per kilowatt",
    "platform": "platform price",
    "chips": "chips and failures",
    "life": "life, year, discounting",
    "design": "orbit, size, areas",
    "ground": "the ground",
    "boundary": "what is counted",
}
_KEY_ENDS = {
    "mass": ("_mass_kg_per_kw", "_mass_kg", "areal_mass_kg_m2", "pack_wh_per_kg"),
    "platform": ("usd_per_m2", "usd_per_wh", "pmad_usd_per_w", "_cost_usd"),
}
_KEY_STARTS = {
    "launch": ("launch.", "lunar.", "catalog.launchers."),
    "array": ("catalog.arrays.", "power.cell_", "power.array_", "power.wiring", "power.pointing"),
    "life": ("cost.wacc", "cost.ops_", "compute.value_decline", "refresh."),
    "chips": ("compute.", "catalog.gpus.", "reliability.", "radiation.", "thermal.junction"),
    "mass": ("mass.", "structure."),
    "platform": ("cost.", "comms."),
    "ground": ("ground.",),
}
#: Variables that go with assumptions; the others are the design itself.
GROUP_OF_VARIABLE = {
    "launcher": "launch",
    "launch_site": "launch",
    "transfer": "launch",
    "refuelling": "launch",
    "driver_accel_g": "launch",
    "array_type": "array",
    "gpu_model": "chips",
    "design_life_yr": "life",
    "refresh_yr": "life",
    "launch_year": "life",
}


def group_of(key: str) -> str:
    """Return the group of an assumption; what fits nowhere goes with the design.

    Examples
    --------
    >>> group_of("catalog.arrays.silicon.areal_mass_kg_m2"), group_of("cost.bus_usd_per_kg")
    ('mass', 'platform')
    >>> group_of("catalog.launchers.starship.price_usd"), group_of("power.contingency_h")
    ('launch', 'design')
    """
    for group, ends in _KEY_ENDS.items():
        if key.endswith(ends):
            return group
    for group, starts in _KEY_STARTS.items():
        if key.startswith(starts):
            return group
    return "design"
