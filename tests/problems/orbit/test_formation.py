"""Formations: how many fit, what keeps them, what closeness risks."""

from __future__ import annotations

import numpy as np
import pytest

from problems.orbit import formation
from problems.units import BALL, LATTICE, SECONDS_PER_HOUR, TILTED


def radius_km(satellites, spacing_m, code):
    return formation.cluster_radius_km(
        np.asarray(satellites, dtype=float), spacing_m=np.asarray(spacing_m), formation=float(code)
    )


def test_published_clusters_fit_one_kilometre():
    # 81 lattice points, 367 hexagonal ones and 0.27 x 10^3 in a ball, all at 100 m.
    assert float(radius_km(81, 100.0, LATTICE)) == pytest.approx(1.0, rel=0.02)
    assert float(radius_km(367, 100.0, TILTED)) == pytest.approx(1.0, rel=0.01)
    assert float(radius_km(270, 100.0, BALL)) == pytest.approx(1.0, rel=1e-9)
    # A ball holds more from R/d = 13.5 on.
    assert float(radius_km(3.63 * 13.44**2, 1000.0, BALL)) == pytest.approx(13.44, rel=0.001)


def test_keeping_and_turn_of_the_perigee_at_650_km():
    held = formation.keeping_m_s_per_km_yr(np.array(650.0), inclination_deg=np.array(98.0))
    assert float(held.inclination_m_s_per_km) == pytest.approx(47.5, rel=0.02)
    assert float(held.eccentricity_m_s_per_km) == pytest.approx(10.9, rel=0.02)
    rate = formation.perigee_turn_rad_per_s(np.array(650.0), inclination_deg=np.array(98.0))
    assert 2 * np.pi / abs(float(rate)) / 86400 == pytest.approx(112.0, rel=0.02)


def test_tilted_plane_takes_seven_times_the_lattice():
    held = formation.keeping_m_s_per_km_yr(np.array(650.0), inclination_deg=np.array(98.0))
    yearly = formation.formation_delta_v_m_s_per_yr(
        np.array(1.0), keeping=held, formation=np.array([0.0, 1.0]), lattice_m_s_per_km_yr=3.0
    )
    assert yearly == pytest.approx([3.0, 21.0], rel=0.03)
    # At the edge 0.87 of the one and half of the other.
    edge = 0.87 * held.inclination_m_s_per_km + 0.5 * held.eccentricity_m_s_per_km
    assert float(edge) == pytest.approx(47.0, rel=0.01)


def test_a_dead_satellite_crosses_the_cluster_within_a_day():
    assert float(formation.drift_m(6.4 * SECONDS_PER_HOUR, drag_m_s2=1.2e-7)) == pytest.approx(
        100.0, rel=0.05
    )


def test_pieces_on_a_neighbour_fall_below_one_at_354_metres():
    def pieces(distance_m):
        return float(
            formation.pieces_on_neighbour(
                np.array(2000.0), area_m2=np.array(20.0), distance_m=np.array(distance_m)
            )
        )

    assert pieces(200.0) == pytest.approx(3.1, rel=0.01)
    assert pieces(354.0) == pytest.approx(1.0, rel=0.01)


def test_a_breakup_strikes_at_most_all_others():
    def struck(satellites, spacing_m):
        radius = radius_km(satellites, spacing_m, LATTICE)
        return float(
            formation.struck_by_breakup(
                np.array(float(satellites)),
                mass_kg=np.array(2000.0),
                area_m2=np.array(20.0),
                spacing_m=np.array(spacing_m),
                radius_km=radius,
            )
        )

    assert struck(1, 100.0) == 0.0
    assert struck(8, 50.0) == pytest.approx(7.0, rel=1e-3)
    assert struck(81, 100.0) > struck(81, 300.0) > struck(81, 3000.0) > 0.0
