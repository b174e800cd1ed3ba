"""The variables of the compute satellite: what a configuration fixes, narrows or leaves free.

Nothing here needs numpy, so a configuration can be checked at once.
"""

from __future__ import annotations

from functools import cache

from problems.parameters.catalog import CATALOGUE_CHOICES, Launcher, OwnRows, catalog_table
from problems.spec import Condition, Variable
from problems.units import (
    LAUNCH_SITES,
    ORBIT_FAMILIES,
    PROTECTIONS,
    RADIATOR_ATTITUDES,
    REFUELLINGS,
    SAA_PAUSES,
    SHIELD_LAYOUTS,
    TRANSFERS,
)

#: The variable that decides which rows of the catalogue exist.
YEAR_VARIABLE = "launch_year"

_ORBIT = (
    Variable(
        name="orbit",
        unit="1",
        symbol=r"\mathrm{orbit}",
        description="orbit family; sun-synchronous inclination follows from altitude",
        kind="choice",
        default="dawn_dusk_sso",
        choices=ORBIT_FAMILIES,
    ),
    Variable(
        name="altitude_km",
        unit="km",
        symbol="h",
        description="altitude of the circular orbit above the equatorial radius",
        kind="real",
        default=650.0,
        lower=300.0,
        upper=33_000.0,
        log=True,
        active_when=(Condition("orbit", ("dawn_dusk_sso", "inclined", "equatorial")),),
    ),
    Variable(
        name="inclination_deg",
        unit="deg",
        symbol="i",
        description="inclination of an inclined orbit, node at random",
        kind="real",
        default=53.0,
        lower=5.0,
        upper=100.0,
        active_when=(Condition("orbit", ("inclined",)),),
    ),
)

_SIZES = (
    Variable(
        name="array_area_m2",
        unit="m2",
        symbol="A_\\mathrm{sa}",
        description="solar-array area",
        kind="real",
        default=800.0,
        lower=10.0,
        upper=1.0e5,
        log=True,
    ),
    Variable(
        name="radiator_area_m2",
        unit="m2",
        symbol="A_\\mathrm{rad}",
        description="radiator planform; both faces radiate",
        kind="real",
        default=300.0,
        lower=5.0,
        upper=5.0e4,
        log=True,
    ),
    Variable(
        name="shield_mm",
        unit="mm",
        symbol="t",
        description="aluminium equivalent on all sides of the compute bay, walls included",
        kind="real",
        default=8.0,
        lower=0.5,
        upper=50.0,
        log=True,
    ),
    Variable(
        name="gpu_count",
        unit="1",
        symbol="N",
        description="number of accelerators",
        kind="integer",
        default=84,
        lower=1,
        upper=20_000,
        log=True,
    ),
)

_SPARES = Variable(
    name="spare_fraction",
    unit="1",
    symbol="s",
    description="cold spares on top of the accelerators with power, hosts included, "
    "over their number",
    kind="real",
    default=0.0,
    lower=0.0,
    upper=1.0,
    held=True,
)

_LAUNCH_SITE = Variable(
    name="launch_site",
    unit="1",
    symbol=r"\mathrm{site}",
    description="rocket from Earth or mass driver on the Moon",
    kind="choice",
    default="earth",
    choices=LAUNCH_SITES,
)


def _with_tankers(own: OwnRows) -> tuple[str, ...]:
    """Return the launch vehicles that can be refilled in low orbit."""
    rows = catalog_table("launchers", own).rows.items()
    return tuple(name for name, row in rows if isinstance(row, Launcher) and row.has_tanker)


def _refuelling(own: OwnRows) -> Variable:
    return Variable(
        name="refuelling",
        unit="1",
        symbol=r"\mathrm{refuelling}",
        description="whether tankers refill the launcher in its parking orbit",
        kind="choice",
        default="none",
        choices=REFUELLINGS,
        held=True,
        active_when=(
            Condition("launch_site", ("earth",)),
            Condition("launcher", _with_tankers(own)),
            Condition("transfer", ("direct",)),
        ),
    )


_WAY = (
    Variable(
        name="transfer",
        unit="1",
        symbol=r"\mathrm{transfer}",
        description="direct injection, electric spiral on the own array, "
        "or aerobraking from the Moon",
        kind="choice",
        default="direct",
        choices=TRANSFERS,
    ),
    Variable(
        name="driver_accel_g",
        unit="g",
        symbol="a_\\mathrm{drv}",
        description="acceleration in the mass driver, in standard gravities",
        kind="real",
        default=30.0,
        lower=10.0,
        upper=1000.0,
        log=True,
        active_when=(Condition("launch_site", ("moon",)),),
        held=True,
    ),
)

_OPERATION = (
    Variable(
        name="eclipse_power_fraction",
        unit="1",
        symbol="f_\\mathrm{ecl}",
        description="share of the compute that the battery carries through eclipse",
        kind="real",
        default=0.0,
        lower=0.0,
        upper=1.0,
    ),
    Variable(
        name="design_life_yr",
        unit="yr",
        symbol="L",
        description="design life from launch",
        kind="real",
        default=5.0,
        lower=2.0,
        upper=15.0,
    ),
    Variable(
        name="refresh_yr",
        unit="yr",
        symbol=r"T_\mathrm{ref}",
        description="years between visits with new accelerators; none below 1 or from the life on",
        kind="real",
        default=0.0,
        lower=0.0,
        upper=15.0,
        held=True,
    ),
    Variable(
        name=YEAR_VARIABLE,
        unit="yr",
        symbol="T",
        description="year of the launch, to which prices and chips move; by default the scenario's",
        kind="real",
        default=2030.0,
        lower=2026.0,
        upper=2045.0,
        held=True,
    ),
    Variable(
        name="protection",
        unit="1",
        symbol=r"\mathrm{protection}",
        description="nothing, checkpoints, duplicate and compare, "
        "or three voting hosts and checkpoints",
        kind="choice",
        default="checkpoint",
        choices=PROTECTIONS,
        held=True,
    ),
    Variable(
        name="radiator_attitude",
        unit="1",
        symbol=r"\mathrm{attitude}",
        description="radiator edge-on to Sun and Earth and broadside to the wind, "
        "or edge-on to Sun and wind with one face to the Earth",
        kind="choice",
        default="sun_edge",
        choices=RADIATOR_ATTITUDES,
        active_when=(Condition("orbit", ("dawn_dusk_sso",)),),
        held=True,
    ),
    Variable(
        name="saa_pause",
        unit="1",
        symbol=r"\mathrm{SAA}",
        description="work through the South Atlantic anomaly, or pause in it",
        kind="choice",
        default="run",
        choices=SAA_PAUSES,
        held=True,
    ),
)

_ROBUSTNESS = (
    Variable(
        name="shield_layout",
        unit="1",
        symbol=r"\mathrm{layout}",
        description="shield as one wall, or a bumper of the same total mass in front of it",
        kind="choice",
        default="single",
        choices=SHIELD_LAYOUTS,
        held=True,
    ),
    Variable(
        name="radiator_loops",
        unit="1",
        symbol=r"k",
        description="coolant loops that valves can isolate; each cools its share of the compute",
        kind="integer",
        default=1,
        lower=1,
        upper=8,
        held=True,
    ),
    Variable(
        name="bus_voltage_v",
        unit="V",
        symbol=r"U_\mathrm{bus}",
        description="voltage of the power bus, which the switches block",
        kind="real",
        default=120.0,
        lower=28.0,
        upper=1000.0,
        log=True,
        held=True,
    ),
)

_TOGETHER = (
    Variable(
        name="cluster_satellites",
        unit="1",
        symbol=r"k_\mathrm{cl}",
        description="satellites that fly in formation and work together",
        kind="integer",
        default=1,
        lower=1,
        upper=1000,
        log=True,
        held=True,
        unnamed_at=1,
    ),
    Variable(
        name="cluster_spacing_m",
        unit="m",
        symbol=r"d_\mathrm{cl}",
        description="smallest distance of neighbours in the cluster; none for one satellite",
        kind="real",
        default=100.0,
        lower=50.0,
        upper=10_000.0,
        log=True,
        held=True,
    ),
    Variable(
        name="sync_every_steps",
        unit="1",
        symbol="H",
        description="steps between synchronisations of the workload `diloco` in a cluster",
        kind="integer",
        default=100,
        lower=1,
        upper=500,
        log=True,
        held=True,
    ),
    Variable(
        name="modules",
        unit="1",
        symbol="m",
        description="modules that fly one by one and are joined to a platform; all variables and "
        "outputs are those of one of them",
        kind="integer",
        default=1,
        lower=1,
        upper=1000,
        log=True,
        held=True,
        unnamed_at=1,
    ),
)


def _catalogue_variable(
    *,
    name: str,
    symbol: str,
    description: str,
    default: str,
    active_when: tuple[Condition, ...] = (),
    held: bool = False,
    own: OwnRows,
) -> Variable:
    return Variable(
        name=name,
        unit="1",
        symbol=symbol,
        description=description,
        kind="choice",
        default=default,
        choices=catalog_table(CATALOGUE_CHOICES[name], own).names,
        active_when=active_when,
        held=held,
    )


@cache
def all_variables(own: OwnRows = ()) -> tuple[Variable, ...]:
    """Return every variable with every catalogue row as a choice, open or not."""
    return (
        *_ORBIT,
        *_SIZES,
        _SPARES,
        _catalogue_variable(
            own=own,
            name="gpu_model",
            symbol=r"\mathrm{GPU}",
            description="accelerator",
            default="B200",
        ),
        _catalogue_variable(
            own=own,
            name="array_type",
            symbol=r"\mathrm{array}",
            description="solar-array technology",
            default="silicon",
        ),
        _catalogue_variable(
            own=own,
            name="radiator_type",
            symbol=r"\mathrm{radiator}",
            description="radiator technology",
            default="aluminium_loop",
        ),
        _catalogue_variable(
            own=own,
            name="battery_type",
            symbol=r"\mathrm{battery}",
            description="battery technology",
            default="cots_li_ion",
            held=True,
        ),
        _LAUNCH_SITE,
        _catalogue_variable(
            own=own,
            name="launcher",
            symbol=r"\mathrm{launcher}",
            description="launch vehicle",
            default="starship",
            active_when=(Condition("launch_site", ("earth",)),),
        ),
        *_WAY,
        _refuelling(own),
        *_OPERATION,
        *_ROBUSTNESS,
        *_TOGETHER,
    )
