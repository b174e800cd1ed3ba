"""Figures that claims are measured by, from outputs of a design and the assumptions in force."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from optimize.analysis.claims.settings import FULL_COST
from problems.compute_satellite.items import SUBSYSTEM_MASSES, add_up, costs_of
from problems.units import DAYS_PER_YEAR, HOURS_PER_YEAR, FloatArray, Quantity

#: Outputs and variables by name; those of the rival design begin with ``rival.``.
Figures = Mapping[str, FloatArray]
#: Assumptions in force by key, one value or one per case.
Numbers = Mapping[str, Quantity]
Formula = Callable[[Figures, Numbers], FloatArray]

_FORTY_MW = 40e6
_TEN_YEARS = 10.0


def output(name: str, factor: float = 1.0) -> Formula:
    """Return the formula of one output, times a factor into another unit."""
    return lambda o, n: o[name] * factor


def share(part: str, whole: str) -> Formula:
    """Return the formula of one output over another."""
    return lambda o, n: o[part] / o[whole]


#: What rejects the heat.
COOLING_MASSES = ("mass_radiator_kg", "mass_pumps_kg", "mass_bumpers_kg")


def kw_per_tonne(o: Figures, n: Numbers) -> FloatArray:
    """Return IT power per launched tonne [kW/t], the same number as GW per million tonnes."""
    return 1000.0 / o["specific_mass_kg_per_kw"]


def ratio_to_ground(o: Figures, n: Numbers) -> FloatArray:
    """Cost of a FLOP in orbit over the cheapest on the ground [1]."""
    return o[FULL_COST] / o["ground"]


def ratio_to_rival(o: Figures, n: Numbers) -> FloatArray:
    """Cost of a FLOP over that of the rival design [1]."""
    return o[FULL_COST] / o[f"rival.{FULL_COST}"]


def running_share(o: Figures, n: Numbers) -> FloatArray:
    """Operations and lost compute over capital [1/yr]."""
    capital = o["total_cost_usd"] - o["cost_operations_usd"]
    yearly = o["cost_operations_usd"] / o["design_life_yr"] / capital
    return yearly + o["compute_loss_rate_per_yr"]


def cooling_usd(o: Figures, n: Numbers) -> FloatArray:
    """Radiator with integration, its launch and its part of the bus, both by mass [USD].

    Pumps and the bumpers of the tubes are carried as the radiator is.
    """
    share = add_up(o, COOLING_MASSES) / add_up(o, SUBSYSTEM_MASSES)
    carried = share * (o["launch_cost_usd"] + o["cost_bus_usd"])
    return o["cost_radiator_usd"] * (1.0 + n["cost.integration_fraction"]) + carried


def cooling_usd_per_kw_yr(o: Figures, n: Numbers) -> FloatArray:
    """Cooling per IT power and year of design life [USD/kW/yr]."""
    return cooling_usd(o, n) / (o["it_power_w"] * 1e-3 * o["design_life_yr"])


def cooling_over_ground(o: Figures, n: Numbers) -> FloatArray:
    """Cooling in orbit over the electricity that the ground spends beyond its IT [1]."""
    beyond = electricity_usd_per_kw_yr(o, n) * (1.0 - 1.0 / n["ground.pue"])
    return cooling_usd_per_kw_yr(o, n) / beyond


def cooling_share(o: Figures, n: Numbers) -> FloatArray:
    """Cooling over the cost without chips [1]."""
    return cooling_usd(o, n) / (o["total_cost_usd"] - add_up(o, costs_of("chips")))


def gw_per_yr(o: Figures, n: Numbers) -> FloatArray:
    """Return the IT power that the heaviest launcher puts up in a year [GW/yr]."""
    return n["fleet.heavy_flights_per_yr"] * o["it_power_w"] / o["launch_flights"] * 1e-9


def flights_per_day_for(rate_w_per_yr: float) -> Formula:
    """Return the formula of flights a day for a yearly rate of IT power [1/d]."""
    return lambda o, n: rate_w_per_yr / o["it_power_w"] * o["launch_flights"] / DAYS_PER_YEAR


def iss_equivalents(o: Figures, n: Numbers) -> FloatArray:
    """Heat of 1 GW of IT power over the capacity of the ISS [1]."""
    return o["heat_rejected_w"] / o["it_power_w"] * 1e6 / n["fleet.iss_heat_rejection_kw"]


def radiator_ratio(o: Figures, n: Numbers) -> FloatArray:
    """Radiator area per power over the rival's [1]."""
    own_ratio = o["radiator_area_m2"] / o["it_power_w"]
    return own_ratio / (o["rival.radiator_area_m2"] / o["rival.it_power_w"])


def per_kw(name: str, rival: bool = False) -> Formula:
    """Return the formula of an output per kilowatt of IT."""
    prefix = "rival." if rival else ""
    return lambda o, n: o[prefix + name] / o[f"{prefix}it_power_w"] * 1e3


def of_forty_mw(*names: str) -> Formula:
    """Return the formula of costs of 40 MW of IT [MUSD]."""
    return lambda o, n: (
        sum((o[name] for name in names), 0.0 * o["it_power_w"])
        * (_FORTY_MW * 1e-6 / o["it_power_w"])
    )


def electricity_of_forty_mw(o: Figures, n: Numbers) -> FloatArray:
    """Electricity with PUE of 40 MW over ten years on the ground [MUSD]."""
    return electricity_usd_per_kw_yr(o, n) * (_FORTY_MW * 1e-3 * _TEN_YEARS * 1e-6)


def electricity_usd_per_kw_yr(o: Figures, n: Numbers) -> FloatArray:
    """Electricity of one kilowatt of IT on the ground, PUE included [USD/kW/yr]."""
    price = n["ground.electricity_usd_per_kwh"] * n["ground.pue"] * HOURS_PER_YEAR
    return o["it_power_w"] * 0.0 + price


def launch_usd_per_kw_yr(o: Figures, n: Numbers) -> FloatArray:
    """Launch of one kilowatt of IT over its design life [USD/kW/yr]."""
    return o["launch_cost_usd"] / (o["it_power_w"] * 1e-3 * o["design_life_yr"])


def launch_over_electricity(o: Figures, n: Numbers) -> FloatArray:
    """Launch over electricity, per kilowatt and year [1]."""
    return launch_usd_per_kw_yr(o, n) / electricity_usd_per_kw_yr(o, n)
