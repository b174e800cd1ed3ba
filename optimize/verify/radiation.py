"""Radiation by the full pipeline at exactly the design's orbit and shield, not from the table.

AE-8 and AP-8 along the orbit, IGE-2006 for geostationary electrons, SHIELDOSE-2 through the shield.
What the table leaves out is in: no interpolation, and solar protons are filtered energy by energy
before the shield. The models are those of the table: this checks the table, not the models.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from optimize.export.reading import number
from optimize.verify.result import InapplicableError, Pair, named
from problems.radiation.exposure import solar_growth
from problems.units import FloatArray

Document = Mapping[str, Any]

#: Less than this is nothing to chips of many krad; differences are measured against it.
SMALL_DOSE_KRAD_YR = 1e-3
SMALL_FLUX_CM2_S = 0.1
NOTHING = 1e-12
#: SHIELDOSE-2 needs several depths; the shield of the design is in the middle.
AROUND = np.geomspace(1.0 / 3.0, 3.0, 41)
MIDDLE = 20


def check(document: Document) -> list[Pair]:
    """Return trapped, solar and cosmic-ray dose, proton flux at the die."""
    from problems.data.build import radiation_cells as cells
    from problems.data.build import radiation_irbem as irbem
    from problems.data.build import radiation_transport as transport
    from problems.data.build import radiation_trapped as trapped
    from problems.data.build.radiation import GCR_PHASES, mean_spectra

    altitude = number(document, "outputs", "orbit_altitude_km", "km")
    inclination = number(document, "outputs", "inclination_deg", "deg")
    depth = number(document, "variables", "shield_mm", "mm") * AROUND
    if not 100.0 < altitude < 36_500.0:
        raise InapplicableError(f"no belt model at {altitude:g} km")
    fluxes = trapped.latitude_fluxes(altitude)
    proton, electron = mean_spectra(fluxes, inclination)
    open_share = trapped.orbit_average(fluxes["open"], inclination)
    belts = irbem.dose_depth(
        depth,
        proton=(cells.PROTON_GRID_MEV, proton),
        electron=_electrons(document, (cells.ELECTRON_GRID_MEV, electron)),
    )
    rate = sum(float(belts[name][MIDDLE]) for name in ("proton", "electron", "bremsstrahlung"))
    energy, fluence = transport.solar_spectrum()
    share = transport.transmission(open_share, altitude, transport.rigidity_gv(energy))
    solar = irbem.dose_depth(depth, solar=(energy, fluence * share))["solar"]
    gcr = sum(part * transport.gcr_dose_rad_yr(w, open_share, altitude) for part, w in GCR_PHASES)
    flux = transport.integral_above(cells.PROTON_GRID_MEV, proton, transport.die_cut_energy(depth))
    return _pairs(
        document,
        trapped_krad_yr=_or_zero(rate * transport.SECONDS_PER_YEAR / 1e3),
        solar_krad=_or_zero(float(solar[MIDDLE]) / 1e3),
        gcr_krad_yr=gcr / 1e3,
        flux_cm2_s=_or_zero(float(flux[MIDDLE])),
        active_share=transport.MAX_SHARE,
    )


def _or_zero(value: float) -> float:
    """Return a dose or flux, zero where the pipeline gives its placeholder for none."""
    return value if value > NOTHING else 0.0


def _electrons(
    document: Document, belt: tuple[FloatArray, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Return the electron spectrum: IGE-2006 replaces AE-8 in the geostationary orbit."""
    from problems.data.build import radiation_irbem as irbem

    if document["variables"]["orbit"]["value"] == "geo":
        return irbem.ige2006_mean()
    return belt


def _pairs(
    document: Document,
    *,
    trapped_krad_yr: float,
    solar_krad: float,
    gcr_krad_yr: float,
    flux_cm2_s: float,
    active_share: float,
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
    growth = float(solar_growth(np.array(active_share * years)))
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
