"""Solder fatigue: by hand, against published lives of tests, and through the chain."""

from __future__ import annotations

import numpy as np
import pytest

from problems import load_problem
from problems.spacecraft import fatigue

PROBLEM = load_problem()
LEO_MIN = 1440.0 / 15.4


def cycles_to_one_per_cent(swing_k, top_c, period_min=LEO_MIN, test_cycles=1500.0):
    used = fatigue.fatigue_utilisation(
        np.array(1.0),
        swing_k=np.array(swing_k),
        top_c=np.array(top_c),
        period_min=np.array(period_min),
        test_cycles=test_cycles,
    )
    return 1.0 / float(used)


def test_the_board_test_is_its_own_life():
    assert cycles_to_one_per_cent(100.0, 100.0, period_min=30.0) == pytest.approx(1500.0)


def test_life_in_low_orbit_by_hand():
    # 2.5^2.65 = 11.34; (15.4/48)^(1/3) = 0.6846; e^(1414 (1/333.15 - 1/373.15)) = e^0.45497 =
    # 1.5761: 1500 of the test are 18,350 to 40 K below 60 degC.
    assert cycles_to_one_per_cent(40.0, 60.0) == pytest.approx(18_350.0, rel=2e-3)


def test_slow_cycles_creep_for_longer():
    # Once a day against 15.4 times: the cube root of 15.4.
    ratio = cycles_to_one_per_cent(40.0, 60.0) / cycles_to_one_per_cent(40.0, 60.0, 1440.0)
    assert ratio == pytest.approx(15.4 ** (1.0 / 3.0))


def swing(**changes):
    numbers = {
        "joint_share": 0.6,
        "coolant_drop_k": np.array(20.0),
        "eclipse_min": np.array(35.0),
        "time_constant_s": np.array(480.0),
        "eclipse_power_fraction": np.array(0.0),
    }
    return float(fatigue.solder_swing_k(np.array(40.0), **numbers | changes))


def test_swing_by_hand():
    # 0.6 40 + 20 (1 - e^(-2100/480)) = 24 + 20 0.98741 = 43.748.
    assert swing() == pytest.approx(43.748, abs=1e-3)
    assert swing(eclipse_power_fraction=np.array(0.25)) == pytest.approx(0.75 * 43.748, abs=1e-3)
    # The drop inside the package vanishes at once, that of a slow loop hardly at all.
    assert swing(time_constant_s=np.array(1e9)) == pytest.approx(24.0, abs=1e-4)
    assert swing(eclipse_min=np.array(0.0)) == 0.0


def test_loop_time_constant_is_the_slope_of_the_radiator():
    # By difference: what 1 K less saves, over the heat in the mass.
    mass, area, emissivity, fins, hot = 1500.0, 250.0, 0.85, 0.93, 315.0

    def radiated_w(kelvin):
        return 2.0 * 5.670374419e-8 * emissivity * fins * area * kelvin**4

    slope = radiated_w(hot + 0.5) - radiated_w(hot - 0.5)
    found = fatigue.loop_time_constant_s(
        np.array(mass),
        heat_capacity_j_per_kg_k=700.0,
        radiator_k=np.array(hot),
        area_m2=np.array(area),
        emissivity=np.array(emissivity),
        fin_efficiency=np.array(fins),
    )
    assert found == pytest.approx(mass * 700.0 / slope, rel=1e-4)


def outputs(**changes):
    return {k: v[0] for k, v in PROBLEM.evaluate({k: [v] for k, v in changes.items()}).items()}


LOW = {"orbit": "inclined", "altitude_km": 500.0, "radiator_area_m2": 200.0}


def test_carried_power_and_short_lives_spare_the_joints():
    paused = outputs(**LOW)["solder_fatigue_utilisation"]
    idle = outputs(**LOW, eclipse_power_fraction=0.2)["solder_fatigue_utilisation"]
    assert idle == pytest.approx(0.8**2.65 * paused, rel=1e-9)
    short = outputs(**LOW, design_life_yr=2.5)["solder_fatigue_utilisation"]
    assert short == pytest.approx(0.5 * paused)
    renewed = outputs(**LOW, refresh_yr=2.5)["solder_fatigue_utilisation"]
    assert renewed == pytest.approx(0.5 * paused)


def test_joints_of_satellites_that_never_pause_last():
    assert outputs(**LOW, eclipse_power_fraction=1.0)["solder_fatigue_utilisation"] < 1e-6
    always_lit = outputs(orbit="dawn_dusk_sso", altitude_km=2000.0)
    assert always_lit["solder_swing_k"] == 0.0
    assert always_lit["solder_fatigue_utilisation"] == 0.0


def test_coolant_does_not_fall_below_the_valve():
    # Default chips: 35 K above the coolant, 60 % of it in the joints; the rest is coolant to 17.
    found = outputs(**LOW)
    coolant_c = found["junction_temperature_c"] - 35.0
    assert found["solder_swing_k"] <= 0.6 * 35.0 + coolant_c - 17.0 + 1e-9
    assert found["solder_swing_k"] > 0.6 * 35.0
