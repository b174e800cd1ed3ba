"""Launch from Earth: transfers, price shares, electric raising, the catalogue."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from problems.delivery import launch, transfer
from problems.parameters.catalog import Launcher, catalog_table

DIRECT, ELECTRIC = 0, 1
PARKING_KM = 300.0


def launcher(name: str) -> Launcher:
    row = catalog_table("launchers").rows[name]
    assert isinstance(row, Launcher)
    return row


def direct_m_s(altitude_km, inclination_deg, latitude_deg):
    path = launch.ascent(
        np.asarray(altitude_km, dtype=float),
        inclination_deg=np.asarray(inclination_deg, dtype=float),
        site_latitude_deg=np.asarray(latitude_deg, dtype=float),
        transfer=np.asarray(DIRECT),
        parking_altitude_km=PARKING_KM,
    )
    return path.launch_delta_v_m_s


# --- transfers ------------------------------------------------------------------------------------


def test_apsis_speeds_give_gto_injection():
    # O23: 2,455 m/s from a 200 km orbit (textbook; spacecost prints the same).
    perigee, _ = transfer.apsis_speeds_km_s(6578.137, far_radius_km=42164.137)
    start = transfer.circular_speed_km_s(200.0)
    assert 1000.0 * (perigee - start) == pytest.approx(2455.0, abs=5.0)


@pytest.mark.parametrize(("turn_deg", "expected"), [(28.5, 1836.0), (6.0, 1495.0)])
def test_transfer_delta_v_circularises_geostationary_with_the_turn(turn_deg, expected):
    # O24 and physics section 6: 1,836 m/s from a 28.5 degree, 1,495 m/s from a 6 degree GTO.
    total = transfer.transfer_delta_v_m_s(
        35786.0, start_altitude_km=200.0, plane_change_deg=turn_deg
    )
    assert total - 2455.0 == pytest.approx(expected, abs=3.0)


@pytest.mark.parametrize(("turn_deg", "expected"), [(0.0, 3890.0), (28.5, 4260.0)])
def test_transfer_delta_v_low_to_geostationary(turn_deg, expected):
    # Anchors 2.5: 300 km to the geostationary orbit 3.89 (0 deg) and 4.26 km/s (28.5 deg).
    total = transfer.transfer_delta_v_m_s(
        35786.0, start_altitude_km=300.0, plane_change_deg=turn_deg
    )
    assert total == pytest.approx(expected, abs=10.0)


def test_transfer_delta_v_turns_at_a_raised_apogee_where_cheaper():
    # Plane change of 55 deg at constant radius: optimum of the three-burn transfer,
    # rho = s / (1 - 2 s) with s = sin(27.5 deg), written out by hand (Vallado, section 6.5).
    speed = 7.784262
    s = np.sin(np.radians(27.5))
    rho = s / (1 - 2 * s)
    raise_km_s = speed * (np.sqrt(2 * rho / (1 + rho)) - 1)
    turn_km_s = 2 * s * speed * np.sqrt(2 / (rho * (1 + rho)))
    got = transfer.transfer_delta_v_m_s(200.0, start_altitude_km=200.0, plane_change_deg=55.0)
    assert got == pytest.approx(1000 * (2 * raise_km_s + turn_km_s), rel=1e-5)
    assert got < 2000 * speed * s


def test_transfer_delta_v_depends_on_no_other_orbit_of_the_batch():
    # Also from an orbit above the target, as where a future moves the parking orbit.
    def total(*turns_deg):
        return transfer.transfer_delta_v_m_s(
            180.0, start_altitude_km=200.0, plane_change_deg=np.array(turns_deg)
        )

    assert total(0.0, 55.0)[0] == total(0.0)[0] > 10.0


def test_transfer_delta_v_is_the_best_of_all_apogees():
    # Brute force over the apogee: the closed form is within 1 % of the optimum for every turn.
    target = transfer.circular_speed_km_s(800.0)
    start = transfer.circular_speed_km_s(200.0)
    far_km = np.geomspace(7178.137, 384400.0, 4000)
    up, up_far = transfer.apsis_speeds_km_s(6578.137, far_radius_km=far_km)
    down, down_far = transfer.apsis_speeds_km_s(7178.137, far_radius_km=far_km)
    for turn_deg in (1.0, 20.0, 35.0, 45.0, 52.0, 70.0):
        cosine = np.cos(np.radians(turn_deg))
        turn = np.sqrt(up_far**2 + down_far**2 - 2 * up_far * down_far * cosine)
        best = 1000 * np.min(up - start + turn + down - target)
        got = transfer.transfer_delta_v_m_s(
            800.0, start_altitude_km=200.0, plane_change_deg=turn_deg
        )
        assert best - 1e-6 <= got <= 1.01 * best


@pytest.mark.parametrize(("altitude_km", "expected"), [(600, 197), (800, 303), (1400, 596)])
def test_low_thrust_delta_v_raises_low_orbits(altitude_km, expected):
    # Physics section 6: electric raise from 250 km.
    got = transfer.low_thrust_delta_v_m_s(
        transfer.circular_speed_km_s(250.0),
        target_speed_km_s=transfer.circular_speed_km_s(float(altitude_km)),
    )
    assert got == pytest.approx(expected, abs=1.0)


def test_low_thrust_delta_v_to_geostationary():
    # Physics section 6: 200 km and 28.5 deg to the geostationary orbit, 6.0 km/s.
    got = transfer.low_thrust_delta_v_m_s(
        transfer.circular_speed_km_s(200.0),
        target_speed_km_s=transfer.circular_speed_km_s(35786.0),
        plane_change_deg=28.5,
    )
    assert got == pytest.approx(6000.0, abs=20.0)


def test_propellant_lifts_its_own_tank():
    # Rocket equation checked backwards: (m + tank + propellant) / (m + tank) = exp(dv / ve).
    got = transfer.propellant_kg(2000.0, delta_v_m_s=6000.0, isp_s=2000.0, inert_frac=0.12)
    dry = 2000.0 + 0.12 * got
    assert np.log((dry + got) / dry) * 9.80665 * 2000.0 == pytest.approx(6000.0)


def test_propellant_of_a_starlink_class_manoeuvre():
    # Physics section 5: 2 t through 350 m/s at 2,500 s take 28 kg (from the wet side, 28.3).
    got = transfer.propellant_kg(2000.0, delta_v_m_s=350.0, isp_s=2500.0, inert_frac=0.0)
    assert got == pytest.approx(28.7, abs=0.2)


def test_electric_transfer_time_agrees_with_the_thrust():
    # L11: 0.170 N at 2,500 s from 4.2 kW is an efficiency of 0.496.
    efficiency = 0.170 * 2500 * 9.80665 / 2 / 4200
    assert efficiency == pytest.approx(0.496, abs=0.005)
    seconds = 50.0 * 2500 * 9.80665 / 0.170
    got = transfer.electric_transfer_time_yr(
        50.0, thrust_power_w=4200.0, isp_s=2500.0, efficiency_frac=efficiency, duty_frac=1.0
    )
    assert got * 3.15576e7 == pytest.approx(seconds, rel=1e-6)


# --- ascent ---------------------------------------------------------------------------------------


def test_ascent_to_sun_synchronous_orbit():
    # By hand from 28.5 deg: 465.1 (cos 28.5 - cos 97.8) = 471.9 m/s of rotation, Hohmann from
    # 200 to 600 km 226.3 m/s. The reference prints 695 m/s, 0.5 % less.
    got = direct_m_s(600.0, 97.8, 28.5)
    assert got == pytest.approx(471.9 + 226.3, abs=0.5)
    assert got == pytest.approx(695.0, rel=0.01)


@pytest.mark.parametrize(("latitude_deg", "expected"), [(28.5, 3700.0), (5.2, 700.0)])
def test_ascent_to_equatorial_low_orbit_pays_the_plane_change(latitude_deg, expected):
    # Physics section 6: about 3.7 km/s dearer than due east from 28.5 deg, 0.7 from Kourou.
    extra = direct_m_s(600.0, 0.0, latitude_deg) - direct_m_s(600.0, latitude_deg, latitude_deg)
    assert extra == pytest.approx(expected, rel=0.20 if latitude_deg < 10 else 0.04)


def test_ascent_due_east_to_the_reference_orbit_is_free():
    assert direct_m_s(200.0, 28.5, 28.5) == pytest.approx(0.0, abs=1e-9)


def test_ascent_reaches_retrograde_inclinations_symmetrically():
    # The turn from the nearest reachable plane is 10 deg on either side of the pad's range.
    low = launch.ascent(
        np.array([600.0, 600.0]),
        inclination_deg=np.array([18.5, 161.5]),
        site_latitude_deg=np.array([28.5, 28.5]),
        transfer=np.array([DIRECT, DIRECT]),
        parking_altitude_km=PARKING_KM,
    )
    assert low.plane_change_deg == pytest.approx([10.0, 10.0])
    # Retrograde also loses the rotation twice: 2 x 465.1 cos 28.5 = 817.5 m/s.
    assert np.diff(low.launch_delta_v_m_s) == pytest.approx([817.5], abs=0.1)


def test_ascent_leaves_electric_satellites_in_the_parking_orbit():
    path = launch.ascent(
        np.array([250.0, 600.0, 35786.0]),
        inclination_deg=np.array([28.5, 53.0, 0.0]),
        site_latitude_deg=np.full(3, 28.5),
        transfer=np.full(3, ELECTRIC),
        parking_altitude_km=PARKING_KM,
    )
    assert path.parking_altitude_km == pytest.approx([250.0, 300.0, 300.0])
    assert path.transfer_delta_v_m_s[0] == pytest.approx(0.0, abs=1e-6)
    # Edelbaum by hand from 300 km (7.7258 km/s) to 3.0747 km/s through 28.5 deg.
    by_hand = np.sqrt(7.7258**2 + 3.0747**2 - 2 * 7.7258 * 3.0747 * np.cos(np.radians(44.7677)))
    assert path.transfer_delta_v_m_s[2] == pytest.approx(1000 * by_hand, rel=1e-4)
    assert path.launch_delta_v_m_s[2] == pytest.approx(58.0, abs=1.0)


# --- price -------------------------------------------------------------------------------------


def charge(**changed):
    kw = {
        "payload_to_orbit_kg": np.array([17500.0]),
        "stowed_m3": np.array([1.0]),
        "flight_price_usd": 74e6,
        "fairing_volume_m3": 157.0,
        "fairing_usable_frac": 0.7,
        "dedicated": 0.0,
    } | changed
    return launch.launch_charge(np.array([2000.0]), **kw)


def test_launch_charge_falcon_list_price():
    # L08: 74 million USD over 17.5 t are 4,229 USD/kg.
    assert charge().launch_price_usd_per_kg == pytest.approx(4229.0, abs=2.0)


def test_launch_charge_bills_the_scarcer_of_mass_and_volume():
    full = charge(stowed_m3=np.array([157.0 * 0.7]))
    assert full.launch_cost_usd == pytest.approx(74e6)
    assert full.launch_volume_utilisation == pytest.approx(1.0)
    assert full.launch_mass_utilisation == pytest.approx(2000 / 17500)


def test_launch_charge_dedicated_pays_whole_flights():
    both = charge(dedicated=np.array([[0.0], [1.0]]))
    assert both.launch_flights.ravel() == pytest.approx([2000 / 17500, 1.0])


def test_launch_charge_out_of_reach_is_finite_and_infeasible():
    out = charge(payload_to_orbit_kg=np.array([0.0]))
    assert np.isfinite(out.launch_cost_usd).all()
    assert (out.launch_mass_utilisation > 1).all()


def test_basis_price_goes_from_the_customers_price_to_the_operators_cost():
    # By hand: 90 and 40 million USD are 50 apart; half of the way is 65.
    basis = launch.basis_price_usd(
        np.array([90e6, 128e6, 25e6]),
        # the second vehicle's own cost is not known, the third is sold for less
        own_cost_usd=np.array([40e6, np.nan, 40e6]),
        operator_cost_share=np.array([[0.0], [0.5], [1.0]]),
    )
    expected = [[90e6, 128e6, 25e6], [65e6, 128e6, 25e6], [40e6, 128e6, 25e6]]
    np.testing.assert_allclose(basis, expected)


def test_failure_probability_goes_on_from_the_record():
    # By hand: 1 failure in 3 flights with the prior is 1.5 in 13; 40 more flights lose 0.2 of one.
    later = np.array([0.0, 40.0])
    new_glenn = launch.failure_prob(
        1.5 / 13.0, flights_flown=3.0, later_flights=later, mature_prob=0.005
    )
    assert new_glenn == pytest.approx([1.5 / 13.0, 1.7 / 53.0])
    # A record that is better than what is expected of others stays as it is.
    falcon = launch.failure_prob(
        0.0036, flights_flown=689.0, later_flights=later, mature_prob=0.005
    )
    assert falcon == pytest.approx([0.0036, 0.0036])


@pytest.mark.parametrize(("mass_t", "expected"), [(368300, 200.0), (104500, 300.0)])
def test_learned_price_follows_suncatcher(mass_t, expected):
    # Anchors 2.3: from 1,800 USD/kg at 400 t, 20 % per doubling.
    got = launch.learned_price_usd(1800.0, cumulative_mass_ratio=mass_t / 400, learning_rate=0.8)
    assert got == pytest.approx(expected, rel=1e-3)


def test_learned_price_tenfold_takes_1277_times_the_mass():
    # Physics section 6.
    got = launch.learned_price_usd(10.0, cumulative_mass_ratio=1277.0, learning_rate=0.8)
    assert got == pytest.approx(1.0, rel=1e-3)


def test_learned_price_leaves_dated_prices_alone():
    assert launch.learned_price_usd(90e6, cumulative_mass_ratio=1.0, learning_rate=0.8) == 90e6


@pytest.mark.parametrize(("usd_per_kg", "expected"), [(3600.0, 14786.0), (200.0, 821.0)])
def test_launch_charge_gives_suncatchers_launched_power_price(usd_per_kg, expected):
    # L09, L10: price x 575 kg / (28 kW x 5 yr).
    flight = charge(payload_to_orbit_kg=np.array([1e5]), flight_price_usd=usd_per_kg * 1e5)
    per_kw_yr = flight.launch_price_usd_per_kg * 575.0 / (28.0 * 5.0)
    assert per_kw_yr == pytest.approx(expected, rel=0.002)


def test_stowed_volume_adds_parts():
    got = launch.stowed_volume_m3(
        np.array([40e3, 80e3]),
        radiator_area_m2=np.array([50.0, 50.0]),
        bay_volume_m3=np.array([2.0, 2.0]),
        array_stowed_kw_per_m3=40.0,
        radiator_stowed_m=0.02,
    )
    assert got == pytest.approx([4.0, 5.0])


def test_electric_propulsion_only_for_electric_transfers():
    # Starlink V2 Mini: 4.2 kW thruster on a 28 kW array.
    got = launch.electric_propulsion(
        np.array([28e3, 28e3]),
        transfer=np.array([DIRECT, ELECTRIC]),
        power_frac=0.15,
        thruster_kg_per_kw=5.0,
        thruster_usd_per_kw=20e3,
    )
    assert got.thrust_power_w == pytest.approx([0.0, 4200.0])
    assert got.thruster_mass_kg == pytest.approx([0.0, 21.0])
    assert got.thruster_cost_usd == pytest.approx([0.0, 84000.0])


# --- properties -----------------------------------------------------------------------------------


def designs(n: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(7)
    return {
        "altitude_km": np.exp(rng.uniform(np.log(300), np.log(33000), n)),
        "inclination_deg": rng.uniform(0, 168, n),
        "site_latitude_deg": rng.choice([5.2, 26.0, 28.5, 30.4, 62.8], n),
        "transfer": rng.integers(0, 2, n),
    }


def run(d, parking_altitude_km=PARKING_KM):
    d = dict(d)
    return launch.ascent(d.pop("altitude_km"), parking_altitude_km=parking_altitude_km, **d)


def test_ascent_scalar_equals_array_and_order_is_immaterial():
    d = designs(64)
    whole = run(d)
    order = np.random.default_rng(1).permutation(64)
    shuffled = run({k: v[order] for k, v in d.items()})
    for column, other in zip(whole, shuffled, strict=True):
        np.testing.assert_array_equal(column[order], other)
    for k in range(8):
        single = run({key: v[k] for key, v in d.items()})
        for column, value in zip(whole, single, strict=True):
            assert value == pytest.approx(column[k], rel=1e-12, abs=1e-9)


def test_ascent_keeps_inputs_and_takes_empty_batches():
    d = designs(16)
    for v in d.values():
        v.setflags(write=False)
    run(d)
    assert all(column.shape == (0,) for column in run({k: v[:0] for k, v in d.items()}))


def test_ascent_broadcasts_over_futures():
    d = designs(10)
    futures = run(d, np.array([[250.0], [400.0]]))
    assert futures.transfer_delta_v_m_s.shape == (2, 10)
    np.testing.assert_allclose(futures.launch_delta_v_m_s[1], run(d, 400.0).launch_delta_v_m_s)


@given(st.floats(300, 30000), st.floats(5, 100), st.floats(0, 60))
def test_ascent_electric_asks_less_of_the_launcher(altitude_km, inclination_deg, latitude_deg):
    d = {
        "altitude_km": np.full(2, altitude_km),
        "inclination_deg": np.full(2, inclination_deg),
        "site_latitude_deg": np.full(2, latitude_deg),
        "transfer": np.array([DIRECT, ELECTRIC]),
    }
    direct, electric = run(d).launch_delta_v_m_s
    assert electric <= direct + 1e-9


@given(st.floats(300, 20000), st.floats(0, 100), st.floats(10, 500))
def test_ascent_higher_costs_more_without_plane_change(altitude_km, inclination_deg, more_km):
    # Beyond about 15 radii Hohmann falls again; the model's altitudes stay below.
    low = direct_m_s(altitude_km, max(inclination_deg, 28.5), 28.5)
    assert direct_m_s(altitude_km + more_km, max(inclination_deg, 28.5), 28.5) > low


# --- catalogue ------------------------------------------------------------------------------------


def test_launchers_failure_probability_follows_its_record():
    # Beta posterior with a prior of 5 % worth ten flights, from the record in the note.
    table = catalog_table("launchers")
    for name, row in table.rows.items():
        assert isinstance(row, Launcher)
        record = re.search(r"of ([\d.]+) failures in (\d+) flights", row.note)
        assert record, name
        failures, flights = float(record[1]), float(record[2])
        a, b = failures + 0.5, flights - failures + 9.5
        span = table.ranges[f"catalog.launchers.{name}.failure_prob"]
        assert row.flights_flown == flights
        assert row.failure_prob == pytest.approx(a / (a + b), abs=1e-4)
        assert [span.low, span.high] == pytest.approx(beta.ppf([0.05, 0.95], a, b), abs=1e-4)
