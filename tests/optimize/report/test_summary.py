import dataclasses
import re

import numpy as np
import pytest

from optimize.designs.shadow_prices import ShadowPrices
from optimize.designs.table import chosen_designs, front_column, front_table, value_at
from optimize.engine.quality import growth_at_end
from optimize.report.assumptions import strongest_lines
from optimize.report.summary import write_summary
from optimize.report.why import binding_shares, limit_lines, stuck_variables
from problems.registry import load_problem
from problems.spec import Objective
from tests.optimize.little_satellite import LittleSatellite
from tests.optimize.runs import empty_run, sampled_run
from tests.optimize.toy import ToyProblem


def narrowed(**choices):
    space = LittleSatellite().space
    for name, limits in choices.items():
        space = space.replace(space[name].narrow(**limits))
    return space


@pytest.fixture(scope="module")
def little(tmp_path_factory):
    return sampled_run(tmp_path_factory.mktemp("little"), LittleSatellite())


@pytest.fixture(scope="module")
def summary(little):
    path = write_summary(little)
    assert path == little.path / "summary.md"
    return path.read_text(encoding="utf-8")


def test_summary_says_what_was_asked(summary, little):
    for objective in little.objectives:
        assert f"lowest `{objective.output}`" in summary
    for constraint in little.constraints:
        assert f"`{constraint.name}`: `{constraint.output}`" in summary
    assert "`gpu_model`: B200 | GB300 | trainium_3_ultra | mi400" in summary
    assert "`altitude_km`: 300 to 33,000 km, logarithmic" in summary
    assert "No assumption was changed." in summary


def test_summary_gives_reasons_of_overrides_and_fixed_variables(tmp_path):
    little = LittleSatellite()
    space = little.space.replace(little.space["orbit"].fix("geo"))
    settings = {"assumptions": {"thermal.limit_c": {"value": 80.0, "reason": "older chips"}}}
    run = sampled_run(tmp_path, little, space=space, settings=settings)
    text = write_summary(run).read_text(encoding="utf-8")
    assert "- `thermal.limit_c` = 80: older chips" in text
    assert "`orbit` = geo" in text
    assert "9 free" not in text
    assert "8 free, 1 fixed" in text


def test_summary_reports_ranges_and_spans(summary, little):
    mass = front_column(little, "launch_mass_kg")
    row = next(line for line in summary.splitlines() if line.startswith("| Launch mass [kg]"))
    cells = [cell.strip().replace(",", "") for cell in row.strip("|").split("|")]
    assert float(cells[1]) == pytest.approx(mass.min(), rel=1e-3)
    assert float(cells[3]) == pytest.approx(mass.max(), rel=1e-3)
    assert float(cells[4].removesuffix(" ×")) == pytest.approx(mass.max() / mass.min(), rel=1e-2)
    assert "| Specific mass [kg/kW] |" in summary


def test_summary_shares_of_choices_add_up(summary, little):
    line = next(x for x in summary.splitlines() if x.startswith("- `orbit`: ") and "%" in x)
    shares = (little.front["orbit"].value_counts(normalize=True) * 100.0).round()
    for orbit, share in shares.items():
        assert f"{orbit} {share:.0f} %" in line


def test_summary_and_table_mark_what_is_no_product(tmp_path):
    little = LittleSatellite()
    remarks = ("projection", "", "", "")
    chip = dataclasses.replace(little.space["gpu_model"].fix("B200"), remarks=remarks)
    run = sampled_run(tmp_path, little, space=little.space.replace(chip))
    fixed = write_summary(run).read_text(encoding="utf-8")
    assert "`gpu_model` = B200 (projection)" in fixed
    assert "| `gpu_model` | B200 (projection) |" in fixed
    free = dataclasses.replace(little.space["gpu_model"], remarks=("projection",) * 4)
    run = sampled_run(tmp_path, little, space=little.space.replace(free))
    shares = write_summary(run).read_text(encoding="utf-8").split("Choices on the front:")[1]
    assert re.search(r"- `gpu_model`: \w+ \(projection\) \d+ %", shares)
    assert " (projection)" in front_table(run)


def test_summary_lists_the_chosen_designs(summary, little):
    for pick in chosen_designs(little):
        assert f"`{little.front['design_id'].iloc[pick.row]}`" in summary
    assert "| Cheapest | Lightest | Most reliable | Knee |" in summary


def test_summary_names_warnings_seed_and_command(summary):
    assert "shield above 20 mm: no secondary neutrons" in summary
    assert "seed 1" in summary
    assert "`heliofront run little.yaml`" in summary
    assert "hash `0123456789`" in summary


def test_summary_compares_with_a_random_search(little, tmp_path):
    run = dataclasses.replace(little, path=tmp_path)
    half = dataclasses.replace(
        little, manifest=little.manifest | {"hypervolume": little.manifest["hypervolume"] / 2.0}
    )
    assert "this front has 2 times that" in write_summary(run, random=half).read_text()


def test_summary_of_nothing_names_the_obstacle(little, tmp_path):
    run = dataclasses.replace(empty_run(little), path=tmp_path)
    text = write_summary(run).read_text(encoding="utf-8")
    assert "No feasible design" in text
    assert "`power` is missed by 50.0 %" in text


def test_summary_works_for_any_problem(tmp_path):
    run = sampled_run(tmp_path, ToyProblem(), samples=4000)
    text = write_summary(run).read_text(encoding="utf-8")
    assert "lowest `heat_loss_w`" in text
    assert "| Cost [USD] |" in text


def test_summary_of_a_single_maximised_objective(tmp_path):
    goal = Objective("junction_margin_k", "max", 75.0, 0.0)
    run = sampled_run(tmp_path, LittleSatellite(), objectives=[goal], samples=2000)
    text = write_summary(run).read_text(encoding="utf-8")
    assert "highest `junction_margin_k`" in text
    assert "| Highest junction margin |" in text


def test_front_table_shows_the_chosen_designs(little):
    text = front_table(little)
    best = front_column(little, "cost_per_exaflop_usd").min()
    cheapest = next(line for line in text.splitlines() if line.startswith("Cheapest"))
    assert f"{best:,.0f}"[:4] in cheapest
    assert "\x1b" not in text  # no terminal codes
    assert len({line.split()[1] for line in text.splitlines()[-4:]}) == 4


def test_front_table_of_nothing(little):
    text = front_table(empty_run(little))
    assert text.startswith("No feasible design.")
    assert "power" in text


def test_value_at_is_blank_without_influence(little):
    row = int(np.flatnonzero(little.front["orbit"] == "geo")[0])
    assert value_at(little, "altitude_km", row) is None
    assert value_at(little, "orbit", row) == "geo"


@pytest.mark.parametrize(
    ("history", "growth"),
    [
        ([1.0] * 10, 0.0),
        # Ten values: the last two are the last fifth, growth is from the eighth to the tenth.
        ([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 8.0, 9.0, 10.0], 0.2),
        ([*map(float, range(1, 101))], 0.2),
        ([np.nan, 2.0, 4.0], 0.0),
    ],
)
def test_growth_at_end_looks_at_the_last_fifth(history, growth):
    assert growth_at_end(np.array(history)) == pytest.approx(growth)


def test_growth_at_end_of_nothing_is_unknown():
    assert np.isnan(growth_at_end(np.zeros(5)))
    assert np.isnan(growth_at_end(np.array([1.0])))


def test_converged_is_said_only_of_a_flat_end(little, tmp_path):
    run = dataclasses.replace(little, path=tmp_path)
    flat, steep = little.history.copy(), little.history.copy()
    flat["hypervolume"] = 0.5
    steep["hypervolume"] = np.linspace(0.1, 0.5, len(steep))
    quiet = write_summary(dataclasses.replace(run, history=flat)).read_text()
    loud = write_summary(dataclasses.replace(run, history=steep)).read_text()
    assert "grew by 0 %: converged" in quiet
    assert "still growing" in loud


def stuck(tmp_path, space, rows=None, **changes):
    """Return findings for a front moved to where the test wants it."""
    little = LittleSatellite()
    run = sampled_run(tmp_path, little, space=space)
    x = run.front_x.copy()
    for name, value in changes.items():
        x[:, space.index[name]] = value
    run = dataclasses.replace(run, front_x=little.canonical(x, space))
    return {found.variable: found for found in stuck_variables(run)}


def test_stuck_variable_whose_bound_is_the_limit(tmp_path):
    # Far more radiator than the chips need: more of it only adds mass, and cost with the mass.
    found = stuck(tmp_path, narrowed(radiator_area_m2={"lower": 4000.0}), radiator_area_m2=4000.0)
    finding = found["radiator_area_m2"]
    assert finding.where == "sits at its lower bound"
    assert finding.share == 1.0
    assert "it only costs" in finding.reason
    assert "launch mass +" in finding.reason


def test_stuck_variable_held_by_a_constraint(tmp_path):
    # A smaller array is lighter and cheaper, but these chips need all of it.
    space = narrowed(array_area_m2={"upper": 500.0})
    found = stuck(tmp_path, space, array_area_m2=500.0, gpu_count=83)  # 83 * 1500 / 250 = 498 m2
    reason = found["array_area_m2"].reason
    assert "would help" in reason
    assert "launch mass -" in reason
    assert "breaks power (100 %)" in reason


def test_stuck_variable_that_the_search_left_unfinished(tmp_path):
    found = stuck(tmp_path, narrowed(), array_area_m2=1e4, radiator_area_m2=5e3, gpu_count=10)
    assert "the search is not finished" in found["array_area_m2"].reason


def test_stuck_variable_without_effect(tmp_path):
    found = stuck(tmp_path, narrowed(), spare_m2=1.0)
    assert "changes no objective noticeably" in found["spare_m2"].reason


def test_stuck_choice_compares_with_the_others(tmp_path):
    space = narrowed(gpu_model={"choices": ["B200", "trainium_3_ultra"]})
    found = stuck(tmp_path, space, gpu_model=0.0)
    finding = found["gpu_model"]
    assert finding.text.startswith("`gpu_model` is B200 in 100 % of the designs")
    # 2.25 against 1.3 PFLOP/s: the failure rate per PFLOP/s rises by 73 %.
    assert "trainium_3_ultra: " in finding.reason
    assert "radiation failure rate per PFLOPS +73 %" in finding.reason


def test_a_bound_that_few_members_touch_is_named_with_the_chosen_ones(tmp_path):
    space = narrowed()
    run = sampled_run(tmp_path, LittleSatellite(), space=space)
    i, first = space.index["radiator_area_m2"], chosen_designs(run)[0]
    x = run.front_x.copy()
    assert len(x) > 40
    x[:, i] = np.clip(x[:, i], 100.0, 1000.0)
    x[first.row, i] = space["radiator_area_m2"].lower
    touched = stuck_variables(dataclasses.replace(run, front_x=x))
    (finding,) = [stuck for stuck in touched if stuck.variable == "radiator_area_m2"]
    assert finding.chosen == (first.title,)
    assert f"% of the designs ({first.title}): " in finding.text


def test_summary_begins_with_three_sentences(summary):
    text = summary.split("\n\n")[1]
    assert text.startswith("The cheapest design (`")
    assert "what decides" in text.split(". ")[1]
    assert "heliofront odds" in text


def test_stuck_variables_without_influence_are_named(tmp_path):
    found = stuck(tmp_path, narrowed(), orbit=3.0)
    assert "switch it off" in found["altitude_km"].reason


def test_variables_that_use_their_range_are_not_stuck(little):
    names = {found.variable for found in stuck_variables(little)}
    assert "array_area_m2" not in names
    assert "shield_mm" not in names


def test_stuck_variables_of_nothing(little):
    assert stuck_variables(empty_run(little)) == []


def test_binding_shares_count_members_near_zero(little):
    front = little.front.copy()
    n = len(front)
    front["violation.power"] = np.where(np.arange(n) < n // 2, -0.001, -0.5)
    front["violation.junction"] = -0.5
    run = dataclasses.replace(little, front=front)
    assert binding_shares(run) == [("power", pytest.approx((n // 2) / n))]


def test_limit_lines_speak_of_every_chosen_design(little):
    lines = limit_lines(little)
    heads = [line for line in lines if line.startswith("- ")]
    assert len(heads) == len(chosen_designs(little))


def test_summary_says_once_where_prices_exist_that_the_search_stopped_short_of(summary):
    limits = summary.split("## What limits the designs")[1].split("\n## ")[0]
    assert "of its gradient is unexplained" in limits
    assert summary.count("algorithm.certify=true") == 1
    assert limits.rstrip().endswith("moves designs there.")


def test_a_certified_run_is_not_told_to_certify(little):
    algorithm = little.config.algorithm.model_copy(update={"certify": True})
    config = little.config.model_copy(update={"algorithm": algorithm})
    lines = limit_lines(dataclasses.replace(little, config=config))
    assert lines == limit_lines(little)[:-2]


def test_prices_that_end_a_front_do_not_ask_for_a_certificate(little, monkeypatch):
    monkeypatch.setattr(ShadowPrices, "is_short_of_optimum", lambda *_: False)
    assert "certify" not in "".join(limit_lines(little))


def test_summary_names_the_numbers_that_move_the_front_most(tmp_path):
    run = sampled_run(tmp_path, load_problem("compute_satellite"))
    lines = strongest_lines(run)
    rate = next(line for line in lines if line.startswith("- Radiation failure rate per PFLOPS"))
    # All but the whole rate is proportional to this cross-section, 3e-9 (0.6 to 15) cm2.
    low, high = re.search(r"`radiation.sigma_uecc_cm2` (\S+) % to (\S+) %", rate).groups()
    assert float(low) == pytest.approx(100 * (0.6 / 3.0 - 1.0), abs=1.0)
    assert float(high) == pytest.approx(100 * (15.0 / 3.0 - 1.0), abs=4.0)
    assert "`radiation.sdc_detected_fraction`*" in rate  # an estimate
    assert "\n".join(lines) in write_summary(run).read_text(encoding="utf-8")


def test_a_model_without_uncertain_numbers_has_no_strongest_ones(tmp_path):
    assert strongest_lines(sampled_run(tmp_path, ToyProblem())) == []
