"""Voltage of the power bus: lighter wires, and switches that heavy ions burn out."""

from __future__ import annotations

import numpy as np

from problems.units import FloatArray, Quantity

#: Bus voltage to which the harness fraction belongs [V].
REFERENCE_V = 120.0
#: Share of the rating, beyond the threshold, over which every penetrating ion comes to burn out.
_ONSET_WIDTH = 0.1


def harness_factor(bus_voltage_v: FloatArray, *, power_share: Quantity) -> FloatArray:
    r"""Return the mass of the harness over that at 120 V [1].

    Parameters
    ----------
    bus_voltage_v
        Voltage of the power bus [V].
    power_share
        Share of the harness, at 120 V, that carries power [1].

    Notes
    -----
    .. math:: 1 + s (120 / U - 1)

    An estimate: conductors go with the current. Those that may only lose a share of the voltage
    go with its square, insulation with neither.

    Examples
    --------
    >>> import numpy as np
    >>> harness_factor(np.array([120.0, 240.0]), power_share=0.5).tolist()
    [1.0, 0.75]
    """
    return np.asarray(1.0 + power_share * (REFERENCE_V / bus_voltage_v - 1.0))


def burnout_rate_per_yr(
    bus_voltage_v: FloatArray,
    *,
    ion_transmission: FloatArray,
    ion_flux_per_cm2_yr: Quantity,
    switch_area_cm2: Quantity,
    switch_rating_v: Quantity,
    threshold_frac: Quantity,
) -> FloatArray:
    """Return how often an accelerator loses its power to a switch that ions burn out [1/yr].

    Parameters
    ----------
    bus_voltage_v
        Voltage that the switches block [V].
    ion_transmission
        Heavy ions that reach the orbit over those in free space [1].
    ion_flux_per_cm2_yr
        Ions with a LET above 10 MeV cm2/mg in free space, mean of a solar cycle [1/cm2/yr].
    switch_area_cm2
        Blocking die area through which one accelerator gets its power [cm2].
    switch_rating_v
        Rated voltage of the switches [V].
    threshold_frac
        Share of the rating below which no ion burns a switch out [1].

    Notes
    -----
    Above LET 10 the threshold no longer falls with the LET; from there the share of these ions that
    burn out grows over a tenth of the rating to all of them.

    References
    ----------
    Witulski et al. 2018, IEEE Trans. Nucl. Sci. 65(8), 1951 (1,200 V SiC power MOSFETs).

    Examples
    --------
    >>> import numpy as np
    >>> burnout_rate_per_yr(np.array([120.0, 540.0]), ion_transmission=np.array(0.25),
    ...     ion_flux_per_cm2_yr=180.0, switch_area_cm2=1.0, switch_rating_v=1200.0,
    ...     threshold_frac=0.4).round(6).tolist()
    [0.0, 22.5]
    """
    beyond = bus_voltage_v / switch_rating_v - threshold_frac
    onset = np.minimum(np.maximum(beyond * (1.0 / _ONSET_WIDTH), 0.0), 1.0)
    return np.asarray(onset * ion_transmission * (ion_flux_per_cm2_yr * switch_area_cm2))
