r"""Protons and neutrons above 30 MeV at the die, from belts, Sun, cosmic rays and atmosphere.

Matter stops slow protons and breeds new hadrons out of fast ones. In free space both balance; near
the equator, where the geomagnetic field passes fast primaries only, matter multiplies the flux.

Notes
-----
.. math:: J = J_{primary}\, e^{-x/L} [1 + h + n (1 - e^{-x/107})]

with x in g/cm2 along a ray and R the cutoff in GV,

.. math:: h = 0.30 + 0.30 (1 - e^{-R/3}), \quad n = 1.6 + 0.28 R, \quad L = 420 (1 + (R/3)^2)

lies between PARMA 4.10 and Geant4 yields in air, or within 5 % of the nearer; these differ
by up to 13 % in free space, 4 % at 5 GV and 35 % at 12 GV. The helium at the face, h, is an
estimate, and pions are not counted. Albedo protons slow down (their spectrum outside is a power
law), albedo neutrons fall with the interaction length.

Sources: Sato (2015), PLoS ONE 10, e0144679; Nesterenok (2013), Nucl. Instrum. Methods B 295, 99.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.radiation.dose import Shielded, of_the_phases
from problems.radiation.own_mass import mean_over
from problems.radiation.tables import RadiationEnvironment
from problems.units import FloatArray, Quantity

ALUMINIUM_G_CM2_PER_MM = 0.270
INTERACTION_G_CM2 = 107.0  # nuclear interaction length of aluminium (PDG: 107.2)
#: Build-up of hadrons behind matter, fitted to two codes: at the face (helium and heavier ions as
#: nucleons), new ones per interaction (more by a little in active years), and absorption.
FACE, FACE_CUTOFF, FACE_SCALE_GV = 0.30, 0.30, 3.0
NEW, NEW_PER_GV, NEW_AT_MAXIMUM = 1.6, 0.28, 0.4
ABSORPTION_G_CM2, ABSORPTION_SCALE_GV = 420.0, 3.0


class HadronFlux(NamedTuple):
    """Protons and neutrons above 30 MeV at the die, mean of the life, /cm2/s."""

    trapped_flux_cm2_s: FloatArray
    solar_flux_mean_cm2_s: FloatArray
    gcr_hadron_flux_cm2_s: FloatArray  # primaries with their secondaries
    albedo_flux_cm2_s: FloatArray


def hadron_flux(
    env: RadiationEnvironment,
    shielded: Shielded,
    *,
    weights: FloatArray,
    active_share: Quantity | FloatArray,
    solar_mean_share: Quantity,
    secondary_multiplier: Quantity,
    albedo_multiplier: Quantity,
    trapped_multiplier: Quantity,
    solar_multiplier: Quantity,
    gcr_multiplier: Quantity,
) -> HadronFlux:
    """Return the hadrons above 30 MeV at the die that weighs the depths so.

    Parameters
    ----------
    env, shielded
        From `problems.radiation.dose.environment` and `problems.radiation.dose.behind`.
    weights
        Of the last depths, such as `problems.radiation.own_mass.MEAN_DIE`.
    active_share
        Active years per year of life, `problems.radiation.exposure.active_share` [1].
    solar_mean_share
        Expected over 95 % solar-proton fluence [1].
    secondary_multiplier
        New hadrons per interaction over the fit's [1].
    albedo_multiplier, trapped_multiplier, solar_multiplier, gcr_multiplier
        Uncertain environment over the model's [1].

    Examples
    --------
    At 380 km on the equator more shield makes more hadrons.

    >>> import numpy as np
    >>> from problems.radiation.dose import behind, environment
    >>> from problems.radiation.tables import load_radiation_tables
    >>> tables = load_radiation_tables()
    >>> env = environment(np.array([380.0]), np.array([0.0]), is_geo=np.array([False]),
    ...                   tables=tables)
    >>> def gcr(mm):
    ...     left = behind(env, np.array([[mm]]), tables=tables)
    ...     return hadron_flux(env, left, weights=np.ones(1), active_share=7 / 11,
    ...         solar_mean_share=0.3, secondary_multiplier=1.0, albedo_multiplier=1.0,
    ...         trapped_multiplier=1.0, solar_multiplier=1.0, gcr_multiplier=1.0)
    >>> bool(gcr(100.0).gcr_hadron_flux_cm2_s > 1.3 * gcr(5.0).gcr_hadron_flux_cm2_s)
    True
    """
    trapped = of_the_phases(
        mean_over(shielded.flux_min_cm2_s, weights),
        mean_over(shielded.flux_max_cm2_s, weights),
        active_share=active_share,
    )
    solar = mean_over(shielded.solar_flux_95_cm2_s, weights) * active_share
    left = _left(env, shielded, weights)
    primaries, neutrons = (
        of_the_phases(quiet, active, active_share=active_share)
        for quiet, active in (
            (env.gcr_protons_min_cm2_s, env.gcr_protons_max_cm2_s),
            (env.albedo_neutrons_min_cm2_s, env.albedo_neutrons_max_cm2_s),
        )
    )
    # 0 beyond the reach of the field, 1 where it lets nothing through.
    held_off = -np.expm1(env.cutoff_gv * (-1.0 / FACE_SCALE_GV))
    face = 1.0 + FACE + FACE_CUTOFF * held_off
    new = NEW + NEW_PER_GV * env.cutoff_gv + NEW_AT_MAXIMUM * (1.0 - held_off) * active_share
    build_up = face * left.absorbed + new * secondary_multiplier * (left.absorbed - left.uncollided)
    albedo = env.albedo_protons_cm2_s * left.albedo_protons + neutrons * left.neutrons
    return HadronFlux(
        np.asarray(trapped * trapped_multiplier),
        np.asarray(solar * (solar_mean_share * solar_multiplier)),
        np.asarray(primaries * build_up * gcr_multiplier),
        np.asarray(albedo * albedo_multiplier),
    )


class _Left(NamedTuple):
    """Means over the rays of what falls off with depth."""

    absorbed: FloatArray  # hadrons, without the new ones
    uncollided: FloatArray  # those that have not interacted either
    neutrons: FloatArray
    albedo_protons: FloatArray


def _left(env: RadiationEnvironment, shielded: Shielded, weights: FloatArray) -> _Left:
    """Return what is left behind the rays."""
    depths = slice(-len(weights), None)
    areal = shielded.depth_mm[depths] * (-ALUMINIUM_G_CM2_PER_MM)
    length = ABSORPTION_G_CM2 * (1.0 + (env.cutoff_gv * (1.0 / ABSORPTION_SCALE_GV)) ** 2)
    absorbed, uncollided = np.exp(areal / length), np.exp(areal * (1.0 / INTERACTION_G_CM2))
    slowed = np.exp(shielded.ln_cut_over_30_mev[depths] * -env.albedo_slope)
    parts = (absorbed, absorbed * uncollided, uncollided, slowed)
    return _Left(*(mean_over(part, weights) for part in parts))
