"""Power: array balance, end of life, recharge and battery, against hand-worked values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.spacecraft import power

SIGMA = 5.670374419e-8  # CODATA 2018


def temperature_c(flux=1361.0, efficiency=0.2, earth=60.0):
    return power.array_temperature_c(
        flux,
        absorptance=0.9,
        electric_efficiency=np.asarray(efficiency),
        emissivity_front=0.85,
        emissivity_back=0.75,
        earth_load_w_m2=np.asarray(earth),
    )


def bol_w(area=1.0, **changes):
    inputs = {
        "solar_flux_w_m2": 1361.0,
        "cell_efficiency": np.asarray(0.22),
        "packing": 0.9,
        "temperature_c": np.asarray(28.0),
        "temp_coeff_per_k": np.asarray(-0.0035),
        "wiring_efficiency": 1.0,
        "pointing_cosine": 1.0,
    } | changes
    return power.array_power_bol_w(np.asarray(area), **inputs)


def battery(load_w=138e3, eclipse_min=20.69, cycles=8027.0, cap=0.8, contingency_wh=0.0):
    return power.battery_sizing(
        np.asarray(load_w),
        eclipse_min=np.asarray(eclipse_min),
        cycles=np.asarray(cycles),
        cycle_life_at_zero_dod=np.asarray(152_800.0),
        cycle_life_slope=np.asarray(4.91),
        discharge_efficiency=np.asarray(0.95),
        depth_of_discharge_cap=cap,
        contingency_wh=np.asarray(contingency_wh),
    )


@pytest.mark.parametrize(
    ("thrust_n", "isp_s", "efficiency", "watt"),
    # Starlink V2 mini, argon: 170 mN, 2,500 s, 50 % at 4.2 kW. By hand: 0.1 * 19,613.3 / (2 * 0.5).
    [(0.17, 2500.0, 0.5, 4200.0), (0.1, 2000.0, 0.5, 1961.3)],
)
def test_thruster_power_w_matches_starlink_and_the_hand(thrust_n, isp_s, efficiency, watt):
    power_w = power.thruster_power_w(np.array(thrust_n), isp_s=isp_s, efficiency_frac=efficiency)
    assert power_w == pytest.approx(watt, rel=0.01)


def test_array_temperature_c_closes_the_heat_balance():
    # What both faces emit at the returned temperature is what was absorbed and not converted.
    emitted = (0.85 + 0.75) * SIGMA * (temperature_c() + 273.15) ** 4
    assert emitted == pytest.approx((0.9 - 0.2) * 1361.0 + 60.0, rel=1e-12)


def test_array_temperature_c_falls_with_efficiency_and_rises_with_earth_heat():
    assert temperature_c(efficiency=0.3) < temperature_c(efficiency=0.2)
    assert temperature_c(earth=100.0) > temperature_c(earth=0.0)


def test_array_power_bol_w_matches_starcloud_16_km2():
    # Starcloud white paper: 16 km2, 22 %, 90 % filled; 16e6 * 1361 * 0.22 * 0.9 = 4.3116e9 W.
    assert bol_w(16e6) == pytest.approx(4.311648e9, rel=1e-12)


def test_array_power_bol_w_derates_by_temperature():
    # 27 K above the 28 degC standard at -0.35 %/K: 9.45 % less.
    ratio = bol_w(temperature_c=np.asarray(55.0)) / bol_w()
    assert ratio == pytest.approx(1.0 - 27.0 * 0.0035, rel=1e-12)


def test_array_power_eol_w_multiplies_damage_and_ageing():
    # 0.9 * 0.975^5 = 0.792985..., worked by hand.
    left = power.array_power_eol_w(
        np.array(1.0), damage_fraction=np.array(0.1), ageing_per_yr=0.025, life_yr=np.array(5.0)
    )
    assert left == pytest.approx(0.9 * 0.975**5, rel=1e-12)


def test_array_power_eol_w_reproduces_mccalip_mean_retention():
    # McCalip's model, 2.5 %/yr: mean of the first five yearly values is 0.95123.
    years = np.arange(5.0)
    left = power.array_power_eol_w(
        np.ones(5), damage_fraction=np.zeros(5), ageing_per_yr=0.025, life_yr=years
    )
    assert left.mean() == pytest.approx(0.95123, abs=1e-5)


def test_required_array_power_w_matches_smad_example():
    # The New SMAD eq. 21-5 with 138 kW, 20.69 of 96.69 min, 0.65 and 0.85: 220.2 kW.
    needed = power.required_array_power_w(
        np.array(138e3),
        eclipse_load_w=np.array(138e3),
        eclipse_min=np.array(20.69),
        period_min=np.array(96.69),
        day_path_efficiency=0.85,
        eclipse_path_efficiency=0.65,
    )
    assert needed == pytest.approx(220.2e3, abs=500.0)


def test_required_array_power_w_without_eclipse_is_the_day_load():
    needed = power.required_array_power_w(
        np.array(93.0),
        eclipse_load_w=np.array(93.0),
        eclipse_min=np.array(0.0),
        period_min=np.array(100.0),
        day_path_efficiency=0.93,
        eclipse_path_efficiency=0.8,
    )
    assert needed == pytest.approx(100.0)


def test_battery_sizing_matches_hand_example():
    # 138 kW through 20.69 min at DoD 0.6, 0.95 and 150 Wh/kg: 556.6 kg.
    sized = battery(cycles=1.0, cap=0.6)
    assert sized.energy_wh / 150.0 == pytest.approx(556.6, abs=1.0)


@pytest.mark.parametrize(("cycles", "depth"), [(35_000.0, 0.30), (3_000.0, 0.80)])
def test_battery_sizing_depth_meets_the_anchors_of_the_cycle_fit(cycles, depth):
    # The fit is anchored at 35,000 cycles at 30 % and 3,000 at 80 %.
    assert battery(cycles=cycles, cap=0.95).depth_of_discharge == pytest.approx(depth, abs=0.005)


def test_battery_sizing_flags_more_cycles_than_any_depth_allows():
    # At the shallowest depth, 5 %, the fit gives 152,800 exp(-0.2455) = 119,540 cycles.
    assert battery(cycles=119_000.0).cycle_utilisation < 1.0
    assert battery(cycles=120_000.0).cycle_utilisation > 1.0


def test_battery_sizing_keeps_the_contingency_without_eclipse():
    sized = battery(load_w=0.0, eclipse_min=0.0, cycles=0.0, contingency_wh=400.0)
    assert sized.energy_wh == pytest.approx(400.0 / 0.8)


@settings(max_examples=30, deadline=None)
@given(
    load=st.floats(0.0, 1e7),
    minutes=st.floats(0.0, 70.0),
    cycles=st.floats(0.0, 3e5),
    more=st.floats(1.0, 10.0),
)
def test_battery_sizing_grows_with_load_and_cycles(load, minutes, cycles, more):
    once = battery(load, minutes, cycles)
    assert battery(load * more, minutes, cycles).energy_wh >= once.energy_wh
    assert battery(load, minutes, cycles * more).energy_wh >= once.energy_wh
    assert 0.05 <= once.depth_of_discharge <= 0.8


@pytest.mark.parametrize("shape", [(), (1,), (3,), (0,), (2, 3)])
def test_power_functions_keep_the_shape(shape):
    ones = np.ones(shape)
    assert bol_w(ones).shape == shape
    assert temperature_c(efficiency=0.2 * ones).shape == shape
    assert battery(ones, ones, ones).energy_wh.shape == shape


def test_power_functions_broadcast_over_futures():
    future = np.array([[0.95], [0.85]])
    both = bol_w(np.array([1.0, 2.0]), wiring_efficiency=future)
    for row, factor in enumerate(future[:, 0]):
        single = bol_w(np.array([1.0, 2.0]), wiring_efficiency=float(factor))
        np.testing.assert_array_equal(both[row], single)
