"""How the model answers each public claim: which satellite, which figure, which facts beside it.

A verdict is never written here: :mod:`optimize.analysis.claims.answers` computes it from the
figure, its futures and the range of the assumption it hinges on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from optimize.analysis.claims import formulas as figure
from optimize.analysis.claims.formulas import Formula, output
from optimize.analysis.claims.settings import FULL_COST, Setting, between
from problems.parameters.assumptions import assumption_rows

STARSHIP = "catalog.launchers.starship."
PRICE, PAYLOAD = f"{STARSHIP}price_usd", f"{STARSHIP}leo_payload_kg"
THROUGHPUT = "lunar.throughput_t_per_yr"
_EARTH = ("launch_site", "earth")
_STARSHIP = ("launcher", "starship")
_PAYLOAD_KG = 1e5  # target of the version that scenario 2030 assumes
#: Altitude above which a dawn-dusk orbit sees no eclipse at all (first at 1,349 km).
_ECLIPSE_FREE_KM = 1400.0
#: Yearly capacity of a mass driver that launches about 1 TW of IT power.
_TERAWATT_T_PER_YR = 1e8
_MID_2028 = 2028.5


@dataclass(frozen=True)
class Fact:
    """A figure shown beside the answer."""

    label: str
    unit: str
    formula: Formula


@dataclass(frozen=True)
class Question:
    """What is asked of the model.

    ``rival`` is a second design to compare with; ``ground`` asks for the cheapest ground too;
    ``pinned`` are assumptions that the claim itself sets, so that no future varies them.
    """

    setting: Setting
    metric: Formula
    facts: tuple[Fact, ...] = ()
    rival: Setting | None = None
    ground: bool = False
    pinned: tuple[str, ...] = ()


CHEAPEST = Setting()
LIGHTEST = Setting(objective="specific_mass_kg_per_kw")
_PRICED = (PRICE, PAYLOAD)
_COSTS = (
    Fact("in orbit", "USD/EFLOP", output(FULL_COST)),
    Fact("on the ground", "USD/EFLOP", output("ground")),
    Fact("ratio without chips", "1", output("cost_ratio_to_ground_no_chips")),
    Fact("launch over electricity", "1", output("cost_ratio_to_ground_launch_only")),
)
_MASSES = (
    Fact("specific mass", "kg/kW", output("specific_mass_kg_per_kw")),
    Fact("array share of mass", "1", figure.share("mass_array_kg", "launch_mass_kg")),
    Fact("radiator share of mass", "1", figure.share("mass_radiator_kg", "launch_mass_kg")),
)


def _at_price(usd_per_kg: float) -> Setting:
    """Return the setting of 2030 at a launch price to low orbit."""
    price = ((PRICE, usd_per_kg * _PAYLOAD_KG), (PAYLOAD, _PAYLOAD_KG))
    return Setting(overrides=price, fixed=(_EARTH, _STARSHIP))


def _orbit(name: str) -> Setting:
    return Setting(fixed=(_EARTH, ("orbit", name)))


@cache
def questions() -> Mapping[str, Question]:
    """Return what is asked of the model, by claim."""
    return {**_mass(), **_running(), **_cost(), **_sun_and_heat(), **_scale(), **_orbits()}


def _mass() -> dict[str, Question]:
    return {
        "kw_per_tonne": Question(LIGHTEST, figure.kw_per_tonne, _MASSES),
        "gw_per_megatonne": Question(CHEAPEST, figure.kw_per_tonne, _MASSES),
    }


def _running() -> dict[str, Question]:
    return {
        "no_running_cost": Question(
            CHEAPEST,
            figure.running_share,
            (
                Fact("compute lost", "1/yr", output("compute_loss_rate_per_yr")),
                Fact("operations over the life", "MUSD", output("cost_operations_usd", 1e-6)),
            ),
        ),
        "no_batteries": Question(
            CHEAPEST,
            figure.share("mass_battery_kg", "launch_mass_kg"),
            (
                Fact("battery", "kWh", output("battery_energy_wh", 1e-3)),
                Fact("longest eclipse", "min", output("longest_eclipse_min")),
                Fact("compute carried through it", "1", output("eclipse_power_fraction")),
                Fact("year spent computing", "1", output("compute_duty")),
            ),
        ),
        "always_sunny": Question(
            Setting(
                fixed=(_EARTH, ("orbit", "dawn_dusk_sso")),
                least=(("altitude_km", _ECLIPSE_FREE_KM),),
            ),
            figure.ratio_to_rival,
            (
                Fact("without eclipse", "km", output("orbit_altitude_km")),
                Fact("its shield", "mm", output("shield_mm")),
                Fact("best of all", "km", output("rival.orbit_altitude_km")),
                Fact("its longest eclipse", "min", output("rival.longest_eclipse_min")),
            ),
            rival=CHEAPEST,
        ),
    }


def _cost() -> dict[str, Question]:
    soon = Setting(overrides=between("today", "2030", _MID_2028))
    cheaper = {
        "cheaper_in_2_to_3_years": soon,
        "cheaper_in_4_to_5_years": CHEAPEST,
        "launch_100_per_kg": _at_price(100.0),
        "launch_100_per_lb": _at_price(220.0),
    }
    questions = {
        name: Question(
            setting,
            figure.ratio_to_ground,
            _COSTS,
            ground=True,
            pinned=_PRICED if name.startswith("launch") else (),
        )
        for name, setting in cheaper.items()
    }
    questions["suncatcher_200"] = Question(
        _at_price(200.0),
        figure.launch_over_electricity,
        (
            Fact("launch", "USD/kW/yr", figure.launch_usd_per_kw_yr),
            Fact("electricity on the ground", "USD/kW/yr", figure.electricity_usd_per_kw_yr),
            Fact("launch to that orbit", "USD/kg", output("launch_price_usd_per_kg")),
            _MASSES[0],
        ),
        pinned=_PRICED,
    )
    questions["starcloud_8m"] = Question(
        Setting("cost_per_exaflop_no_chips_usd", fixed=(_EARTH, ("design_life_yr", 10.0))),
        figure.of_forty_mw("cost_array_usd", "cost_shield_usd", "launch_cost_usd"),
        (
            Fact("launch", "MUSD", figure.of_forty_mw("launch_cost_usd")),
            Fact("array", "MUSD", figure.of_forty_mw("cost_array_usd")),
            Fact("shield", "MUSD", figure.of_forty_mw("cost_shield_usd")),
            Fact("electricity on the ground", "MUSD", figure.electricity_of_forty_mw),
        ),
    )
    return questions


def _sun_and_heat() -> dict[str, Question]:
    return {
        "solar_yield": Question(
            CHEAPEST,
            output("solar_yield_ratio_to_ground"),
            (
                Fact("in orbit", "kWh/m2/yr", output("solar_yield_kwh_per_m2_yr")),
                Fact("sunlit", "1", output("sunlit_fraction")),
            ),
        ),
        "cooling_nearly_free": Question(
            CHEAPEST,
            figure.cooling_over_ground,
            (
                Fact("in orbit", "USD/kW/yr", figure.cooling_usd_per_kw_yr),
                Fact("share of cost without chips", "1", figure.cooling_share),
                Fact("share of mass", "1", _MASSES[2].formula),
                Fact("heat absorbed", "W/m2", output("radiator_absorbed_w_m2")),
                Fact("heat rejected", "W/m2", output("radiator_heat_flux_w_m2")),
            ),
        ),
        "iss_15000": Question(
            CHEAPEST,
            figure.iss_equivalents,
            (Fact("heat over IT power", "1", figure.share("heat_rejected_w", "it_power_w")),),
        ),
    }


def _scale() -> dict[str, Question]:
    floor = assumption_rows()["fleet.launch_floor_usd_per_kg"].nominal
    at_scale = (
        (PRICE, floor * _PAYLOAD_KG),
        (PAYLOAD, _PAYLOAD_KG),
        (THROUGHPUT, _TERAWATT_T_PER_YR),
    )
    return {
        "starship_300_gw": Question(
            Setting(objective=LIGHTEST.objective, fixed=(_EARTH, _STARSHIP)),
            figure.gw_per_yr,
            (
                Fact("flights for 300 GW/yr", "1/d", figure.flights_per_day_for(300e9)),
                Fact("payload to that orbit", "t", output("payload_to_orbit_kg", 1e-3)),
                Fact("specific mass", "kg/kW", output("specific_mass_kg_per_kw")),
            ),
        ),
        "moon_terawatts": Question(
            Setting(overrides=at_scale, fixed=(("launch_site", "moon"),)),
            figure.ratio_to_rival,
            (
                Fact("leaves the Earth for it", "kg/kW", figure.per_kw("earth_launched_mass_kg")),
                Fact("of the direct one", "kg/kW", output("rival.specific_mass_kg_per_kw")),
                Fact("driver", "USD/kg", output("driver_capital_usd_per_kg")),
            ),
            rival=Setting(overrides=at_scale),
            pinned=(*_PRICED, THROUGHPUT),
        ),
    }


def _orbits() -> dict[str, Question]:
    geo, sso = _orbit("geo"), _orbit("dawn_dusk_sso")
    return {
        "geo_radiators": Question(
            geo,
            figure.radiator_ratio,
            (
                Fact("geostationary", "m2/kW", figure.per_kw("radiator_area_m2")),
                Fact("sun-synchronous", "m2/kW", figure.per_kw("radiator_area_m2", rival=True)),
                Fact("cost over sun-synchronous", "1", figure.ratio_to_rival),
            ),
            rival=sso,
        ),
        "geo_shielding": Question(
            geo,
            figure.share("shield_mm", "rival.shield_mm"),
            (
                Fact("geostationary", "mm", output("shield_mm")),
                Fact("sun-synchronous", "mm", output("rival.shield_mm")),
                Fact("share of mass", "1", figure.share("mass_shield_kg", "launch_mass_kg")),
            ),
            rival=sso,
        ),
    }
