"""How much of the Earth a flat plate sees, and what it receives from it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.units import EARTH_MEAN_RADIUS_KM, FloatArray, Quantity


def plate_view_factor(altitude_km: FloatArray, *, nadir_angle_deg: FloatArray) -> FloatArray:
    r"""Return the view factor from one face of a small plate to the Earth.

    Parameters
    ----------
    altitude_km : array
        Altitude above the mean radius, 6,371 km [km].
    nadir_angle_deg : array
        Angle between the outward normal of the face and nadir [deg], 0 to 180.

    Returns
    -------
    array
        View factor [-].

    Notes
    -----
    With :math:`H = (R + h) / R` and :math:`s = \sqrt{H^2 - 1}`: :math:`\cos a / H^2` while the
    whole disc is in front of the plate (:math:`a \le \arccos 1/H`), 0 when it is behind, and
    between the two

    .. math:: F = \frac{1}{\pi} \left[\frac{\pi}{2} - \arcsin \frac{s}{H \sin a}
        + \frac{\cos a \arccos(-s \cot a) - s \sqrt{1 - H^2 \cos^2 a}}{H^2}\right]

    The Earth is a uniform sphere, the plate small and convex.

    References
    ----------
    Howell, Catalog of Radiation Heat Transfer Configuration Factors, B-43 (element to sphere).

    Examples
    --------
    >>> round(float(plate_view_factor(np.array(600.0), nadir_angle_deg=np.array(60.0))), 5)
    0.48919
    """
    ratio = 1.0 + np.asarray(altitude_km, dtype=np.float64) / EARTH_MEAN_RADIUS_KM
    angle = np.radians(np.asarray(nadir_angle_deg, dtype=np.float64))
    cosine, sine = np.cos(angle), np.sin(angle)
    slant = np.sqrt(ratio**2 - 1.0)
    horizon = np.arccos(1.0 / ratio)
    # Outside the partial range the expressions below are replaced, so clipping keeps them finite.
    safe_sine = np.maximum(sine, np.finfo(np.float64).eps)
    first = 0.5 * np.pi - np.arcsin(np.minimum(slant / (ratio * safe_sine), 1.0))
    second = cosine * np.arccos(np.clip(-slant * cosine / safe_sine, -1.0, 1.0))
    third = slant * np.sqrt(np.maximum(1.0 - (ratio * cosine) ** 2, 0.0))
    partial = (first + (second - third) / ratio**2) / np.pi
    whole = cosine / ratio**2
    return np.where(angle <= horizon, whole, np.where(angle >= np.pi - horizon, 0.0, partial))


def edge_on_view_factor_sum(altitude_km: FloatArray) -> FloatArray:
    r"""Return the view factors of both faces of a plate that shows the Earth its edge.

    Parameters
    ----------
    altitude_km : array
        Altitude above the mean radius [km].

    Returns
    -------
    array
        Sum over the two faces [-].

    Notes
    -----
    :func:`plate_view_factor` at 90 deg, twice:

    .. math:: F = \frac{2}{\pi} \left[\arcsin \frac{1}{H} - \frac{\sqrt{H^2 - 1}}{H^2}\right]

    Examples
    --------
    >>> round(float(edge_on_view_factor_sum(np.array(600.0))), 4)
    0.4978
    """
    ratio = 1.0 + np.asarray(altitude_km, dtype=np.float64) / EARTH_MEAN_RADIUS_KM
    slant = np.sqrt(ratio**2 - 1.0)
    return np.asarray((np.arcsin(1.0 / ratio) - slant / ratio**2) * (2.0 / np.pi))


def facing_view_factor(altitude_km: FloatArray) -> FloatArray:
    """Return the view factor of a plate that faces the Earth; its other face sees space alone.

    Parameters
    ----------
    altitude_km : array
        Altitude above the mean radius [km].

    Returns
    -------
    array
        View factor [-].

    Notes
    -----
    :func:`plate_view_factor` at 0 deg: 1/H^2.

    Examples
    --------
    >>> round(float(facing_view_factor(np.array(450.0))), 3)
    0.872
    """
    inverse = EARTH_MEAN_RADIUS_KM / (EARTH_MEAN_RADIUS_KM + np.asarray(altitude_km))
    return np.asarray(inverse * inverse)


def rotating_view_factor_sum(altitude_km: FloatArray, *, steps: int = 360) -> FloatArray:
    """Return the orbit-mean view factors, both faces, of a plate fixed in space.

    Parameters
    ----------
    altitude_km : array
        Altitude above the mean radius [km].
    steps : int
        Points around half the orbit; the other half mirrors it.

    Returns
    -------
    array
        Mean over the orbit of the sum of both faces [-], for a normal in the orbit plane.

    Notes
    -----
    Mean of :func:`plate_view_factor` over the nadir angle; used to build the table.

    Examples
    --------
    >>> round(float(rotating_view_factor_sum(np.array(600.0))), 3)
    0.651
    """
    angle = (np.arange(steps, dtype=np.float64) + 0.5) * (180.0 / steps)
    altitude = np.asarray(altitude_km, dtype=np.float64)[..., np.newaxis]
    return np.asarray(2.0 * plate_view_factor(altitude, nadir_angle_deg=angle).mean(axis=-1))


class EarthIrradiance(NamedTuple):
    """What the Earth sends onto one square metre of planform, both faces together [W/m2]."""

    infrared_w_m2: FloatArray
    albedo_w_m2: FloatArray


def earth_irradiance(
    view_factor_sum: FloatArray,
    *,
    earth_infrared_w_m2: Quantity,
    albedo_frac: Quantity,
    albedo_geometry_frac: Quantity,
    solar_constant_w_m2: Quantity,
) -> EarthIrradiance:
    """Return infrared and reflected sunlight that reach a two-sided plate.

    Parameters
    ----------
    view_factor_sum : array
        View factors to the Earth summed over both faces [-].
    earth_infrared_w_m2 : float or array
        Emission of the Earth [W/m2].
    albedo_frac : float or array
        Reflectance of the Earth [-].
    albedo_geometry_frac : float or array
        Share of the sub-solar reflection seen on average: about 0.5 over a random orbit and 0.2
        along the terminator [-].
    solar_constant_w_m2 : float or array
        Solar irradiance at 1 au [W/m2].

    Returns
    -------
    EarthIrradiance
        Infrared (to be multiplied by the emissivity) and albedo (by the solar absorptance).

    Notes
    -----
    E_IR sum(F) and a S sum(F) k.

    Examples
    --------
    >>> load = earth_irradiance(0.4978, earth_infrared_w_m2=237.0, albedo_frac=0.3,
    ...                         albedo_geometry_frac=0.5, solar_constant_w_m2=1361.0)
    >>> round(float(load.infrared_w_m2), 1), round(float(load.albedo_w_m2), 1)
    (118.0, 101.6)
    """
    reflected = albedo_frac * albedo_geometry_frac * solar_constant_w_m2
    return EarthIrradiance(
        np.asarray(earth_infrared_w_m2 * view_factor_sum),
        np.asarray(reflected * view_factor_sum),
    )
