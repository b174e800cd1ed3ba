"""Refuelling in low orbit: tankers by hand, for high orbits and for the Moon."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems.delivery import payload, refuelling

EXHAUST_M_S = 9.80665 * 375.0
#: A ship of 120 t that keeps what lands it through 500 m/s: 120 exp(500 / 3677.5) = 137.5 t.
LANDING_KG = 1.2e5 * np.exp(500.0 / EXHAUST_M_S)
SHIP = {"full_payload_kg": 1e5, "tanker_propellant_kg": 1e5, "upper_isp_s": 375.0}


def low_orbit_kg_per_kg(outbound_m_s, return_m_s=0.0, inert_kg=LANDING_KG):
    """What reaches low orbit per kilogram that arrives, all flights full and nothing lost."""
    tankers = refuelling.tankers_per_flight(
        np.array(1e5),
        upper_inert_kg=inert_kg,
        outbound_m_s=outbound_m_s,
        return_m_s=return_m_s,
        **SHIP,
    )
    return 1.0 + float(tankers)


@pytest.mark.parametrize(
    ("outbound_m_s", "return_m_s", "inert_kg", "by_hand", "published"),
    [
        # (137.5 + 100) t (exp(2455 / 3677.5) - 1) = 225.5 t of propellant
        (2455.0, 0.0, LANDING_KG, 3.255, 3.26),
        # 1,494 m/s back: (137.5 exp(0.4063) + 100) exp(1.1522) - 237.5 = 731.5 t
        (4237.0, 1494.0, LANDING_KG, 8.32, 8.0),
        # 20,200 km, 55 deg: 3,656 m/s there, 1,453 back: (137.5 exp(0.3951) + 100) 2.7023 - 237.5
        (3656.0, 1453.0, LANDING_KG, 6.84, 7.1),
        # one way to the Moon no reserve is needed: 220 t (exp(6100 / 3677.5) - 1) = 935.6 t
        (6100.0, 0.0, 1.2e5, 10.36, 10.4),
    ],
)
def test_tankers_by_hand(outbound_m_s, return_m_s, inert_kg, by_hand, published):
    got = low_orbit_kg_per_kg(outbound_m_s, return_m_s, inert_kg)
    assert got == pytest.approx(by_hand, abs=0.01)
    assert got == pytest.approx(published, rel=0.05)


@given(st.floats(0, 3000), st.floats(1e4, 3e5))
def test_what_needs_no_tanker_is_the_payload_rule(outbound_m_s, inert_kg):
    # The rule's payload just empties the tanks; a kilogram more needs a tanker.
    limit = payload.payload_kg(
        np.array(outbound_m_s),
        reference_delta_v_m_s=0.0,
        leo_payload_kg=1e5,
        upper_inert_kg=inert_kg,
        upper_isp_s=375.0,
    )
    tankers = [
        refuelling.tankers_per_flight(
            limit + more, upper_inert_kg=inert_kg, outbound_m_s=outbound_m_s, **SHIP
        )
        for more in (0.0, 1.0)
    ]
    if limit > 0.0:
        assert tankers[0] == pytest.approx(0.0, abs=1e-9)
    assert tankers[1] > 0.0


def test_a_stage_comes_back_from_the_geostationary_orbit_by_hand():
    # Circular 3.0747 km/s; at the apogee of an ellipse down to 50 km sqrt(2 x 398600.4 x 6428.1 /
    # (42164.1 x 48592.3)) = 1.5815 km/s.
    back = refuelling.return_delta_v_m_s(np.array(35786.0), reentry_perigee_km=50.0)
    assert back == pytest.approx(1493.2, abs=1.0)
