"""Quantities of launch, lunar supply, cost and the ground for the validation."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from problems.delivery import launch, lunar, payload, refuelling, transfer
from problems.economics import cost, ground
from problems.parameters.assumptions import assumption_rows, load_assumptions
from problems.parameters.catalog import Launcher, catalog_table
from problems.spacecraft import compute
from problems.spec import SpecError, nearest
from problems.units import (
    HOURS_PER_YEAR,
    SECONDS_PER_YEAR,
    STANDARD_GRAVITY_M_S2,
    TRANSFERS,
)
from problems.validation.inputs import Inputs, Quantity
from problems.validation.launchers import rule_payload_kg

#: Stands for "no interest": the annuities have no closed form at a rate of exactly zero.
_NO_INTEREST = 1e-9

# --- launch ---------------------------------------------------------------------------------------


def _launcher(inputs: Inputs) -> Launcher:
    name = inputs.text("launcher")
    rows = catalog_table("launchers").rows
    row = rows.get(name)
    if not isinstance(row, Launcher):
        raise SpecError("launcher", f"unknown launcher '{name}'", nearest(name, rows))
    return row


def _payload_kg(inputs: Inputs) -> float:
    """Payload of a launcher of the catalogue to an orbit, as published payloads state it."""
    row = _launcher(inputs)
    perigee_km = inputs.number("perigee_km")
    speed = payload.insertion_delta_v_m_s(
        perigee_km,
        apogee_km=inputs.number("apogee_km", perigee_km),
        inclination_deg=inputs.number("inclination_deg", row.site_latitude_deg),
        site_latitude_deg=inputs.number("site_latitude_deg", row.site_latitude_deg),
        reference_latitude_deg=row.site_latitude_deg,
        delta_v_to_go_m_s=inputs.number("delta_v_to_go_m_s", np.nan),
    )
    return rule_payload_kg(row, float(speed))


def _payload_shortfall_kg(inputs: Inputs) -> float:
    """Return by how much a launcher's payload falls short of one that has flown."""
    return max(inputs.number("flown_kg") - _payload_kg(inputs), 0.0)


def _low_orbit_kg_per_kg(inputs: Inputs) -> float:
    """Mass in low orbit per kilogram that tankers let arrive, nothing lost in handing over."""
    full_kg = inputs.number("full_payload_kg")
    return 1.0 + float(
        refuelling.tankers_per_flight(
            np.asarray(full_kg),
            full_payload_kg=full_kg,
            tanker_propellant_kg=full_kg,
            upper_inert_kg=inputs.number("upper_inert_kg"),
            upper_isp_s=inputs.number("upper_isp_s"),
            outbound_m_s=inputs.number("outbound_m_s"),
            return_m_s=inputs.number("return_m_s", 0.0),
        )
    )


def _ascent_m_s(inputs: Inputs) -> float:
    path = launch.ascent(
        inputs.row("altitude_km"),
        inclination_deg=inputs.row("inclination_deg"),
        site_latitude_deg=inputs.row("site_latitude_deg"),
        transfer=np.array([TRANSFERS.index("direct")]),
        parking_altitude_km=300.0,
    )
    return float(path.launch_delta_v_m_s[0])


def _list_price(inputs: Inputs) -> float:
    """Price per kilogram of a full flight at the catalogue's price and low-orbit payload."""
    row = _launcher(inputs)
    charge = launch.launch_charge(
        np.asarray(row.leo_payload_kg),
        payload_to_orbit_kg=np.asarray(row.leo_payload_kg),
        stowed_m3=np.asarray(0.0),
        flight_price_usd=row.price_usd,
        fairing_volume_m3=row.fairing_volume_m3,
        fairing_usable_frac=1.0,
        dedicated=0.0,
    )
    return float(charge.launch_price_usd_per_kg)


def _learned_price(inputs: Inputs) -> float:
    return float(
        launch.learned_price_usd(
            inputs.number("price_usd"),
            cumulative_mass_ratio=inputs.number("mass_t") / inputs.number("reference_mass_t"),
            learning_rate=inputs.number("learning_rate"),
        )
    )


def _thruster_efficiency(inputs: Inputs) -> float:
    """Efficiency at which the model's thruster gives the thrust that is published."""
    isp_s = inputs.number("isp_s")
    perfect_yr = transfer.electric_transfer_time_yr(
        1.0,
        thrust_power_w=inputs.number("power_w"),
        isp_s=isp_s,
        efficiency_frac=1.0,
        duty_frac=1.0,
    )
    perfect_n = STANDARD_GRAVITY_M_S2 * isp_s / (perfect_yr * SECONDS_PER_YEAR)
    return float(inputs.number("thrust_n") / perfect_n)


# --- Moon -----------------------------------------------------------------------------------------


def _path(name: str) -> Quantity:
    def path(inputs: Inputs) -> float:
        way = lunar.lunar_path(
            inputs.row("altitude_km"),
            plane_cosine=float(np.cos(np.radians(inputs.number("plane_angle_deg")))),
            transfer=np.array([TRANSFERS.index(inputs.text("transfer"))]),
        )
        return float(getattr(way, name)[0])

    return path


def _escape_km_s(inputs: Inputs) -> float:
    """Exit speed to the Moon's own distance with nothing left over."""
    del inputs
    return transfer.MOON_ESCAPE_SPEED_KM_S


def _kwh_per_kg(inputs: Inputs) -> float:
    return float(lunar.kinetic_kwh_per_kg(inputs.array("exit_speed_km_s")))


def _track_km(inputs: Inputs) -> float:
    return float(
        lunar.track_length_km(
            inputs.array("exit_speed_km_s"), driver_accel_g=inputs.array("driver_accel_g")
        )
    )


def _driver_power_w(inputs: Inputs) -> float:
    return float(
        lunar.driver_mean_power_w(
            inputs.array("exit_speed_km_s"),
            throughput_t_per_yr=inputs.number("throughput_t_per_yr"),
            driver_efficiency_frac=inputs.number("driver_efficiency_frac"),
        )
    )


def _driver_peak_w(inputs: Inputs) -> float:
    return float(
        lunar.driver_peak_power_w(
            inputs.array("mass_kg"),
            exit_speed_km_s=inputs.array("exit_speed_km_s"),
            driver_accel_g=inputs.array("driver_accel_g"),
        )
    )


def _propellant_share(inputs: Inputs) -> float:
    """Propellant over the mass before the burn, stage without inert mass."""
    used = transfer.propellant_kg(
        1.0,
        delta_v_m_s=inputs.number("delta_v_m_s"),
        isp_s=inputs.number("isp_s"),
        inert_frac=0.0,
    )
    return float(used / (1.0 + used))


# --- cost and ground ------------------------------------------------------------------------------


def _recovery(inputs: Inputs) -> float:
    return float(cost.capital_recovery_factor(inputs.number("rate"), years=inputs.number("years")))


def _learning(inputs: Inputs) -> float:
    return float(
        cost.learning_factor(inputs.number("units"), learning_rate=inputs.number("learning_rate"))
    )


def _launched_power(inputs: Inputs) -> float:
    return float(
        cost.launched_power_usd_per_kw_yr(
            inputs.number("price_usd_per_kg"),
            mass_kg=inputs.number("mass_kg"),
            power_kw=inputs.number("power_kw"),
            life_yr=inputs.number("life_yr"),
        )
    )


def _ground(inputs: Inputs) -> tuple[ground.GroundCost, float]:
    """Levelised cost on the ground, and the work of a year that it refers to [EFLOP/yr]."""
    rate = inputs.number("rate_pflops", 1.0)
    years = inputs.number("years")
    costs = ground.ground_cost(
        years,
        rate_pflops=np.asarray(rate),
        gpu_power_w=inputs.array("power_w"),
        chip_usd=inputs.array("chip_usd", 0.0),
        chip_life_yr=years,
        failures_usd_per_yr=0.0,
        warranty_yr=0.0,
        chip_price_decline_per_yr=0.0,
        capex_usd_per_w=inputs.number("capex_usd_per_w", 0.0),
        facility_life_yr=inputs.number("facility_life_yr", 15.0),
        ops_fraction_per_yr=0.0,
        electricity_usd_per_kwh=inputs.number("electricity_usd_per_kwh"),
        pue=inputs.number("pue", 1.0),
        scarcity_usd_per_kw_yr=0.0,
        availability=1.0,
        time_to_power_yr=0.0,
        wacc=inputs.number("wacc", _NO_INTEREST),
        value_decline_per_yr=_NO_INTEREST * 1e-3,
        efficiency_growth_per_yr=0.0,
    )
    return costs, float(compute.exaflop_per_year(np.asarray(rate), duty=np.asarray(1.0)))


def _assumed(inputs: Inputs) -> float:
    """Product of assumptions joined by a star, times a factor that changes the unit."""
    product, rows = inputs.number("factor", 1.0), assumption_rows()
    for key in inputs.text("keys").split("*"):
        if key not in rows:
            raise SpecError("keys", f"unknown assumption '{key}'", nearest(key, rows))
        product *= rows[key].nominal
    return product


def _energy_usd(inputs: Inputs) -> float:
    """Electricity bill of the whole horizon."""
    costs, yearly = _ground(inputs)
    return float(costs.launch_only) * yearly * inputs.number("years")


def _energy_usd_per_kw_yr(inputs: Inputs) -> float:
    costs, yearly = _ground(inputs)
    return float(costs.launch_only) * yearly * 1e3 / inputs.number("power_w")


def _facility_usd_per_kw_yr(inputs: Inputs) -> float:
    costs, yearly = _ground(inputs)
    return float(costs.no_chips) * yearly * 1e3 / inputs.number("power_w")


def site_usd_per_kw_yr(years: float) -> float:
    """Return facility, operations and electricity at the numbers of the tables [USD/kW/yr]."""
    assumed = load_assumptions().ground
    costs = ground.ground_cost(
        years,
        rate_pflops=np.asarray(1.0),
        gpu_power_w=np.asarray(1000.0),
        chip_usd=np.asarray(0.0),
        chip_life_yr=years,
        failures_usd_per_yr=0.0,
        warranty_yr=0.0,
        chip_price_decline_per_yr=0.0,
        capex_usd_per_w=assumed.capex_usd_per_w * assumed.fit_out_factor,
        facility_life_yr=assumed.facility_life_yr,
        ops_fraction_per_yr=assumed.ops_fraction_per_yr,
        electricity_usd_per_kwh=assumed.electricity_usd_per_kwh,
        pue=assumed.pue,
        scarcity_usd_per_kw_yr=0.0,
        availability=1.0,
        time_to_power_yr=0.0,
        wacc=assumed.wacc,
        value_decline_per_yr=0.0,
        efficiency_growth_per_yr=0.0,
    )
    return float(costs.no_chips) * float(compute.exaflop_per_year(1.0, duty=1.0))


def _owned_usd_per_h(inputs: Inputs) -> float:
    costs, yearly = _ground(inputs)
    return float(costs.full) * yearly / HOURS_PER_YEAR


def _owned_usd_per_pflop_day(inputs: Inputs) -> float:
    costs, _ = _ground(inputs)
    return float(costs.full) * cost.PFLOP_DAY_IN_EXAFLOP


QUANTITIES: Mapping[str, Quantity] = {
    "launch.payload_kg": _payload_kg,
    "launch.payload_shortfall_kg": _payload_shortfall_kg,
    "refuelling.low_orbit_kg_per_kg": _low_orbit_kg_per_kg,
    "launch.ascent_m_s": _ascent_m_s,
    "launch.launch_charge.usd_per_kg": _list_price,
    "launch.learned_price_usd": _learned_price,
    "launch.thruster_efficiency": _thruster_efficiency,
    "lunar.escape_speed_km_s": _escape_km_s,
    "lunar.exit_speed_km_s": _path("exit_speed_km_s"),
    "lunar.arrival_delta_v_m_s": _path("arrival_delta_v_m_s"),
    "lunar.coast_time_d": _path("coast_time_d"),
    "lunar.kinetic_kwh_per_kg": _kwh_per_kg,
    "lunar.track_length_km": _track_km,
    "lunar.driver_mean_power_w": _driver_power_w,
    "lunar.driver_peak_power_w": _driver_peak_w,
    "transfer.propellant_share": _propellant_share,
    "cost.capital_recovery_factor": _recovery,
    "cost.learning_factor": _learning,
    "cost.launched_power_usd_per_kw_yr": _launched_power,
    "assumptions.product": _assumed,
    "ground.energy_usd": _energy_usd,
    "ground.energy_usd_per_kw_yr": _energy_usd_per_kw_yr,
    "ground.facility_usd_per_kw_yr": _facility_usd_per_kw_yr,
    "ground.site_usd_per_kw_yr": lambda inputs: site_usd_per_kw_yr(inputs.number("years")),
    "ground.owned_usd_per_h": _owned_usd_per_h,
    "ground.owned_usd_per_pflop_day": _owned_usd_per_pflop_day,
}
