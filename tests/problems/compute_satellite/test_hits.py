"""Impacts and burnout in the whole satellite: what walls, loops and voltage do to it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import ArrayLike

from problems.compute_satellite.problem import ComputeSatellite

PROBLEM = ComputeSatellite()


def default(**changes: ArrayLike) -> dict[str, np.ndarray]:
    """Outputs of the default design with columns changed."""
    return PROBLEM.evaluate({key: np.atleast_1d(value) for key, value in changes.items()})


def test_losses_to_debris_match_the_sum_by_hand() -> None:
    # 5 % of the perforations of the bay, and every hit on 0.3 % of the radiator.
    o = default()
    perforations = o["debris_flux_through_wall_per_m2_yr"] * o["bay_surface_m2"]
    tubes = o["debris_flux_over_1_mm_per_m2_yr"] * 300.0 * 0.003
    assert o["debris_loss_rate_per_yr"] == pytest.approx(0.05 * perforations + tubes)


def test_thicker_walls_lose_fewer_satellites() -> None:
    walls = default(shield_mm=np.geomspace(0.5, 50.0, 30))
    assert np.all(np.diff(walls["debris_loss_rate_per_yr"]) < 0.0)
    assert np.all(np.diff(walls["debris_flux_through_wall_per_m2_yr"]) < 0.0)
    # 50 mm stop all up to 11 mm, and so a little more than the flux over 1 cm.
    few = walls["debris_flux_through_wall_per_m2_yr"][-1]
    assert 0.7 < few / walls["debris_flux_over_1_cm_per_m2_yr"][-1] < 1.0


def test_bumper_stops_more_for_the_same_mass_and_takes_room() -> None:
    walls = default(shield_layout=["single", "spaced"], shield_mm=[5.0, 5.0])
    perforated = walls["debris_flux_through_wall_per_m2_yr"]
    assert perforated[1] < 0.05 * perforated[0]
    assert walls["launch_mass_kg"][1] == walls["launch_mass_kg"][0]
    edge_m = np.cbrt(walls["bay_volume_m3"])
    more_m3 = ((edge_m + 0.2) ** 3 - edge_m**3)[0]
    assert np.diff(walls["stowed_volume_m3"]) == pytest.approx(more_m3)


def test_loops_cost_mass_and_save_satellites() -> None:
    loops = np.arange(1, 9)
    o = default(radiator_loops=loops)
    # 1.5 % of the radiator's mass and price for each further loop.
    more = o["mass_radiator_kg"] / o["mass_radiator_kg"][0] - 1.0
    assert more == pytest.approx(0.015 * (loops - 1))
    assert np.all(np.diff(o["cost_radiator_usd"]) > 0.0)
    assert np.all(np.diff(o["satellite_loss_rate_per_yr"]) < 0.0)
    # Every hit still costs the compute of its loop.
    hits = o["debris_flux_over_1_mm_per_m2_yr"] * 0.9
    saved = o["compute_loss_rate_per_yr"][0] - o["compute_loss_rate_per_yr"]
    assert saved == pytest.approx(hits * (1.0 - 1.0 / loops), rel=0.02)
    # What fails at a rate x is missing for half of the five years, nearly: d ln A = -2.4 dx.
    assert np.log(o["availability"] / o["availability"][0]) == pytest.approx(2.4 * saved, rel=0.1)


def test_higher_voltage_saves_harness_until_switches_burn_out() -> None:
    o = default(bus_voltage_v=[120.0, 480.0, 500.0])
    # Half of 5 % goes with the current: 5 % x 0.625 = 3.125 % of the dry mass.
    wired_kg = o["mass_harness_kg"] / np.array([0.05, 0.03125, 0.05 * 0.62])
    assert wired_kg / (wired_kg - o["mass_harness_kg"]) == pytest.approx(
        [1.0 / 0.95, 1.0 / 0.96875, 1.0 / 0.969]
    )
    assert o["burnout_loss_rate_per_yr"][:2].tolist() == [0.0, 0.0]
    assert o["burnout_loss_rate_per_yr"][2] > 1.0
    assert o["availability"][2] < 0.5 * o["availability"][1]


def test_no_ion_burns_a_switch_out_where_none_reaches() -> None:
    low = default(orbit="equatorial", altitude_km=380.0, bus_voltage_v=600.0)
    high = default(orbit="geo", bus_voltage_v=600.0)
    assert low["burnout_loss_rate_per_yr"] < 0.1 * high["burnout_loss_rate_per_yr"]


def test_levers_at_their_defaults_change_nothing() -> None:
    plain = default(shield_mm=[2.0, 20.0])
    told = default(
        shield_mm=[2.0, 20.0],
        shield_layout=["single"] * 2,
        radiator_loops=[1, 1],
        bus_voltage_v=[120.0, 120.0],
    )
    for name, column in plain.items():
        assert np.array_equal(column, told[name]), name
    for name in ("radiator_loops", "bus_voltage_v", "shield_layout"):
        assert PROBLEM.space[name].held
    assert not np.any(plain["loop_loss_rate_per_yr"])
    assert not np.any(plain["burnout_loss_rate_per_yr"])
