"""Mass: shield, roll-up and propellant, against hand-worked values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.spacecraft import mass


def rolled_up(subsystems=100.0, growth=10.0, structure=22.0, harness=0.05, error=1.0):
    return mass.dry_mass(
        np.asarray(subsystems),
        growth_kg=np.asarray(growth),
        structure_kg=np.asarray(structure),
        harness_fraction=harness,
        prediction_error=error,
    )


def fuelled(dry=2000.0, delta_v=350.0, impulse=0.0, isp=2500.0, tank=0.12, residual=0.03):
    return mass.wet_mass(
        np.asarray(dry),
        delta_v_m_s=np.asarray(delta_v),
        impulse_n_s=np.asarray(impulse),
        isp_s=isp,
        tank_fraction=tank,
        residual_fraction=residual,
    )


def test_bay_surface_m2_is_that_of_a_cube():
    np.testing.assert_allclose(mass.bay_surface_m2(np.array([1.0, 8.0, 27.0])), [6.0, 24.0, 54.0])


@pytest.mark.parametrize(("thick_mm", "kilograms"), [(0.5, 0.0), (1.5, 0.0), (11.5, 270.0)])
def test_shield_mass_kg_charges_only_what_exceeds_the_wall(thick_mm, kilograms):
    # 10 m2 * 10 mm * 2.7 kg/m2/mm = 270 kg; the wall of 1.5 mm is there anyway.
    found = mass.shield_mass_kg(np.array(10.0), shield_mm=np.array(thick_mm), wall_mm=1.5)
    assert found == pytest.approx(kilograms)


def test_dry_mass_matches_the_hand_roll_up():
    # 110 kg with growth, 22 kg of structure, / 0.95 harness = 138.947 kg, without any margin.
    assert rolled_up().dry_kg == pytest.approx(138.947, abs=1e-3)


def test_structure_carries_the_body_and_the_roots_of_the_deployables():
    # 0.22 * 1,000 kg + 0.05 * 2,000 kg = 320 kg: wings carry themselves.
    carried = {"body_fraction": 0.22, "root_fraction": 0.05}
    structure = mass.structure_mass_kg(np.array(1e3), deployables_kg=np.array(2e3), **carried)
    assert structure == pytest.approx(320.0)


def test_prediction_error_multiplies_the_dry_mass_and_shows_in_the_growth():
    # 138.947 kg * 1.25 = 173.684 kg; growth 10 + 34.737 kg. * 0.85: 118.105 kg, growth -10.842 kg.
    assert rolled_up(error=1.25).dry_kg == pytest.approx(173.684, abs=1e-3)
    assert rolled_up(error=1.25).growth_kg == pytest.approx(44.737, abs=1e-3)
    assert rolled_up(error=0.85).growth_kg == pytest.approx(-10.842, abs=1e-3)


@settings(max_examples=30, deadline=None)
@given(
    subsystems=st.floats(1.0, 1e6),
    structure=st.floats(0.0, 1e6),
    harness=st.floats(0.0, 0.3),
    error=st.floats(0.5, 1.5),
)
def test_dry_mass_parts_add_up(subsystems, structure, harness, error):
    dry = rolled_up(subsystems, 0.1 * subsystems, structure, harness, error)
    parts = subsystems + dry.growth_kg + structure + dry.harness_kg
    assert dry.dry_kg == pytest.approx(parts, rel=1e-12)
    predicted = dry.dry_kg / error
    assert dry.harness_kg == pytest.approx(harness * predicted, rel=1e-9, abs=1e-9)


def test_wet_mass_matches_the_argon_example():
    # 2 t at 350 m/s and 2,500 s use 28 kg (published example, two digits).
    assert fuelled(tank=0.0, residual=0.0).propellant_kg == pytest.approx(28.75, abs=0.1)


@settings(max_examples=30, deadline=None)
@given(
    dry=st.floats(10.0, 1e6),
    delta_v=st.floats(0.0, 3000.0),
    tank=st.floats(0.0, 0.3),
    residual=st.floats(0.0, 0.1),
)
def test_wet_mass_obeys_the_rocket_equation(dry, delta_v, tank, residual):
    wet = fuelled(dry, delta_v, 0.0, 2000.0, tank, residual)
    used = wet.propellant_kg / (1.0 + residual)
    burnout = dry + wet.tank_kg  # residuals are counted apart from what the burn has to carry
    growth = np.expm1(delta_v / (9.80665 * 2000.0))
    assert used == pytest.approx(burnout * growth, rel=1e-9, abs=1e-9)
    assert wet.on_orbit_kg == pytest.approx(dry + wet.tank_kg + wet.propellant_kg, rel=1e-12)


def test_wet_mass_adds_drag_by_impulse_whatever_the_mass():
    # 1e6 N s at 2,500 s: 1e6 / (9.80665 * 2500) = 40.79 kg, light or heavy.
    for dry in (100.0, 10_000.0):
        found = fuelled(dry, 0.0, 1e6, tank=0.0, residual=0.0).propellant_kg
        assert found == pytest.approx(40.79, abs=0.01)


def test_drag_impulse_n_s_is_rate_area_and_life():
    found = mass.drag_impulse_n_s(
        np.array(100.0), drag_area_m2=np.array(2.0), life_yr=np.array(5.0)
    )
    assert found == pytest.approx(1000.0)


def test_burn_time_yr_is_momentum_over_thrust():
    # 1 t through 100 m/s at 0.1 N: 1e6 s = 0.03169 yr.
    found = mass.burn_time_yr(np.array(100.0), mass_kg=np.array(1000.0), thrust_n=0.1)
    assert found == pytest.approx(0.031688, abs=1e-6)


@pytest.mark.parametrize("shape", [(), (1,), (3,), (0,), (2, 3)])
def test_mass_functions_keep_the_shape(shape):
    ones = np.ones(shape)
    assert rolled_up(ones, ones).dry_kg.shape == shape
    assert fuelled(ones).on_orbit_kg.shape == shape
