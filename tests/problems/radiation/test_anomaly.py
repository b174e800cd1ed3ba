"""The South Atlantic anomaly: shares of time, and the pause in it."""

from __future__ import annotations

import numpy as np
import pytest

from problems import load_problem
from problems.radiation import environment, load_radiation_tables
from problems.radiation.anomaly import Anomaly, anomaly, paused

TABLES = load_radiation_tables()


@pytest.mark.parametrize(
    ("altitude", "inclination", "wide", "narrow"),
    # Orbits sampled through AP8 > 58.6 MeV, mean of MIN and MAX, % above 1 and above 10 /cm2/s.
    [
        (400.0, 20.0, 2.7, 1.8),
        (400.0, 30.0, 5.8, 4.8),
        (400.0, 51.6, 6.2, 4.5),
        (400.0, 98.0, 3.7, 2.8),
        (500.0, 15.0, 4.4, 3.0),
        (500.0, 51.6, 8.7, 6.8),
        (600.0, 30.0, 12.4, 11.1),
        (600.0, 98.0, 7.3, 6.1),
        (800.0, 15.0, 20.0, 18.0),
        (800.0, 98.0, 11.0, 9.6),
    ],
)
def test_share_of_time_in_the_anomaly(altitude, inclination, wide, narrow):
    env = environment(
        np.array([altitude]), np.array([inclination]), is_geo=np.array([False]), tables=TABLES
    )
    inside = anomaly(env, active_share=0.5)
    assert 100.0 * inside.wide_time_fraction[0] == pytest.approx(wide, rel=0.1, abs=0.2)
    assert 100.0 * inside.time_fraction[0] == pytest.approx(narrow, rel=0.1, abs=0.2)


def test_a_pause_by_hand():
    # 5 % of the time and 6 s of every minute more; 90 % of 20 of 25 particles and 5 % of the rest.
    rest = paused(
        Anomaly(np.array([0.06]), np.array([0.05]), np.array([0.9])),
        pausing=np.array([True]),
        trapped_flux_cm2_s=np.array([20.0]),
        particle_flux_cm2_s=np.array([25.0]),
        pass_s=600.0,
        resume_s=60.0,
    )
    assert rest.time_fraction[0] == pytest.approx(0.055)
    assert rest.at_work_fraction[0] == pytest.approx(1.0 - (18.0 + 0.25) / 25.0)


def test_the_pause_trades_work_for_stops_and_leaves_the_dose():
    found = load_problem("compute_satellite").evaluate({"saa_pause": ["run", "pause"]})
    assert found["radiation_failure_rate_per_gpu_yr"][1] < (
        0.4 * found["radiation_failure_rate_per_gpu_yr"][0]
    )
    assert found["delivered_exaflop"][1] < found["delivered_exaflop"][0]
    assert found["dose_krad"][1] == found["dose_krad"][0]
    assert found["saa_paused_fraction"].tolist()[0] == 0.0
