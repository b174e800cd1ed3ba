"""Radiation: what arrives at the orbit, and dose and protons behind matter.

Belts are AE8/AP8 MIN and MAX, kept apart; `problems.radiation.exposure.active_share` says how a
life divides between them. Matter is the wall of an aluminium sphere with the electronics at its
centre, once for each depth of `problems.radiation.own_mass`. Events that particles cause are in
`problems.radiation.events`, solar-cell damage in `problems.radiation.cells`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.batch import somewhere
from problems.radiation.exposure import Stay
from problems.radiation.own_mass import mean_over
from problems.radiation.tables import (
    ANOMALY,
    FREE,
    PLANE,
    GridPlace,
    Index32Array,
    RadiationEnvironment,
    RadiationTables,
    blend_rows,
    depth_cell,
    flattened,
    locate,
)
from problems.units import BoolArray, FloatArray, Quantity

#: SHIELDOSE-2 leaves out secondary neutrons, which matter behind more than this.
DEEP_SHIELD_MM = 20.0
#: Above this the electrons of AE8 stand beside those of IGE-2006 at geostationary altitude, which
#: give 2.4 times less dose behind 8 mm.
CLASS_BOUNDARY_KM = 30_000.0


class Shielded(NamedTuple):
    """What is left behind each depth; every field is (depths, n) or (depths, m, n)."""

    depth_mm: FloatArray
    dose_min_krad_per_yr: FloatArray  # belts in quiet and in active years
    dose_max_krad_per_yr: FloatArray
    flux_min_cm2_s: FloatArray  # trapped protons above 30 MeV at the die
    flux_max_cm2_s: FloatArray
    solar_dose_95_krad: FloatArray  # two active years at 95 % confidence, in this orbit
    solar_flux_95_cm2_s: FloatArray  # 95 % fluence of two active years as a flux in active years
    ln_cut_over_30_mev: FloatArray  # outside energy of a proton that has 30 MeV left
    transit_dose_krad_km_per_yr_s: FloatArray  # integral of dose rate over circular velocity

    def at_first_depth(self) -> Shielded:
        """Return what is left behind the first depth alone, which is that of the shield."""
        return Shielded(*(column[:1] for column in self))


class DoseRates(NamedTuple):
    """What one die collects; (n,) or (m, n) arrays."""

    belts_krad_per_yr: FloatArray
    transit_krad_km_per_yr_s: FloatArray
    solar_95_krad: FloatArray  # two active years at 95 % confidence, in this orbit
    gcr_krad_per_yr: FloatArray


class MissionDose(NamedTuple):
    """Dose in silicon over the whole life, krad."""

    belt_dose_krad: FloatArray  # belts, transfer included
    transit_dose_krad: FloatArray  # the part collected during an electric transfer
    solar_dose_krad: FloatArray  # 95 % confidence
    gcr_dose_krad: FloatArray
    dose_krad: FloatArray  # all sources


class Validity(NamedTuple):
    """Where a design leaves the range in which the table means something."""

    deep_shield: BoolArray  # secondary neutrons would matter
    outside_table: BoolArray  # altitude held at the edge of the table
    class_boundary: BoolArray  # AE8 here, IGE-2006 at geostationary altitude


def environment(
    altitude_km: FloatArray,
    inclination_deg: FloatArray,
    *,
    is_geo: BoolArray,
    tables: RadiationTables,
) -> RadiationEnvironment:
    """Return what arrives at circular orbits.

    Parameters
    ----------
    altitude_km
        Altitude above 6378.137 km, 300-36,500 km [km].
    inclination_deg
        Inclination, 0-180 degrees [deg].
    is_geo
        True where the orbit is geostationary: IGE-2006 replaces AE8.
    tables
        From `load_radiation_tables`.

    Returns
    -------
    RadiationEnvironment
        (n,) arrays.

    Notes
    -----
    Linear between nodes of (ln h, i). Solar protons, cosmic rays and ions are free-space values
    times the share of positions above the geomagnetic cutoff 14.5/L^2 and the sky that the Earth
    leaves free.

    References
    ----------
    Matthiä et al. (2013), galactic cosmic rays.
    Mizuno et al. (2004), albedo protons; Sato (2015), albedo neutrons.

    Examples
    --------
    No ion above 3 MeV cm2/mg passes the cutoff of a low equatorial orbit; albedo protons are as
    many there as primaries.

    >>> import numpy as np
    >>> from problems.radiation.tables import load_radiation_tables
    >>> env = environment(np.array([380.0]), np.array([0.0]), is_geo=np.array([False]),
    ...                   tables=load_radiation_tables())
    >>> float(env.ions_let_3[0]), float(env.albedo_protons_cm2_s[0].round(2))
    (0.0, 0.09)
    """
    shape, (h, i, geo) = flattened(altitude_km, inclination_deg, is_geo)
    place = locate(h, i, is_geo=geo, tables=tables)
    columns = np.ascontiguousarray(blend_rows(tables.plane, place.corners, place.weights).T)
    plain = dict(zip((*PLANE, *ANOMALY), columns.reshape(len(columns), *shape), strict=True))
    dose = plain.pop("gcr_dose_transmission") * tables.free_gcr_dose_krad_per_yr
    return RadiationEnvironment(**plain, gcr_dose_krad_per_yr=dose, place=place)


def behind(
    env: RadiationEnvironment,
    depth_mm: FloatArray,
    *,
    tables: RadiationTables,
    from_above: BoolArray | bool = False,
) -> Shielded:
    """Return doses and fluxes behind matter.

    Parameters
    ----------
    env
        From `environment`, of ``(n,)`` orbits.
    depth_mm
        Aluminium all round the electronics from 0.5 mm, (depths, n) or (depths, m, n) [mm].
    tables
        From `load_radiation_tables`.
    from_above
        (n,) True where a spiral comes down from beyond 36,500 km, as from the Moon, instead of
        climbing from 300 km.

    Notes
    -----
    ln(dose) and ln(flux) are linear between nodes of (ln h, i, ln z), and linear in z beyond the
    last depth, 158 mm. Nuclear losses of trapped protons and their secondaries cancel within 6 %;
    past the range of the protons 3 % of those outside remain as neutrons and fall with 110 g/cm2.

    References
    ----------
    Vette (1991), AE-8; Sawyer and Vette (1976), AP-8; Daly et al. (1996).
    Seltzer (1994), SHIELDOSE-2, NISTIR 5477.
    ECSS-E-ST-10-04C, IGE-2006.

    Examples
    --------
    The 650 km dawn-dusk orbit of the Suncatcher study behind 10 mm: 750 rad(Si) in five years.

    >>> import numpy as np
    >>> from problems.radiation.tables import load_radiation_tables
    >>> tables = load_radiation_tables()
    >>> env = environment(np.array([650.0]), np.array([98.0]), is_geo=np.array([False]),
    ...                   tables=tables)
    >>> left = behind(env, np.array([[10.0]]), tables=tables)
    >>> bool(0.375 < left.dose_max_krad_per_yr[0, 0] * 5.0 < 1.5)
    True
    """
    low, part = depth_cell(depth_mm, tables=tables)
    cells = env.place.corners * np.int32(tables.n_depth - 1) + low[..., None]
    ln_trapped = _looked_up(tables.trapped, cells, part, env.place)
    dose_min, dose_max, flux_min, flux_max, transit = np.exp(ln_trapped)
    if somewhere(from_above):
        ln_down = _looked_up(tables.ln_transit_down, cells, part, env.place)
        transit = np.where(from_above, np.exp(ln_down[0]), transit)
    free = _between(tables.free.take(low, axis=1), tables.free.take(low + 1, axis=1), part)
    solar_dose, solar_flux = np.exp(free[:2]) * env.solar_transmission
    return Shielded(
        depth_mm,
        dose_min,
        dose_max,
        flux_min,
        flux_max,
        solar_dose,
        solar_flux,
        free[FREE.index("ln_cut_over_30_mev")],
        transit,
    )


def _looked_up(
    table: FloatArray, cells: Index32Array, part: FloatArray, place: GridPlace
) -> FloatArray:
    """Return channels at a depth, (channels, ...), from rows that hold them at two nodes."""
    pairs = blend_rows(table, cells, place.weights)
    # Channels first: everything after this runs along designs.
    columns = np.ascontiguousarray(pairs.reshape(-1, table.shape[1]).T)
    upper, lower = columns.reshape(2, table.shape[1] // 2, *part.shape)
    return _between(upper, lower, part)


def _between(upper: FloatArray, lower: FloatArray, part: FloatArray) -> FloatArray:
    between: FloatArray = upper + (lower - upper) * part
    return between


def of_the_phases(
    quiet: FloatArray, active: FloatArray, *, active_share: Quantity | FloatArray
) -> FloatArray:
    """Return the mean of quiet and active years.

    Examples
    --------
    >>> float(of_the_phases(np.array(2.0), np.array(1.0), active_share=0.25))
    1.75
    """
    return np.asarray(quiet + (active - quiet) * active_share)


def dose_rates(
    env: RadiationEnvironment,
    shielded: Shielded,
    *,
    weights: FloatArray,
    active_share: Quantity | FloatArray,
) -> DoseRates:
    """Return what the die collects that weighs the depths so.

    Parameters
    ----------
    env, shielded
        From `environment` and `behind`.
    weights
        Of the last depths, such as `problems.radiation.own_mass.WORST_DIE`.
    active_share
        Active years per year of life, `problems.radiation.exposure.active_share` [1].
    """
    belts = of_the_phases(
        mean_over(shielded.dose_min_krad_per_yr, weights),
        mean_over(shielded.dose_max_krad_per_yr, weights),
        active_share=active_share,
    )
    return DoseRates(
        belts,
        mean_over(shielded.transit_dose_krad_km_per_yr_s, weights),
        mean_over(shielded.solar_dose_95_krad, weights),
        env.gcr_dose_krad_per_yr,
    )


def belt_dose_krad(rates: DoseRates, stay: Stay, *, trapped_multiplier: Quantity) -> FloatArray:
    """Return the dose of the belts over the life, transfer included [krad]; see `mission_dose`."""
    transit = rates.transit_krad_km_per_yr_s * stay.spiral_yr_s_per_km
    return np.asarray((rates.belts_krad_per_yr * stay.in_orbit_yr + transit) * trapped_multiplier)


def mission_dose(
    rates: DoseRates,
    stay: Stay,
    *,
    trapped_multiplier: Quantity,
    solar_multiplier: Quantity,
    gcr_multiplier: Quantity,
) -> MissionDose:
    """Return the dose in silicon collected over the whole life.

    Parameters
    ----------
    rates
        From `dose_rates`.
    stay
        From `problems.radiation.exposure.stay`.
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
    all the way: from 300 km up, or from 36,500 km down (`behind`, ``from_above``), at the mean of
    a solar cycle.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones(1)
    >>> dose = mission_dose(DoseRates(0.2 * one, 0.0 * one, 0.5 * one, 0.01 * one),
    ...     Stay(5.0 * one, 5.0 * one, 0.0 * one, one),
    ...     trapped_multiplier=1.0, solar_multiplier=1.0, gcr_multiplier=1.0)
    >>> float(dose.dose_krad[0])
    1.55
    """
    trapped = belt_dose_krad(rates, stay, trapped_multiplier=trapped_multiplier)
    transit = rates.transit_krad_km_per_yr_s * stay.spiral_yr_s_per_km * trapped_multiplier
    solar = rates.solar_95_krad * stay.solar_growth * solar_multiplier
    gcr = rates.gcr_krad_per_yr * stay.years * gcr_multiplier
    return MissionDose(trapped, transit, solar, gcr, trapped + solar + gcr)


def outside_validity(
    altitude_km: FloatArray,
    *,
    shield_mm: FloatArray,
    is_geo: BoolArray,
    tables: RadiationTables,
) -> Validity:
    """Return where a warning is due.

    Examples
    --------
    >>> import numpy as np
    >>> from problems.radiation.tables import load_radiation_tables
    >>> altitude, shield = np.array([650.0, 200.0, 33e3]), np.array([30.0, 1.0, 1.0])
    >>> warn = outside_validity(altitude, shield_mm=shield,
    ...                         is_geo=np.zeros(3, bool), tables=load_radiation_tables())
    >>> warn.deep_shield.tolist(), warn.outside_table.tolist(), warn.class_boundary.tolist()
    ([True, False, False], [False, True, False], [False, False, True])
    """
    slack = 1.0 + 1e-9
    low = np.exp(tables.ln_altitude_start) / slack
    high = np.exp(tables.ln_altitude_start + tables.ln_altitude_step * (tables.n_altitude - 1))
    thin = np.exp(tables.ln_depth_start) / slack
    outside = (altitude_km < low) | (altitude_km > high * slack) | (shield_mm < thin)
    return Validity(
        np.asarray(shield_mm > DEEP_SHIELD_MM),
        np.asarray(outside),
        np.asarray((altitude_km > CLASS_BOUNDARY_KM) & ~is_geo),
    )
