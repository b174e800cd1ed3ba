"""Compute: power, rates, pauses and checkpoints, against published clusters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.spacecraft import compute
from problems.units import SECONDS_PER_YEAR


def efficiency(rate_per_gpu_yr, gang=8.0, checkpoint_s=10.0, restart_s=300.0):
    return compute.checkpoint_efficiency(
        np.asarray(rate_per_gpu_yr),
        gang_size=np.asarray(gang),
        checkpoint_s=checkpoint_s,
        restart_s=restart_s,
    )


def duty(sunlit, eclipse_power=0.0, eclipses=0.0, resume_s=120.0):
    return compute.compute_duty(
        np.asarray(sunlit),
        eclipse_power_fraction=np.asarray(eclipse_power),
        eclipses_per_yr=np.asarray(eclipses),
        resume_s=resume_s,
    )


def test_it_power_w_matches_a_gb300_rack():
    # GB300 NVL72: 72 GPUs of 1.4 kW in a rack of 120 to 140 kW (vendor material).
    rack = compute.it_power_w(
        np.array(72.0), tdp_w=np.array(1400.0), node_power_factor=np.array(1.35)
    )
    assert 120e3 <= rack <= 140e3


def test_it_power_w_doubles_with_the_count():
    count = np.array([1.0, 2.0, 4.0])
    power = compute.it_power_w(count, tdp_w=np.array(1000.0), node_power_factor=np.array(1.43))
    np.testing.assert_allclose(power / power[0], count)


@pytest.mark.parametrize(("precision", "rates"), [(0, [989, 2500]), (1, [1979, 5000])])
def test_dense_rate_tflops_follows_the_precision(precision, rates):
    # Dense rates of H100 and GB200; the H100 has no fp4, which must not leak into the others.
    assert dense_rates(precision).tolist() == rates
    assert np.isnan(dense_rates(2)[0])
    assert dense_rates(2)[1] == 10_000.0


def test_dense_rate_tflops_takes_a_precision_per_future():
    futures = dense_rates(np.array([[0.0], [1.0]]))
    assert futures.tolist() == [[989.0, 2500.0], [1979.0, 5000.0]]


def dense_rates(precision):
    return compute.dense_rate_tflops(
        np.array([989.0, 2500.0]),
        fp8_dense_tflops=np.array([1979.0, 5000.0]),
        fp4_dense_tflops=np.array([np.nan, 10_000.0]),
        precision=precision,
    )


def test_compute_duty_pays_for_each_pause():
    # 4 % dark, 1,000 pauses of 120 s: 0.96 - 1.2e5 / 3.15576e7 = 0.956197, by hand.
    assert duty(0.96, eclipses=1000.0) == pytest.approx(0.956197, abs=1e-6)


def test_running_fraction_counts_neither_resumes_nor_carried_eclipses():
    # 40 % dark, a quarter of it on battery: 1 - 0.75 0.4.
    found = compute.running_fraction(np.array(0.6), eclipse_power_fraction=np.array(0.25))
    assert found == pytest.approx(0.7)


def test_compute_duty_is_full_on_battery():
    assert duty(0.6, eclipse_power=1.0, eclipses=5500.0) == pytest.approx(1.0)


def test_compute_duty_never_turns_negative():
    assert duty(0.01, eclipses=1e6) == 0.0


def test_checkpoint_efficiency_matches_llama_3():
    # Llama 3 report: 419 stops in 54 days on 16,384 GPUs, more than 90 % effective training time.
    rate = 419 / 16_384 / 54 * 365.25
    assert 0.90 < efficiency(rate, gang=16_384) < 1.0


def test_checkpoint_efficiency_by_hand():
    # Stops 0.78 h apart, 10 s to write, 300 s to restart: x = sqrt(10/5616) = 0.042198, interval
    # 236.98 (1 + 0.014066 + 0.000198) - 10 = 230.36 s; 230.36 / (2808 e^0.106838 (e^0.0856 - 1)).
    assert efficiency(8766.0 / 0.78, gang=1.0) == pytest.approx(0.8250, abs=1e-4)
    # Checkpoints that take four times the time between stops: work for that time, e^-5 of it done.
    rare = efficiency(SECONDS_PER_YEAR / 100.0, gang=1.0, checkpoint_s=400.0, restart_s=0.0)
    assert rare == pytest.approx(1.0 / np.expm1(5.0), rel=1e-12)


def test_checkpoint_efficiency_tends_to_young():
    # Stops a month apart: 1/(1 + sqrt(2 d/M)) to first order.
    month_s = SECONDS_PER_YEAR / 12.0
    young = 1.0 / (1.0 + np.sqrt(20.0 / month_s))
    assert efficiency(12.0, gang=1.0, restart_s=0.0) == pytest.approx(young, abs=1e-5)


def simulated_efficiency(between_stops_s, interval_s, checkpoint_s=10.0, restart_s=300.0):
    """Share of useful time of a gang, event by event; restarts can be interrupted."""
    rng = np.random.default_rng(5)
    goal, clock, work, phase = 20_000, 0.0, 0, "segment"
    lengths = {"segment": interval_s + checkpoint_s, "restart": restart_s}
    while work < goal:
        stop = rng.exponential(between_stops_s)
        clock += min(stop, lengths[phase])
        work += phase == "segment" and stop >= lengths[phase]
        phase = "segment" if stop >= lengths[phase] else "restart"
    return goal * interval_s / clock


@pytest.mark.parametrize(("hours", "interval_s"), [(0.08, 69.4), (0.78, 230.4), (5.0, 593.4)])
def test_checkpoint_efficiency_matches_an_event_simulation(hours, interval_s):
    simulated = simulated_efficiency(3600.0 * hours, interval_s)
    assert efficiency(8766.0 / hours, gang=1.0) == pytest.approx(simulated, rel=0.02)


@settings(max_examples=30, deadline=None)
@given(rate=st.floats(0.0, 1e4), gang=st.floats(1.0, 20_000.0), more=st.floats(1.01, 100.0))
def test_checkpoint_efficiency_falls_with_rate_and_gang(rate, gang, more):
    once = efficiency(rate, gang)
    assert 0.0 < once <= 1.0
    assert efficiency(rate * more, gang) <= once
    assert efficiency(rate, gang * more) <= once


def test_exaflop_per_year_counts_seconds():
    # 1 PFLOP/s for a Julian year: 1e15 * 3.15576e7 = 31,557.6e18.
    assert compute.exaflop_per_year(np.array(1.0), duty=np.array(1.0)) == pytest.approx(31_557.6)


@pytest.mark.parametrize("shape", [(), (1,), (3,), (0,), (2, 3)])
def test_compute_functions_keep_the_shape(shape):
    ones = np.ones(shape)
    assert efficiency(ones).shape == shape
    assert duty(0.9 * ones).shape == shape
