"""Resupply of a fleet, and what it emits."""

from __future__ import annotations

import numpy as np
import pytest

from problems.economics import fleet, resupply


def test_holding_a_fleet_takes_the_published_share():
    # l / (1 - exp(-l L)) with l = 0.02 and L = 5: 0.210 a year.
    steady = fleet.steady_fleet(
        np.array(1.0), life_yr=np.array(5.0), loss_rate_per_yr=np.array(0.02)
    )
    assert float(steady.replacement_per_yr) == pytest.approx(0.210, abs=5e-4)


def test_capacity_falls_alone_and_is_held_by_batches():
    left = resupply.capacity_left(np.array(0.02), years=np.array([0.0, 5.0]))
    assert left == pytest.approx([1.0, np.exp(-0.1)])
    held = resupply.mean_between_batches(np.array([0.0, 0.02]), batch_yr=2.0)
    assert held == pytest.approx([1.0, (1 - np.exp(-0.04)) / 0.04])


def test_ten_times_less_emissive_launchers_emit_ten_times_less():
    def launch(co2):
        return resupply.carbon(
            np.array(4000.0),
            hardware_kg=np.array(4000.0),
            it_power_w=np.array(1e5),
            working_yr=np.array(5.0),
            launch_co2_kg_per_kg=co2,
            hardware_co2_kg_per_kg=50.0,
        ).launch_g_per_kwh

    # 40 kg/kW x 25 = 1,000 kg over 43,830 kWh.
    assert float(launch(25.0)) == pytest.approx(1e6 / 43_830)
    assert float(launch(25.0) / launch(2.5)) == pytest.approx(10.0)


def test_propellant_of_tankers_is_launched_and_not_made():
    emitted = resupply.carbon(
        np.array(6000.0),
        hardware_kg=np.array(1000.0),
        it_power_w=np.array(1e5),
        working_yr=np.array(5.0),
        launch_co2_kg_per_kg=25.0,
        hardware_co2_kg_per_kg=50.0,
    )
    energy_kwh = 100.0 * 5.0 * 8766.0
    assert emitted.launch_g_per_kwh == pytest.approx(6000.0 * 25.0 * 1e3 / energy_kwh, rel=1e-4)
    assert emitted.hardware_g_per_kwh == pytest.approx(1000.0 * 50.0 * 1e3 / energy_kwh, rel=1e-4)
