"""Harness and switches over the bus voltage, against hand-worked values."""

from __future__ import annotations

import numpy as np
import pytest

from problems.spacecraft import burnout


def rate(voltage: object, threshold: float = 0.4) -> np.ndarray:
    return burnout.burnout_rate_per_yr(
        np.asarray(voltage, dtype=float),
        ion_transmission=np.array(0.5),
        ion_flux_per_cm2_yr=200.0,
        switch_area_cm2=0.5,
        switch_rating_v=1200.0,
        threshold_frac=threshold,
    )


def test_switches_below_the_threshold_never_burn_out() -> None:
    # 300 V of 1,200 V, the lowest threshold of the range.
    assert not np.any(rate([28.0, 120.0, 300.0], threshold=0.25))
    assert not np.any(rate([479.9]))


def test_burnout_matches_the_value_by_hand() -> None:
    # 540 of 1,200 V is 0.05 beyond 0.4, half of the onset: 0.5 x 0.5 x 200 x 0.5 cm2 = 25 a year.
    assert rate([540.0, 600.0, 900.0]) == pytest.approx([25.0, 50.0, 50.0])


def test_harness_matches_the_value_by_hand() -> None:
    # Half of it carries power: 0.5 x 120/480 + 0.5 = 0.625.
    found = burnout.harness_factor(np.array([120.0, 480.0]), power_share=0.5)
    assert found.tolist() == [1.0, 0.625]
