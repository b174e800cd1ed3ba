"""Assembly of platforms: published months, the worked example, losses."""

from __future__ import annotations

import numpy as np
import pytest

from problems.delivery import assembly


def test_months_of_the_published_power_satellite():
    # 1,463,000 joints of 40 minutes with 17 servicers: 57,373 hours.
    months = assembly.assembly_months(
        np.array(1.463e6),
        hours_per_joint=2.0 / 3.0,
        servicers=17.0,
        flights=np.array(0.0),
        flights_per_month=1.0,
    )
    assert float(months) / 12.0 == pytest.approx(6.55, rel=0.005)


def test_flights_decide_where_they_are_slower():
    months = assembly.assembly_months(
        np.array(12.0),
        hours_per_joint=24.0,
        servicers=1.0,
        flights=np.array([0.1, 40.0]),
        flights_per_month=4.0,
    )
    assert months == pytest.approx([12 * 24 / 730.5, 10.0])


def test_worked_example_of_ten_megawatts():
    # 13 modules of 800 kW: kits of 340 kg at 4,500 USD/kg, a servicer for ten platforms, 6 months.
    kits_usd = 13 * 340 * 4500
    rest_usd = assembly.assembly_usd(
        np.array(6.0),
        joined=assembly.joints(np.array(13.0)),
        servicers=1.0,
        servicer_usd=1e8,
        platforms_served=10.0,
        operations_usd_per_month=1.2e6,
        development_usd=0.0,
        platforms_built=1.0,
    )
    assert kits_usd + float(rest_usd) == pytest.approx(37e6, rel=0.01)
    assert (kits_usd + float(rest_usd)) / (13 * 800e3) == pytest.approx(3.6, rel=0.03)


def test_nothing_is_paid_for_a_module_alone():
    alone = assembly.assembly_usd(
        np.array(6.0),
        joined=assembly.joints(np.array(1.0)),
        servicers=1.0,
        servicer_usd=1e8,
        platforms_served=10.0,
        operations_usd_per_month=1.2e6,
        development_usd=5e8,
        platforms_built=10.0,
    )
    assert float(alone) == 0.0
