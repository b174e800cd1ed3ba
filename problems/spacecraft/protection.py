"""Protection: what tolerating faults costs in work, memory and hosts, and which events it removes.

Four ways, in the order of `problems.units.PROTECTIONS`:

- ``none``: no checkpoints and no checks; an interrupted job starts again;
- ``checkpoint``: checkpoints at the best interval, and the checks that the workload has anyway;
- ``duplicate``: every operation on two accelerators, results compared, a mismatch rolls back;
- ``tmr_host``: checkpoints, and three hosts that vote in place of one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.batch import somewhere
from problems.units import (
    CHECKPOINT,
    DUPLICATE,
    NO_PROTECTION,
    SECONDS_PER_HOUR,
    SECONDS_PER_YEAR,
    TMR_HOST,
    BoolArray,
    FloatArray,
    Quantity,
)


class Guard(NamedTuple):
    """What the chosen protection changes; plain numbers where every design checkpoints."""

    restarts: bool | BoolArray  #: an interrupted job starts again from nothing
    useful_frac: Quantity  #: installed rate that does useful work [1]
    copies: Quantity  #: copies of the model in memory [1]
    sdc_detected_frac: Quantity  #: silent corruptions that are caught, each for a restart [1]
    host_crash_frac: Quantity  #: host crashes that still stop work [1]
    host_power_frac: Quantity  #: power of further hosts over that of the accelerators [1]
    host_factor: Quantity  #: mass and price of the hosting equipment over that with one host [1]


def guard(
    protection: FloatArray,
    *,
    checked_frac: Quantity,
    duplicate_detected_frac: Quantity,
    compare_overhead_frac: Quantity,
    tmr_masked_frac: Quantity,
    tmr_host_power_frac: Quantity,
    tmr_host_share_frac: Quantity,
) -> Guard:
    """Return what the protection of each design costs and catches.

    Parameters
    ----------
    protection
        Code of the choice.
    checked_frac
        Silent corruptions that the workload's own checks catch [1].
    duplicate_detected_frac
        Those that comparing two copies catches [1].
    compare_overhead_frac
        Time to exchange and compare results, over the time to compute them [1].
    tmr_masked_frac
        Host crashes that two remaining hosts ride out [1].
    tmr_host_power_frac
        Power of one host over that of its accelerators [1].
    tmr_host_share_frac
        Processor boards in the mass and price of the hosting equipment [1].

    Returns
    -------
    Guard
        Shares and counts by design.

    Notes
    -----
    Duplicates halve the rate and pay for the comparison: 1/(2 (1 + o)). What one check misses the
    other may still catch: 1 - (1 - a)(1 - b). A vote takes two more hosts.

    References
    ----------
    Oh, Shirvani and McCluskey (2002), IEEE Trans. Reliability 51, 63, doi:10.1109/24.994913:
    duplicated instructions detect more than 98 % of injected faults.

    Examples
    --------
    >>> import numpy as np
    >>> g = guard(np.array([1, 2]), checked_frac=0.0, duplicate_detected_frac=0.98,
    ...     compare_overhead_frac=0.25, tmr_masked_frac=0.95, tmr_host_power_frac=0.1,
    ...     tmr_host_share_frac=0.3)
    >>> g.useful_frac.tolist(), g.sdc_detected_frac.round(2).tolist()
    ([1.0, 0.4], [0.0, 0.98])
    """
    code = np.asarray(protection)
    if not somewhere(code != CHECKPOINT):
        return Guard(False, 1.0, 1.0, checked_frac, 1.0, 0.0, 1.0)
    doubled, voted = code == DUPLICATE, code == TMR_HOST
    both = 1.0 - (1.0 - np.asarray(checked_frac)) * (1.0 - np.asarray(duplicate_detected_frac))
    checked = np.where(code == NO_PROTECTION, 0.0, checked_frac)
    return Guard(
        restarts=code == NO_PROTECTION,
        useful_frac=np.where(doubled, 0.5 / (1.0 + np.asarray(compare_overhead_frac)), 1.0),
        copies=np.where(doubled, 2.0, 1.0),
        sdc_detected_frac=np.where(doubled, both, checked),
        host_crash_frac=np.where(voted, 1.0 - np.asarray(tmr_masked_frac), 1.0),
        host_power_frac=np.where(voted, 2.0 * np.asarray(tmr_host_power_frac), 0.0),
        host_factor=np.where(voted, 1.0 + 2.0 * np.asarray(tmr_host_share_frac), 1.0),
    )


def unprotected_efficiency(
    interruption_rate_per_gpu_yr: FloatArray,
    *,
    gang_size: FloatArray,
    job_h: Quantity,
    restart_s: Quantity,
) -> FloatArray:
    r"""Return the useful share of work when an interrupted job starts again from nothing [1].

    Parameters
    ----------
    interruption_rate_per_gpu_yr
        Interruptions of one accelerator from every cause [1/yr].
    gang_size
        Accelerators that stop together [1].
    job_h
        Length of an uninterrupted job [h].
    restart_s
        Time to detect and restart [s].

    Notes
    -----
    With interruptions at random at rate x per job, a job takes
    :math:`(1 / \lambda + R)(e^x - 1)` on average, so the share is

    .. math:: \frac{x}{(1 + \lambda R)(e^x - 1)}

    and 1 without interruptions.

    References
    ----------
    Daly (2006), Future Gener. Comput. Syst. 22, 303, section 3 (time to complete one segment).

    Examples
    --------
    One interruption a job on average leaves 1/(e - 1):

    >>> import numpy as np
    >>> share = unprotected_efficiency(np.array(365.25), gang_size=np.array(1.0), job_h=24.0,
    ...     restart_s=0.0)
    >>> round(float(share), 3)
    0.582
    """
    rate_per_s = interruption_rate_per_gpu_yr * gang_size * (1.0 / SECONDS_PER_YEAR)
    # Beyond e^709 numbers overflow; the share is 0 long before.
    expected = np.clip(rate_per_s * (np.asarray(job_h) * SECONDS_PER_HOUR), 1e-12, 600.0)
    return np.asarray(expected / (np.expm1(expected) * (1.0 + rate_per_s * restart_s)))
