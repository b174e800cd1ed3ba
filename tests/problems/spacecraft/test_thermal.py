"""Heat: radiator, environment, loop and junction, against published radiators."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.spacecraft import thermal


def rejection(temperature_k, emissivity=1.0, absorbed=0.0, fin=1.0):
    return thermal.heat_rejection_w_m2(
        np.asarray(temperature_k),
        absorbed_w_m2=np.asarray(absorbed),
        emissivity=np.asarray(emissivity),
        fin_efficiency=np.asarray(fin),
    )


def temperature(heat_w, area_m2=1.0, emissivity=0.85, absorbed=0.0, fin=0.95):
    return thermal.radiator_temperature_k(
        np.asarray(heat_w),
        area_m2=np.asarray(area_m2),
        absorbed_w_m2=np.asarray(absorbed),
        emissivity=np.asarray(emissivity),
        fin_efficiency=np.asarray(fin),
    )


@pytest.mark.parametrize(
    ("emissivity", "absorbed", "published", "tolerance"),
    # Starcloud white paper: 838 black, 770.48 at emissivity 0.92, 633.08 net of Sun and Earth.
    [(1.0, 0.0, 838.0, 0.6), (0.92, 0.0, 770.48, 0.5), (0.92, 122.94 + 14.46, 633.08, 0.5)],
)
def test_heat_rejection_w_m2_matches_starcloud(emissivity, absorbed, published, tolerance):
    assert rejection(293.15, emissivity, absorbed) == pytest.approx(published, abs=tolerance)


@pytest.mark.parametrize(("kelvin", "published"), [(300, 413.0), (350, 766.0), (400, 1306.0)])
def test_heat_rejection_w_m2_matches_one_sided_table(kelvin, published):
    # spacedc-mdao radiator table: one ideal side, emissivity 0.9; ours has two sides.
    assert 0.5 * rejection(kelvin, 0.9) == pytest.approx(published, rel=0.005)


def test_radiator_temperature_k_matches_orbital_thermal():
    # orbital-thermal 1.1.0, AI1 example: 120 kW from 220 m2 of surface, 0.91, 220 K sink: 337.1 K.
    sink = rejection(220.0, 0.91)
    found = temperature(120e3, 110.0, emissivity=0.91, absorbed=sink, fin=1.0)
    assert found == pytest.approx(337.1, abs=0.2)


@settings(max_examples=40, deadline=None)
@given(
    heat=st.floats(0.0, 1e7),
    area=st.floats(5.0, 5e4),
    absorbed=st.floats(0.0, 300.0),
    emissivity=st.floats(0.5, 1.0),
)
def test_radiator_temperature_k_inverts_the_rejection(heat, area, absorbed, emissivity):
    kelvin = temperature(heat, area, emissivity, absorbed)
    again = rejection(kelvin, emissivity, absorbed, 0.95)
    assert again == pytest.approx(heat / area, rel=1e-9, abs=1e-6)


def test_temperature_over_life_k_solves_the_same_balance():
    # All alive and new, all dead and dark: the closed form at the heat and absorbed flux of each.
    inputs = {"emissivity": np.array(0.85), "fin_efficiency": np.array(0.95)}
    balance = thermal.radiator_balance(
        np.array(1e5),
        chip_heat_w=np.array(8e4),
        area_m2=np.array(200.0),
        absorbed_new_w_m2=np.array(80.0),
        absorbed_eol_w_m2=np.array(95.0),
        **inputs,
    )
    for alive, share, heat, absorbed in ((1.0, 0.0, 1e5, 80.0), (0.25, 1.0, 4e4, 95.0)):
        kelvin = thermal.temperature_over_life_k(balance, alive_fraction=alive, life_share=share)
        assert kelvin == pytest.approx(temperature(heat, 200.0, absorbed=absorbed), rel=1e-12)


def test_radiator_temperature_k_falls_with_area():
    kelvin = temperature(1e5, np.array([100.0, 200.0, 400.0]), absorbed=100.0)
    assert np.all(np.diff(kelvin) < 0.0)


def test_absorbed_flux_w_m2_adds_infrared_albedo_and_direct_sun():
    # 0.85 * 118 + 0.2 * (100 + 1361 sin 5 deg) = 144.02, by hand.
    absorbed = thermal.absorbed_flux_w_m2(
        np.array(118.0),
        albedo_flux_w_m2=np.array(100.0),
        emissivity=np.array(0.85),
        absorptance=np.array(0.2),
        solar_flux_w_m2=1361.0,
        sun_error_deg=5.0,
    )
    assert absorbed == pytest.approx(144.02, abs=0.01)


@pytest.mark.parametrize(("delta_k", "kilowatt"), [(20.0, 1.2), (10.0, 2.42), (5.0, 4.8)])
def test_pump_power_fraction_matches_coolprop(delta_k, kilowatt):
    # Ammonia at 50 degC (CoolProp 8.0.0: 563 kg/m3, 5.07 kJ/kg/K), 138 kW, 200 kPa, efficiency 0.4.
    share = thermal.pump_power_fraction(
        delta_k,
        pressure_kpa=200.0,
        density_kg_per_m3=563.0,
        heat_capacity_j_per_kg_k=5070.0,
        pump_efficiency=0.4,
    )
    assert 138.0 * share == pytest.approx(kilowatt, rel=0.03)


def test_junction_temperature_c_adds_every_step():
    # 50 degC radiator + 5 fin + half of 10 loop + 35 chip = 95 degC.
    junction = thermal.junction_temperature_c(
        np.array(323.15), fin_drop_k=5.0, loop_delta_k=10.0, junction_delta_k=np.array(35.0)
    )
    assert junction == pytest.approx(95.0)


@pytest.mark.parametrize("shape", [(), (1,), (4,), (0,), (2, 3)])
def test_thermal_functions_keep_the_shape(shape):
    ones = np.ones(shape)
    assert temperature(100.0 * ones).shape == shape
    assert rejection(300.0 * ones).shape == shape


def test_radiator_temperature_k_broadcasts_over_futures():
    absorbed = np.array([[50.0], [150.0]])
    both = temperature(np.array([300.0, 600.0]), absorbed=absorbed)
    for row, value in enumerate(absorbed[:, 0]):
        single = temperature(np.array([300.0, 600.0]), absorbed=float(value))
        np.testing.assert_array_equal(both[row], single)
