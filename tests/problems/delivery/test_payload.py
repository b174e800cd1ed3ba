"""What launchers carry: the payload rule, the orbits of published payloads, and the fit to them."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems.data.build import launchers as build
from problems.delivery import payload
from problems.parameters import launch_points as points_module
from problems.parameters.launch_points import launch_points
from problems.spec import SpecError
from problems.validation.launchers import residuals, rule_payload_kg

RULE = {
    "reference_delta_v_m_s": 0.0,
    "leo_payload_kg": 20000.0,
    "upper_inert_kg": 5000.0,
    "upper_isp_s": 450.0,
}
PAD = {"site_latitude_deg": 28.5, "reference_latitude_deg": 28.5}


# --- the rule -------------------------------------------------------------------------------------


def test_the_rule_gives_back_the_payload_of_its_reference_orbit():
    got = payload.payload_kg(np.array(662.0), **(RULE | {"reference_delta_v_m_s": 662.0}))
    assert got == pytest.approx(20000.0, rel=1e-12)


def test_the_rule_by_hand():
    # 25 t arrive through 2,455 m/s at 450 s as 25 exp(-2455 / 4413) = 14.333 t, 5 t of them inert.
    assert payload.payload_kg(np.array(2455.0), **RULE) == pytest.approx(9333.0, abs=2.0)


@given(st.floats(0, 9000), st.floats(1, 500))
def test_payload_falls_with_velocity_change(delta_v_m_s, more_m_s):
    near = payload.payload_kg(np.array(delta_v_m_s), **RULE)
    far = payload.payload_kg(np.array(delta_v_m_s + more_m_s), **RULE)
    assert 0.0 <= far <= near <= 20000.0
    assert far < near or near == 0.0


def test_starship_carries_the_payloads_of_its_guide():
    # Users Guide rev 1.0, Table 3. Due east to 200 km, by hand from 203.87 t at 662 m/s:
    # 203.87 exp(662.3 / 3677.5) - 103.87 = 140.2 t.
    guide = [r for r in residuals() if r.point.launcher == "starship" and r.point.fit]
    assert [r.rule_kg for r in guide] == pytest.approx([100e3, 21e3], rel=1e-3)
    assert rule_payload_kg(build.launcher_row("starship"), 0.0) == pytest.approx(140.2e3, rel=1e-3)


# --- orbits of published payloads -----------------------------------------------------------------


def insertion(perigee_km, apogee_km, inclination_deg=28.5, **changed):
    return float(
        payload.insertion_delta_v_m_s(
            perigee_km, apogee_km=apogee_km, inclination_deg=inclination_deg, **(PAD | changed)
        )
    )


def test_insertion_into_a_circular_orbit_is_the_ascent():
    # By hand from 28.5 deg: 465.1 (cos 28.5 - cos 97.8) = 471.9 m/s and Hohmann 226.3 m/s.
    assert insertion(600.0, 600.0, 97.8) == pytest.approx(698.2, abs=0.2)


def test_insertion_into_the_geostationary_orbit_turns_the_plane_at_the_apogee():
    # O24: 2,455 m/s and 1,836 m/s.
    assert insertion(35786.0, 35786.0, 0.0) == pytest.approx(4291.0, abs=2.0)


def test_insertion_towards_the_moon():
    # Perigee speed at 200 km with the apogee at 384,400 km from the centre, by hand:
    # sqrt(2 x 398600.4 x 384400 / (6578.1 x 390978.1)) = 10.916 km/s, less 7.784 km/s.
    assert insertion(200.0, 384_400.0 - 6378.137) == pytest.approx(3131.0, abs=1.0)


def test_a_transfer_orbit_that_leaves_less_costs_the_launcher_more():
    # From 28.5 deg a 200 km transfer orbit leaves 1,836 m/s: one that leaves 1,500 takes 336 more.
    standard = insertion(200.0, 35786.0)
    assert standard == pytest.approx(2455.0, abs=1.0)
    assert insertion(200.0, 35786.0, delta_v_to_go_m_s=1500.0) - standard == pytest.approx(
        336.0, abs=2.0
    )
    assert insertion(200.0, 35786.0, delta_v_to_go_m_s=1900.0) == standard


def test_a_transfer_orbit_below_the_pads_latitude_turns_at_the_apogee():
    # 1.5 deg at 1.597 km/s: 2 x 1597 sin 0.75 deg = 41.8 m/s.
    more = insertion(200.0, 35786.0, 27.0) - insertion(200.0, 35786.0)
    assert more == pytest.approx(41.8, abs=0.1)


def test_a_retrograde_orbit_turns_as_its_mirror_image_and_pays_for_the_rotation():
    # Beyond 180 - 28.5 deg as below 28.5 deg: 2 x 465.1 cos 28.5 = 817.5 m/s of rotation between.
    more = insertion(600.0, 600.0, 170.0) - insertion(600.0, 600.0, 10.0)
    assert more == pytest.approx(817.5, abs=0.2)


def test_a_polar_launch_from_a_northern_pad_counts_from_the_vehicles_own():
    # 465.1 (cos 28.5 - cos 97.6) = 470.2 m/s of rotation whatever the pad; 200 to 290 km 52.6 m/s.
    assert insertion(290.0, 290.0, 97.6, site_latitude_deg=34.6) == pytest.approx(522.8, abs=0.5)


# --- the fit --------------------------------------------------------------------------------------


def test_the_table_holds_what_the_fit_gives():
    with build.OUTPUT.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    fitted = {cells["name"]: build.fitted_cells(cells) for cells in rows}
    assert sum(map(bool, fitted.values())) == 12
    for cells in rows:
        changed = fitted[cells["name"]]
        assert changed == {name: cells[name] for name in changed}, cells["name"]


def test_a_fit_through_two_points_meets_both():
    # 14.333 of 25 t arrive: the points of the rule by hand, the other way round.
    ratio = np.exp(-np.array([0.0, 2455.0]) / (9.80665 * 450.0))
    leo_kg, inert_kg = build.fit_rule(ratio, np.array([20000.0, 9333.4]))
    assert (leo_kg, inert_kg) == pytest.approx((20000.0, 5000.0), rel=1e-3)


def test_a_fit_keeps_no_negative_inert_mass():
    # Half the mass ratio leaves more than half the payload: without inert mass, weights 1 / m,
    # m = (1/10 + 0.5/6) / (1/100 + 0.25/36) = 10.82.
    assert build.fit_rule(np.array([1.0, 0.5]), np.array([10.0, 6.0])) == pytest.approx(
        (10.82, 0.0), abs=0.01
    )


def test_fitted_points_are_met_within_the_spread_of_what_is_published():
    # 16 % is Ariane 62 to transfer orbit, of which two different payloads are published.
    fitted = [r.deviation for r in residuals() if r.point.fit]
    assert max(map(abs, fitted)) == pytest.approx(0.16, abs=0.005)
    assert np.sqrt(np.mean(np.square(fitted))) < 0.06


def test_no_figure_without_orbit_or_origin_is_fitted():
    for point in launch_points():
        if point.fit:
            assert point.has_orbit
            assert point.grade in ("P", "S", "D")
            assert point.status not in ("superseded",)


@pytest.mark.parametrize(
    ("column", "text", "message"),
    [
        ("launcher", "starshp", "launch_points.csv, line 2, launcher: unknown 'starshp'"),
        ("bound", "about", "launch_points.csv, line 2, bound: unknown 'about'"),
        ("fit", "yes", "launch_points.csv, line 2, fit: 'yes' is neither true nor false"),
        ("perigee_km", "", "launch_points.csv, line 2: fitted, but without an orbit"),
    ],
)
def test_a_faulty_point_is_refused_with_its_place(monkeypatch, column, text, message):
    good = points_module.read_table(points_module.TABLE)[0]
    monkeypatch.setattr(points_module, "read_table", lambda name: [good | {column: text}])
    with pytest.raises(SpecError, match=message):
        launch_points.__wrapped__()
