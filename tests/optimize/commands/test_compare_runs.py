"""Comparing runs: numbers between known fronts, what differs, and what is refused."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from optimize.cli import main
from optimize.commands import compare_runs
from optimize.commands.compare_runs import compare, comparison_text, differences
from optimize.config.overrides import load_source
from optimize.config.study import read_study
from optimize.run.folder import RunData, load_run
from optimize.run.start import start_run
from optimize.utils.files import to_json
from problems.spec import SpecError
from tests.optimize.runs import empty_run

REFERENCE = Path(__file__).parents[3] / "pareto_outputs" / "reference"


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> dict[str, RunData]:
    """The reference run, its dearer half, its cheaper half under another seed, and an empty one."""
    whole = load_run(REFERENCE)
    half = len(whole.front) // 2
    config = whole.config.model_copy(
        update={"algorithm": whole.config.algorithm.model_copy(update={"seed": 9})}
    )
    found = {
        "whole": whole,
        "cheap": dataclasses.replace(
            whole,
            path=Path("cheap"),
            front=whole.front.iloc[:half],
            front_x=whole.front_x[:half],
            config=config,
        ),
        "dear": dataclasses.replace(
            whole, path=Path("dear"), front=whole.front.iloc[half:], front_x=whole.front_x[half:]
        ),
        "empty": dataclasses.replace(empty_run(whole), path=Path("empty")),
    }
    monkeypatch.setattr(compare_runs, "load_run", lambda path: found[str(path)])
    return found


def test_parts_of_a_front_against_the_whole(runs: dict[str, RunData]) -> None:
    _, document = compare([Path("whole"), Path("cheap"), Path("dear")])
    whole, cheap, dear = document["runs"]
    assert whole["share_of_union_hypervolume"] == 1.0
    assert whole["hypervolume"] == pytest.approx(runs["whole"].manifest["hypervolume"], rel=0.01)
    assert whole["additive_epsilon"] == whole["igd_plus"] == 0.0
    assert cheap["designs_on_union"] + dear["designs_on_union"] == document["union"]["size"]
    pairs = {(p["run"], p["against"]): p for p in document["pairs"]}
    assert len(pairs) == 6
    reference = whole["run"]
    assert pairs[reference, "cheap"]["coverage"] == 1.0
    assert pairs["cheap", "dear"]["coverage"] == 0.0
    share = len(runs["cheap"].front) / len(runs["whole"].front)
    assert pairs["cheap", reference]["coverage"] == pytest.approx(share)
    assert [row["attained_by"] for row in document["attainment"]] == pytest.approx(
        [1 / 3, 2 / 3, 1.0]
    )
    assert document["attainment"][0]["hypervolume"] == pytest.approx(whole["hypervolume"])


def test_differences_of_configuration_are_named(runs: dict[str, RunData]) -> None:
    _, document = compare([Path("whole"), Path("cheap")])
    seed = runs["whole"].config.algorithm.seed
    assert document["differences"] == {"algorithm.seed": [seed, 9]}
    assert document["model_differences"] == {}


def test_differences_tell_what_only_one_has() -> None:
    trees = [{"a": {}, "b": {"c": 1}}, {"a": {"d": 2}, "b": {"c": 1}}]
    assert differences(trees) == {"a": [{}, "(not set)"], "a.d": ["(not set)", 2]}


def test_empty_front_is_compared_and_noted(runs: dict[str, RunData]) -> None:
    _, document = compare([Path("whole"), Path("empty")])
    assert document["notes"] == ["empty has no feasible design"]
    assert document["runs"][1]["hypervolume"] == 0.0
    text = comparison_text(document)
    assert "empty has no feasible design" in text


def test_document_is_json_and_text_has_a_row_per_pair(runs: dict[str, RunData]) -> None:
    _, document = compare([Path("whole"), Path("cheap"), Path("dear")])
    assert json.loads(to_json(document))["union"] == document["union"]
    text = comparison_text(document)
    assert "A against B" in text
    assert "C against B" in text
    assert "algorithm.seed" in text


def test_one_run_is_not_a_comparison(runs: dict[str, RunData]) -> None:
    with pytest.raises(SpecError, match="two runs"):
        compare([Path("whole")])


def test_overlaid_figure_has_a_panel_per_pair(runs: dict[str, RunData]) -> None:
    from optimize.report.plots.compare import overlaid

    figure = overlaid([runs["whole"], runs["cheap"], runs["empty"]])
    assert figure is not None
    assert len(figure.axes) == 3
    assert len(figure.legends[0].get_texts()) == 3
    assert overlaid([runs["empty"]]) is None


def test_command_prints_one_document_and_writes_files(tmp_path: Path) -> None:
    run = CliRunner().invoke
    result = run(main, ["compare", str(REFERENCE), str(REFERENCE), "--json"])
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert [pair["coverage"] for pair in document["pairs"]] == [1.0, 1.0]
    result = run(main, ["compare", str(REFERENCE), str(REFERENCE), "--out", str(tmp_path / "c")])
    assert result.exit_code == 0
    names = {path.name for path in (tmp_path / "c").iterdir()}
    assert names == {"comparison.json", "comparison.txt", "comparison.png", "comparison.svg"}
    assert (tmp_path / "c" / "comparison.txt").read_text() in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "two runs or more"),
        ([str(REFERENCE)], 2, "two runs or more"),
        ([str(REFERENCE), "nowhere"], 4, "nowhere"),
    ],
)
def test_command_refuses(arguments: list[str], code: int, message: str) -> None:
    result = CliRunner().invoke(main, ["compare", *arguments])
    assert (result.exit_code, result.stdout) == (code, "")
    assert message in result.stderr


def test_output_that_an_earlier_version_did_not_store_is_blank(runs: dict[str, RunData]) -> None:
    from optimize.designs.table import front_column

    whole = runs["whole"]
    older = dataclasses.replace(whole, front=whole.front.drop(columns="total_cost_usd"))
    assert np.isnan(front_column(older, "total_cost_usd")).all()
    with pytest.raises(KeyError):
        front_column(older, "no_such_output")


def test_runs_of_one_objective_are_compared(
    write_config: Callable[..., Path], tmp_path: Path
) -> None:
    path = write_config(objectives=["mass_kg"], algorithm={"generations": 3})
    config, study = read_study(load_source(path))
    folders = [start_run(config, study, out=tmp_path / name).run.path for name in "ab"]
    names = [str(folder) for folder in folders]
    answer = CliRunner().invoke(main, ["compare", *names, "--json"])
    assert answer.exit_code == 0, answer.output
    document = json.loads(answer.stdout)
    assert document["attainment"] is None
    assert document["pairs"][0]["coverage"] == 1.0
    assert CliRunner().invoke(main, ["compare", *names, "--out", str(tmp_path)]).exit_code == 0
