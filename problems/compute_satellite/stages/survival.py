"""Stages of survival: visits, the life of chips and cells, losses."""

from __future__ import annotations

import numpy as np

from problems import orbit, radiation
from problems.compute_satellite.state import State, somewhere, stage
from problems.economics import refresh
from problems.spacecraft import power, reliability, thermal
from problems.units import FloatArray

#: Less than this lost in half a life says nothing of how losses slow down.
SMALLEST_LOSS = 1e-9


@stage(
    reads=("flight", "orbit_altitude_km", "bay_surface_m2"),
    writes=(
        "debris_flux_over_1_mm_per_m2_yr",
        "debris_flux_over_1_cm_per_m2_yr",
        "debris_loss_rate_per_yr",
    ),
)
def debris(s: State) -> None:
    """Find how often an impact ends the mission."""
    assumed = s.assumptions.orbit
    flux = orbit.debris_flux(
        s.out["orbit_altitude_km"],
        unsaturation=s.flight.debris_unsaturation,
        inclination_factor=s.flight.debris_inclination_factor,
        year=assumed.epoch_year,
        solar_flux_sfu=assumed.debris_solar_flux_sfu,
        flux_multiplier=assumed.debris_flux_multiplier,
        above_leo_frac=assumed.debris_above_leo,
        above_leo_scale_km=assumed.debris_above_leo_scale_km,
    )
    s.out |= {
        "debris_flux_over_1_mm_per_m2_yr": flux.over_1_mm_per_m2_yr,
        "debris_flux_over_1_cm_per_m2_yr": flux.over_1_cm_per_m2_yr,
        "debris_loss_rate_per_yr": orbit.debris_loss_rate_per_yr(
            flux,
            tube_area_m2=s.design["radiator_area_m2"] * s.assumptions.mass.radiator_tube_frac,
            bus_area_m2=s.out["bay_surface_m2"],
        ),
    }


@stage(reads=("work_yr",), writes=("visits", "refresh_visits"))
def servicing(s: State) -> None:
    """Find when visits bring new modules."""
    s.visits, s.out["refresh_visits"] = None, np.zeros(())
    if somewhere(s.design["refresh_yr"]):
        s.visits = refresh.visits(s.design["refresh_yr"], work_yr=s.work_yr)
        s.out["refresh_visits"] = s.visits.number


def _replaced(s: State, alive: FloatArray) -> FloatArray:
    """Return the share alive; all of them where a visit may just have replaced the lost."""
    if s.visits is None:
        return alive
    return np.where(s.visits.number > 0.0, 1.0, alive)


def _ageing_per_yr(s: State, chips_c: FloatArray) -> FloatArray:
    """Return the failures of accelerators that age brings at a junction temperature [1/yr]."""
    assumed = s.assumptions.reliability
    return assumed.gpu_failure_rate_per_yr * reliability.arrhenius_factor(
        chips_c,
        reference_c=assumed.reference_junction_c,
        activation_energy_ev=assumed.activation_energy_ev,
    )


def _chips_over_life_c(s: State, alive: FloatArray, share: float) -> FloatArray:
    """Return the junction temperature with some accelerators dead and coatings darker [degC]."""
    radiator_k = thermal.temperature_over_life_k(
        s.radiator_balance, alive_fraction=alive, life_share=share
    )
    # Chips stay as far above the radiator as they are when new.
    return radiator_k + (s.out["junction_temperature_c"] - s.out["radiator_temperature_k"])


def _slowing(s: State, new_per_yr: FloatArray) -> FloatArray:
    """Return how ageing slows with losses, on average over the first half of the life [1].

    Its slope when new predicts the survivors of half the life, whose temperature tells the rest.
    """
    half_yr, out = s.life_yr * 0.5, s.out
    cooling_k = thermal.cooling_by_losses_k(
        s.radiator_balance, radiator_k=out["radiator_temperature_k"]
    )
    at_first = reliability.arrhenius_slowing(
        out["junction_temperature_c"],
        cooling_k=cooling_k,
        activation_energy_ev=s.assumptions.reliability.activation_energy_ev,
    )
    lost = reliability.self_slowing_losses(new_per_yr, slowing=at_first, time_yr=half_yr)
    alive = _replaced(s, np.exp(-lost - out["radiation_loss_rate_per_gpu_yr"] * half_yr))
    later_per_yr = _ageing_per_yr(s, _chips_over_life_c(s, alive, 0.5))
    return np.log(new_per_yr / later_per_yr) / np.maximum(lost, SMALLEST_LOSS)


@stage(
    reads=(
        "visits",
        "radiator_balance",
        "radiator_temperature_k",
        "junction_temperature_c",
        "radiation_loss_rate_per_gpu_yr",
    ),
    writes=("gpu_ageing_loss_rate_per_yr", "junction_margin_k", "alive_over_life"),
)
def ageing(s: State) -> None:
    """Follow the accelerators over the life: fewer of them make less heat, and age more slowly."""
    out, new_c = s.out, s.out["junction_temperature_c"]
    new_per_yr = _ageing_per_yr(s, new_c)
    slowing = _slowing(s, new_per_yr)
    times_yr = [s.life_yr * share for share in reliability.LIFE_SHARES[1:]]
    aged = [
        reliability.self_slowing_losses(new_per_yr, slowing=slowing, time_yr=time_yr)
        for time_yr in times_yr
    ]
    by_radiation = out["radiation_loss_rate_per_gpu_yr"]
    alive = [
        _replaced(s, np.exp(-lost - by_radiation * yr))
        for lost, yr in zip(aged, times_yr, strict=True)
    ]
    s.alive_over_life = [np.ones(()), *alive]
    # Losses slow down, so heat falls ever more slowly: it is hottest at one end of the life.
    hottest_c = np.maximum(new_c, _chips_over_life_c(s, alive[-1], 1.0))
    out |= {
        "gpu_ageing_loss_rate_per_yr": reliability.mean_rate_per_yr(aged, life_yr=s.life_yr),
        "junction_margin_k": s.assumptions.thermal.junction_limit_c - hottest_c,
    }


@stage(
    reads=(
        "array_power_bol_w",
        "array_power_required_w",
        "chip_array_power_w",
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
    arrival = s.cell_fluence_on_arrival_cm2
    at_work = out["cell_fluence_cm2"] - arrival
    damage = [
        radiation.cell_damage_fraction(
            arrival + at_work * share if share else arrival,
            damage_c=cells["damage_c"],
            damage_fluence_cm2=cells["damage_fluence_cm2"],
        )
        for share in reliability.LIFE_SHARES[:-1]
    ]
    supply_w = power.array_power_over_life_w(
        out["array_power_bol_w"],
        damage_fractions=[*damage, out["cell_damage_fraction"]],
        ageing_per_yr=s.assumptions.power.array_ageing_per_yr,
        life_yr=s.life_yr,
    )
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
    ),
    writes=("satellite_loss_rate_per_yr", "compute_loss_rate_per_yr", "chip_loss_rate_per_yr"),
)
def losses(s: State) -> None:
    """Add up what is lost to age, radiation, debris and bus failures."""
    out = s.out
    vehicle = s.assumptions.reliability.bus_failure_rate_per_yr + out["debris_loss_rate_per_yr"]
    s.chip_loss_rate_per_yr = (
        out["gpu_ageing_loss_rate_per_yr"] + out["radiation_loss_rate_per_gpu_yr"]
    )
    out |= {
        "satellite_loss_rate_per_yr": vehicle,
        "compute_loss_rate_per_yr": s.chip_loss_rate_per_yr + vehicle,
    }


@stage(
    reads=(
        "visits",
        "debris_loss_rate_per_yr",
        "satellite_loss_rate_per_yr",
        "chip_loss_rate_per_yr",
    ),
    writes=("debris_loss_probability", "gpu_alive_fraction", "satellite_alive_fraction"),
)
def alive_shares(s: State) -> None:
    """Find what is left of chips and satellites over the life."""
    out, life_yr = s.out, s.life_yr
    out |= {
        "debris_loss_probability": -np.expm1(-out["debris_loss_rate_per_yr"] * life_yr),
        "gpu_alive_fraction": reliability.mean_alive_fraction(
            s.chip_loss_rate_per_yr, life_yr=_module_years(s)
        ),
        "satellite_alive_fraction": reliability.mean_alive_fraction(
            out["satellite_loss_rate_per_yr"], life_yr=life_yr
        ),
    }


def _module_years(s: State) -> FloatArray:
    """Return how long accelerators serve: for the life, or up to the next visit [yr]."""
    if s.visits is None:
        return s.life_yr
    return np.where(s.visits.number > 0.0, s.visits.period_yr, s.life_yr)
