"""R20: run folders of earlier versions open, and never pass for something they are not."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from optimize.run.folder import load_run
from optimize.run.provenance import data_digests
from optimize.utils.files import REFUSED
from tests.conftest import Tally
from tests.reliability.tanks import assert_told, command

DATA = Path(__file__).parent / "data"
FOLDERS = sorted(DATA.glob("run_v*"))


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a copy of a run folder of an earlier version."""
    return Path(shutil.copytree(request.param, tmp_path / "old run"))


def changed(folder: Path, **entries: Any) -> Path:
    """Change entries of the manifest."""
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **entries}))
    return folder


def test_there_is_a_run_of_every_layout() -> None:
    assert FOLDERS
    for folder in FOLDERS:
        assert sum(path.stat().st_size for path in folder.rglob("*")) < 200_000


@pytest.mark.promise("R20")
def test_old_runs_open(old: Path, tally: Tally) -> None:
    stored = pd.read_csv(old / "front.csv")
    before = (old / "front.parquet").read_bytes()
    run = load_run(old)
    assert run.front["design_id"].tolist() == stored["design_id"].tolist()
    for objective in run.objectives:
        assert run.front[objective.output].tolist() == stored[objective.output].tolist()
    assert (run.front_x >= run.space.lower).all()
    assert (run.front_x <= run.space.upper).all()
    design = str(stored["design_id"][0])
    asks: tuple[tuple[str | Path, ...], ...] = (
        ("select", old, "--json"),
        ("explore", old, "--no-open"),
        ("export", old, "--design", design, "--format", "json", "--format", "csv"),
        ("compare", old, old),
        ("odds", old, "--futures", "2"),
    )
    for ask in asks:
        told = command(*ask)
        assert told.exit_code == 0, told.output
        tally.count("questions answered by old runs")
    assert (old / "front.parquet").read_bytes() == before
    chosen = json.loads(command("select", old, "--json").stdout)
    text = json.dumps(chosen)
    assert any(str(name) in text for name in stored["design_id"])


@pytest.mark.promise("R20")
def test_checkpoints_of_an_older_format_are_refused(old: Path, tally: Tally) -> None:
    """The one message says what to do, and the folder stays as it was."""
    before = {path: path.read_bytes() for path in old.rglob("*.*") if path.is_file()}
    assert_told(command("resume", old), REFUSED, "format of another version", "config.yaml again")
    assert before == {path: path.read_bytes() for path in old.rglob("*.*") if path.is_file()}
    tally.count("checkpoints of an older format refused")


@pytest.mark.promise("R20")
@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"problem_version": "0"}, "made by model version 0 (here: "),
        ({"data_digests": {"gpus.csv": "0" * 64}}, "made with other data (gpus.csv)"),
    ],
)
def test_other_model_is_told(
    old: Path,
    caplog: pytest.LogCaptureFixture,
    tally: Tally,
    long_run: bool,
    entries: dict[str, Any],
    said: str,
) -> None:
    """Numbers of another model are shown as such: by every command, and in what is written."""
    here = load_run(old).problem
    changed(old, problem_version=here.version, data_digests=data_digests(here))
    caplog.clear()
    assert load_run(old).model_change is None
    assert [r.getMessage().partition(str(old))[2][:15] for r in caplog.records] == [
        " has no digests"
    ]
    changed(old, **entries)
    asks = [["select", old, "--json"], ["explore", old, "--no-open"], ["report", old]]
    for ask in asks if long_run or "problem_version" in entries else asks[:2]:
        caplog.clear()
        with caplog.at_level(logging.WARNING, logger="optimize"):
            told = command(*ask)
        assert told.exit_code == 0, told.output
        (record,) = [r for r in caplog.records if said in r.getMessage()]
        assert str(old) in record.getMessage()
        tally.count("answers that name another model")
        if "--json" in ask:
            json.loads(told.stdout)
    for page in ("summary.md", "report.html") if "report" in ask else ():
        assert said.partition(" (")[0] in (old / page).read_text(encoding="utf-8")


@pytest.mark.promise("R20")
def test_other_model_is_told_on_standard_error(old: Path) -> None:
    """Once, as a plain line; a pipe that reads the JSON document is not disturbed."""
    from tests.optimize.conftest import heliofront

    done = heliofront("select", changed(old, problem_version="0"), "--json")
    assert done.returncode == 0
    json.loads(done.stdout)
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"warning: {old} was made by model version 0 (here: ")


@pytest.mark.promise("R20")
def test_designs_of_another_model_keep_their_names_and_numbers(old: Path) -> None:
    front = load_run(old).front
    again = load_run(changed(old, problem_version="0")).front
    pd.testing.assert_frame_equal(front, again)


@pytest.mark.promise("R20")
@pytest.mark.parametrize("what", ["report", "select", "explore", "resume"])
def test_runs_of_a_later_layout_are_refused(old: Path, tally: Tally, what: str) -> None:
    changed(old, schema_version=99, versions={"heliofront": "9.0"})
    assert_told(command(what, old), REFUSED, "schema version 99", "heliofront 9.0", "update")
    tally.count("later layouts refused")


@pytest.mark.promise("R20")
def test_unknown_keys_of_a_later_configuration_are_named(old: Path) -> None:
    path = old / "config.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "swarm: {size: 3}\n", encoding="utf-8")
    told = command("report", old)
    assert told.exit_code == REFUSED, told.output
    assert "swarm" in told.stderr
