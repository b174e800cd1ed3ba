"""Brightness of satellites in the sky."""

from __future__ import annotations

import numpy as np
import pytest

from problems.orbit.brightness import apparent_magnitude


def magnitude(reflecting_m2=160.0, phase_deg=90.0, range_km=650.0, airmass=1.0):
    return float(
        apparent_magnitude(
            np.array(reflecting_m2),
            phase_deg=phase_deg,
            range_km=np.array(range_km),
            airmass=airmass,
        )
    )


def test_magnitude_by_hand_at_right_angle():
    # 2 x 160 / (3 pi^2) = 10.81 m2, -2.585 mag; 5 log10(650,000) = 29.065; 0.15 for the air.
    assert magnitude() == pytest.approx(-26.77 - 2.585 + 29.065 + 0.15, abs=0.001)


def test_magnitude_follows_area_distance_air_and_phase():
    assert magnitude(16.0) - magnitude() == pytest.approx(2.5)
    assert magnitude(range_km=6500.0) - magnitude() == pytest.approx(5.0)
    assert magnitude(airmass=3.0) - magnitude() == pytest.approx(0.3)
    # Fully lit the bracket is pi, at right angle 1.
    assert magnitude() - magnitude(phase_deg=0.0) == pytest.approx(2.5 * np.log10(np.pi))
