"""What is stored is what is read: every table and the configuration by its digest."""

from __future__ import annotations

import copy
import hashlib
import json
import logging
import math
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from optimize.config.overrides import load_config, load_source
from optimize.config.study import read_study
from optimize.report.summary import write_summary
from optimize.run.folder import load_run, read_manifest, write_manifest
from optimize.run.integrity import TABLES
from optimize.run.start import resume_run, start_run
from optimize.utils.files import REFUSED, RunFolderError
from tests.conftest import Tally
from tests.optimize.conftest import TANK, merged
from tests.reliability.tanks import assert_told, command

pytestmark = pytest.mark.promise("R29")

ROBUST = {
    "problem": "tests.reliability.bad_models:RaisingGamble",
    "uncertainty": {"futures": 8},
    "algorithm": {"generations": 4},
}


def made(folder: Path, **changes: Any) -> Path:
    path = folder / "tank.yaml"
    path.write_text(json.dumps(merged(TANK, changes)), encoding="utf-8")
    config, study = read_study(load_source(path))
    return start_run(config, study, folder=folder / "run").run.path


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a model that fails for some designs, so that every table is there."""
    place = tmp_path_factory.mktemp("stored")
    return made(place, problem="tests.reliability.bad_models:Raises")


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "run"))


def refusal_of(run: Path) -> str | None:
    """Return why a folder is refused; None when it is read."""
    try:
        load_run(run)
    except RunFolderError as error:
        return str(error) if error.exit_code == REFUSED else "with a wrong code"
    return None


def flip(path: Path, bit: int) -> None:
    data = bytearray(path.read_bytes())
    data[bit // 8 % len(data)] ^= 1 << bit % 8
    path.write_bytes(data)


def test_every_table_and_the_configuration_have_their_digest(finished: Path) -> None:
    there = {path.name for path in finished.iterdir() if path.suffix in (".parquet", ".csv")}
    assert there == set(TABLES) - {"nominal_front.parquet"}
    stored = read_manifest(finished)["file_digests"]
    assert stored == {
        name: hashlib.sha256((finished / name).read_bytes()).hexdigest()
        for name in {*there, "config.yaml"}
    }


def test_the_nominal_front_of_a_robust_run_has_its_digest(tmp_path: Path) -> None:
    run = made(tmp_path, **ROBUST)
    path = run / "nominal_front.parquet"
    assert path.name in read_manifest(run)["file_digests"]
    flip(path, 8 * 100)
    assert_told(command("report", run), REFUSED, str(path))


@pytest.mark.parametrize("name", [name for name in TABLES if name != "nominal_front.parquet"])
def test_one_flipped_bit_in_a_table_is_refused(
    run: Path, name: str, long_run: bool, tally: Tally
) -> None:
    path = run / name
    whole = path.read_bytes()
    rng = np.random.default_rng(1)
    for bit in rng.integers(0, 8 * len(whole), 150 if long_run else 12).tolist():
        flip(path, bit)
        with pytest.raises(RunFolderError, match=name) as caught:
            load_run(run)
        assert caught.value.exit_code == REFUSED
        path.write_bytes(whole)
        tally.count("flipped bits in tables refused")
    assert len(load_run(run).front)


@pytest.mark.parametrize("what", ["report", "select", "explore", "compare"])
def test_commands_name_the_damaged_table(run: Path, what: str) -> None:
    flip(run / "evaluations.parquet", 8 * 50)
    told = command(what, run, *([run] if what == "compare" else []))
    assert_told(told, REFUSED, str(run / "evaluations.parquet"), "SHA-256")


def test_a_table_of_another_run_is_refused(run: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = made(
        tmp_path / "other", problem="tests.reliability.bad_models:Raises", algorithm={"seed": 9}
    )
    shutil.copy(other / "front.parquet", run / "front.parquet")
    assert_told(command("select", run), REFUSED, "front.parquet")


def test_a_table_that_the_run_did_not_write_is_refused(run: Path) -> None:
    shutil.copy(run / "front.parquet", run / "nominal_front.parquet")
    assert_told(command("select", run), REFUSED, "nominal_front.parquet")


def test_tables_that_nothing_needs_may_be_left_out(run: Path) -> None:
    for name in ("evaluations.parquet", "failures.parquet", "front.csv", "columns.csv"):
        (run / name).unlink()
    assert load_run(run).evaluations is None


def test_resume_writes_damaged_tables_again(run: Path) -> None:
    whole = {name: (run / name).read_bytes() for name in ("front.parquet", "evaluations.parquet")}
    for name in whole:
        flip(run / name, 8 * 60)
    assert resume_run(run).exit_code == 0
    assert {name: (run / name).read_bytes() for name in whole} == whole
    load_run(run)


def test_one_flipped_bit_in_the_configuration_is_refused_or_told(
    run: Path, long_run: bool, caplog: pytest.LogCaptureFixture, tally: Tally
) -> None:
    """What decides a number is refused; the rest (comments, what may be edited) is told."""
    path = run / "config.yaml"
    whole, config = path.read_bytes(), load_config(path)[0]
    rng = np.random.default_rng(2)
    for bit in rng.integers(0, 8 * len(whole), 400 if long_run else 40).tolist():
        flip(path, bit)
        caplog.clear()
        refusal = refusal_of(run)
        if refusal is None:
            assert load_config(path)[0].settings_digest == config.settings_digest
            assert "config.yaml was edited" in caplog.text
        else:
            assert "config.yaml" in refusal
            tally.count("flipped bits in configurations refused")
        path.write_bytes(whole)


@pytest.mark.parametrize(
    "edit",
    [
        ("seed: 3", "seed: 4"),
        ("generations: 12", "generations: 13"),
        ("population: 40", "population: 44"),
        ("cost_boundary: full", "cost_boundary: no_chips"),
        ("variables: {}", "variables: {plies: {upper: 30}}"),
        ("assumptions: {}", "assumptions: {tank.pressure_mpa: {value: 0.6, reason: x}}"),
    ],
)
def test_a_setting_edited_by_hand_is_refused(run: Path, edit: tuple[str, str]) -> None:
    edited(run, *edit)
    for what in ("report", "select", "resume"):
        assert_told(command(what, run), REFUSED, str(run / "config.yaml"), "--generations")


def edited(run: Path, before: str, after: str) -> None:
    path = run / "config.yaml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.mark.parametrize(
    "edit", [("most_failed: 0.5", "most_failed: 0.9"), ("explorer: false", "explorer: true")]
)
def test_what_changes_no_number_may_be_edited_by_hand(
    run: Path, edit: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    before = (run / "front.parquet").read_bytes()
    edited(run, *edit)
    load_run(run)
    assert "config.yaml was edited" in caplog.text
    assert command("resume", run).exit_code == 0
    caplog.clear()
    load_run(run)  # the run knows it now
    assert caplog.text == ""
    assert (run / "front.parquet").read_bytes() == before


def test_a_stopped_run_goes_on_with_more_failures_allowed(tmp_path: Path) -> None:
    limits = {"most_failed": 0.02}
    run = made(
        tmp_path,
        problem="tests.reliability.bad_models:Raises",
        evaluation=limits,
        algorithm={"generations": 20},
    )
    assert read_manifest(run)["status"] == "stopped"
    edited(run, "most_failed: 0.02", "most_failed: 1.0")
    assert resume_run(run).status == "finished"
    assert load_run(run).manifest["generations"] == 20


def test_a_run_killed_while_it_is_lengthened_goes_on(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between manifest and configuration, and after both, whatever comes first."""
    from optimize.run import start

    class Killed(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Killed

    for step in ("_write_config", "write_manifest"):
        with monkeypatch.context() as patch:
            patch.setattr(start, step, die)
            with pytest.raises(Killed):
                resume_run(run, generations=14)
    with monkeypatch.context() as patch:
        patch.setattr("optimize.run.session.Session.run", die)
        with pytest.raises(Killed):
            resume_run(run, generations=14)
    assert resume_run(run).run.manifest["generations"] == 14
    load_run(run)


# --- folders without digests, and what cannot be right --------------------------------------------


@pytest.fixture
def unsigned(run: Path) -> Path:
    """A folder as of a version without digests."""
    manifest = read_manifest(run)
    del manifest["file_digests"], manifest["settings_digest"]
    write_manifest(run, manifest)
    return run


def test_a_folder_without_digests_opens_with_one_warning(
    unsigned: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="optimize"):
        load_run(unsigned)
    (record,) = caplog.records
    assert f"{unsigned} has no digests" in record.getMessage()


def _without(table: pa.Table) -> pa.Table:
    return table.drop_columns(["mass_kg"])


def _put(value: Any) -> Callable[[pa.Table], pa.Table]:
    def change(table: pa.Table) -> pa.Table:
        values = [value, *table["mass_kg"].to_pylist()[1:]]
        column = pa.array(values, pa.string() if isinstance(value, str) else pa.float64())
        return table.set_column(table.schema.get_field_index("mass_kg"), "mass_kg", column)

    return change


def _as_text(table: pa.Table) -> pa.Table:
    column = table["mass_kg"].cast(pa.string())
    return table.set_column(table.schema.get_field_index("mass_kg"), "mass_kg", column)


def _nameless(table: pa.Table) -> pa.Table:
    return table.drop_columns(["design_id"])


@pytest.mark.parametrize(
    "change",
    [_without, _put(math.nan), _put(math.inf), _put(-math.inf), _put(None), _as_text, _nameless],
    ids=["missing", "nan", "inf", "-inf", "null", "text", "nameless"],
)
def test_an_objective_that_cannot_be_right_is_refused(
    unsigned: Path, change: Callable[[pa.Table], pa.Table]
) -> None:
    path = unsigned / "front.parquet"
    pq.write_table(change(pq.read_table(path)), path)
    for what in ("select", "report"):
        column = "design_id" if change is _nameless else "mass_kg"
        assert_told(command(what, unsigned), REFUSED, "front.parquet", column)


def test_evaluations_without_an_objective_are_refused(unsigned: Path) -> None:
    path = unsigned / "evaluations.parquet"
    pq.write_table(_without(pq.read_table(path)), path)
    assert_told(command("select", unsigned), REFUSED, "evaluations.parquet", "mass_kg")


def test_a_design_that_is_not_what_its_identity_says_is_refused(run: Path) -> None:
    """With digests that fit: whoever wrote them must have the model's own designs."""
    path = run / "front.parquet"
    table = pq.read_table(path)
    lengths = table["length_m"].to_numpy() * 1.01
    at = table.schema.get_field_index("length_m")
    pq.write_table(table.set_column(at, table.schema.field(at), pa.array(lengths)), path)
    manifest = read_manifest(run)
    manifest["file_digests"]["front.parquet"] = hashlib.sha256(path.read_bytes()).hexdigest()
    write_manifest(run, manifest)
    assert_told(command("select", run), REFUSED, "front.parquet", "has the variables of design")
    write_manifest(run, manifest | {"problem_version": "0"})  # of another model, they may differ
    assert command("select", run).exit_code == 0


# --- the manifest ---------------------------------------------------------------------------------

WRONG: tuple[Any, ...] = ("text", 7, -1.5, True, None, [], ["a"], {}, {"a": 1}, {"a": {"b": []}})


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every entry of nested data."""
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, entry in items:
        yield (*path, key)
        yield from _places(entry, (*path, key))


def _manifests(run: Path) -> dict[str, Any]:
    """Return a manifest with everything that one can hold."""
    side = {
        "designs": 3,
        "reliable_share": 0.5,
        "probability_feasible": {"lowest": 0.1, "median": 0.5, "highest": 0.9},
        "mean_probability_infeasible": 0.5,
        "mean_probability_infeasible_or_dominated": 0.6,
        "hypervolume_risk": 0.2,
        "hypervolume_nominal": 0.3,
        "best_risk": {"robust.mass_kg": 12.0},
        "best_nominal": {"mass_kg": None},
    }
    volume = {"median": 0.5, "lowest": 0.4, "highest": 0.6, "spread": None}
    seed = {
        "seed": 1,
        "hypervolume": 0.5,
        "share_of_union_hypervolume": 0.9,
        "share_of_union": None,
        "additive_epsilon": 0.1,
    }
    manifest = copy.deepcopy(read_manifest(run))
    manifest["quality"] |= {
        "seeds": {
            "hypervolume": volume,
            "union": {"hypervolume": 0.6, "size": 9},
            "by_seed": [seed],
        },
        "constant_objectives": ["mass_kg"],
    }
    manifest["robustness"] = {
        "futures": 8,
        "uncertain_numbers": 3,
        "model_evaluations": 1000,
        "risk": {"mass_kg": "cvar90"},
        "reliability": {"volume": 0.9},
        "fronts": {"nominal": side, "robust": side},
        "nominal_dominated_share": 0.2,
        "price": {"mass_kg": {"lowest": 1.0, "median": 1.1, "highest": 1.2}},
    }
    manifest["least_violating"] = {
        "design_id": "0123456789",
        "variables": {"metal": "steel", "plies": 3, "radius_m": 0.5, "coat_mm": None},
        "violations": {"volume": 0.5, "stress": None},
    }
    return manifest


def test_a_wrong_type_anywhere_in_a_manifest_is_refused_or_harmless(
    run: Path, long_run: bool, tally: Tally
) -> None:
    """Every entry by turns, of every wrong type: a message that names it, or an answer."""
    manifest = _manifests(run)
    assert command("report", run).exit_code == 0
    write_manifest(run, manifest)
    assert command("report", run).exit_code == 0
    for number, place in enumerate(_places(manifest)):
        for value in WRONG if long_run else (WRONG[number % 10],):
            changed = copy.deepcopy(manifest)
            node = changed
            for key in place[:-1]:
                node = node[key]
            node[place[-1]] = value
            (run / "manifest.json").write_text(json.dumps(changed), encoding="utf-8")
            refusal = refusal_of(run)
            if refusal is None:
                write_summary(load_run(run))
            else:
                assert refusal.startswith(str(run)), (place, value)
                tally.count("wrong types in manifests refused")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"schema_version": 1, "reason": "half \\ud800"}',
        '{"schema_version": 1, "\\udfff": 1}',
        '{"schema_version": 1, "seconds": NaN}',
        '{"schema_version": 1, "seconds": Infinity}',
        '{"schema_version": 1, "seconds": 1e999}',
        '{"schema_version": 1, "seed": ' + "1" * 5000 + "}",
        '{"schema_version": true}',
        "null",
        "1",
        "\ufeff{}",
        "",
    ],
)
def test_a_damaged_manifest_is_refused(run: Path, text: str) -> None:
    (run / "manifest.json").write_text(text, encoding="utf-8")
    for what in ("report", "select", "resume"):
        assert_told(command(what, run), REFUSED, "manifest.json")


# --- columns.csv ----------------------------------------------------------------------------------


def test_columns_csv_tells_every_column_of_every_table(finished: Path) -> None:
    told = pd.read_csv(finished / "columns.csv", keep_default_na=False)
    assert list(told) == ["name", "unit", "symbol", "role", "description"]
    assert told["name"].is_unique
    assert not (told[["unit", "role", "description"]] == "").to_numpy().any()
    by_name = told.set_index("name")
    for path in finished.glob("*.parquet"):
        for field in pq.read_schema(path):
            assert field.name in by_name.index
            stored = {key.decode(): text.decode() for key, text in field.metadata.items()}
            if path.name != "failures.parquet":  # its generation is that of one design
                assert by_name.loc[field.name].to_dict() == stored
    assert by_name.loc["mass_kg"].tolist() == ["kg", "M", "objective", "Mass"]
    assert by_name.loc["best.mass_kg", "unit"] == "kg"
