"""Slowing down in aluminium, geomagnetic transmission, solar protons and galactic cosmic rays.

References
----------
.. [1] Tylka, A. J. et al., "CREME96", IEEE Trans. Nucl. Sci. 44 (1997) 2150: vertical cutoff
   14.5/L^2.
.. [2] Xapsos, M. A. et al., "Probability model for cumulative solar proton event fluences",
   IEEE Trans. Nucl. Sci. 47 (2000) 486 (ESP); the anchors below are a SPENVIS run of
   ESP-PSYCHIC at 95 % confidence, two active years, free space.
.. [3] Matthiä, D. et al., "A ready-to-use galactic cosmic ray model", Adv. Space Res. 51 (2013)
   329, equations 1-4 and table 1.
"""

from __future__ import annotations

import csv
import functools
from pathlib import Path

import numpy as np

from problems.data.build.radiation_irbem import Array, aluminium_ranges
from problems.data.build.radiation_trapped import EQUATORIAL_RADIUS_KM, RIGIDITY_GV, differential

HERE = Path(__file__).parent
PROTON_REST_GEV = 0.938272  # CODATA 2018
EARTH_MEAN_RADIUS_KM = 6371.0  # IUGG mean radius, seen as a disc that blocks the sky
ALUMINIUM_G_CM2_PER_MM = 0.27  # density 2.70 g/cm3
SECONDS_PER_YEAR = 3.15576e7  # Julian year
MIN_SHARE, MAX_SHARE = 4.0 / 11.0, 7.0 / 11.0  # quiet and active years of an 11-year cycle
DIE_CUT_MEV = 30.0  # protons that count at the die

# Free-space solar-proton fluence (/cm2) at 95 % for two active years [2].
SOLAR_MEV = np.array([1, 4, 10, 16, 32, 63, 100, 200, 320], dtype=float)
SOLAR_F95_2YR_CM2 = np.array(
    [4.07e11, 1.60e11, 6.78e10, 3.85e10, 1.41e10, 4.14e9, 1.53e9, 2.91e8, 8.26e7]
)
GCR_W_MIN, GCR_W_MAX = 10.0, 100.0  # sunspot number at minimum and maximum in [3]
GCR_MEV_N = np.geomspace(1.0, 1.0e5, 501)
SILICON_Z_OVER_A, SILICON_MEAN_EXCITATION_EV = 14.0 / 28.0855, 173.0  # ICRU Report 37
MEV_PER_GRAM_IN_RAD = 1.602177e-8  # 1 MeV/g in rad (100 erg/g)


@functools.cache
def _proton_range_table() -> tuple[Array, Array]:
    energy, range_g_cm2 = aluminium_ranges()["proton"]
    return np.log(energy), np.log(range_g_cm2)


def proton_range(energy_mev: Array) -> Array:
    """CSDA range of protons in aluminium, g/cm2 (ICRU-49 table, log-log)."""
    return np.asarray(np.exp(np.interp(np.log(energy_mev), *_proton_range_table())))


def proton_energy(range_g_cm2: Array) -> Array:
    """Energy of protons with a given range in aluminium, MeV."""
    energy, length = _proton_range_table()
    return np.asarray(np.exp(np.interp(np.log(range_g_cm2), length, energy)))


def die_cut_energy(depth_mm: Array) -> Array:
    """Energy outside the shield that leaves a proton with 30 MeV at the die."""
    start = proton_range(np.array([DIE_CUT_MEV]))
    return proton_energy(start + ALUMINIUM_G_CM2_PER_MM * np.asarray(depth_mm))


def integral_above(energy_mev: Array, flux: Array, cut_mev: Array) -> Array:
    """Integral of a differential spectrum above each cut, log-log between samples."""
    step = 0.5 * (flux[1:] + flux[:-1]) * np.diff(energy_mev)
    tail = np.concatenate([np.cumsum(step[::-1])[::-1], [0.0]])
    positive = np.maximum(tail, 1e-300)
    return np.asarray(np.exp(np.interp(np.log(cut_mev), np.log(energy_mev), np.log(positive))))


def shadow(altitude_km: float) -> float:
    """Share of the sky that the Earth leaves free."""
    ratio = EARTH_MEAN_RADIUS_KM / (EQUATORIAL_RADIUS_KM + altitude_km)
    return float(0.5 * (1.0 + np.sqrt(1.0 - ratio * ratio)))


def rigidity_gv(energy_mev_n: Array, mass_over_charge: float = 1.0) -> Array:
    """Magnetic rigidity of an ion with kinetic energy per nucleon, GV."""
    energy = np.asarray(energy_mev_n) / 1e3
    return np.asarray(mass_over_charge * np.sqrt(energy * (energy + 2.0 * PROTON_REST_GEV)))


def transmission(open_share: Array, altitude_km: float, rigidity: Array) -> Array:
    """Share of a free-space flux that reaches the orbit, at each rigidity (GV).

    ``open_share`` is the orbit average, on ``RIGIDITY_GV``, of positions with a cutoff below.
    """
    return np.asarray(shadow(altitude_km) * np.interp(rigidity, RIGIDITY_GV, open_share))


@functools.cache
def solar_spectrum() -> tuple[Array, Array]:
    """Energy (MeV) and differential fluence (/cm2/MeV), 95 %, two active years, free space."""
    energy = np.geomspace(1.0, 900.0, 260)
    # Power law beyond the last anchor, with the slope of the last two.
    slope = np.log(SOLAR_F95_2YR_CM2[-1] / SOLAR_F95_2YR_CM2[-2]) / np.log(320.0 / 200.0)
    anchors = np.append(SOLAR_MEV, [500.0, 1000.0])
    fluence = np.append(
        SOLAR_F95_2YR_CM2, SOLAR_F95_2YR_CM2[-1] * (np.array([500.0, 1000.0]) / 320.0) ** slope
    )
    return energy, differential(anchors, fluence, energy)


@functools.cache
def gcr_ions() -> dict[str, Array]:
    """Coefficients of [3], table 1, for hydrogen to nickel."""
    with (HERE / "gcr_ions.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    names = ("charge", "mass_number", "c", "gamma", "alpha")
    return {name: np.array([float(row[name]) for row in rows]) for name in names}


def gcr_flux(sunspot_w: float) -> Array:
    """Differential fluxes, /cm2/s/(MeV/n), 4 pi, shape (ions, energies) on ``GCR_MEV_N``."""
    ion = {name: column[:, None] for name, column in gcr_ions().items()}
    ratio = ion["mass_number"] / ion["charge"]
    energy = GCR_MEV_N / 1e3
    rigidity = ratio * np.sqrt(energy * (energy + 2.0 * PROTON_REST_GEV))
    beta = np.sqrt(energy * (energy + 2.0 * PROTON_REST_GEV)) / (energy + PROTON_REST_GEV)
    modulation = 0.37 + 3e-4 * sunspot_w**1.45
    exponent = 4.7 + 0.02 * sunspot_w
    flux = (
        ion["c"]
        * beta ** ion["alpha"]
        / rigidity ** ion["gamma"]
        * ratio
        / beta
        * (rigidity / (rigidity + modulation)) ** exponent
    )
    return np.asarray(flux * 4.0 * np.pi / 1e4)  # per m2 s sr (MeV/n) -> per cm2 s (MeV/n)


def silicon_let(energy_mev_n: Array, charge: float) -> Array:
    """LET in silicon, MeV cm2/g: Bethe formula with Barkas effective charge, E >= 1 MeV/n."""
    gamma = 1.0 + energy_mev_n / (1e3 * PROTON_REST_GEV)
    beta2 = 1.0 - 1.0 / gamma**2
    log_term = np.log(2.0 * 0.511e6 * beta2 * gamma**2 / SILICON_MEAN_EXCITATION_EV)
    effective = charge * (1.0 - np.exp(-125.0 * np.sqrt(beta2) * charge ** (-2.0 / 3.0)))
    return np.asarray(0.307075 * SILICON_Z_OVER_A / beta2 * effective**2 * (log_term - beta2))


def ion_exit_energy(energy_mev_n: Array, charge: float, mass: float, shield_g_cm2: float) -> Array:
    """Energy per nucleon behind aluminium; ranges scale as A/Z^2 of the proton's."""
    scale = mass / charge**2
    left = proton_range(energy_mev_n) - shield_g_cm2 / scale
    return np.where(left > 1e-5, proton_energy(np.maximum(left, 1e-5)), 0.0)


def gcr_let_flux(
    sunspot_w: float,
    shield_g_cm2: float,
    let_mev_cm2_mg: Array,
    open_share: Array | None = None,
    altitude_km: float = 0.0,
) -> Array:
    """Integral LET flux, /cm2/s, behind a shield; in orbit if ``open_share`` is given."""
    flux, ions = gcr_flux(sunspot_w), gcr_ions()
    total = np.zeros(np.shape(let_mev_cm2_mg))
    for k, charge in enumerate(ions["charge"]):
        mass = ions["mass_number"][k]
        weight = flux[k] * np.gradient(GCR_MEV_N)
        if open_share is not None:
            weight = weight * transmission(
                open_share, altitude_km, rigidity_gv(GCR_MEV_N, mass / charge)
            )
        inside = ion_exit_energy(GCR_MEV_N, charge, mass, shield_g_cm2)
        let = np.where(inside > 1.0, silicon_let(np.maximum(inside, 1.0), charge) / 1e3, 0.0)
        total = total + (weight * (let > np.asarray(let_mev_cm2_mg)[..., None])).sum(axis=-1)
    return total


def gcr_dose_rad_yr(
    sunspot_w: float, open_share: Array | None = None, altitude_km: float = 0.0
) -> float:
    """Dose in silicon behind a thin shield, rad/yr, above 10 MeV/n (no fragmentation)."""
    flux, ions = gcr_flux(sunspot_w), gcr_ions()
    use = GCR_MEV_N >= 10.0
    total = 0.0
    for k, charge in enumerate(ions["charge"]):
        rate = flux[k] * silicon_let(GCR_MEV_N, charge)
        if open_share is not None:
            rate = rate * transmission(
                open_share, altitude_km, rigidity_gv(GCR_MEV_N, ions["mass_number"][k] / charge)
            )
        total += np.trapezoid(rate[use], GCR_MEV_N[use])
    return float(total * MEV_PER_GRAM_IN_RAD * SECONDS_PER_YEAR)
