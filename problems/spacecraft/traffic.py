"""Traffic that follows from the work: bits that a satellite sends per useful operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from problems.batch import somewhere
from problems.units import (
    BATCH,
    DATA_PARALLEL,
    DILOCO,
    INFERENCE,
    PIPELINE,
    PREFILL,
    SECONDS_PER_HOUR,
    SHARDED,
    TENSOR,
    BoolArray,
    FloatArray,
    Quantity,
)

#: Operations per parameter and token: forward and backward, or forward alone.
_TRAINING_FLOP, _INFERENCE_FLOP = 6.0, 2.0
#: Sharded weights are gathered twice and gradients scattered once: three passes, not two.
_SHARDED_PASSES = 1.5
#: Activations of a block that tensor parallelism sums: two forward, two backward, sent twice.
_TENSOR_PASSES = 8.0
#: Steps between synchronisations for which the extra tokens of DiLoCo are stated.
REFERENCE_SYNC_STEPS = 100.0
_BYTES_PER_GB, _BITS_PER_BYTE, _BITS_PER_GIGABIT = 1e9, 8.0, 1e9


class Work(NamedTuple):
    """A model and how it is trained or served."""

    parameters: Quantity  #: all parameters [1]
    active_parameters: Quantity  #: parameters that a token uses [1]
    batch_tokens: Quantity  #: tokens of a step, over all satellites [1]
    value_bits: Quantity  #: of a gradient, weight or activation that is sent [bit]
    outer_bits: Quantity  #: of a value that DiLoCo synchronises [bit]
    width: Quantity  #: values of a token between layers [1]
    layers: Quantity  #: layers [1]
    kv_values: Quantity  #: keys, and as many values, of a token and layer [1]
    token_bits: Quantity  #: sent for a token of text, protocol included [bit]
    all_to_all_bits_per_flop: Quantity  #: on top, where experts are spread [bit/FLOP]


class Cluster(NamedTuple):
    """Satellites that work together."""

    satellites: FloatArray  #: [1]
    sync_every_steps: FloatArray  #: steps between synchronisations of DiLoCo [1]


def _ring(work: Work, cluster: Cluster) -> FloatArray:
    """Every gradient goes round a ring twice a step; tokens of a satellite are its share."""
    per_token = 2.0 * work.value_bits * work.parameters / work.active_parameters
    return (cluster.satellites - 1.0) * (per_token / (_TRAINING_FLOP * work.batch_tokens))


def _all_to_all(work: Work, cluster: Cluster) -> FloatArray:
    return np.where(cluster.satellites > 1.0, work.all_to_all_bits_per_flop, 0.0)


def _diloco(work: Work, cluster: Cluster) -> FloatArray:
    rarely = work.outer_bits / work.value_bits / cluster.sync_every_steps
    return np.asarray(_ring(work, cluster) * rarely)


def _pipeline(work: Work, cluster: Cluster) -> FloatArray:
    """Activations go to the next stage and their gradients come back."""
    per_stage = 2.0 * work.value_bits * work.width / (_TRAINING_FLOP * work.active_parameters)
    return np.where(cluster.satellites > 1.0, cluster.satellites * per_stage, 0.0)


def _tensor(work: Work, cluster: Cluster) -> FloatArray:
    per_token = _TENSOR_PASSES * work.value_bits * work.width * work.layers
    return (cluster.satellites - 1.0) * (per_token / (_TRAINING_FLOP * work.active_parameters))


def _inference(work: Work, _: Cluster) -> FloatArray:
    return np.asarray(work.token_bits / (_INFERENCE_FLOP * work.active_parameters))


def _prefill(work: Work, _: Cluster) -> FloatArray:
    """Keys and values of a prompt go from the satellite that read it to the one that answers."""
    per_token = 2.0 * work.layers * work.kv_values * work.value_bits
    return np.asarray(per_token / (_INFERENCE_FLOP * work.active_parameters))


#: What a workload sends [bit/FLOP], by its code.
_SENT: dict[int, Callable[[Work, Cluster], FloatArray]] = {
    DATA_PARALLEL: lambda work, cluster: _ring(work, cluster) + _all_to_all(work, cluster),
    INFERENCE: _inference,
    BATCH: _inference,
    SHARDED: lambda work, cluster: (
        _ring(work, cluster) * _SHARDED_PASSES + _all_to_all(work, cluster)
    ),
    DILOCO: _diloco,
    PIPELINE: _pipeline,
    TENSOR: _tensor,
    PREFILL: _prefill,
}
#: Share of the training state that a satellite holds: all of it, or that of one among many.
_WHOLE_STATE, _SHARED_STATE = (DATA_PARALLEL, DILOCO), (SHARDED, PIPELINE, TENSOR)


def _one_of(workload: Quantity, codes: tuple[int, ...]) -> BoolArray:
    if np.ndim(workload) == 0:  # faster by far than numpy's search, and the usual case
        return np.asarray(round(float(workload)) in codes)
    return np.isin(np.round(workload), codes)


def bits_per_flop(
    workload: Quantity, *, work: Work, cluster: Cluster, constants: dict[int, Quantity]
) -> FloatArray:
    """Traffic that leaves a satellite per useful floating-point operation.

    Parameters
    ----------
    workload : array_like
        Code of the workload, one of ``problems.units.WORKLOADS``.
    work : Work
        Model that is trained or served.
    cluster : Cluster
        Satellites that work together, and how often they synchronise.
    constants : dict of int to array_like
        By workload code, a traffic that takes the place of the computed one where above 0
        [bit/FLOP].

    Returns
    -------
    numpy.ndarray
        Traffic each way [bit/FLOP].

    Notes
    -----
    With N parameters, of which a token uses ``Na``, B tokens a step over k satellites and b bits a
    value:

    ================ =================================================
    data_parallel    ``2 b (k - 1)/k N / (6 Na B/k)``, a ring
    sharded          1.5 times as much (weights gathered, ZeRO-3)
    diloco           as data_parallel with its own bits, over H steps
    pipeline         ``2 b d k / (6 Na)``, k stages, d values wide
    tensor           ``8 (k - 1) b d L / (6 Na)``, L layers
    inference, batch ``b_token / (2 Na)``
    prefill          ``2 L d_kv b / (2 Na)``, apart from decoding
    ================ =================================================

    A single satellite trains without traffic. Experts that are spread over satellites add an
    all-to-all exchange, which is given and not derived.

    References
    ----------
    S. Rajbhandari et al., "ZeRO: memory optimizations toward training trillion parameter models"
    (2020), section 7; A. Douillard et al., arXiv:2311.08105 and arXiv:2501.18512 (DiLoCo);
    M. Shoeybi et al., "Megatron-LM" (2019), section 3.

    Examples
    --------
    Llama 3 405B in a ring of 81 satellites:

    >>> llama = Work(405e9, 405e9, 16 * 2.0**20, 16.0, 4.0, 16384.0, 126.0, 1024.0, 1600.0, 0.0)
    >>> ring = Cluster(np.array(81.0), np.array(100.0))
    >>> f"{float(bits_per_flop(0.0, work=llama, cluster=ring, constants={})):.2e}"
    '2.54e-05'
    """
    codes = np.round(np.asarray(workload))
    if codes.ndim == 0:
        return _sent(int(codes), work, cluster, constants)
    sent = np.zeros(())
    for code in np.unique(codes):
        sent = np.where(codes == code, _sent(int(code), work, cluster, constants), sent)
    return sent


def _sent(code: int, work: Work, cluster: Cluster, constants: dict[int, Quantity]) -> FloatArray:
    """Traffic of one workload: the constant where there is one, else what follows from the work."""
    constant = np.asarray(constants.get(code, 0.0))
    if not somewhere(constant <= 0.0):
        return constant
    return np.where(constant > 0.0, constant, _SENT[code](work, cluster))


class GroundTraffic(NamedTuple):
    """What a satellite exchanges with the ground [Gbit/s]."""

    with_work_gbps: FloatArray  #: in proportion to its operations
    fixed_gbps: FloatArray  #: whatever it computes


def ground_traffic(
    workload: Quantity,
    *,
    flop_per_s: FloatArray,
    sent_gbps: FloatArray,
    work: Work,
    cluster: Cluster,
    training_token_bits: Quantity,
    training_bytes_per_parameter: Quantity,
    checkpoint_to_ground_h: Quantity,
) -> GroundTraffic:
    """Return the traffic of a satellite that passes the ground stations.

    Parameters
    ----------
    workload : array_like
        Code of the workload.
    flop_per_s : array_like
        Useful operations of the satellite [FLOP/s].
    sent_gbps : array_like
        Traffic of the workload [Gbit/s].
    work, cluster
        Model that is trained or served, and the satellites that share it.
    training_token_bits : array_like
        Sent up for a token to train with [bit].
    training_bytes_per_parameter : array_like
        Weights, gradients and optimiser state [byte].
    checkpoint_to_ground_h : array_like
        Time between checkpoints that leave the orbit [h].

    Returns
    -------
    GroundTraffic
        Of inference, all that is sent; of training in a cluster, ``f b / (6 Na)`` for tokens and
        ``8 c N / (k t)`` for checkpoints of ``c`` bytes a parameter, written by k satellites every
        t; of prefill, prompts at ``f b_token / (2 Na)``.

    Notes
    -----
    Checkpoints from which work restarts stay in orbit, at the neighbours; those that go down guard
    against the loss of the cluster. A satellite that trains alone sends nothing.

    Examples
    --------
    Llama 3 405B in 81 satellites of 0.37 EFLOP/s: 6.48 TB of state go down each hour.

    >>> llama = Work(405e9, 405e9, 16 * 2.0**20, 16.0, 4.0, 16384.0, 126.0, 1024.0, 1600.0, 0.0)
    >>> found = ground_traffic(0.0, flop_per_s=np.array(3.7e17), sent_gbps=np.array(9e3),
    ...     work=llama, cluster=Cluster(np.array(81.0), np.array(100.0)), training_token_bits=32.0,
    ...     training_bytes_per_parameter=16.0, checkpoint_to_ground_h=1.0)
    >>> [round(float(gbps), 4) for gbps in found]
    [0.0049, 0.1778]
    """
    if not somewhere(stays_between_satellites(workload)):
        return GroundTraffic(sent_gbps, np.zeros(()))
    per_flop = training_token_bits / (_TRAINING_FLOP * work.active_parameters)
    prompts = flop_per_s * _inference(work, cluster) / _BITS_PER_GIGABIT
    tokens = flop_per_s * per_flop / _BITS_PER_GIGABIT
    state_bits = work.parameters * training_bytes_per_parameter * _BITS_PER_BYTE
    saved = state_bits / _BITS_PER_GIGABIT / (checkpoint_to_ground_h * SECONDS_PER_HOUR)
    training, joined = trains(workload), cluster.satellites > 1.0
    others = np.where(stays_between_satellites(workload), prompts, sent_gbps)
    return GroundTraffic(
        np.where(training, np.where(joined, tokens, 0.0), others),
        np.where(training & joined, saved / cluster.satellites, 0.0),
    )


def stays_between_satellites(workload: Quantity) -> BoolArray:
    """Tell where the traffic goes to other satellites and hardly any to the ground.

    Parameters
    ----------
    workload : array_like
        Code of the workload.

    Examples
    --------
    >>> stays_between_satellites(np.array([0.0, 1.0, 2.0, 7.0]))
    array([ True, False, False,  True])
    """
    return ~_one_of(workload, (INFERENCE, BATCH))


def trains(workload: Quantity) -> BoolArray:
    """Tell where a model is trained.

    Examples
    --------
    >>> trains(np.array([0.0, 1.0, 4.0, 7.0]))
    array([ True, False,  True, False])
    """
    return ~_one_of(workload, (INFERENCE, BATCH, PREFILL))


def gang_satellites(workload: Quantity, *, satellites: FloatArray) -> FloatArray:
    """Satellites that stop when an accelerator of one of them does.

    Parameters
    ----------
    workload : array_like
        Code of the workload.
    satellites : array_like
        Satellites of the cluster [1].

    Returns
    -------
    numpy.ndarray
        All of them where every step waits for every gradient, else one [1].

    Examples
    --------
    >>> float(gang_satellites(0.0, satellites=np.array(81.0)))
    81.0
    """
    together = _one_of(workload, (DATA_PARALLEL, *_SHARED_STATE))
    return np.where(together, satellites, 1.0)


def training_memory_gb(
    workload: Quantity,
    *,
    parameters: Quantity,
    bytes_per_parameter: Quantity,
    satellites: FloatArray,
) -> FloatArray:
    """Memory of a satellite that weights, gradients and optimiser state of a training take.

    Parameters
    ----------
    workload : array_like
        Code of the workload.
    parameters, bytes_per_parameter : array_like
        Parameters of the model [1] and what each takes [byte].
    satellites : array_like
        Satellites of the cluster, which share the state unless each holds all of it [1].

    Returns
    -------
    numpy.ndarray
        Memory; 0 where nothing is trained [GB].

    Examples
    --------
    >>> float(training_memory_gb(0.0, parameters=405e9, bytes_per_parameter=16.0,
    ...                          satellites=np.array(81.0)))
    6480.0
    """
    state_gb = parameters * np.asarray(bytes_per_parameter) / _BYTES_PER_GB
    shared = np.where(_one_of(workload, _SHARED_STATE), state_gb / satellites, 0.0)
    return np.where(_one_of(workload, _WHOLE_STATE), state_gb, shared)


def extra_tokens_factor(
    workload: Quantity, *, sync_every_steps: FloatArray, extra_tokens_frac: Quantity
) -> FloatArray:
    """Work that counts over work that is done: rare synchronisation needs more tokens.

    Parameters
    ----------
    workload : array_like
        Code of the workload.
    sync_every_steps : array_like
        Steps between synchronisations [1].
    extra_tokens_frac : array_like
        More tokens for the same loss at :data:`REFERENCE_SYNC_STEPS` [1].

    Returns
    -------
    numpy.ndarray
        Factor; 1 for everything but DiLoCo [1].

    Notes
    -----
    In proportion to the interval: an estimate, as the published intervals from 30 to 500 steps
    lose nothing to some per cent.

    Examples
    --------
    >>> factor = extra_tokens_factor(float(DILOCO), sync_every_steps=np.array([1.0, 500.0]),
    ...                              extra_tokens_frac=0.02)
    >>> factor.round(4).tolist()
    [0.9998, 0.9091]
    """
    extra = extra_tokens_frac * (sync_every_steps / REFERENCE_SYNC_STEPS)
    return np.where(_one_of(workload, (DILOCO,)), 1.0 / (1.0 + extra), 1.0)
