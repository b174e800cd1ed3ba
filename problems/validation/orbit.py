"""Quantities of the orbit for the validation: geometry, eclipse, air, debris, disposal."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from problems import orbit
from problems.delivery import transfer
from problems.orbit import eclipse
from problems.units import EARTH_RADIUS_KM, ORBIT_FAMILIES, FloatArray
from problems.validation.inputs import Inputs, Quantity

#: Numbers of a look-up that a case may name.
_STATE_FIELDS = (
    "sunlit_fraction",
    "longest_eclipse_min",
    "longest_umbra_min",
    "longest_shadow_min",
    "eclipse_days_per_yr",
    "edge_on_view_factor_sum",
    "rotating_view_factor_sum",
    "array_ram_frac",
)


def _state(altitude_km: FloatArray, family: str, inclination_deg: float = 0.0) -> orbit.OrbitState:
    altitude = np.atleast_1d(altitude_km)
    return orbit.orbit_state(
        altitude,
        inclination_deg=np.full(altitude.shape, inclination_deg),
        family_code=np.full(altitude.shape, ORBIT_FAMILIES.index(family)),
        tables=orbit.load_orbit_tables(),
    )


def _state_field(name: str) -> Quantity:
    def look_up(inputs: Inputs) -> float:
        state = _state(
            inputs.row("altitude_km"),
            inputs.text("orbit", "dawn_dusk_sso"),
            inputs.number("inclination_deg", 0.0),
        )
        return float(getattr(state, name)[0])

    return look_up


def _period_min(inputs: Inputs) -> float:
    return float(orbit.period_min(inputs.array("altitude_km")))


def _sso_inclination_deg(inputs: Inputs) -> float:
    return float(orbit.sso_inclination_deg(inputs.array("altitude_km")))


def _eclipse_min(inputs: Inputs) -> float:
    """Length of an eclipse at one beta angle, cylindrical shadow."""
    altitude = inputs.array("altitude_km")
    dark = orbit.eclipse_fraction(altitude, beta_deg=inputs.array("beta_deg"))
    return float(dark * orbit.period_min(altitude))


def _smallest_beta_deg(inputs: Inputs) -> float:
    """Smallest beta angle of the year, node at 06:00 by the mean Sun."""
    sun = eclipse.sun_position(np.arange(365.2422))
    inclination = np.radians(orbit.sso_inclination_deg(inputs.array("altitude_km")))
    sine = eclipse.sin_beta(
        sun.mean_longitude_rad - 0.5 * np.pi - sun.right_ascension_rad,
        inclination_rad=inclination,
        declination_rad=sun.declination_rad,
    )
    return float(np.degrees(np.arcsin(np.abs(sine).min())))


def _lowest_without_eclipse_km(inputs: Inputs) -> float:
    """Lowest dawn-dusk altitude of the table whose longest eclipse is zero, to 0.1 km."""
    altitude = np.arange(inputs.number("from_km"), inputs.number("to_km"), 0.1)
    state = _state(altitude, "dawn_dusk_sso")
    return float(altitude[np.argmax(state.longest_eclipse_min <= 0.0)])


def _solar_flux(name: str) -> Quantity:
    def flux(inputs: Inputs) -> float:
        year = orbit.solar_flux(inputs.number("solar_constant_w_m2"))
        return float(getattr(year, name))

    return flux


def _density_kg_m3(inputs: Inputs) -> float:
    return float(
        orbit.atmospheric_density_kg_m3(
            inputs.array("altitude_km"), activity=inputs.text("activity")
        )
    )


def _drag_m_s_per_yr(inputs: Inputs) -> float:
    altitude = inputs.array("altitude_km")
    return float(
        orbit.drag_delta_v_m_s_per_yr(
            orbit.atmospheric_density_kg_m3(altitude, activity=inputs.text("activity")),
            speed_m_s=orbit.circular_speed_m_s(altitude),
            area_to_mass_m2_kg=inputs.array("area_to_mass_m2_kg"),
            drag_coefficient=inputs.number("drag_coefficient"),
            density_multiplier=1.0,
        )
    )


def _life_yr(altitude_km: FloatArray, inputs: Inputs) -> FloatArray:
    """Remaining life; at a level of solar activity where the case names one."""
    state = _state(altitude_km, "inclined", 51.6)
    activity = inputs.text("activity", "")
    density = (
        orbit.atmospheric_density_kg_m3(altitude_km, activity=activity)
        if activity
        else state.density_kg_m3
    )
    return orbit.natural_decay_life_yr(
        state.decay_integral_yr_m2_kg,
        area_to_mass_m2_kg=inputs.array("area_to_mass_m2_kg"),
        drag_coefficient=inputs.number("drag_coefficient"),
        # Most of the life is spent near the top, where this factor is exact.
        density_multiplier=density / state.density_kg_m3,
    )


def _decay_rate_km_per_yr(inputs: Inputs) -> float:
    """Sink rate: kilometres over the difference of the remaining lives at both ends."""
    altitude = inputs.number("altitude_km")
    lives = _life_yr(np.array([altitude - 2.0, altitude + 2.0]), inputs)
    return float(4.0 / (lives[1] - lives[0]))


def _highest_self_cleaning_km(inputs: Inputs) -> float:
    """Highest orbit that decays by itself within a time."""
    altitude = np.arange(350.0, 900.0, 0.5)
    lives = _life_yr(altitude, inputs)
    return float(altitude[lives <= inputs.number("life_yr")].max())


def _graveyard_raise_km(inputs: Inputs) -> float:
    return float(
        orbit.graveyard_raise_km(
            inputs.array("area_to_mass_m2_kg"), reflectivity=inputs.number("reflectivity")
        )
    )


def _disposal_m_s(inputs: Inputs) -> float:
    altitude = inputs.array("altitude_km")
    return float(
        orbit.disposal_delta_v_m_s(
            altitude,
            speed_m_s=orbit.circular_speed_m_s(altitude),
            is_geo=np.asarray(inputs.text("orbit", "dawn_dusk_sso") == "geo"),
            lowering_m_s=np.asarray(np.inf),
            area_to_mass_m2_kg=inputs.array("area_to_mass_m2_kg", 0.05),
            electric_disposal=inputs.number("electric", 1.0),
            spiral_end_km=inputs.number("spiral_end_km", 300.0),
            reentry_perigee_km=inputs.number("perigee_km", 50.0),
            navigation_low_km=18_630.0,
            navigation_high_km=23_722.0,
            storage_trim_m_s=15.0,
            reflectivity=inputs.number("reflectivity", 1.3),
        )
    )


def _perigee_drop_m_s(inputs: Inputs) -> float:
    return float(
        orbit.perigee_drop_delta_v_m_s(
            inputs.array("altitude_km"), perigee_km=inputs.number("perigee_km")
        )
    )


def _solar_pressure_m_s_per_yr(inputs: Inputs) -> float:
    return float(
        orbit.solar_pressure_delta_v_m_s_per_yr(
            inputs.array("area_to_mass_m2_kg"),
            reflectivity=inputs.number("reflectivity"),
            solar_constant_w_m2=inputs.number("solar_constant_w_m2"),
        )
    )


def _injection_m_s(inputs: Inputs) -> float:
    """First burn of a transfer between circular orbits."""
    start = inputs.number("start_altitude_km")
    perigee, _ = transfer.apsis_speeds_km_s(
        EARTH_RADIUS_KM + start, far_radius_km=EARTH_RADIUS_KM + inputs.number("altitude_km")
    )
    return float(1e3 * (perigee - transfer.circular_speed_km_s(start)))


def _transfer_m_s(inputs: Inputs) -> float:
    return float(
        transfer.transfer_delta_v_m_s(
            inputs.number("altitude_km"),
            start_altitude_km=inputs.number("start_altitude_km"),
            plane_change_deg=inputs.number("plane_change_deg", 0.0),
        )
    )


def _apogee_burn_m_s(inputs: Inputs) -> float:
    """Second burn: the whole transfer less the injection."""
    return _transfer_m_s(inputs) - _injection_m_s(inputs)


def _spiral_m_s(inputs: Inputs) -> float:
    return float(
        transfer.low_thrust_delta_v_m_s(
            transfer.circular_speed_km_s(inputs.number("start_altitude_km")),
            target_speed_km_s=transfer.circular_speed_km_s(inputs.number("altitude_km")),
            plane_change_deg=inputs.number("plane_change_deg", 0.0),
        )
    )


def _access(name: str) -> Quantity:
    def access(inputs: Inputs) -> float:
        seen = orbit.ground_access(
            inputs.array("altitude_km"), elevation_deg=inputs.number("elevation_deg")
        )
        return float(getattr(seen, name))

    return access


def _population_flux(inputs: Inputs) -> float:
    return float(
        orbit.population_flux_per_m2_yr(
            inputs.number("count"),
            low_altitude_km=inputs.number("low_altitude_km"),
            high_altitude_km=inputs.number("high_altitude_km"),
            relative_speed_km_s=inputs.number("relative_speed_km_s"),
        )
    )


def _meteoroid_flux(inputs: Inputs) -> float:
    return float(orbit.meteoroid_flux_per_m2_yr(inputs.number("mass_g")))


def _debris_flux(name: str) -> Quantity:
    """Debris without meteoroids: the difference that a doubled debris factor makes."""

    def flux(inputs: Inputs) -> float:
        altitude = inputs.row("altitude_km")
        state = _state(altitude, "inclined", inputs.number("inclination_deg"))
        year, activity = inputs.number("year"), inputs.number("solar_flux_sfu")
        once, twice = (
            orbit.debris_flux(
                altitude,
                unsaturation=state.debris_unsaturation,
                inclination_factor=state.debris_inclination_factor,
                year=year,
                solar_flux_sfu=activity,
                flux_multiplier=factor,
                above_leo_frac=1e-3,
                above_leo_scale_km=700.0,
                wall=orbit.size_terms(0.1, meteoroid_cm=0.1),
            )
            for factor in (1.0, 2.0)
        )
        return float(getattr(twice, name)[0] - getattr(once, name)[0])

    return flux


def _view_factor(inputs: Inputs) -> float:
    return float(
        orbit.plate_view_factor(
            inputs.array("altitude_km"), nadir_angle_deg=inputs.array("nadir_angle_deg")
        )
    )


QUANTITIES: Mapping[str, Quantity] = {
    "orbit.period_min": _period_min,
    "orbit.sso_inclination_deg": _sso_inclination_deg,
    "orbit.eclipse_min": _eclipse_min,
    "orbit.smallest_beta_deg": _smallest_beta_deg,
    "orbit.lowest_without_eclipse_km": _lowest_without_eclipse_km,
    "orbit.solar_flux.perihelion": _solar_flux("perihelion_w_m2"),
    "orbit.solar_flux.aphelion": _solar_flux("aphelion_w_m2"),
    "orbit.atmospheric_density_kg_m3": _density_kg_m3,
    "orbit.drag_delta_v_m_s_per_yr": _drag_m_s_per_yr,
    "orbit.decay_rate_km_per_yr": _decay_rate_km_per_yr,
    "orbit.highest_self_cleaning_km": _highest_self_cleaning_km,
    "orbit.graveyard_raise_km": _graveyard_raise_km,
    "orbit.disposal_delta_v_m_s": _disposal_m_s,
    "orbit.perigee_drop_delta_v_m_s": _perigee_drop_m_s,
    "orbit.solar_pressure_delta_v_m_s_per_yr": _solar_pressure_m_s_per_yr,
    "orbit.ground_access.slant_range_km": _access("slant_range_km"),
    "orbit.ground_access.longest_pass_min": _access("longest_pass_min"),
    "orbit.ground_access.coverage_frac": _access("coverage_frac"),
    "orbit.population_flux_per_m2_yr": _population_flux,
    "orbit.meteoroid_flux_per_m2_yr": _meteoroid_flux,
    "orbit.debris_flux.over_1_mm": _debris_flux("over_1_mm_per_m2_yr"),
    "orbit.debris_flux.over_1_cm": _debris_flux("over_1_cm_per_m2_yr"),
    "orbit.plate_view_factor": _view_factor,
    "transfer.injection_m_s": _injection_m_s,
    "transfer.transfer_delta_v_m_s": _transfer_m_s,
    "transfer.apogee_burn_m_s": _apogee_burn_m_s,
    "transfer.low_thrust_delta_v_m_s": _spiral_m_s,
    **{f"orbit.orbit_state.{name}": _state_field(name) for name in _STATE_FIELDS},
}
