"""Public claims: the rule of the verdict, the figures by hand, the hinge, and the command."""

from __future__ import annotations

import io
import json
import math

import numpy as np
import pytest
from click.testing import CliRunner

from optimize.analysis.claims import answers as claims_module
from optimize.analysis.claims import formulas as figure
from optimize.analysis.claims.answers import Claim, answer, claims, claims_document, margin, verdict
from optimize.analysis.claims.hinge import find_hinge, required_value, scan_points
from optimize.analysis.claims.plot import claims_figure, met
from optimize.analysis.claims.rules import questions
from optimize.analysis.claims.settings import FULL_COST, Setting, Solver, between
from optimize.analysis.claims.text import claims_page, claims_rich, claims_table, hinge_text
from optimize.cli import main
from optimize.report.plots.files import write_figure_files
from optimize.utils.files import to_json
from problems.parameters.uncertain import Marginal
from problems.spec import SpecError

SMALL = {
    "only": ("solar_yield", "iss_15000", "no_batteries"),
    "futures": 8,
    "evaluations": 500,
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
    "facts",
    "design",
}


@pytest.fixture(scope="session")
def small():
    return claims_document(**SMALL)


class Line:
    """Stands for a view: its figure is a straight line in two made-up assumptions."""

    def __init__(self, value: float, slope: float) -> None:
        self.value, self.slope = value, slope

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
        return self.value, []

    def searched(self, overrides):
        return float(self.under({k: np.array([v]) for k, v in overrides.items()})[0][0])

    def design(self):
        return {}


def row(sense: str = "at_most", value: float = 10.0) -> Claim:
    return Claim("a", "", "", "", "", "", "", sense, value, "1", "")


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
    np.testing.assert_allclose(margin(values, row("at_most")), [0.5, 0.0, -1.0])
    np.testing.assert_allclose(margin(values, row("at_least")), [-0.5, 0.0, 1.0])
    np.testing.assert_allclose(margin(values, row("about")), [-0.4, 0.1, -0.9])


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: claim.id)
def test_every_claim_can_get_every_verdict(claim, monkeypatch):
    better = {"at_most": 0.5, "at_least": 2.0, "about": 1.0}[claim.sense]
    near = {"at_most": 1.2, "at_least": 0.8, "about": 1.2}[claim.sense]
    cases = {
        "holds": Line(better * claim.value, 0.01),
        "holds if": Line(near * claim.value, 0.4),
        "does not hold": Line(100.0 * claim.value, 0.01),
    }
    if claim.sense == "at_least":
        cases["does not hold"] = Line(0.01 * claim.value, 0.01)
    for expected, line in cases.items():
        monkeypatch.setattr(claims_module, "View", lambda solver, question, line=line: line)
        found = answer(claim, questions()[claim.id], Solver(), futures=64, seed=1)
        assert (found["verdict"], expected) == (expected, expected)


# --- the hinge ----------------------------------------------------------------------------------


def test_find_hinge_names_the_assumption_and_the_value_it_would_have_to_have():
    # 12 (1 + 0.5 (s - 1)) = 10 at s = 2/3, within 0.5 to 2.
    line = Line(12.0, 0.5)
    hinge = find_hinge(line, line.marginals(), lambda v: margin(v, row()), -0.2)
    assert (hinge.key, hinge.direction, hinge.within_range) == ("a.strong", "at most", True)
    assert hinge.required == pytest.approx(2.0 / 3.0, rel=0.01)
    assert (hinge.value_at_low, hinge.value_at_high) == pytest.approx((9.0, 18.0))
    assert hinge.enough_alone == ("a.strong",)
    # Both at their best: 12 (1 - 0.25 - 0.005).
    assert hinge.value_all_helpful == pytest.approx(8.94)


def test_find_hinge_of_a_claim_that_holds_is_what_could_break_it():
    line = Line(8.0, 0.5)
    hinge = find_hinge(line, line.marginals(), lambda v: margin(v, row()), 0.2)
    # 8 (1 + 0.5 (s - 1)) = 10 at s = 1.5.
    assert (hinge.key, hinge.direction) == ("a.strong", "at most")
    assert hinge.required == pytest.approx(1.5, rel=0.01)
    assert hinge.enough_alone == ()


def test_find_hinge_says_when_no_value_is_enough():
    line = Line(1000.0, 0.5)  # even at s = 0 half of it is left
    hinge = find_hinge(line, line.marginals(), lambda v: margin(v, row()), -99.0)
    assert hinge.required is None
    assert not hinge.within_range


def test_find_hinge_of_a_figure_that_nothing_moves_is_none():
    line = Line(5.0, 0.0)
    assert find_hinge(line, line.marginals(), lambda v: margin(v, row()), 0.5) is None


def test_required_value_is_the_crossing_nearest_to_the_nominal_value():
    class Valley(Line):
        def under(self, futures):
            values = np.abs(np.log(futures["a.strong"] / 4.0))
            return values, np.ones(len(values), dtype=bool)

    line = Valley(0.0, 0.0)
    value, side = required_value(line, line.marginals()[0], lambda v: margin(v, row(value=0.5)))
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
}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (figure.kw_per_tonne, 100.0),
        (figure.ratio_to_ground, 4.0),
        (figure.ratio_to_rival, 2.0),
        (figure.running_share, 0.2 / 19.0 + 0.05),
        # Radiator, pumps and bumpers are a tenth of the basic mass and carry a tenth of launch and
        # bus: 1.1 + 0.1 (4 + 2) MUSD.
        (figure.cooling_usd, 1.7e6),
        (figure.cooling_usd_per_kw_yr, 1.7e6 / 500.0),
        (figure.cooling_share, 1.7 / 16.0),
        # 0.1 x 0.25 USD/kWh of cooling over 8,766 h.
        (figure.cooling_over_ground, 3400.0 / 219.15),
        (figure.gw_per_yr, 5.0),
        (figure.flights_per_day_for(300e9), 3e6 * 0.02 / 365.25),
        (figure.iss_equivalents, 15000.0),
        (figure.radiator_ratio, 2.0),
        (figure.per_kw("radiator_area_m2"), 2.0),
        (figure.per_kw("radiator_area_m2", rival=True), 1.0),
        (figure.of_forty_mw("launch_cost_usd", "cost_array_usd"), 2000.0),
        (figure.electricity_of_forty_mw, 438.3),
        (figure.electricity_usd_per_kw_yr, 1095.75),
        (figure.launch_usd_per_kw_yr, 8000.0),
        (figure.launch_over_electricity, 8000.0 / 1095.75),
    ],
)
def test_formula_by_hand(formula, expected):
    assert float(formula(OUTPUTS, NUMBERS)[0]) == pytest.approx(expected)


def test_between_is_geometric_and_meets_its_ends():
    early, late = dict(between("today", "2030", 2026.0)), dict(between("today", "2030", 2030.0))
    payload = "catalog.launchers.starship.leo_payload_kg"
    assert early[payload] == pytest.approx(60_000.0)
    assert late[payload] == pytest.approx(100_000.0)
    middle = dict(between("today", "2030", 2028.0))[payload]
    assert middle == pytest.approx(math.sqrt(60_000.0 * 100_000.0))


def test_every_question_names_outputs_that_exist():
    solver = Solver()
    for question in questions().values():
        for setting in filter(None, (question.setting, question.rival)):
            problem = solver.problem(setting)
            assert setting.objective in problem.outputs
            assert solver.study(setting).variables
            assert set(question.pinned) <= set(problem.assumption_units)


# --- the document -------------------------------------------------------------------------------


def test_document_has_the_stated_layout(small):
    parsed = json.loads(to_json(small))
    assert set(parsed) == {"futures", "seed", "rule", "claims"}
    assert [claim["id"] for claim in parsed["claims"]] == [
        "no_batteries",
        "solar_yield",
        "iss_15000",
    ]
    for claim in parsed["claims"]:
        assert set(claim) == KEYS
        assert claim["verdict"] in parsed["rule"]
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
    from optimize.analysis.claims import settings as claims_settings

    calls = []
    real = claims_settings.best_design
    monkeypatch.setattr(
        claims_settings, "best_design", lambda *a, **k: calls.append(1) or real(*a, **k)
    )
    solver = Solver(evaluations=500)
    assert solver.best(Setting()) is solver.best(Setting())
    assert len(calls) == 1


def test_unknown_claim_names_the_nearest():
    with pytest.raises(SpecError, match="did you mean 'solar_yield'"):
        claims_document(only=("solar_yeild",))


def test_claims_refuse_a_table_that_differs_from_the_rules(monkeypatch):
    monkeypatch.setattr(claims_module, "questions", dict)
    with pytest.raises(SpecError, match="disagree"):
        claims.__wrapped__()


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


def test_terminal_table_fits_a_hundred_columns(small):
    from rich.console import Console

    console = Console(width=100, record=True, file=io.StringIO())
    console.print(claims_rich(small))
    assert max(map(len, console.export_text().splitlines())) <= 100


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
