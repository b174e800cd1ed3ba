"""Optical links over short distances: what diffraction lets through, and in how many channels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.units import SPEED_OF_LIGHT_KM_S, FloatArray, Quantity

_PLANCK_J_S = 6.62607015e-34  # exact
_BITS_PER_GIGABIT = 1e9
#: Share of a Gaussian beam that passes an aperture of its own radius, 1 - e^-2.
_NEAR_SHARE = 0.8646647167633873


class Optics(NamedTuple):
    """A terminal, the same at both ends."""

    aperture_m: Quantity  #: diameter D [m]
    wavelength_m: Quantity  #: [m]
    power_w: Quantity  #: optical power of a spatial channel [W]
    aperture_efficiency: Quantity  #: of both ends, on the received share's square root [1]
    optics_efficiency: Quantity  #: share of the light that is not lost in the optics [1]
    photons_per_bit: Quantity  #: that the receiver needs [1]


def confocal_length_m(aperture_m: Quantity, *, wavelength_m: Quantity) -> FloatArray:
    """Distance over which a beam as wide as the aperture does not spread.

    Parameters
    ----------
    aperture_m, wavelength_m : array_like
        Diameter and wavelength [m].

    Returns
    -------
    numpy.ndarray
        ``pi D^2 / (4 lambda)`` [m].

    Examples
    --------
    >>> round(float(confocal_length_m(0.1, wavelength_m=1.55e-6)))
    5067
    """
    return np.asarray(0.25 * np.pi * aperture_m * aperture_m / wavelength_m)


def required_power_w(
    rate_gbps: FloatArray, *, photons_per_bit: Quantity, wavelength_m: Quantity
) -> FloatArray:
    """Light that a receiver needs for a rate.

    Parameters
    ----------
    rate_gbps : array_like
        Rate [Gbit/s].
    photons_per_bit : array_like
        Photons that a bit takes [1].
    wavelength_m : array_like
        Wavelength [m].

    Returns
    -------
    numpy.ndarray
        Power at the receiver [W].

    Examples
    --------
    400 Gbit/s in coherent 16QAM take -19.98 dBm:

    >>> watt = required_power_w(np.array(400.0), photons_per_bit=196.0, wavelength_m=1.55e-6)
    >>> round(float(10 * np.log10(watt * 1e3)), 2)
    -19.98
    """
    photon_j = _PLANCK_J_S * (1e3 * SPEED_OF_LIGHT_KM_S) / wavelength_m
    return np.asarray(rate_gbps * (_BITS_PER_GIGABIT * photons_per_bit * photon_j))


def spatial_channels(distance_m: FloatArray, *, confocal_m: Quantity) -> FloatArray:
    """Beams side by side for which an aperture divided n by n is wide enough.

    Parameters
    ----------
    distance_m : array_like
        Distance of the terminals [m].
    confocal_m : array_like
        Confocal length of the undivided aperture [m].

    Returns
    -------
    numpy.ndarray
        ``max(1, floor(sqrt(L1 / d)))^2`` [1].

    Notes
    -----
    Grows as ``1/d``. The modes that a shared imaging aperture resolves, ``(D^2 / (lambda d))^2``,
    are an upper bound.

    Examples
    --------
    >>> spatial_channels(np.array([100.0, 200.0, 5000.0]), confocal_m=5067.0).tolist()
    [49.0, 25.0, 1.0]
    """
    across = np.maximum(np.floor(np.sqrt(confocal_m / distance_m)), 1.0)
    return np.asarray(across * across)


def received_w(distance_m: FloatArray, *, confocal_m: Quantity, optics: Optics) -> FloatArray:
    """Light of one beam that arrives at the receiver.

    Parameters
    ----------
    distance_m, confocal_m : array_like
        Distance, and confocal length of the beam's aperture [m].
    optics : Optics
        The terminals.

    Returns
    -------
    numpy.ndarray
        Power [W].

    Notes
    -----
    Far away ``P eta_o (eta_a L1 / d)^2``, the link budget with equal gains at both ends, as
    ``G lambda / (4 pi d) = eta_a L1 / d``; near by at most ``1 - e^-2`` of ``P eta_o``.

    References
    ----------
    H. Kaushal, G. Kaddoum, *IEEE Communications Surveys & Tutorials* 19 (2017) 57-96, section II.
    """
    share = optics.aperture_efficiency * confocal_m / distance_m
    arriving = np.minimum(share * share, _NEAR_SHARE)
    return np.asarray(optics.power_w * (optics.optics_efficiency * arriving))


def terminal_rate_gbps(
    distance_m: FloatArray, *, optics: Optics, channel_gbps: Quantity
) -> FloatArray:
    """Rate of a terminal each way: spatial channels, each limited by electronics or photons.

    Parameters
    ----------
    distance_m : array_like
        Distance [m].
    optics : Optics
        The terminals.
    channel_gbps : array_like
        Rate of all wavelengths of a spatial channel [Gbit/s].

    Returns
    -------
    numpy.ndarray
        Rate [Gbit/s].

    Examples
    --------
    Ten centimetres and five watts at 200 m, 409 km and 5,000 km:

    >>> terminal = Optics(0.1, 1.55e-6, 5.0, 0.788, 0.501, 196.0)
    >>> terminal_rate_gbps(np.array([200.0, 4.09e5, 5e6]), optics=terminal,
    ...                    channel_gbps=9600.0).round().tolist()
    [240000.0, 9504.0, 64.0]
    """
    confocal_m = confocal_length_m(optics.aperture_m, wavelength_m=optics.wavelength_m)
    channels = spatial_channels(distance_m, confocal_m=confocal_m)
    per_gbps_w = required_power_w(
        np.ones(()), photons_per_bit=optics.photons_per_bit, wavelength_m=optics.wavelength_m
    )
    light_w = received_w(distance_m, confocal_m=confocal_m / channels, optics=optics)
    return np.asarray(channels * np.minimum(channel_gbps, light_w / per_gbps_w))


def reach_km(rate_gbps: FloatArray, *, optics: Optics) -> FloatArray:
    """Distance up to which photons carry a rate in one spatial channel.

    Parameters
    ----------
    rate_gbps : array_like
        Rate [Gbit/s].
    optics : Optics
        The terminals.

    Returns
    -------
    numpy.ndarray
        Distance; infinite for no rate [km].

    Examples
    --------
    >>> terminal = Optics(0.1, 1.55e-6, 5.0, 0.788, 0.501, 196.0)
    >>> round(float(reach_km(np.array(9600.0), optics=terminal)))
    407
    """
    confocal_m = confocal_length_m(optics.aperture_m, wavelength_m=optics.wavelength_m)
    need_w = required_power_w(
        rate_gbps, photons_per_bit=optics.photons_per_bit, wavelength_m=optics.wavelength_m
    )
    with np.errstate(divide="ignore"):
        margin = np.sqrt(optics.power_w * np.asarray(optics.optics_efficiency) / need_w)
    return np.asarray(optics.aperture_efficiency * confocal_m * margin * 1e-3)
