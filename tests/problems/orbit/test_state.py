"""Orbits against published and independently computed values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems import orbit
from problems.orbit.eclipse import (
    DISTANCE_AU,
    EQUATION_OF_CENTRE_DEG,
    cone_tangents,
    eclipse_fraction,
    plane_in_shadow,
    shadow_edge_cosine,
    shadow_edge_ratio,
    sin_beta,
    sun_position,
)
from problems.orbit.tables import (
    COARSE_STEP,
    OrbitState,
    OrbitTables,
    altitude_nodes_km,
    altitude_position,
    decay_speed_m_s,
    load_orbit_tables,
    never_dark,
)
from problems.units import DAWN_DUSK_SSO, EARTH_RADIUS_KM, EQUATORIAL, GEO, INCLINED

TABLES = load_orbit_tables()


def state(
    altitude_km: object,
    family: object = DAWN_DUSK_SSO,
    inclination_deg: object = 0.0,
    tables: OrbitTables = TABLES,
) -> OrbitState:
    altitude, code, inclination = np.broadcast_arrays(
        np.asarray(altitude_km, dtype=float), family, np.asarray(inclination_deg, dtype=float)
    )
    return orbit.orbit_state(altitude, inclination_deg=inclination, family_code=code, tables=tables)


# --- closed forms -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("altitude_km", "expected", "tolerance"),
    # brahe 1.8.0, and the sidereal day for the last.
    [(400.0, 92.560, 0.01), (600.0, 96.687, 0.01), (35_786.0, 1436.07, 0.1)],
)
def test_period_min_matches_brahe(altitude_km: float, expected: float, tolerance: float) -> None:
    assert orbit.period_min(np.array(altitude_km)) == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize(
    ("altitude_km", "expected"),
    # brahe 1.8.0, J2 only.
    [(500.0, 97.402), (600.0, 97.788), (800.0, 98.603), (1400.0, 101.427)],
)
def test_sso_inclination_deg_matches_brahe(altitude_km: float, expected: float) -> None:
    found = orbit.sso_inclination_deg(np.array(altitude_km))
    assert found == pytest.approx(expected, abs=0.01)


def test_sso_inclination_deg_ends_at_180_where_no_such_orbit_exists() -> None:
    assert orbit.sso_inclination_deg(np.array([5_980.0, 36_000.0])).tolist() == [180.0, 180.0]


def test_solar_flux_matches_pvlib() -> None:
    # pvlib 0.16.1, get_extra_radiation with 1361 W/m2: extremes over a year.
    flux = orbit.solar_flux(1361.0)
    assert flux.perihelion_w_m2 == pytest.approx(1407.6, abs=0.5)
    assert flux.aphelion_w_m2 == pytest.approx(1316.8, abs=0.5)


@pytest.mark.parametrize(
    ("altitude_km", "angle_deg", "expected"),
    # Monte Carlo with 4e6 rays and the orbital-thermal package 1.1.0, R = 6,371 km.
    [
        (400.0, 0.0, 0.88534),
        (600.0, 0.0, 0.83527),
        (600.0, 60.0, 0.48919),
        (600.0, 90.0, 0.24889),
        (1200.0, 45.0, 0.50623),
        (35_786.0, 0.0, 0.02284),
    ],
)
def test_plate_view_factor_matches_monte_carlo(
    altitude_km: float, angle_deg: float, expected: float
) -> None:
    found = orbit.plate_view_factor(np.array(altitude_km), nadir_angle_deg=np.array(angle_deg))
    assert found == pytest.approx(expected, abs=2e-4)


def test_plate_view_factor_is_continuous_and_falls_with_angle() -> None:
    angle = np.linspace(0.0, 180.0, 100_001)
    for altitude in (300.0, 2_000.0, 35_786.0):
        factor = orbit.plate_view_factor(np.array(altitude), nadir_angle_deg=angle)
        assert np.all(np.diff(factor) <= 1e-12)
        assert np.max(np.abs(np.diff(factor))) < 1e-4
        assert factor[-1] == 0.0


def test_rotating_view_factor_sum_matches_published_column() -> None:
    # Reference column for 400, 600, 800, 1,400 km and GEO, both faces summed.
    altitude = np.array([400.0, 600.0, 800.0, 1400.0, 35_786.0])
    found = orbit.rotating_view_factor_sum(altitude)
    assert found == pytest.approx([0.713, 0.651, 0.601, 0.489, 0.015], abs=6e-4)


def test_edge_on_view_factor_sum_is_twice_the_plate_at_90_deg() -> None:
    altitude = np.array([300.0, 600.0, 5_000.0, 35_786.0])
    plate = orbit.plate_view_factor(altitude, nadir_angle_deg=np.array(90.0))
    assert orbit.edge_on_view_factor_sum(altitude) == pytest.approx(2.0 * plate, rel=1e-12)


def test_facing_view_factor_is_the_plate_that_looks_down() -> None:
    # (6,371 / 6,821)^2 = 0.8724 at 450 km, by hand.
    altitude = np.array([450.0, 600.0, 1_200.0])
    plate = orbit.plate_view_factor(altitude, nadir_angle_deg=np.array(0.0))
    assert orbit.facing_view_factor(altitude) == pytest.approx(plate, rel=1e-12)
    assert orbit.facing_view_factor(altitude)[0] == pytest.approx(0.8724, abs=1e-4)


def test_ground_access_matches_worked_case() -> None:
    # 600 km, 10 deg: 1,932 km, 8.5 min, 1.9 % (law of sines by hand).
    access = orbit.ground_access(np.array(600.0), elevation_deg=10.0)
    assert access.slant_range_km == pytest.approx(1932.0, rel=0.005)
    assert access.longest_pass_min == pytest.approx(8.5, rel=0.01)
    assert access.coverage_frac == pytest.approx(0.019, abs=5e-4)


def test_solar_pressure_matches_worked_case() -> None:
    # 4.54e-6 N/m2 x 1.3 x 0.33 m2/kg x 3.156e7 s = 61 m/s.
    found = orbit.solar_pressure_delta_v_m_s_per_yr(
        np.array(0.33), reflectivity=1.3, solar_constant_w_m2=1361.0
    )
    assert found == pytest.approx(61.0, abs=1.0)


# --- eclipses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("altitude_km", "expected"), [(400.0, 36.11), (200.0, 37.28)])
def test_eclipse_fraction_at_zero_beta_matches_textbook(
    altitude_km: float, expected: float
) -> None:
    found = eclipse_fraction(np.array(altitude_km), beta_deg=np.array(0.0))
    period = orbit.period_min(np.array(altitude_km))
    assert found * period == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize(
    ("altitude_km", "longest", "umbra", "shadow", "days", "sunlit"),
    # March of 14,400 positions an orbit, four orbits a day through 2026, each looking along the
    # sunlight (umbra and penumbra: towards 48 points of the Sun's limb) for the WGS 84 ellipsoid.
    [
        (400.0, 24.535, 24.175, 24.888, 110.25, 0.93492),
        (600.0, 20.385, 19.955, 20.808, 89.25, 0.95866),
        (650.0, 19.403, 18.955, 19.851, 84.5, 0.96326),
        (800.0, 16.490, 15.958, 17.015, 70.5, 0.97491),
        (1000.0, 12.483, 11.753, 13.169, 52.0, 0.98661),
        (1200.0, 7.751, 6.505, 8.822, 31.75, 0.99516),
        (1300.0, 4.340, 0.961, 6.060, 17.5, 0.99853),
        (1400.0, 0.0, 0.0, 0.0, 0.0, 1.0),
        (1500.0, 0.0, 0.0, 0.0, 0.0, 1.0),
    ],
)
def test_orbit_state_dawn_dusk_matches_brute_force_year(
    altitude_km: float, longest: float, umbra: float, shadow: float, days: float, sunlit: float
) -> None:
    found = state(altitude_km)
    assert found.longest_eclipse_min == pytest.approx(longest, abs=0.02)
    # Cones are those of a sphere on top of the ellipsoid's cylinder: 1 s off, but for a graze.
    cone_min = 0.2 if 0.0 < umbra < 2.0 else 0.03
    assert found.longest_umbra_min == pytest.approx(umbra, abs=cone_min)
    assert found.longest_shadow_min == pytest.approx(shadow, abs=0.03)
    assert found.eclipse_days_per_yr == pytest.approx(days, abs=0.3)
    assert found.sunlit_fraction == pytest.approx(sunlit, abs=3e-5)


def test_orbit_state_dawn_dusk_threshold_is_sharp() -> None:
    # Behind the ellipsoid; a sphere of the equatorial radius would put it at 1,391 to 1,393 km.
    altitude = np.arange(1_300.0, 1_500.0, 0.1)
    found = state(altitude)
    threshold = altitude[found.longest_eclipse_min > 0.0].max()
    assert threshold == pytest.approx(1_348.0, abs=3.0)
    assert altitude[found.sunlit_fraction < 1.0].max() == pytest.approx(threshold, abs=1.0)
    assert altitude[found.eclipse_days_per_yr > 0.0].max() == pytest.approx(threshold, abs=1.0)
    just_below = state(threshold - 1.0)
    assert 0.3 < just_below.longest_eclipse_min < 1.2  # a square root, not a straight line


def test_orbit_state_geo_matches_published_eclipses() -> None:
    found = state(35_786.0, GEO)
    assert found.longest_umbra_min == pytest.approx(67.3, abs=0.5)
    assert found.longest_shadow_min == pytest.approx(71.6, abs=0.6)
    assert found.eclipse_days_per_yr == pytest.approx(90.0, abs=3.0)
    assert found.eclipses_per_yr == pytest.approx(90.0, abs=3.0)
    assert found.sunlit_fraction == pytest.approx(0.9906, abs=2e-4)


def test_orbit_state_inclined_matches_published_sunlit_shares() -> None:
    # 550 km, means over node and season: published for a sphere 0.634, 0.644, 0.687 and 0.737; the
    # march past the ellipsoid below gives 0.6336, 0.6449, 0.6889 and 0.7392.
    inclination = np.array([0.0, 28.5, 53.0, 97.8])
    found = state(550.0, np.array([EQUATORIAL, INCLINED, INCLINED, INCLINED]), inclination)
    assert found.sunlit_fraction == pytest.approx([0.6336, 0.6449, 0.6889, 0.7392], abs=3e-4)


def _simulated_dark_share(altitude_km: float, inclination_deg: float) -> float:
    """March positions around many orbits and count those that do not see the Sun."""
    inclination = np.radians(inclination_deg)
    node, day, anomaly = np.meshgrid(
        (np.arange(48) + 0.5) * 2.0 * np.pi / 48,
        (np.arange(48) + 0.5) * 365.25 / 48,
        (np.arange(360) + 0.5) * 2.0 * np.pi / 360,
        indexing="ij",
    )
    radius = EARTH_RADIUS_KM + altitude_km
    x = radius * (
        np.cos(node) * np.cos(anomaly) - np.sin(node) * np.cos(inclination) * np.sin(anomaly)
    )
    y = radius * (
        np.sin(node) * np.cos(anomaly) + np.cos(node) * np.cos(inclination) * np.sin(anomaly)
    )
    z = radius * np.sin(inclination) * np.sin(anomaly)
    # Circular Sun: the mean over a year depends on eccentricity only in second order.
    longitude, obliquity = 2.0 * np.pi * day / 365.25, np.radians(23.44)
    sun = (
        np.cos(longitude),
        np.sin(longitude) * np.cos(obliquity),
        np.sin(longitude) * np.sin(obliquity),
    )
    # The ray from r towards the Sun s meets the ellipsoid where |r + t s| = 1 in units of its axes.
    axes = EARTH_RADIUS_KM * np.array([1.0, 1.0, 1.0 - 1.0 / 298.257223563])
    place = [axis / length for axis, length in zip((x, y, z), axes, strict=True)]
    ray = [axis / length for axis, length in zip(sun, axes, strict=True)]
    square, product, rest = (
        sum(a * b for a, b in zip(first, second, strict=True))
        for first, second in ((ray, ray), (place, ray), (place, place))
    )
    return float(np.mean((product < 0.0) & (product**2 > square * (rest - 1.0))))


@pytest.mark.parametrize(
    ("altitude_km", "inclination_deg"),
    [(457.0, 0.0), (733.0, 51.6), (1_517.0, 63.4), (20_200.0, 55.3), (811.0, 97.3)],
)
def test_orbit_state_inclined_matches_shadow_simulation(
    altitude_km: float, inclination_deg: float
) -> None:
    expected = 1.0 - _simulated_dark_share(altitude_km, inclination_deg)
    found = state(altitude_km, INCLINED, inclination_deg)
    assert found.sunlit_fraction == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("altitude_km", [433.0, 688.0, 951.0, 1_234.0, 1_371.0, 3_700.0, 5_555.0])
def test_orbit_state_dawn_dusk_between_nodes_matches_direct_sum(altitude_km: float) -> None:
    days = 9496.5 + np.arange(0.0, 365.25, 0.05)
    sun = sun_position(days)
    plane = plane_in_shadow(
        sun.mean_longitude_rad - np.pi / 2 - sun.right_ascension_rad,
        inclination_rad=np.radians(orbit.sso_inclination_deg(np.array(altitude_km))),
        declination_rad=sun.declination_rad,
    )
    ratio = shadow_edge_ratio(np.array(altitude_km), plane)
    dark = np.arccos(np.minimum(ratio, 1.0)) / np.pi
    cylinder, cone = (
        shadow_edge_cosine(np.array(altitude_km), cone_tangent=tangent)
        for tangent in (0.0, cone_tangents(sun.distance_au)[0])
    )
    umbra = np.arccos(np.minimum(ratio * cone / cylinder, 1.0)) / np.pi
    found = state(altitude_km)
    assert found.sunlit_fraction == pytest.approx(1.0 - dark.mean(), abs=1e-4)
    assert found.longest_eclipse_min == pytest.approx(dark.max() * found.period_min, abs=0.03)
    assert found.longest_umbra_min == pytest.approx(umbra.max() * found.period_min, abs=0.03)
    assert found.eclipse_days_per_yr == pytest.approx(365.25 * np.mean(dark > 0.0), abs=0.3)


def test_orbit_state_inclined_between_nodes_matches_direct_mean() -> None:
    generator = np.random.default_rng(3)
    days = 9496.5 + (np.arange(400) + 0.5) * 365.25 / 400
    declination = sun_position(days).declination_rad[:, np.newaxis]
    node = (np.arange(400) + 0.5) * 2.0 * np.pi / 400
    for _ in range(20):
        altitude = float(np.exp(generator.uniform(np.log(300.0), np.log(33_000.0))))
        inclination = float(generator.uniform(0.0, 100.0))
        plane = plane_in_shadow(
            node, inclination_rad=np.radians(inclination), declination_rad=declination
        )
        dark = np.arccos(np.minimum(shadow_edge_ratio(np.array(altitude), plane), 1.0)) / np.pi
        found = state(altitude, INCLINED, inclination)
        assert found.sunlit_fraction == pytest.approx(1.0 - dark.mean(), rel=1e-3)
        assert found.eclipse_days_per_yr == pytest.approx(365.25 * np.mean(dark > 0.0), abs=3.0)
        longest = eclipse_fraction(np.array(altitude), beta_deg=np.array(0.0)) * found.period_min
        assert found.longest_eclipse_min == pytest.approx(longest, abs=0.05)


def test_plane_in_shadow_is_the_beta_angle_where_the_earth_is_round() -> None:
    # Seen from over the equator the Earth is an ellipse; an orbit in the equator's plane with the
    # Sun there meets its full width, a polar one through the poles its height b = 6,356.752 km.
    altitude = np.array([500.0, 1_000.0])
    flat = plane_in_shadow(0.0, inclination_rad=0.0, declination_rad=0.0)
    assert shadow_edge_ratio(altitude, flat) == pytest.approx(shadow_edge_cosine(altitude))
    polar = plane_in_shadow(0.0, inclination_rad=np.pi / 2, declination_rad=0.0)
    edge = shadow_edge_ratio(altitude, polar)
    depth = (EARTH_RADIUS_KM + altitude) * edge
    height = np.sqrt((EARTH_RADIUS_KM + altitude) ** 2 - depth**2)
    assert height == pytest.approx(6_356.752, abs=1e-3)


def test_cone_lies_inside_and_outside_the_cylinder() -> None:
    altitude = altitude_nodes_km()
    umbra, penumbra = cone_tangents(1.0)
    cylinder = shadow_edge_cosine(altitude)
    assert np.all(shadow_edge_cosine(altitude, cone_tangent=umbra) > cylinder)
    assert np.all(shadow_edge_cosine(altitude, cone_tangent=penumbra) < cylinder)


def test_series_of_the_sun_are_those_of_a_kepler_orbit() -> None:
    # Expansions in the eccentricity e: distance 1 + e^2 / 2 - e cos M - e^2 / 2 cos 2M, equation of
    # centre (2 e - e^3 / 4) sin M + 5 / 4 e^2 sin 2M; here to the digits that the Almanac gives.
    e = DISTANCE_AU[1]
    assert (1.0 + e**2 / 2.0, e**2 / 2.0) == pytest.approx(
        (DISTANCE_AU[0], DISTANCE_AU[2]), abs=5e-6
    )
    centre = np.degrees((2.0 * e - e**3 / 4.0, 1.25 * e**2))
    assert centre == pytest.approx(EQUATION_OF_CENTRE_DEG, abs=5e-4)


def test_sun_position_matches_astropy() -> None:
    coordinates = pytest.importorskip("astropy.coordinates")
    time = pytest.importorskip("astropy.time")
    from astropy.utils import iers

    with iers.conf.set_temp("auto_download", False):
        days = np.linspace(2_000.0, 7_300.0, 37)  # 2005 to 2020: leap seconds known offline
        expected = coordinates.get_sun(time.Time(2_451_545.0 + days, format="jd", scale="tt"))
        expected = expected.transform_to(coordinates.TETE(obstime=expected.obstime))
    found = sun_position(days)
    assert np.degrees(found.declination_rad) == pytest.approx(expected.dec.deg, abs=0.02)
    difference = np.degrees(found.right_ascension_rad) - expected.ra.deg
    assert (difference + 180.0) % 360.0 - 180.0 == pytest.approx(np.zeros(37), abs=0.03)


# --- ram area -----------------------------------------------------------------------------------


def test_orbit_state_array_ram_fraction_matches_reference() -> None:
    # Reference: yearly mean of (2/pi) cos(beta) in dawn-dusk 600 km is 0.169.
    assert state(600.0).array_ram_frac == pytest.approx(0.169, abs=5e-4)


@pytest.mark.parametrize("inclination_deg", [0.0, 28.5, 53.0, 90.0])
def test_orbit_state_ram_fractions_match_simulated_plates(inclination_deg: float) -> None:
    generator = np.random.default_rng(5)
    count = 400_000
    declination = np.arcsin(np.sin(np.radians(23.44)) * np.sin(generator.uniform(0, 6.2832, count)))
    sine = sin_beta(
        generator.uniform(0, 2 * np.pi, count),
        inclination_rad=np.radians(inclination_deg),
        declination_rad=declination,
    )
    angle = generator.uniform(0, 2 * np.pi, count)
    along = np.sqrt(1.0 - sine**2) * np.sin(angle)  # component of the Sun along the velocity
    array = np.abs(along).mean()
    radiator = (np.abs(sine) / np.hypot(sine, along)).mean()
    found = state(600.0, INCLINED, inclination_deg)
    assert found.array_ram_frac == pytest.approx(array, abs=3e-3)
    assert found.radiator_ram_frac == pytest.approx(radiator, abs=3e-3)


# --- shape, purity, range -----------------------------------------------------------------------


def _random_batch(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(11)
    altitude = np.exp(generator.uniform(np.log(300.0), np.log(33_000.0), count))
    family = generator.integers(0, 4, count)
    altitude = np.where(family == GEO, 35_786.0, altitude)
    altitude = np.where(family == DAWN_DUSK_SSO, np.minimum(altitude, 5_900.0), altitude)
    return altitude, family, generator.uniform(5.0, 100.0, count)


def test_orbit_state_scalar_equals_array_and_order_is_immaterial() -> None:
    altitude, family, inclination = _random_batch(64)
    whole = state(altitude, family, inclination)
    reverse = state(altitude[::-1], family[::-1], inclination[::-1])
    for name, column, mirrored in zip(whole._fields, whole, reverse, strict=True):
        assert np.array_equal(column, mirrored[::-1]), name
        for i in (0, 17, 63):
            single = getattr(state(altitude[i], family[i], inclination[i]), name)
            assert np.shape(single) == ()
            assert single == pytest.approx(column[i], rel=1e-12), name


def test_orbit_state_accepts_an_empty_batch() -> None:
    empty = state(np.zeros(0), np.zeros(0, dtype=int), np.zeros(0))
    assert all(np.shape(column) == (0,) for column in empty)


def test_what_is_no_number_stays_so_in_every_look_up() -> None:
    bad = np.array([np.nan, 600.0])
    with np.errstate(invalid="ignore"):
        columns = state(bad, np.array([INCLINED, INCLINED]), np.array([51.6, np.nan]))
        speed = decay_speed_m_s(TABLES, decay_integral_yr_m2_kg=bad)
    assert np.isnan(columns.density_kg_m3).tolist() == [True, False]
    assert np.isnan(columns.sunlit_fraction).tolist() == [True, True]
    assert np.isnan(columns.debris_inclination_factor).tolist() == [False, True]
    assert np.isnan(speed).tolist() == [True, False]


def test_orbit_state_leaves_inputs_and_tables_unchanged() -> None:
    altitude, family, inclination = _random_batch(32)
    before = [altitude.copy(), family.copy(), inclination.copy(), TABLES.by_altitude.copy()]
    state(altitude, family, inclination)
    after = [altitude, family, inclination, TABLES.by_altitude]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert not TABLES.by_altitude.flags.writeable


def test_orbit_state_marks_altitudes_outside_the_tables() -> None:
    found = state(np.array([100.0, 600.0, 40_000.0]), INCLINED, 53.0)
    assert found.in_range.tolist() == [False, True, False]
    assert np.all(np.isfinite(found.sunlit_fraction))


def test_orbit_state_inclination_is_the_closed_form() -> None:
    altitude = np.linspace(300.0, 5_900.0, 5_000)
    exact = orbit.sso_inclination_deg(altitude)
    assert np.array_equal(state(altitude).inclination_deg, exact)
    assert np.all(np.diff(exact) > 0.0)


@settings(max_examples=60, deadline=None)
@given(
    altitude_km=st.floats(300.0, 33_000.0),
    inclination_deg=st.floats(0.0, 90.0),
    family=st.sampled_from([INCLINED, EQUATORIAL]),
)
def test_orbit_state_is_bounded_and_symmetric(
    altitude_km: float, inclination_deg: float, family: int
) -> None:
    found = state(altitude_km, family, inclination_deg)
    mirrored = state(altitude_km, family, 180.0 - inclination_deg)
    assert 0.5 < found.sunlit_fraction < 1.0
    assert found.longest_umbra_min < found.longest_eclipse_min < found.longest_shadow_min
    assert 0.0 < found.eclipse_days_per_yr <= 365.26
    assert mirrored.sunlit_fraction == pytest.approx(found.sunlit_fraction, rel=1e-12)
    assert 0.0 < found.array_ram_frac < 1.0
    assert 0.0 < found.radiator_ram_frac <= 1.0


def test_orbit_state_sunlit_share_rises_with_altitude() -> None:
    altitude = np.exp(np.linspace(np.log(300.0), np.log(33_000.0), 2_000))
    for inclination in (0.0, 30.0, 60.0, 90.0):
        assert np.all(np.diff(state(altitude, INCLINED, inclination).sunlit_fraction) > 0.0)
    low = altitude[altitude < 3_000.0]
    assert np.all(np.diff(state(low).sunlit_fraction) >= 0.0)


def test_altitude_position_finds_every_node() -> None:
    nodes = altitude_nodes_km()
    cell, weight = altitude_position(nodes)
    assert cell + weight == pytest.approx(np.arange(len(nodes)), abs=1e-9)
    assert (len(nodes) - 1) % COARSE_STEP == 0


def test_never_dark_agrees_with_the_whole_look_up():
    altitude = np.concatenate((np.geomspace(150.0, 40_000.0, 4001), np.linspace(1350, 1450, 2001)))
    found = never_dark(TABLES, altitude_km=altitude)
    assert np.array_equal(found, state(altitude).longest_eclipse_min <= 0.0)
    assert 0 < found.sum() < found.size
    assert never_dark(TABLES, altitude_km=altitude[:0]).shape == (0,)
