"""Public claims: the rule of the verdict, the figures by hand, the hinge, and the command."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from optimize.analysis.claims.answers import RULE, answer, claims_document, margin, verdict
from optimize.analysis.claims.conjunction import find_conjunction
from optimize.analysis.claims.designs import FULL_COST, between
from optimize.analysis.claims.expressions import Expression
from optimize.analysis.claims.hinge import find_hinge, required_value, scan_points
from optimize.analysis.claims.names import derived
from optimize.analysis.claims.plot import claims_figure, met
from optimize.analysis.claims.sentence import conjunction_text, outside_band, sentence_of
from optimize.analysis.claims.solver import Solver
from optimize.analysis.claims.statements import read_book, shipped_book
from optimize.analysis.claims.text import claims_page, claims_rich, claims_table, hinge_text
from optimize.cli import main
from optimize.config.faults import ConfigError
from optimize.report.plots.files import write_figure_files
from optimize.utils.files import to_json
from problems.parameters.uncertain import Marginal
from problems.spec import SpecError

SMALL = {
    "only": ("solar_yield", "iss_15000", "no_batteries"),
    "futures": 4,
    "evaluations": 300,
    "include": ("ground", "fleet", "thermal"),
}
KEYS = {
    "id",
    "who",
    "when",
    "statement",
    "reading",
    "source",
    "locator",
    "quantity",
    "unit",
    "sense",
    "claimed",
    "value",
    "p10",
    "p50",
    "p90",
    "margin",
    "share_of_futures",
    "feasible_share",
    "reachable_margin",
    "verdict",
    "hinge",
    "conjunction",
    "facts",
    "design",
    "expression",
    "tolerance",
    "note",
    "futures",
    "seed",
    "command",
    "answer",
}


@pytest.fixture(scope="session")
def small():
    return claims_document(**SMALL)


class Line:
    """Stands for a view: its figure is a straight line in two made-up assumptions."""

    solves = True

    def __init__(self, value: float, slope: float, limit: float = 10.0) -> None:
        self.value, self.slope, self.limit = value, slope, limit

    def own_numbers(self):
        return ()

    def marginals(self):
        return (
            Marginal("a.strong", "kg", 0.5, 1.0, 2.0, "triangular"),
            Marginal("a.weak", "kg", 0.9, 1.0, 1.1, "triangular"),
        )

    def under(self, futures):
        zero = np.zeros_like(next(iter(futures.values())))
        strong = futures.get("a.strong", 1.0 + zero)
        weak = futures.get("a.weak", 1.0 + zero)
        values = self.value * (1.0 + self.slope * (strong - 1.0) + 0.1 * self.slope * (weak - 1.0))
        return values, np.ones(len(zero), dtype=bool)

    def nominal(self):
        return self.value, self.limit, []

    def searched(self, overrides):
        return float(self.under({k: np.array([v]) for k, v in overrides.items()})[0][0])

    def design(self):
        return {}


def at_most(values, limit=10.0):
    return margin(values, sense="at_most", limit=limit)


# --- the rule -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nominal", "share", "reachable", "expected"),
    [
        (0.0, 0.5, 0.0, "holds"),
        (0.2, 0.49, 0.4, "holds if"),
        (-0.1, 0.6, -0.1, "holds if"),
        (-0.1, 0.1, 0.0, "holds if"),
        (-0.1, 0.1, -0.01, "does not hold"),
        (-math.inf, 0.0, -math.inf, "does not hold"),
    ],
)
def test_verdict_follows_the_stated_rule(nominal, share, reachable, expected):
    assert verdict(nominal, share=share, reachable=reachable) == expected


def test_margin_is_relative_and_signed_by_sense():
    values = np.array([5.0, 10.0, 20.0])
    for sense, expected in {
        "at_most": [0.5, 0.0, -1.0],
        "at_least": [-0.5, 0.0, 1.0],
        "about": [-0.4, 0.1, -0.9],
    }.items():
        np.testing.assert_allclose(margin(values, sense=sense, limit=10.0), expected)
    assert margin(values, sense="about", limit=10.0, tolerance=0.6)[0] == pytest.approx(0.1)


@pytest.mark.parametrize("claim", shipped_book().claims.values(), ids=lambda claim: claim.row.id)
def test_every_claim_can_get_every_verdict(claim):
    sense, limit = claim.row.sense, 10.0
    better = {"at_most": 0.5, "at_least": 2.0, "about": 1.0}[sense]
    near = {"at_most": 1.2, "at_least": 0.8, "about": 1.0 + 1.5 * claim.row.tolerance}[sense]
    cases = {
        "holds": Line(better * limit, 0.01),
        "holds if": Line(near * limit, 0.5),
        "does not hold": Line((0.01 if sense == "at_least" else 100.0) * limit, 0.01),
    }
    for expected, line in cases.items():
        found = answer(claim, line, futures=64, seed=1)
        assert (found["verdict"], expected) == (expected, expected)
        assert found["answer"].startswith(f"“{claim.row.statement}” {expected}")
        assert found["conjunction"] is None or expected == "does not hold"


# --- the hinge ----------------------------------------------------------------------------------


def test_find_hinge_names_the_assumption_and_the_value_it_would_have_to_have():
    # 12 (1 + 0.5 (s - 1)) = 10 at s = 2/3, within 0.5 to 2.
    line = Line(12.0, 0.5)
    hinge = find_hinge(line, line.marginals(), at_most, -0.2)
    assert (hinge.key, hinge.direction, hinge.within_range) == ("a.strong", "at most", True)
    assert hinge.required == pytest.approx(2.0 / 3.0, rel=0.01)
    assert (hinge.value_at_low, hinge.value_at_high) == pytest.approx((9.0, 18.0))
    assert hinge.enough_alone == ("a.strong",)
    # Both at their best: 12 (1 - 0.25 - 0.005).
    assert hinge.value_all_helpful == pytest.approx(8.94)


def test_find_hinge_of_a_claim_that_holds_is_what_could_break_it():
    line = Line(8.0, 0.5)
    hinge = find_hinge(line, line.marginals(), at_most, 0.2)
    # 8 (1 + 0.5 (s - 1)) = 10 at s = 1.5.
    assert (hinge.key, hinge.direction) == ("a.strong", "at most")
    assert hinge.required == pytest.approx(1.5, rel=0.01)
    assert hinge.enough_alone == ()


def test_find_hinge_says_when_no_value_is_enough():
    line = Line(1000.0, 0.5)  # even at s = 0 half of it is left
    hinge = find_hinge(line, line.marginals(), at_most, -99.0)
    assert hinge.required is None
    assert not hinge.within_range


def test_find_hinge_of_a_figure_that_nothing_moves_is_none():
    line = Line(5.0, 0.0)
    assert find_hinge(line, line.marginals(), at_most, 0.5) is None


def test_required_value_is_the_crossing_nearest_to_the_nominal_value():
    class Valley(Line):
        def under(self, futures):
            values = np.abs(np.log(futures["a.strong"] / 4.0))
            return values, np.ones(len(values), dtype=bool)

    line = Valley(0.0, 0.0)
    value, side = required_value(line, line.marginals()[0], lambda v: at_most(v, 0.5))
    # |ln(s / 4)| <= 0.5 from 2.43 to 6.6; 1 is nearer to 2.43.
    assert value == pytest.approx(4.0 * math.exp(-0.5), rel=0.05)
    assert side == "at least"


def test_scan_points_respect_ceilings_and_hold_the_range():
    share = Marginal("a.share", "1", 0.5, 0.7, 0.9, "triangular", ceiling=1.0)
    points = scan_points(share)
    assert {0.5, 0.7, 0.9} <= set(points)
    assert points.max() < 1.0
    waiting = Marginal("a.wait_yr", "yr", 0.0, 0.0, 5.0, "triangular")
    assert scan_points(waiting).min() == 0.0


# --- the figures --------------------------------------------------------------------------------

OUTPUTS = {
    name: np.array([value])
    for name, value in {
        "specific_mass_kg_per_kw": 10.0,
        "it_power_w": 1e5,
        "launch_cost_usd": 4e6,
        "design_life_yr": 5.0,
        "cost_radiator_usd": 1e6,
        "cost_bus_usd": 2e6,
        "total_cost_usd": 20e6,
        "cost_operations_usd": 1e6,
        "cost_gpus_usd": 3e6,
        "cost_hosts_usd": 1e6,
        "compute_loss_rate_per_yr": 0.05,
        "launch_flights": 0.02,
        "heat_rejected_w": 1.05e5,
        "mass_radiator_kg": 60.0,
        "mass_pumps_kg": 25.0,
        "mass_bumpers_kg": 15.0,
        "mass_joints_kg": 0.0,
        "mass_momentum_kg": 100.0,
        "mass_gpus_kg": 100.0,
        "mass_host_kg": 100.0,
        "mass_shield_kg": 100.0,
        "mass_array_kg": 100.0,
        "mass_power_management_kg": 100.0,
        "mass_battery_kg": 100.0,
        "comms_mass_kg": 100.0,
        "mass_avionics_kg": 60.0,
        "mass_thrusters_kg": 40.0,
        "cost_array_usd": 1e6,
        "cost_shield_usd": 0.0,
        "radiator_area_m2": 200.0,
        "rival.radiator_area_m2": 100.0,
        "rival.it_power_w": 1e5,
        FULL_COST: 6.0,
        f"rival.{FULL_COST}": 3.0,
        "ground": 1.5,
    }.items()
}
NUMBERS = {
    "cost.integration_fraction": 0.1,
    "fleet.heavy_flights_per_yr": 1000.0,
    "fleet.iss_heat_rejection_kw": 70.0,
    "ground.electricity_usd_per_kwh": 0.1,
    "ground.pue": 1.25,
    "driver_exit_speed_km_s": 2.4,
    "lunar.driver_efficiency_frac": 0.8,
    "radiator_temperature_k": 320.0,
    "radiator_absorbed_w_m2": 100.0,
    "radiator_heat_flux_w_m2": 700.0,
}


class ByHand:
    """Looks names up among numbers made up by hand, and definitions in the shipped file."""

    def __call__(self, name):
        name = name.replace("cheapest.", "rival.").replace("sso.", "rival.")
        if name == "cheapest_ground_usd_per_exaflop":
            return np.array([1.5])
        if name in shipped_book().definitions:
            return shipped_book().definitions[name].value(self)
        figure = derived(name, self)
        if figure is not None:
            return figure
        return OUTPUTS[name] if name in OUTPUTS else np.array([NUMBERS[name]])


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("gw_per_megatonne", 100.0),
        ("cheaper_in_4_to_5_years", 4.0),
        ("always_sunny", 2.0),
        ("no_running_cost", 0.2 / 19.0 + 0.05),
        # 0.1 x 0.25 USD/kWh of cooling over 8,766 h.
        ("cooling_nearly_free", 3400.0 / 219.15),
        ("starship_300_gw", 5.0),
        ("iss_15000", 15000.0),
        ("geo_radiators", 2.0),
        ("starcloud_8m", 2000.0),
        ("suncatcher_200", 8000.0 / 1095.75),
    ],
)
def test_figure_of_a_claim_by_hand(claim, expected):
    expression = shipped_book().claims[claim].expression
    assert float(expression.value(ByHand())[0]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        # Radiator, pumps and bumpers are a tenth of the basic mass and carry a tenth of launch and
        # bus: 1.1 + 0.1 (4 + 2) MUSD.
        ("cooling_usd", 1.7e6),
        ("cooling_usd_per_kw_yr", 1.7e6 / 500.0),
        ("launch_usd_per_kw_yr", 8000.0),
        ("electricity_usd_per_kw_yr", 1095.75),
        # 2.4 km/s are 2.88 MJ/kg or 0.8 kWh/kg; 80 % of the electricity gets there.
        ("driver_kwh_per_kg", 1.0),
        # The sink whose own radiation is an eighth of that of the radiator.
        ("effective_sink_k", 320.0 / 8.0**0.25),
    ],
)
def test_definition_by_hand(definition, expected):
    value = shipped_book().definitions[definition].value(ByHand())
    assert float(np.ravel(value)[0]) == pytest.approx(expected)


def test_between_is_geometric_and_meets_its_ends():
    early, late = dict(between("today", "2030", 2026.0)), dict(between("today", "2030", 2030.0))
    payload = "catalog.launchers.starship.leo_payload_kg"
    assert early[payload] == pytest.approx(60_000.0)
    assert late[payload] == pytest.approx(100_000.0)
    middle = dict(between("today", "2030", 2028.0))[payload]
    assert middle == pytest.approx(math.sqrt(60_000.0 * 100_000.0))


# --- the file -----------------------------------------------------------------------------------

MINE = """
numbers:
  budget_usd: {value: 1.0e+6, low: 1.0e+5, high: 1.0e+7, source: estimate}
definitions:
  left_usd: budget_usd - total_cost_usd
claims:
  - id: affordable
    statement: We can pay for one
    expression: EXPRESSION
    sense: at_least
    value: 0.5
"""


def mine(tmp_path, expression, text=MINE):
    path = tmp_path / "mine.yaml"
    path.write_text(text.replace("EXPRESSION", expression), encoding="utf-8")
    return read_book(path)


def test_file_of_ones_own_may_use_everything_shipped(tmp_path):
    book = mine(tmp_path, "left_usd / budget_usd + 0 * geo.cooling_usd - min(1, 2) ** 2")
    assert set(book.claims) == {"affordable"}
    assert set(book.designs) == {"cheapest", "geo"}
    assert [m.key for m in book.marginals(["budget_usd"])] == ["budget_usd"]
    mentioned = book.mentioned(book.claims["affordable"].expression)
    assert {"total_cost_usd", "geo.cooling_usd", "subsystem_mass_kg"} <= mentioned


@pytest.mark.parametrize(
    ("expression", "place", "message"),
    [
        ("total_cost_us / 2", "9:17", "did you mean 'total_cost_usd'"),
        ("1 + total_cost_us / 2", "9:21", "did you mean 'total_cost_usd'"),
        ("budget_usd < 3", "9:17", "expected a number"),
        ("2 * __import__('os')", "9:21", "expected one of the functions min"),
        ("max(1)", "9:17", "wrong number of arguments"),
        ("left_usd.real", "9:17", "unknown variable or output"),
        ("(1, 2)", "9:17", "expected a number"),
        ("1 + * 2", "9:21", "cannot read"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_line_and_column(tmp_path, expression, place, message):
    with pytest.raises(ConfigError, match=message) as raised:
        mine(tmp_path, expression)
    assert f"mine.yaml:{place}: claims.0.expression" in str(raised.value)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("sense: at_least", "sense: atleast", "did you mean 'at_least'"),
        ("value: 0.5", "valu: 0.5", "did you mean 'value'"),
        ("value: 0.5", "value: 0.5\n    design: chepest", "did you mean 'cheapest'"),
        ("low: 1.0e+5", "low: 1.0e+9", "outside its own range"),
        ("left_usd:", "geo:", "is the name of something else"),
        ("numbers:", "designs:\n  a: {extends: a}\nnumbers:", None),
    ],
)
def test_faults_of_layout_are_told_with_what_was_meant(tmp_path, before, after, message):
    text = MINE.replace("EXPRESSION", "budget_usd").replace(before, after)
    if message is None:
        assert mine(tmp_path, "", text).designs  # a design that nobody uses is not read
        return
    with pytest.raises(ConfigError, match=message):
        mine(tmp_path, "", text)


def test_design_of_a_file_is_checked_like_a_configuration(tmp_path):
    own = "designs:\n  own:\n    extends: cheapest\n    variables: {orbit: {fix: gio}}\nnumbers:"
    text = MINE.replace("numbers:", own).replace("value: 0.5", "value: 0.5\n    design: own")
    with pytest.raises(ConfigError, match=r"mine.yaml:5:.*designs\.own\.variables.*geo"):
        mine(tmp_path, "budget_usd", text)


def test_numbers_of_a_file_leave_the_draw_of_all_others_alone(tmp_path):
    from optimize.analysis.claims.answers import drawn_futures
    from optimize.analysis.claims.view import View

    solver = Solver(include=("ground",))
    drawn = [
        drawn_futures(View(solver, book, next(iter(book.claims.values()))), 8, 1)
        for book in (mine(tmp_path, "total_cost_usd"), mine(tmp_path, "budget_usd"))
    ]
    assert set(drawn[1]) - set(drawn[0]) == {"budget_usd"}
    for key, values in drawn[0].items():
        np.testing.assert_array_equal(drawn[1][key], values)


def test_every_shipped_source_is_a_reference():
    from importlib import resources

    known = resources.files("problems.data").joinpath("references.bib").read_text("utf-8")
    book = shipped_book()
    sources = {claim.row.source for claim in book.claims.values()}
    sources |= {number.source for number in book.numbers.values()} - {"estimate"}
    assert [source for source in sources if f"{{{source}," not in known] == []


# --- the conjunction ----------------------------------------------------------------------------


class Plane(Line):
    """Holds only where two of three made-up assumptions are large at once."""

    def marginals(self):
        return tuple(Marginal(f"a.{n}", "kg", 0.0, 0.2, 1.0, "triangular") for n in "xyz")

    def under(self, futures):
        zero = np.zeros_like(next(iter(futures.values())))
        x, y, z = (futures.get(f"a.{n}", 0.2 + zero) for n in "xyz")
        return 40.0 - 20.0 * (x + y) - 0.1 * z, np.ones(len(zero), dtype=bool)


def found_in(line, nominal, seed=1):
    def holds(values, feasible):
        return feasible & (at_most(values) >= 0.0)

    hinge = find_hinge(line, line.marginals(), at_most, nominal)
    return find_conjunction(line, hinge, line.marginals(), holds, futures=512, seed=seed)


def test_conjunction_is_the_fewest_assumptions_and_a_box_that_holds_on_fresh_futures():
    found = found_in(Plane(0.0, 0.0), -2.2)
    assert found.together == {"a.x": 1.0, "a.y": 1.0}
    # 40 - 20 (x + y) - 0.1 z <= 10 where x + y >= 1.5.
    assert set(found.box) == {"a.x", "a.y"}
    assert all(low > 0.4 and high is None for low, high in found.box.values())
    assert found.fresh.density > 0.7
    assert found.fresh.coverage > 0.5


def test_conjunction_that_is_out_of_reach_is_none():
    found = found_in(Line(1000.0, 0.5), -99.0)
    assert found.together == {}
    assert found.box == {}
    entry = {"conjunction": found.entry({}), "unit": "t"}
    assert "No conjunction" in conjunction_text(entry)
    assert "745 t" in conjunction_text(entry)  # both at their best: 1000 (1 - 0.25 - 0.005)


def test_answer_says_when_the_nominal_figure_is_outside_its_own_band():
    claim = answer(next(iter(shipped_book().claims.values())), Line(5.0, 0.5), futures=64, seed=1)
    inside = {**claim, "p10": 4.0, "value": 5.0, "p90": 6.0}
    assert not outside_band(inside)
    outside = {**claim, "p10": 6.0, "value": 5.0, "p90": 7.0}
    assert outside_band(outside)
    assert "lies outside that band" in sentence_of(outside)
    assert "lies outside that band" not in sentence_of(inside)


def test_expression_overflows_to_infinity_instead_of_taking_forever():
    assert np.isinf(Expression("9 ** 9 ** 9", frozenset()).value({}.__getitem__))


# --- the document -------------------------------------------------------------------------------


def test_document_has_the_stated_layout(small):
    parsed = json.loads(to_json(small))
    assert set(parsed) == {"claims"}
    assert [claim["id"] for claim in parsed["claims"]] == [
        "no_batteries",
        "solar_yield",
        "iss_15000",
    ]
    for claim in parsed["claims"]:
        assert set(claim) == KEYS
        assert claim["verdict"] in RULE
        assert 0.0 <= claim["share_of_futures"] <= claim["feasible_share"] <= 1.0
        assert claim["p10"] <= claim["p50"] <= claim["p90"]


def test_document_agrees_with_its_own_rule(small):
    for claim in small["claims"]:
        assert claim["verdict"] == verdict(
            claim["margin"], share=claim["share_of_futures"], reachable=claim["reachable_margin"]
        )


def test_solar_yield_hinges_on_the_ground(small):
    claim = next(c for c in small["claims"] if c["id"] == "solar_yield")
    assert claim["hinge"]["key"] == "ground.solar_yield_kwh_per_m2_yr"
    # The claim just holds where the ground yields a fifth of the orbit.
    orbit = next(f["value"] for f in claim["facts"] if f["unit"] == "kWh/m2/yr")
    assert claim["hinge"]["required"] == pytest.approx(orbit / 5.0, rel=0.02)


def test_iss_claim_is_the_heat_of_a_gigawatt(small):
    claim = next(c for c in small["claims"] if c["id"] == "iss_15000")
    heat = claim["facts"][0]["value"]
    assert claim["value"] == pytest.approx(heat * 1e6 / 70.0)
    assert claim["hinge"]["key"] == "fleet.iss_heat_rejection_kw"


def test_a_claim_is_the_same_from_the_same_seed_whatever_is_asked_beside_it(small):
    again = claims_document(**{**SMALL, "only": ("solar_yield",)})
    assert to_json(again["claims"][0]) == to_json(small["claims"][1])


def test_solver_finds_each_best_design_once(monkeypatch):
    from optimize.analysis.claims import solver as claims_solver

    calls = []
    monkeypatch.setattr(claims_solver, "best_design", lambda *a, **k: calls.append(k) or object())
    solver = Solver()
    cheapest = shipped_book().designs["cheapest"]
    assert solver.best(cheapest) is solver.best(cheapest)
    assert len(calls) == 1


def test_unknown_claim_names_the_nearest():
    with pytest.raises(SpecError, match="did you mean 'solar_yield'"):
        claims_document(only=("solar_yeild",))


# --- what a person sees -------------------------------------------------------------------------


def test_table_has_a_line_per_claim(small):
    lines = claims_table(small).splitlines()
    assert len(lines) == 2 + len(small["claims"])
    assert {line.count("|") for line in lines} == {7}


def test_page_shows_reading_and_figures_of_every_claim(small):
    page = claims_page(small)
    for claim in small["claims"]:
        assert claim["reading"] in page
        assert all(fact["label"] in page for fact in claim["facts"])


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_terminal_table_fits_the_terminal(small, columns):
    from rich.console import Console

    console = Console(width=200, record=True, file=io.StringIO())
    console.print(claims_rich(small, columns))
    assert max(map(len, console.export_text().splitlines())) == columns


def test_file_of_claims_that_is_missing_is_no_configuration(tmp_path):
    for name in (tmp_path / "mine.yaml", Path("quick")):
        with pytest.raises(ConfigError, match=r"no such file$"):
            read_book(name)


def test_hinge_text_says_what_must_be():
    hinge = {
        "key": "a.b",
        "unit": "kg",
        "low": 1.0,
        "nominal": 2.0,
        "high": 3.0,
        "required": 1.5,
        "required_direction": "at most",
        "value_all_helpful": 7.0,
    }
    claim = {"verdict": "does not hold", "hinge": hinge, "unit": "t"}
    assert hinge_text(claim) == "would need a.b at most 1.5 (range 1 to 3 kg)"
    claim["hinge"] = {**hinge, "required": None}
    assert hinge_text(claim) == "no assumption alone (a.b does most); all at their best: 7 t"
    claim["verdict"] = "holds"
    assert "still holds" in hinge_text(claim)
    assert hinge_text({**claim, "hinge": None}) == "nothing in the model moves it"


def test_met_is_above_one_where_a_claim_is_beaten():
    assert met({"sense": "at_most", "claimed": 2.0}, 1.0) == 2.0
    assert met({"sense": "at_least", "claimed": 2.0}, 1.0) == 0.5
    assert math.isnan(met({"sense": "about", "claimed": 2.0}, None))


def test_figure_is_written_whole_and_reproducible(small, tmp_path):
    figures = {"claims": lambda: claims_figure(small)}
    first = write_figure_files(tmp_path, figures)
    before = [path.read_bytes() for path in first]
    assert [path.read_bytes() for path in write_figure_files(tmp_path, figures)] == before


def test_command_refuses_an_unknown_claim():
    done = CliRunner().invoke(main, ["claims", "--only", "solar"])
    assert done.exit_code == 2
    assert "unknown claim" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_command_prints_one_document(tmp_path, monkeypatch, capsys, small):
    from optimize.analysis.claims import command as claims_command

    monkeypatch.setattr(claims_command, "claims_document", lambda **settings: dict(small))
    code = claims_command.answer_claims((), futures=8, seed=1, out=tmp_path / "c", as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert code == 0
    assert len(document["files"]) == 4
    assert (tmp_path / "c" / "claims.md").read_text("utf-8").startswith("# Public claims")
    claims_command.answer_claims((), futures=8, seed=1, out=None, as_json=False)
    assert "hinges on" in capsys.readouterr().out
