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


def test_weibull_reliability_matches_castet_and_saleh():
    # 1,584 satellites, shape 0.4521, scale 2,607 yr: 94.3 % at five years.
    found = reliability.weibull_reliability(np.array([0.0, 5.0]), shape=0.4521, scale_yr=2607.0)
    np.testing.assert_allclose(found, [1.0, 0.9426], atol=0.002)


@pytest.mark.parametrize("shape", [(), (1,), (3,), (0,), (2, 3)])
def test_reliability_functions_keep_the_shape(shape):
    assert alive(0.1 * np.ones(shape)).shape == shape
