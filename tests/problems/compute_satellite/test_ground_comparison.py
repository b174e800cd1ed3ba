"""The ground beside the satellite: waits for power, and chips that fail."""

from __future__ import annotations

import numpy as np
import pytest

from problems import load_problem

BOUNDARIES = ("full", "no_chips", "launch_only")
COLUMNS = [f"ground_cost_per_exaflop_{name}_usd" for name in BOUNDARIES]


def ground(launch_years, chip, **assumptions):
    problem = load_problem("compute_satellite", scenario="2030", assumptions=assumptions)
    designs = {"launch_year": launch_years, "gpu_model": [chip] * len(launch_years)}
    found = problem.evaluate(designs, COLUMNS)
    return [found[name] for name in COLUMNS]


@pytest.mark.parametrize("chip", ["Leader", "H100"])
def test_a_wait_for_power_is_a_later_start_with_the_building_paid_earlier(chip):
    unstaffed = {"ground.ops_fraction_per_yr": 0.0}
    waiting = unstaffed | {"ground.time_to_power_yr": 2.0}
    full, no_chips, energy = ground([2030.0, 2031.0], chip, **waiting)
    later_full, later_no_chips, later_energy = ground([2032.0, 2033.0], chip, **unstaffed)
    # The later start of 2033 is priced from 2030 on, as is the wait that begins in 2031.
    np.testing.assert_allclose(energy, later_energy, rtol=1e-12)
    np.testing.assert_allclose(full - no_chips, later_full - later_no_chips, rtol=1e-12)
    site, later_site = no_chips - energy, later_no_chips - later_energy
    np.testing.assert_allclose(site, later_site * 1.08**2, rtol=1e-12)


def test_only_the_building_bears_interest_while_it_waits():
    def operations(wait_yr):
        staffed, unstaffed = (
            ground([2030.0], "Leader", **{"ground.time_to_power_yr": wait_yr, name: share})
            for name, share in (
                ("ground.ops_fraction_per_yr", 0.03),
                ("ground.ops_fraction_per_yr", 0.0),
            )
        )
        return (staffed[1] - unstaffed[1]) / staffed[2]

    np.testing.assert_allclose(operations(2.0), operations(0.0), rtol=1e-9)


def test_a_product_of_today_is_bought_old_after_a_wait_and_the_leader_new():
    waited = {"ground.time_to_power_yr": 4.0}
    dearer = {chip: ground([2030.0], chip, **waited)[0] for chip in ("Leader", "H100")}
    ratio = {chip: float(usd[0] / ground([2030.0], chip)[0][0]) for chip, usd in dearer.items()}
    # (1.25/1.15)^4 = 1.396 for the H100 itself; the leader gains what a FLOP loses.
    assert 1.0 < ratio["Leader"] < 1.1 < 1.4 < ratio["H100"] < 1.25**4


@pytest.mark.parametrize(("refresh_yr", "chip_life_yr"), [(5.0, 5.0), (3.0, 3.0), (0.0, 15.0)])
def test_at_equal_life_the_ground_renews_chips_as_often_as_visits_do(refresh_yr, chip_life_yr):
    # A life of 15 years is that of the building, so the ground is the usual one with such chips.
    problem = load_problem(assumptions={"ground.chip_life_yr": chip_life_yr})
    names = ["cost_ratio_to_ground_equal_life", "cost_ratio_to_ground_full"]
    design = {"design_life_yr": [15.0], "refresh_yr": [refresh_yr], "gpu_count": [90]}
    equal, usual = (float(problem.evaluate(design, names)[name][0]) for name in names)
    assert equal == pytest.approx(usual, rel=1e-12)


def test_the_ground_replaces_accelerators_that_fail_out_of_warranty():
    # 4 % a year of them, at 8 % interest and a price that falls by 1.15 a year, in the fourth and
    # fifth year of five: 28 % of the present value of all, not two fifths.
    middle = 3.0 + (np.arange(2000) + 0.5) / 1000.0
    failed = 0.04 * np.mean((1.08 * 1.15) ** -middle) * 2.0
    (full, site, _), (without, _, _) = (
        ground([2030.0], "Leader", **{"ground.warranty_yr": years}) for years in (3.0, 5.0)
    )
    accelerator_usd = 38e3 * (1.26 / 1.25) ** 6
    expected = 1.0 + failed * accelerator_usd / (accelerator_usd + 9000.0)
    np.testing.assert_allclose((full - site) / (without - site), expected, rtol=1e-8)
