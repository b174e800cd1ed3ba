"""Supply from the Moon: trajectories to Earth orbits, heat shield, and what must be imported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from problems.delivery.mass_driver import (
    DriverCost,
    driver_cost,
    driver_mean_power_w,
    driver_peak_power_w,
    kinetic_kwh_per_kg,
    structure_mass_factor,
    track_length_km,
)
from problems.delivery.transfer import (
    MOON_ESCAPE_SPEED_KM_S,
    RADIANS_PER_DEGREE,
    apsis_speeds_km_s,
    circular_speed_km_s,
    low_thrust_delta_v_m_s,
)
from problems.units import (
    AEROBRAKE,
    EARTH_RADIUS_KM,
    ELECTRIC,
    MOON_DISTANCE_KM,
    MU_EARTH_KM3_S2,
    MU_MOON_KM3_S2,
    OBLIQUITY_DEG,
    SECONDS_PER_DAY,
    FloatArray,
    IntArray,
    Quantity,
)

# The driver is a part of this discipline that lives in its own module.
__all__ = [
    "DriverCost",
    "LunarPath",
    "aeroshell_kg",
    "build_cost_factor",
    "driver_cost",
    "driver_mean_power_w",
    "driver_peak_power_w",
    "imported_mass_kg",
    "kinetic_kwh_per_kg",
    "lunar_path",
    "moon_plane_cosine",
    "structure_mass_factor",
    "track_length_km",
]

# Perigee of an aerobraking pass, where entries from the Moon are captured (Apollo: about 80 km).
AEROBRAKE_PERIGEE_KM = 80.0
# Relative motion of Earth and Moon: both masses count.
MOON_SPEED_KM_S = float(np.sqrt((MU_EARTH_KM3_S2 + MU_MOON_KM3_S2) / MOON_DISTANCE_KM))
_MOON_PLANE_COSINE = float(np.cos(np.radians(OBLIQUITY_DEG)))


class LunarPath(NamedTuple):
    """From the driver's muzzle to the final orbit around the Earth."""

    exit_speed_km_s: FloatArray  #: speed at the driver's muzzle [km/s]
    arrival_delta_v_m_s: FloatArray  #: what the satellite's own stage gives, margin included [m/s]
    coast_time_d: FloatArray  #: flight from the Moon to perigee; 0 for spirals [d]


def moon_plane_cosine(inclination_deg: FloatArray) -> FloatArray:
    """Cosine of the mean angle between an orbit's plane and the Moon's.

    Parameters
    ----------
    inclination_deg : array_like
        Inclination of the final orbit to the equator [deg].

    Returns
    -------
    numpy.ndarray
        Cosine, averaged over the difference of the nodes [1].

    Notes
    -----
    ``cos psi = cos i cos i_M + sin i sin i_M cos(dOmega)``; the second term averages out. The
    Moon's inclination to the equator swings between 18.3 and 28.6 degrees in 18.6 years around
    the obliquity, which is used. Every inclination is reached at departure twice a month, when
    the Moon crosses the plane of the final orbit.

    Examples
    --------
    >>> round(float(moon_plane_cosine(np.array(0.0))), 3)
    0.917
    """
    cosine: FloatArray = np.cos(inclination_deg * RADIANS_PER_DEGREE) * _MOON_PLANE_COSINE
    return cosine


def lunar_path(
    altitude_km: FloatArray,
    *,
    plane_cosine: Quantity,
    transfer: IntArray,
    delta_v_margin_frac: Quantity = 0.0,
) -> LunarPath:
    """Exit speed at the Moon and velocity change at the Earth, by patched conics.

    Parameters
    ----------
    altitude_km : array_like
        Final circular orbit [km].
    plane_cosine : array_like
        Cosine of the angle between the transfer's plane and the Moon's orbit [1].
    transfer : array_like of int
        Code: ``direct`` (burn at perigee), ``electric`` (spiral from the Moon's distance) or
        ``aerobrake`` (pass through the atmosphere, then raise the perigee).
    delta_v_margin_frac : array_like
        Added for phasing, gravity and aiming losses [1].

    Returns
    -------
    LunarPath
        Exit speed [km/s], arrival velocity change [m/s], coast time [d].

    Notes
    -----
    The apogee of the transfer ellipse lies at the Moon's distance. Excess speed
    ``v_inf^2 = v_a^2 + v_M^2 - 2 v_a v_M cos psi`` with apogee speed ``v_a`` and Moon's speed
    ``v_M``; exit speed ``sqrt(v_inf^2 + v_esc^2)``. *Direct*: perigee at the target, burn down
    to circular speed. *Aerobrake*: perigee at 80 km, the pass lowers the apogee to the target,
    whose circular speed is made up there. *Electric*: ``v_a`` is the circular speed at the
    Moon's distance in the target's plane, then a coplanar spiral. The plane is set by the
    driver, so no plane change is left at the Earth. A finite sphere of influence would lower
    the exit speed by 0.03 km/s.

    References
    ----------
    R. R. Bate, D. D. Mueller, J. E. White, *Fundamentals of Astrodynamics*, chapter 7.

    Examples
    --------
    >>> path = lunar_path(np.array([600.0]), plane_cosine=0.0, transfer=np.array([0]))
    >>> round(float(path.exit_speed_km_s[0]), 3), round(float(path.arrival_delta_v_m_s[0]))
    (2.594, 3035)
    """
    code = np.asarray(transfer)
    target_km = EARTH_RADIUS_KM + np.asarray(altitude_km)
    entry_km = EARTH_RADIUS_KM + AEROBRAKE_PERIGEE_KM
    perigee_km = np.where(code == AEROBRAKE, entry_km, target_km)
    near, far = apsis_speeds_km_s(perigee_km, far_radius_km=MOON_DISTANCE_KM)
    stay = circular_speed_km_s(altitude_km)
    moon_circular = np.sqrt(MU_EARTH_KM3_S2 / MOON_DISTANCE_KM)

    departing = np.where(code == ELECTRIC, moon_circular, far)
    excess2 = departing**2 + MOON_SPEED_KM_S**2 - 2.0 * MOON_SPEED_KM_S * departing * plane_cosine
    # The pass leaves an ellipse between entry and target; at its apogee the perigee is raised.
    _, after_pass = apsis_speeds_km_s(entry_km, far_radius_km=target_km)
    spiral_m_s = low_thrust_delta_v_m_s(moon_circular, target_speed_km_s=stay)
    burn_m_s = 1000.0 * np.where(code == AEROBRAKE, stay - after_pass, near - stay)
    arrival = np.where(code == ELECTRIC, spiral_m_s, burn_m_s) * (1.0 + delta_v_margin_frac)
    half_axis_km = 0.5 * (perigee_km + MOON_DISTANCE_KM)
    half_period_s = np.pi * half_axis_km * np.sqrt(half_axis_km / MU_EARTH_KM3_S2)
    return LunarPath(
        exit_speed_km_s=np.sqrt(excess2 + MOON_ESCAPE_SPEED_KM_S**2),
        arrival_delta_v_m_s=arrival,
        coast_time_d=np.where(code == ELECTRIC, 0.0, half_period_s / SECONDS_PER_DAY),
    )


def aeroshell_kg(
    braked_mass_kg: FloatArray, *, transfer: IntArray, aeroshell_frac: Quantity
) -> FloatArray:
    """Heat shield for the aerobraking pass.

    Parameters
    ----------
    braked_mass_kg : array_like
        Everything behind the shield, propellant included [kg].
    transfer : array_like of int
        Code of the transfer; 0 kg unless it is ``aerobrake``.
    aeroshell_frac : array_like
        Shield per entry mass, shield included [1].

    Returns
    -------
    numpy.ndarray
        Aeroshell [kg].

    Notes
    -----
    Entry at 11 km/s; arrays and radiators must be stowed.

    Examples
    --------
    >>> aeroshell_kg(np.array([820.0]), transfer=np.array([2]), aeroshell_frac=0.18)
    array([180.])
    """
    shell = braked_mass_kg * (aeroshell_frac / (1.0 - aeroshell_frac))
    return np.where(np.asarray(transfer) == AEROBRAKE, shell, 0.0)


def imported_mass_kg(
    subsystem_masses_kg: Sequence[FloatArray], *, lunar_made_fracs: Sequence[Quantity]
) -> FloatArray:
    """Mass that must come from Earth, summed over the mass tree.

    Parameters
    ----------
    subsystem_masses_kg : sequence of array_like
        Masses of the subsystems [kg].
    lunar_made_fracs : sequence of array_like
        For each of them the share made on the Moon, 0 to 1 [1].

    Returns
    -------
    numpy.ndarray
        Imported mass, as it lands on the Moon [kg].

    Raises
    ------
    ValueError
        If the two sequences differ in length.

    Examples
    --------
    >>> imported_mass_kg([np.array([500.0]), np.array([300.0])], lunar_made_fracs=[0.75, 0.0])
    array([425.])
    """
    pairs = list(zip(subsystem_masses_kg, lunar_made_fracs, strict=True))
    total: FloatArray = sum((mass * (1.0 - frac) for mass, frac in pairs), np.zeros(()))
    return total


def build_cost_factor(*, lunar_made_frac: Quantity, build_cost_multiplier: Quantity) -> FloatArray:
    """Cost of hardware that is partly made on the Moon, over the same from Earth.

    Parameters
    ----------
    lunar_made_frac : array_like
        Share made on the Moon [1].
    build_cost_multiplier : array_like
        Cost on the Moon over cost on Earth [1].

    Returns
    -------
    numpy.ndarray
        Factor [1].

    Examples
    --------
    >>> float(build_cost_factor(lunar_made_frac=0.75, build_cost_multiplier=3.0))
    2.5
    """
    factor: FloatArray = np.asarray(1.0 + lunar_made_frac * (build_cost_multiplier - 1.0))
    return factor
