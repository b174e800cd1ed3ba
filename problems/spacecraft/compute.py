"""Compute: installed rates, pauses in eclipse, gang interruptions, and delivered FLOP."""

from __future__ import annotations

import numpy as np

from problems.units import HOURS_PER_YEAR, SECONDS_PER_HOUR, SECONDS_PER_YEAR, FloatArray, Quantity

#: Fewer interruptions than this count as none: once in thirty million years [1/s].
_NO_STOPS_PER_S = 1e-15
_NO_TIME_S = 1e-9
#: Exponent beyond which no work is ever done, with room for what it is divided by.
_NEVER = 300.0


def it_power_w(
    gpu_count: FloatArray, *, tdp_w: FloatArray, node_power_factor: FloatArray
) -> FloatArray:
    """Return wall power of all accelerators with their hosts, at board power [W].

    Examples
    --------
    >>> import numpy as np
    >>> float(it_power_w(np.array(8.0), tdp_w=np.array(700.0), node_power_factor=np.array(1.5)))
    8400.0
    """
    return np.asarray(gpu_count * tdp_w * node_power_factor)


def dense_rate_tflops(
    bf16_dense_tflops: FloatArray,
    *,
    fp8_dense_tflops: FloatArray,
    fp4_dense_tflops: FloatArray,
    precision: Quantity,
) -> FloatArray:
    """Return the dense rate of one accelerator at the chosen precision [TFLOP/s].

    Parameters
    ----------
    bf16_dense_tflops, fp8_dense_tflops, fp4_dense_tflops
        Dense rates; not a number where a chip has none [TFLOP/s].
    precision
        0 for bf16, 1 for fp8, 2 for fp4 [1].

    Examples
    --------
    >>> import numpy as np
    >>> float(dense_rate_tflops(np.array(2250.0), fp8_dense_tflops=np.array(4500.0),
    ...     fp4_dense_tflops=np.array(9000.0), precision=2.0))
    9000.0
    """
    narrow = np.where(np.equal(precision, 1.0), fp8_dense_tflops, fp4_dense_tflops)
    return np.where(np.equal(precision, 0.0), bf16_dense_tflops, narrow)


def running_fraction(
    sunlit_fraction: FloatArray, *, eclipse_power_fraction: FloatArray
) -> FloatArray:
    """Return the share of the time that an accelerator has power [1].

    Parameters
    ----------
    sunlit_fraction
        Mean share of time in sunlight [1].
    eclipse_power_fraction
        Share of the compute that the battery carries through eclipse [1].

    Examples
    --------
    >>> import numpy as np
    >>> float(running_fraction(np.array(0.6), eclipse_power_fraction=np.array(0.25)))
    0.7
    """
    return np.asarray(1.0 - (1.0 - eclipse_power_fraction) * (1.0 - sunlit_fraction))


def compute_duty(
    sunlit_fraction: FloatArray,
    *,
    eclipse_power_fraction: FloatArray,
    eclipses_per_yr: FloatArray,
    resume_s: Quantity,
) -> FloatArray:
    """Return the share of the year the accelerators compute, pauses paid for [1].

    Parameters
    ----------
    sunlit_fraction
        Mean share of time in sunlight [1].
    eclipse_power_fraction
        Share of the compute that the battery carries through eclipse [1].
    eclipses_per_yr
        Eclipses in a year [1/yr].
    resume_s
        Time lost around one pause by the share that pauses [s].

    Examples
    --------
    >>> import numpy as np
    >>> d = compute_duty(np.array(0.96), eclipse_power_fraction=np.array(0.5),
    ...     eclipses_per_yr=np.array(0.0), resume_s=120.0)
    >>> round(float(d), 2)
    0.98
    """
    paused = 1.0 - eclipse_power_fraction
    lost = paused * eclipses_per_yr * (resume_s / SECONDS_PER_YEAR)
    return np.asarray(np.maximum(1.0 - paused * (1.0 - sunlit_fraction) - lost, 0.0))


def checkpoint_efficiency(
    interruption_rate_per_gpu_yr: FloatArray,
    *,
    gang_size: FloatArray,
    checkpoint_s: Quantity,
    restart_s: Quantity,
) -> FloatArray:
    r"""Return the useful share of gang-scheduled work at the best checkpoint interval [1].

    Parameters
    ----------
    interruption_rate_per_gpu_yr
        Interruptions of one accelerator from every cause [1/yr].
    gang_size
        Accelerators that stop together [1].
    checkpoint_s, restart_s
        Time to write a checkpoint; time to detect, restart and reload [s].

    Notes
    -----
    With mean time between interruptions M, checkpoint time d and restart time R, a segment of
    work t takes :math:`M e^{R/M} (e^{(t + d)/M} - 1)`: interruptions strike while checkpoints are
    written and while the gang restarts, too. The interval is
    :math:`t = \sqrt{2 d M} (1 + x/3 + x^2/9) - d` with :math:`x = \sqrt{d/(2 M)}`, and M where
    d > 2 M.

    References
    ----------
    Daly (2006), Future Gener. Comput. Syst. 22, 303, eqs. 20 and 37.

    Examples
    --------
    >>> import numpy as np
    >>> e = checkpoint_efficiency(np.array(1.0), gang_size=np.array(8766.0), checkpoint_s=18.0,
    ...     restart_s=0.0)  # one interruption an hour: close to 1 - sqrt(2 18/3600)
    >>> round(float(e), 4)
    0.9033
    """
    per_s = interruption_rate_per_gpu_yr * gang_size * (1.0 / SECONDS_PER_YEAR)
    expected = np.maximum(per_s, _NO_STOPS_PER_S) * np.maximum(checkpoint_s, _NO_TIME_S)
    x = np.sqrt(np.minimum(0.5 * expected, 1.0))
    # Work between two checkpoints over the mean time between interruptions.
    work = np.where(expected < 2.0, 2.0 * x * (1.0 + x * (1.0 / 3.0 + x / 9.0)) - expected, 1.0)
    segment = np.expm1(np.minimum(work + expected, _NEVER))
    return np.asarray(work / segment * np.exp(-np.minimum(per_s * restart_s, _NEVER)))


def exaflop_per_year(rate_pflops: Quantity, *, duty: Quantity) -> FloatArray:
    """Return work in a year at a mean rate: 10^18 floating-point operations [EFLOP/yr].

    Examples
    --------
    >>> import numpy as np
    >>> float(exaflop_per_year(np.array(1.0), duty=np.array(1.0)))
    31557.6
    """
    return np.asarray(rate_pflops * duty * (1e-3 * HOURS_PER_YEAR * SECONDS_PER_HOUR))
