"""Walls against debris and radiators in loops, against hand-worked values and simulations."""

from __future__ import annotations

import numpy as np
import pytest

from problems.spacecraft import impacts


def wall_of_crater_cm(
    diameter_cm: np.ndarray, density_g_cm3: float, speed_km_s: float
) -> np.ndarray:
    """Cour-Palais the other way round: the wall that a particle just perforates."""
    crater = 5.24 * diameter_cm ** (19 / 18) * 118.0**-0.25
    return 1.8 * crater * (density_g_cm3 / 2.8) ** 0.5 * (speed_km_s / 5.1) ** (2 / 3)


def rear_wall_of_whipple_cm(diameter_cm: np.ndarray, gap_cm: float) -> np.ndarray:
    """Christiansen's equation solved for the rear wall, aluminium at 10 km/s."""
    per_wall = 3.918 * gap_cm ** (1 / 3) * (47 / 70) ** (1 / 3)
    per_wall *= 2.8 ** (-1 / 3) * 2.8 ** (-1 / 9) * 10.0 ** (-2 / 3)
    return (diameter_cm / per_wall) ** 1.5


def test_single_wall_matches_the_value_by_hand() -> None:
    # 1.8 x 5.24 x 118^-0.25 x (10/5.1)^(2/3) = 4.483; (0.1/4.483)^(18/19) = 0.02725 cm.
    assert impacts.single_wall(np.array(1.0)).debris_cm == pytest.approx(0.02725, rel=1e-3)


def test_single_wall_is_the_inverse_of_the_crater() -> None:
    wall_mm = np.geomspace(0.5, 50.0, 9)
    sizes = impacts.single_wall(wall_mm)
    assert 10.0 * wall_of_crater_cm(sizes.debris_cm, 2.8, 10.0) == pytest.approx(wall_mm)
    assert 10.0 * wall_of_crater_cm(sizes.meteoroid_cm, 2.5, 20.0) == pytest.approx(wall_mm)


def test_debris_of_0_7_mm_perforates_the_2_5_mm_that_it_did_in_orbit() -> None:
    # LDEF. The model's smallest is 0.65 mm; a wall of 3 mm stops 0.7 mm.
    smallest = 10.0 * impacts.single_wall(np.array([2.5, 3.0])).debris_cm
    assert smallest[0] < 0.7 < smallest[1]


@pytest.mark.parametrize("gap_mm", [50.0, 100.0, 150.0])
def test_spaced_wall_is_the_inverse_of_bumper_and_rear_wall(gap_mm: float) -> None:
    wall_mm = np.geomspace(0.5, 10.0, 9)
    size = impacts.spaced_wall(wall_mm, gap_mm=gap_mm).debris_cm
    bumper = np.minimum(0.25 * size, 0.05 * wall_mm)  # at most half of the mass
    rear = rear_wall_of_whipple_cm(size, gap_mm / 10.0)
    assert 10.0 * (bumper + rear) == pytest.approx(wall_mm)


def test_meteoroids_need_to_be_smaller_as_they_are_lighter_but_twice_as_fast() -> None:
    # Christiansen: d goes with density^-1/3 and speed^-2/3: (2.5/2.8)^-1/3 x 2^-2/3 = 0.6542.
    sizes = impacts.spaced_wall(np.array([0.05, 0.1]), gap_mm=100.0)
    assert sizes.meteoroid_cm / sizes.debris_cm == pytest.approx(0.6542, rel=1e-3)


def test_bumper_takes_at_most_half_of_a_thin_wall() -> None:
    # 0.1 mm, 150 mm apart: a quarter of the particle would be more than 0.05 mm of bumper.
    size = impacts.spaced_wall(np.array(0.1), gap_mm=150.0).debris_cm
    assert 0.25 * size > 0.005
    assert rear_wall_of_whipple_cm(size, 15.0) == pytest.approx(0.005)


def test_spaced_wall_gains_less_the_thicker_it_is_and_never_loses() -> None:
    # 6.5 times at 0.5 mm, 3.6 at 10 mm, nothing at 50 mm, where the gap is too short to count.
    wall_mm = np.array([0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0])
    spaced = impacts.spaced_wall(wall_mm, gap_mm=100.0).debris_cm
    gain = spaced / impacts.single_wall(wall_mm).debris_cm
    assert gain[[0, 4, 6]] == pytest.approx([6.5, 3.56, 1.0], abs=0.05)
    assert np.all(np.diff(gain) < 0.0)
    assert np.all(np.diff(spaced) >= 0.0)


def test_layouts_mix_in_a_batch() -> None:
    wall_mm = np.array([2.0, 2.0])
    mixed = impacts.critical_sizes(wall_mm, spaced=np.array([False, True]), gap_mm=100.0)
    assert mixed.debris_cm[0] == impacts.single_wall(wall_mm).debris_cm[0]
    assert mixed.meteoroid_cm[1] == impacts.spaced_wall(wall_mm, gap_mm=100.0).meteoroid_cm[1]


def test_a_hit_on_a_single_loop_ends_the_satellite() -> None:
    hits = np.array([0.01, 0.3])
    lost = impacts.loop_losses(hits, loops=np.ones(2), life_yr=np.full(2, 5.0))
    assert np.array_equal(lost.satellites_per_yr, hits)
    assert not np.any(lost.compute_per_yr)


def test_loops_match_the_value_by_hand() -> None:
    # 0.2 hits a year on two loops for 5 years: P = (1 - e^-0.5)^2 = 0.1548, -ln(1 - P)/5 = 0.03364;
    # compute goes at 0.1 a year, 0.06636 of it with single loops.
    lost = impacts.loop_losses(
        np.array([0.2, 0.2]), loops=np.array([1.0, 2.0]), life_yr=np.full(2, 5.0)
    )
    assert lost.satellites_per_yr == pytest.approx([0.2, 0.03364], abs=1e-5)
    assert lost.compute_per_yr == pytest.approx([0.0, 0.06636], abs=1e-5)


def test_loops_agree_with_a_simulation_of_hits() -> None:
    rng, loops, hits, life = np.random.default_rng(8), 3, 0.4, 6.0
    first_hit_yr = rng.exponential(loops / hits, size=(200_000, loops))
    working = (first_hit_yr > life).mean(axis=1)
    lost = impacts.loop_losses(np.array([hits]), loops=np.array([loops]), life_yr=np.array([life]))
    alive = np.exp(-life * lost.satellites_per_yr[0])
    assert (working > 0.0).mean() == pytest.approx(alive, abs=0.003)
    left = alive * np.exp(-life * lost.compute_per_yr[0])
    assert working.mean() == pytest.approx(left, abs=0.003)


def test_more_loops_lose_less() -> None:
    loops = np.arange(1.0, 9.0)
    lost = impacts.loop_losses(np.full(8, 0.05), loops=loops, life_yr=np.full(8, 10.0))
    assert np.all(np.diff(lost.satellites_per_yr) < 0.0)
    assert lost.satellites_per_yr + lost.compute_per_yr == pytest.approx(0.05 / loops)
