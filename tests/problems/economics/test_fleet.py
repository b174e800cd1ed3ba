"""From one satellite to a fleet: hand-worked rates, crowding, ramps, and published totals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from problems.economics import fleet
from problems.economics.fleet_ramp import Servicing, UnitCost, ramp
from problems.economics.refresh import Visits
from problems.orbit import population_flux_per_m2_yr

ONE = np.ones(1)


def test_satellites_per_yr_of_the_fcc_filing():
    # 100 GW a year in satellites of 100 kW is a million satellites.
    assert fleet.satellites_per_yr(100e9, it_power_w=np.array(1e5)) == pytest.approx(1e6)


def test_flights_of_the_fcc_filing():
    # 1 Mt a year at 100 kW/t is 100 GW a year and 5,000 flights of 200 t.
    kw_per_t, mass_t = 100.0, 1e6
    power_gw = kw_per_t * mass_t * 1e-6
    need = fleet.flights(
        np.array(1e6), mass_utilisation=np.array(1.0 / 200.0), volume_utilisation=np.array(0.0)
    )
    assert power_gw == pytest.approx(100.0)
    assert float(need.flights_per_yr) == pytest.approx(5000.0)
    assert float(need.flights_per_day) == pytest.approx(5000.0 / 365.25)


def test_flights_of_ai1_for_a_terawatt():
    # 1 TW a year at 70 kW/t is 14.3 Mt: 391 flights of 100 t a day.
    tonnes = 1e9 / 70.0
    need = fleet.flights(
        np.array(tonnes), mass_utilisation=np.array(0.01), volume_utilisation=np.array(0.0)
    )
    assert float(need.flights_per_day) == pytest.approx(391.1, rel=1e-3)


def test_flights_follow_the_scarcer_of_mass_and_volume():
    need = fleet.flights(
        np.array([10.0, 10.0]),
        mass_utilisation=np.array([0.2, 0.2]),
        volume_utilisation=np.array([0.1, 0.5]),
    )
    np.testing.assert_allclose(need.by_mass_per_yr, [2.0, 2.0])
    np.testing.assert_allclose(need.by_volume_per_yr, [1.0, 5.0])
    np.testing.assert_allclose(need.flights_per_yr, [2.0, 5.0])


def test_steady_fleet_balances_what_is_built():
    steady = fleet.steady_fleet(
        np.array([1000.0, 1000.0]),
        life_yr=np.array([5.0, 5.0]),
        loss_rate_per_yr=np.array([0.0, 0.1]),
    )
    # N = B (1 - e^-0.5) / 0.1 = 3934.7; without losses B L.
    np.testing.assert_allclose(steady.alive, [5000.0, 1000.0 * (1.0 - math.exp(-0.5)) / 0.1])
    np.testing.assert_allclose(steady.lost_per_yr + steady.retired_per_yr, 1000.0)
    np.testing.assert_allclose(steady.lost_per_yr, [0.0, 393.469], atol=1e-3)
    np.testing.assert_allclose(steady.replacement_per_yr * steady.alive, 1000.0)


def test_shell_crowding_of_a_million_in_fifty_kilometres():
    # 4 pi (7000 km)^2 x 50 km = 3.079e10 km3; a million satellites have 30,788 km3 each.
    shell = fleet.shell_crowding(np.array(1e6), altitude_km=np.array(629.0), thickness_km=50.0)
    assert float(shell.volume_km3) == pytest.approx(4.0 * math.pi * 7000.0**2 * 50.0, rel=1e-5)
    assert float(shell.mean_spacing_km) == pytest.approx(30788.0 ** (1.0 / 3.0), rel=1e-3)
    assert float(shell.single_file_km) == pytest.approx(2.0 * math.pi * 7000.0 / 1e6)


#: One object from 604 to 654 km, met at 10 km/s [1/(m2 yr)].
ONE_IN_SHELL = population_flux_per_m2_yr(
    1.0, low_altitude_km=604.0, high_altitude_km=654.0, relative_speed_km_s=10.0
)


def collided(**changes: object) -> fleet.Collisions:
    values: dict[str, object] = {
        "lost_per_yr": np.array(100.0),
        "flux_of_one_per_m2_yr": np.array(ONE_IN_SHELL),
        "face_m2": np.array(50.0),
        "residence_yr": np.array(10.0),
        "unmanoeuvrable_frac": 0.5,
        "avoidance_miss_frac": 1e-3,
    }
    return fleet.collisions(np.array(1e4), **{**values, **changes})  # type: ignore[arg-type]


def test_collisions_by_kinetic_theory():
    # A pair: 4 x 50 m2 x 10 km/s x 3.15576e7 s / 3.079e10 km3 = 2.05e-6 a year.
    pair = 200e-6 * 10.0 * 3.15576e7 / (4.0 * math.pi * 7000.0**2 * 50.0)
    hit = collided()
    dead = 100.0 * 0.5 * 10.0
    assert float(hit.dead) == pytest.approx(dead)
    everyone = 1e4 + dead
    assert float(hit.unavoided_per_yr) == pytest.approx(
        0.5 * everyone * (everyone - 1.0) * pair, rel=1e-4
    )
    among_dead = 0.5 * dead * (dead - 1.0)
    assert float(hit.expected_per_yr) == pytest.approx(
        (among_dead + 1e-3 * 1e4 * dead) * pair, rel=1e-4
    )


def test_collisions_grow_as_the_square_of_the_fleet():
    single = fleet.collisions(
        np.array([1e5, 2e5]),
        lost_per_yr=np.array([0.0, 0.0]),
        flux_of_one_per_m2_yr=np.array(1e-8),
        face_m2=np.array(100.0),
        residence_yr=np.array(5.0),
        unmanoeuvrable_frac=1.0,
        avoidance_miss_frac=0.0,
    )
    ratio = single.unavoided_per_yr[1] / single.unavoided_per_yr[0]
    assert float(ratio) == pytest.approx(4.0, rel=1e-4)
    np.testing.assert_array_equal(single.expected_per_yr, 0.0)


def test_collisions_need_dead_satellites_when_all_avoid():
    assert float(collided(avoidance_miss_frac=0.0, unmanoeuvrable_frac=0.0).expected_per_yr) == 0.0


def test_ramp_rate_reaches_and_keeps_the_full_rate():
    rates = fleet.ramp_rate_per_yr(
        800.0, year=np.arange(1.0, 7.0), ramp_yr=4.0, start_frac=1.0 / 8.0
    )
    np.testing.assert_allclose(rates, [100.0, 200.0, 400.0, 800.0, 800.0, 800.0])


def test_ramp_rate_of_one_year_starts_in_full():
    np.testing.assert_allclose(
        fleet.ramp_rate_per_yr(5.0, year=np.array([1.0, 2.0]), ramp_yr=1.0, start_frac=0.001), 5.0
    )


def test_learned_factor_reproduces_the_published_launch_curve():
    # 1,800 USD/kg at 400 t learns 20 % per doubling to 200 USD/kg after about 370,000 t.
    factor = fleet.learned_factor(
        np.array(370_000.0 - 400.0),
        experience=np.array(400.0),
        learning_rate=0.8,
        floor=np.array(0.0),
    )
    assert 1800.0 * float(factor) == pytest.approx(200.0, rel=0.01)


def test_learned_factor_stops_at_its_floor_and_never_exceeds_one():
    factor = fleet.learned_factor(
        np.array([0.0, 1e12]), experience=np.array(1.0), learning_rate=0.7, floor=np.array(3.0)
    )
    np.testing.assert_array_equal(factor, [1.0, 1.0])


NO_VISITS = Servicing(Visits(ONE, 0 * ONE), 0 * ONE, 0 * ONE, 0 * ONE)


def ramped(**changes: object) -> object:
    unit = UnitCost(4 * ONE, 10 * ONE, 20 * ONE, 1 * ONE, 3 * ONE, 0.1 * ONE, 2 * ONE)
    values: dict[str, object] = {
        "years": 3,
        "unit": unit,
        "servicing": NO_VISITS,
        "mass_kg": 1000.0 * ONE,
        "earth_mass_kg": 1000.0 * ONE,
        "life_yr": 2.0 * ONE,
        "loss_rate_per_yr": 0.0 * ONE,
        "ramp_yr": 1.0,
        "start_frac": 1.0,
        "launch_experience_t": 2.0,
        "launch_learning_rate": 0.5,
        "launch_floor_frac": 0.0 * ONE,
        "built_before": 2.0,
        "build_learning_rate": 1.0,
        "build_floor_frac": 0.1,
    }
    return ramp(4.0 * ONE, **{**values, **changes})  # type: ignore[arg-type]


def test_ramp_prices_each_year_at_its_middle():
    # Four tonnes a year after two: 2 t by the middle of year 1 double the experience, so half
    # price; 6 t by the middle of year 2 quadruple it, a quarter; then 12 t over 2 t, a sixth.
    found = ramped()
    np.testing.assert_allclose(found.rocket_factor[:, 0], [1 / 2, 1 / 4, 1 / 6])
    each = [4.0 + 10.0 + 20.0 * f + 1.0 for f in (1 / 2, 1 / 4, 1 / 6)]
    np.testing.assert_allclose(found.capital_usd[:, 0], [4.0 * (cost * 1.1 + 3.0) for cost in each])
    np.testing.assert_allclose(found.launched_t[:, 0], [4.0, 8.0, 12.0])


def test_ramp_retires_cohorts_and_pays_for_those_alive():
    found = ramped()
    np.testing.assert_allclose(found.alive[:, 0], [4.0, 8.0, 8.0])
    np.testing.assert_allclose(found.operations_usd[:, 0], [8.0, 16.0, 16.0])


def test_ramp_keeps_part_of_a_cohort_whose_life_is_no_whole_number():
    np.testing.assert_allclose(ramped(life_yr=1.5 * ONE).alive[:, 0], [4.0, 6.0, 6.0])


def test_ramp_loses_half_a_year_more_than_the_age():
    found = ramped(loss_rate_per_yr=np.log(4.0) * ONE)
    np.testing.assert_allclose(found.alive[:, 0], [2.0, 2.5, 2.5])


def test_ramp_visits_the_cohorts_that_still_work_when_their_modules_are_due():
    # Four satellites a year; a visit after 1.5 years falls into the first and the second year after
    # their own by halves, one after 3 years into the third; half of them are lost in a year.
    servicing = Servicing(Visits(1.5 * ONE, 2.0 * ONE), 3.0 * ONE, 500.0 * ONE, 800.0 * ONE)
    found = ramped(years=4, servicing=servicing, loss_rate_per_yr=np.log(2.0) * ONE)
    first, second = 4.0 * 0.5**1.5, 4.0 * 0.5**3.0
    visits = np.array([0.0, first / 2, first, first + second])
    alive = ramped(years=4, loss_rate_per_yr=np.log(2.0) * ONE).alive[:, 0]
    np.testing.assert_allclose(found.operations_usd[:, 0], 2.0 * alive + 3.0 * visits)
    grown_t = np.array([4.0, 8.0, 12.0, 16.0]) + 0.5 * np.cumsum(visits)
    np.testing.assert_allclose(found.launched_t[:, 0], grown_t)
    # What leaves the Earth by the middle of the second year: six satellites and half its visits,
    # with the tankers of their flights.
    assert found.rocket_factor[1, 0] == pytest.approx(2.0 / (2.0 + 6.0 + 0.8 * first / 4))


def test_ramp_broadcasts_over_designs():
    two = np.array([1.0, 2.0])
    unit = UnitCost(two, two, two, 0 * two, 0 * two, 0 * two, 0 * two)
    found = ramp(
        np.array([1.0, 10.0]),
        years=2,
        unit=unit,
        servicing=NO_VISITS,
        mass_kg=1e3 * two,
        earth_mass_kg=1e3 * two,
        life_yr=5.0 * two,
        loss_rate_per_yr=0.0 * two,
        ramp_yr=1.0,
        start_frac=1.0,
        launch_experience_t=1.0,
        launch_learning_rate=1.0,
        launch_floor_frac=0.0 * two,
        built_before=1.0,
        build_learning_rate=1.0,
        build_floor_frac=0.0,
    )
    np.testing.assert_allclose(found.capital_usd, [[3.0, 60.0], [3.0, 60.0]])
