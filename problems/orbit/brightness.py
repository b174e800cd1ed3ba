"""How bright a satellite stands in the sky of an observer on the ground."""

from __future__ import annotations

import numpy as np

from problems.units import FloatArray, Quantity

_SUN_MAG = -26.77
_EXTINCTION_MAG = 0.15  # per airmass


def apparent_magnitude(
    reflecting_m2: FloatArray, *, phase_deg: Quantity, range_km: FloatArray, airmass: Quantity
) -> FloatArray:
    """Return the visual magnitude of a diffusely reflecting sphere of some area.

    Parameters
    ----------
    reflecting_m2 : array_like
        Area times albedo [m2].
    phase_deg : array_like
        Angle at the satellite between Sun and observer [deg].
    range_km : array_like
        Distance of the observer [km].
    airmass : array_like
        Air on the line of sight over that to the zenith [1].

    Returns
    -------
    numpy.ndarray
        Magnitude; the naked eye sees up to 6 [mag].

    Notes
    -----
    ``-26.77 - 2.5 log10(2 z/(3 pi^2) ((pi - p) cos p + sin p)) + 5 log10 R + 0.15 X`` with R in
    metres. Whether it is lit, and how many are above the horizon at once, is another question.

    References
    ----------
    arXiv:2608.02757, as read in extracts.

    Examples
    --------
    800 square metres of albedo 0.2 overhead at sunset, 650 km up:

    >>> round(float(apparent_magnitude(np.array(160.0), phase_deg=90.0, range_km=np.array(650.0),
    ...                                airmass=1.0)), 1)
    -0.1
    """
    phase = np.radians(phase_deg)
    lit = (np.pi - phase) * np.cos(phase) + np.sin(phase)
    shine_m2 = reflecting_m2 * (2.0 / (3.0 * np.pi**2)) * lit
    return np.asarray(
        _SUN_MAG
        - 2.5 * np.log10(shine_m2)
        + 5.0 * np.log10(1e3 * np.asarray(range_km))
        + _EXTINCTION_MAG * np.asarray(airmass)
    )
