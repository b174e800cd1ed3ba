"""Life of the bus: published survival, and its mean against adaptive quadrature."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from problems.spacecraft import bus_life


def test_weibull_reliability_matches_castet_and_saleh():
    # 1,584 satellites, shape 0.4521, scale 2,607 yr: 94.3 % at five years.
    found = bus_life.weibull_reliability(np.array([0.0, 5.0]), shape=0.4521, scale_yr=2607.0)
    np.testing.assert_allclose(found, [1.0, 0.9426], atol=0.002)


@pytest.mark.parametrize(("years", "survival"), [(1.0, 0.972), (10.0, 0.922), (15.0, 0.908)])
def test_weibull_reliability_matches_castet_and_saleh_over_the_life(years, survival):
    found = bus_life.weibull_reliability(np.array(years), shape=0.4521, scale_yr=2607.0)
    assert found == pytest.approx(survival, abs=6e-4)


def test_weibull_multiplier_scales_the_exponent():
    once, twice = (
        bus_life.weibull_reliability(
            np.array(8.0), shape=0.4521, scale_yr=2607.0, multiplier=multiplier
        )
        for multiplier in (1.0, 2.0)
    )
    assert twice == pytest.approx(once**2)


def mean_bus_survival(life, rate, transfer=0.0, multiplier=1.0):
    times = bus_life.work_times(np.asarray(life), transfer_time_yr=np.asarray(transfer))
    bus = bus_life.weibull_reliability(
        times.since_launch_yr, shape=0.4521, scale_yr=2607.0, multiplier=multiplier
    )
    return bus_life.mean_survival(bus, exponents=rate * times.since_arrival_yr)


@pytest.mark.parametrize("life", [2.0, 5.0, 11.0, 15.0])
@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("transfer", [0.0, 0.7])
def test_mean_survival_matches_adaptive_quadrature(life, rate, transfer):
    def fading(time):
        return np.exp(-rate * time)

    def alive(time):
        return fading(time) * np.exp(-(((time + transfer) / 2607.0) ** 0.4521))

    expected = quad(alive, 0.0, life)[0] / quad(fading, 0.0, life)[0]
    assert mean_bus_survival([life], rate, transfer) == pytest.approx(expected, rel=1.5e-3)


def test_mean_survival_stays_finite_where_nothing_survives():
    found = mean_bus_survival([15.0], 1e5)
    assert np.isfinite(found).all()
    assert (found > 0.9).all()


def test_weibull_mean_rate_gives_the_mean_survival():
    # 11 years: 0.944 alive on average, where a constant 1.5 % a year would leave 0.921.
    life = np.array([2.0, 5.0, 11.0, 15.0])
    rate = bus_life.weibull_mean_rate_per_yr(life, shape=0.4521, scale_yr=2607.0, multiplier=1.0)
    alive = -np.expm1(-rate * life) / (rate * life)
    np.testing.assert_allclose(alive, mean_bus_survival(life, 0.0), atol=1e-3)
    assert alive[2] == pytest.approx(0.944, abs=1e-3)
