"""Reliability: ageing, attrition and survival, against published populations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.spacecraft import reliability


def alive(rate, life=5.0):
    return reliability.mean_alive_fraction(np.asarray(rate), life_yr=np.asarray(life))


def test_arrhenius_factor_is_one_at_the_reference():
    factor = reliability.arrhenius_factor(
        np.array(65.0), reference_c=65.0, activation_energy_ev=0.7
    )
    assert factor == pytest.approx(1.0)


def test_arrhenius_factor_matches_the_textbook_case():
    # JESD22 class example: 0.7 eV from 55 to 125 degC accelerates by 77.9 (k = 8.617e-5 eV/K).
    factor = reliability.arrhenius_factor(
        np.array(125.0), reference_c=55.0, activation_energy_ev=0.7
    )
    assert factor == pytest.approx(77.9, rel=0.01)


@pytest.mark.parametrize(("rate", "share"), [(0.09, 0.8053), (0.03, 0.929)])
def test_mean_alive_fraction_matches_hand_values(rate, share):
    # (1 - e^-x)/x at x = 0.45 and 0.15.
    assert alive(rate) == pytest.approx(share, abs=5e-4)


@pytest.mark.parametrize(("rate", "overbuild"), [(0.10, 1.27), (0.20, 1.58)])
def test_mean_alive_fraction_matches_turyshev(rate, overbuild):
    # arXiv:2604.27197: lambda T / (1 - e^(-lambda T)) over five years.
    assert 1.0 / alive(rate) == pytest.approx(overbuild, abs=0.005)


def test_mean_alive_fraction_is_one_without_failures():
    assert alive(0.0) == pytest.approx(1.0, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(rate=st.floats(0.0, 5.0), life=st.floats(0.1, 15.0))
def test_decayed_years_is_the_integral(rate, life):
    # Trapezoid over a fine grid is the independent value.
    time = np.linspace(0.0, life, 4001)
    expected = np.trapezoid(np.exp(-rate * time), time)
    found = reliability.decayed_years(np.asarray(rate), life_yr=np.asarray(life))
    assert found == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("shape", [(), (1,), (3,), (0,), (2, 3)])
def test_reliability_functions_keep_the_shape(shape):
    assert alive(0.1 * np.ones(shape)).shape == shape


def aged(junction_c, **changes):
    numbers = {
        "gpu_failure_rate_per_yr": 0.04,
        "thermal_share": 0.5,
        "host_failure_rate_per_yr": 0.046,
        "reference_c": 65.0,
        "activation_energy_ev": 0.7,
    }
    return reliability.ageing_rate(
        np.asarray(junction_c), cooling_k=np.asarray(10.0), **numbers | changes
    )


def test_ageing_rate_by_hand():
    # At 75 degC the factor is e^(0.7/8.617e-5 (1/338.15 - 1/348.15)) = 1.994:
    # 0.04 (0.5 + 0.5 1.994) + 0.046 = 0.10588. Slope 0.7/(8.617e-5 348.15^2) 10 K = 0.6702, of
    # which 0.03988/0.10588 counts.
    found = aged(75.0)
    assert found.rate_per_yr == pytest.approx(0.10588, abs=2e-5)
    assert found.slowing == pytest.approx(0.6702 * 0.03988 / 0.10588, rel=1e-3)


def test_ageing_rate_without_a_thermal_share_is_the_same_at_every_temperature():
    np.testing.assert_allclose(aged([30.0, 90.0], thermal_share=0.0).rate_per_yr, 0.086)
    assert np.all(aged([30.0, 90.0], thermal_share=0.0).slowing == 0.0)
