"""Configuration: every planted fault is found, with place and suggestion; nothing crashes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimize.config.faults import ConfigError, Fault, Source
from optimize.config.overrides import load_config, load_source
from optimize.config.run_config import RunConfig, build_config
from optimize.config.source import parse
from optimize.config.study import check, read_study
from tests.conftest import LONG
from tests.optimize.conftest import ROOT, TANK, merged

FAULTS = [
    ({"algorithm": {"popultion": 5}}, "algorithm.popultion: unknown key", "population"),
    ({"algorithm": {"name": "nsga33"}}, "algorithm.name: unknown algorithm", "nsga3"),
    ({"algorithm": {"name": "moead"}}, "algorithm.name: 'moead' is not offered: pymoo's", None),
    (
        {"algorithm": {"name": "sobol", "mutation_eta": 9}},
        "algorithm.mutation_eta: is not an option of sobol (it has: none)",
        None,
    ),
    (
        {"algorithm": {"name": "nsga3", "differential_share": 0.5}},
        "algorithm.differential_share: is not an option of nsga3",
        None,
    ),
    (
        {"algorithm": {"name": "optuna_tpe", "evaluations": 5000, "population": 17}},
        "algorithm.evaluations: optuna_tpe is limited to 2,000 evaluations (asked for: 5,000)",
        None,
    ),
    (
        {"algorithm": {"name": "optuna_tpe", "generations": 51}},
        "algorithm.generations: optuna_tpe is limited to 2,000 evaluations (asked for: 2,040)",
        None,
    ),
    (
        {
            "algorithm": {"name": "unsga3", "population": 4},
            "objectives": ["cost_usd", "mass_kg", "heat_loss_w", "volume_m3", "stress_ratio"],
        },
        "algorithm.population: unsga3 needs at least one design per objective: 5, got 4",
        None,
    ),
    ({"algorithm": {"seed": "x"}}, "algorithm.seed: expected a whole number, got 'x'", None),
    ({"algorithm": {"generations": 1.5}}, "algorithm.generations: expected a whole", None),
    ({"algorithm": {"population": True}}, "algorithm.population: expected a whole", None),
    ({"algorithm": {"evaluations": 10}}, "algorithm: 10 evaluations are less than one", None),
    ({"output": 3}, "output: expected a mapping", None),
    ({"name": "../x"}, "name: expected letters", None),
    ({"name": None}, "name: expected text", None),
    ({"scenario": "2031"}, "scenario: unknown scenario '2031'", "2030"),
    ({"problem": "compute_satelite"}, "problem: unknown problem", "compute_satellite"),
    ({"problem": "no.such:Thing"}, "problem: cannot load", None),
    ({"cost_boundary": "ful"}, "cost_boundary: expected full", "full"),
    ({"uncertainty": {"futures": 10}}, "uncertainty: problem 'tests.optimize.toy:Toy", None),
    (
        {"uncertainty": {"correlations": [{"between": ["a"], "value": 0.5}]}},
        "uncertainty.correlations.0.between.1: is missing",
        None,
    ),
    ({"objectives": []}, "objectives: needs at least 1 entry", None),
    ({"objectives": ["cost_us"]}, "objectives.0: unknown output 'cost_us'", "cost_usd"),
    ({"objectives": ["mass_kg", "mass_kg"]}, "objectives.1: 'mass_kg' appears twice", None),
    ({"objectives": [{"output": "mass_kg", "sense": "up"}]}, "objectives.0.sense: expected", None),
    ({"objectives": "mass_kg"}, "objectives: expected a list", None),
    ({"variables": {"radus_m": {"fix": 1}}}, "variables.radus_m: unknown variable", "radius_m"),
    ({"variables": {"radius_m": {"fixed": 1}}}, "variables.radius_m.fixed: unknown key", "fix"),
    ({"variables": {"radius_m": {"fix": 9}}}, "variables.radius_m.fix: 9 is outside 0.2", None),
    ({"variables": {"radius_m": {"fix": "a"}}}, "variables.radius_m.fix: expected a finite", None),
    ({"variables": {"radius_m": {"fix": [1]}}}, "variables.radius_m.fix: expected a number", None),
    ({"variables": {"radius_m": {}}}, "variables.radius_m: give one of", None),
    ({"variables": {"radius_m": 1}}, "variables.radius_m: expected a mapping", None),
    (
        {"variables": {"radius_m": {"lower": 2, "upper": 1}}},
        "variables.radius_m: lower 2 is above upper 1",
        None,
    ),
    ({"variables": {"plies": {"lower": 1.5}}}, "variables.plies.lower: expected a whole", None),
    ({"variables": {"coat": {"lower": 1}}}, "variables.coat: a choice takes", None),
    ({"variables": {"radius_m": {"choices": ["a"]}}}, "variables.radius_m: a number takes", None),
    (
        {"variables": {"metal": {"choices": ["stel"]}}},
        "variables.metal.choices.0: unknown choice 'stel'",
        "steel",
    ),
    ({"variables": {"metal": {"fix": "titan"}}}, "variables.metal.fix: unknown", "titanium"),
    ({"constraints": {"volum": False}}, "constraints.volum: unknown constraint", "volume"),
    ({"constraints": {"mass_kg": False}}, "constraints.mass_kg: only a constraint of", None),
    ({"constraints": {"volume": True}}, "constraints.volume: expected 'lower'", None),
    ({"constraints": {"stress": {"lower": 2}}}, "constraints.stress: lower 2 is above", None),
    ({"constraints": {"mass_kg": {}}}, "constraints.mass_kg: needs 'lower' or 'upper'", None),
    ({"constraints": {"mass_kg": {"uper": 2}}}, "constraints.mass_kg.uper: unknown", "upper"),
    (
        {"assumptions": {"tank.presure_mpa": {"value": 1, "reason": "a"}}},
        "assumptions.tank.presure_mpa: unknown assumption",
        "tank.pressure_mpa",
    ),
    ({"assumptions": {"tank.pressure_mpa": {"value": 1}}}, "reason: is missing", None),
    ({"assumptions": {"tank.pressure_mpa": {"value": 1, "reason": ""}}}, "reason: ", None),
    ({"colour": 1}, "colour: unknown key", None),
]


def faults(changes: dict[str, Any]) -> list[str]:
    """Return the messages for the tank's configuration with ``changes``."""
    text = json.dumps(merged(TANK, changes), indent=1)
    data, places = parse(text, "t.yaml")
    with pytest.raises(ConfigError) as caught:
        read_study(Source("t.yaml", data, places))
    return caught.value.lines()


@pytest.mark.promise("R14")
@pytest.mark.parametrize(("changes", "message", "suggestion"), FAULTS)
def test_read_study_explains_each_fault_once(
    changes: dict[str, Any], message: str, suggestion: str | None
) -> None:
    lines = faults(changes)
    assert len(lines) == 1
    assert message in lines[0]
    assert lines[0].startswith("t.yaml:")
    assert lines[0].split(":")[1].isdigit()
    if suggestion is not None:
        assert lines[0].endswith(f"did you mean '{suggestion}'?")


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        (Fault((), "is empty"), "t.yaml: is empty"),
        (Fault(("a", 0, "b"), "bad", "c", (3, 7)), "t.yaml:3:7: a.0.b: bad; did you mean 'c'?"),
        (Fault(("a",), "bad", None, (3, 7), "--set a=1"), "--set a=1: a: bad"),
        (Fault(("a\x1b[2J", "ä\n"), "\udc80"), "t.yaml: a\\x1b[2J.ä\\n: \\udc80"),
        (Fault(("k" * 80,), "m" * 1000), f"t.yaml: {'k' * 80}: {'m' * 1000}"),
        (Fault(("k" * 81,), "m" * 1001), f"t.yaml: {'k' * 77}...: {'m' * 997}..."),
    ],
)
def test_a_fault_is_one_line_that_any_terminal_can_show(fault: Fault, line: str) -> None:
    assert ConfigError([fault, fault], "t.yaml").lines() == [line, line]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "true"),
        (None, "null"),
        (1, "1"),
        (1.0, "1.0"),
        ("1", "'1'"),
        ({"a": 1}, "a mapping"),
        ([], "a list"),
        ("x" * 58, f"'{'x' * 58}'"),
        ("x" * 59, f"'{'x' * 56}..."),
    ],
)
def test_a_refused_value_is_shown_as_yaml_has_it_and_not_at_length(value: Any, shown: str) -> None:
    (line,) = faults({"cost_boundary": value})
    assert line.endswith(f", got {shown}")


def test_read_study_points_at_the_line_of_the_fault() -> None:
    text = "name: a\nproblem: tests.optimize.toy:ToyProblem\nalgorithm:\n  seed: 1\n  sed: 2\n"
    data, places = parse(text, "t.yaml")
    with pytest.raises(ConfigError) as caught:
        read_study(Source("t.yaml", data, places))
    assert caught.value.lines()[0].startswith("t.yaml:5:3: algorithm.sed: unknown key")


def test_read_study_reports_all_faults_at_once() -> None:
    lines = faults({"algorithm": {"sed": 1, "population": "x"}, "nam": "y", "output": 1})
    assert len(lines) == 4


def test_faults_are_told_in_the_order_of_the_text() -> None:
    text = "output: 1\nalgorithm:\n  sed: 2\n  population: x\ncolour: 1\n"
    data, places = parse(text, "t.yaml")
    with pytest.raises(ConfigError) as caught:
        build_config(Source("t.yaml", data, places))
    assert [line.split(": ")[:2] for line in caught.value.lines()] == [
        ["t.yaml:1:1", "name"],  # is missing
        ["t.yaml:1:1", "output"],
        ["t.yaml:3:3", "algorithm.sed"],
        ["t.yaml:4:3", "algorithm.population"],
        ["t.yaml:5:1", "colour"],
    ]


def test_build_config_pairs_a_missing_key_with_its_misspelling() -> None:
    with pytest.raises(ConfigError) as caught:
        build_config(Source("t", {"nam": "tank"}))
    assert caught.value.lines() == ["t: nam: unknown key; did you mean 'name'?"]


def test_a_choice_among_assumptions_takes_words() -> None:
    config = {"name": "t", "problem": "compute_satellite"}
    entry = {"compute.precision": {"value": "fp4", "reason": "inference"}}
    resolved, study = read_study(Source("t", {**config, "assumptions": entry}))
    assert resolved.assumptions["compute.precision"].value == 2.0
    chip = next(variable for variable in study.variables if variable.name == "gpu_model")
    names = [chip.choices[code] for code in chip.codes]
    assert "VR200" in names
    assert "H100" not in names
    fixed = {"gpu_model": {"fix": "H100"}}
    with pytest.raises(ConfigError, match="no fp4_dense_tflops"):
        read_study(Source("t", {**config, "assumptions": entry, "variables": fixed}))
    entry = {"compute.precision": {"value": "fp16", "reason": "inference"}}
    with pytest.raises(ConfigError, match=r"precision\.value: expected one of bf16, fp8, fp4"):
        read_study(Source("t", {**config, "assumptions": entry}))


def test_every_wrong_word_of_an_assumption_is_told_once_at_its_place() -> None:
    words = {"comms.workload": "shar", "compute.precision": "yes"}
    entries = {key: {"value": word, "reason": "r"} for key, word in words.items()}
    with pytest.raises(ConfigError) as caught:
        read_study(Source("t", {"name": "a", "assumptions": entries}))
    places = [fault.location for fault in caught.value.faults]
    assert places == [("assumptions", key, "value") for key in words]


def test_read_study_closes_rows_the_problem_closes(write_config: Callable[..., Path]) -> None:
    from optimize.config import study as module
    from problems.spec import Variable

    closed = Variable(
        name="m",
        unit="1",
        symbol="m",
        description="",
        kind="choice",
        default="a",
        choices=("a", "b"),
        allowed=(0,),
    )
    found: list[Any] = []
    module._try_value(closed, "b", ("variables", "m", "fix"), found)
    assert "closed in this scenario" in found[0].message
    assert "open: a" in found[0].message


def test_read_study_narrows_and_limits() -> None:
    changes = {
        "variables": {"radius_m": {"lower": 0.5}, "metal": {"choices": ["titanium", "steel"]}},
        "constraints": {"volume": {"lower": 3}, "stress": False, "heat_loss_w": {"upper": 900}},
        "objectives": ["cost_usd", {"output": "volume_m3", "sense": "max"}],
    }
    config, study = read_study(Source("t", merged(TANK, changes)))
    byname = {variable.name: variable for variable in study.variables}
    assert (byname["radius_m"].lower, byname["radius_m"].upper) == (0.5, 3.0)
    assert byname["metal"].codes == (0, 2)
    limits = {c.name: (c.output, c.lower, c.upper) for c in study.constraints}
    assert limits == {
        "volume": ("volume_m3", 3.0, None),
        "heat_loss_w": ("heat_loss_w", None, 900.0),
    }
    assert [(o.output, o.sense) for o in study.objectives] == [
        ("cost_usd", "min"),
        ("volume_m3", "max"),
    ]
    assert config.resolved()["constraints"]["stress"] is False


def test_load_config_applies_dotted_overrides(write_config: Callable[..., Path]) -> None:
    path = write_config(variables={"radius_m": {"lower": 1, "upper": 2}})
    config, source = load_config(
        path,
        [
            "algorithm.name=random",
            "variables.radius_m.fix=1.5",
            "variables.metal.choices=[steel]",
            "assumptions.tank.pressure_mpa.value=2",
            "assumptions.tank.pressure_mpa.reason=thicker",
            "constraints.volume=false",
        ],
    )
    check(config, source)
    assert config.algorithm.name == "random"
    assert config.algorithm.population == 40
    assert config.variables["radius_m"].fix == 1.5
    assert config.variables["radius_m"].lower is None
    assert config.assumptions["tank.pressure_mpa"].reason == "thicker"
    assert config.constraints["volume"].off


def test_load_config_takes_a_bare_assumption(write_config: Callable[..., Path]) -> None:
    config, _ = load_config(write_config(), ["assumptions.tank.pressure_mpa=2e0"])
    assert config.assumptions["tank.pressure_mpa"].value == 2.0


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("algorithm.popultion=5", "--set algorithm.popultion=5: algorithm.popultion: unknown key"),
        ("algoritm.seed=5", "--set algoritm.seed=5: algoritm: unknown key; did you mean"),
        ("algorithm.seed", "expected KEY=VALUE"),
        ("name.first=1", "is not a mapping"),
        ("algorithm.seed=[1", "not valid YAML"),
        ("algorithm.seed=*a", "anchors"),
        ("algorithm..seed=1", "expected KEY=VALUE"),
    ],
)
def test_load_config_explains_a_wrong_override(
    write_config: Callable[..., Path], override: str, message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(write_config(), [override])
    assert message in str(caught.value)


def test_resolved_repeats_the_configuration() -> None:
    changes = {"variables": {"coat": {"choices": ["foam"]}}, "constraints": {"stress": False}}
    config, _ = read_study(Source("t", merged(TANK, changes)))
    again, _ = read_study(Source("t", config.resolved()))
    assert again == config
    assert again.digest == config.digest


def test_digest_ignores_only_the_budget_for_a_continuation() -> None:
    one = build_config(Source("t", TANK))
    longer = build_config(Source("t", merged(TANK, {"algorithm": {"generations": 99}})))
    other = build_config(Source("t", merged(TANK, {"algorithm": {"seed": 99}})))
    assert one.digest != longer.digest
    assert one.search_digest == longer.search_digest != other.search_digest


def test_digest_tells_settings_of_the_evaluation_apart_which_decide_no_number() -> None:
    changes = ({}, {"timeout_s": 5.0}, {"timeout_s": 6.0}, {"most_failed": 0.1})
    configs = [build_config(Source("t", merged(TANK, {"evaluation": c}))) for c in changes]
    assert len({config.digest for config in configs}) == len(changes)
    assert len({config.settings_digest for config in configs}) == 1
    assert configs[0].digest == build_config(Source("t", TANK)).digest


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.yaml")), ids=lambda p: p.stem)
def test_read_study_accepts_every_shipped_configuration(path: Path) -> None:
    config, study = read_study(load_source(path))
    assert config.name == path.stem
    assert study.objectives


def test_read_study_names_the_release_that_a_frozen_benchmark_needs() -> None:
    source = Source("t", {"name": "b", "problem": "heliofront_bench_v1"})
    with pytest.raises(ConfigError, match=r"problem: .* needs heliofront 0\.1"):
        read_study(source)


@pytest.mark.usefixtures("shipped")
def test_read_study_writes_down_which_version_of_the_benchmark_was_newest() -> None:
    config, study = read_study(Source("t", {"name": "b", "problem": "heliofront_bench"}))
    assert config.problem == "heliofront_bench_v1000"
    assert "it_power_w" in [constraint.name for constraint in study.constraints]


KEYS = st.sampled_from(
    [
        *RunConfig.model_fields,
        "population",
        "seed",
        "fix",
        "lower",
        "upper",
        "choices",
        "value",
        "reason",
        "radius_m",
        "metal",
        "volume",
        "mass_kg",
        "tank.pressure_mpa",
        "x-note",
    ]
) | st.text(max_size=5)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["steel", "cost_usd", "nsga2", "full", "2030"])
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def attempt(data: Any) -> None:
    """Validate; a ConfigError with at least one line is the only way to fail."""
    lines = ["accepted"]
    try:
        read_study(Source("t", data))
    except ConfigError as error:
        lines = error.lines()
    assert lines
    assert all(line.isprintable() for line in lines)


@pytest.mark.promise("R12")
@settings(max_examples=300 if LONG else 100, deadline=None)
@given(changes=st.dictionaries(KEYS, TREES, max_size=4))
def test_read_study_never_crashes_on_any_tree(changes: dict[str, Any]) -> None:
    attempt(merged(TANK, {key: value for key, value in changes.items() if key != "problem"}))


@pytest.mark.promise("R12")
@settings(max_examples=300 if LONG else 100, deadline=None)
@given(text=st.text(max_size=80) | st.text(alphabet="ab:- [{]},&*!|>'\"\n#?1.e", max_size=60))
def test_parse_never_crashes_on_any_text(text: str) -> None:
    try:
        data, _ = parse(text, "t")
    except ConfigError:
        return
    if isinstance(data, dict):
        attempt(data)


def test_schema_describes_units_bounds_and_choices() -> None:
    from optimize.config.schema import config_schema
    from problems.registry import load_declarations

    schema = config_schema(load_declarations("tests.optimize.toy:ToyProblem"))
    json.dumps(schema, allow_nan=False)
    variables = schema["properties"]["variables"]["properties"]
    assert variables["radius_m"]["description"] == "Radius [m], 0.2 to 3"
    assert variables["metal"]["anyOf"][0]["properties"]["fix"]["enum"] == [
        "steel",
        "aluminium",
        "titanium",
    ]
    assert "coat is foam" in variables["coat_mm"]["description"]
    assert schema["properties"]["variables"]["additionalProperties"] is False


def test_faults_of_names_are_told_beside_faults_of_shape(
    write_config: Callable[..., Path],
) -> None:
    path = write_config(
        variables={"radus_m": {"fix": 1.0}, "metal": {"fixed": "steel"}},
        objectives=["wombat"],
        algorithm={"population": "many"},
        constraints={"heat": {"lowr": 1}},
    )
    with pytest.raises(ConfigError) as refused:
        read_study(load_source(path))
    keys = {fault.key for fault in refused.value.faults}
    assert keys == {
        "variables.radus_m",
        "variables.metal.fixed",
        "objectives.0",
        "algorithm.population",
        "constraints.heat.lowr",
    }
    assert all(fault.place for fault in refused.value.faults)


def test_a_sense_may_be_written_out() -> None:
    data = {"name": "a", "objectives": [{"output": "cost_usd", "sense": "maximise"}]}
    assert build_config(Source("a", data)).objectives[0].sense == "max"


@pytest.mark.parametrize(
    ("variables", "key", "said"),
    [
        ({"altitude_km": {"lower": 9000, "upper": 20000}}, "orbit", "end at 5,900 km"),
        ({"altitude_km": {"fix": 20000}}, "orbit", "equatorial, geo, inclined"),
        ({"transfer": {"fix": "aerobrake"}}, "transfer", "fix launch_site to moon"),
        ({"refresh_yr": {"fix": 0.5}}, "refresh_yr", "within 1 yr"),
        ({"refresh_yr": {"lower": 5, "upper": 9}, "design_life_yr": {"fix": 5}}, "refresh_yr", "5"),
    ],
)
def test_what_no_satellite_has_is_refused(variables: dict[str, Any], key: str, said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read_study(Source("case.yaml", {"name": "case", "variables": variables}))
    assert [fault.key for fault in raised.value.faults] == [f"variables.{key}"]
    assert said in str(raised.value)


@pytest.mark.parametrize(
    "variables",
    [
        {"altitude_km": {"lower": 3000, "upper": 20000}},
        {"altitude_km": {"fix": 20000}, "orbit": {"choices": ["inclined", "geo"]}},
        {"transfer": {"fix": "aerobrake"}, "launch_site": {"fix": "moon"}},
        {"transfer": {"choices": ["aerobrake", "direct"]}},
        {"refresh_yr": {"lower": 3, "upper": 9}, "design_life_yr": {"lower": 2, "upper": 4}},
        {"refresh_yr": {"lower": 0, "upper": 0.9}},
    ],
)
def test_what_some_satellites_have_is_searched(variables: dict[str, Any]) -> None:
    read_study(Source("case.yaml", {"name": "case", "variables": variables}))
