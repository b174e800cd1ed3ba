"""Satellites whose modules visits renew: what the last set asks of an old array and radiator."""

from __future__ import annotations

import numpy as np
import pytest

from problems.compute_satellite.problem import ComputeSatellite
from problems.radiation.exposure import extreme_shares

PROBLEM = ComputeSatellite()
VISITED = {"design_life_yr": 15.0, "refresh_yr": 5.0, "gpu_count": 90}
LONG = {"design_life_yr": 15.0, "refresh_yr": 0.0, "gpu_count": 90}


def _of(name: str, **design: float | str) -> float:
    return float(PROBLEM.evaluate({k: [v] for k, v in design.items()}, [name])[name][0])


def test_new_modules_ask_an_old_array_for_their_whole_load() -> None:
    """Two visits, the last after ten years: by hand from what the array of such a life gives."""
    quiet = ComputeSatellite(
        assumptions={"reliability.gpu_failure_rate_per_yr": 0.0, "power.array_ageing_per_yr": 0.03}
    )
    names = ["power_utilisation", "array_power_bol_w", "array_power_required_w"]
    out = quiet.evaluate({k: [v] for k, v in VISITED.items()}, names)
    damage = _of("cell_damage_fraction", **(VISITED | {"design_life_yr": 10.0}))
    there_w = out["array_power_bol_w"][0] * (1.0 - damage) * (1.0 - 0.03) ** 10
    margin = quiet.assumptions["power.sizing_flux_fraction"]
    expected = out["array_power_required_w"][0] / there_w / margin
    # Solar protons grow with years^0.9, so two thirds of fifteen years are not quite ten.
    assert out["power_utilisation"][0] == pytest.approx(expected, rel=0.02)


def test_visits_let_no_array_be_smaller() -> None:
    assert _of("power_utilisation", **VISITED) > _of("power_utilisation", **LONG)
    assert _of("junction_margin_k", **VISITED) <= _of("junction_margin_k", **LONG)


def test_without_visit_in_the_life_nothing_changes() -> None:
    names = [o for o in PROBLEM.outputs if not o.startswith("refresh")]
    never = PROBLEM.evaluate({k: [v] for k, v in (LONG | {"refresh_yr": 15.0}).items()}, names)
    plain = PROBLEM.evaluate({k: [v] for k, v in LONG.items()}, names)
    for name in names:
        np.testing.assert_allclose(never[name], plain[name], rtol=1e-12, err_msg=name)


def test_a_set_of_modules_bears_the_dose_of_its_own_years() -> None:
    long, visited = (_of("dose_utilisation", **design) for design in (LONG, VISITED))
    low, high = extreme_shares(np.array(5.0))
    assert (float(low), float(high)) == pytest.approx((0.2, 1.0))
    # A third of the years; no more than the Sun's worst and the belts' fullest years make of it.
    assert long / 3.0 < visited < long
    assert _of("dose_krad", **VISITED) == pytest.approx(_of("dose_krad", **LONG))
    assert _of("hbm_margin_loss_fraction", **VISITED) < _of("hbm_margin_loss_fraction", **LONG)


def test_what_visits_bring_leaves_the_earth_too() -> None:
    extra_kg = _of("earth_launched_mass_kg", **VISITED) - _of("launch_mass_kg", **VISITED)
    assert extra_kg > 0.0
    assert extra_kg == pytest.approx(_of("refresh_mass_kg", **VISITED))


def test_visits_take_tankers_along_as_the_satellite_does_and_import_all_their_modules() -> None:
    # Starship leaves 5.916 t for a tonne in the geostationary orbit, and 8.494 for one of freight.
    high = VISITED | {"orbit": "geo", "transfer": "direct", "refuelling": "tankers"}
    both_kg = _of("launch_mass_kg", **high) + _of("refresh_mass_kg", **high)
    assert _of("earth_launched_mass_kg", **high) / both_kg == pytest.approx(5.916, rel=2e-3)
    lunar = VISITED | {"launch_site": "moon"}
    satellite_kg = 8.494 * _of("imported_mass_kg", **lunar)
    # Modules and carriers come from the Earth whole, and all of the stage but its structure.
    made = PROBLEM.assumptions["lunar.made_other_frac"]
    arriving = _of("on_orbit_mass_kg", **lunar) / _of("launch_mass_kg", **lunar)
    whole_kg = 8.494 * _of("refresh_mass_kg", **lunar)
    visits_kg = _of("refresh_earth_mass_kg", **lunar)
    assert whole_kg * arriving * (1.0 - made) < visits_kg < whole_kg
    expected_kg = satellite_kg + visits_kg
    assert _of("earth_launched_mass_kg", **lunar) == pytest.approx(expected_kg, rel=1e-3)


def test_visits_fly_by_electric_thrust_as_the_satellite_does() -> None:
    """A kilogram of modules takes its share of propellant and tanks along."""
    spiral = VISITED | {"orbit": "geo", "transfer": "electric"}
    low = VISITED | {"transfer": "direct"}
    share = _of("launch_mass_kg", **spiral) / _of("on_orbit_mass_kg", **spiral)
    assert share > 1.2
    alive = [
        np.exp(-5.0 * (_of("satellite_loss_rate_per_yr", **d) + _of("loop_loss_rate_per_yr", **d)))
        for d in (spiral, low)
    ]
    each_kg = [
        _of("refresh_mass_kg", **d) / (a + a**2) for d, a in zip((spiral, low), alive, strict=True)
    ]
    assert each_kg[0] / each_kg[1] == pytest.approx(share, rel=1e-9)


def test_lost_loops_are_brought_no_modules() -> None:
    """By hand: what works after five and ten years, with losses of loops or without."""
    leaky = VISITED | {"radiator_loops": 4.0}
    rate = _of("satellite_loss_rate_per_yr", **leaky) + _of("loop_loss_rate_per_yr", **leaky)
    burnt = _of("burnout_loss_rate_per_yr", **leaky)
    modules_kg = _of("mass_gpus_kg", **leaky) + 0.5 * _of("mass_host_kg", **leaky)
    brought_kg = 1.5 * modules_kg * sum(np.exp(-(rate + burnt) * t) for t in (5.0, 10.0))
    assert _of("loop_loss_rate_per_yr", **leaky) > 0.0
    assert _of("refresh_mass_kg", **leaky) == pytest.approx(brought_kg, rel=1e-12)


def test_an_accelerator_works_for_no_more_hours_than_there_are() -> None:
    cost = PROBLEM.evaluate(
        {k: [v] for k, v in VISITED.items()}, ["cost_per_gpu_hour_usd", "total_cost_pv_usd"]
    )
    hours = cost["total_cost_pv_usd"][0] / cost["cost_per_gpu_hour_usd"][0] / VISITED["gpu_count"]
    interest = np.log1p(PROBLEM.assumptions["cost.wacc"])
    assert 0.5 < hours / 8766.0 * interest / -np.expm1(-15.0 * interest) < 1.0


def test_debris_grows_with_the_years_of_the_life() -> None:
    flux = "debris_flux_over_1_cm_per_m2_yr"
    early = _of(flux, launch_year=2030.0, design_life_yr=10.0)
    assert _of(flux, launch_year=2035.0, design_life_yr=10.0) > early
    assert _of(flux, launch_year=2032.0, design_life_yr=6.0) == pytest.approx(early)


def test_tankers_count_beside_satellites_from_the_moon() -> None:
    designs = {
        "launch_site": ["earth", "moon"],
        "launcher": ["starship", "starship"],
        "refuelling": ["tankers", "none"],
        "transfer": ["direct", "electric"],
        "orbit": ["geo", "geo"],
    }
    name = "earth_launched_mass_kg"
    both = PROBLEM.evaluate(designs, [name])[name]
    for row in (0, 1):
        alone = PROBLEM.evaluate({k: [v[row]] for k, v in designs.items()}, [name])[name]
        assert both[row] == pytest.approx(alone[0], rel=1e-12)
    assert both[0] > 2.0 * PROBLEM.evaluate(designs, ["launch_mass_kg"])["launch_mass_kg"][0]


def test_who_trains_as_one_stops_as_one() -> None:
    training = ComputeSatellite(assumptions={"comms.workload": 0.0})

    def efficiency(satellites: int) -> float:
        name = "checkpoint_efficiency"
        design = {"cluster_satellites": [satellites], "gpu_count": [100]}
        return float(training.evaluate(design, [name])[name][0])

    one, few, many = (1.0 - efficiency(satellites) for satellites in (1, 9, 81))
    # A gang of 100, of 900, of 8,100: losses grow between the root of the gang and the gang.
    assert 3.0 < few / one < 9.0
    assert 3.0 <= many / few < 9.0


def test_modules_that_wait_for_their_platform_work_later() -> None:
    design = {"modules": [40], "launch_site": ["earth"]}
    names = ["delivered_exaflop_pv", "platform_assembly_months"]
    eager = ComputeSatellite(assumptions={"platform.waiting_share": 0.0}).evaluate(design, names)
    last = ComputeSatellite(assumptions={"platform.waiting_share": 1.0}).evaluate(design, names)
    years = float(last["platform_assembly_months"][0]) / 12.0
    rate = np.log1p(PROBLEM.assumptions["cost.wacc"]) + np.log1p(
        PROBLEM.assumptions["compute.value_decline_per_yr"]
    )
    ratio = float(last["delivered_exaflop_pv"][0] / eager["delivered_exaflop_pv"][0])
    assert ratio == pytest.approx(np.exp(-rate * years), rel=1e-12)
    assert years > 0.1


def test_a_visit_from_the_moon_pays_for_what_it_imports_by_hand() -> None:
    """Nothing is made on the Moon: a kilogram of a visit pays as one of the satellite does."""
    made = [f"made_{part}_frac" for part in ("array", "radiator", "structure", "shield", "other")]
    made += ["made_harness_frac", "made_aeroshell_frac", "made_propellant_frac"]
    dear = ComputeSatellite(assumptions={f"lunar.{name}": 0.0 for name in made})
    design = VISITED | {"launch_site": "moon", "transfer": "direct", "design_life_yr": 10.0}
    out = {k: float(v[0]) for k, v in dear.evaluate({k: [v] for k, v in design.items()}).items()}
    assert out["imported_mass_kg"] == pytest.approx(out["launch_mass_kg"])
    assumed = dear.assumptions
    # One visit after five years: what rockets fly is cheaper then, the mass driver's share is not.
    visit_kg = out["refresh_mass_kg"]
    driver = [f"driver_{part}_usd_per_kg" for part in ("capital", "operations", "electricity")]
    flown = visit_kg * out["import_cost_usd"] / out["imported_mass_kg"] * 1.15**-5.0
    shot = visit_kg * sum(out[name] for name in driver)
    own = assumed["cost.thruster_usd"]
    own += out["mass_propellant_kg"] * assumed["cost.propellant_usd_per_kg"]
    stage = (out["cost_propulsion_usd"] - own) * visit_kg / out["launch_mass_kg"]
    whole = np.exp(-5.0 * out["satellite_loss_rate_per_yr"])
    alive = whole * np.exp(-5.0 * out["loop_loss_rate_per_yr"])
    modules = (out["cost_gpus_usd"] + 0.5 * out["cost_hosts_usd"]) * (1.26 / 1.25) ** 5.0 * alive
    network = out["cost_ground_network_usd"] * (1.26**5.0 - 1.0) * 1.10**-5.0 * alive
    # Bought again: what the mass driver loses, and what rockets and landers lose before it.
    share = assumed["lunar.failure_prob"] / (1.0 - assumed["lunar.failure_prob"])
    landed = (1.0 - _failure_prob("starship")) * (1.0 - assumed["lunar.landing_loss_frac"])
    imports = (1.0 - landed) / landed
    carried = (flown + shot + stage) * (1.0 + share) + flown * imports
    modules *= 1.0 + share + imports
    expected = carried + modules + network + assumed["refresh.visit_usd"] * whole
    assert out["cost_refresh_usd"] == pytest.approx(expected, rel=1e-9)


def _failure_prob(launcher: str) -> float:
    """Return the probability that a flight is lost, from what its risk adds to a satellite."""
    names = ["satellite_cost_usd", "launch_cost_usd", "cost_launch_risk_usd"]
    out = PROBLEM.evaluate({"launcher": [launcher]}, [*names, "cost_development_usd"])
    at_risk = out[names[0]] + out[names[1]] - out["cost_development_usd"]
    share = float(out[names[2]][0] / at_risk[0])
    return share / (1.0 + share)


def test_renewed_accelerators_corrupt_no_more_than_the_first() -> None:
    """Corruption follows the hours at work, however much more is done in one."""
    names = ["cost_undetected_sdc_usd", "delivered_exaflop"]
    slow, fast = (
        ComputeSatellite(assumptions={"timing.chip_efficiency_growth_per_yr": growth}).evaluate(
            {k: [v] for k, v in VISITED.items()}, names
        )
        for growth in (0.1, 0.5)
    )
    assert fast["delivered_exaflop"][0] > 2.0 * slow["delivered_exaflop"][0]
    assert fast["cost_undetected_sdc_usd"][0] == pytest.approx(slow["cost_undetected_sdc_usd"][0])


def test_the_ground_network_is_neither_launched_nor_integrated() -> None:
    names = ["cost_launch_risk_usd", "cost_integration_usd", "cost_ground_network_usd"]
    free, dear = (
        ComputeSatellite(assumptions={"comms.site_cost_usd": usd}).evaluate({}, names)
        for usd in (0.0, 1e9)
    )
    assert dear["cost_ground_network_usd"][0] > free["cost_ground_network_usd"][0] == 0.0
    for name in names[:2]:
        assert dear[name][0] == free[name][0], name


def test_capital_of_visits_bears_interest_before_their_launch() -> None:
    late = ComputeSatellite(assumptions={"cost.commissioning_yr": 1.0})
    names, design = ["total_cost_pv_usd"], {k: [v] for k, v in VISITED.items()}
    with_it, without = (float(p.evaluate(design, names)[names[0]][0]) for p in (late, PROBLEM))
    no_visits = {k: [v] for k, v in LONG.items()}
    plain = [float(p.evaluate(no_visits, names)[names[0]][0]) for p in (late, PROBLEM)]
    # All of it but the operations bears a year's interest.
    interest = PROBLEM.assumptions["cost.wacc"]
    assert (with_it - without) / without == pytest.approx(interest, rel=0.1)
    assert with_it - without > 1.15 * (plain[0] - plain[1])


def test_visits_to_a_platform_wait_for_its_work_and_risk_no_docking() -> None:
    risky = ComputeSatellite(assumptions={"platform.docking_loss_prob": 0.2})
    design = {k: [v] for k, v in (VISITED | {"modules": 40.0}).items()}
    name = "cost_refresh_usd"
    assert risky.evaluate(design, [name])[name][0] == PROBLEM.evaluate(design, [name])[name][0]
