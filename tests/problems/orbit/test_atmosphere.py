"""Air drag and natural decay against NRLMSIS 2.1 and independent integrals."""

from __future__ import annotations

import numpy as np
import pytest

from problems import orbit
from problems.orbit.atmosphere import ACTIVITIES
from problems.orbit.tables import OrbitState, altitude_nodes_km, load_orbit_tables
from problems.units import (
    DAWN_DUSK_SSO,
    EARTH_RADIUS_KM,
    INCLINED,
    MU_EARTH_KM3_S2,
    SECONDS_PER_YEAR,
)


def state(altitude_km: object, family: int = INCLINED) -> OrbitState:
    altitude = np.asarray(altitude_km, dtype=float)
    return orbit.orbit_state(
        altitude,
        inclination_deg=np.full(altitude.shape, 53.0),
        family_code=np.full(altitude.shape, family),
        tables=load_orbit_tables(),
    )


@pytest.mark.parametrize(
    ("activity", "expected"),
    # NRLMSIS 2.1 run separately with pymsis 0.13.0: mean over seasons, longitudes, latitudes.
    [
        ("low", [4.7387e-13, 1.2066e-14, 2.4869e-15, 9.9296e-16]),
        ("mean", [3.3819e-12, 1.5746e-13, 1.4770e-14, 3.5870e-15]),
        ("high", [1.1388e-11, 9.3106e-13, 1.1264e-13, 1.9782e-14]),
    ],
)
def test_atmospheric_density_matches_separate_run(activity: str, expected: list[float]) -> None:
    altitude = np.array([400.0, 600.0, 800.0, 1000.0])
    found = orbit.atmospheric_density_kg_m3(altitude, activity=activity)
    assert found == pytest.approx(expected, rel=0.015)


def test_atmospheric_density_matches_pymsis_directly() -> None:
    pymsis = pytest.importorskip("pymsis")
    output = pymsis.calculate(
        np.array(["2026-03-21T12", "2026-09-21T12"], dtype="datetime64[ns]"),
        np.arange(0.0, 360.0, 15.0),
        np.degrees(np.arcsin(np.linspace(-0.975, 0.975, 40))),
        [500.0],
        f107s=[140.0, 140.0],
        f107as=[140.0, 140.0],
        aps=[[15.0] * 7] * 2,
        version=2.1,
    )
    density = float(np.mean(output[..., pymsis.Variable.MASS_DENSITY]))
    # Equinoxes are denser than the four-season mean by a few per cent (semiannual variation).
    found = orbit.atmospheric_density_kg_m3(np.array(500.0), activity="mean")
    assert found == pytest.approx(density, rel=0.15)


def test_atmospheric_density_names_the_choices_for_a_wrong_level() -> None:
    with pytest.raises(ValueError, match="cycle_23"):
        orbit.atmospheric_density_kg_m3(np.array(500.0), activity="medium")


def test_atmospheric_density_shares_the_grid_of_the_tables() -> None:
    nodes = altitude_nodes_km()
    for activity in ACTIVITIES:
        log = np.log(orbit.atmospheric_density_kg_m3(nodes, activity=activity))
        assert np.all(np.diff(log) < 0.0)


def test_orbit_state_density_lies_between_low_and_high_activity() -> None:
    altitude = np.linspace(250.0, 1_500.0, 300)
    found = state(altitude).density_kg_m3
    assert np.all(found > orbit.atmospheric_density_kg_m3(altitude, activity="low"))
    assert np.all(found < orbit.atmospheric_density_kg_m3(altitude, activity="high"))
    # Both cycles together: their weighted mean, 13 and 11 years.
    cycles = [orbit.atmospheric_density_kg_m3(altitude, activity=f"cycle_{n}") for n in (23, 24)]
    assert found == pytest.approx((13.0 * cycles[0] + 11.0 * cycles[1]) / 24.0, rel=2e-3)


def test_drag_delta_v_matches_reference_at_mean_activity() -> None:
    # Reference: C_d 2.2, A/m 0.03 m2/kg, mean activity: 9.4 m/s a year at 600 km, 41 at 500 km.
    altitude = np.array([600.0, 500.0])
    found = orbit.drag_delta_v_m_s_per_yr(
        orbit.atmospheric_density_kg_m3(altitude, activity="mean"),
        speed_m_s=orbit.circular_speed_m_s(altitude),
        area_to_mass_m2_kg=np.array(0.03),
        drag_coefficient=2.2,
        density_multiplier=1.0,
    )
    assert found == pytest.approx([9.4, 41.0], rel=0.03)


def test_density_reproduces_the_decay_of_the_space_station() -> None:
    # 415 km, 420 t, 1,600 m2, C_d 2.2, mean activity: 36 km a year computed, 2 km a month in
    # operation; tolerance 50 %.
    radius_m = 1e3 * (EARTH_RADIUS_KM + 415.0)
    density = orbit.atmospheric_density_kg_m3(np.array(415.0), activity="mean")
    fall = density * 2.2 * 1600.0 / 420e3 * np.sqrt(1e9 * MU_EARTH_KM3_S2 * radius_m)
    assert fall * SECONDS_PER_YEAR / 1e3 == pytest.approx(36.0, rel=0.5)


@pytest.mark.parametrize("start_km", [350.0, 500.0, 650.0, 800.0])
def test_natural_decay_life_matches_step_by_step_decay(start_km: float) -> None:
    # Fall from orbit in steps of 50 m, density from the table of the state.
    ballistic = 2.2 * 0.05
    altitude = np.arange(200.0, start_km, 0.05) + 0.025
    radius_m = 1e3 * (EARTH_RADIUS_KM + altitude)
    fall_m_s = state(altitude).density_kg_m3 * ballistic * np.sqrt(1e9 * MU_EARTH_KM3_S2 * radius_m)
    expected_yr = np.sum(50.0 / fall_m_s) / SECONDS_PER_YEAR
    life = [
        orbit.natural_decay_life_yr(
            state(height).decay_integral_yr_m2_kg,
            area_to_mass_m2_kg=np.array(0.05),
            drag_coefficient=2.2,
            density_multiplier=1.0,
        )
        for height in (start_km, 200.0)
    ]
    assert life[0] - life[1] == pytest.approx(expected_yr, rel=2e-3)
    assert life[1] < 0.02 * life[0]


def test_natural_decay_life_at_one_activity_level_matches_reference() -> None:
    # Reference, mean activity throughout: five years hold below 544, 590, 654 and 704 km for
    # A/m 0.01, 0.02, 0.05, 0.1 m2/kg. Integrated here with the density of that level.
    altitude = np.arange(150.0, 900.0, 0.5)
    known = np.maximum(altitude, 200.0)
    density = orbit.atmospheric_density_kg_m3(known, activity="mean")
    radius_m = 1e3 * (EARTH_RADIUS_KM + altitude)
    years = np.cumsum(500.0 / (density * np.sqrt(1e9 * MU_EARTH_KM3_S2 * radius_m)))
    years /= SECONDS_PER_YEAR
    for ratio, expected in ((0.01, 544.0), (0.02, 590.0), (0.05, 654.0), (0.1, 704.0)):
        found = altitude[years / (2.2 * ratio) <= 5.0].max()
        assert found == pytest.approx(expected, abs=5.0)


def test_natural_decay_life_over_the_cycle_lies_within_the_activity_levels() -> None:
    # The mean over two cycles is less dense than F10.7 = 140 all the time: lower limits.
    altitude = np.arange(400.0, 800.0, 0.25)
    integral = state(altitude).decay_integral_yr_m2_kg
    for ratio, single_level in ((0.01, 544.0), (0.05, 654.0)):
        limit = altitude[integral / (2.2 * ratio) <= 5.0].max()
        assert single_level - 60.0 < limit < single_level


def test_drag_and_decay_scale_as_they_should() -> None:
    one = orbit.drag_delta_v_m_s_per_yr(
        np.array(1e-13),
        speed_m_s=np.array(7500.0),
        area_to_mass_m2_kg=np.array(0.03),
        drag_coefficient=2.2,
        density_multiplier=np.array([[1.0], [2.0]]),
    )
    assert one.shape == (2, 1)
    assert one[1] == pytest.approx(2.0 * one[0])
    life = orbit.natural_decay_life_yr(
        np.array([0.1, 0.2, 0.4]),
        area_to_mass_m2_kg=np.array([0.03, 0.03, 0.06]),
        drag_coefficient=2.2,
        density_multiplier=np.array([[1.0], [2.0]]),
    )
    assert life.shape == (2, 3)
    assert life[0] == pytest.approx(2.0 * life[1])
    assert life[0, 1] == pytest.approx(life[0, 2])


def test_decay_integral_rises_with_altitude_and_stays_finite() -> None:
    integral = state(np.linspace(200.0, 36_000.0, 5_000)).decay_integral_yr_m2_kg
    assert np.all(np.isfinite(integral))
    assert np.all(np.diff(integral) >= 0.0)


def test_areas_match_hand_worked_values() -> None:
    # 0.169 x 600 + 0.97 x 110 + 4 = 212.1; half of 710 + 4 = 359.
    working = orbit.ram_area_m2(
        np.array(600.0),
        array_ram_frac=np.array(0.169),
        radiator_area_m2=np.array(110.0),
        radiator_ram_frac=np.array(0.97),
        bus_area_m2=4.0,
    )
    dead = orbit.tumbling_area_m2(
        np.array(600.0), radiator_area_m2=np.array(110.0), bus_area_m2=4.0
    )
    assert working == pytest.approx(212.1)
    assert dead == pytest.approx(359.0)


def test_dawn_dusk_density_is_close_to_the_daily_mean() -> None:
    # Dawn is cooler and dusk warmer than average; together within 10 % up to 1,000 km.
    altitude = np.linspace(300.0, 1_000.0, 50)
    ratio = state(altitude, DAWN_DUSK_SSO).density_kg_m3 / state(altitude).density_kg_m3
    assert np.all((ratio > 0.9) & (ratio < 1.02))
