"""Hardware of one's own, from a configuration to what is handed over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import heliofront as hf
from optimize.config.faults import ConfigError
from optimize.export.comparison import compare
from optimize.export.document import design_document
from optimize.export.import_design import compare_document
from tests.optimize.conftest import heliofront
from tests.reliability.tanks import command

CONFIG = {
    "name": "own",
    "variables": {"launch_site": {"fix": "earth"}, "gpu_model": {"choices": ["MyChip"]}},
    "assumptions": {"launch_price_usd_per_kg": {"value": 200, "reason": "contract"}},
    "catalog": {
        "gpus": {"MyChip": {"like": "B200", "tdp_w": 500, "reason": "ours", "source": "sheet 3"}}
    },
    "algorithm": {"population": 40, "generations": 15},
    "output": {"figures": False},
}


def write_config(folder: Path) -> Path:
    path = folder / "own.yaml"
    path.write_text(json.dumps(CONFIG), encoding="utf-8")
    return path


def assert_row_is_kept(run: Path) -> None:
    stored = hf.open_run(run)
    assert stored.config.catalog == CONFIG["catalog"] == stored.manifest["catalog"]
    assert set(stored.front["gpu_model"]) == {"MyChip"}
    assert "MyChip" in (run / "config.yaml").read_text("utf-8")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    done = command("run", write_config(folder), "--out", folder, "--json")
    assert done.exit_code == 0, done.stderr
    return Path(json.loads(done.stdout)["run"])


def test_a_run_keeps_the_row(run: Path) -> None:
    assert_row_is_kept(run)


@pytest.mark.long
def test_a_run_of_worker_processes_keeps_the_row(tmp_path: Path) -> None:
    path = write_config(tmp_path)
    done = heliofront("run", path, "--seeds", "2", "--workers", "2", "--out", tmp_path, "--json")
    assert done.returncode == 0, done.stderr
    for run in json.loads(done.stdout)["runs"]:
        assert_row_is_kept(Path(run["run"]))


def test_a_continued_run_keeps_the_row(run: Path) -> None:
    done = command("resume", run, "--generations", "18", "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["generations"] == 18


def test_an_exported_design_tells_the_row_with_its_reason_and_is_taken_back(run: Path) -> None:
    stored = hf.open_run(run)
    document = design_document(stored, str(stored.front["design_id"].iloc[0]))
    power = document["assumptions"]["catalog.gpus.MyChip.tdp_w"]
    assert (power["value"], power["note"], power["source"]) == (500.0, "ours", "sheet 3")
    assert power["set_by"] == "configuration"
    launcher = document["variables"]["launcher"]["value"]
    price = document["assumptions"][f"catalog.launchers.{launcher}.price_usd"]
    assert (price["note"], price["set_by"]) == ("contract", "configuration")
    assert compare_document(document).same
    assert not compare(
        document,
        hf.load_problem(
            catalog={"gpus": {"MyChip": {"like": "B200", "tdp_w": 700, "reason": "other"}}}
        ),
    ).same


def test_a_fault_of_a_row_is_told_at_its_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("name: own\ncatalog:\n  gpus:\n    Mine: {like: B200, tpd_w: 5, reason: x}\n")
    with pytest.raises(ConfigError, match=r"own.yaml:4:24: catalog.gpus.Mine.tpd_w: .*'tdp_w'"):
        hf.read_config(path)


def test_a_configuration_without_hardware_has_the_hash_it_had(tmp_path: Path) -> None:
    plain = hf.read_config({"name": "plain"})
    assert "catalog" not in plain.resolved()
    mine = hf.read_config({"name": "plain", "catalog": CONFIG["catalog"]})
    assert mine.settings_digest != plain.settings_digest
