"""Radiation: dose behind the shield and particle fluxes at the die.

Trapped values are means over a solar cycle, 4/11 of AE8/AP8 MIN and 7/11 of MAX. The shield is
the wall of an aluminium sphere with the electronics at its centre. Events that these particles
cause are in `problems.radiation.events`, solar-cell damage in `problems.radiation.cells`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.radiation.exposure import solar_growth, transfer_share
from problems.radiation.tables import (
    Index32Array,
    RadiationEnvironment,
    RadiationTables,
    blend,
    depth_cell,
    flattened,
    locate,
    plane_offsets,
)
from problems.units import BoolArray, FloatArray, Quantity

#: SHIELDOSE-2 leaves out secondary neutrons, which matter behind more than this.
DEEP_SHIELD_MM = 20.0


class MissionDose(NamedTuple):
    """Dose in silicon over the whole life, krad."""

    trapped_dose_krad: FloatArray  # belts, transfer included
    transit_dose_krad: FloatArray  # the part collected during an electric transfer
    solar_dose_krad: FloatArray  # 95 % confidence
    gcr_dose_krad: FloatArray
    dose_krad: FloatArray  # all sources


class Validity(NamedTuple):
    """Where a design leaves the range in which the table means something."""

    deep_shield: BoolArray  # secondary neutrons would matter
    outside_table: BoolArray  # altitude or depth held at the edge of the table


def environment(
    altitude_km: FloatArray,
    inclination_deg: FloatArray,
    shield_mm: FloatArray,
    *,
    is_geo: BoolArray,
    tables: RadiationTables,
    from_above: BoolArray | bool = False,
) -> RadiationEnvironment:
    """Return doses and fluxes behind the shield of circular orbits.

    Parameters
    ----------
    altitude_km
        Altitude above 6378.137 km, 300-36,500 km [km].
    inclination_deg
        Inclination, 0-180 degrees [deg].
    shield_mm
        Aluminium all round the electronics, 0.5-50 mm [mm].
    is_geo
        True where the orbit is geostationary: IGE-2006 replaces AE8.
    tables
        From `load_radiation_tables`.
    from_above
        True where a low-thrust transfer comes down from beyond 36,500 km, as from the Moon,
        instead of climbing from 300 km.

    Returns
    -------
    RadiationEnvironment
        Cycle-mean rates; (n,) arrays.

    Notes
    -----
    ln(dose), ln(flux) and the transmissions are linear between nodes of (ln h, i, ln z). Solar
    protons and cosmic rays are free-space values times the share of positions above the
    geomagnetic cutoff 14.5/L^2 and the sky that the Earth leaves free.

    References
    ----------
    .. [1] Vette (1991), AE-8; Sawyer and Vette (1976), AP-8; Daly et al. (1996).
    .. [2] Seltzer (1994), SHIELDOSE-2, NISTIR 5477.
    .. [3] ECSS-E-ST-10-04C, IGE-2006 and the 7 active years of a cycle.
    .. [4] Matthiä et al. (2013), galactic cosmic rays.

    Examples
    --------
    The 650 km dawn-dusk orbit of the Suncatcher study behind 10 mm: 750 rad(Si) in five years.

    >>> import numpy as np
    >>> from problems.radiation.tables import load_radiation_tables
    >>> one = np.ones(1)
    >>> env = environment(650.0 * one, 98.0 * one, 10.0 * one, is_geo=one > 2.0,
    ...                   tables=load_radiation_tables())
    >>> bool(0.375 < env.trapped_dose_krad_per_yr[0] * 5.0 < 1.5)
    True
    """
    shape, (h, i, z, geo, above) = flattened(
        altitude_km, inclination_deg, shield_mm, is_geo, from_above
    )
    place = locate(h, i, is_geo=geo, tables=tables)
    low, part = depth_cell(z, tables=tables)
    offsets = plane_offsets(tables.n_inclination)[:, None]
    corner = (place.corner + offsets) * np.int32(tables.n_depth) + low
    index: Index32Array = np.concatenate([corner, corner + np.int32(1)])
    weights: FloatArray = np.concatenate([place.weights * (1.0 - part), place.weights * part])
    # Both spirals stand in one flat row: the way down is one offset away from the way up.
    spirals = tables.volume[2:].reshape(-1)
    down = above * np.int32(tables.volume.shape[1])
    trapped, flux, transit = np.exp(
        [
            blend(tables.volume[0], index, weights),
            blend(tables.volume[1], index, weights),
            blend(spirals, index + down, weights),
        ]
    )
    flat: Index32Array = place.corner + offsets
    solar, protons, dose, ions = (blend(row, flat, place.weights) for row in tables.transmission)
    free_dose, free_flux, free_gcr = _free_space(low, part, tables=tables)

    def column(values: FloatArray) -> FloatArray:
        return values.reshape(shape)

    return RadiationEnvironment(
        trapped_dose_krad_per_yr=column(trapped),
        solar_dose_95_krad=column(free_dose * solar),
        gcr_dose_krad_per_yr=column(dose * tables.free_gcr_dose_krad_per_yr),
        trapped_flux_cm2_s=column(flux),
        solar_flux_95_cm2_s=column(free_flux * solar),
        gcr_proton_flux_cm2_s=column(free_gcr * protons),
        heavy_ion_transmission=column(ions),
        solar_transmission=column(solar),
        transit_dose_krad_km_per_yr_s=column(transit),
        place=place,
    )


def _free_space(low: Index32Array, part: FloatArray, *, tables: RadiationTables) -> FloatArray:
    """Return solar dose, solar flux and cosmic-ray flux behind the shield, far from the Earth."""
    above, below = tables.free.take(low, axis=1), tables.free.take(low + 1, axis=1)
    columns: FloatArray = np.exp(above * (1.0 - part) + below * part)
    return columns


def mission_dose(
    env: RadiationEnvironment,
    *,
    life_yr: FloatArray,
    transfer_time_yr: FloatArray,
    transfer_delta_v_km_s: FloatArray,
    active_share: float,
    trapped_multiplier: Quantity,
    solar_multiplier: Quantity,
    gcr_multiplier: Quantity,
) -> MissionDose:
    """Return the dose in silicon collected over the whole life.

    Parameters
    ----------
    env
        From `environment`.
    life_yr
        Life in the operational orbit [yr].
    transfer_time_yr
        Duration of a low-thrust transfer, 0 if there is none [yr].
    transfer_delta_v_km_s
        Velocity change of that transfer [km/s].
    active_share
        Active years per year of the solar cycle, `RadiationTables.active_share` [1].
    trapped_multiplier, solar_multiplier, gcr_multiplier
        Uncertain environment over the model's [1].

    Returns
    -------
    MissionDose
        krad(Si); (n,) or (m, n) arrays.

    Notes
    -----
    At constant thrust acceleration the time spent between two circular orbits goes with the
    difference of their velocities, so a spiral collects
    (time / delta-v) * integral of the dose rate over circular velocity, at the target inclination
    all the way: from 300 km up, or from 36,500 km down (`environment`, ``from_above``).

    Examples
    --------
    >>> import numpy as np
    >>> from problems.radiation.tables import load_radiation_tables
    >>> one = np.ones(1)
    >>> env = environment(650.0 * one, 98.0 * one, 10.0 * one, is_geo=one > 2.0,
    ...                   tables=load_radiation_tables())
    >>> dose = mission_dose(env, life_yr=5.0 * one, transfer_time_yr=0.0 * one,
    ...     transfer_delta_v_km_s=0.0 * one, active_share=7.0 / 11.0, trapped_multiplier=1.0,
    ...     solar_multiplier=1.0, gcr_multiplier=1.0)
    >>> float(dose.transit_dose_krad[0])
    0.0
    """
    share = transfer_share(transfer_time_yr, transfer_delta_v_km_s)
    transit = env.transit_dose_krad_km_per_yr_s * share * trapped_multiplier
    trapped = env.trapped_dose_krad_per_yr * life_yr * trapped_multiplier + transit
    years = life_yr + transfer_time_yr
    solar = env.solar_dose_95_krad * solar_growth(active_share * years) * solar_multiplier
    gcr = env.gcr_dose_krad_per_yr * years * gcr_multiplier
    return MissionDose(trapped, transit, solar, gcr, trapped + solar + gcr)


def outside_validity(
    altitude_km: FloatArray, *, shield_mm: FloatArray, tables: RadiationTables
) -> Validity:
    """Return where a warning is due: deep shields, or a design beyond the table.

    Examples
    --------
    >>> import numpy as np
    >>> from problems.radiation.tables import load_radiation_tables
    >>> warn = outside_validity(np.array([650.0, 200.0]), shield_mm=np.array([30.0, 10.0]),
    ...                         tables=load_radiation_tables())
    >>> warn.deep_shield.tolist(), warn.outside_table.tolist()
    ([True, False], [False, True])
    """
    slack = 1.0 + 1e-9
    low = np.exp(tables.ln_altitude_start) / slack
    high = np.exp(tables.ln_altitude_start + tables.ln_altitude_step * (tables.n_altitude - 1))
    thin = np.exp(tables.ln_depth_start) / slack
    thick = np.exp(tables.ln_depth_start + tables.ln_depth_step * (tables.n_depth - 1)) * slack
    outside = (altitude_km < low) | (altitude_km > high * slack)
    return Validity(
        np.asarray(shield_mm > DEEP_SHIELD_MM),
        np.asarray(outside | (shield_mm < thin) | (shield_mm > thick)),
    )
