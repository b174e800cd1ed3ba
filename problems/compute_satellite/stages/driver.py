"""The mass driver: what a launch from the Moon costs, imports included."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.compute_satellite.items import MASS_ITEMS, add_up
from problems.compute_satellite.stages import rocket
from problems.compute_satellite.state import Delivery, State
from problems.delivery import lunar, transfer
from problems.delivery.payload import REFERENCE_ALTITUDE_KM
from problems.economics import cost
from problems.units import ELECTRIC, FloatArray, Quantity

#: Outputs that are zero for every launch from the Earth.
OUTPUTS = (
    "imported_mass_kg",
    "driver_capital_usd_per_kg",
    "driver_operations_usd_per_kg",
    "driver_electricity_usd_per_kg",
    "import_cost_usd",
    "driver_track_km",
)
#: Turns out to be more of what is identified, so that as much of it is imported.
ALLOWANCE = "mass_growth_kg"


class Freight(NamedTuple):
    """What it takes to land a kilogram on the Moon."""

    usd_per_kg: FloatArray  #: price of the flights, tankers included [USD/kg]
    low_orbit_kg_per_kg: FloatArray  #: mass brought to low orbit, propellant of tankers in [1]


def made_on_moon_frac(s: State, share: str) -> Quantity:
    """Return the share of an item that is made on the Moon [1].

    Parameters
    ----------
    s
        The batch: of arrays, some technologies cannot be made there at all.
    share
        Lunar assumption that holds the share, as the table of items names it.
    """
    frac: Quantity = getattr(s.assumptions.lunar, share)
    return frac * s.hardware.array["lunar_makeable"] if share == "made_array_frac" else frac


def _imported_kg(s: State) -> FloatArray:
    """Mass that a lunar satellite brings from the Earth, summed from the mass items."""
    out = s.out
    made = {
        item.output: made_on_moon_frac(s, item.made_on_moon)
        for item in MASS_ITEMS
        if item.made_on_moon
    }
    identified_kg = lunar.imported_mass_kg(
        [out[name] for name in made], lunar_made_fracs=list(made.values())
    )
    allowance_kg = out[ALLOWANCE] * identified_kg / add_up(out, made)
    return identified_kg + allowance_kg + _imported_stage_kg(s)


def _imported_stage_kg(s: State) -> FloatArray:
    """Mass of the transfer stage that is brought from the Earth: propellant and structure."""
    assumed = s.assumptions.lunar
    chemical = np.where(
        s.transfer == ELECTRIC, assumed.made_other_frac, assumed.made_propellant_frac
    )
    return lunar.imported_mass_kg(
        [s.stage_propellant_kg, s.out["mass_transfer_stage_kg"] - s.stage_propellant_kg],
        lunar_made_fracs=[chemical, assumed.made_structure_frac],
    )


def _freight(s: State) -> Freight:
    """Freight to the Moon's surface: full flights of one vehicle, each refilled by its tankers."""
    launcher, assumed = s.hardware.freight, s.assumptions
    park_m_s = transfer.transfer_delta_v_m_s(
        assumed.launch.parking_altitude_km, start_altitude_km=REFERENCE_ALTITUDE_KM
    )
    full_kg = rocket.payload_kg(launcher, park_m_s)
    tankers = rocket.tankers_per_flight(
        s, launcher, full_kg, full_kg=full_kg, outbound_m_s=assumed.lunar.freight_delta_v_m_s
    )
    return Freight(
        usd_per_kg=rocket.flight_price_usd(s, launcher) * (1.0 + tankers) / full_kg,
        low_orbit_kg_per_kg=1.0 + tankers * assumed.launch.tanker_delivered_frac,
    )


def _driver_cost(s: State) -> lunar.DriverCost:
    assumed = s.assumptions.lunar
    return lunar.driver_cost(
        s.track_speed_km_s,
        driver_accel_g=s.design["driver_accel_g"],
        fixed_capital_usd=assumed.fixed_capital_usd,
        capital_usd_per_tpa=assumed.capital_usd_per_tpa,
        track_capital_frac=assumed.track_capital_frac,
        reference_accel_g=assumed.reference_accel_g,
        throughput_t_per_yr=assumed.throughput_t_per_yr,
        utilisation_frac=assumed.utilisation_frac,
        capital_recovery_per_yr=cost.capital_recovery_factor(
            s.assumptions.cost.wacc, years=assumed.plant_life_yr
        ),
        opex_frac_per_yr=assumed.opex_frac_per_yr,
        driver_efficiency_frac=assumed.driver_efficiency_frac,
        electricity_usd_per_kwh=assumed.electricity_usd_per_kwh,
    )


def _visit(s: State, freight: Freight, driver_usd_per_kg: FloatArray) -> Delivery:
    """Price visits by the kilogram shot: modules and carrier are imported as accelerators are."""
    out, assumed = s.out, s.assumptions.lunar
    shell_kg = out["mass_aeroshell_kg"] * (1.0 - assumed.made_aeroshell_frac)
    brought_kg = out["on_orbit_mass_kg"] * (1.0 - assumed.made_other_frac)
    imported = (brought_kg + shell_kg + _imported_stage_kg(s)) / out["launch_mass_kg"]
    return Delivery(
        flown_usd_per_kg=imported * freight.usd_per_kg,
        shot_usd_per_kg=driver_usd_per_kg,
        earth_kg_per_kg=imported * freight.low_orbit_kg_per_kg,
    )


def by_driver(s: State) -> tuple[dict[str, FloatArray], Delivery]:
    """Return the launch outputs with the satellites from the Moon priced by the driver.

    ``s.out`` holds what a rocket would cost; rows that start from the Earth keep that. The second
    is what visits pay that start from the Moon.
    """
    out, launched_kg, driver = s.out, s.out["launch_mass_kg"], _driver_cost(s)
    imported_kg = np.where(s.from_moon, _imported_kg(s), 0.0)
    freight = _freight(s)
    import_usd = imported_kg * freight.usd_per_kg
    per_kg = (
        driver.driver_capital_usd_per_kg
        + driver.driver_operations_usd_per_kg
        + driver.driver_electricity_usd_per_kg
    )
    track_km = lunar.track_length_km(s.track_speed_km_s, driver_accel_g=s.design["driver_accel_g"])
    chosen = {
        name: np.where(s.from_moon, by_driver, by_rocket)
        for name, by_driver, by_rocket in (
            ("payload_to_orbit_kg", launched_kg, out["payload_to_orbit_kg"]),
            ("launch_cost_usd", per_kg * launched_kg + import_usd, out["launch_cost_usd"]),
            (
                "earth_launched_mass_kg",
                imported_kg * freight.low_orbit_kg_per_kg,
                out["earth_launched_mass_kg"],
            ),
            ("launch_flights", 0.0, out["launch_flights"]),
            ("tanker_flights", 0.0, out["tanker_flights"]),
            ("launch_mass_utilisation", 0.0, out["launch_mass_utilisation"]),
            ("launch_volume_utilisation", 0.0, out["launch_volume_utilisation"]),
            ("driver_capital_usd_per_kg", driver.driver_capital_usd_per_kg, 0.0),
            ("driver_operations_usd_per_kg", driver.driver_operations_usd_per_kg, 0.0),
            ("driver_electricity_usd_per_kg", driver.driver_electricity_usd_per_kg, 0.0),
            ("driver_track_km", track_km, 0.0),
        )
    }
    imports = {"imported_mass_kg": imported_kg, "import_cost_usd": import_usd}
    return chosen | imports, _visit(s, freight, per_kg)
