"""Station keeping and disposal against published velocities."""

from __future__ import annotations

import numpy as np
import pytest

from problems import orbit
from problems.units import FloatArray

RULES = {
    "electric_disposal": 1.0,
    "spiral_end_km": 300.0,
    "reentry_perigee_km": 50.0,
    "navigation_low_km": 18_630.0,
    "navigation_high_km": 23_722.0,
    "storage_trim_m_s": 15.0,
    "reflectivity": 1.3,
}


def disposal(
    altitude_km: object, lowering_m_s: object = 1e9, ratio: float = 0.05, **changes: object
) -> FloatArray:
    altitude = np.asarray(altitude_km, dtype=float)
    return orbit.disposal_delta_v_m_s(
        altitude,
        speed_m_s=orbit.circular_speed_m_s(altitude),
        is_geo=altitude == 35_786.0,
        lowering_m_s=np.asarray(lowering_m_s, dtype=float),
        area_to_mass_m2_kg=np.asarray(ratio),
        **(RULES | changes),  # type: ignore[arg-type]
    )


def test_disposal_burn_to_re_entry_matches_reference() -> None:
    # Perigee to 50 km: 157, 208, 257, 349 m/s from 600, 800, 1,000, 1,400 km.
    found = disposal([600.0, 800.0, 1000.0, 1400.0], electric_disposal=0.0)
    assert found == pytest.approx([157.0, 208.0, 257.0, 349.0], abs=1.0)


def test_disposal_spiral_matches_reference() -> None:
    # Spiral to 300 km: 168, 274, 376, 567 m/s from 600, 800, 1,000, 1,400 km.
    found = disposal([600.0, 800.0, 1000.0, 1400.0])
    assert found == pytest.approx([168.0, 274.0, 376.0, 567.0], abs=1.0)


def test_perigee_drop_from_geo_matches_published_value() -> None:
    # spacecost: 1,488 m/s from GEO to entry; popular value 1,500.
    found = orbit.perigee_drop_delta_v_m_s(np.array(35_786.0), perigee_km=50.0)
    assert found == pytest.approx(1488.0, rel=0.02)


TABLES = orbit.load_orbit_tables()
AIR = {"area_to_mass_m2_kg": 0.05, "drag_coefficient": 2.2, "density_multiplier": 1.0}


def lives_yr(altitude_km: object) -> FloatArray:
    altitude = np.asarray(altitude_km, dtype=float)
    flight = orbit.orbit_state(
        altitude,
        inclination_deg=np.full(altitude.shape, 97.0),
        family_code=np.zeros(altitude.shape, dtype=np.intp),
        tables=TABLES,
    )
    return orbit.natural_decay_life_yr(flight.decay_integral_yr_m2_kg, **AIR)


def lowering(altitude_km: object, **changes: object) -> FloatArray:
    return orbit.lowering_delta_v_m_s(
        orbit.circular_speed_m_s(np.asarray(altitude_km, dtype=float)),
        longest_decay_yr=5.0,
        tables=TABLES,
        **(AIR | changes),  # type: ignore[arg-type]
    )


def test_lowering_ends_where_the_natural_life_is_the_allowed_one() -> None:
    # Highest altitude that decays in five years, searched on a fine grid; by hand from there.
    altitude = np.arange(400.0, 900.0, 0.05)
    highest = altitude[lives_yr(altitude) <= 5.0].max()
    assert highest == pytest.approx(617.0, abs=5.0)  # two cycles, 0.05 m2/kg
    expected = orbit.circular_speed_m_s(highest) - orbit.circular_speed_m_s(np.array(700.0))
    assert lowering(700.0) == pytest.approx(expected, abs=0.1)
    assert lowering(highest - 1.0) == 0.0


def test_lowering_a_life_of_seven_years_costs_13_m_s() -> None:
    # From 650 km with 7.1 years to go: 25 km down at 0.54 m/s each, instead of 195 m/s to the end.
    area = 0.05 * lives_yr(650.0) / 7.1
    assert lowering(650.0, area_to_mass_m2_kg=area) == pytest.approx(13.4, abs=0.5)


def test_disposal_is_continuous_in_altitude_and_never_dearer_than_the_descent() -> None:
    altitude = np.arange(400.0, 2_000.0, 1.0)
    found = disposal(altitude, lowering_m_s=lowering(altitude))
    assert np.abs(np.diff(found)).max() < 0.7  # m/s per kilometre, as circular speeds differ
    assert np.all(found <= disposal(altitude))
    assert found[0] == 0.0


def test_graveyard_rule_matches_published_values() -> None:
    # 235 + 1000 x 1.3 x 0.05 = 300 km costs 10.9 m/s; 0.33 m2/kg needs 664 km and 24 m/s.
    assert orbit.graveyard_raise_km(np.array(0.05), reflectivity=1.3) == pytest.approx(300.0)
    assert orbit.graveyard_raise_km(np.array(0.33), reflectivity=1.3) == pytest.approx(664.0)
    assert disposal(35_786.0, ratio=0.05) == pytest.approx(10.9, abs=0.2)
    assert disposal(35_786.0, ratio=0.33) == pytest.approx(24.0, abs=0.5)


def test_disposal_between_leo_and_geo_leaves_the_navigation_band() -> None:
    storage = disposal([2_500.0, 10_000.0, 18_000.0, 24_000.0, 33_000.0])
    assert storage == pytest.approx(np.full(5, 15.0))
    band = disposal([18_700.0, 20_182.0, 21_000.0, 23_222.0])
    assert np.all(band > 15.0)
    # Two-burn Hohmann transfer from 20,182 to 18,630 km by hand: 131 m/s less than 1 % apart.
    mu, low, high = 398_600.4418, 6378.137 + 18_630.0, 6378.137 + 20_182.0
    apogee = np.sqrt(2 * mu * low / (high * (low + high)))
    perigee = np.sqrt(2 * mu * high / (low * (low + high)))
    hohmann = 1e3 * (np.sqrt(mu / high) - apogee + perigee - np.sqrt(mu / low))
    assert band[1] - 15.0 == pytest.approx(hohmann, rel=0.01)


def test_disposal_band_takes_the_nearer_edge() -> None:
    altitude = np.linspace(18_630.0, 23_722.0, 200)
    cost = disposal(altitude) - 15.0
    peak = altitude[np.argmax(cost)]
    assert 20_500.0 < peak < 21_500.0
    assert cost[0] == pytest.approx(0.0, abs=1e-6)
    assert cost[-1] == pytest.approx(0.0, abs=1e-6)


def test_disposal_broadcasts_over_futures() -> None:
    futures = np.array([[1.0], [0.0]])
    found = disposal([600.0, 1_400.0, 20_200.0], electric_disposal=futures)
    assert found.shape == (2, 3)
    assert found[0, 2] == found[1, 2]
    assert np.all(found[0, :2] > found[1, :2])


def test_keeping_costs_apply_only_where_they_belong() -> None:
    altitude = np.array([600.0, 2_000.0, 2_001.0, 35_786.0])
    avoidance = orbit.collision_avoidance_delta_v_m_s_per_yr(altitude, low_orbit_m_s_per_yr=0.5)
    assert avoidance.tolist() == [0.5, 0.5, 0.0, 0.0]
    keeping = orbit.geo_keeping_delta_v_m_s_per_yr(
        altitude == 35_786.0, north_south_m_s_per_yr=47.0, east_west_m_s_per_yr=2.0
    )
    assert keeping.tolist() == [0.0, 0.0, 0.0, 49.0]


def test_earth_irradiance_matches_hand_worked_value() -> None:
    # 237 x 0.4978 = 118.0; 0.3 x 0.5 x 1361 x 0.4978 = 101.6 W/m2.
    load = orbit.earth_irradiance(
        np.array(0.4978),
        earth_infrared_w_m2=237.0,
        albedo_frac=0.3,
        albedo_geometry_frac=0.5,
        solar_constant_w_m2=1361.0,
    )
    assert load.infrared_w_m2 == pytest.approx(118.0, abs=0.1)
    assert load.albedo_w_m2 == pytest.approx(101.6, abs=0.1)
