"""Clusters and platforms in the chain: what they add, and that one satellite has none of it."""

from __future__ import annotations

import numpy as np
import pytest

from problems.compute_satellite.problem import ComputeSatellite
from problems.parameters.assumptions import assumption_rows
from problems.units import WORKLOADS

PROBLEM = ComputeSatellite()
TRAINING = ComputeSatellite(assumptions={"comms.workload": float(WORKLOADS.index("training"))})
DILOCO = ComputeSatellite(assumptions={"comms.workload": float(WORKLOADS.index("diloco"))})
SATELLITES = [1, 8, 16, 81]


def test_levers_are_held_at_one_satellite():
    for name in ("cluster_satellites", "cluster_spacing_m", "sync_every_steps", "modules"):
        assert PROBLEM.space[name].held
    assert PROBLEM.space["cluster_satellites"].default == PROBLEM.space["modules"].default == 1


def test_one_satellite_among_clusters_is_the_one_alone():
    alone = TRAINING.evaluate({"gpu_count": [84]})
    among = TRAINING.evaluate({"gpu_count": [84] * 4, "cluster_satellites": SATELLITES})
    for name, column in alone.items():
        assert among[name][0] == column[0], name
    joined = PROBLEM.evaluate({"gpu_count": [84, 84], "modules": [1, 13]})
    for name, column in PROBLEM.evaluate({"gpu_count": [84]}).items():
        assert joined[name][0] == column[0], name


def test_traffic_of_84_accelerators_is_the_published_one():
    # F = 84 x 2.25 PFLOP/s x 0.4 = 7.56e16 FLOP/s: 168 Gbit/s at 8, 360 at 16, 1,923 at 81.
    out = TRAINING.evaluate({"gpu_count": [84] * 4, "cluster_satellites": SATELLITES})
    assert out["comms_rate_gbps"] == pytest.approx([0.0, 168.0, 360.0, 1923.0], rel=0.005)
    np.testing.assert_allclose(out["step_efficiency"], 1.0)
    assert out["comms_rate_utilisation"].max() < 0.1  # neighbours take it, not the mesh


def test_a_cluster_pays_the_ground_for_its_tokens_and_checkpoints():
    designs = {"gpu_count": [84] * 3, "cluster_satellites": [8, 16, 81]}
    free = {"comms.workload": 0.0, "comms.site_cost_usd": 0.0}
    out, without = TRAINING.evaluate(designs), ComputeSatellite(assumptions=free).evaluate(designs)
    # 7.56e16 / (6 x 405e9) tokens of 32 bits, 6.48 TB an hour; 15 million USD for 70 Gbit/s.
    gbps = 7.56e16 / 2.43e12 * 32e-9 + 14.4 / np.array([8.0, 16.0, 81.0])
    network = out["cost_ground_network_usd"] - without["cost_ground_network_usd"]
    np.testing.assert_allclose(network, gbps * 15e6 / 70.0, rtol=1e-9)


def test_the_former_constant_overrides_the_traffic():
    former = ComputeSatellite(
        assumptions={"comms.workload": 0.0, "comms.training_bits_per_flop": 1e-4}
    )
    out = former.evaluate({"gpu_count": [84]})
    assert float(out["comms_rate_gbps"][0]) == pytest.approx(7560.0)
    assert float(out["comms_rate_utilisation"][0]) > 1.0


def test_rare_synchronisation_lets_long_links_suffice():
    out = DILOCO.evaluate(
        {"gpu_count": [84] * 3, "cluster_satellites": [81] * 3, "sync_every_steps": [1, 100, 500]}
    )
    assert out["comms_rate_gbps"][1] == pytest.approx(4.8, rel=0.01)
    mesh_km = assumption_rows()["comms.mesh_spacing_km"].nominal
    frequent, usual, rare = out["cluster_reach_km"]
    assert usual == pytest.approx(10.0 * frequent)
    assert rare > usual > mesh_km
    np.testing.assert_allclose(out["step_efficiency"], 1 / (1 + 0.02 * np.array([0.01, 1, 5])))


def test_synchronisation_interval_means_nothing_to_other_workloads():
    x = TRAINING.space.matrix({"cluster_satellites": [81], "sync_every_steps": [7]})
    at = TRAINING.space.index["sync_every_steps"]
    assert TRAINING.canonical(x)[0, at] == 100.0
    assert not TRAINING.active(x)[0, at]
    assert DILOCO.canonical(x)[0, at] == 7.0
    assert DILOCO.active(x)[0, at]
    alone = TRAINING.space.matrix({"cluster_spacing_m": [700.0]})
    assert TRAINING.canonical(alone)[0, TRAINING.space.index["cluster_spacing_m"]] == 100.0


def test_synchronisation_interval_counts_under_futures_of_the_workload_that_has_one():
    names = ["comms_rate_gbps", "step_efficiency", "cost_per_exaflop_usd"]
    x = PROBLEM.space.matrix({"cluster_satellites": [81] * 3, "sync_every_steps": [1, 7, 500]})
    workloads = [WORKLOADS.index(name) for name in ("training", "diloco")]
    crossed = PROBLEM.evaluate_futures(x, {"comms.workload": workloads}, names)
    for row, problem in enumerate((TRAINING, DILOCO)):
        own = {"comms.workload": np.full(3, float(workloads[row]))}
        pairs, expected = PROBLEM.evaluate_pairs(x, own, names), problem.evaluate(x, names)
        for name in names:
            np.testing.assert_array_equal(pairs[name], expected[name])
            np.testing.assert_array_equal(crossed[name][row], expected[name])
        slopes = PROBLEM.pair_jacobian(x, own, names)
        np.testing.assert_allclose(slopes, problem.jacobian(x, names), rtol=1e-9)
    assert len(np.unique(crossed["comms_rate_gbps"][1])) == 3


def test_closeness_costs_satellites_and_distance_costs_propellant():
    out = TRAINING.evaluate(
        {"cluster_satellites": [81] * 3, "cluster_spacing_m": [50.0, 500.0, 5000.0]}
    )
    assert np.all(np.diff(out["cluster_loss_rate_per_yr"]) < 0.0)
    assert np.all(np.diff(out["cluster_keeping_delta_v_m_s_per_yr"]) > 0.0)
    assert np.all(np.diff(out["mass_propellant_kg"]) > 0.0)


def test_experts_that_are_spread_need_switches():
    spread = ComputeSatellite(
        assumptions={"comms.workload": 0.0, "traffic.all_to_all_bits_per_flop": 4e-4}
    )
    out = spread.evaluate({"cluster_satellites": [1, 25]})
    assert out["cluster_compute_share"].tolist() == [1.0, 0.625]
    assert out["cost_switches_usd"][0] == 0.0 < out["cost_switches_usd"][1]


def test_model_of_a_training_must_fit_the_memory():
    sharded = ComputeSatellite(assumptions={"comms.workload": float(WORKLOADS.index("sharded"))})
    design = {"gpu_count": [20, 20], "cluster_satellites": [1, 81]}
    # 6,480 GB in 20 x 180 GB.
    whole = TRAINING.evaluate(design, ["memory_utilisation"])["memory_utilisation"]
    assert whole == pytest.approx([1.8, 1.8])
    shared = sharded.evaluate(design, ["memory_utilisation"])["memory_utilisation"]
    # Shared by 81 it is less than the smallest useful model, 1,500 GB.
    assert shared == pytest.approx([1.8, 1500 / 3600])


def test_synchronous_training_stops_with_every_satellite():
    numbers = {"comms.workload": 0.0, "compute.gang_gpus": 1e6}
    out = ComputeSatellite(assumptions=numbers).evaluate({"cluster_satellites": [1, 81]})
    assert out["checkpoint_efficiency"][1] < out["checkpoint_efficiency"][0]
    numbers["comms.workload"] = float(WORKLOADS.index("diloco"))
    rare = ComputeSatellite(assumptions=numbers).evaluate({"cluster_satellites": [1, 81]})
    assert rare["checkpoint_efficiency"][1] == rare["checkpoint_efficiency"][0]


@pytest.mark.parametrize(
    ("workload", "waiting"),
    [("inference", [1, 1, 1]), ("training", [10.5, 21, 850.5]), ("diloco", [10.5, 10.5, 10.5])],
)
def test_what_trains_stops_with_all_that_wait_for_it(workload, waiting):
    """84 accelerators a satellite: 8 of them, or 84 and those of 1, 2 or 81 satellites."""
    problem = ComputeSatellite(assumptions={"comms.workload": float(WORKLOADS.index(workload))})
    designs = {"gpu_count": [84] * 3, "cluster_satellites": [1, 2, 81]}
    name = "event_day_stops_per_gang"
    server = PROBLEM.evaluate({"gpu_count": [84]}, [name])[name]
    np.testing.assert_allclose(problem.evaluate(designs, [name])[name] / server, waiting, rtol=1e-9)


def test_one_satellite_that_trains_waits_for_all_its_accelerators():
    # 84 at 0.173 a year and what radiation adds: first order, 10 s to write and 300 s to restart.
    names = ["checkpoint_efficiency", "radiation_interruption_rate_per_gpu_yr", "running_fraction"]
    out = {k: float(v[0]) for k, v in TRAINING.evaluate({"gpu_count": [84]}, names).items()}
    by_radiation_yr = out["radiation_interruption_rate_per_gpu_yr"] / out["running_fraction"]
    between_s = 31557600.0 / 84 / (0.173 + by_radiation_yr)
    expected = 1.0 - np.sqrt(2 * 10.0 / between_s) - 300.0 / between_s
    assert out["checkpoint_efficiency"] == pytest.approx(expected, abs=0.001)


def test_a_platform_that_trains_waits_for_all_its_modules():
    name = "checkpoint_efficiency"
    joined = TRAINING.evaluate({"gpu_count": [84], "modules": [40]}, [name])[name]
    apart = TRAINING.evaluate({"gpu_count": [84], "cluster_satellites": [40]}, [name])[name]
    np.testing.assert_allclose(joined, apart, rtol=0.02)  # kits of joints shield a little


def test_modules_carry_kits_and_add_up():
    out = PROBLEM.evaluate({"modules": [1, 13]})
    assert out["mass_joints_kg"][0] == 0.0
    assert out["mass_joints_kg"][1] > 340.0
    assert out["cost_launch_risk_usd"][1] > out["cost_launch_risk_usd"][0]
    assert out["platform_it_power_w"][1] == pytest.approx(13 * out["it_power_w"][1])
    assert out["platform_launch_flights"][1] > 13 * out["launch_flights"][1]  # the lost ones too
    assert out["platform_cost_usd"][1] == pytest.approx(13 * out["total_cost_usd"][1])
