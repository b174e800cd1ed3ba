"""Mass: shield, growth allowances, structure, harness, propellant and tanks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.units import (
    ALUMINIUM_KG_M2_PER_MM,
    SECONDS_PER_YEAR,
    STANDARD_GRAVITY_M_S2,
    FloatArray,
    Quantity,
)


def bay_surface_m2(volume_m3: FloatArray) -> FloatArray:
    """Return the surface of the cubic bay that holds the compute [m2].

    Examples
    --------
    >>> import numpy as np
    >>> float(bay_surface_m2(np.array(8.0)))
    24.0
    """
    edge_m = np.cbrt(volume_m3)
    return np.asarray(6.0 * edge_m * edge_m)


def wrapped_volume_m3(volume_m3: FloatArray, *, gap_mm: Quantity) -> FloatArray:
    """Return the volume of the cubic bay with a bumper that stands off on all sides [m3].

    Examples
    --------
    >>> import numpy as np
    >>> float(wrapped_volume_m3(np.array(8.0), gap_mm=500.0))
    27.0
    """
    edge_m = np.cbrt(volume_m3) + 2e-3 * gap_mm
    return np.asarray(edge_m * edge_m * edge_m)


def shield_mass_kg(
    surface_m2: FloatArray, *, shield_mm: FloatArray, wall_mm: Quantity
) -> FloatArray:
    """Return the mass of shielding beyond the walls that the body has anyway [kg].

    Parameters
    ----------
    surface_m2
        Enclosed surface of the compute bay [m2].
    shield_mm
        Total aluminium equivalent on all sides [mm].
    wall_mm
        Part of it that the structure already provides [mm].

    Notes
    -----
    2.7 kg/m2 per millimetre of aluminium.

    Examples
    --------
    >>> import numpy as np
    >>> round(float(shield_mass_kg(np.array(10.0), shield_mm=np.array(11.5), wall_mm=1.5)), 6)
    270.0
    """
    extra_mm = np.maximum(shield_mm - wall_mm, 0.0)
    return np.asarray(surface_m2 * extra_mm * ALUMINIUM_KG_M2_PER_MM)


def structure_mass_kg(
    body_kg: FloatArray,
    *,
    deployables_kg: FloatArray,
    body_fraction: Quantity | FloatArray,
    root_fraction: Quantity | FloatArray,
) -> FloatArray:
    """Return the mass of structure and mechanisms [kg].

    Parameters
    ----------
    body_kg
        What the body carries: every subsystem but the deployables, with growth [kg].
    deployables_kg
        Array and radiator with growth, their own booms and hinges included [kg].
    body_fraction
        Structure over the mass in the body [1].
    root_fraction
        Hold-downs, hinges at the body and their reinforcement over the mass deployed [1].

    Examples
    --------
    >>> import numpy as np
    >>> float(structure_mass_kg(np.array(1000.0), deployables_kg=np.array(2000.0),
    ...     body_fraction=0.22, root_fraction=0.05))
    320.0
    """
    return np.asarray(body_kg * body_fraction + deployables_kg * root_fraction)


class DryMass(NamedTuple):
    """Dry mass and the parts that come on top of subsystems and structure."""

    growth_kg: FloatArray
    harness_kg: FloatArray
    dry_kg: FloatArray


def dry_mass(
    subsystems_kg: FloatArray,
    *,
    growth_kg: FloatArray,
    structure_kg: FloatArray,
    harness_fraction: Quantity,
    prediction_error: Quantity,
) -> DryMass:
    """Roll subsystems and structure up to predicted dry mass with growth and harness.

    Parameters
    ----------
    subsystems_kg
        Sum of the basic subsystem masses [kg].
    growth_kg
        Sum of their maturity growth allowances [kg].
    structure_kg
        From :func:`structure_mass_kg` [kg].
    harness_fraction
        Harness over the dry mass [1].
    prediction_error
        What the satellite will weigh over what is predicted [1]; 1 unless futures are drawn.

    Returns
    -------
    DryMass
        All in kg; the parts and the subsystems add up to ``dry_kg``. The prediction error is in
        the growth, which it can turn negative.

    Notes
    -----
    Margin at system level is no mass: it lies between the prediction and the limit.

    References
    ----------
    ESA, Margin philosophy for science assessment studies, SRE-PA/2011.097, R-M1 to R-M2.

    Examples
    --------
    >>> import numpy as np
    >>> d = dry_mass(np.array(100.0), growth_kg=np.array(10.0), structure_kg=np.array(22.0),
    ...     harness_fraction=0.05, prediction_error=1.0)
    >>> round(float(d.dry_kg), 2)  # 132 / 0.95
    138.95
    """
    wired_kg = subsystems_kg + growth_kg + structure_kg
    harness_kg = wired_kg * (harness_fraction / (1.0 - harness_fraction))
    predicted_kg = wired_kg + harness_kg
    error_kg = predicted_kg * (np.asarray(prediction_error) - 1.0)
    return DryMass(growth_kg + error_kg, harness_kg, predicted_kg + error_kg)


class WetMass(NamedTuple):
    """On-orbit mass with propellant for the life, and its parts."""

    propellant_kg: FloatArray
    tank_kg: FloatArray
    on_orbit_kg: FloatArray


def wet_mass(
    dry_kg: FloatArray,
    *,
    delta_v_m_s: FloatArray,
    impulse_n_s: FloatArray,
    isp_s: Quantity,
    tank_fraction: Quantity,
    residual_fraction: Quantity,
) -> WetMass:
    """Add propellant and its tanks for a velocity change and a mass-independent impulse.

    Parameters
    ----------
    dry_kg
        Dry mass without tanks [kg].
    delta_v_m_s
        Manoeuvres whose impulse scales with mass: station keeping, avoidance, disposal [m/s].
    impulse_n_s
        Impulse that does not depend on mass: drag make-up over the life [N s].
    isp_s
        Specific impulse [s].
    tank_fraction, residual_fraction
        Tank over propellant; unusable share on top of the propellant [1].

    Returns
    -------
    WetMass
        Propellant with residuals, tanks, and mass on orbit [kg].

    Notes
    -----
    The tank carries propellant that carries the tank: with R = exp(dv/(g0 Isp)) - 1 and
    t = tank (1 + residual), propellant = (dry R + I/(g0 Isp)) / (1 - t R), in closed form.

    References
    ----------
    Tsiolkovsky rocket equation; Wertz et al., Space Mission Engineering: The New SMAD, ch. 18.

    Examples
    --------
    >>> import numpy as np
    >>> w = wet_mass(np.array(2000.0), delta_v_m_s=np.array(350.0), impulse_n_s=np.array(0.0),
    ...     isp_s=2500.0, tank_fraction=0.0, residual_fraction=0.0)
    >>> round(float(w.propellant_kg), 1)  # 28 kg in the literature
    28.8
    """
    exhaust_m_s = STANDARD_GRAVITY_M_S2 * np.asarray(isp_s)
    ratio = np.expm1(delta_v_m_s / exhaust_m_s)
    tank_share = tank_fraction * (1.0 + residual_fraction)
    used_kg = (dry_kg * ratio + impulse_n_s / exhaust_m_s) / (1.0 - tank_share * ratio)
    propellant_kg = used_kg * (1.0 + residual_fraction)
    tank_kg = propellant_kg * tank_fraction
    return WetMass(propellant_kg, tank_kg, dry_kg + tank_kg + propellant_kg)


def drag_impulse_n_s(
    delta_v_per_area_m_s: FloatArray, *, drag_area_m2: FloatArray, life_yr: FloatArray
) -> FloatArray:
    """Return the impulse that makes up drag over the life [N s].

    Parameters
    ----------
    delta_v_per_area_m_s
        Drag velocity loss per year of a body with one m2 of ram area per kg [m/s/yr].
    drag_area_m2
        Orbit-mean ram area [m2].
    life_yr
        Design life [yr].

    Examples
    --------
    >>> import numpy as np
    >>> float(drag_impulse_n_s(np.array(100.0), drag_area_m2=np.array(2.0), life_yr=np.array(5.0)))
    1000.0
    """
    return np.asarray(delta_v_per_area_m_s * drag_area_m2 * life_yr)


def burn_time_yr(delta_v_m_s: FloatArray, *, mass_kg: FloatArray, thrust_n: Quantity) -> FloatArray:
    """Return how long a steady thrust needs for a velocity change [yr].

    Notes
    -----
    Mass is taken as constant: the propellant of a disposal is a few per cent.

    Examples
    --------
    >>> import numpy as np
    >>> float(burn_time_yr(np.array(100.0), mass_kg=np.array(3155.76), thrust_n=0.01))
    1.0
    """
    return np.asarray(delta_v_m_s * mass_kg / (thrust_n * SECONDS_PER_YEAR))
