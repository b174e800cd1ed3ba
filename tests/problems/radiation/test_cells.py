"""Solar-cell damage against handbook fluences and data sheets."""

from __future__ import annotations

import numpy as np
import pytest

from problems.radiation import environment, load_radiation_tables
from problems.radiation.cells import cell_damage_fraction, cell_environment, cell_fluence
from problems.radiation.exposure import stay
from problems.radiation.tables import build_cell_tables

TABLES = load_radiation_tables()
GLASS_UM = [76.2, 152.4, 304.8]  # 3, 6 and 12 mil


def fluence(altitude, inclination, *, is_geo=False, kind="gaas", from_above=False):
    cells = build_cell_tables(GLASS_UM, [kind] * 3)
    env = environment(
        np.full(3, altitude),
        np.full(3, inclination),
        is_geo=np.full(3, is_geo),
        tables=TABLES,
    )
    return cell_environment(env, array_code=np.arange(3), cells=cells, from_above=from_above)


@pytest.mark.parametrize(
    ("altitude", "inclination", "expected"),
    [
        # GaAs maximum power, /cm2/yr behind 3, 6, 12 mil by the JPL EQFLUX coefficients with
        # AE8MAX + AP8MIN. The table holds the cycle mean: AP8MAX has 0.2-0.5 of the 1-10 MeV
        # protons of AP8MIN at 420 km, 0.55-0.75 at 650 km. test_radiation_build compares like
        # with like.
        (420.0, 51.6, (1.5e12, 7.2e11, 4.0e11)),
        (650.0, 98.0, (3.6e12, 2.0e12, 1.2e12)),
        (1200.0, 100.4, (3.1e13, 1.9e13, 1.3e13)),
        (2000.0, 30.0, (5.6e14, 4.3e14, 3.0e14)),
        (20_200.0, 55.0, (6.6e13, 4.7e13, 3.6e13)),
    ],
)
def test_cell_environment_near_jpl_coefficients(altitude, inclination, expected):
    ratio = fluence(altitude, inclination).trapped_fluence_cm2_per_yr / np.array(expected)
    assert np.all(ratio > 0.35)
    assert np.all(ratio < 1.05)


def test_cell_environment_solar_protons_near_jpl_coefficients():
    # Free space, 95 %, two active years: 2.0e14 / 1.1e14 / 5.8e13 behind 3 / 6 / 12 mil.
    cells = build_cell_tables(GLASS_UM, ["gaas"] * 3)
    assert np.allclose(cells.solar_95, [2.0e14, 1.1e14, 5.8e13], rtol=0.25)


def test_cell_environment_geo_uses_ige2006():
    # AE8 gives 2.6e13 /cm2/yr behind 3 mil; LANL doses are half of AE8, IGE-2006 a quarter.
    value = fluence(35_786.0, 0.0, is_geo=True).trapped_fluence_cm2_per_yr[0]
    assert 0.1 * 2.6e13 < value < 0.5 * 2.6e13


def test_cell_environment_thicker_glass_means_less_fluence():
    for args in ((500.0, 50.0), (3000.0, 10.0), (20_000.0, 55.0)):
        for kind in ("gaas", "si"):
            env = fluence(*args, kind=kind)
            assert np.all(np.diff(env.trapped_fluence_cm2_per_yr) < 0.0)
            assert np.all(np.diff(env.solar_fluence_95_cm2) <= 0.0)


def test_cell_environment_silicon_suffers_more_protons():
    # JPL: a 10-MeV proton counts 3000 1-MeV electrons in silicon, 1000 in GaAs.
    ratio = (
        fluence(1200.0, 100.4, kind="si").trapped_fluence_cm2_per_yr
        / fluence(1200.0, 100.4).trapped_fluence_cm2_per_yr
    )
    assert np.all((ratio > 1.5) & (ratio < 3.5))


def test_cell_environment_spirals_share_the_belts():
    up = fluence(1000.0, 28.5).transit_fluence_km_per_cm2_yr_s
    down = fluence(1000.0, 28.5, from_above=True).transit_fluence_km_per_cm2_yr_s
    whole = fluence(36_500.0, 28.5).transit_fluence_km_per_cm2_yr_s
    assert np.allclose(up + down, whole, rtol=0.01)


def test_cell_environment_keeps_the_scalar_shape():
    cells = build_cell_tables([100.0, 150.0], ["si", "gaas"])
    env = environment(np.array(700.0), np.array(60.0), is_geo=np.array(False), tables=TABLES)
    out = cell_environment(env, array_code=np.array(1), cells=cells)
    assert out.trapped_fluence_cm2_per_yr.shape == ()
    alone = cell_environment(
        env, array_code=np.array(0), cells=build_cell_tables([150.0], ["gaas"])
    )
    assert float(out.trapped_fluence_cm2_per_yr) == pytest.approx(
        float(alone.trapped_fluence_cm2_per_yr), rel=1e-6
    )


def test_build_cell_tables_refuses_an_unknown_cell():
    with pytest.raises(ValueError, match="tuple"):
        build_cell_tables([100.0], ["perovskite"])


def test_cell_fluence_counts_transfer_and_futures():
    env = fluence(1200.0, 60.0)
    out = cell_fluence(
        env,
        stay(
            np.full(3, 5.0),
            transfer_time_yr=np.full(3, 0.5),
            transfer_delta_v_km_s=np.full(3, 1.0),
            active_share=0.0,
        ),
        trapped_multiplier=np.array([[1.0], [2.0]]),
        solar_multiplier=1.0,
        cell_multiplier=1.0,
    )
    by_hand = 5.0 * env.trapped_fluence_cm2_per_yr + 0.5 * env.transit_fluence_km_per_cm2_yr_s
    assert np.allclose(out.life_cm2[0], by_hand)
    assert np.allclose(out.life_cm2[1], 2.0 * by_hand)


@pytest.mark.parametrize(("phi", "remaining"), [(5e14, 0.89), (1e15, 0.84)])
def test_cell_damage_fraction_matches_xtj(phi, remaining):
    # Fetzer et al., Spectrolab XTJ.
    lost = cell_damage_fraction(np.array(phi), damage_c=0.222, damage_fluence_cm2=2.35e14)
    assert 1.0 - float(lost) == pytest.approx(remaining, abs=0.005)


def test_cell_damage_fraction_is_monotonic_and_bounded():
    lost = cell_damage_fraction(np.geomspace(1e8, 1e25, 50), damage_c=0.2, damage_fluence_cm2=1e14)
    assert np.all(np.diff(lost) >= 0.0)
    assert lost[-1] == 1.0
