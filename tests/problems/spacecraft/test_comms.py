"""Communications: traffic, terminals, ground stations and light time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems.parameters.assumptions import assumption_rows
from problems.spacecraft import comms
from problems.spacecraft.comms import Terminals

TERMINAL = {
    "min_terminals": 2.0,
    "max_terminals": 16.0,
    "spare_terminals": 1.0,
    "terminal_mass_kg": 15.0,
    "terminal_power_w": 70.0,
    "terminal_cost_usd": 2e5,
    "radio_mass_kg": 25.0,
    "radio_power_w": 150.0,
    "radio_cost_usd": 5e5,
}


def fit(required_gbps, rate_gbps=200.0, **changed):
    return comms.terminals(
        np.asarray(required_gbps, dtype=float),
        rate_per_terminal_gbps=np.asarray(rate_gbps),
        **(TERMINAL | changed),
    )


def test_traffic_of_a_hundred_kilowatt_satellite():
    # By hand: 70 accelerators of 2.5 PFLOP/s at 40 % are 7e16 FLOP/s; times 1e-8 bit/FLOP
    # 0.7 Gbit/s of text inference, times 1e-4 7 Tbit/s of training.
    flop_per_s = np.array(70 * 2.5e15 * 0.4)
    assert comms.traffic_gbps(flop_per_s, bit_per_flop=1e-8) == pytest.approx(0.7)
    assert comms.traffic_gbps(flop_per_s, bit_per_flop=1e-4) == pytest.approx(7000.0)


def test_mesh_rate_matches_a_geostationary_relay():
    # European data relay: 1.8 Gbit/s over 45,000 km with heritage terminals; a 200 Gbit/s
    # terminal made for 5,000 km gives 2.5 there.
    got = comms.mesh_rate_gbps(
        np.array([1000.0, 5000.0, 45000.0]), reference_rate_gbps=200.0, reference_distance_km=5000.0
    )
    assert got[:2] == pytest.approx([200.0, 200.0])
    assert got[2] == pytest.approx(1.8, rel=0.5)
    assert got[2] == pytest.approx(200 * (5 / 45) ** 2)


def test_link_distance_reaches_down_from_high_orbits():
    got = comms.link_distance_km(np.array([500.0, 1600.0, 35786.0]), mesh_spacing_km=1500.0)
    assert got == pytest.approx([1500.0, 1600.0, 35786.0])


def test_terminals_counts_ceiling_minimum_and_spare():
    got = fit([0.5, 400.0, 401.0])
    assert got.comms_terminals == pytest.approx([3.0, 3.0, 4.0])
    assert got.comms_mass_kg == pytest.approx([70.0, 70.0, 85.0])
    assert got.comms_power_w == pytest.approx([290.0, 290.0, 360.0])
    assert got.comms_cost_usd == pytest.approx([1.1e6, 1.1e6, 1.3e6])
    assert (got.comms_rate_utilisation <= 1 + 1e-12).all()


def test_terminals_carry_a_terabit_as_announced():
    # AI1 (announced 2026): 1 Tbit/s; five working 200 Gbit/s terminals.
    assert fit(1000.0).comms_available_gbps == pytest.approx(1000.0)


def test_terminals_beyond_the_limit_are_infeasible():
    got = fit(7000.0)
    assert got.comms_terminals == pytest.approx(17.0)
    assert got.comms_rate_utilisation == pytest.approx(7000 / 3200)


def test_terminals_round_sampled_limits():
    got = fit(0.1, min_terminals=np.array([[2.4], [2.6]]), spare_terminals=0.7)
    assert got.comms_terminals.ravel() == pytest.approx([3.0, 4.0])


@pytest.mark.parametrize(("sites", "expected"), [(1.0, 0.75), (3.0, 0.984375)])
def test_ground_availability_with_diversity(sites, expected):
    # Physics section 1: clear-sky site 0.75 single, 1 - prod(1 - a) with diversity.
    assert comms.ground_availability(0.75, ground_sites=sites) == pytest.approx(expected)


def test_ground_availability_nominal_network_reaches_three_nines():
    # About nine stations for 99.9 % is the published figure for global networks.
    rows = assumption_rows()
    got = comms.ground_availability(
        rows["comms.site_availability"].nominal, ground_sites=rows["comms.ground_sites"].nominal
    )
    assert got >= 0.999


def test_ground_cost_is_charged_by_rate():
    kw = {
        "site_rate_gbps": 100.0,
        "site_availability": 0.75,
        "site_load_frac": 0.5,
        "site_cost_usd": 15e6,
    }
    got = comms.ground_cost_usd(np.array([0.0, 1.0, 2.0]), **kw)
    assert got == pytest.approx([0.0, 4e5, 8e5])


@pytest.mark.parametrize(
    ("altitude_km", "slant_km", "tolerance"),
    [(600.0, 1932.0, 0.005), (35786.0, 40586.0, 0.001)],  # O26a; textbook geostationary at 10 deg
)
def test_light_time_follows_the_slant_range(altitude_km, slant_km, tolerance):
    got = comms.one_way_light_time_ms(np.array(altitude_km), elevation_deg=10.0, relay_path_km=0.0)
    assert got * 299.792458 == pytest.approx(slant_km, rel=tolerance)


def test_light_time_overhead_is_the_altitude():
    got = comms.one_way_light_time_ms(
        np.array(600.0), elevation_deg=90.0, relay_path_km=np.array([[0.0], [299.792458]])
    )
    assert got.ravel() == pytest.approx([600 / 299.792458, 600 / 299.792458 + 1.0])


# --- properties -----------------------------------------------------------------------------------


@given(st.floats(0.0, 5000.0), st.floats(0.1, 500.0), st.floats(1.0, 400.0))
def test_terminals_never_fall_with_traffic(required_gbps, more_gbps, rate_gbps):
    low, high = fit(required_gbps, rate_gbps), fit(required_gbps + more_gbps, rate_gbps)
    for name in Terminals._fields:
        if name != "comms_rate_utilisation":  # a sawtooth: one more terminal makes room again
            assert getattr(high, name) >= getattr(low, name)


@given(st.floats(300, 36000), st.floats(1, 1000), st.floats(5, 85))
def test_light_time_rises_with_altitude_and_falls_with_elevation(altitude_km, more_km, degree):
    def time(altitude, elevation):
        return comms.one_way_light_time_ms(
            np.array(altitude), elevation_deg=elevation, relay_path_km=2000.0
        )

    assert time(altitude_km + more_km, degree) > time(altitude_km, degree)
    assert time(altitude_km, degree + 1.0) < time(altitude_km, degree)


def test_terminals_scalar_equals_array_order_immaterial_inputs_kept_and_empty():
    rng = np.random.default_rng(5)
    required = np.exp(rng.uniform(-3, 9, 32))
    rate = rng.choice([200.0, 3.9], 32)
    required.setflags(write=False)
    rate.setflags(write=False)
    whole, order = fit(required, rate), rng.permutation(32)
    for column, other in zip(whole, fit(required[order], rate[order]), strict=True):
        np.testing.assert_array_equal(column[order], other)
    for column, value in zip(whole, fit(required[4], rate[4]), strict=True):
        assert value == column[4]
    assert all(column.shape == (0,) for column in fit(required[:0], rate[:0]))
