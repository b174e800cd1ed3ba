"""Cold spares: against event simulations of pools and gangs, by hand, and through the chain."""

from __future__ import annotations

import heapq

import numpy as np
import pytest

from problems import load_problem
from problems.spacecraft import compute, reliability
from problems.units import SECONDS_PER_YEAR

PROBLEM = load_problem()


def years(spare_fraction, dormant, rate, fading, life):
    return float(
        reliability.spared_years(
            np.array(rate),
            covered=reliability.covered_exponent(
                np.array(spare_fraction), dormant_share=np.array(dormant)
            ),
            fading_per_yr=np.array(fading),
            life_yr=np.array(life),
        )
    )


#: Spares, dormant share, loss, fading, life, and an independent event simulation with its number.
SIMULATED = [
    (200, 0.0, 0.1, 0.04, 0.10, 8.0, 4.815),
    (200, 0.05, 0.1, 0.04, 0.10, 8.0, 5.025),
    (200, 0.2, 0.1, 0.06, 0.25, 11.2, 3.537),
    (500, 0.5, 0.05, 0.30, 0.20, 2.0, 1.635),
    (200, 0.4, 0.1, 0.04, 0.10, 8.0, 5.507),
    (72, 0.2, 0.3, 0.10, 0.15, 6.0, 3.573),
    (16, 0.25, 0.1, 0.08, 0.30, 10.0, 2.949),
    (8, 0.125, 0.1, 0.05, 0.20, 8.0, 3.717),
]


@pytest.mark.parametrize(
    ("count", "share", "dormant", "rate", "fading", "life", "found"), SIMULATED
)
def test_spared_years_match_an_event_simulation(count, share, dormant, rate, fading, life, found):
    # Many accelerators are assumed: 200 are right to 0.1 %, 72 to 0.5, 16 to 1.0 and 8 to 1.7 %.
    assert years(share, dormant, rate, fading, life) == pytest.approx(
        found, rel=2e-3 if count >= 200 else 0.02
    )


def test_spared_years_without_spares_are_the_closed_form_of_attrition():
    for rate, fading, life in ((0.04, 0.1, 8.0), (0.5, 0.0, 15.0), (0.0, 0.3, 2.0)):
        closed = reliability.decayed_years(np.array(rate + fading), life_yr=np.array(life))
        assert years(0.0, 0.1, rate, fading, life) == pytest.approx(float(closed), rel=1e-12)


def test_spares_that_never_run_out_leave_all_the_work():
    # s >= (e^(k r L) - 1)/k: e^(0.1 0.04 8) - 1 = 0.03252, over 0.1.
    full = (1.0 - np.exp(-0.1 * 8.0)) / 0.1
    assert years(0.3252, 0.1, 0.04, 0.1, 8.0) == pytest.approx(full, rel=1e-6)
    assert years(1.0, 0.1, 0.04, 0.1, 8.0) == pytest.approx(full, rel=1e-12)
    assert years(0.30, 0.1, 0.04, 0.1, 8.0) < full


class GangSimulation:
    """Gangs of eight that write checkpoints, stop, restart, and replace what is lost for good."""

    gang, checkpoint_s, restart_s = 8, 600.0, 1800.0

    def __init__(self, count, spare, *, dormant, loss, stops, life, seed):
        self.rng = np.random.default_rng(seed)
        self.loss, self.dormant, self.life_s = loss, dormant, life * SECONDS_PER_YEAR
        self.stop_s = SECONDS_PER_YEAR / (stops * self.gang)  # mean, without losses for good
        between_s = SECONDS_PER_YEAR / ((stops + loss) * self.gang)
        x = np.sqrt(self.checkpoint_s / (2.0 * between_s))
        interval_s = np.sqrt(2.0 * self.checkpoint_s * between_s) * (1.0 + x / 3.0 + x * x / 9.0)
        self.interval_s = interval_s - self.checkpoint_s
        self.gangs, self.hot, self.spares = list(range(count // self.gang)), 0, round(spare * count)
        self.version, self.done, self.queue = [0] * len(self.gangs), 0, []

    def start(self, gang, clock, restarting):
        length = self.restart_s if restarting else self.interval_s + self.checkpoint_s
        stop = self.rng.exponential(self.stop_s)
        end, whole = clock + min(stop, length), stop >= length
        entry = (end, gang, self.version[gang], whole, restarting)
        heapq.heappush(self.queue, entry)

    def next_loss(self, clock):
        powered = len(self.gangs) * self.gang + self.hot
        rate = self.loss * (powered + self.dormant * self.spares)
        return clock + self.rng.exponential(SECONDS_PER_YEAR / rate)

    def lose(self, clock):
        """Lose an accelerator with power, or a spare."""
        powered = len(self.gangs) * self.gang + self.hot
        if self.rng.random() * (powered + self.dormant * self.spares) > powered:
            self.spares -= 1
            return
        hit = self.gangs[self.rng.integers(len(self.gangs))]
        self.version[hit] += 1
        if self.spares:
            self.spares -= 1
        elif self.hot:
            self.hot -= 1
        else:  # the gang breaks up, and the rest of it replaces the next seven
            self.hot = self.gang - 1
            self.gangs.remove(hit)
            return
        self.start(hit, clock, restarting=True)

    def run(self):
        """Years of useful work of one gang times gangs, per gang at the start."""
        count, loss_s = len(self.gangs), self.next_loss(0.0)
        for gang in self.gangs:
            self.start(gang, 0.0, restarting=False)
        while min(self.queue[0][0], loss_s) < self.life_s:
            if loss_s < self.queue[0][0]:
                self.lose(loss_s)
                loss_s = self.next_loss(loss_s)
                continue
            clock, gang, version, whole, restarting = heapq.heappop(self.queue)
            if version == self.version[gang] and gang in self.gangs:
                self.done += whole and not restarting
                self.start(gang, clock, restarting=not whole)
        return self.done * self.interval_s / (count * SECONDS_PER_YEAR)


@pytest.mark.parametrize(("spare", "seed"), [(0.0, 1), (0.1, 2), (0.3, 3)])
def test_gangs_with_spares_and_checkpoints_match_an_event_simulation(spare, seed):
    # 800 accelerators for a year at 40 % of losses, each of them stopped 60 times a year.
    numbers = {"dormant": 0.1, "loss": 0.4, "stops": 60.0, "life": 1.0}
    found = GangSimulation(800, spare, seed=seed, **numbers).run()
    useful = compute.checkpoint_efficiency(
        np.array(60.4), gang_size=np.array(8.0), checkpoint_s=600.0, restart_s=1800.0
    )
    expected = useful * years(spare, 0.1, 0.4, 0.0, 1.0)
    assert expected == pytest.approx(found, rel=0.02)


def outputs(**changes):
    return {k: v[0] for k, v in PROBLEM.evaluate({k: [v] for k, v in changes.items()}).items()}


def test_spares_weigh_cost_and_fill_the_bay_but_draw_no_power():
    bare, spared = outputs(), outputs(spare_fraction=0.25)
    for name in ("mass_gpus_kg", "mass_host_kg", "cost_gpus_usd", "cost_hosts_usd"):
        assert spared[name] == pytest.approx(1.25 * bare[name])
    assert spared["bay_volume_m3"] == pytest.approx(1.25 * bare["bay_volume_m3"])
    for name in ("it_power_w", "installed_pflops", "memory_gb", "mass_battery_kg", "mass_array_kg"):
        assert spared[name] == bare[name]
    assert spared["radiator_temperature_k"] == bare["radiator_temperature_k"]


def test_spares_keep_accelerators_at_work_until_they_are_gone():
    # 5 years at about 8 % a year: 10 % of spares last a bit more than a year, half of all of it.
    none, few, many = (outputs(spare_fraction=s)["gpu_alive_fraction"] for s in (0.0, 0.1, 0.6))
    assert none < few < many
    assert many == pytest.approx(1.0)


def test_survivors_by_spares_load_array_and_radiator_to_the_end():
    none, many = (outputs(spare_fraction=s, design_life_yr=8.0) for s in (0.0, 1.0))
    assert many["power_utilisation"] > none["power_utilisation"]
    assert many["junction_margin_k"] <= none["junction_margin_k"]


def test_a_design_without_spares_is_the_same_beside_one_with_them():
    alone = PROBLEM.evaluate({"spare_fraction": [0.0]})
    mixed = PROBLEM.evaluate({"spare_fraction": [0.0, 0.5]})
    for name, column in alone.items():
        assert mixed[name][0] == column[0], name


def test_dose_takes_spares_too():
    # 2,500 km behind a thin shield: total dose ends many, with power or without.
    hot = {"altitude_km": 2500.0, "shield_mm": 1.0, "design_life_yr": 8.0, "spare_fraction": 1.0}
    found = outputs(**hot)
    assert found["tid_loss_rate_per_gpu_yr"] > 0.1
    assert found["gpu_alive_fraction"] < 0.9
