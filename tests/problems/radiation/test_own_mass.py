"""Self-shielding against ray tracing, and hadrons behind matter against the codes they fit."""

from __future__ import annotations

import numpy as np
import pytest

from problems.radiation import behind, environment, load_radiation_tables
from problems.radiation.hadrons import hadron_flux
from problems.radiation.own_mass import (
    INTERIOR_WEIGHTS,
    MEAN_DIE,
    RAY_NODES,
    WALL_WEIGHTS,
    WORST_DIE,
    depths_mm,
    mean_over,
    own_mass_mm,
)

TABLES = load_radiation_tables()
RAYS = 400_000


def ray_lengths(*, at_wall):
    """Isotropic rays from random points to the walls of a unit cube."""
    rng = np.random.default_rng(20)
    start, way = rng.random((RAYS, 3)), rng.normal(size=(RAYS, 3))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    if at_wall:
        start[:, 0], way[:, 0] = 0.0, np.abs(way[:, 0])
    return (np.where(way > 0.0, 1.0 - start, -start) / way).min(axis=1)


@pytest.mark.parametrize(("at_wall", "weights"), [(False, INTERIOR_WEIGHTS), (True, WALL_WEIGHTS)])
def test_quadrature_is_the_mean_over_traced_rays(at_wall, weights):
    rays = ray_lengths(at_wall=at_wall)
    for k in (0.0, 1.0, 3.0, 5.0, 10.0, 15.0, 20.0):
        fall = np.exp(-k * rays)
        spread = fall.std() / np.sqrt(RAYS)
        assert weights @ np.exp(-k * RAY_NODES) == pytest.approx(
            fall.mean(), rel=1e-3, abs=4.0 * spread
        )


def test_weights_are_a_partition_and_the_worst_die_sees_half_a_bare_sky():
    for weights in (MEAN_DIE, WORST_DIE):
        assert weights.sum() == pytest.approx(1.0, abs=1e-9)
    assert WORST_DIE[0] == 0.5
    assert WORST_DIE.size == MEAN_DIE.size + 1


def test_own_mass_by_hand():
    # 2700 kg in a cube of 2 m: 675 kg/m2 along an edge, 60 % of it 405 kg/m2 or 150 mm.
    mm = own_mass_mm(np.array([2700.0]), volume_m3=np.array([8.0]), absorbing_frac=0.6)
    assert mm[0] == pytest.approx(150.0)
    depth = depths_mm(np.array([2.0]), own_mass_mm=mm)[:, 0]
    assert depth == pytest.approx(2.0 + 150.0 * np.array([0.0, *RAY_NODES]))


def test_means_leave_out_depths_without_a_weight():
    assert mean_over(np.array([[np.nan], [1.0], [3.0]]), np.array([0.5, 0.5]))[0] == 2.0


def build_up(cutoff_gv, areal_g_cm2, *, active):
    """Hadrons over primaries behind an isotropic slab of aluminium: rays of length x/mu."""
    node, weight = np.polynomial.legendre.leggauss(64)
    mu = 0.5 * (node + 1.0)
    env = environment(np.array([650.0]), np.array([98.0]), is_geo=np.array([False]), tables=TABLES)
    env = env._replace(
        cutoff_gv=np.array([cutoff_gv]),
        gcr_protons_min_cm2_s=np.ones(1),
        gcr_protons_max_cm2_s=np.ones(1),
    )
    depth = np.maximum(areal_g_cm2 / 0.27 / mu, 0.5)[:, None]
    got = hadron_flux(
        env,
        behind(env, depth, tables=TABLES),
        weights=0.5 * weight,
        active_share=active,
        solar_mean_share=0.3,
        secondary_multiplier=1.0,
        albedo_multiplier=1.0,
        trapped_multiplier=1.0,
        solar_multiplier=1.0,
        gcr_multiplier=1.0,
    )
    return float(got.gcr_hadron_flux_cm2_s[0])


@pytest.mark.parametrize(
    ("cutoff", "areal", "geant4", "parma"),
    # Isotropic slab, solar minimum, from two codes: yields of Geant4 (Nesterenok 2013), PARMA 4.10.
    [
        (0.0, 18.0, 1.48, 1.58),
        (0.0, 36.0, 1.47, 1.62),
        (0.0, 71.0, 1.37, 1.55),
        (0.0, 143.0, 1.07, 1.21),
        (5.0, 18.0, 2.43, 2.46),
        (5.0, 71.0, 3.26, 3.28),
        (5.0, 143.0, 3.23, 3.12),
        (12.0, 18.0, 2.84, 3.80),
        (12.0, 71.0, 4.22, 5.70),
        (12.0, 143.0, 4.48, 5.92),
    ],
)
def test_build_up_of_hadrons_lies_between_the_codes(cutoff, areal, geant4, parma):
    low, high = sorted((geant4, parma))
    # 5 % is how far the fit leaves the pair of codes where they agree within 1 %.
    assert 0.95 * low < build_up(cutoff, areal, active=0.0) < 1.05 * high


def test_shield_neither_helps_nor_hurts_in_free_space_and_multiplies_near_the_equator():
    assert build_up(0.0, 90.0, active=0.0) == pytest.approx(build_up(0.0, 9.0, active=0.0), rel=0.1)
    assert build_up(12.0, 90.0, active=0.0) > 1.8 * build_up(12.0, 9.0, active=0.0)
