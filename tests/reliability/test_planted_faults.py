"""R14: every planted fault is told with file, line, column, key and the likely intention."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from optimize.cli import main
from optimize.config.algorithm import AlgorithmSetting, StopSetting
from optimize.config.campaign import CampaignSetting
from optimize.config.faults import ConfigError, Source
from optimize.config.run_config import RunConfig
from optimize.config.study import read_study
from optimize.config.traits import ALGORITHMS
from optimize.config.uncertainty import CorrelationSetting, UncertaintySetting
from problems.compute_satellite.variants.frozen_declarations import shipped_versions
from problems.registry import load_declarations, problem_names
from tests.conftest import Tally

pytestmark = pytest.mark.promise("R14")

GOOD = """\
name: planted
problem: compute_satellite
scenario: "2030"
variables:
  launch_site: {fix: earth}
  altitude_km: {lower: 400, upper: 2000}
  gpu_model:
    choices: [B200, GB300]
  launcher:
    fix: starship
objectives:
  - cost_per_exaflop_usd
  - output: launch_mass_kg
    sense: min
constraints:
  it_power_w: {lower: 100000, upper: 150000}
  memory: false
assumptions:
  launch.learning_rate:
    value: 0.85
    reason: a test
cost_boundary: full
algorithm:
  name: nsga2
  population: 1000
  stop: {window: 40}
uncertainty:
  futures: 64
  include: [launch, cost.wacc]
  correlations:
    - between: [launch.learning_rate, cost.wacc]
      value: 0.3
  risk: {cost_per_exaflop_usd: cvar90}
  reliability: {junction: 0.95}
campaign: {seeds: 3}
output: {figures: false}
"""

#: What is replaced in the good configuration, by what, and the message after the file's name.
PLANTED = (
    ("name: planted", "nme: planted", "1:1: nme: unknown key; did you mean 'name'?"),
    ("name: planted\n", "", "1:1: name: is missing"),
    (
        "name: planted",
        "name: -a",
        "1:1: name: expected letters, digits, '.', '_' or '-' (at most "
        "64, first a letter or digit), got '-a'",
    ),
    ("name: planted", "name: 5", "1:1: name: expected text, got 5"),
    ("name: planted", "name: planted\nname: again", "2:1: name: appears twice"),
    (
        "problem: compute_satellite",
        "problem: compute_satelite",
        "2:1: problem: unknown problem 'compute_satelite'; did you mean 'compute_satellite'?",
    ),
    (
        "problem: compute_satellite",
        "problem: no_such_module:Thing",
        "2:1: problem: cannot load 'no_such_module:Thing': No module named 'no_such_module'",
    ),
    (
        'scenario: "2030"',
        "scenario: '2O30'",
        "3:1: scenario: unknown scenario '2O30'; did you mean '2030'?",
    ),
    ("scenario:", "scenaro:", "3:1: scenaro: unknown key; did you mean 'scenario'?"),
    ("variables:\n", "varaibles:\n", "4:1: varaibles: unknown key; did you mean 'variables'?"),
    (
        "  launch_site: {fix: earth}",
        "  lauch_site: {fix: earth}",
        "5:3: variables.lauch_site: unknown variable; did you mean 'launch_site'?",
    ),
    (
        "launch_site: {fix: earth}",
        "launch_site: {fix: erth}",
        "5:17: variables.launch_site.fix: unknown choice 'erth'; did you mean 'earth'?",
    ),
    (
        "launch_site: {fix: earth}",
        "launch_site: {fx: earth}",
        "5:17: variables.launch_site.fx: unknown key; did you mean 'fix'?",
    ),
    (
        "launch_site: {fix: earth}",
        "launch_site: earth",
        "5:3: variables.launch_site: expected a mapping of keys to values, got 'earth'",
    ),
    ("lower: 400", "lower: 4O0", "6:17: variables.altitude_km.lower: expected a number, got '4O0'"),
    ("lower: 400", "lower: 3000", "6:3: variables.altitude_km: lower 3000 is above upper 2000"),
    (
        "upper: 2000",
        "uper: 2000",
        "6:29: variables.altitude_km.uper: unknown key; did you mean 'upper'?",
    ),
    (
        "lower: 400, upper: 2000",
        "fix: .nan",
        "6:17: variables.altitude_km.fix: expected a finite number or text, got nan",
    ),
    (
        "[B200, GB300]",
        "[B200, GB30]",
        "8:21: variables.gpu_model.choices.1: unknown choice 'GB30'; did you mean 'GB300'?",
    ),
    (
        "fix: starship",
        "fix: starshp",
        "10:5: variables.launcher.fix: unknown choice 'starshp'; did you mean 'starship'?",
    ),
    (
        "- cost_per_exaflop_usd",
        "- cost_per_exaflops_usd",
        "12:5: objectives.0: unknown output 'cost_per_exaflops_usd'; "
        "did you mean 'cost_per_exaflop_usd'?",
    ),
    (
        "output: launch_mass_kg",
        "output: cost_per_exaflop_usd",
        "13:5: objectives.1: 'cost_per_exaflop_usd' appears twice",
    ),
    (
        "sense: min",
        "sense: mn",
        "14:5: objectives.1.sense: expected min or max, got 'mn'; did you mean 'min'?",
    ),
    ("sense: min", "sens: min", "14:5: objectives.1.sens: unknown key; did you mean 'sense'?"),
    (
        "  it_power_w:",
        "  it_powr_w:",
        "16:3: constraints.it_powr_w: unknown constraint or output; did you mean 'it_power_w'?",
    ),
    (
        "memory: false",
        "memry: false",
        "17:3: constraints.memry: unknown constraint or output; did you mean 'memory'?",
    ),
    (
        "memory: false",
        "dose_krad: false",
        "17:3: constraints.dose_krad: only a constraint of the problem can be switched off; "
        "did you mean 'dose'?",
    ),
    (
        "launch.learning_rate:\n",
        "launch.lerning_rate:\n",
        "19:3: assumptions.launch.lerning_rate: unknown assumption; "
        "did you mean 'launch.learning_rate'?",
    ),
    ("    reason: a test\n", "", "19:3: assumptions.launch.learning_rate.reason: is missing"),
    (
        "value: 0.85",
        "value: '0.85'",
        "20:5: assumptions.launch.learning_rate.value: expected a number, got '0.85'",
    ),
    (
        "cost_boundary: full",
        "cost_boundary: no_chip",
        "22:1: cost_boundary: expected full, no_chips or launch_only, got 'no_chip'; "
        "did you mean 'no_chips'?",
    ),
    (
        "population: 1000",
        "popultion: 1000",
        "25:3: algorithm.popultion: unknown key; did you mean 'population'?",
    ),
    (
        "population: 1000",
        "population: 1e3x",
        "25:3: algorithm.population: expected a whole number, got '1e3x'",
    ),
    (
        "population: 1000",
        "population: 2",
        "25:3: algorithm.population: should be greater than or equal to 4, got 2",
    ),
    (
        "stop: {window: 40}",
        "stop: {windw: 40}",
        "26:10: algorithm.stop.windw: unknown key; did you mean 'window'?",
    ),
    ("futures: 64", "futurs: 64", "28:3: uncertainty.futurs: unknown key; did you mean 'futures'?"),
    (
        "[launch, cost.wacc]",
        "[launch, cost.wac]",
        "29:21: uncertainty.include.1: 'cost.wac' unknown assumption or group; "
        "did you mean 'cost.wacc'?",
    ),
    (
        "between: [launch.learning_rate, cost.wacc]",
        "between: [launch.learning_rate, cost.wace]",
        "31:39: uncertainty.correlations.0.between.1: 'cost.wace' is not among the numbers that "
        "vary; did you mean 'cost.wacc'?",
    ),
    (
        "value: 0.3",
        "value: 1.3",
        "32:7: uncertainty.correlations.0.value: should be less than or equal to 1, got 1.3",
    ),
    (
        "cost_per_exaflop_usd: cvar90",
        "cost_per_exaflop_usd: cvr90",
        "33:10: uncertainty.risk.cost_per_exaflop_usd: unknown risk measure 'cvr90': expected "
        "mean, "
        "p1 to p99 or cvar50 to cvar99; did you mean 'cvar90'?",
    ),
    (
        "junction: 0.95",
        "juncton: 0.95",
        "34:17: uncertainty.reliability.juncton: no such constraint in this configuration; "
        "did you mean 'junction'?",
    ),
    ("seeds: 3", "sedes: 3", "35:12: campaign.sedes: unknown key; did you mean 'seeds'?"),
    ("figures: false", "figures: no", "36:10: output.figures: expected true or false, got 'no'"),
    (
        "figures: false",
        "figure: false",
        "36:10: output.figure: unknown key; did you mean 'figures'?",
    ),
    (
        "output: {figures: false}\n",
        "output: {figures: false\n",
        "37:1: not valid YAML: while parsing a flow mapping expected ',' or '}', "
        "but got '<stream end>'",
    ),
)


def told(path: Path) -> list[str]:
    result = CliRunner().invoke(main, ["check", str(path)])
    assert result.exit_code == (2 if result.stderr else 0)
    return result.stderr.splitlines()


def test_unplanted_configuration_is_right(tmp_path: Path) -> None:
    path = tmp_path / "good.yaml"
    path.write_text(GOOD)
    assert told(path) == []


def test_every_planted_fault_is_told_exactly(tmp_path: Path, tally: Tally) -> None:
    assert len(PLANTED) >= 30
    path = tmp_path / "bad.yaml"
    wrong = []
    for old, new, message in PLANTED:
        assert GOOD.count(old) == 1, old
        path.write_text(GOOD.replace(old, new))
        lines = told(path)
        tally.count("planted faults told exactly", lines == [f"{path}:{message}"])
        if lines != [f"{path}:{message}"]:
            wrong.append((message, [line.removeprefix(str(path)) for line in lines]))
    assert wrong == []


def test_name_of_an_algorithm_lists_the_others(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(GOOD.replace("name: nsga2", "name: nsag2"))
    (line,) = told(path)
    assert line.startswith(f"{path}:24:3: algorithm.name: unknown algorithm 'nsag2' (known: nsga2,")
    assert line.endswith("did you mean 'nsga2'?")


def test_several_faults_are_told_in_the_order_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    text = GOOD.replace("B200", "B20").replace("altitude_km", "altitude_kn")
    path.write_text(text.replace("memory:", "memry:").replace("value: 0.3", "value: 0.3"))
    places = [line.removeprefix(str(path)).split(":")[1:3] for line in told(path)]
    assert places == [["6", "3"], ["8", "15"], ["17", "3"]]


def test_more_faults_than_anybody_reads_are_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("name: a\nvariables:\n" + "".join(f"  v{n}: {{fix: 1}}\n" for n in range(500)))
    lines = told(path)
    assert len(lines) == 101
    assert lines[-1].endswith("there may be more faults: correct these first")


# --- typos -------------------------------------------------------------------------------------

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_"


def edits(name: str, letters: str = LETTERS) -> set[str]:
    """Return every text that is one slip of the finger away from a name."""
    cuts = [(name[:i], name[i:]) for i in range(len(name) + 1)]
    found = {a + b[1:] for a, b in cuts if b}
    found |= {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    found |= {a + c + b[1:] for a, b in cuts if b for c in letters}
    found |= {a + c + b for a, b in cuts for c in letters}
    return found - {name, ""}


def typos(names: Iterable[str], known: Sequence[str]) -> Iterator[str]:
    """Yield every slip that is not itself a name, nor a private key."""
    for name in names:
        yield from sorted(t for t in edits(name) - set(known) if not t.startswith("x-"))


DECLARED = load_declarations()
VARIABLES = [v.name for v in DECLARED.variables]
CONSTRAINTS = [*(c.name for c in DECLARED.constraints), *DECLARED.outputs]
BASE: dict[str, Any] = {"name": "a"}
_ASSUMPTION = "launch.learning_rate"
_PAIR = {"between": [_ASSUMPTION, "cost.wacc"], "value": 0.1}


def fields(model: Any) -> list[str]:
    return list(model.model_fields)


#: Where a key stands, the keys known there, and a configuration around it.
SECTIONS: tuple[tuple[tuple[str | int, ...], list[str], dict[str, Any]], ...] = (
    ((), fields(RunConfig), {}),
    (("algorithm",), fields(AlgorithmSetting), {"algorithm": {}}),
    (("algorithm", "stop"), fields(StopSetting), {"algorithm": {"stop": {}}}),
    (("output",), ["evaluations", "figures", "explorer"], {"output": {}}),
    (("uncertainty",), fields(UncertaintySetting), {"uncertainty": {}}),
    (
        ("uncertainty", "correlations", 0),
        fields(CorrelationSetting),
        {"uncertainty": {"correlations": [_PAIR]}},
    ),
    (("campaign",), fields(CampaignSetting), {"campaign": {}}),
    (
        ("variables", "altitude_km"),
        ["fix", "lower", "upper", "choices"],
        {"variables": {"altitude_km": {"fix": 600.0}}},
    ),
    (("constraints", "memory"), ["lower", "upper"], {"constraints": {"memory": {"upper": 2.0}}}),
    (
        ("assumptions", _ASSUMPTION),
        ["value", "reason"],
        {"assumptions": {_ASSUMPTION: {"value": 0.8, "reason": "a"}}},
    ),
    (("objectives", 0), ["output", "sense"], {"objectives": [{"output": "launch_mass_kg"}]}),
    (("variables",), VARIABLES, {"variables": {}}),
    (("constraints",), CONSTRAINTS, {"constraints": {}}),
)
BATCH = 90


def suggestions(data: dict[str, Any]) -> dict[tuple[str | int, ...], str | None]:
    """Return the suggestion by place of every fault that a configuration is told."""
    with pytest.raises(ConfigError) as caught:
        read_study(Source("t", data))
    return {fault.location: fault.suggestion for fault in caught.value.faults}


def batches(names: Iterable[str], size: int) -> Iterator[list[str]]:
    batch: list[str] = []
    for name in names:
        batch.append(name)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


class Judge:
    """Counts how many suggestions are one slip away from what was written."""

    def __init__(self, known: Sequence[str], tally: Tally) -> None:
        self.near = {name: edits(name, LETTERS + ascii_uppercase) for name in known}
        self.tally = tally
        self.wrong: list[tuple[str, str | None]] = []

    def __call__(self, typo: str, suggestion: str | None) -> None:
        self.tally.count("typos tried")
        if suggestion is not None and typo in self.near.get(suggestion, ()):
            self.tally.count("typos with the right suggestion")
        else:
            self.wrong.append((typo, suggestion))


def some(found: Iterable[str], long_run: bool, most: int, seed: int = 1) -> list[str]:
    """Return all in the long version, else a sample."""
    whole = list(dict.fromkeys(found))
    if long_run or len(whole) <= most:
        return whole
    return np.random.default_rng(seed).choice(whole, most, replace=False).tolist()


@pytest.mark.parametrize(
    ("where", "known", "around"), SECTIONS, ids=[".".join(map(str, s[0])) for s in SECTIONS]
)
def test_misspelt_keys_get_the_right_suggestion(
    where: tuple[str | int, ...],
    known: list[str],
    around: dict[str, Any],
    long_run: bool,
    tally: Tally,
) -> None:
    judge = Judge(known, tally)
    value: Any = {"fix": 1.0} if where == ("variables",) else {"upper": 1.0}
    for batch in batches(some(typos(known, known), long_run, 400), BATCH):
        data = copy.deepcopy({**BASE, **around})
        inner: Any = data
        for part in where:
            inner = inner[part]
        inner |= dict.fromkeys(batch, value)
        found = suggestions(data)
        for typo in batch:
            judge(typo, found.get((*where, typo)))
    assert judge.wrong == []


CHOICES = [
    (v.name, [v.choices[c] for c in v.codes], v.choices)
    for v in DECLARED.variables
    if v.kind == "choice"
]


@pytest.mark.parametrize(("variable", "opened", "known"), CHOICES, ids=[c[0] for c in CHOICES])
def test_misspelt_choices_get_the_right_suggestion(
    variable: str, opened: list[str], known: Sequence[str], long_run: bool, tally: Tally
) -> None:
    judge = Judge(known, tally)
    folded = {name.casefold() for name in known}  # capitals do not matter
    slips = [typo for typo in typos(opened, known) if typo.casefold() not in folded]
    for batch in batches(some(slips, long_run, 150), BATCH):
        found = suggestions({**BASE, "variables": {variable: {"choices": batch}}})
        for place, typo in enumerate(batch):
            judge(typo, found.get(("variables", variable, "choices", place)))
    assert judge.wrong == []


def test_misspelt_names_get_the_right_suggestion(long_run: bool, tally: Tally) -> None:
    lists = (
        (("algorithm", "name"), ALGORITHMS, lambda t: {"algorithm": {"name": t}}),
        (("scenario",), DECLARED.scenarios, lambda t: {"scenario": t}),
        (("problem",), problem_names(), lambda t: {"problem": t}),
        (("cost_boundary",), DECLARED.cost_boundaries, lambda t: {"cost_boundary": t}),
    )
    for where, known, around in lists:
        judge = Judge(known, tally)
        retired = shipped_versions()  # known by name, and told with what runs them
        for typo in some(typos(known, (*known, *retired)), long_run, 150):
            found = suggestions({**BASE, **around(typo)})
            judge(typo, found.get(where))
        assert judge.wrong == [], where


def test_misspelt_outputs_get_the_right_suggestion(long_run: bool, tally: Tally) -> None:
    known = list(DECLARED.outputs)
    aims = [objective.output for objective in DECLARED.objectives]
    judge = Judge(known, tally)
    for batch in batches(some(typos(aims, known), long_run, 300), 8):
        found = suggestions({**BASE, "objectives": batch})
        for place, typo in enumerate(batch):
            judge(typo, found.get(("objectives", place)))
    assert judge.wrong == []


def test_misspelt_assumptions_get_the_right_suggestion(long_run: bool, tally: Tally) -> None:
    known = list(DECLARED.assumption_units)
    judge = Judge(known, tally)
    rng = np.random.default_rng(3)
    picked = [known[i] for i in rng.permutation(len(known))[: 200 if long_run else 20]]
    found_typos = [sorted(edits(name) - set(known)) for name in picked]
    chosen = [t[i] for t in found_typos for i in rng.integers(len(t), size=20)]
    entry = {"value": 1.0, "reason": "a"}
    for batch in batches(dict.fromkeys(chosen), BATCH):
        found = suggestions({**BASE, "assumptions": dict.fromkeys(batch, entry)})
        for typo in batch:
            judge(typo, found.get(("assumptions", typo)))
    assert judge.wrong == []
