"""Debris and meteoroids against published fits and population counts."""

from __future__ import annotations

import numpy as np
import pytest

from problems import orbit
from problems.orbit.debris import DebrisFlux
from problems.orbit.tables import load_orbit_tables, lookup_debris_inclination


def flux(
    altitude_km: object,
    inclination_deg: object = 98.0,
    year: float = 2026.0,
    wall_stops_cm: object = 0.1,
    **changes: float,
) -> DebrisFlux:
    wall_stops_cm = np.asarray(wall_stops_cm, dtype=float)
    altitude = np.asarray(altitude_km, dtype=float)
    assumptions = {
        "solar_flux_sfu": 140.0,
        "flux_multiplier": 1.0,
        "above_leo_frac": 1e-3,
        "above_leo_scale_km": 700.0,
    } | changes
    return orbit.debris_flux(
        altitude,
        wall=orbit.size_terms(wall_stops_cm, meteoroid_cm=wall_stops_cm),
        unsaturation=10.0 ** (-altitude / 200.0),
        inclination_factor=lookup_debris_inclination(
            load_orbit_tables(), inclination_deg=np.asarray(inclination_deg, dtype=float)
        ),
        year=year,
        **assumptions,
    )


def test_debris_flux_matches_the_published_fit() -> None:
    # The Kessler 1991 fit at 600 km, 98 deg, 2026: 1.5e-2 over 1 mm and 6.4e-5 over 1 cm.
    found = flux(600.0)
    meteoroids = orbit.meteoroid_flux_per_m2_yr(1.31e-3)
    assert found.over_1_mm_per_m2_yr - meteoroids == pytest.approx(1.5e-2, rel=0.05)
    assert found.over_1_cm_per_m2_yr == pytest.approx(6.4e-5, rel=0.05)


def test_small_debris_grows_faster_from_2011_on() -> None:
    # Kessler 1991: 2 % a year of the small objects, 4 % after 2011.
    years = np.arange(2005.0, 2018.0)
    meteoroids = orbit.meteoroid_flux_per_m2_yr(1.31e-3)
    growth = np.diff(np.log([flux(600.0, year=y).over_1_mm_per_m2_yr - meteoroids for y in years]))
    assert years[1:-1][np.argmax(np.diff(growth))] == 2011.0
    assert growth[:6] == pytest.approx(np.log(1.02), abs=2e-3)
    assert growth[6:] == pytest.approx(np.log(1.04), abs=2e-3)


def test_meteoroids_get_rarer_with_mass_as_the_three_terms_of_the_fit_say() -> None:
    """Over 18 decades; slopes by hand from the exponents of the term that rules there."""
    mass_g = np.logspace(-18.0, 0.0, 181)
    flux = orbit.meteoroid_flux_per_m2_yr(mass_g)
    slope = np.diff(np.log(flux)) / np.diff(np.log(mass_g))
    assert (slope < 0.0).all()
    assert slope[0] == pytest.approx(-0.85, abs=0.02)
    assert slope[-1] == pytest.approx(-0.306 * 4.38, abs=0.02)
    # Per m2 and year, worked by hand.
    by_hand = [33594, 95.064, 0.00059675]
    assert orbit.meteoroid_flux_per_m2_yr(np.array([1e-15, 1e-9, 1e-3])) == pytest.approx(
        by_hand, rel=1e-4
    )


def test_debris_flux_agrees_with_population_counts_within_a_factor_of_three() -> None:
    # ESA MASTER-8: 131 million over 1 mm and 1.0 million over 1 cm, 60 % of them in LEO, 10 km/s.
    altitude = np.linspace(400.0, 2_000.0, 100)
    found = flux(altitude, 70.0)
    for column, count in ((found.over_1_mm_per_m2_yr, 1.31e8), (found.over_1_cm_per_m2_yr, 1.0e6)):
        expected = orbit.population_flux_per_m2_yr(
            0.6 * count,
            low_altitude_km=200.0,
            high_altitude_km=2_000.0,
            relative_speed_km_s=10.0,
        )
        assert 1.0 / 3.0 < column.mean() / expected < 3.0


def test_population_flux_matches_published_estimate() -> None:
    # 1.31e8 objects over 1 mm, 60 % in 200 to 2,000 km, 10 km/s: 0.0195 per m2 and year.
    found = orbit.population_flux_per_m2_yr(
        0.6 * 1.31e8, low_altitude_km=200.0, high_altitude_km=2_000.0, relative_speed_km_s=10.0
    )
    assert found == pytest.approx(0.0195, rel=0.05)


def test_meteoroid_flux_matches_gruen() -> None:
    # Gruen 1985: 4.24e-4 per m2 and year above 1.31e-3 g.
    assert orbit.meteoroid_flux_per_m2_yr(1.31e-3) == pytest.approx(4.24e-4, rel=0.02)


def test_debris_flux_grows_with_year_and_falls_with_solar_activity() -> None:
    years = [float(flux(600.0, year=year).over_1_cm_per_m2_yr) for year in (1988, 2011, 2026, 2040)]
    assert np.all(np.diff(years) > 0.0)
    calm, active = flux(400.0, solar_flux_sfu=70.0), flux(400.0, solar_flux_sfu=200.0)
    assert calm.over_1_mm_per_m2_yr > 3.0 * active.over_1_mm_per_m2_yr


def test_debris_flux_falls_to_the_background_above_leo() -> None:
    found = flux(np.array([2_000.0, 2_700.0, 5_000.0, 20_000.0, 35_786.0]), 55.0)
    assert np.all(np.diff(found.over_1_cm_per_m2_yr) < 0.0)
    # Independent: 40 % of one million objects in 2,000 to 36,000 km at 4 km/s.
    expected = orbit.population_flux_per_m2_yr(
        0.4e6, low_altitude_km=2_000.0, high_altitude_km=36_000.0, relative_speed_km_s=4.0
    )
    assert 0.2 < found.over_1_cm_per_m2_yr[-1] / expected < 5.0


def test_debris_flux_broadcasts_over_futures() -> None:
    futures = np.array([[0.33], [1.0], [3.0]])
    found = flux(np.array([500.0, 800.0]), flux_multiplier=futures)
    assert found.over_1_cm_per_m2_yr.shape == (3, 2)
    assert np.all(np.diff(found.over_1_cm_per_m2_yr, axis=0) > 0.0)


def test_flux_through_the_wall_joins_those_over_1_mm_and_1_cm() -> None:
    found = flux(600.0, wall_stops_cm=[0.1, 1.0])
    assert found.through_wall_per_m2_yr[0] == found.over_1_mm_per_m2_yr
    assert found.through_wall_per_m2_yr[1] == found.over_1_cm_per_m2_yr
    walls = flux(600.0, wall_stops_cm=np.geomspace(0.01, 1.2, 40)).through_wall_per_m2_yr
    assert np.all(np.diff(walls) < 0.0)


def test_size_terms_match_the_values_by_hand() -> None:
    # 0.5 mm: ((log10 0.05 - 0.78)/0.637)^2 = 10.7, H = 1, F1 = 1.22e-5 x 0.05^-2.5 = 2.182e-2,
    # F2 = 8.1e10 / 700.05^6 = 6.88e-7. 5 mm: 2.874, H = 10^(0.5 x 0.05647) = 1.0672,
    # F1 = 1.22e-5 x 0.5^-2.5 = 6.901e-5, F2 = 6.856e-7.
    terms = orbit.size_terms(np.array([0.05, 0.5]), meteoroid_cm=np.array([0.1, 0.1]))
    assert terms.small == pytest.approx([2.182e-2, 6.901e-5 * 1.0672], rel=1e-3)
    assert terms.large == pytest.approx([6.883e-7, 6.856e-7 * 1.0672], rel=1e-3)
    # 1 mm of 2.5 g/cm3 weighs 1.309e-3 g.
    assert terms.meteoroids == pytest.approx(4.24e-4, rel=0.02)


def test_debris_inclination_factor_has_the_published_anchors() -> None:
    # 1.03 at 51.6 deg, 1.77 at 98 deg; constant below 28.5 and above 120 deg.
    angle = np.array([0.0, 20.0, 51.6, 98.0, 150.0, 180.0])
    found = lookup_debris_inclination(load_orbit_tables(), inclination_deg=angle)
    assert found == pytest.approx([0.91, 0.91, 1.03, 1.77, 1.18, 1.18], abs=0.005)
