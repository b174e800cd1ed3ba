"""Launch from the Moon: trajectories against the patched-conic table, driver, imports."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems.delivery import lunar, transfer

DIRECT, ELECTRIC, AEROBRAKE = 0, 1, 2

# Reference table lunar_transfer_table.csv (two-body patched conic): altitude [km], angle to the
# Moon's plane [deg], transfer, exit speed [km/s], energy [kWh/kg], velocity change [m/s],
# time of flight [d]. Digits as printed there.
TABLE = [
    (600, 23.4, DIRECT, 2.524, 0.885, 3035, 4.99),
    (600, 90.0, DIRECT, 2.594, 0.935, 3035, 4.99),
    (600, 90.0, AEROBRAKE, 2.594, 0.934, 148, 4.98),
    (600, 23.4, AEROBRAKE, 2.526, 0.886, 148, 4.98),
    (1200, 23.4, DIRECT, 2.521, 0.883, 2904, 5.00),
    (20200, 55.0, DIRECT, 2.529, 0.889, 1424, 5.36),
    (35786, 23.4, DIRECT, 2.459, 0.840, 1053, 5.67),
    (35786, 23.4, AEROBRAKE, 2.526, 0.886, 1490, 4.98),
]

DRIVER = {
    "fixed_capital_usd": 30e9,
    "capital_usd_per_tpa": 5e4,
    "track_capital_frac": 0.2,
    "reference_accel_g": 30.0,
    "throughput_t_per_yr": 1e5,
    "utilisation_frac": 0.8,
    "capital_recovery_per_yr": 0.12,
    "opex_frac_per_yr": 0.05,
    "driver_efficiency_frac": 0.7,
    "electricity_usd_per_kwh": 0.1,
}


def path(altitude_km, angle_deg, code, margin=0.0):
    return lunar.lunar_path(
        np.asarray(altitude_km, dtype=float),
        plane_cosine=np.cos(np.radians(angle_deg)),
        transfer=np.asarray(code),
        delta_v_margin_frac=margin,
    )


@pytest.mark.parametrize(
    ("altitude_km", "angle_deg", "code", "exit_km_s", "kwh_per_kg", "delta_v_m_s", "days"), TABLE
)
def test_lunar_path_reproduces_the_patched_conic_table(
    altitude_km, angle_deg, code, exit_km_s, kwh_per_kg, delta_v_m_s, days
):
    got = path(altitude_km, angle_deg, code)
    assert got.exit_speed_km_s == pytest.approx(exit_km_s, abs=0.0011)
    assert lunar.kinetic_kwh_per_kg(got.exit_speed_km_s) == pytest.approx(kwh_per_kg, abs=0.0011)
    assert got.arrival_delta_v_m_s == pytest.approx(delta_v_m_s, abs=1.0)
    assert got.coast_time_d == pytest.approx(days, abs=0.011)


@pytest.mark.parametrize(
    ("altitude_km", "delta_v_m_s", "isp320", "isp450"),
    [(600, 3035, 0.620, 0.497), (1200, 2904, 0.604, 0.482), (35786, 1053, 0.285, 0.212)],
)
def test_lunar_path_gives_the_tabulated_propellant_fractions(
    altitude_km, delta_v_m_s, isp320, isp450
):
    # Same table: propellant over launched mass.
    dv = path(altitude_km, 23.4, DIRECT).arrival_delta_v_m_s
    assert dv == pytest.approx(delta_v_m_s, abs=1.0)
    for isp_s, fraction in ((320.0, isp320), (450.0, isp450)):
        burnt = transfer.propellant_kg(1.0, delta_v_m_s=dv, isp_s=isp_s, inert_frac=0.0)
        assert burnt / (1.0 + burnt) == pytest.approx(fraction, abs=0.001)


@pytest.mark.parametrize(("altitude_km", "expected"), [(35786.0, 2056.0), (600.0, 6540.0)])
def test_lunar_path_electric_spirals_from_the_moons_distance(altitude_km, expected):
    # U07a, U07b (Edelbaum, coplanar).
    got = path(altitude_km, 0.0, ELECTRIC)
    assert got.arrival_delta_v_m_s == pytest.approx(expected, rel=0.001)
    assert got.exit_speed_km_s == pytest.approx(2.376, abs=0.002)
    assert got.coast_time_d == 0.0


def test_low_thrust_with_the_plane_change_left_to_the_spiral():
    # Reference section 7: 2,340 m/s with 23.4 deg; the driver does it for 35 m/s of exit speed.
    got = transfer.low_thrust_delta_v_m_s(
        np.sqrt(398600.4418 / 384400.0),
        target_speed_km_s=transfer.circular_speed_km_s(35786.0),
        plane_change_deg=23.4,
    )
    assert got == pytest.approx(2340.0, rel=0.001)
    assert path(35786.0, 23.4, ELECTRIC).exit_speed_km_s == pytest.approx(2.411, abs=0.002)


def test_escape_speed_and_energy():
    # U01, U02.
    assert pytest.approx(2.376, abs=0.002) == transfer.MOON_ESCAPE_SPEED_KM_S
    assert lunar.kinetic_kwh_per_kg(np.array(transfer.MOON_ESCAPE_SPEED_KM_S)) == pytest.approx(
        0.784, abs=0.002
    )


@pytest.mark.parametrize(
    ("speed_km_s", "accel_g", "length_km", "tolerance"),
    [
        (2.38, 10.0, 28.88, 0.005),  # U03a
        (2.38, 100.0, 2.888, 0.005),  # U03b
        (2.38, 30.0, 9.6, 0.005),  # anchors 2.5
        (1.6, 1000.0, 0.128, 0.03),  # anchors 2.5: 128 m at 1,000 g to low lunar orbit
    ],
)
def test_track_length(speed_km_s, accel_g, length_km, tolerance):
    got = lunar.track_length_km(np.array(speed_km_s), driver_accel_g=np.array(accel_g))
    assert got == pytest.approx(length_km, rel=tolerance)


def test_driver_mean_power():
    # U09: 147 MW for 1 Mt/yr at 2.55 km/s and 70 %; 100 TW/yr = 1e9 t/yr = 147 GW.
    got = lunar.driver_mean_power_w(
        np.array(2.55), throughput_t_per_yr=np.array([1e6, 1e9]), driver_efficiency_frac=0.7
    )
    assert got == pytest.approx([147e6, 147e9], rel=0.005)


def test_driver_peak_power():
    # Reference section 7: 233 kW per kilogram at 10 g.
    got = lunar.driver_peak_power_w(
        np.array(1.0), exit_speed_km_s=np.array(2.38), driver_accel_g=np.array(10.0)
    )
    assert got == pytest.approx(233e3, rel=0.002)


def test_moon_plane_cosine_is_the_mean_over_nodes():
    # Brute force: average the angle's cosine over the difference of the nodes.
    node = np.linspace(0, 2 * np.pi, 3601)[:-1]
    moon = np.radians(23.4393)
    for inclination_deg in (0.0, 30.0, 97.8):
        i = np.radians(inclination_deg)
        cosine = np.cos(i) * np.cos(moon) + np.sin(i) * np.sin(moon) * np.cos(node)
        got = lunar.moon_plane_cosine(np.array(inclination_deg))
        assert got == pytest.approx(cosine.mean(), abs=1e-9)


def test_lunar_path_margin_scales_only_the_arrival():
    plain, margin = path(600.0, 90.0, DIRECT), path(600.0, 90.0, DIRECT, margin=0.05)
    assert margin.arrival_delta_v_m_s == pytest.approx(1.05 * plain.arrival_delta_v_m_s)
    assert margin.exit_speed_km_s == plain.exit_speed_km_s


def test_driver_cost_by_hand():
    # At escape speed and 30 g: (30e9 + 5e4 x 1e5) / (1e5 x 0.8 x 1000) = 437.5 USD per kg/yr.
    got = lunar.driver_cost(
        np.array(transfer.MOON_ESCAPE_SPEED_KM_S), driver_accel_g=np.array(30.0), **DRIVER
    )
    assert got.driver_capital_usd == pytest.approx(35e9)
    assert got.driver_capital_usd_per_kg == pytest.approx(437.5 * 0.12)
    assert got.driver_operations_usd_per_kg == pytest.approx(437.5 * 0.05)
    assert got.driver_electricity_usd_per_kg == pytest.approx(0.784 / 0.7 * 0.1, rel=1e-3)


def test_driver_cost_falls_with_acceleration_and_throughput():
    accel = np.geomspace(10, 1000, 20)
    by_accel = lunar.driver_cost(np.full(20, 2.5), driver_accel_g=accel, **DRIVER)
    assert (np.diff(by_accel.driver_capital_usd) < 0).all()
    flow = np.geomspace(1e3, 1e7, 9)[:, None]
    by_flow = lunar.driver_cost(
        np.full(2, 2.5), driver_accel_g=np.full(2, 30.0), **(DRIVER | {"throughput_t_per_yr": flow})
    )
    assert by_flow.driver_capital_usd_per_kg.shape == (9, 2)
    assert (np.diff(by_flow.driver_capital_usd_per_kg, axis=0) < 0).all()


def test_imported_mass_sums_the_tree():
    got = lunar.imported_mass_kg(
        [np.array([400.0, 100.0]), np.array([100.0, 100.0])],
        lunar_made_fracs=[np.array([[0.75], [1.0]]), 0.0],
    )
    assert got == pytest.approx(np.array([[200.0, 125.0], [100.0, 100.0]]))


def test_imported_mass_refuses_lists_that_do_not_match():
    with pytest.raises(ValueError, match="zip"):
        lunar.imported_mass_kg([np.array([1.0])], lunar_made_fracs=[0.5, 0.5])


def test_build_cost_factor_is_one_for_imports_and_never_below_for_dear_factories():
    factor = lunar.build_cost_factor(
        lunar_made_frac=np.array([0.0, 0.5, 1.0]), build_cost_multiplier=3.0
    )
    assert factor == pytest.approx([1.0, 2.0, 3.0])


def test_structure_mass_factor_starts_at_the_rocket_load():
    got = lunar.structure_mass_factor(
        np.array([1.0, 6.0, 30.0, 1000.0]), structure_g_sensitivity=0.05, structure_reference_g=6.0
    )
    assert got == pytest.approx([1.0, 1.0, 1.2, 1 + 0.05 * (1000 / 6 - 1)])


def test_aeroshell_is_its_share_of_the_entry_mass():
    shell = lunar.aeroshell_kg(
        np.array([900.0, 900.0]), transfer=np.array([AEROBRAKE, DIRECT]), aeroshell_frac=0.1
    )
    assert shell == pytest.approx([100.0, 0.0])


# --- properties -----------------------------------------------------------------------------------


def designs(n):
    rng = np.random.default_rng(3)
    return {
        "altitude_km": np.exp(rng.uniform(np.log(300), np.log(33000), n)),
        "plane_cosine": rng.uniform(-1, 1, n),
        "transfer": rng.integers(0, 3, n),
    }


def run(d):
    d = dict(d)
    return lunar.lunar_path(d.pop("altitude_km"), delta_v_margin_frac=0.05, **d)


def test_lunar_path_scalar_equals_array_and_order_is_immaterial():
    d = designs(48)
    whole = run(d)
    order = np.random.default_rng(1).permutation(48)
    for column, other in zip(whole, run({k: v[order] for k, v in d.items()}), strict=True):
        np.testing.assert_array_equal(column[order], other)
    for k in range(6):
        for column, value in zip(whole, run({key: v[k] for key, v in d.items()}), strict=True):
            assert value == pytest.approx(column[k], rel=1e-12)


def test_lunar_path_keeps_inputs_and_takes_empty_batches():
    d = designs(16)
    for v in d.values():
        v.setflags(write=False)
    run(d)
    assert all(column.shape == (0,) for column in run({k: v[:0] for k, v in d.items()}))


@given(st.floats(300, 30000), st.floats(1, 180), st.sampled_from([DIRECT, ELECTRIC, AEROBRAKE]))
def test_lunar_path_turning_further_costs_exit_speed(altitude_km, angle_deg, code):
    assert (
        path(altitude_km, angle_deg, code).exit_speed_km_s
        > path(altitude_km, 0.5 * angle_deg, code).exit_speed_km_s
        >= transfer.MOON_ESCAPE_SPEED_KM_S
    )


@given(st.floats(300, 15000))
def test_lunar_path_aerobraking_saves_most_in_low_orbits(altitude_km):
    braked = path(altitude_km, 90.0, AEROBRAKE).arrival_delta_v_m_s
    burnt = path(altitude_km, 90.0, DIRECT).arrival_delta_v_m_s
    higher = path(altitude_km + 100.0, 90.0, DIRECT).arrival_delta_v_m_s
    assert 0.0 < braked < burnt
    assert higher < burnt
