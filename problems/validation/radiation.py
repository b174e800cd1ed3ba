"""Quantities of radiation for the validation: all from the shipped table, or its build record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources

import numpy as np

from problems import radiation
from problems.parameters.assumptions import load_assumptions
from problems.parameters.catalog import Array, catalog_table
from problems.radiation import anomaly, hadrons, own_mass
from problems.radiation import events as radiation_events
from problems.spec import SpecError, nearest
from problems.units import SECONDS_PER_YEAR, FloatArray
from problems.validation.inputs import Inputs, Quantity

#: Altitudes of SPENVIS count from 6371.0 km, ours from 6378.137 km.
_SPENVIS_SHIFT_KM = 6371.0 - 6378.137
_NONE = np.zeros(1)
_ALONE = own_mass.SHIELD_ALONE


def _environment(inputs: Inputs) -> radiation.RadiationEnvironment:
    shift = _SPENVIS_SHIFT_KM if inputs.text("altitude_above", "6378.137") == "6371.0" else 0.0
    return radiation.environment(
        inputs.row("altitude_km") + shift,
        inputs.row("inclination_deg"),
        is_geo=np.array([inputs.text("orbit", "inclined") == "geo"]),
        tables=radiation.load_radiation_tables(),
    )


def _behind(env: radiation.RadiationEnvironment, shield_mm: FloatArray) -> radiation.Shielded:
    """Return what the shield alone leaves: published points know no equipment."""
    return radiation.behind(
        env, own_mass.depths_mm(shield_mm), tables=radiation.load_radiation_tables()
    )


def _dose_rates(inputs: Inputs) -> radiation.DoseRates:
    env = _environment(inputs)
    return radiation.dose_rates(
        env,
        _behind(env, inputs.row("shield_mm", 10.0)),
        weights=_ALONE,
        active_share=radiation.load_radiation_tables().active_share,
    )


def _dose(name: str) -> Quantity:
    """Dose of one source over the life, mean of a solar cycle."""

    def dose(inputs: Inputs) -> float:
        doses = radiation.mission_dose(
            _dose_rates(inputs),
            radiation.stay(
                inputs.row("life_yr"),
                transfer_time_yr=_NONE,
                transfer_delta_v_km_s=_NONE,
                active_share=radiation.load_radiation_tables().active_share,
            ),
            trapped_multiplier=1.0,
            solar_multiplier=1.0,
            gcr_multiplier=1.0,
        )
        return float(getattr(doses, name)[0])

    return dose


def _solar_dose_95(inputs: Inputs) -> float:
    return float(_dose_rates(inputs).solar_95_krad[0])


def _environment_field(name: str) -> Quantity:
    def field(inputs: Inputs) -> float:
        return float(getattr(_environment(inputs), name)[0])

    return field


def _albedo_protons(inputs: Inputs) -> float:
    """Albedo protons above an energy, per m2, s and sr."""
    env, above = _environment(inputs), inputs.number("above_mev")
    flux = env.albedo_protons_cm2_s * (above / 30.0) ** -env.albedo_slope
    return float(flux[0]) * 1e4 / (4.0 * np.pi)


def _anomaly(name: str) -> Quantity:
    """Share of time in the anomaly, mean of both phases."""

    def share(inputs: Inputs) -> float:
        inside = anomaly.anomaly(_environment(inputs), active_share=0.5)
        return float(getattr(inside, name)[0])

    return share


def _electron_model_ratio(inputs: Inputs) -> float:
    """Dose of AE8 at the geostationary radius over the dose of the family that uses IGE-2006."""
    altitude, shield = inputs.row("altitude_km"), inputs.row("shield_mm")
    tables = radiation.load_radiation_tables()
    ae8, ige = (
        _behind(
            radiation.environment(altitude, _NONE, is_geo=np.array([is_geo]), tables=tables), shield
        ).dose_max_krad_per_yr[0, 0]
        for is_geo in (False, True)
    )
    return float(ae8 / ige)


def _hadrons(inputs: Inputs) -> hadrons.HadronFlux:
    """Return hadrons behind the shield alone, mean of a solar cycle, nominal assumptions."""
    a, env = load_assumptions().radiation, _environment(inputs)
    return hadrons.hadron_flux(
        env,
        _behind(env, inputs.row("shield_mm", 10.0)),
        weights=_ALONE,
        active_share=radiation.load_radiation_tables().active_share,
        solar_mean_share=a.solar_mean_share,
        secondary_multiplier=a.secondary_multiplier,
        albedo_multiplier=a.albedo_multiplier,
        trapped_multiplier=a.trapped_multiplier,
        solar_multiplier=a.solar_multiplier,
        gcr_multiplier=a.gcr_multiplier,
    )


def _flux(name: str) -> Quantity:
    def flux(inputs: Inputs) -> float:
        return float(getattr(_hadrons(inputs), name)[0])

    return flux


def _equivalent(inputs: Inputs) -> radiation_events.EquivalentFlux:
    a, env = load_assumptions().radiation, _environment(inputs)
    return radiation_events.equivalent_flux(
        np.sum(_hadrons(inputs), axis=0),
        memory_transmission=env.ions_let_3,
        logic_transmission=env.ions_let_1,
        active_share=radiation.load_radiation_tables().active_share,
        heavy_ion_flux_cm2_s=a.heavy_ion_flux_cm2_s,
        heavy_ion_active_ratio=a.heavy_ion_active_ratio,
        gcr_multiplier=a.gcr_multiplier,
    )


def _shield_only_flux(inputs: Inputs) -> float:
    return float(_equivalent(inputs).particle_flux_cm2_s[0])


def _rate(name: str) -> Quantity:
    """Events per chip of the irradiated kind and year, in an orbit or at a known fluence."""

    def rate(inputs: Inputs) -> float:
        a = load_assumptions().radiation
        beam = inputs.number("fluence_cm2_per_yr", 0.0)
        if beam > 0.0:
            memory = logic = np.array([beam / SECONDS_PER_YEAR])
        else:
            flux = _equivalent(inputs)
            memory, logic = flux.particle_flux_cm2_s, flux.logic_flux_cm2_s
        rates = radiation_events.event_rates(
            memory,
            logic_flux_cm2_s=logic,
            at_work_fraction=np.ones(1),
            latchup_transmission=_NONE,
            tid_loss_rate_per_gpu_yr=_NONE,
            hbm_gb=np.array([a.uecc_reference_hbm_gb]),
            sigma_sdc_cm2=a.sigma_sdc_cm2,
            sigma_uecc_cm2=a.sigma_uecc_cm2,
            sigma_sefi_cm2=a.sigma_sefi_cm2,
            sigma_host_cm2=a.sigma_host_cm2,
            sigma_hard_cm2=a.sigma_hard_cm2,
            latchup_rate_per_yr=a.latchup_rate_per_yr,
            uecc_reference_hbm_gb=a.uecc_reference_hbm_gb,
            gpus_per_host=1.0,
            sdc_detected_fraction=a.sdc_detected_fraction,
        )
        return float(getattr(rates, name)[0])

    return rate


def _margin_loss(inputs: Inputs) -> float:
    """Memory without timing margin after a dose."""
    a = load_assumptions().radiation
    loss = radiation_events.tid_loss(
        inputs.array("dose_krad"),
        life_yr=np.asarray(1.0),
        chip_d50_krad=a.chip_d50_krad,
        chip_spread=a.chip_spread,
        hbm_d50_krad=a.hbm_d50_krad,
        hbm_spread=a.hbm_spread,
    )
    return float(loss.hbm_margin_loss_fraction)


def _cell_fluence(inputs: Inputs) -> float:
    """Equivalent electrons per year from the belts behind a coverglass."""
    glass_um, kind = inputs.number("coverglass_um"), inputs.text("damage_kind")
    cells = radiation.cell_environment(
        _environment(inputs),
        array_code=np.array([0]),
        cells=radiation.build_cell_tables([glass_um], [kind]),
    )
    return float(cells.trapped_fluence_cm2_per_yr[0])


def _remaining_power(inputs: Inputs) -> float:
    """Power left of an array of the catalogue after a fluence."""
    name = inputs.text("array")
    rows = catalog_table("arrays").rows
    row = rows.get(name)
    if not isinstance(row, Array):
        raise SpecError("array", f"unknown array '{name}'", nearest(name, rows))
    lost = radiation.cell_damage_fraction(
        inputs.array("fluence_cm2"),
        damage_c=row.damage_c,
        damage_fluence_cm2=row.damage_fluence_cm2,
    )
    return float(1.0 - lost)


@cache
def _record() -> Mapping[str, float]:
    """Return what the build of the table found for single phases of the solar cycle."""
    text = resources.files("problems.data").joinpath("radiation_check.json").read_text("utf-8")
    return {row["quantity"]: float(row["value"]) for row in json.loads(text)["published"]}


def _build_record(inputs: Inputs) -> float:
    """Value recorded when the table was built: the shipped table has cycle means only."""
    entry = inputs.text("entry")
    if entry not in _record():
        raise SpecError("entry", f"unknown record '{entry}'", nearest(entry, _record()))
    return _record()[entry]


QUANTITIES: Mapping[str, Quantity] = {
    "radiation.trapped_dose_krad": _dose("belt_dose_krad"),
    "radiation.solar_dose_krad": _dose("solar_dose_krad"),
    "radiation.solar_dose_95_krad": _solar_dose_95,
    "radiation.solar_transmission": _environment_field("solar_transmission"),
    "radiation.electron_model_ratio": _electron_model_ratio,
    "radiation.trapped_flux_cm2_s": _flux("trapped_flux_cm2_s"),
    "radiation.solar_flux_mean_cm2_s": _flux("solar_flux_mean_cm2_s"),
    "radiation.shield_only_flux_cm2_s": _shield_only_flux,
    "radiation.ions_let_3": _environment_field("ions_let_3"),
    "radiation.albedo_protons_m2_s_sr": _albedo_protons,
    "radiation.saa_time_fraction": _anomaly("time_fraction"),
    "radiation.sdc_rate_per_gpu_yr": _rate("sdc_rate_per_gpu_yr"),
    "radiation.uecc_rate_per_gpu_yr": _rate("uecc_rate_per_gpu_yr"),
    "radiation.sefi_rate_per_gpu_yr": _rate("sefi_rate_per_gpu_yr"),
    "radiation.host_crash_rate_per_gpu_yr": _rate("host_crash_rate_per_gpu_yr"),
    "radiation.hbm_margin_loss_fraction": _margin_loss,
    "radiation.cell_fluence_cm2_per_yr": _cell_fluence,
    "radiation.cell_remaining_power": _remaining_power,
    "radiation.build_record": _build_record,
}
