"""Protection: what it costs and catches, by hand, and its order through the chain."""

from __future__ import annotations

import numpy as np
import pytest

from problems import load_problem
from problems.spacecraft import protection
from problems.units import PROTECTIONS

#: Equipment that does not shield: three hosts meet the same particles as one.
UNSHIELDED = {"radiation.self_shielding_frac": 0.0}
PROBLEM = load_problem(assumptions=UNSHIELDED)
ALL = PROBLEM.evaluate({"protection": np.array(PROTECTIONS)})
NONE, CHECKPOINT, DUPLICATE, TMR_HOST = range(4)


def guard(code):
    return protection.guard(
        np.array([code]),
        checked_frac=0.5,
        duplicate_detected_frac=0.9,
        compare_overhead_frac=0.25,
        tmr_masked_frac=0.8,
        tmr_host_power_frac=0.1,
        tmr_host_share_frac=0.3,
    )


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        # restarts, useful, copies, detected, host crashes left, host power, host mass and price
        (NONE, (1, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0)),
        (CHECKPOINT, (0, 1.0, 1.0, 0.5, 1.0, 0.0, 1.0)),
        (DUPLICATE, (0, 0.4, 2.0, 0.95, 1.0, 0.0, 1.0)),  # 1/(2 1.25); 1 - 0.5 0.1
        (TMR_HOST, (0, 1.0, 1.0, 0.5, 0.2, 0.2, 1.6)),
    ],
)
def test_guard_by_hand(code, expected):
    assert [float(np.squeeze(x)) for x in guard(code)] == pytest.approx(expected)


def test_guard_of_checkpoints_is_plain_numbers():
    assert not any(isinstance(x, np.ndarray) for x in guard(CHECKPOINT))


def restart_share(rate, job_h=24.0, restart_s=0.0):
    return protection.unprotected_efficiency(
        np.asarray(rate), gang_size=np.array(1.0), job_h=job_h, restart_s=restart_s
    )


def test_unprotected_efficiency_matches_a_simulation():
    # Days of a job of one day, interrupted at random twice a day: e^2 - 1 halves are spent.
    rng = np.random.default_rng(3)
    spent = 0.0
    for _ in range(4000):
        while (gap := rng.exponential(0.5)) < 1.0:
            spent += gap
        spent += 1.0
    assert restart_share(730.5) == pytest.approx(4000 / spent, rel=0.05)
    assert restart_share(730.5) == pytest.approx(2.0 / np.expm1(2.0))


def test_unprotected_efficiency_limits():
    assert restart_share(0.0) == pytest.approx(1.0)
    assert restart_share(1e9) < 1e-100
    # One interruption an hour and a restart of an hour: half of the time goes to restarts.
    assert restart_share(8766.0, job_h=1e-6, restart_s=3600.0) == pytest.approx(0.5, rel=1e-5)


def test_checkpoint_in_a_mixed_batch_is_bit_identical():
    for name, column in PROBLEM.evaluate({}).items():
        assert ALL[name][CHECKPOINT] == column[0], name


def test_protection_trades_work_for_silence():
    overhead = ALL["protection_overhead_fraction"]
    assert overhead[DUPLICATE] > 0.5
    assert overhead[TMR_HOST] < overhead[CHECKPOINT] < overhead[NONE]
    per_work = ALL["undetected_sdc_per_exaflop"]
    assert per_work[NONE] == per_work[CHECKPOINT] == per_work[TMR_HOST]
    # 2 % slip through, on twice the chips and 5 % more time.
    assert per_work[DUPLICATE] / per_work[CHECKPOINT] == pytest.approx(0.02 * 2.0 * 1.05)
    rate = ALL["undetected_sdc_rate_per_gpu_yr"]
    assert rate[DUPLICATE] == pytest.approx(0.02 * rate[CHECKPOINT])


def test_protection_moves_events_into_restarts():
    stops = ALL["radiation_interruption_rate_per_gpu_yr"]
    sdc, host = ALL["sdc_rate_per_gpu_yr"][0], ALL["host_crash_rate_per_gpu_yr"]
    assert stops[DUPLICATE] - stops[CHECKPOINT] == pytest.approx(0.98 * sdc)
    assert host[TMR_HOST] == pytest.approx(0.05 * host[CHECKPOINT])
    assert stops[CHECKPOINT] - stops[TMR_HOST] == pytest.approx(0.95 * host[CHECKPOINT])


def test_three_hosts_cost_power_mass_and_money():
    power = ALL["it_power_w"]
    # B200: node factor 1.43, two more hosts at a tenth of the accelerators' power.
    assert power[TMR_HOST] / power[CHECKPOINT] == pytest.approx(1.63 / 1.43)
    hosts = ALL["cost_hosts_usd"]
    assert hosts[TMR_HOST] / hosts[CHECKPOINT] == pytest.approx(1.6)
    assert ALL["launch_mass_kg"][TMR_HOST] > ALL["launch_mass_kg"][CHECKPOINT]
    assert ALL["cost_per_exaflop_usd"][TMR_HOST] > ALL["cost_per_exaflop_usd"][CHECKPOINT]


def test_duplicates_hold_the_model_twice_and_send_it_once():
    assert ALL["memory_utilisation"][DUPLICATE] == 2.0 * ALL["memory_utilisation"][CHECKPOINT]
    ratio = ALL["comms_rate_gbps"][DUPLICATE] / ALL["comms_rate_gbps"][CHECKPOINT]
    assert ratio == pytest.approx(0.5 / 1.05)
    cost = ALL["cost_per_exaflop_usd"]
    assert 2.0 < cost[DUPLICATE] / cost[CHECKPOINT] < 2.2


def test_ground_is_not_protected():
    for name in ("full", "no_chips", "launch_only"):
        assert np.ptp(ALL[f"ground_cost_per_exaflop_{name}_usd"]) == 0.0


def test_price_on_silent_corruption_by_hand():
    usd = 400.0
    priced = load_problem(assumptions={"cost.undetected_sdc_usd": usd}).evaluate({})
    free = load_problem(assumptions={"cost.undetected_sdc_usd": 0.0}).evaluate({})
    assert np.all(free["cost_undetected_sdc_usd"] == 0.0)
    events = free["undetected_sdc_per_exaflop"] * free["delivered_exaflop"]
    np.testing.assert_allclose(priced["cost_undetected_sdc_usd"], usd * events, rtol=1e-12)
    # Without decline of value, the price per FLOP is simply added.
    flat = "cost_per_exaflop_flat_usd"
    np.testing.assert_allclose(
        priced[flat] - free[flat], usd * free["undetected_sdc_per_exaflop"], rtol=1e-9
    )
    added = priced["total_cost_usd"] - free["total_cost_usd"]
    np.testing.assert_allclose(added, usd * events, rtol=1e-9)
    lift = "cost_per_exaflop_launch_only_usd"
    assert priced[lift] == free[lift]


def test_a_price_can_make_duplication_pay():
    dear = load_problem(assumptions={"cost.undetected_sdc_usd": 1e6})
    cost = dear.evaluate({"protection": ["checkpoint", "duplicate"]})["cost_per_exaflop_usd"]
    assert cost[1] < cost[0]


def test_hardened_chip_takes_dose_and_upsets_and_gives_little_work():
    chips = load_problem(allow_unverified=True, assumptions=UNSHIELDED).evaluate(
        {"gpu_model": ["B200", "XQRVC1902"], "gpu_count": [84.0, 84.0]}
    )
    sdc = chips["sdc_rate_per_gpu_yr"]
    assert sdc[1] / sdc[0] == pytest.approx(0.05 / 2.0)  # on one die instead of two
    dose = chips["dose_utilisation"]
    assert dose[1] < dose[0]
    assert chips["cost_per_exaflop_usd"][1] > 50.0 * chips["cost_per_exaflop_usd"][0]
    assert "XQRVC1902" not in [
        PROBLEM.space["gpu_model"].choices[c] for c in PROBLEM.space["gpu_model"].codes
    ]
