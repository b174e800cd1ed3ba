"""Links of a cluster: terminals, steps that wait, switches, bisection."""

from __future__ import annotations

import numpy as np
import pytest

from problems.spacecraft import cluster

TERMINAL = {
    "overlap_frac": 0.8,
    "min_terminals": 2.0,
    "max_terminals": 6.0,
    "spare_terminals": 1.0,
    "terminal_mass_kg": 5.0,
    "terminal_power_w": 20.0,
    "terminal_cost_usd": 5e4,
    "usd_per_gbps": 3.0,
    "energy_pj_per_bit": 20.0,
}


def fit(required_gbps, rate_gbps=1000.0, **changed):
    return cluster.cluster_terminals(
        np.asarray(required_gbps, dtype=float),
        rate_per_terminal_gbps=np.asarray(rate_gbps),
        **(TERMINAL | changed),
    )


def test_terminals_carry_the_traffic_within_the_share_that_hides_it():
    got = fit([0.0, 800.0, 2400.0, 8000.0])
    assert got.terminals.tolist() == [0.0, 3.0, 4.0, 7.0]
    assert got.installed_gbps.tolist() == [0.0, 1000.0, 3000.0, 6000.0]  # six is the most
    assert got.mass_kg.tolist() == [0.0, 15.0, 20.0, 35.0]
    assert got.cost_usd.tolist() == [0.0, 153e3, 209e3, 368e3]


def test_a_bit_takes_its_energy():
    # 1,923 Gbit/s at 20 pJ are 38.5 W, on two terminals of 20 W.
    assert float(fit(1923.0, 1e5).power_w) == pytest.approx(40.0 + 38.46)


def test_steps_wait_for_what_work_does_not_hide():
    got = fit(8000.0)
    waits = cluster.step_efficiency(
        np.array(8000.0), available_gbps=got.installed_gbps, overlap_frac=0.8
    )
    assert float(waits) == pytest.approx(1.0 / (1.0 + 8000 / 6000 - 0.8))
    hidden = fit(2400.0)
    full = cluster.step_efficiency(
        np.array(2400.0), available_gbps=hidden.installed_gbps, overlap_frac=0.8
    )
    assert float(full) == pytest.approx(1.0)


def test_compute_share_of_published_networks():
    assert float(cluster.compute_share(10.0, layers=3.0)) == 0.625
    assert float(cluster.compute_share(12.0, layers=4.0)) == 12.0 / 22.0
    # (k/2)^(L - 1) satellites compute at most: 25 and 216.
    assert cluster.clos_layers(np.array([25.0, 26.0]), links_per_switch=10.0).tolist() == [3, 4]
    assert cluster.clos_layers(np.array([216.0, 217.0]), links_per_switch=12.0).tolist() == [4, 5]


def test_bisection_of_the_lattice_has_eleven_links():
    assert cluster.bisection_links(np.array([1.0, 81.0])).tolist() == [0.0, 11.0]
