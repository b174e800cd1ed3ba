"""The chain: what it returns, that its sums close, and which way it moves."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from problems import load_problem
from problems.batch import BLOCK
from problems.compute_satellite.items import costs_of
from problems.compute_satellite.problem import ComputeSatellite
from problems.parameters.assumptions import load_assumptions
from problems.parameters.catalog import catalog_table
from problems.radiation.events import FAILURE_SHARES
from problems.space import DesignSpace
from problems.spec import SpecError
from problems.units import MOON

PROBLEM = load_problem()
assert isinstance(PROBLEM, ComputeSatellite)
SPACE = PROBLEM.space
NOMINAL = load_assumptions()
#: Equipment that does not shield: chips of different mass meet the same particles.
UNSHIELDED = ComputeSatellite(assumptions={"radiation.self_shielding_frac": 0.0})
#: Futures of every kind: plain, environment, catalogue, switch.
FUTURES = {
    "mass.prediction_error": [0.85, 1.0, 1.25],
    "orbit.density_multiplier": [0.6, 1.0, 1.7],
    "radiation.trapped_multiplier": [0.5, 1.0, 2.0],
    "radiation.self_shielding_frac": [0.3, 0.6, 0.9],
    "radiation.solar_minimum_year": [2029.5, 2030.5, 2031.5],
    "catalog.gpus.B200.price_usd": [30e3, 38e3, 48e3],
    "catalog.launchers.starship.leo_payload_kg": [60e3, 100e3, 120e3],
    "cost.commercial_insurance": [0.0, 1.0, 0.0],
    "comms.workload": [0.0, 1.0, 2.0],
    "lunar.made_array_frac": [0.5, 0.75, 0.9],
}


def sample(n: int = 200, seed: int = 7) -> np.ndarray:
    """Designs from all over the space: every orbit, site, transfer and part appears."""
    x = SPACE.sample(n, np.random.default_rng(seed))
    return PROBLEM.canonical(x)


X = sample()
OUT = PROBLEM.evaluate(X)


def default(**changes) -> dict[str, np.ndarray]:
    """Outputs of the default design with columns changed."""
    return PROBLEM.evaluate({key: np.atleast_1d(value) for key, value in changes.items()})


def from_moon() -> np.ndarray:
    return X[:, SPACE.index["launch_site"]] == MOON


# --- what comes back ------------------------------------------------------------------------------


def test_sample_covers_every_branch():
    for name in ("orbit", "launch_site", "transfer", "array_type", "radiator_type"):
        codes = set(X[:, SPACE.index[name]].astype(int))
        assert codes == set(SPACE[name].codes), name


def test_chain_returns_every_declared_output_and_no_other():
    assert set(OUT) == set(PROBLEM.outputs)
    found = PROBLEM.evaluate_futures(X[:3], {})
    assert set(found) == set(PROBLEM.outputs)  # straight from the chain, nothing picked


def test_chain_is_finite_everywhere():
    assert not [name for name, column in OUT.items() if not np.isfinite(column).all()]


def test_chain_returns_nothing_negative_but_temperatures_and_margins():
    negative = {name for name, column in OUT.items() if (column < 0.0).any()}
    assert negative <= {
        "junction_temperature_c",
        "junction_margin_k",
        "array_temperature_c",
        "hardware_wait_yr",
    }


def test_chain_shares_lie_between_zero_and_one():
    shares = [
        name
        for name in OUT
        if name.endswith(("_fraction", "_probability")) or name in ("availability", "compute_duty")
    ]
    assert len(shares) > 8
    for name in shares:
        assert np.all((OUT[name] >= 0.0) & (OUT[name] <= 1.0)), name


def test_no_output_depends_on_the_other_rows_of_a_batch():
    """Bit for bit: platforms, clusters, visits, tankers and late arrivals beside plain rows."""
    free = DesignSpace([dataclasses.replace(variable, held=False) for variable in SPACE.variables])
    rng = np.random.default_rng(2)
    x = free.sample(10, rng)
    for name in ("modules", "cluster_satellites", "refresh_yr", "launch_year"):
        x[rng.random(len(x)) < 0.5, SPACE.index[name]] = SPACE[name].default
    x = PROBLEM.canonical(x)
    together = PROBLEM.evaluate(x)
    for row in range(len(x)):
        for name, column in PROBLEM.evaluate(x[row]).items():
            assert column[0] == together[name][row], (row, name)


def test_evaluate_row_order_is_immaterial():
    order = np.random.default_rng(1).permutation(len(X))
    shuffled = PROBLEM.evaluate(X[order])
    for name, column in shuffled.items():
        np.testing.assert_allclose(column, OUT[name][order], rtol=1e-12, err_msg=name)


def test_evaluate_leaves_its_input():
    x = X.copy()
    x.flags.writeable = False
    PROBLEM.evaluate(x)
    np.testing.assert_array_equal(x, X)


def test_evaluate_accepts_an_empty_batch():
    found = PROBLEM.evaluate(np.empty((0, len(SPACE))))
    assert {column.shape for column in found.values()} == {(0,)}


def test_evaluate_blocks_do_not_show():
    x = np.tile(X[:20], (BLOCK // 20 + 3, 1))
    names = ["cost_per_exaflop_usd", "launch_mass_kg", "radiation_failure_rate_per_pflops_yr"]
    found = PROBLEM.evaluate(x, names)
    assert tuple(found) == tuple(names)
    for name in names:
        np.testing.assert_allclose(found[name], np.tile(OUT[name][:20], len(x) // 20), rtol=1e-12)


def test_evaluate_names_an_unknown_output():
    with pytest.raises(SpecError, match="did you mean 'launch_mass_kg'"):
        PROBLEM.evaluate(X[:1], ["launch_mass"])


def test_inactive_variables_have_no_influence():
    active = PROBLEM.active(X)
    assert not active.all()
    other = np.where(active, X, sample(len(X), seed=99))
    found = PROBLEM.evaluate(other)
    for name in PROBLEM.outputs:
        np.testing.assert_array_equal(found[name], OUT[name], err_msg=name)


def test_the_chain_itself_asks_nothing_of_inactive_variables():
    """Of every lever, and without the canonical values that :meth:`evaluate` would put back."""
    free = DesignSpace([dataclasses.replace(variable, held=False) for variable in SPACE.variables])
    x, other = (free.sample(400, np.random.default_rng(seed)) for seed in (3, 4))
    x[::2, SPACE.index["cluster_satellites"]] = 1.0
    x = PROBLEM.canonical(x)
    other = np.where(PROBLEM.active(x), x, other)
    names = tuple(PROBLEM.outputs)
    found, expected = (PROBLEM.run_columns(SPACE.columns(rows), names) for rows in (other, x))
    for name in names:
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)
    changed = {SPACE.names[i] for i in np.flatnonzero((other != x).any(axis=0))}
    assert {"cluster_spacing_m", "driver_accel_g", "eclipse_power_fraction"} <= changed


# --- futures --------------------------------------------------------------------------------------


def test_evaluate_futures_equals_one_future_at_a_time():
    x = X[::4]
    together = PROBLEM.evaluate_futures(x, FUTURES)
    for future in range(3):
        values = {key: column[future] for key, column in FUTURES.items()}
        alone = load_problem(assumptions=values).evaluate(x)
        for name, column in alone.items():
            np.testing.assert_allclose(
                together[name][future], column, rtol=1e-10, atol=1e-300, err_msg=name
            )


def test_evaluate_futures_of_every_assumption_keeps_the_shape():
    groups = {}
    for key in PROBLEM.assumption_units:
        if not key.startswith("catalog."):
            groups.setdefault(key.split(".")[0], []).append(key)
    for group, keys in groups.items():
        nominal = {
            key: np.full(2, getattr(getattr(NOMINAL, group), key.split(".")[1])) for key in keys
        }
        found = PROBLEM.evaluate_futures(X[:9], nominal)
        for name, column in found.items():
            assert column.shape == (2, 9), (group, name)
            np.testing.assert_allclose(column[1], OUT[name][:9], rtol=1e-10, err_msg=name)


def test_evaluate_futures_names_an_unknown_key():
    with pytest.raises(SpecError, match=r"did you mean 'compute\.mfu'"):
        PROBLEM.evaluate_futures(X[:1], {"compute.mfuu": [0.4]})


# --- sums that have to close ----------------------------------------------------------------------


def test_breakdowns_add_up_to_their_totals():
    totals = {"launch_mass_kg", "total_cost_usd", "radiation_failure_rate_per_gpu_yr"}
    assert {b.total for b in PROBLEM.breakdowns} == totals
    for breakdown in PROBLEM.breakdowns:
        total = sum(OUT[name] for name in breakdown.items)
        np.testing.assert_allclose(total, OUT[breakdown.total], rtol=1e-9, err_msg=breakdown.name)


def test_heat_is_everything_that_the_array_feeds():
    # Loads, pumps and what power conversion loses end in the radiator.
    loads = (
        OUT["it_power_w"] + OUT["comms_power_w"] + OUT["housekeeping_power_w"] + OUT["pump_power_w"]
    )
    lost = OUT["heat_rejected_w"] * (1.0 - NOMINAL.power.pmad_efficiency)
    np.testing.assert_allclose(OUT["heat_rejected_w"], loads + lost, rtol=1e-12)


def test_thrusters_draw_power_against_the_drag_of_a_busy_year():
    # u_drag * 0.34 N is the drag at 6 times the mean density; at 2.7 times, with v_e = 9.80665 *
    # 2,000 m/s and an efficiency of 0.5, P = F v_e / (2 * 0.5), all of it given in sunlight.
    thrust_n = OUT["drag_thrust_utilisation"] * (0.34 / 6.0 * 2.7)
    np.testing.assert_allclose(OUT["keeping_power_w"], thrust_n * 9.80665 * 2000.0, rtol=1e-12)
    other_w = OUT["heat_rejected_w"] * NOMINAL.power.pmad_efficiency
    lit = 1.0 - OUT["longest_eclipse_min"] / OUT["period_min"]
    np.testing.assert_allclose(
        OUT["day_load_w"], other_w + OUT["keeping_power_w"] / lit, rtol=1e-12
    )


def test_array_carries_what_is_alive_all_life_long():
    # New, the array carries every accelerator; without losses, at end of life as well.
    sizing = NOMINAL.power.sizing_flux_fraction
    required = OUT["array_power_required_w"]
    direct = X[:, SPACE.index["transfer"]] == 0
    new = required / (OUT["array_power_bol_w"] * sizing)
    assert np.all(OUT["power_utilisation"][direct] >= new[direct] * (1.0 - 1e-12))
    immortal = {f"reliability.{part}_failure_rate_per_yr": [1e-9] for part in ("gpu", "host")}
    immortal |= {f"radiation.{name}": [0.0] for name in ("sigma_hard_cm2", "latchup_rate_per_yr")}
    found = PROBLEM.evaluate_futures(X, immortal)
    end = found["array_power_required_w"] / (np.maximum(found["array_power_eol_w"], 1.0) * sizing)
    lasting = found["gpu_alive_fraction"] > 1.0 - 1e-6
    assert lasting.sum() > 10
    np.testing.assert_allclose(found["power_utilisation"][lasting], end[lasting], rtol=1e-5)


def test_dead_accelerators_spare_the_array_at_end_of_life():
    # Half of the accelerators gone after five years, by hand from load and recharge at 650 km.
    found = default(array_area_m2=650.0, design_life_yr=5.0)
    alive = 0.5
    fixed = found["array_power_required_w"] - found["it_power_w"] * (
        found["heat_rejected_w"]
        / (found["it_power_w"] + found["comms_power_w"] + found["housekeeping_power_w"])
    )
    needed = fixed + alive * (found["array_power_required_w"] - fixed)
    assert needed < 0.6 * found["array_power_required_w"]
    assert found["power_utilisation"] < found["array_power_required_w"] / (
        found["array_power_eol_w"] * NOMINAL.power.sizing_flux_fraction
    )


def _column(table: str, variable: str, field: str) -> np.ndarray:
    rows = list(catalog_table(table).rows.values())
    values = np.array([getattr(row, field) for row in rows])
    return values[X[:, SPACE.index[variable]].astype(int)]


def test_survivors_match_a_march_through_the_life_in_small_steps():
    # Heat falls with the accelerators alive, coatings darken: 2,000 Euler steps by plain formulas.
    steps, emissivity = 2_000, _column("radiators", "radiator_type", "emissivity_eol")
    fins = _column("radiators", "radiator_type", "fin_efficiency")
    dark = _column("radiators", "radiator_type", "absorptance_eol")
    # 5 K from fin to tube, half of 10 K along the loop, and from coolant to junction.
    loop_k = 5.0 * _column("radiators", "radiator_type", "loop_rise_factor")
    rise_k = 5.0 + loop_k + _column("gpus", "gpu_model", "junction_delta_k")
    other_w = OUT["comms_power_w"] + OUT["housekeeping_power_w"]
    chips_w = OUT["heat_rejected_w"] * OUT["it_power_w"] / (OUT["it_power_w"] + other_w)
    sun = OUT["albedo_on_radiator_w_m2"] + 1361.0 * np.sin(np.deg2rad(3.0))
    area, life = X[:, SPACE.index["radiator_area_m2"]], X[:, SPACE.index["design_life_yr"]]
    alive, lost, mean = np.ones(len(X)), np.zeros(len(X)), np.zeros(len(X))
    for step in range(steps):
        share = step / steps
        absorbed = emissivity * OUT["earth_infrared_on_radiator_w_m2"]
        absorbed = absorbed + dark * (0.5 + 0.5 * share) * sun
        heat = OUT["heat_rejected_w"] - (1.0 - alive) * chips_w
        quartic = (heat / area + absorbed) / (2 * 5.670374419e-8 * emissivity * fins) + 81.0
        chip_k = np.sqrt(np.sqrt(quartic)) + rise_k
        # Half of 4 % a year by Arrhenius' law at 0.7 eV from 65 degC, and 4.6 % with hosts.
        hot = np.exp(0.7 / 8.617333262e-5 * (1.0 / 338.15 - 1.0 / chip_k))
        ageing = 0.02 + 0.02 * hot + 0.046
        lost = lost + (ageing + OUT["radiation_loss_rate_per_gpu_yr"]) * life / steps
        mean, alive = mean + 0.5 * alive / steps, np.exp(-lost)
        mean = mean + 0.5 * alive / steps
    error = np.abs(OUT["gpu_alive_fraction"] / mean - 1.0)[OUT["junction_margin_k"] > 0.0]
    alive = mean[OUT["junction_margin_k"] > 0.0]
    assert (alive > 0.7).sum() > 20
    assert error[alive > 0.7].max() < 0.02
    assert error[alive > 0.3].max() < 0.05


def test_radiator_edge_on_to_the_wind_trades_drag_for_earthshine():
    # At 450 km one face sees 0.8724 of the Earth instead of both together 0.55: 237 W/m2 * 0.85 *
    # 0.32 = 65 W/m2 more infrared; its share of the ram area falls from nearly all to a tenth.
    fixed = {"altitude_km": 450.0, "radiator_area_m2": 300.0, "array_area_m2": 650.0}
    earth = default(radiator_attitude="sun_edge", **fixed)
    wind = default(radiator_attitude="ram_edge", **fixed)
    infrared = [f["earth_infrared_on_radiator_w_m2"] * 0.85 for f in (earth, wind)]
    assert infrared[1] == pytest.approx(0.85 * 237.0 * 0.8724, rel=1e-3)
    assert infrared[1] - infrared[0] == pytest.approx(65.0, abs=3.0)
    assert wind["radiator_temperature_k"] > earth["radiator_temperature_k"] + 5.0
    saved = earth["drag_area_m2"] - wind["drag_area_m2"]
    assert saved == pytest.approx(300.0 * (0.97 - 0.1), rel=0.02)
    assert wind["mass_propellant_kg"] < 0.6 * earth["mass_propellant_kg"]


def test_radiator_attitude_matters_on_the_terminator_alone():
    for family in ("inclined", "equatorial", "geo"):
        both = [default(orbit=family, radiator_attitude=a) for a in ("sun_edge", "ram_edge")]
        assert both[0]["launch_mass_kg"] == both[1]["launch_mass_kg"]


def test_power_management_goes_with_the_load_and_not_with_the_array():
    # 3 kg and 2,000 USD per kilowatt that the loads ask of the array, whatever its area.
    required_kw = OUT["array_power_required_w"] * 1e-3
    np.testing.assert_allclose(OUT["mass_power_management_kg"], 3.0 * required_kw, rtol=1e-12)
    earth = ~from_moon()
    np.testing.assert_allclose(
        OUT["cost_power_management_usd"][earth], 2e3 * required_kw[earth], rtol=1e-12
    )
    small, large = (
        default(orbit="geo", array_area_m2=area)["mass_power_management_kg"]
        for area in (700.0, 900.0)
    )
    assert small == large  # where there is no air


def test_pumps_bumpers_and_momentum_control_are_weighed():
    # 300 m2 of composite at 0.25 kg/m2 of bumpers; 0.3 kg of spare pumps per kilowatt of heat;
    # 0.1 kg of wheels per m2 of 800 + 300 m2.
    found = default(radiator_type="composite_loop", array_area_m2=800.0, radiator_area_m2=300.0)
    assert found["mass_bumpers_kg"] == pytest.approx(75.0)
    assert found["mass_momentum_kg"] == pytest.approx(110.0)
    assert found["mass_pumps_kg"] == pytest.approx(0.3e-3 * found["heat_rejected_w"])
    flown = default(radiator_type="iss_heritage")
    assert flown["mass_bumpers_kg"] == 0.0  # in the weight of the panel


def test_two_phase_loop_saves_the_rise_and_most_of_the_pumping():
    # Single phase: 200 kPa / (563 kg/m3 * 5,070 J/kg/K * 10 K * 0.4) = 1.752 % of the heat.
    single, two = (default(radiator_type=kind) for kind in ("composite_loop", "two_phase_loop"))
    share = {id(f): f["pump_power_w"] / f["heat_rejected_w"] for f in (single, two)}
    assert share[id(single)] == pytest.approx(0.01752, abs=1e-5)
    assert share[id(two)] == pytest.approx(0.07 * 0.01752, abs=1e-5)
    rise = {
        id(f): f["junction_temperature_c"] + 273.15 - f["radiator_temperature_k"]
        for f in (single, two)
    }
    assert rise[id(single)] - rise[id(two)] == pytest.approx(5.0)  # half of 10 K along the loop


def test_dry_and_wet_mass_agree_with_the_tree():
    later = ("mass_propellant_kg", "mass_transfer_stage_kg", "mass_aeroshell_kg")
    rest = OUT["launch_mass_kg"] - sum(OUT[name] for name in later)
    np.testing.assert_allclose(rest, OUT["dry_mass_kg"], rtol=1e-12)


def test_doses_add_up():
    total = OUT["belt_dose_krad"] + OUT["solar_dose_krad"] + OUT["gcr_dose_krad"]
    np.testing.assert_allclose(total, OUT["dose_krad"], rtol=1e-6)
    assert np.all(OUT["transit_dose_krad"] <= OUT["belt_dose_krad"])
    # A set that arrives too late serves a moment, the satellite none.
    assert np.all(OUT["mean_die_dose_krad"] <= OUT["dose_krad"] * (1.0 + 1e-9))


def test_failures_are_interruptions_plus_losses():
    total = OUT["radiation_interruption_rate_per_gpu_yr"] + OUT["radiation_loss_rate_per_gpu_yr"]
    np.testing.assert_allclose(total, OUT["radiation_failure_rate_per_gpu_yr"], rtol=1e-12)
    per_pflops = OUT["radiation_failure_rate_per_gpu_yr"] * X[:, SPACE.index["gpu_count"]]
    np.testing.assert_allclose(
        per_pflops / OUT["installed_pflops"],
        OUT["radiation_failure_rate_per_pflops_yr"],
        rtol=1e-12,
    )


def test_delivered_work_is_rate_share_and_life():
    life_s = X[:, SPACE.index["design_life_yr"]] * 3.15576e7
    rate = OUT["installed_pflops"] * 1e-3 * NOMINAL.compute.mfu
    np.testing.assert_allclose(
        OUT["delivered_exaflop"], rate * OUT["availability"] * life_s, rtol=1e-9, atol=1e-100
    )
    assert np.all(OUT["delivered_exaflop_pv"] <= OUT["delivered_exaflop"])


def test_cost_boundaries_are_nested_and_discounting_helps():
    full, bare = OUT["cost_per_exaflop_full_usd"], OUT["cost_per_exaflop_no_chips_usd"]
    assert np.all(OUT["cost_per_exaflop_launch_only_usd"] < bare)
    assert np.all(bare < full)
    # Without any work left, cost per work is held at a finite ceiling in both.
    works = OUT["delivered_exaflop_pv"] > 1e-6
    assert works.sum() > 100
    assert np.all(OUT["cost_per_exaflop_flat_usd"][works] < full[works])
    assert np.all(OUT["total_cost_pv_usd"] < OUT["total_cost_usd"])


@pytest.mark.parametrize("boundary", ["full", "no_chips", "launch_only"])
def test_cost_boundary_selects_the_column(boundary):
    found = load_problem(cost_boundary=boundary).evaluate(X[:20])
    np.testing.assert_array_equal(
        found["cost_per_exaflop_usd"], found[f"cost_per_exaflop_{boundary}_usd"]
    )
    np.testing.assert_allclose(
        found["cost_ratio_to_ground"],
        found["cost_per_exaflop_usd"] / found[f"ground_cost_per_exaflop_{boundary}_usd"],
        rtol=1e-12,
    )


def test_launch_cost_is_price_times_mass_and_of_one_kind():
    np.testing.assert_allclose(
        OUT["launch_price_usd_per_kg"] * OUT["launch_mass_kg"], OUT["launch_cost_usd"], rtol=1e-12
    )
    moon = from_moon()
    driver = [name for name in OUT if name.startswith(("driver_", "import"))]
    assert len(driver) >= 6
    for name in driver:
        assert np.all(OUT[name][~moon] == 0.0), name
        assert np.all(OUT[name][moon] > 0.0), name
    assert np.all(OUT["launch_flights"][moon] == 0.0)


def test_lunar_imports_can_be_lost_on_their_way():
    safe = load_problem(assumptions={"lunar.landing_loss_frac": 0.0}).evaluate(X)
    moon, extra = from_moon(), OUT["cost_launch_risk_usd"] - safe["cost_launch_risk_usd"]
    assert np.all(extra[~moon] == 0.0)
    m, code = NOMINAL.lunar, X[:, SPACE.index["array_type"]].astype(int)
    arrays = catalog_table("arrays").rows.values()
    makeable = np.array([row.lunar_makeable for row in arrays])[code]
    made = {  # share of each subsystem made on the Moon; everything else is imported
        "cost_array_usd": m.made_array_frac * makeable,
        "cost_radiator_usd": m.made_radiator_frac,
        "cost_shield_usd": m.made_shield_frac,
        "cost_bus_usd": m.made_structure_frac,
    }
    imported = sum(
        OUT[name] * (1.0 - share) / (1.0 + share * (m.build_cost_multiplier - 1.0))
        for name, share in made.items()
    ) + sum(
        OUT[name]
        for name in (*costs_of("chips"), *costs_of("platform"), "import_cost_usd")
        if name not in made
    )
    # One landing in twenty is lost: for every 19 that arrive, one more is bought and shipped, which
    # takes 1 / (1 - p) flights where p of them are lost. Of Starship, after 25 flights a year:
    later = 25.0 * (X[:, SPACE.index["launch_year"]] - 2026.7)
    flight_loss = (10.0 * 0.05 + later * 0.005) / (10.0 + later)
    np.testing.assert_allclose(
        extra[moon], (imported / 19.0 / (1.0 - flight_loss))[moon], rtol=1e-9
    )


def test_a_launch_is_lost_less_often_the_more_have_flown():
    # Starship, 25 flights a year from September 2026: 82.5 by 2030 and 332.5 by 2040, of which one
    # in 200 is lost; the record of none counts as ten flights at 5 %. Loss is p / (1 - p).
    years = [2026.0, 2030.0, 2040.0]
    outputs = ComputeSatellite(
        assumptions={
            f"timing.{name}_price_decline_per_yr": 0.0
            for name in ("chip", "launch", "array", "bus")
        }
        | {"cost.undetected_sdc_usd": 0.0}
    ).evaluate({"launch_year": years, "gpu_model": ["H100"] * 3})
    at_risk = outputs["satellite_cost_usd"] - outputs["cost_development_usd"]
    odds = outputs["cost_launch_risk_usd"] / (at_risk + outputs["launch_cost_usd"])
    expected = [0.05, 0.9125 / 92.5, 2.1625 / 342.5]
    np.testing.assert_allclose(odds / (1.0 + odds), expected, rtol=1e-9)
    assert expected[1] < 0.01


def test_the_operator_pays_its_own_cost_for_satellites_and_for_freight():
    # Starship in 2030: 90 million USD to a customer, 40 to its operator; Ariane has one price.
    operator = ComputeSatellite(assumptions={"launch.operator_cost_share": 1.0})
    for year in (2030.0, 2032.0):
        designs = {"launcher": ["starship", "ariane_64"], "launch_year": [year, year]}
        ratio = (
            operator.evaluate(designs, ["launch_cost_usd"])["launch_cost_usd"]
            / ComputeSatellite().evaluate(designs, ["launch_cost_usd"])["launch_cost_usd"]
        )
        np.testing.assert_allclose(ratio, [40.0 / 90.0, 1.0])
    moon = {"launch_site": ["moon"]}
    freight = [p.evaluate(moon, ["import_cost_usd"]) for p in (operator, ComputeSatellite())]
    np.testing.assert_allclose(
        freight[0]["import_cost_usd"] / freight[1]["import_cost_usd"], [40.0 / 90.0]
    )


def test_earth_launched_mass_counts_tankers_for_lunar_imports():
    # By hand with Starship: 140.2 t due east to 200 km are 136.3 t to 300 km (58 m/s). Of these and
    # 103.87 t inert 240.2 exp(6100 / 3677.5) - 240.2 = 1,021.6 t of propellant are missing, 7.89
    # times what a tanker hands over (0.95 x 136.3 t).
    moon = from_moon()
    np.testing.assert_array_equal(
        OUT["earth_launched_mass_kg"][~moon], OUT["launch_mass_kg"][~moon]
    )
    per_kg = OUT["earth_launched_mass_kg"][moon] / OUT["imported_mass_kg"][moon]
    np.testing.assert_allclose(per_kg, 1.0 + 1021.6 / 136.33, rtol=1e-3)
    usd_per_kg = OUT["import_cost_usd"][moon] / OUT["imported_mass_kg"][moon]
    np.testing.assert_allclose(usd_per_kg, 90e6 / 136.33e3 * (1.0 + 7.888), rtol=1e-3)
    assert np.all(OUT["imported_mass_kg"][moon] < OUT["launch_mass_kg"][moon])
    assert np.all(OUT["imported_mass_kg"][moon] >= OUT["mass_gpus_kg"][moon])


GEO = {"orbit": ["geo"], "transfer": ["direct"], "refuelling": ["tankers"]}


def test_tankers_carry_starship_to_the_geostationary_orbit():
    # By hand: 4,237 - 58 m/s from 300 km, 1,494 back with 103.87 t: (103.87 x 1.5012 + 136.33) x
    # 3.1155 - 103.87 - 136.33 = 670.3 t, 5.175 times 0.95 x 136.33 t.
    columns = ["launch_flights", "tanker_flights", "launch_mass_kg", "launch_cost_usd"]
    out = ComputeSatellite().evaluate(GEO, [*columns, "earth_launched_mass_kg"])
    satellites = out["launch_flights"] - out["tanker_flights"]
    mass_kg = out["launch_mass_kg"]
    np.testing.assert_allclose(satellites, mass_kg / 136.33e3, rtol=1e-3)
    np.testing.assert_allclose(out["tanker_flights"] / satellites, 5.175, rtol=2e-3)
    np.testing.assert_allclose(out["launch_cost_usd"], 90e6 * out["launch_flights"], rtol=1e-12)
    np.testing.assert_allclose(out["earth_launched_mass_kg"] / mass_kg, 1 + 4.916, rtol=2e-3)


def test_a_dedicated_flight_takes_whole_tankers():
    # One satellite alone, of 5 to 45 t: its flight brings the rest of 136 t in propellant. By hand
    # (103.87 x 1.5012 + 5) x 3.1155 - 103.87 - 136.33 = 261 t and at 45 t 386 t are missing: two to
    # three times the 129.5 t of a tanker.
    alone = ComputeSatellite(assumptions={"launch.dedicated": 1.0})
    out = alone.evaluate(GEO, ["launch_flights", "tanker_flights", "launch_mass_kg"])
    assert 5e3 < out["launch_mass_kg"] < 45e3
    np.testing.assert_array_equal(out["launch_flights"], 4.0)
    np.testing.assert_array_equal(out["tanker_flights"], 3.0)


@pytest.mark.parametrize(
    "other",
    [{"launcher": ["ariane_64"]}, {"transfer": ["electric"]}, {"launch_site": ["moon"]}],
)
def test_refuelling_has_no_influence_without_tankers_or_a_way_to_go(other):
    satellite = ComputeSatellite()
    rows = [
        satellite.canonical(satellite.space.matrix(GEO | other | {"refuelling": [choice]}))
        for choice in ("none", "tankers")
    ]
    np.testing.assert_array_equal(*rows)
    outputs = satellite.evaluate(GEO | other, ["tanker_flights"])
    assert outputs["tanker_flights"] == 0.0


def test_sun_synchronous_orbits_end_below_6000_km():
    x = np.tile(SPACE.defaults, (2, 1))
    x[:, SPACE.index["altitude_km"]] = 9_000.0
    x[:, SPACE.index["orbit"]] = [SPACE["orbit"].encode(o) for o in ("dawn_dusk_sso", "equatorial")]
    assert PROBLEM.canonical(x)[:, SPACE.index["altitude_km"]].tolist() == [5_900.0, 9_000.0]


def test_geostationary_family_has_its_own_altitude():
    geo = X[:, SPACE.index["orbit"]] == SPACE["orbit"].encode("geo")
    np.testing.assert_array_equal(OUT["orbit_altitude_km"][geo], 35_786.0)
    np.testing.assert_allclose(OUT["period_min"][geo], 1436.07, atol=0.1)
    np.testing.assert_array_equal(OUT["inclination_deg"][geo], 0.0)


# --- which way it moves ---------------------------------------------------------------------------


#: Secondaries of cosmic rays grow with shield; these never do.
FALLING_WITH_SHIELD = (
    "trapped_dose_krad",
    "dose_krad",
    "trapped_flux_cm2_s",
    "solar_flux_mean_cm2_s",
    "solar_dose_krad",
    "tid_failure_probability",
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    orbit=st.sampled_from(SPACE["orbit"].choices),
    altitude=st.floats(400.0, 30_000.0),
    inclination=st.floats(5.0, 100.0),
)
def test_more_shield_never_means_more_dose(orbit, altitude, inclination):
    shield = np.geomspace(0.5, 50.0, 25)
    found = PROBLEM.evaluate(
        {
            "orbit": [orbit] * 25,
            "altitude_km": np.full(25, altitude),
            "inclination_deg": np.full(25, inclination),
            "shield_mm": shield,
        },
        [*FALLING_WITH_SHIELD, "mass_shield_kg"],
    )
    for name in FALLING_WITH_SHIELD:
        # Where a term is constant in depth, sums may differ in the last digit.
        assert np.all(np.diff(found[name]) <= 1e-13 * found[name][:-1]), name
    assert np.all(np.diff(found["mass_shield_kg"]) >= 0.0)


def test_shield_hardly_matters_on_a_low_equatorial_orbit():
    # Cosmic-ray secondaries grow with matter and albedo protons shrink: less than a third either
    # way from 1 to 50 mm.
    found = default(
        orbit=["equatorial"] * 2, altitude_km=np.full(2, 380.0), shield_mm=np.array([1.0, 50.0])
    )
    for name in ("radiation_failure_rate_per_gpu_yr", "sdc_rate_per_gpu_yr"):
        assert 0.75 < found[name][1] / found[name][0] < 4.0 / 3.0, name
    assert found["trapped_flux_cm2_s"][1] <= found["trapped_flux_cm2_s"][0]
    assert found["gcr_hadron_flux_cm2_s"][1] > found["gcr_hadron_flux_cm2_s"][0]
    assert found["albedo_flux_cm2_s"][1] < found["albedo_flux_cm2_s"][0]
    assert np.all(found["heavy_ion_flux_cm2_s"] < 1e-2)


def test_equipment_of_twenty_thousand_accelerators_shields_far_beyond_the_table():
    # 480 m3 and a hundred tonnes: rays of metres of bay; most of the sky is closed.
    found = default(gpu_count=[8, 80, 20_000], altitude_km=np.full(3, 650.0))
    for name in ("trapped_flux_cm2_s", "mean_die_dose_krad", "belt_dose_krad"):
        assert np.all(np.diff(found[name]) < 0.0), name
        assert np.all(found[name] > 0.0), name
    alone = found["shield_only_flux_cm2_s"]
    np.testing.assert_allclose(alone, alone[0], rtol=1e-12)
    assert found["trapped_flux_cm2_s"][2] < 0.2 * alone[2]
    # Half of the worst sky stays behind the shield alone.
    assert found["belt_dose_krad"][2] > 0.2 * found["trapped_dose_krad"][2]


def test_quiet_years_have_no_solar_protons_and_more_trapped_ones():
    # 2029 to 2032 is quiet, 2033 to 2036 active.
    found = default(launch_year=[2029.0, 2033.0], design_life_yr=np.full(2, 3.0))
    assert found["solar_flux_mean_cm2_s"][0] == 0.0
    assert found["solar_flux_mean_cm2_s"][1] > 0.0
    assert found["trapped_flux_cm2_s"][0] > 1.2 * found["trapped_flux_cm2_s"][1]
    assert found["gcr_hadron_flux_cm2_s"][0] > 1.5 * found["gcr_hadron_flux_cm2_s"][1]
    assert found["trapped_dose_krad"][0] == pytest.approx(found["trapped_dose_krad"][1])


def test_a_great_solar_event_spares_low_inclinations():
    found = default(
        orbit=["inclined"] * 2,
        altitude_km=np.full(2, 550.0),
        inclination_deg=np.array([28.0, 97.6]),
    )
    stops, efficiency = found["event_day_stops_per_gang"], found["event_day_checkpoint_efficiency"]
    assert stops[1] > 10.0 * stops[0]
    assert efficiency[1] < efficiency[0]
    assert np.all(efficiency < found["checkpoint_efficiency"] + 1e-12)


def test_electrons_of_two_models_are_told_apart():
    row = SPACE.matrix({"orbit": ["equatorial"], "altitude_km": [32_000.0]})
    assert any("IGE-2006" in note for note in PROBLEM.warnings(row))
    geo = SPACE.matrix({"orbit": ["geo"]})
    assert not any("IGE-2006" in note for note in PROBLEM.warnings(geo))


def test_doubled_radiator_halves_the_flux_and_cools():
    found = default(radiator_area_m2=[200.0, 400.0])
    flux = found["radiator_heat_flux_w_m2"]
    assert flux[1] == pytest.approx(0.5 * flux[0])
    assert found["radiator_temperature_k"][1] < found["radiator_temperature_k"][0]
    assert found["mass_radiator_kg"][1] == pytest.approx(2.0 * found["mass_radiator_kg"][0])


def test_doubled_gpu_count_doubles_power_rate_and_memory():
    found = default(gpu_count=[50, 100])
    for name in ("it_power_w", "installed_pflops", "memory_gb", "mass_gpus_kg", "cost_gpus_usd"):
        assert found[name][1] == pytest.approx(2.0 * found[name][0]), name
    # Accelerators shield one another: more of them meet fewer particles each.
    for name in ("sdc_rate_per_gpu_yr", "radiation_failure_rate_per_gpu_yr"):
        assert 0.7 * found[name][0] < found[name][1] < found[name][0], name


def test_doubled_array_doubles_its_power():
    found = default(array_area_m2=[400.0, 800.0])
    for name in ("array_power_bol_w", "array_power_eol_w", "mass_array_kg", "cost_array_usd"):
        assert found[name][1] == pytest.approx(2.0 * found[name][0]), name
    assert found["power_utilisation"][1] < found["power_utilisation"][0]


def test_eclipse_power_buys_work_with_battery():
    share = np.linspace(0.0, 1.0, 5)
    found = default(eclipse_power_fraction=share)
    assert np.all(np.diff(found["compute_duty"]) > 0.0)
    assert np.all(np.diff(found["battery_energy_wh"]) > 0.0)
    assert np.all(np.diff(found["power_utilisation"]) > 0.0)
    assert found["compute_duty"][-1] == pytest.approx(1.0)


def test_longer_life_collects_dose_damage_and_propellant():
    found = default(design_life_yr=np.array([2.0, 5.0, 10.0, 15.0]))
    for name in ("dose_krad", "cell_damage_fraction", "mass_propellant_kg", "delivered_exaflop"):
        assert np.all(np.diff(found[name]) > 0.0), name
    for name in ("array_power_eol_w", "gpu_alive_fraction", "availability"):
        assert np.all(np.diff(found[name]) < 0.0), name


def test_higher_low_orbits_have_more_sun_more_dose_and_less_drag():
    found = default(altitude_km=np.array([400.0, 600.0, 900.0, 1300.0]))
    assert np.all(np.diff(found["sunlit_fraction"]) > 0.0)
    assert np.all(np.diff(found["trapped_dose_krad"]) > 0.0)
    assert np.all(np.diff(found["drag_delta_v_m_s"]) < 0.0)
    assert np.all(np.diff(found["payload_to_orbit_kg"]) < 0.0)


def test_eclipse_free_orbit_carries_no_eclipse_power():
    found = default(altitude_km=[1500.0, 1500.0], eclipse_power_fraction=[0.0, 1.0])
    assert found["longest_eclipse_min"].tolist() == [0.0, 0.0]
    assert found["battery_energy_wh"][0] == found["battery_energy_wh"][1]


def test_electric_transfer_to_geo_costs_time_and_dose():
    found = default(orbit=["geo", "geo"], transfer=["direct", "electric"])
    assert found["transfer_time_yr"][0] == 0.0
    assert 0.0 < found["transfer_time_yr"][1] < 5.0
    assert found["transit_dose_krad"][1] > 10.0 * found["transit_dose_krad"][0]
    assert found["launch_delta_v_m_s"][1] < found["launch_delta_v_m_s"][0]


def test_aerobraking_needs_a_shield_and_saves_propellant():
    found = default(launch_site=["moon", "moon"], transfer=["direct", "aerobrake"])
    assert found["mass_aeroshell_kg"][0] == 0.0 < found["mass_aeroshell_kg"][1]
    assert found["mass_transfer_stage_kg"][1] < 0.2 * found["mass_transfer_stage_kg"][0]


@pytest.mark.parametrize(
    ("key", "output", "direction"),
    [
        ("cost.wacc", "cost_per_exaflop_usd", 1),
        ("compute.value_decline_per_yr", "cost_per_exaflop_usd", 1),
        ("compute.mfu", "cost_per_exaflop_usd", -1),
        ("catalog.launchers.starship.price_usd", "launch_cost_usd", 1),
        ("catalog.arrays.silicon.areal_mass_kg_m2", "launch_mass_kg", 1),
        ("mass.prediction_error", "launch_mass_kg", 1),
        ("mass.system_margin", "launch_mass_utilisation", 1),
        ("thermal.albedo", "radiator_temperature_k", 1),
        ("radiation.sigma_uecc_cm2", "radiation_failure_rate_per_pflops_yr", 1),
        ("radiation.trapped_multiplier", "dose_krad", 1),
        ("reliability.gpu_failure_rate_per_yr", "availability", -1),
        ("ground.electricity_usd_per_kwh", "cost_ratio_to_ground", -1),
        ("orbit.density_multiplier", "natural_decay_life_yr", -1),
    ],
)
def test_assumption_moves_the_output_it_should(key, output, direction):
    nominal = float(
        np.asarray(
            PROBLEM.overrides.get(key, np.nan) if key in PROBLEM.overrides else _nominal(key)
        )
    )
    found = PROBLEM.evaluate_futures(
        SPACE.matrix({}), {key: [0.8 * nominal, nominal, 1.2 * nominal]}
    )[output][:, 0]
    assert np.all(direction * np.diff(found) > 0.0)


def test_margin_is_in_the_limits_and_in_no_mass_or_cost():
    futures = PROBLEM.evaluate_futures(X, {"mass.system_margin": [0.0, 0.2]})
    for name, column in futures.items():
        limit = name in ("launch_mass_utilisation", "launch_volume_utilisation")
        np.testing.assert_allclose(column[1], column[0] * (1.2 if limit else 1.0), rtol=1e-12)


def _nominal(key: str) -> float:
    """Nominal value of an assumption or a catalogue number."""
    from problems.parameters.assumptions import assumption_rows
    from problems.parameters.catalog import catalog_table

    if key in assumption_rows():
        return assumption_rows()[key].nominal
    _, table, _, _ = key.split(".")
    return catalog_table(table).ranges[key].nominal


def test_warnings_tell_of_deep_shields_and_high_orbits():
    row = SPACE.matrix({"shield_mm": [30.0], "altitude_km": [1500.0]})
    notes = " ".join(PROBLEM.warnings(row))
    assert "neutrons" in notes
    assert "extrapolated" in notes
    assert not PROBLEM.warnings(SPACE.matrix({}))


def test_warnings_name_what_is_chosen_unverified():
    problem = load_problem(allow_unverified=True)
    row = problem.space.matrix({"launcher": ["falcon_heavy"], "array_type": ["silicon"]})
    assert problem.warnings(row) == ["launcher falcon_heavy: its performance is not verified"]


def test_declarations_agree_with_the_chain():
    assert {c.output for c in PROBLEM.constraints} <= set(PROBLEM.outputs)
    assert {o.output for o in PROBLEM.objectives} <= set(PROBLEM.outputs)
    for breakdown in PROBLEM.breakdowns:
        assert {breakdown.total, *breakdown.items} <= set(PROBLEM.outputs)


def test_pauses_upset_nothing_and_leave_the_corruption_per_work_alone():
    # 53 deg at 550 km, dark for a third of the time: on battery the chips run through.
    paused, running = (
        default(orbit="inclined", altitude_km=550.0, eclipse_power_fraction=share)
        for share in (0.0, 1.0)
    )
    sunlit = running["sunlit_fraction"]
    assert paused["running_fraction"] == pytest.approx(sunlit)
    assert running["running_fraction"] == 1.0
    name = "radiation_interruption_rate_per_gpu_yr"
    assert paused[name] == pytest.approx(sunlit * running[name])
    for name in ("hard_rate_per_gpu_yr", "latchup_rate_per_gpu_yr", "undetected_sdc_per_exaflop"):
        assert paused[name] == pytest.approx(running[name])
    assert paused["checkpoint_efficiency"] == pytest.approx(running["checkpoint_efficiency"])


def test_memory_margin_is_limited_to_five_per_cent():
    limit = next(c for c in PROBLEM.constraints if c.name == "memory_margin")
    values = {shield: default(shield_mm=shield, altitude_km=1000.0) for shield in (0.5, 50.0)}
    thin, thick = (found["hbm_margin_loss_fraction"][0] for found in values.values())
    assert thick < limit.upper < thin
    assert limit.upper == 0.05


def test_failure_shares_are_the_parts_of_the_breakdown():
    parts = next(b for b in PROBLEM.breakdowns if b.name == "radiation_failure")
    for name, share in zip(parts.items, FAILURE_SHARES, strict=True):
        np.testing.assert_allclose(OUT[share] * OUT[parts.total], OUT[name], rtol=1e-12)
    np.testing.assert_allclose(sum(OUT[share] for share in FAILURE_SHARES), 1.0, rtol=1e-12)


def test_logic_is_struck_by_the_die_and_memory_by_its_size():
    one, two = (UNSHIELDED.evaluate({"gpu_model": [name]}) for name in ("H200", "B200"))
    for name in ("sdc", "sefi", "hard", "latchup"):
        key = f"{name}_rate_per_gpu_yr"
        assert two[key] == pytest.approx(2.0 * one[key])
    assert two["uecc_rate_per_gpu_yr"] == pytest.approx(180.0 / 141.0 * one["uecc_rate_per_gpu_yr"])


def test_hosts_of_two_accelerators_crash_four_times_as_often_as_those_of_eight():
    many, few = (
        UNSHIELDED.evaluate({"gpu_model": [name]})["host_crash_rate_per_gpu_yr"]
        for name in ("B200", "GB200")
    )
    assert few == pytest.approx(4.0 * many)


def test_stops_per_delivered_work_by_hand():
    found = default()
    # Gangs of eight on hosts of eight: each failure of an accelerator stops one gang.
    rate = found["radiation_failure_rate_per_gpu_yr"] * 84.0
    pflops = found["installed_pflops"] * NOMINAL.compute.mfu
    share = found["compute_duty"] * found["checkpoint_efficiency"] * found["comms_availability"]
    expected = rate / (pflops * share * 31_557.6)
    assert found["radiation_stops_per_delivered_exaflop"] == pytest.approx(expected)
    # Alone, each accelerator of a host is stopped by its crash.
    alone = PROBLEM.evaluate_futures({}, {"compute.gang_gpus": [1.0]})
    stops = alone["radiation_stops_per_delivered_exaflop"] * (
        pflops * found["compute_duty"] * alone["checkpoint_efficiency"] * 31_557.6
    )
    stops = stops * found["comms_availability"]
    crashes = found["host_crash_rate_per_gpu_yr"] * 84.0
    np.testing.assert_allclose(stops.ravel(), rate + 7.0 * crashes, rtol=1e-9)


def test_a_gap_is_refused_where_the_variable_matters():
    geo = PROBLEM.evaluate({"orbit": ["geo"], "altitude_km": [np.nan]}, ["launch_mass_kg"])
    assert np.isfinite(geo["launch_mass_kg"]).all()
    with pytest.raises(SpecError, match=r"altitude_km.*design 1 has no number"):
        PROBLEM.evaluate({"altitude_km": [600.0, np.nan]})
    rows = np.tile(PROBLEM.space.defaults, (2, 1))
    rows[1, PROBLEM.space.index["gpu_model"]] = np.nan
    with pytest.raises(SpecError, match=r"gpu_model.*design 1 has no number"):
        PROBLEM.evaluate(rows)


def test_an_assumption_that_breaks_a_formula_is_named():
    broken = ComputeSatellite(assumptions={"thermal.pump_efficiency": 0.0, "cost.wacc": 0.1})
    turned = ComputeSatellite(assumptions={"reliability.bus_weibull_scale_yr": -1.0})
    with pytest.raises(SpecError, match=r"no real number.*bus_weibull_scale_yr = -1"):
        turned.evaluate({})
    row, wanted = broken.space.defaults[None], ["cost_per_exaflop_usd"]
    future = {"cost.wacc": np.array([0.1])}
    for ask in (
        lambda: broken.evaluate(row),
        lambda: broken.evaluate_pairs(row, future, wanted),
        lambda: broken.evaluate_futures(row, future, wanted),
        lambda: broken.jacobian(row, wanted),
        lambda: broken.pair_jacobian(row, future, wanted),
        lambda: broken.assumption_jacobian(row, wanted, ["cost.wacc"]),
    ):
        with pytest.raises(SpecError, match=r"compute with thermal\.pump_efficiency = 0 \("):
            ask()


@pytest.mark.parametrize("key", ["cost.wacc", "ground.wacc", "compute.checkpoint_s"])
def test_nothing_is_the_limit_of_little(key):
    """Without interest, and with checkpoints that take no time, all numbers are finite."""
    rows = PROBLEM.canonical(PROBLEM.space.sample(8, np.random.default_rng(2)), PROBLEM.space)
    free, little = (ComputeSatellite(assumptions={key: v}).evaluate(rows) for v in (0.0, 1e-10))
    for name in ("cost_per_exaflop_usd", "cost_ratio_to_ground", "checkpoint_efficiency"):
        np.testing.assert_allclose(free[name], little[name], rtol=1e-5, err_msg=name)


@pytest.mark.long
@pytest.mark.promise("R8")
@pytest.mark.parametrize("value", [-1e300, -1.0, 0.0, 1e-300, 1e300])
def test_no_number_in_force_is_so_absurd_that_the_model_fails_otherwise(value):
    """Look-ups take what is no number as well, and what cannot be computed is named."""
    rows = PROBLEM.canonical(PROBLEM.space.sample(6, np.random.default_rng(3)), PROBLEM.space)
    for key in PROBLEM.assumption_units:
        message = ""
        try:
            with np.errstate(all="ignore"):
                ComputeSatellite(assumptions={key: value}).evaluate(rows)
        except SpecError as error:
            message = str(error)
        assert not message or key in message
