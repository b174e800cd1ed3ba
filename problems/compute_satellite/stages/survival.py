"""Stages of survival: visits, the life of chips and cells, losses."""

from __future__ import annotations

from functools import reduce

import numpy as np

from problems import orbit, radiation
from problems.batch import somewhere
from problems.compute_satellite.stages.bus import junction_c
from problems.compute_satellite.stages.together import struck_per_yr
from problems.compute_satellite.state import State, stage
from problems.economics import refresh
from problems.spacecraft import (
    burnout,
    bus_life,
    fatigue,
    impacts,
    power,
    reliability,
    thermal,
)
from problems.units import SPACED, ZERO_CELSIUS_K, FloatArray

#: Share of the life between two of its times.
_STEP = reliability.LIFE_SHARES[1]


def _wall_terms(s: State) -> orbit.SizeTerms:
    """Return the parts of the flux of what perforates the walls of the bay."""
    sizes = impacts.critical_sizes(
        s.design["shield_mm"],
        spaced=s.design["shield_layout"] == SPACED,
        gap_mm=s.assumptions.structure.bumper_gap_mm,
    )
    return orbit.size_terms(sizes.debris_cm, meteoroid_cm=sizes.meteoroid_cm)


@stage(
    reads=("flight", "orbit_altitude_km"),
    writes=(
        "debris_flux_over_1_mm_per_m2_yr",
        "debris_flux_over_1_cm_per_m2_yr",
        "debris_flux_through_wall_per_m2_yr",
    ),
)
def debris(s: State) -> None:
    """Find how often something hits, and how often it perforates the bay."""
    assumed = s.assumptions.orbit
    flux = orbit.debris_flux(
        s.out["orbit_altitude_km"],
        unsaturation=s.flight.debris_unsaturation,
        inclination_factor=s.flight.debris_inclination_factor,
        year=s.design["launch_year"] + 0.5 * s.life_yr,
        solar_flux_sfu=assumed.debris_solar_flux_sfu,
        flux_multiplier=assumed.debris_flux_multiplier,
        above_leo_frac=assumed.debris_above_leo,
        above_leo_scale_km=assumed.debris_above_leo_scale_km,
        wall=_wall_terms(s),
    )
    s.out |= {f"debris_flux_{name}": column for name, column in flux._asdict().items()}


@stage(
    reads=(
        "debris_flux_over_1_mm_per_m2_yr",
        "debris_flux_over_1_cm_per_m2_yr",
        "debris_flux_through_wall_per_m2_yr",
        "bay_surface_m2",
        "dry_mass_kg",
        "cluster_radius_km",
    ),
    writes=("debris_loss_rate_per_yr", "loop_loss_rate_per_yr", "cluster_loss_rate_per_yr"),
)
def hits(s: State) -> None:
    """Find how often an impact ends the mission, or a part of it."""
    out, assumed = s.out, s.assumptions
    tubes_m2 = s.design["radiator_area_m2"] * assumed.mass.radiator_tube_frac
    loops = impacts.loop_losses(
        out["debris_flux_over_1_mm_per_m2_yr"] * tubes_m2,
        loops=s.design["radiator_loops"],
        life_yr=s.life_yr,
    )
    perforations = out["debris_flux_through_wall_per_m2_yr"] * out["bay_surface_m2"]
    lost = loops.satellites_per_yr + perforations * assumed.structure.perforation_kill_frac
    out |= {
        "debris_loss_rate_per_yr": lost,
        "loop_loss_rate_per_yr": loops.compute_per_yr,
        "cluster_loss_rate_per_yr": np.zeros(()),
    }
    if s.some_clustered:
        by_cluster = struck_per_yr(s, lost + _bus_loss_rate_per_yr(s))
        by_cluster = np.where(s.design["cluster_satellites"] > 1.0, by_cluster, 0.0)
        out["cluster_loss_rate_per_yr"] = by_cluster
        out["debris_loss_rate_per_yr"] = lost + by_cluster


def _bus_loss_rate_per_yr(s: State) -> FloatArray:
    """Return the mean failure rate of the bus over the life [1/yr]."""
    assumed = s.assumptions.reliability
    return bus_life.weibull_mean_rate_per_yr(
        s.life_yr,
        shape=assumed.bus_weibull_shape,
        scale_yr=assumed.bus_weibull_scale_yr,
        multiplier=assumed.bus_failure_multiplier,
    )


@stage(reads=("radiation",), writes=("burnout_loss_rate_per_yr",))
def burnouts(s: State) -> None:
    """Find how often heavy ions take an accelerator its power."""
    assumed, voltage = s.assumptions.power, s.design["bus_voltage_v"]
    s.out["burnout_loss_rate_per_yr"] = np.zeros(())
    if somewhere(voltage > assumed.switch_rating_v * assumed.switch_threshold_frac):
        s.out["burnout_loss_rate_per_yr"] = burnout.burnout_rate_per_yr(
            voltage,
            ion_transmission=s.radiation.ions_let_10,
            ion_flux_per_cm2_yr=s.assumptions.radiation.burnout_ion_flux_per_cm2_yr,
            switch_area_cm2=assumed.switch_area_cm2,
            switch_rating_v=assumed.switch_rating_v,
            threshold_frac=assumed.switch_threshold_frac,
        )


def _life_share(s: State, share: float) -> FloatArray:
    """Return the share of the life that is over at a share of the last set's years."""
    return s.last_set_share + (1.0 - s.last_set_share) * share


def _ageing_rate(
    s: State, radiator_k: FloatArray, chips_c: FloatArray, alive: FloatArray
) -> reliability.AgeingRate:
    """Return how fast accelerators fail for good at some time of the life."""
    assumed = s.assumptions.reliability
    return reliability.ageing_rate(
        chips_c,
        cooling_k=thermal.cooling_by_losses_k(
            s.radiator_balance, radiator_k=radiator_k, alive_fraction=alive
        ),
        gpu_failure_rate_per_yr=assumed.gpu_failure_rate_per_yr,
        thermal_share=assumed.gpu_thermal_share,
        host_failure_rate_per_yr=assumed.host_failure_rate_per_yr,
        reference_c=assumed.reference_junction_c,
        activation_energy_ev=assumed.activation_energy_ev,
    )


def _spares_cover(s: State, aged_per_yr: FloatArray) -> FloatArray:
    """Return the exponent of survival up to which spares replace what is lost.

    Spares are cold, so that the temperature of the others does not age them; dose does.
    """
    assumed, out = s.assumptions.reliability, s.out
    dormant = assumed.dormant_failure_share * (
        assumed.gpu_failure_rate_per_yr + assumed.host_failure_rate_per_yr
    )
    active = aged_per_yr + out["radiation_loss_rate_per_gpu_yr"]
    return reliability.covered_exponent(
        s.design["spare_fraction"],
        dormant_share=(dormant + out["tid_loss_rate_per_gpu_yr"]) / active,
    )


@stage(
    reads=(
        "last_set_share",
        "radiator_balance",
        "radiation_loss_rate_per_gpu_yr",
        "tid_loss_rate_per_gpu_yr",
    ),
    writes=(
        "gpu_ageing_loss_rate_per_yr",
        "junction_margin_k",
        "alive_over_life",
        "spares_cover",
    ),
)
def ageing(s: State) -> None:
    """Follow the accelerators over the life: fewer of them make less heat, and age more slowly.

    Where visits renew them it is the last set that is followed: radiator and array never get
    better, so none before meets a worse moment than the one at which these are new.
    """
    exponents, alive, chips_c = [np.zeros(())], [np.ones(())], []
    served_yr = s.life_yr * (1.0 - s.last_set_share)
    by_radiation, step_yr = s.out["radiation_loss_rate_per_gpu_yr"], served_yr * _STEP
    s.spares_cover, uncovered = np.zeros(()), np.ones(())
    rise_c, spared = junction_c(s, np.zeros(())), somewhere(s.design["spare_fraction"])
    for share in reliability.LIFE_SHARES:
        radiator_k = thermal.temperature_over_life_k(
            s.radiator_balance, alive_fraction=alive[-1], life_share=_life_share(s, share)
        )
        chips_c.append(radiator_k + rise_c)
        if share == 1.0:
            break
        aged = _ageing_rate(s, radiator_k, chips_c[-1], alive[-1])
        if share == 0.0 and spared:
            s.spares_cover = _spares_cover(s, aged.rate_per_yr)
        # While spares take over, no losses cool the others.
        slowing = aged.slowing * uncovered if spared else aged.slowing
        lost = reliability.lost_in_step(aged.rate_per_yr, slowing=slowing, step_yr=step_yr)
        exponents.append(exponents[-1] + lost)
        gone = exponents[-1] + by_radiation * (served_yr * (share + _STEP))
        if spared:
            gone = gone - s.spares_cover
            uncovered, gone = np.where(gone >= 0.0, 1.0, 0.0), np.maximum(gone, 0.0)
        alive.append(np.exp(-gone))
    s.alive_over_life = alive
    s.out |= {
        "gpu_ageing_loss_rate_per_yr": reliability.mean_rate_per_yr(
            exponents[1:], life_yr=served_yr
        ),
        "junction_margin_k": s.assumptions.thermal.junction_limit_c - reduce(np.maximum, chips_c),
    }


@stage(
    reads=(
        "array_power_bol_w",
        "array_power_required_w",
        "chip_array_power_w",
        "last_set_share",
        "alive_over_life",
        "cell_damage_fraction",
        "cell_fluence_cm2",
        "cell_fluence_on_arrival_cm2",
    ),
    writes=("array_power_eol_w", "power_utilisation"),
)
def supply(s: State) -> None:
    """Hold the array against the load of the accelerators alive, all life long."""
    out, cells = s.out, s.hardware.array
    shares = [_life_share(s, share) for share in reliability.LIFE_SHARES]
    arrival = s.cell_fluence_on_arrival_cm2
    at_work = out["cell_fluence_cm2"] - arrival
    damage = [
        radiation.cell_damage_fraction(
            arrival + at_work * share,
            damage_c=cells["damage_c"],
            damage_fluence_cm2=cells["damage_fluence_cm2"],
        )
        for share in shares[:-1]
    ]
    supply_w = [
        power.array_power_eol_w(
            out["array_power_bol_w"],
            damage_fraction=lost,
            ageing_per_yr=s.assumptions.power.array_ageing_per_yr,
            life_yr=s.life_yr * share,
        )
        for share, lost in zip(shares, (*damage, out["cell_damage_fraction"]), strict=True)
    ]
    required_w = [
        out["array_power_required_w"] - s.chip_array_power_w * (1.0 - alive)
        for alive in s.alive_over_life
    ]
    out["array_power_eol_w"] = supply_w[-1]
    at_1_au = power.power_utilisation(supply_w, required_w=required_w)
    out["power_utilisation"] = at_1_au / s.assumptions.power.sizing_flux_fraction


@stage(
    reads=(
        "gpu_ageing_loss_rate_per_yr",
        "radiation_loss_rate_per_gpu_yr",
        "debris_loss_rate_per_yr",
        "loop_loss_rate_per_yr",
        "burnout_loss_rate_per_yr",
    ),
    writes=("satellite_loss_rate_per_yr", "compute_loss_rate_per_yr", "chip_loss_rate_per_yr"),
)
def losses(s: State) -> None:
    """Add up what is lost to age, radiation, debris, burnout and bus failures."""
    out = s.out
    parts = out["loop_loss_rate_per_yr"] + out["burnout_loss_rate_per_yr"]
    vehicle = out["debris_loss_rate_per_yr"] + _bus_loss_rate_per_yr(s)
    s.chip_loss_rate_per_yr = (
        out["gpu_ageing_loss_rate_per_yr"] + out["radiation_loss_rate_per_gpu_yr"]
    )
    out |= {
        "satellite_loss_rate_per_yr": vehicle,
        "compute_loss_rate_per_yr": s.chip_loss_rate_per_yr + vehicle + parts,
    }


@stage(
    reads=(
        "visits",
        "spares_cover",
        "debris_loss_rate_per_yr",
        "satellite_loss_rate_per_yr",
        "chip_loss_rate_per_yr",
    ),
    writes=("debris_loss_probability", "gpu_alive_fraction", "satellite_alive_fraction"),
)
def alive_shares(s: State) -> None:
    """Find what is left of chips and satellites over the life."""
    out, life_yr, module_yr = s.out, s.life_yr, module_years(s)
    served_yr = reliability.spared_years(
        s.chip_loss_rate_per_yr,
        covered=s.spares_cover,
        fading_per_yr=np.zeros(()),
        life_yr=module_yr,
    )
    out |= {
        "debris_loss_probability": -np.expm1(-out["debris_loss_rate_per_yr"] * life_yr),
        "gpu_alive_fraction": served_yr / module_yr,
        "satellite_alive_fraction": reliability.mean_alive_fraction(
            out["satellite_loss_rate_per_yr"], life_yr=life_yr
        ),
    }


@stage(
    reads=(
        "visits",
        "satellite_loss_rate_per_yr",
        "loop_loss_rate_per_yr",
        "burnout_loss_rate_per_yr",
        "mass_gpus_kg",
        "mass_host_kg",
        "on_orbit_mass_kg",
        "launch_mass_kg",
    ),
    writes=("visit_kg", "unvisited_per_yr", "refresh_mass_kg"),
)
def visit_mass(s: State) -> None:
    """Weigh what visits bring, modules for the loops and switches that still work.

    A visit flies as the satellite did: it takes its share of a transfer stage.
    """
    out, assumed = s.out, s.assumptions.refresh
    s.visit_kg = s.unvisited_per_yr = out["refresh_mass_kg"] = np.zeros(())
    if s.visits is not None:
        parts = out["loop_loss_rate_per_yr"] + out["burnout_loss_rate_per_yr"]
        s.unvisited_per_yr = out["satellite_loss_rate_per_yr"] + parts
        modules_kg = out["mass_gpus_kg"] + assumed.host_share * out["mass_host_kg"]
        stage_factor = out["launch_mass_kg"] / out["on_orbit_mass_kg"]
        s.visit_kg = modules_kg * assumed.carrier_factor * stage_factor
        out["refresh_mass_kg"] = s.visit_kg * refresh.sum_over_visits(
            s.visits, discount_per_yr=s.unvisited_per_yr
        )


def module_years(s: State) -> FloatArray:
    """Return how long accelerators serve: for the life, or up to the next visit [yr]."""
    if s.visits is None:
        return s.life_yr
    return np.where(s.visits.number > 0.0, s.visits.period_yr, s.life_yr)


def _coolant_drop_k(s: State) -> FloatArray:
    """Return what the coolant would fall by in an endless eclipse without accelerators [K]."""
    coolant_c = s.out["junction_temperature_c"] - s.hardware.gpu["junction_delta_k"]
    bus_k = thermal.temperature_over_life_k(s.radiator_balance, alive_fraction=0.0, life_share=0.0)
    # A valve leads the coolant past a radiator that gets too cold.
    floor_c = np.maximum(s.assumptions.thermal.loop_floor_c, bus_k - ZERO_CELSIUS_K)
    return np.maximum(coolant_c - floor_c, 0.0)


@stage(
    reads=(
        "visits",
        "radiator_balance",
        "radiator_temperature_k",
        "junction_temperature_c",
        "longest_eclipse_min",
        "eclipses_per_yr",
        "period_min",
        "mass_gpus_kg",
        "mass_host_kg",
        "mass_radiator_kg",
    ),
    writes=("solder_swing_k", "solder_fatigue_utilisation"),
)
def solder(s: State) -> None:
    """Hold the eclipses of the life against what the joints under the accelerators bear."""
    assumed, out, radiator = s.assumptions.reliability, s.out, s.hardware.radiator
    rise_k = s.hardware.gpu["junction_delta_k"]
    out["solder_swing_k"] = fatigue.solder_swing_k(
        rise_k,
        joint_share=assumed.solder_joint_share,
        coolant_drop_k=_coolant_drop_k(s),
        eclipse_min=out["longest_eclipse_min"],
        time_constant_s=fatigue.loop_time_constant_s(
            out["mass_gpus_kg"] + out["mass_host_kg"] + out["mass_radiator_kg"],
            heat_capacity_j_per_kg_k=s.assumptions.thermal.loop_heat_capacity_j_per_kg_k,
            radiator_k=out["radiator_temperature_k"],
            area_m2=s.design["radiator_area_m2"],
            emissivity=radiator["emissivity_eol"],
            fin_efficiency=radiator["fin_efficiency"],
        ),
        eclipse_power_fraction=s.design["eclipse_power_fraction"],
    )
    out["solder_fatigue_utilisation"] = fatigue.fatigue_utilisation(
        out["eclipses_per_yr"] * module_years(s),
        swing_k=out["solder_swing_k"],
        top_c=out["junction_temperature_c"] - rise_k * (1.0 - assumed.solder_joint_share),
        period_min=out["period_min"],
        test_cycles=assumed.solder_test_cycles,
    )
