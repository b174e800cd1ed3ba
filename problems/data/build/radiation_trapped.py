"""Trapped-particle fluxes averaged over longitude, and spectra along circular orbits.

AE8 and AP8 depend on position alone, so a long-term average needs no ground track: longitude
becomes uniform, and a circular orbit only weighs latitudes. Inclinations i and 180 deg - i
are identical.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from aep8._irbem import geomag3, geomag4
from scipy.interpolate import PchipInterpolator

from problems.data.build.radiation_albedo import albedo_by_shell
from problems.data.build.radiation_irbem import Array, integral_flux

# IRBEM's unit of length, and the radius on which our circular orbits stand.
IRBEM_EARTH_RADIUS_KM = 6371.2
EQUATORIAL_RADIUS_KM = 6378.137
N_LATITUDE, N_LONGITUDE, N_ANOMALY = 91, 90, 1440
PROTON_MEV = np.array(
    [
        0.1,
        0.15,
        0.2,
        0.3,
        0.4,
        0.5,
        0.7,
        1,
        1.5,
        2,
        3,
        4,
        5,
        6,
        7,
        8.5,
        10,
        12.5,
        15,
        17.5,
        20,
        25,
        30,
        40,
        50,
        60,
        80,
        100,
        150,
        200,
        250,
        300,
    ]
)
ELECTRON_MEV = np.array(
    [
        0.05,
        0.06,
        0.08,
        0.1,
        0.15,
        0.2,
        0.25,
        0.3,
        0.4,
        0.5,
        0.6,
        0.7,
        0.85,
        1,
        1.25,
        1.5,
        1.75,
        2,
        2.25,
        2.5,
        2.75,
        3,
        3.25,
        3.5,
        3.75,
        4,
        4.25,
        4.5,
        5,
        5.5,
        6,
        6.5,
        7,
    ]
)
# Rigidity grid (GV) on which the share of open positions is kept.
RIGIDITY_GV = np.geomspace(0.05, 20.0, 121)
CUTOFF_CONSTANT_GV = 14.5  # vertical Stoermer cutoff 14.5/L^2, as SPENVIS documents
OPEN_L_SHELL = 5.0  # SPENVIS: no geomagnetic shielding above this shell
# Protons above this energy outside reach the die with 30 MeV behind 10 mm of aluminium; the
# anomaly is where more of them pass than the second number, /cm2/s.
ANOMALY_MEV, ANOMALY_EDGES_CM2_S = 58.6, (1.0, 10.0)
MIN_FLUX = 1e-12  # below this an integral flux counts as nothing


def positions(altitude_km: float) -> tuple[Array, Array, Array, Array]:
    """Latitudes (deg) and Cartesian positions in units of the IRBEM radius."""
    latitude = np.linspace(-90.0, 90.0, N_LATITUDE)
    longitude = np.arange(N_LONGITUDE) * (360.0 / N_LONGITUDE)
    lat, lon = np.meshgrid(np.radians(latitude), np.radians(longitude), indexing="ij")
    r = (EQUATORIAL_RADIUS_KM + altitude_km) / IRBEM_EARTH_RADIUS_KM
    return latitude, r * np.cos(lat) * np.cos(lon), r * np.cos(lat) * np.sin(lon), r * np.sin(lat)


def latitude_fluxes(altitude_km: float) -> dict[str, Array]:
    """Integral fluxes (/cm2/s) by latitude and energy for both species and phases.

    AE8 and AP8 MIN are read in the Jensen-Cain 1960 field, AP8 MAX in GSFC 12/66 at 1970:
    the fields in which the models were made. Also the share of longitudes whose geomagnetic
    cutoff lies below each rigidity of ``RIGIDITY_GV``, what of time and fluence lies in the
    anomaly (`anomaly_columns`), and the albedo of the Earth's atmosphere.
    """
    _, x, y, z = positions(altitude_km)
    coordinates = {}
    for name, field in (("1960", geomag3), ("1970", geomag4)):
        ratio, shell = field(0, x, y, z)
        bad = ~np.isfinite(shell) | (shell < 0.0) | ~np.isfinite(ratio)
        # The library marks open or far field lines; no trapped particles live there.
        coordinates[name] = (np.where(bad, 1e3, np.abs(shell)), np.where(bad, 1.0, ratio))
    out = {}
    for model, epoch, energies in (
        ("AP8MIN", "1960", PROTON_MEV),
        ("AP8MAX", "1970", PROTON_MEV),
        ("AE8MIN", "1960", ELECTRON_MEV),
        ("AE8MAX", "1960", ELECTRON_MEV),
    ):
        shell, ratio = coordinates[epoch]
        flux = integral_flux(model, shell.ravel(), ratio.ravel(), energies)
        out[model] = flux.reshape(N_LATITUDE, N_LONGITUDE, -1).mean(axis=1)
        if energies is PROTON_MEV:
            hard = integral_flux(model, shell.ravel(), ratio.ravel(), np.array([ANOMALY_MEV]))
            out["anomaly_" + model] = anomaly_columns(hard.reshape(N_LATITUDE, N_LONGITUDE))
    shell = coordinates["1960"][0]
    cutoff = np.where(shell > OPEN_L_SHELL, 0.0, CUTOFF_CONSTANT_GV / np.maximum(shell, 1e-3) ** 2)
    out["open"] = (cutoff[:, :, None] < RIGIDITY_GV).mean(axis=1)
    radius = (EQUATORIAL_RADIUS_KM + altitude_km) / IRBEM_EARTH_RADIUS_KM
    out["albedo"] = albedo_by_shell(shell / radius, altitude_km).mean(axis=1)
    return out


def anomaly_columns(flux: Array) -> Array:
    """Mean flux by latitude, and for each edge the share of longitudes and the flux above it."""
    columns = [flux.mean(axis=1)]
    for edge in ANOMALY_EDGES_CM2_S:
        columns += [(flux > edge).mean(axis=1), (flux * (flux > edge)).mean(axis=1)]
    return np.stack(columns, axis=1)


def cached_latitude_fluxes(altitude_km: float, work: Path) -> dict[str, Array]:
    """Like `latitude_fluxes`, kept in ``work`` between runs."""
    path = work / f"fluxes_{altitude_km:.3f}km.npz"
    if path.exists():
        with np.load(path) as stored:
            return {name: stored[name] for name in stored.files}
    fluxes = latitude_fluxes(altitude_km)
    work.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **fluxes)  # type: ignore[arg-type]
    return fluxes


def orbit_average(by_latitude: Array, inclination_deg: float) -> Array:
    """Average a quantity by latitude over a circular orbit, the node at random."""
    anomaly = (np.arange(N_ANOMALY) + 0.5) * (np.pi / 2.0 / N_ANOMALY)
    latitude = np.degrees(np.arcsin(np.sin(np.radians(inclination_deg)) * np.sin(anomaly)))
    both = 0.5 * (by_latitude + by_latitude[::-1])
    place = (latitude + 90.0) / 180.0 * (N_LATITUDE - 1)
    low = np.minimum(place.astype(int), N_LATITUDE - 2)
    weight = np.bincount(low, 1.0 - (place - low), N_LATITUDE) + np.bincount(
        low + 1, place - low, N_LATITUDE
    )
    return np.asarray(weight @ both / N_ANOMALY)


def differential(energies_mev: Array, integral: Array, grid_mev: Array) -> Array:
    """Differential spectrum (/cm2/s/MeV) from an integral one by PCHIP of ln J on ln E.

    Above the last energy the integral flux continues exponentially.
    """
    good = integral > MIN_FLUX
    if good.sum() < 3:
        return np.zeros(grid_mev.size)
    energy, flux = energies_mev[good], np.minimum.accumulate(integral[good])
    flux = flux * (1.0 - 1e-9 * np.arange(flux.size))  # strictly falling
    curve = PchipInterpolator(np.log(energy), np.log(flux))
    inside = np.clip(grid_mev, energy[0], energy[-1])
    value = np.exp(curve(np.log(inside)))
    slope = -value * curve(np.log(inside), 1) / inside
    scale = (energy[-1] - energy[-2]) / np.log(flux[-2] / flux[-1])
    tail = flux[-1] / scale * np.exp(-(np.maximum(grid_mev, energy[-1]) - energy[-1]) / scale)
    spectrum = np.where(grid_mev > energy[-1], tail, np.where(grid_mev < energy[0], 0.0, slope))
    return np.maximum(spectrum, 0.0)
