"""Quantities of power, heat, compute and reliability for the validation."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from problems import orbit
from problems.parameters.assumptions import assumption_rows
from problems.parameters.catalog import Gpu, catalog_table
from problems.spacecraft import bus_life, compute, impacts, power, reliability, thermal
from problems.spec import SpecError
from problems.units import HOURS_PER_YEAR, FloatArray
from problems.validation.inputs import Inputs, Quantity

# --- power ----------------------------------------------------------------------------------------


def _array_w(inputs: Inputs) -> float:
    return float(
        power.array_power_bol_w(
            inputs.array("area_m2"),
            solar_flux_w_m2=inputs.number("solar_flux_w_m2"),
            cell_efficiency=inputs.array("cell_efficiency"),
            packing=inputs.number("packing"),
            temperature_c=inputs.array("temperature_c"),
            temp_coeff_per_k=inputs.array("temp_coeff_per_k"),
            wiring_efficiency=inputs.number("wiring_efficiency"),
            pointing_cosine=inputs.number("pointing_cosine", 1.0),
        )
    )


def _required_w(inputs: Inputs) -> float:
    return float(
        power.required_array_power_w(
            inputs.array("day_load_w"),
            eclipse_load_w=inputs.array("eclipse_load_w"),
            eclipse_min=inputs.array("eclipse_min"),
            period_min=inputs.array("period_min"),
            day_path_efficiency=inputs.number("day_path_efficiency"),
            eclipse_path_efficiency=inputs.number("eclipse_path_efficiency"),
        )
    )


def _battery_kg(inputs: Inputs) -> float:
    """Installed energy over the specific energy of the pack, depth of discharge at its cap."""
    sized = power.battery_sizing(
        inputs.array("eclipse_load_w"),
        eclipse_min=inputs.array("eclipse_min"),
        cycles=np.asarray(1.0),
        cycle_life_at_zero_dod=np.asarray(152_800.0),
        cycle_life_slope=np.asarray(4.91),
        discharge_efficiency=inputs.array("discharge_efficiency"),
        depth_of_discharge_cap=inputs.number("depth_of_discharge"),
        contingency_wh=np.asarray(0.0),
    )
    return float(sized.energy_wh / inputs.number("pack_wh_per_kg"))


def _depth_of_discharge(inputs: Inputs) -> float:
    """Depth that gives just enough cycles."""
    sized = power.battery_sizing(
        np.asarray(1.0),
        eclipse_min=np.asarray(1.0),
        cycles=inputs.array("cycles"),
        cycle_life_at_zero_dod=np.asarray(152_800.0),
        cycle_life_slope=np.asarray(4.91),
        discharge_efficiency=np.asarray(1.0),
        depth_of_discharge_cap=inputs.number("cap"),
        contingency_wh=np.asarray(0.0),
    )
    return float(sized.depth_of_discharge)


def _mean_retention(inputs: Inputs) -> float:
    """Array power at the start of each year of the life, averaged."""
    years = np.arange(inputs.number("life_yr"))
    left = power.array_power_eol_w(
        np.ones(years.shape),
        damage_fraction=np.zeros(years.shape),
        ageing_per_yr=inputs.number("ageing_per_yr"),
        life_yr=years,
    )
    return float(left.mean())


# --- impacts --------------------------------------------------------------------------------------


def _perforating_mm(inputs: Inputs) -> float:
    """Smallest debris that perforates a wall."""
    return float(10.0 * impacts.single_wall(inputs.array("wall_mm")).debris_cm)


def _ended_by_first_hit(inputs: Inputs) -> float:
    """Share of the hits on coolant tubes that end the satellite."""
    hits = inputs.array("hits_per_yr")
    lost = impacts.loop_losses(hits, loops=inputs.array("loops"), life_yr=inputs.array("life_yr"))
    return float(lost.satellites_per_yr / hits)


# --- heat -----------------------------------------------------------------------------------------


def _absorbed_w_m2(inputs: Inputs) -> FloatArray:
    """Environment heat on an edge-on radiator at an altitude, or as given."""
    altitude = inputs.number("altitude_km", 0.0)
    if altitude <= 0.0:
        return inputs.array("absorbed_w_m2", 0.0)
    light = orbit.earth_irradiance(
        orbit.edge_on_view_factor_sum(np.asarray(altitude)),
        earth_infrared_w_m2=inputs.number("earth_ir_w_m2", 237.0),
        albedo_frac=inputs.number("albedo", 0.3),
        albedo_geometry_frac=inputs.number("albedo_geometry", 0.5),
        solar_constant_w_m2=1361.0,
    )
    return thermal.absorbed_flux_w_m2(
        light.infrared_w_m2,
        albedo_flux_w_m2=light.albedo_w_m2,
        emissivity=inputs.array("emissivity"),
        absorptance=inputs.array("absorptance"),
        solar_flux_w_m2=1361.0,
        sun_error_deg=inputs.number("sun_error_deg", 0.0),
    )


def _rejection_w_m2(inputs: Inputs) -> float:
    return float(
        thermal.heat_rejection_w_m2(
            inputs.array("temperature_k"),
            absorbed_w_m2=_absorbed_w_m2(inputs),
            emissivity=inputs.array("emissivity"),
            fin_efficiency=inputs.array("fin_efficiency", 1.0),
        )
    )


def _one_sided_w_m2(inputs: Inputs) -> float:
    """Half of what both faces reject."""
    return 0.5 * _rejection_w_m2(inputs)


def _rejected_w(inputs: Inputs) -> float:
    return _rejection_w_m2(inputs) * inputs.number("area_m2")


def _radiator_m2(inputs: Inputs) -> float:
    return inputs.number("heat_w") / _rejection_w_m2(inputs)


def _radiator_k(inputs: Inputs) -> float:
    """Radiator temperature; a sink temperature stands for absorbed heat."""
    sink = inputs.number("sink_temperature_k", 0.0)
    shared = {
        "emissivity": inputs.array("emissivity"),
        "fin_efficiency": inputs.array("fin_efficiency", 1.0),
    }
    absorbed = (
        thermal.heat_rejection_w_m2(np.asarray(sink), absorbed_w_m2=np.asarray(0.0), **shared)
        if sink > 0.0
        else _absorbed_w_m2(inputs)
    )
    return float(
        thermal.radiator_temperature_k(
            inputs.array("heat_w"),
            area_m2=inputs.array("area_m2"),
            absorbed_w_m2=absorbed,
            **shared,
        )
    )


def _pump_w(inputs: Inputs) -> float:
    share = thermal.pump_power_fraction(
        inputs.number("loop_delta_k"),
        pressure_kpa=inputs.number("pressure_kpa"),
        density_kg_per_m3=inputs.number("density_kg_per_m3"),
        heat_capacity_j_per_kg_k=inputs.number("heat_capacity_j_per_kg_k"),
        pump_efficiency=inputs.number("pump_efficiency"),
    )
    return float(share * inputs.number("heat_w"))


# --- compute and reliability ----------------------------------------------------------------------


def _accelerator(name: str) -> Gpu:
    row = catalog_table("gpus").rows[name]
    if not isinstance(row, Gpu):
        raise SpecError("gpu", f"'{name}' is not an accelerator")
    return row


def _accelerators_usd(inputs: Inputs) -> float:
    """Price of accelerators when it was dated, without hosts and network unless they are asked."""
    row = _accelerator(inputs.text("gpu"))
    host_usd = assumption_rows()["compute.host_usd_per_gpu"].nominal
    bare_usd = row.price_usd - host_usd * (row.price_basis != "module")
    return inputs.number("count") * (bare_usd + inputs.number("with_hosts", 0.0) * host_usd)


def _node_w(inputs: Inputs) -> float:
    """Wall power of accelerators of the catalogue, at the nominal or an end of the node factor."""
    name = inputs.text("gpu")
    table, row = catalog_table("gpus"), _accelerator(name)
    factor = table.ranges[f"catalog.gpus.{name}.node_power_factor"]
    return float(
        compute.it_power_w(
            inputs.array("count"),
            tdp_w=np.asarray(row.tdp_w),
            node_power_factor=np.asarray(getattr(factor, inputs.text("end", "nominal"))),
        )
    )


def _useful_share(inputs: Inputs) -> float:
    """Return the useful share of a gang at the best checkpoint interval, tabled times."""
    rows = assumption_rows()
    return float(
        compute.checkpoint_efficiency(
            np.asarray(rows["reliability.gpu_interruption_rate_per_yr"].nominal),
            gang_size=inputs.array("gang_gpus"),
            checkpoint_s=rows["compute.checkpoint_s"].nominal,
            restart_s=rows["compute.restart_s"].nominal,
        )
    )


def _useful_share_of_stops(inputs: Inputs) -> float:
    """Return the useful share of a gang from the time between its stops, tabled times."""
    rows = assumption_rows()
    return float(
        compute.checkpoint_efficiency(
            HOURS_PER_YEAR / inputs.array("stops_h"),
            gang_size=np.asarray(1.0),
            checkpoint_s=rows["compute.checkpoint_s"].nominal,
            restart_s=rows["compute.restart_s"].nominal,
        )
    )


def _assumption(inputs: Inputs) -> float:
    """Nominal value of an assumption."""
    return assumption_rows()[inputs.text("key")].nominal


def _hours_between_stops(inputs: Inputs) -> float:
    """Mean time between interruptions of a cluster at the tabled rate per accelerator."""
    rate = assumption_rows()["reliability.gpu_interruption_rate_per_yr"].nominal
    return HOURS_PER_YEAR / (rate * inputs.number("gpus"))


def _alive(inputs: Inputs) -> float:
    return float(
        reliability.mean_alive_fraction(
            inputs.array("loss_rate_per_yr"), life_yr=inputs.array("life_yr")
        )
    )


def _overbuild(inputs: Inputs) -> float:
    """Return what has to be launched for one that works on average."""
    return 1.0 / _alive(inputs)


def _bus_survival(inputs: Inputs) -> float:
    """Survival of the bus to an age, by the population in the table."""
    rows = assumption_rows()
    return float(
        bus_life.weibull_reliability(
            inputs.array("time_yr"),
            shape=rows["reliability.bus_weibull_shape"].nominal,
            scale_yr=rows["reliability.bus_weibull_scale_yr"].nominal,
        )
    )


QUANTITIES: Mapping[str, Quantity] = {
    "power.array_power_bol_w": _array_w,
    "power.required_array_power_w": _required_w,
    "power.battery_sizing.mass_kg": _battery_kg,
    "power.battery_sizing.depth_of_discharge": _depth_of_discharge,
    "power.array_power_eol_w.mean_retention": _mean_retention,
    "impacts.perforating_mm": _perforating_mm,
    "impacts.ended_by_first_hit": _ended_by_first_hit,
    "thermal.heat_rejection_w_m2": _rejection_w_m2,
    "thermal.heat_rejection_w_m2.one_sided": _one_sided_w_m2,
    "thermal.heat_rejection_w": _rejected_w,
    "thermal.radiator_area_m2": _radiator_m2,
    "thermal.radiator_temperature_k": _radiator_k,
    "thermal.pump_power_w": _pump_w,
    "compute.accelerators_usd": _accelerators_usd,
    "compute.it_power_w": _node_w,
    "compute.checkpoint_efficiency": _useful_share,
    "compute.useful_share": _useful_share_of_stops,
    "reliability.assumption": _assumption,
    "reliability.hours_between_stops": _hours_between_stops,
    "reliability.mean_alive_fraction": _alive,
    "reliability.overbuild": _overbuild,
    "reliability.bus_survival": _bus_survival,
}
