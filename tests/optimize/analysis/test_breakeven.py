"""Break-even, map and inverse questions against closed forms; the command line on both problems."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from scipy.optimize import brentq

from optimize.analysis.breakeven.axes import axis_names, make_axis, parse_axis
from optimize.analysis.breakeven.axis import Axis
from optimize.analysis.breakeven.curve import Question, crossings, refine
from optimize.analysis.breakeven.duel import driver_or_rocket
from optimize.analysis.breakeven.map import architecture_map
from optimize.analysis.breakeven.questions import Answer, Settings, against_ground
from optimize.analysis.breakeven.solve import solve_best, solve_design
from optimize.analysis.breakeven.text import headline
from optimize.cli import main
from optimize.config.study import Study
from problems.compute_satellite.problem import ComputeSatellite
from problems.compute_satellite.variants.frozen import FrozenSatellite
from problems.spec import SpecError
from tests.optimize.launch_toy import LaunchToy, earth_cost

CONFIG = """
name: depot
problem: tests.optimize.launch_toy:LaunchToy
objectives: [cost]
algorithm: {name: random, population: 10, generations: 1, seed: 1}
"""
MOON_COST = 12.0 + 10.0 / 5.0
SWITCH = (MOON_COST - 8.0) / 5.0  # price at which 5 p + 40 / 5 = 14: the mass is at its limit
EVEN = 40.0**2 / 160.0  # price at which 2 sqrt(40 p) = 40


def ask(*, moon: bool = True, **assumptions: float) -> Question:
    keys = {f"a.{name}": value for name, value in assumptions.items()}
    problem = LaunchToy(assumptions=keys)
    site, mass = problem.space.variables
    variables = (site if moon else site.fix("earth"), mass)
    study = Study(variables, problem.objectives, problem.constraints)
    return Question(problem, study, problem.objectives[0], seed=1)


def test_break_even_price_in_closed_form() -> None:
    question = ask(moon=False)
    axis = make_axis(question.problem, "a.price=2:40", {})
    answer = against_ground(question, axis, Settings(points=7, futures=64))
    assert answer.crossing["nominal"] == [pytest.approx(EVEN, rel=1e-3)]
    # The ground costs 20 to 80, uniform: its price is met at cost squared over 160.
    for name, ground in (("p10", 26.0), ("p50", 50.0), ("p90", 74.0)):
        assert answer.crossing[name] == [pytest.approx(ground**2 / 160.0, rel=0.05)]
    assert answer.sides == {"always below": 0.0, "crossing": 1.0, "never below": 0.0}
    assert "at 10" in answer.text


def test_never_within_the_range_is_said_with_both_ends() -> None:
    question = ask(moon=False)
    axis = make_axis(question.problem, "a.price=2:5", {})
    answer = against_ground(question, axis, Settings(points=3, futures=0))
    assert answer.crossing["nominal"] == []
    low, high = (earth_cost(price) / 40.0 for price in (2.0, 5.0))
    assert f"never within 2 to 5: {low:.3g} and {high:.3g} at the ends" in answer.text
    assert not answer.sides


def test_futures_that_never_cross_are_counted() -> None:
    question = ask(moon=False)
    axis = make_axis(question.problem, "a.price=2:10", {})  # cost reaches 40: half of the futures
    answer = against_ground(question, axis, Settings(points=5, futures=64))
    assert answer.sides["crossing"] == pytest.approx((40.0 - 20.0) / 60.0, abs=0.05)
    assert answer.sides["always below"] == pytest.approx((80.0 - 40.0) / 60.0, abs=0.05)


def test_driver_beats_rocket_from_the_closed_form_price() -> None:
    question = ask()
    axis = make_axis(question.problem, "a.price=0.5:4", {})
    (answer,) = driver_or_rocket(question, axis, Settings(points=15, futures=4))
    assert answer.sides["crossing"] == 1.0
    assert answer.crossing["nominal"] == [pytest.approx(SWITCH, rel=0.01)]
    assert answer.curves["nominal"][0] > 1.0 > answer.curves["nominal"][-1]


def test_map_switches_architecture_where_it_must() -> None:
    question = ask()
    across = make_axis(question.problem, "a.price=2:4", {})
    up = make_axis(question.problem, "a.fixed=10:30", {})
    found = architecture_map(
        question, across, up, grid=5, futures=8, outputs=("cost_ratio_to_ground",)
    )
    price, fixed = np.meshgrid(found.x, found.y, indexing="ij")
    earth, moon = 2.0 * np.sqrt(40.0 * price), fixed + 2.0
    expected = np.where(moon < earth, found.labels.index("moon"), found.labels.index("earth"))
    np.testing.assert_array_equal(found.winner, expected)
    np.testing.assert_allclose(found.value, np.minimum(earth, moon), rtol=1e-3)
    ratio = np.maximum(earth, moon) / np.minimum(earth, moon)
    np.testing.assert_allclose(found.margin, ratio - 1.0, rtol=1e-2, atol=1e-3)
    np.testing.assert_array_equal(found.probability, 1.0)  # the ground moves no winner
    assert not found.partial


def test_solve_agrees_with_brentq_by_hand() -> None:
    question = ask(moon=False)
    axis = make_axis(question.problem, "a.price=2:40", {})
    found = solve_best(question, axis, "cost", 25.0, points=5)
    by_hand = brentq(lambda price: earth_cost(price) - 25.0, 2.0, 40.0)
    assert found.crossings == [pytest.approx(by_hand, rel=1e-3)]
    assert found.monotone
    never = solve_best(question, axis, "cost", 500.0, points=3)
    assert never.crossings == []
    assert "never within a.price 2 to 40; 17.89 and 80 at the ends" in never.text


def test_solve_with_the_design_left_alone() -> None:
    """Mass 1 from the Earth costs price + 40: 45 at a price of 5."""
    question = ask()
    axis = make_axis(question.problem, "a.price=1:20", {})
    x = question.problem.space.defaults
    found = solve_design(question, axis, "cost", 45.0, 5, x)
    assert found.crossings == [pytest.approx(5.0, rel=1e-3)]
    assert found.fixed_design


def test_crossings_of_a_curve_that_turns() -> None:
    axis = make_axis(LaunchToy(), "a.price=1:5", {})
    points = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    values = np.array([-1.0, 1.0, np.nan, 1.0, -3.0])
    assert crossings(points, values, 0.0) == pytest.approx([2**0.5, 4.0 * 1.25**0.25])
    smooth = refine(axis, points, (points - 3.0) ** 2, 1.69, lambda p: (p - 3.0) ** 2)
    assert smooth == [pytest.approx(1.7, rel=1e-3), pytest.approx(4.3, rel=1e-3)]


def test_named_axes_move_every_row_together() -> None:
    problem = ComputeSatellite()
    axis = make_axis(problem, "launch_price_usd_per_kg", {"launcher": "starship"})
    assert axis.in_force == pytest.approx(900.0)
    assert axis.log
    moved = axis.columns(np.array([450.0]))
    for key, value in moved.items():
        assert value[0] == pytest.approx(0.5 * problem.assumptions[key])
    assert "catalog.launchers.starship.leo_payload_kg" in axis.pins
    share = make_axis(problem, "imported_share", {})
    assert set(share.columns(np.array([0.3]))) == {
        key for key in problem.assumption_units if key.startswith("lunar.made_")
    }
    assert not make_axis(problem, "ground.electricity_usd_per_kwh", {}).log


def test_the_year_is_held_as_a_variable() -> None:
    problem = ComputeSatellite()
    axis = make_axis(problem, "year=2028:2036", {})
    assert axis.columns(np.array([2030.0])) == {}
    assert list(axis.held_columns(np.array([2030.0]))) == ["launch_year"]
    assert axis.shown(2031.25) == "2031.2"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.pricee=1:2", "unknown assumption; did you mean 'a.price'"),
        ("a.price=3:2", "low 3 is not below high 2"),
        ("a.price=1:x", "expected LOW:HIGH"),
        ("a.price", "has no low and high of its own"),
    ],
)
def test_wrong_axes_are_named(text: str, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        make_axis(LaunchToy(), text, {})


def test_frozen_benchmark_has_no_assumption_to_move(bench: FrozenSatellite) -> None:
    with pytest.raises(SpecError, match="unknown assumption"):
        make_axis(bench, "launch_price", {})


def test_axis_names_of_a_users_problem_are_its_keys() -> None:
    assert axis_names(LaunchToy()) == list(LaunchToy.assumption_units)
    assert parse_axis("a=1:2") == ("a", (1.0, 2.0))


# --- the command line -----------------------------------------------------------------------------


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "depot.yaml"
    path.write_text(CONFIG)
    return str(path)


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["breakeven", *arguments])


def document(*arguments: str) -> Any:
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_command_curves_write_the_folder(config: str, tmp_path: Path) -> None:
    out = tmp_path / "answers"
    arguments = (
        config,
        "--axis",
        "a.price=2:40",
        "--set",
        "launch_site=earth",
        "--points",
        "3",
        "--futures",
        "4",
        "--out",
        str(out),
    )
    found = document(*arguments)
    assert found["answers"][0]["crossing"]["nominal"] == [pytest.approx(EVEN, rel=1e-3)]
    assert {path.name for path in out.iterdir()} == {
        "breakeven.json",
        "breakeven.png",
        "breakeven.svg",
    }
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert document(*arguments) == found
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_command_map_and_its_figure(config: str, tmp_path: Path) -> None:
    result = call(
        config,
        "--map",
        "a.price=0.5:40",
        "a.fixed=10:80",
        "--grid",
        "4",
        "--futures",
        "4",
        "--out",
        str(tmp_path / "m"),
    )
    assert result.exit_code == 0, result.output
    assert "and orbit cheaper than the ground on" in result.stdout.splitlines()[0]
    assert (tmp_path / "m" / "architecture_map.png").stat().st_size > 10_000


def test_command_solve(config: str) -> None:
    found = document(
        config,
        "--solve",
        "cost=25",
        "--for",
        "a.price=2:40",
        "--set",
        "launch_site=earth",
        "--points",
        "4",
    )
    assert found["found"] == [pytest.approx(25.0**2 / 160.0, rel=1e-3)]
    fixed = document(config, "--solve", "cost=45", "--for", "a.price=1:20", "--design-fixed")
    assert fixed["found"] == [pytest.approx(5.0, rel=1e-3)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--axis", "a.prise=1:2"), "did you mean 'a.price'"),
        (("--axis", "a.unused=1:2"), "has no effect on"),
        (("--axis", "a.price=1:2", "--axis", "a.price=1:3"), "appears twice"),
        (("--map", "a.price=1:2", "a.price=1:3"), "moves the same number"),
        (("--map", "a.price=1:2", "a.unused=1:3"), "a.unused: has no effect"),
        (("--solve", "cost=1"), "--for ASSUMPTION is missing"),
        (("--solve", "cots=1", "--for", "a.price=1:2"), "did you mean 'cost'"),
        (("--solve", "cost=x", "--for", "a.price=1:2"), "expected OUTPUT=VALUE"),
        (("--solve", "cost=9", "--for", "a.unused=1:2"), "has no effect on cost"),
        (("--set", "launch_sit=earth"), "unknown variable"),
    ],
)
def test_mistakes_exit_with_two(config: str, arguments: tuple[str, ...], message: str) -> None:
    result = call(config, *arguments, "--futures", "0", "--points", "3", "--grid", "2")
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_small_map_of_the_satellite(tmp_path: Path) -> None:
    found = document(
        "configs/moon.yaml",
        "--map",
        "launch_price_usd_per_kg=20:600",
        "imported_share",
        "--grid",
        "2",
        # Short searches of so narrow a space find nothing with every other seed.
        "--seed",
        "5",
        "--futures",
        "2",
        "--out",
        str(tmp_path),
        "--set",
        "orbit=inclined",
        "--set",
        "transfer=direct",
        "--set",
        "gpu_model=B200",
        "--set",
        "launcher=starship",
    )
    assert np.isfinite(np.array(found["value"])).all()
    # Dearer launch, dearer FLOP; but to searches' accuracy where next to nothing is imported.
    dearer = np.diff(np.array(found["value"]), axis=0)[0]
    assert dearer[0] > -1e-4
    assert dearer[1] > 0.5
    assert (tmp_path / "architecture_map.svg").exists()


@pytest.mark.parametrize(
    ("curve", "crossing", "sentence"),
    [
        ([3.1, 4.0], [], "Even at a launch price of 9 USD/kg a FLOP from orbit costs 3.1 times"),
        ([0.5, 1.5], [50.0], "costs what it costs on the ground at a launch price of 50 USD/kg."),
        ([0.5, 0.8], [], "at most 0.8 times the ground everywhere, and 0.5 times at a launch"),
        ([np.nan, np.nan], [], ""),
    ],
)
def test_the_answer_begins_with_one_sentence(
    curve: list[float], crossing: list[float], sentence: str
) -> None:
    axis = Axis("price", "launch price", "USD/kg", 9.0, 90.0, 30.0, lambda _: {}, frozenset())
    curves, places = {"nominal": np.array(curve)}, {"nominal": crossing}
    points = np.array([9.0, 90.0])
    answer = Answer("against the ground", axis, 1.0, points, curves, places, {}, [], True)
    assert sentence in "".join(headline([answer])[:1])
    assert bool(headline([answer])) == bool(sentence)
