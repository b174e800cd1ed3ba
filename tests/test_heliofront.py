"""The public face: what a notebook gets is what the command line gives."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

import heliofront as hf
from optimize.cli import main
from optimize.cli.choose import METHODS
from optimize.config.faults import ConfigError
from optimize.designs import choice
from optimize.evaluation.calls import ModelError
from optimize.run.folder import RunData
from optimize.utils.files import RunFolderError
from optimize.utils.signals import Stopped, interrupt_runs
from problems.spec import SpecError

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "pareto_outputs" / "reference"
QUICK = ROOT / "configs" / "quick.yaml"
SHORT = {
    "algorithm.population": 100,
    "algorithm.generations": 12,
    "output.figures": False,
}


@pytest.fixture(scope="module")
def reference() -> RunData:
    return hf.open_run(REFERENCE)


def told(*arguments: object) -> str:
    """Return what a command says on standard error about a mistake."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 2
    return result.stderr.removeprefix("error: ").strip()


def test_nothing_else_imports_the_face() -> None:
    for folder in ("problems", "optimize"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"^ *(import|from) heliofront\b", text, re.M), path


def test_its_import_loads_nothing_heavy() -> None:
    heavy = ("numpy", "pandas", "matplotlib", "pymoo", "pydantic", "click")
    code = f"import heliofront, sys; print([m for m in {heavy} if m in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert ended.stdout.strip() == "[]", ended.stderr


def test_every_name_is_documented_and_there() -> None:
    assert sorted(hf.__all__) == hf.__all__
    assert all(getattr(hf, name).__doc__ for name in hf.__all__)


def test_a_search_finds_the_front_of_the_command(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    seen: list[int] = []
    run = hf.search(
        hf.read_config(QUICK, SHORT),
        out=tmp_path / "face",
        progress=lambda search: seen.append(search.generation),
    )
    assert capfd.readouterr() == ("", "")
    assert seen == list(range(1, 13))
    assert (run.path / "summary.md").exists()
    pairs = [f"--set={key}={json.dumps(value)}" for key, value in SHORT.items()]
    result = CliRunner().invoke(
        main, ["run", str(QUICK), *pairs, "--out", str(tmp_path / "command")]
    )
    assert result.exit_code == 0, result.output
    (folder,) = (tmp_path / "command").iterdir()
    pd.testing.assert_frame_equal(hf.open_run(folder).front, run.front)
    assert (folder / "config.yaml").read_bytes() == (run.path / "config.yaml").read_bytes()


def test_overrides_as_texts_and_as_values_are_the_same() -> None:
    texts = hf.read_config(QUICK, [f"{key}={json.dumps(value)}" for key, value in SHORT.items()])
    assert texts == hf.read_config(QUICK, SHORT)


def test_a_mapping_is_read_and_left_as_it_is() -> None:
    asked = {"name": "light", "variables": {"shield_mm": {"lower": 2.0}}}
    config = hf.read_config(asked, SHORT)
    assert config.variables["shield_mm"].lower == 2.0
    changed = hf.read_config(asked, {"variables.shield_mm.fix": 5.0})
    assert changed.variables["shield_mm"].fix == 5.0
    assert asked == {"name": "light", "variables": {"shield_mm": {"lower": 2.0}}}


def test_an_overridden_assumption_says_who_set_it() -> None:
    config = hf.read_config({"name": "a"}, {"assumptions.launch.learning_rate": 0.85})
    assert config.assumptions["launch.learning_rate"].reason == "set by the caller"


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"algorithm.sede": 7}, "algorithm.sede: unknown key; did you mean 'seed'?"),
        ({"algorithm..seed": 7}, "expected KEY=VALUE"),
        ({"variables.shield_mn.fix": 7}, "unknown variable; did you mean 'shield_mm'?"),
    ],
)
def test_mistakes_have_the_words_of_the_command_line(
    overrides: dict[str, object], words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        hf.read_config(QUICK, overrides)
    ((key, value),) = overrides.items()
    said = told("check", QUICK, "--set", f"{key}={value}")
    assert words in said
    assert str(caught.value).replace(f"override {key}", f"--set {key}={value}") == said


def test_a_search_that_was_interrupted_raises_with_the_way_on(tmp_path: Path) -> None:
    config = hf.read_config(QUICK, SHORT)
    with pytest.raises(Stopped, match=r"state saved\. Continue with: heliofront resume"):
        hf.search(config, out=tmp_path, progress=lambda _: interrupt_runs(2))
    (folder,) = tmp_path.iterdir()
    assert hf.open_run(folder).manifest["status"] == "interrupted"


def test_a_model_that_fails_too_often_raises(tmp_path: Path) -> None:
    config = hf.read_config(
        {
            "name": "risky",
            "problem": "tests.reliability.bad_models:MostlyNan",
            "algorithm": {"population": 100, "generations": 30},
        }
    )
    with pytest.raises(ModelError, match=r"evaluations failed.* State saved, failures\.parquet"):
        hf.search(config, out=tmp_path)
    (folder,) = tmp_path.iterdir()
    own = "tests.reliability.bad_models:MostlyNan"
    assert hf.open_run(folder, problem=own).manifest["status"] == "stopped"


def test_a_problem_of_ones_own_is_loaded_for_whoever_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("optimize.config.problem._allowed", set())
    own = "tests.optimize.toy:ToyProblem"
    run = hf.search(hf.read_config({"name": "own", "problem": own}, SHORT), out=tmp_path)
    monkeypatch.setattr("optimize.config.problem._allowed", set())
    with pytest.raises(RunFolderError, match=f"--problem {own}"):
        hf.open_run(run.path)
    assert len(hf.open_run(run.path, problem=own).front) == len(run.front)


def test_advice_is_a_warning(tmp_path: Path) -> None:
    five = ["cost_per_exaflop_usd", "launch_mass_kg", "dose_krad", "dry_mass_kg", "total_cost_usd"]
    short = {**SHORT, "algorithm.generations": 2}
    config = hf.read_config({"name": "five", "objectives": five}, short)
    with pytest.warns(UserWarning, match="nsga2 tells little apart with 5 objectives"):
        hf.search(config, out=tmp_path)


@pytest.mark.parametrize("method", METHODS)
def test_a_choice_is_that_of_select(method: str, reference: RunData) -> None:
    run = reference
    limit = "launch_mass_kg < 8000"
    table = hf.choose(run, method, limits=limit)
    arguments = ["--method", method, "--limit", limit, "--count", "1000", "--json"]
    answer = json.loads(CliRunner().invoke(main, ["select", str(REFERENCE), *arguments]).stdout)
    assert table["design_id"].tolist() == [entry["design_id"] for entry in answer["designs"]]
    assert table["merit"].tolist() == [entry["merit"] for entry in answer["designs"]]
    assert 0 < len(table) < len(run.front)
    assert (table["launch_mass_kg"] < 8000.0).all()


def test_methods_of_the_command_are_those_there_are(reference: RunData) -> None:
    assert METHODS == choice.METHODS
    with pytest.raises(SpecError, match=r"unknown method 'kne'.*did you mean 'knee'"):
        hf.choose(reference, "kne")


def test_limits_that_leave_nothing_say_how_many_each_admits(reference: RunData) -> None:
    with pytest.raises(choice.NoDesignLeftError, match="'launch_mass_kg > 1e6' admits 0"):
        hf.choose(reference, limits=["launch_mass_kg > 1e6", "altitude_km > 0"])


def test_an_export_writes_what_the_command_writes(reference: RunData, tmp_path: Path) -> None:
    run = reference
    designs = run.front["design_id"].iloc[:2].tolist()
    files = hf.export(run, designs, ["json", "csv"], tmp_path / "face")
    arguments = ["--design", designs[0], "--design", designs[1], "--format", "json"]
    arguments += ["--format", "csv", "--out", str(tmp_path / "command")]
    assert CliRunner().invoke(main, ["export", str(REFERENCE), *arguments]).exit_code == 0
    assert sorted(f.name for f in files) == sorted(p.name for p in (tmp_path / "command").iterdir())
    for file in files:
        assert file.read_bytes() == (tmp_path / "command" / file.name).read_bytes()
    with pytest.raises(SpecError, match="is not on the front"):
        hf.export(run, "0000000000", "json", tmp_path)


def test_an_explorer_of_two_runs_lies_in_the_current_folder(
    reference: RunData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = hf.explore([reference, reference])
    assert page == Path("explorer.html")
    assert page.stat().st_size > 100_000
