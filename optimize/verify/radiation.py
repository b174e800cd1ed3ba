"""Radiation by the full pipeline at exactly the design's orbit and shield, not from the table.

AE-8 and AP-8 along the orbit, IGE-2006 for geostationary electrons, SHIELDOSE-2 through the shield.
What the table leaves out is in: no interpolation, and solar protons are filtered energy by energy
before the shield. The models are those of the table: this checks the table, not the models.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.interpolate import PchipInterpolator

from optimize.export.reading import number
from optimize.verify.result import InapplicableError, Pair, named
from problems.radiation import own_mass
from problems.radiation.dose import of_the_phases
from problems.radiation.exposure import active_share, solar_growth
from problems.units import FloatArray

Document = Mapping[str, Any]

#: Less than this is nothing to chips of many krad; differences are measured against it.
SMALL_DOSE_KRAD_YR = 1e-3
SMALL_FLUX_CM2_S = 0.1
NOTHING = 1e-12


def check(document: Document) -> list[Pair]:
    """Return trapped, solar and cosmic-ray dose, proton flux at the die."""
    from problems.data.build import radiation as builder
    from problems.data.build import radiation_grid as grid
    from problems.data.build import radiation_irbem as irbem
    from problems.data.build import radiation_transport as transport
    from problems.data.build import radiation_trapped as trapped

    altitude = number(document, "outputs", "orbit_altitude_km", "km")
    inclination = number(document, "outputs", "inclination_deg", "deg")
    if not 100.0 < altitude < 36_500.0:
        raise InapplicableError(f"no belt model at {altitude:g} km")
    fluxes = trapped.latitude_fluxes(altitude)
    spectra = [builder.spectra(fluxes, inclination, phase) for phase in builder.PHASE_SHARE]
    if document["variables"]["orbit"]["value"] == "geo":
        belts = [_geostationary_krad_yr()] * 2
    else:
        belts = [builder.dose_krad_yr(*phase) for phase in spectra]
    open_share = trapped.orbit_average(fluxes["open"], inclination)
    energy, fluence = transport.solar_spectrum()
    share = transport.transmission(open_share, altitude, transport.rigidity_gv(energy))
    solar = irbem.dose_depth(grid.DEPTH_MM, solar=(energy, fluence * share))["solar"]
    gcr = sum(
        part * transport.gcr_dose_rad_yr(w, open_share, altitude) for part, w in builder.GCR_PHASES
    )
    flux = [builder.die_flux(proton) for proton, _ in spectra]
    depths_mm = _depths_mm(document)
    return _pairs(
        document,
        trapped_krad_yr=_behind(depths_mm[:1], _cycle_mean(belts), own_mass.SHIELD_ALONE),
        solar_krad=_behind(depths_mm, solar / 1e3, own_mass.WORST_DIE),
        gcr_krad_yr=gcr / 1e3,
        flux_cm2_s=_behind(depths_mm, _dated(document, flux), own_mass.MEAN_DIE),
    )


def _geostationary_krad_yr() -> FloatArray:
    """Dose of IGE-2006 electrons behind the depths of the pipeline."""
    from problems.data.build import radiation_grid as grid
    from problems.data.build import radiation_irbem as irbem
    from problems.data.build import radiation_transport as transport

    dose = irbem.dose_depth(grid.DEPTH_MM, electron=irbem.ige2006_mean())
    rad_s = dose["electron"] + dose["bremsstrahlung"]
    return np.asarray(rad_s * (transport.SECONDS_PER_YEAR / 1e3))


def _cycle_mean(phases: Sequence[FloatArray]) -> FloatArray:
    from problems.data.build import radiation_transport as transport

    return np.asarray(transport.MIN_SHARE * phases[0] + transport.MAX_SHARE * phases[1])


def _dated(document: Document, phases: Sequence[FloatArray]) -> FloatArray:
    """Return the mean over the life of the design."""
    return of_the_phases(phases[0], phases[1], active_share=_active_share(document))


def _active_share(document: Document) -> FloatArray:
    return active_share(
        np.array(number(document, "variables", "launch_year", "yr")),
        life_yr=np.array(number(document, "variables", "design_life_yr", "yr")),
        minimum_yr=number(document, "assumptions", "radiation.solar_minimum_year", "yr"),
    )


def _depths_mm(document: Document) -> FloatArray:
    """Return the depths of the shield alone, and of shield and equipment along the rays [mm]."""
    mass_kg = sum(number(document, "outputs", f"mass_{part}_kg", "kg") for part in ("gpus", "host"))
    own_mm = own_mass.own_mass_mm(
        np.array([mass_kg]),
        volume_m3=np.array([number(document, "outputs", "bay_volume_m3", "m3")]),
        absorbing_frac=number(document, "assumptions", "radiation.self_shielding_frac", "1"),
    )
    shield_mm = np.array([number(document, "variables", "shield_mm", "mm")])
    return own_mass.depths_mm(shield_mm, own_mass_mm=own_mm)[:, 0]


def _behind(depth_mm: FloatArray, curve: FloatArray, weights: FloatArray) -> float:
    """Return the mean of a depth curve over depths, as the die weighs the last of them."""
    from problems.data.build import radiation_grid as grid

    ln_curve = PchipInterpolator(np.log(grid.DEPTH_MM), np.log(np.maximum(curve, NOTHING)))
    # Rays that leave the pipeline's depths carry next to nothing.
    left = np.exp(ln_curve(np.log(np.minimum(depth_mm, grid.DEPTH_MM[-1]))))
    return _or_zero(float(own_mass.mean_over(left, weights)))


def _or_zero(value: float) -> float:
    """Return a dose or flux, zero where the pipeline gives its placeholder for none."""
    return value if value > NOTHING else 0.0


def _pairs(
    document: Document,
    *,
    trapped_krad_yr: float,
    solar_krad: float,
    gcr_krad_yr: float,
    flux_cm2_s: float,
) -> list[Pair]:
    """Bring rates to the life of the design as the model does, and pair them with it."""
    life = number(document, "variables", "design_life_yr", "yr")
    transfer = number(document, "outputs", "transfer_time_yr", "yr")
    electric = document["variables"]["transfer"]["value"] == "electric"
    working = max(life - transfer, 0.0)
    years = working + (transfer if electric else 0.0)
    factor = {
        name: number(document, "assumptions", f"radiation.{name}_multiplier", "1")
        for name in ("trapped", "solar", "gcr")
    }
    transit = number(document, "outputs", "transit_dose_krad", "krad")
    tool = f"{named('aep8')}, {named('spacepy')}"
    growth = float(solar_growth(_active_share(document) * years))
    doses = (
        (
            "trapped_dose_krad",
            trapped_krad_yr * working * factor["trapped"],
            "in the working orbit; AE-8/AP-8 and SHIELDOSE-2, no table",
            transit,
        ),
        (
            "solar_dose_krad",
            solar_krad * growth * factor["solar"],
            "spectrum cut off by the field before the shield",
            0.0,
        ),
        (
            "gcr_dose_krad",
            gcr_krad_yr * years * factor["gcr"],
            "open share of this orbit, no table",
            0.0,
        ),
    )
    small = SMALL_DOSE_KRAD_YR * life
    pairs = []
    for name, independent, note, elsewhere in doses:
        ours = number(document, "outputs", name, "krad") - elsewhere
        pairs.append(Pair(name, "krad", ours, independent, tool, note, scale=small))
    name, unit, note = "trapped_flux_cm2_s", "1/cm2/s", "protons that keep 30 MeV at the die"
    ours, independent = number(document, "outputs", name, unit), flux_cm2_s * factor["trapped"]
    return [*pairs, Pair(name, unit, ours, independent, tool, note, scale=SMALL_FLUX_CM2_S)]
