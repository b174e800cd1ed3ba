"""What holds for the front of every run, whatever was asked (R10).

Problems are drawn at random: objectives and their senses, fixed and narrowed variables, limits,
algorithm, budget and seed, on the toy tank and on the shipped satellite.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from optimize.cli import main
from optimize.config.faults import ConfigError
from optimize.config.overrides import load_source
from optimize.config.study import read_study
from optimize.config.traits import NEED_TWO
from optimize.evaluation.rows import design_ids
from optimize.run.folder import RunData, load_run
from optimize.run.start import start_run
from problems.compute_satellite.declarations import SSO_TOP_KM
from problems.registry import load_declarations
from problems.spec import Variable
from problems.units import FloatArray
from tests.conftest import LONG, Tally
from tests.optimize.toy import VARIABLES as TANK_VARIABLES
from tests.optimize.toy import ToyProblem

pytestmark = pytest.mark.promise("R10")

ALGORITHMS = ("nsga2", "nsga2", "nsga3", "unsga3", "sms_emoa", "rvea", "random", "sobol")
TANK = "tests.optimize.toy:ToyProblem"
TANK_LIMITS = {
    "mass_kg": (10.0, 1e5, "upper"),
    "volume_m3": (0.1, 100.0, "lower"),
    "cost_usd": (10.0, 1e5, "upper"),
    "heat_loss_w": (10.0, 1e5, "upper"),
}
SATELLITE = {year: load_declarations(scenario=year) for year in ("today", "2030", "2035")}
SATELLITE_AIMS = (
    "cost_per_exaflop_usd",
    "launch_mass_kg",
    "radiation_failure_rate_per_pflops_yr",
    "delivered_exaflop",
    "availability",
    "total_cost_usd",
    "dose_krad",
)
SATELLITE_LIMITS = {
    "it_power_w": (1e3, 1e6, "lower"),
    "launch_mass_kg": (1e3, 1e6, "upper"),
    "dose_krad": (0.1, 100.0, "upper"),
    "availability": (0.1, 0.99, "lower"),
}
#: Varied in the search for a failing case; the satellite takes longer.
CASES = {"tank": 850, "satellite": 200} if LONG else {"tank": 14, "satellite": 5}
_share = st.floats(0.0, 1.0)
_SHORT = 1e-9  # of a variable's range: ``check`` refuses what is too short for a search


def _drawn(case: int) -> Any:
    checks = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    return settings(
        max_examples=case,
        deadline=None,
        derandomize=not LONG,
        database=None,
        suppress_health_check=checks,
        phases=[Phase.generate],  # shrinking takes many runs more
    )


def _between(low: float, high: float, share: float, *, log: bool) -> float:
    if log:
        return float(np.clip(low * (high / low) ** share, low, high))
    return float(np.clip(low + share * (high - low), low, high))


@st.composite
def variable_settings(draw: st.DrawFn, variables: tuple[Variable, ...]) -> dict[str, Any]:
    """Fix, narrow or choose among some variables."""
    found: dict[str, Any] = {}
    free = [v for v in variables if not v.held and not v.is_fixed]
    for v in draw(st.lists(st.sampled_from(free), max_size=4, unique_by=lambda v: v.name)):
        if v.kind == "choice":
            names = [v.choices[code] for code in v.codes]
            some = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
            found[v.name] = {"fix": some[0]} if len(some) == 1 else {"choices": some}
            continue
        ends = sorted(_between(v.lower, v.upper, draw(_share), log=v.log) for _ in range(2))
        if v.kind == "integer":
            ends = [float(round(end)) for end in ends]
        fixed = draw(st.booleans()) or ends[1] - ends[0] <= _SHORT * (v.upper - v.lower)
        found[v.name] = {"fix": ends[0]} if fixed else {"lower": ends[0], "upper": ends[1]}
    return found


@st.composite
def algorithm_settings(draw: st.DrawFn, largest: int, longest: int, aims: int) -> dict[str, Any]:
    """Any quick search for a number of objectives, with or without polishing."""
    slow = {"optuna_gp"}  # takes seconds a generation
    known = [n for n in ALGORITHMS if n not in slow and (n not in NEED_TWO or aims > 1)]
    return {
        "name": draw(st.sampled_from(known)),
        "population": draw(st.integers(12, largest)),
        "generations": draw(st.integers(1, longest)),
        "seed": draw(st.integers(0, 2**62)),
        "polish": draw(st.sampled_from([None, True, False])),
    }


@st.composite
def aims(draw: st.DrawFn, outputs: tuple[str, ...]) -> list[dict[str, str]]:
    """One to four objectives, either way."""
    names = draw(st.lists(st.sampled_from(outputs), min_size=1, max_size=4, unique=True))
    return [{"output": name, "sense": draw(st.sampled_from(["min", "max"]))} for name in names]


@st.composite
def limits(
    draw: st.DrawFn, ranges: dict[str, tuple[float, float, str]], own: tuple[str, ...]
) -> dict[str, Any]:
    """A few limits, and a few of the problem's own switched off."""
    found: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from(sorted(ranges)), max_size=2, unique=True)):
        low, high, side = ranges[name]
        found[name] = {side: _between(low, high, draw(_share), log=True)}
    off = draw(st.lists(st.sampled_from(own), max_size=1))
    return {**found, **dict.fromkeys(off, False)}


@st.composite
def tanks(draw: st.DrawFn) -> dict[str, Any]:
    """A configuration of the tank."""
    objectives = draw(aims(tuple(ToyProblem.outputs)))
    return {
        "name": "case",
        "problem": TANK,
        "variables": draw(variable_settings(TANK_VARIABLES)),
        "objectives": objectives,
        "constraints": draw(limits(TANK_LIMITS, tuple(c.name for c in ToyProblem.constraints))),
        "algorithm": draw(algorithm_settings(40, 8, len(objectives))),
    }


@st.composite
def satellites(draw: st.DrawFn) -> dict[str, Any]:
    """A configuration of the satellite."""
    scenario = draw(st.sampled_from(sorted(SATELLITE)))
    declared = SATELLITE[scenario]
    variables = draw(variable_settings(declared.variables))
    # What no design has is refused.
    altitude = variables.get("altitude_km", {})
    if altitude.get("lower", altitude.get("fix", 0.0)) > SSO_TOP_KM:
        variables["orbit"] = {"fix": "inclined"}
    if variables.get("transfer") == {"fix": "aerobrake"}:
        variables["launch_site"] = {"fix": "moon"}
    objectives = draw(aims(SATELLITE_AIMS))
    return {
        "name": "case",
        "scenario": scenario,
        "variables": variables,
        "objectives": objectives,
        "constraints": draw(limits(SATELLITE_LIMITS, tuple(c.name for c in declared.constraints))),
        "algorithm": draw(algorithm_settings(100, 20, len(objectives))),
    }


@given(data=tanks())
@_drawn(CASES["tank"])
def test_front_of_any_tank(data: dict[str, Any], tally: Tally) -> None:
    check_case(data, tally)


@given(data=satellites())
@_drawn(CASES["satellite"])
def test_front_of_any_satellite(data: dict[str, Any], tally: Tally) -> None:
    check_case(data, tally)


def check_case(data: dict[str, Any], tally: Tally) -> None:
    """Carry out one run and check all that must hold."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "case.yaml"
        output = {"output": {"figures": False}}
        path.write_text(json.dumps({**data, **output}), encoding="utf-8")
        config, study = read_study(load_source(path, ()))
        outcome = start_run(config, study, out=Path(folder) / "runs")
        run = load_run(outcome.run.path)
        assert outcome.exit_code == (0 if len(run.front) else 3)
        check_books(run)
        if len(run.front):
            check_front(run, pd.read_csv(run.path / "front.csv", dtype=str))
        tally.count("fronts checked", int(len(run.front) > 0))
        tally.count("members of fronts checked", len(run.front))
        tally.count("problems drawn", 1)


def signed(run: RunData, table: pd.DataFrame) -> FloatArray:
    """Return the stored objectives, to be minimised."""
    return np.column_stack(
        [
            table[run.layout.column(o.output)].to_numpy(dtype=float)
            * (1.0 if o.sense == "min" else -1)
            for o in run.objectives
        ]
    )


def stored_rows(run: RunData, table: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    """Return design rows exactly as stored, blanks at their default, and where they are blank."""
    x = np.tile(run.space.defaults, (len(table), 1))
    blank = np.zeros(x.shape, dtype=bool)
    for i, v in enumerate(run.space.variables):
        column = table[v.name]
        blank[:, i] = column.isna()
        for row in np.flatnonzero(~blank[:, i]):
            value = column.iloc[row]
            x[row, i] = v.choices.index(str(value)) if v.kind == "choice" else float(value)
    return x, blank


def check_front(run: RunData, csv: pd.DataFrame) -> None:
    """Every promise on the members of a stored front."""
    table, problem, space = run.front, run.problem, run.space
    x, blank = stored_rows(run, table)
    assert (blank == ~problem.active(x)).all()
    assert (x == problem.canonical(x, space)).all(), "canonical"
    assert ((x >= space.lower) & (x <= space.upper)).all(), "inside the bounds"
    for i, v in enumerate(space.variables):
        if v.kind == "choice":
            assert set(x[:, i].astype(int)) <= {*v.codes, int(space.defaults[i])}
        elif v.kind == "integer":
            assert (x[:, i] == np.rint(x[:, i])).all()
    assert table["design_id"].tolist() == design_ids(x, problem)
    assert table["design_id"].is_unique
    f = signed(run, table)
    assert np.isfinite(f).all()
    assert (np.diff(f[:, 0]) >= 0.0).all(), "sorted"
    for row in f:
        assert not ((f <= row).all(axis=1) & (f < row).any(axis=1)).any(), "dominated"
    names = [f"violation.{c.name}" for c in run.constraints]
    assert (table[names].to_numpy() <= 0.0).all(), "feasible"
    assert len(table) <= run.config.algorithm.population
    x_csv, _ = stored_rows(run, csv)
    assert x_csv.tobytes() == x.tobytes(), "CSV holds the same designs"
    assert csv["design_id"].tolist() == table["design_id"].tolist()
    check_again(run, x, csv)


def check_again(run: RunData, x: FloatArray, csv: pd.DataFrame) -> None:
    """Evaluated again, every number is the one stored, to the last bit."""
    for name, values in run.problem.evaluate(x).items():
        column = run.layout.column(name)
        for table in (run.front, csv):
            stored = table[column].to_numpy(dtype=float)
            assert np.array_equal(stored, values, equal_nan=True), (name, column)


def check_books(run: RunData) -> None:
    """Counts add up, and the hypervolume never falls."""
    history, manifest = run.history, run.manifest
    assert history["generation"].tolist() == list(range(1, manifest["generations"] + 1))
    assert (np.diff(history["evaluations"]) > 0).all()
    if not manifest["archive_dropped"]:  # beyond its limit the archive keeps a selection
        assert (np.diff(history["hypervolume"]) >= -1e-12).all()  # but for rounding
    assert manifest["hypervolume"] >= history["hypervolume"].iloc[-1] - 1e-12
    assert manifest["evaluations"] == history["evaluations"].iloc[-1]
    assert manifest["evaluations"] <= (
        run.config.algorithm.population * run.config.algorithm.generation_limit
    )
    assert manifest["front_size"] == len(run.front) <= manifest["archive_size"]
    assert manifest["failed_evaluations"] == sum(manifest["failures"].values()) == 0
    table = run.evaluations
    assert table is not None
    assert len(table) == manifest["distinct_evaluations"]
    batches = np.diff(history["evaluations"], prepend=0)
    held = round(float((history["feasible_share"] * batches).sum()))
    assert round(manifest["feasible_share"] * manifest["evaluations"]) == held
    assert bool(table["feasible"].any()) == bool(len(run.front))
    rows = run.layout.rows(table)
    assert len(np.unique(rows, axis=0)) == len(rows), "each design once"


@pytest.mark.parametrize("name", NEED_TWO)
def test_searches_that_need_two_objectives_say_so(name: str, tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    asked = {"name": "one", "problem": TANK, "objectives": ["mass_kg"], "algorithm": {"name": name}}
    path.write_text(json.dumps(asked))
    with pytest.raises(ConfigError, match=f"{name} needs at least two objectives"):
        read_study(load_source(path, ()))


def test_one_objective_that_no_limit_touches_is_summed_up(tmp_path: Path) -> None:
    """The gradient of a lone objective inside all limits has nothing to be balanced by."""
    path = tmp_path / "one.yaml"
    asked = {
        "name": "one",
        "problem": TANK,
        "objectives": ["mass_kg"],
        "algorithm": {"name": "random", "population": 12, "generations": 2},
        "constraints": {"volume": False},
        "output": {"figures": False},
    }
    path.write_text(json.dumps(asked))
    done = CliRunner().invoke(main, ["run", str(path), "--out", str(tmp_path / "runs")])
    assert done.exit_code == 0, done.output
    (folder,) = (tmp_path / "runs").iterdir()
    assert (folder / "summary.md").exists()
