"""Traffic that follows from the work, against hand values and published ones."""

from __future__ import annotations

import numpy as np
import pytest

from problems.spacecraft import traffic
from problems.spacecraft.traffic import Cluster, Work
from problems.units import (
    BATCH,
    DATA_PARALLEL,
    DILOCO,
    INFERENCE,
    PIPELINE,
    PREFILL,
    SHARDED,
    TENSOR,
    WORKLOADS,
)

LLAMA = Work(
    parameters=405e9,
    active_parameters=405e9,
    batch_tokens=16 * 2.0**20,
    value_bits=16.0,
    outer_bits=4.0,
    width=16384.0,
    layers=126.0,
    kv_values=1024.0,
    token_bits=1600.0,
    all_to_all_bits_per_flop=0.0,
)
LLAMA_70B = LLAMA._replace(parameters=70e9, active_parameters=70e9, layers=80.0)


def sent(code, satellites, *, work=LLAMA, steps=100.0, constants=None):
    cluster = Cluster(np.asarray(satellites, dtype=float), np.asarray(steps, dtype=float))
    return traffic.bits_per_flop(
        np.asarray(code, dtype=float), work=work, cluster=cluster, constants=constants or {}
    )


@pytest.mark.parametrize(
    ("code", "satellites", "expected"),
    [
        # 2 x 16 (k - 1) / (6 x 16,777,216); N cancels as the model is dense.
        (DATA_PARALLEL, 81, 2560 / 100_663_296),
        (DATA_PARALLEL, 128, 4064 / 100_663_296),
        (SHARDED, 81, 1.5 * 2560 / 100_663_296),
        (DILOCO, 81, 2560 / 100_663_296 / 100 / 4),
        # 2 x 16 x 16,384 x 16 / (6 x 405e9)
        (PIPELINE, 16, 8_388_608 / 2.43e12),
        # 8 x 7 x 16 x 16,384 x 126 / (6 x 405e9)
        (TENSOR, 8, 1_849_688_064 / 2.43e12),
    ],
)
def test_training_traffic_is_that_of_the_hand_calculation(code, satellites, expected):
    assert float(sent(code, satellites)) == pytest.approx(expected, rel=1e-12)


def test_training_traffic_meets_the_rounded_values_of_the_literature():
    assert float(sent(DATA_PARALLEL, 128)) == pytest.approx(4.04e-5, rel=0.01)
    assert float(sent(DATA_PARALLEL, 128)) * 400e12 == pytest.approx(16.1e9, rel=0.01)
    assert float(sent(DATA_PARALLEL, 81)) * 7.56e16 == pytest.approx(1923e9, rel=0.01)
    assert float(sent(PIPELINE, 16)) == pytest.approx(3.45e-6, rel=0.01)
    assert float(sent(TENSOR, 8)) == pytest.approx(7.61e-4, rel=0.01)
    # 32 bits a token over 2 x 70e9; 2 x 80 x 1,024 x 16 over the same.
    bare = LLAMA_70B._replace(token_bits=32.0)
    assert float(sent(INFERENCE, 1, work=bare)) == pytest.approx(2.3e-10, rel=0.01)
    assert float(sent(BATCH, 1, work=LLAMA_70B)) == pytest.approx(1.1e-8, rel=0.04)
    assert float(sent(PREFILL, 1, work=LLAMA_70B)) == pytest.approx(1.9e-5, rel=0.02)


def test_diloco_sends_four_hundred_times_less():
    assert float(sent(DATA_PARALLEL, 81) / sent(DILOCO, 81)) == pytest.approx(400.0, rel=1e-12)


@pytest.mark.parametrize("code", [DATA_PARALLEL, SHARDED, DILOCO, PIPELINE, TENSOR])
def test_a_satellite_alone_trains_without_traffic(code):
    spread = LLAMA._replace(all_to_all_bits_per_flop=4e-4)
    assert float(sent(code, 1, work=spread)) == 0.0


def to_ground(code, satellites, *, flop_per_s=3.7e17, sent_gbps=9.0):
    return traffic.ground_traffic(
        np.asarray(code, dtype=float),
        flop_per_s=np.asarray(flop_per_s),
        sent_gbps=np.asarray(sent_gbps),
        work=LLAMA,
        cluster=Cluster(np.asarray(satellites, dtype=float), np.asarray(100.0)),
        training_token_bits=32.0,
        training_bytes_per_parameter=16.0,
        checkpoint_to_ground_h=1.0,
    )


@pytest.mark.parametrize("code", [DATA_PARALLEL, SHARDED, DILOCO, PIPELINE, TENSOR])
def test_training_takes_tokens_from_the_ground_and_sends_shared_checkpoints(code):
    # 3.7e17 / (6 x 405e9) tokens a second of 32 bits; 6.48 TB an hour over k satellites.
    found = to_ground(code, [1.0, 2.0, 81.0])
    tokens = 3.7e17 / 2.43e12 * 32e-9
    assert found.with_work_gbps == pytest.approx([0.0, tokens, tokens])
    assert found.fixed_gbps == pytest.approx([0.0, 14.4 / 2, 14.4 / 81])
    more = to_ground(code, 81.0, sent_gbps=900.0)  # what neighbours exchange stays with them
    assert sum(more) == pytest.approx(tokens + 14.4 / 81)


def test_prompts_come_from_the_ground_and_inference_sends_all_it_sends():
    found = to_ground([PREFILL, INFERENCE, BATCH], [4.0, 1.0, 4.0])
    # 3.7e17 / (2 x 405e9) tokens a second of 1,600 bits.
    assert found.with_work_gbps == pytest.approx([3.7e17 / 8.1e11 * 1600e-9, 9.0, 9.0])
    assert not found.fixed_gbps.any()


def test_experts_that_are_spread_add_their_exchange():
    spread = LLAMA._replace(all_to_all_bits_per_flop=4e-4)
    more = sent([DATA_PARALLEL, SHARDED, PIPELINE], 81, work=spread)
    more = more - sent([DATA_PARALLEL, SHARDED, PIPELINE], 81)
    np.testing.assert_allclose(more, [4e-4, 4e-4, 0.0], rtol=1e-9)


def test_a_constant_takes_the_place_of_what_follows_from_the_work():
    got = sent(DATA_PARALLEL, 8, constants={DATA_PARALLEL: np.array([0.0, 1e-4])})
    np.testing.assert_allclose(got, [float(sent(DATA_PARALLEL, 8)), 1e-4])


def test_workloads_of_a_batch_are_those_one_by_one():
    codes = np.arange(float(len(WORKLOADS)))
    alone = [float(sent(code, 16)) for code in codes]
    np.testing.assert_array_equal(sent(codes[:, None], [16.0])[:, 0], alone)


def test_state_of_a_training_is_held_whole_or_shared():
    def memory(code):
        return float(
            traffic.training_memory_gb(
                float(code), parameters=405e9, bytes_per_parameter=16.0, satellites=np.array(10.0)
            )
        )

    assert [memory(c) for c in (DATA_PARALLEL, DILOCO, SHARDED, INFERENCE, PREFILL)] == [
        6480.0,
        6480.0,
        648.0,
        0.0,
        0.0,
    ]


def test_gangs_span_the_cluster_where_every_step_waits():
    codes = np.array([DATA_PARALLEL, SHARDED, TENSOR, DILOCO, INFERENCE], dtype=float)
    got = traffic.gang_satellites(codes, satellites=np.array(81.0))
    assert got.tolist() == [81.0, 81.0, 81.0, 1.0, 1.0]
