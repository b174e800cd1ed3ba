"""The variables of the compute satellite: what a configuration fixes, narrows or leaves free.

Nothing here needs numpy, so a configuration can be checked at once.
"""

from __future__ import annotations

from functools import cache

from problems.parameters.catalog import CATALOGUE_CHOICES, catalog_table
from problems.spec import Condition, Variable
from problems.units import LAUNCH_SITES, ORBIT_FAMILIES, PROTECTIONS, TRANSFERS

#: The variable that decides which rows of the catalogue exist.
YEAR_VARIABLE = "launch_year"


def _catalogue_variable(
    name: str,
    symbol: str,
    description: str,
    default: str,
    *,
    active_when: tuple[Condition, ...] = (),
    held: bool = False,
) -> Variable:
    return Variable(
        name,
        "1",
        symbol,
        description,
        "choice",
        default,
        choices=catalog_table(CATALOGUE_CHOICES[name]).names,
        active_when=active_when,
        held=held,
    )


@cache
def all_variables() -> tuple[Variable, ...]:
    """Return every variable with every catalogue row as a choice, open or not."""
    from_earth = (Condition("launch_site", ("earth",)),)
    from_moon = (Condition("launch_site", ("moon",)),)
    below_geo = (Condition("orbit", ("dawn_dusk_sso", "inclined", "equatorial")),)
    tilted = (Condition("orbit", ("inclined",)),)
    return (
        Variable(
            "orbit",
            "1",
            r"\mathrm{orbit}",
            "orbit family; sun-synchronous inclination follows from altitude",
            "choice",
            "dawn_dusk_sso",
            choices=ORBIT_FAMILIES,
        ),
        Variable(
            "altitude_km",
            "km",
            "h",
            "altitude of the circular orbit above the equatorial radius",
            "real",
            650.0,
            300.0,
            33_000.0,
            log=True,
            active_when=below_geo,
        ),
        Variable(
            "inclination_deg",
            "deg",
            "i",
            "inclination of an inclined orbit, node at random",
            "real",
            53.0,
            5.0,
            100.0,
            active_when=tilted,
        ),
        Variable(
            "array_area_m2",
            "m2",
            "A_\\mathrm{sa}",
            "solar-array area",
            "real",
            800.0,
            10.0,
            1.0e5,
            log=True,
        ),
        Variable(
            "radiator_area_m2",
            "m2",
            "A_\\mathrm{rad}",
            "radiator planform; both faces radiate",
            "real",
            300.0,
            5.0,
            5.0e4,
            log=True,
        ),
        Variable(
            "shield_mm",
            "mm",
            "t",
            "aluminium equivalent on all sides of the compute bay, walls included",
            "real",
            5.0,
            0.5,
            50.0,
            log=True,
        ),
        Variable(
            "gpu_count",
            "1",
            "N",
            "number of accelerators",
            "integer",
            84,
            1,
            20_000,
            log=True,
        ),
        _catalogue_variable("gpu_model", r"\mathrm{GPU}", "accelerator", "B200"),
        _catalogue_variable("array_type", r"\mathrm{array}", "solar-array technology", "silicon"),
        _catalogue_variable(
            "radiator_type", r"\mathrm{radiator}", "radiator technology", "aluminium_loop"
        ),
        _catalogue_variable(
            "battery_type", r"\mathrm{battery}", "battery technology", "cots_li_ion", held=True
        ),
        Variable(
            "launch_site",
            "1",
            r"\mathrm{site}",
            "rocket from Earth or mass driver on the Moon",
            "choice",
            "earth",
            choices=LAUNCH_SITES,
        ),
        _catalogue_variable(
            "launcher", r"\mathrm{launcher}", "launch vehicle", "starship", active_when=from_earth
        ),
        Variable(
            "transfer",
            "1",
            r"\mathrm{transfer}",
            "direct injection, electric spiral on the own array, or aerobraking from the Moon",
            "choice",
            "direct",
            choices=TRANSFERS,
        ),
        Variable(
            "driver_accel_g",
            "g",
            "a_\\mathrm{drv}",
            "acceleration in the mass driver, in standard gravities",
            "real",
            30.0,
            10.0,
            1000.0,
            log=True,
            active_when=from_moon,
            held=True,
        ),
        Variable(
            "eclipse_power_fraction",
            "1",
            "f_\\mathrm{ecl}",
            "share of the compute that the battery carries through eclipse",
            "real",
            0.0,
            0.0,
            1.0,
        ),
        Variable(
            "design_life_yr",
            "yr",
            "L",
            "design life from launch",
            "real",
            5.0,
            2.0,
            15.0,
        ),
        Variable(
            YEAR_VARIABLE,
            "yr",
            "T",
            "year of the launch, to which prices and chips move; by default the scenario's",
            "real",
            2030.0,
            2026.0,
            2045.0,
            held=True,
        ),
        Variable(
            "protection",
            "1",
            r"\mathrm{protection}",
            "nothing, checkpoints, duplicate and compare, or three voting hosts and checkpoints",
            "choice",
            "checkpoint",
            choices=PROTECTIONS,
            held=True,
        ),
    )
