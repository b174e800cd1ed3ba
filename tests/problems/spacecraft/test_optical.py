"""Optical links: the published budget, channels, and that near and far join."""

from __future__ import annotations

import numpy as np
import pytest

from problems.spacecraft import optical
from problems.spacecraft.optical import Optics

#: As published: 10 cm, 5 W, gain 105.1 dB of 106.14, 3 dB lost.
EFFICIENCY = 10 ** (-(106.137 - 105.1) / 10)
TERMINAL = Optics(0.10, 1.55e-6, 5.0, EFFICIENCY, 10**-0.3, 196.0)
L1_M = float(optical.confocal_length_m(0.10, wavelength_m=1.55e-6))


def rate_gbps(distance_m, optics=TERMINAL, channel_gbps=9600.0):
    return optical.terminal_rate_gbps(
        np.asarray(distance_m, dtype=float), optics=optics, channel_gbps=channel_gbps
    )


def test_confocal_length_of_ten_centimetres():
    assert pytest.approx(5067.0, rel=0.005) == L1_M


def test_receiver_needs_minus_twenty_decibel_milliwatts():
    watt = optical.required_power_w(np.array(400.0), photons_per_bit=196.0, wavelength_m=1.55e-6)
    assert 10 * np.log10(float(watt) * 1e3) == pytest.approx(-19.98, abs=0.05)


def test_published_budget_closes_to_four_hundred_kilometres():
    assert float(optical.reach_km(np.array(9600.0), optics=TERMINAL)) == pytest.approx(
        409, rel=0.02
    )
    assert float(rate_gbps(400e3)) == 9600.0 > float(rate_gbps(420e3))


def test_long_links_carry_what_constellation_terminals_are_sold_for():
    keyed = TERMINAL._replace(photons_per_bit=71.0)
    assert float(rate_gbps(5e6, keyed)) == pytest.approx(176.0, rel=0.02)
    assert float(rate_gbps(5e6)) == pytest.approx(64.0, rel=0.02)


def test_spatial_channels_at_short_distances():
    got = optical.spatial_channels(np.array([100.0, 200.0, 1260.0, 1280.0]), confocal_m=L1_M)
    assert got.tolist() == [49.0, 25.0, 4.0, 1.0]
    assert rate_gbps([100.0, 200.0]).tolist() == [49 * 9600.0, 25 * 9600.0]


def test_rate_falls_with_the_square_of_a_long_distance():
    assert float(rate_gbps(1e6) / rate_gbps(2e6)) == pytest.approx(4.0)


def test_no_more_light_arrives_than_passes_the_aperture():
    got = optical.received_w(np.array([1.0, L1_M]), confocal_m=L1_M, optics=TERMINAL)
    sent_w = 5.0 * 10**-0.3
    np.testing.assert_allclose(got, [sent_w * (1 - np.exp(-2)), sent_w * EFFICIENCY**2], rtol=1e-6)


def test_reach_is_where_the_rate_is_met():
    reach_m = 1e3 * optical.reach_km(np.array([50.0, 1923.0]), optics=TERMINAL)
    np.testing.assert_allclose(rate_gbps(reach_m), [50.0, 1923.0], rtol=1e-9)
