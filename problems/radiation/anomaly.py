"""The South Atlantic anomaly: how long an orbit is in it, and what a pause there avoids."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.radiation.dose import of_the_phases
from problems.radiation.tables import RadiationEnvironment
from problems.units import BoolArray, FloatArray, Quantity

#: Inner-belt orbits never leave the region; the little work that remains keeps rates finite.
LONGEST_PAUSE = 0.999


class Anomaly(NamedTuple):
    """Where more than 10 protons above 58.6 MeV pass per cm2 and second; (n,) arrays."""

    wide_time_fraction: FloatArray  # share of time where more than 1 pass
    time_fraction: FloatArray
    flux_fraction: FloatArray  # share of the trapped protons met there


class Paused(NamedTuple):
    """What a pause in the anomaly costs and avoids."""

    time_fraction: FloatArray  # time without work
    at_work_fraction: FloatArray  # particles that meet an accelerator at work


def anomaly(env: RadiationEnvironment, *, active_share: Quantity | FloatArray) -> Anomaly:
    """Return how much of time and of trapped protons belongs to the anomaly.

    Parameters
    ----------
    env
        From `problems.radiation.dose.environment`.
    active_share
        Active years per year of life [1].

    Notes
    -----
    AP8 in the field of its own epoch. Protons of 58.6 MeV reach the die with 30 MeV behind 10 mm
    of aluminium. Since that epoch the anomaly has grown and moved: below 25 degrees of inclination
    2 degrees more or less change the shares by a factor of 2 and more.

    Examples
    --------
    >>> import numpy as np
    >>> from problems.radiation.dose import environment
    >>> from problems.radiation.tables import load_radiation_tables
    >>> env = environment(np.array([500.0]), np.array([98.0]), is_geo=np.array([False]),
    ...                   tables=load_radiation_tables())
    >>> inside = anomaly(env, active_share=0.5)
    >>> inside.time_fraction.round(2).tolist(), inside.wide_time_fraction.round(2).tolist()
    ([0.04], [0.05])
    """
    shares = (
        (env.anomaly_time_1_min, env.anomaly_time_1_max),
        (env.anomaly_time_10_min, env.anomaly_time_10_max),
        (env.anomaly_flux_10_min, env.anomaly_flux_10_max),
    )
    # The packing of the table may leave a share a hair beyond 0 or 1.
    return Anomaly(
        *(
            np.clip(of_the_phases(quiet, active, active_share=active_share), 0.0, 1.0)
            for quiet, active in shares
        )
    )


def paused(
    inside: Anomaly,
    *,
    pausing: BoolArray,
    trapped_flux_cm2_s: FloatArray,
    particle_flux_cm2_s: FloatArray,
    pass_s: Quantity,
    resume_s: Quantity,
) -> Paused:
    """Return what pausing in the anomaly costs in time and avoids in events.

    Parameters
    ----------
    inside
        From `anomaly`.
    pausing
        True where a design pauses.
    trapped_flux_cm2_s, particle_flux_cm2_s
        Trapped protons and all particles at the die [/cm2/s].
    pass_s
        Length of one pass through the anomaly [s].
    resume_s
        Time to resume work after each [s].

    Notes
    -----
    An accelerator that rests loses no work to an upset. Damage goes on.

    Examples
    --------
    >>> import numpy as np
    >>> one = np.ones(1)
    >>> rest = paused(Anomaly(0.06 * one, 0.05 * one, 0.98 * one), pausing=one > 0,
    ...     trapped_flux_cm2_s=20.0 * one, particle_flux_cm2_s=25.0 * one, pass_s=600.0,
    ...     resume_s=120.0)
    >>> rest.time_fraction.round(3).tolist(), rest.at_work_fraction.round(3).tolist()
    ([0.06], [0.206])
    """
    time = np.minimum(inside.time_fraction * (1.0 + resume_s / pass_s), LONGEST_PAUSE)
    avoided = (
        inside.flux_fraction * trapped_flux_cm2_s
        + inside.time_fraction * (particle_flux_cm2_s - trapped_flux_cm2_s)
    ) / particle_flux_cm2_s
    return Paused(np.where(pausing, time, 0.0), np.where(pausing, 1.0 - avoided, 1.0))
