"""The analytic satellite with uncertain numbers, for tests of sensitivity and odds."""

from __future__ import annotations

from collections.abc import Mapping

from problems.parameters.uncertain import Marginal
from tests.optimize.little_satellite import LittleSatellite

MARGINALS = (
    Marginal("launch.price_usd_per_kg", "USD/kg", 250.0, 500.0, 1000.0, "lognormal"),
    Marginal("power.yield_w_m2", "W/m2", 200.0, 250.0, 300.0, "uniform"),
    Marginal("thermal.limit_c", "degC", 80.0, 85.0, 90.0, "triangular"),
)


class JudgedSatellite(LittleSatellite):
    """Cost moves with the launch price alone; the other two numbers move limits only."""

    marginals = MARGINALS
    assumption_units: Mapping[str, str] = {one.key: one.unit for one in MARGINALS}
