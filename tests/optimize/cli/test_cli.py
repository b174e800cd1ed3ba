"""The command line as a script sees it: output, exit codes, and no traceback for mistakes."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from optimize.cli import main
from optimize.utils.files import locked
from tests.optimize.conftest import ROOT, TANK, heliofront

Write = Callable[..., Path]
COMMANDS = tuple(main.commands)


def call(*arguments: str | Path) -> tuple[int, str, str]:
    """Run a command in this process; return exit code, standard output and standard error."""
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Return a run of the tank, and what the command said of it; neither is to be changed."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "tank.yaml").write_text(json.dumps(TANK), encoding="utf-8")
    code, out, err = call("run", folder / "tank.yaml", "--out", folder / "runs", "--json")
    assert (code, err) == (0, "")
    answer = json.loads(out)
    return Path(answer["run"]), answer


@pytest.fixture
def run_folder(made: tuple[Path, dict[str, Any]], tmp_path: Path) -> Path:
    return shutil.copytree(made[0], tmp_path / "runs" / made[0].name)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example(command: str) -> None:
    code, out, _ = call(command, "--help")
    assert code == 0
    assert f"  heliofront {command}" in out


def test_without_a_command_it_ends_with_what_to_type_first() -> None:
    lines = (call()[1] or call()[2]).splitlines()
    assert lines[-4] == "Start here:"
    assert [line.split()[:2] for line in lines[-3:]] == [
        ["heliofront", "run"],
        ["heliofront", "explore"],
        ["heliofront", "init"],
    ]
    assert all(len(line) <= 80 for line in lines)


def test_help_is_quick_and_light() -> None:
    code = (
        "import sys, time\nfrom optimize.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = [m for m in ('numpy', 'pymoo', 'pandas', 'matplotlib') if m in sys.modules]\n"
        "print(heavy, time.process_time(), file=sys.stderr)"
    )
    best = 9.9
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
        )
        heavy, _, seconds = done.stderr.strip().rpartition(" ")
        assert heavy == "[]"
        best = min(best, float(seconds))
    assert best <= 0.35


def test_run_prints_the_front_and_where_it_is(write_config: Write, tmp_path: Path) -> None:
    code, out, err = call("run", write_config(), "--out", tmp_path / "runs")
    assert code == 0
    assert err == ""
    assert "front.csv" in out
    assert "Cheapest" in out
    (folder,) = (tmp_path / "runs").iterdir()
    last = f"next:    heliofront explore {folder} --problem tests.optimize.toy:ToyProblem"
    assert out.splitlines()[-1] == last
    assert (folder / "summary.md").stat().st_size > 500


def test_run_draws_figures(write_config: Write, tmp_path: Path) -> None:
    path = write_config(output={"figures": True}, algorithm={"generations": 4})
    code, out, _ = call("run", path, "--out", tmp_path / "runs", "--json")
    assert code == 0
    figures = [Path(name) for name in json.loads(out)["figures"]]
    assert {figure.suffix for figure in figures} == {".png", ".svg"}
    assert all(figure.stat().st_size > 1000 for figure in figures)


def test_run_json_is_one_document(made: tuple[Path, dict[str, Any]]) -> None:
    _, answer = made
    assert answer["status"] == "finished"
    assert answer["evaluations"] == 480
    assert answer["front_size"] == len(answer["front"])
    assert set(answer["front"][0]) == {"design_id", "cost_usd", "mass_kg", "heat_loss_w"}


def test_run_repeats_its_bytes_whatever_the_hash_seed_and_writes_no_escapes(
    made: tuple[Path, dict[str, Any]], write_config: Write, tmp_path: Path
) -> None:
    """In a process of its own, whose texts are hashed otherwise than those of this one."""
    other = {"PYTHONHASHSEED": "1", "LANG": "C", "NO_COLOR": "1"}
    done = heliofront("run", write_config(), "--out", tmp_path / "runs", **other)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    (front,) = tmp_path.glob("runs/*/front.parquet")
    assert front.read_bytes() == (made[0] / "front.parquet").read_bytes()


def test_run_from_its_own_config_repeats_the_front(run_folder: Path, tmp_path: Path) -> None:
    code, out, _ = call("run", run_folder / "config.yaml", "--out", tmp_path / "again", "--json")
    assert code == 0
    again = Path(json.loads(out)["run"])
    assert (again / "front.parquet").read_bytes() == (run_folder / "front.parquet").read_bytes()


def test_run_takes_options_over_the_file(write_config: Write, tmp_path: Path) -> None:
    path = write_config(algorithm={"evaluations": 400})
    arguments = ("--seed", "9", "--generations", "3", "--set", "algorithm.name=random")
    code, out, _ = call("run", path, "--out", tmp_path, "--json", *arguments)
    answer = json.loads(out)
    assert (code, answer["seed"], answer["generations"]) == (0, 9, 3)


def test_run_seeds_gives_one_run_each(write_config: Write, tmp_path: Path) -> None:
    path = write_config(algorithm={"generations": 4})
    code, out, _ = call("run", path, "--seeds", "3", "--out", tmp_path / "runs", "--json")
    answer = json.loads(out)
    assert code == 0
    assert [run["seed"] for run in answer["runs"]] == [3, 4, 5]
    volumes = sorted(run["hypervolume"] for run in answer["runs"])
    assert answer["hypervolume"] == {
        "median": volumes[1],
        "lowest": volumes[0],
        "highest": volumes[2],
    }
    arguments = ("--seeds", "3", "--workers", "2", "--out", tmp_path / "parallel")
    parallel = call("run", path, *arguments, "--json")
    assert parallel[0] == 0, parallel[2]
    assert [run["hypervolume"] for run in json.loads(parallel[1])["runs"]] == [
        run["hypervolume"] for run in answer["runs"]
    ]


def test_run_seeds_ends_with_a_table(write_config: Write, tmp_path: Path) -> None:
    path = write_config(algorithm={"generations": 2})
    assert "hypervolume: median" in call("run", path, "--seeds", "2", "--out", tmp_path / "t")[1]


def test_run_without_a_feasible_design_exits_3(write_config: Write, tmp_path: Path) -> None:
    path = write_config(constraints={"mass_kg": {"upper": 1e-3}})
    code, _, err = call("run", path, "--out", tmp_path / "runs")
    assert code == 3
    assert "no feasible design among 480 evaluated" in err
    assert "mass_kg by" in err
    assert "radius_m=" in err
    (folder,) = (tmp_path / "runs").iterdir()
    assert (folder / "front.csv").read_text().count("\n") == 1
    assert call("report", folder)[0] == 0


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("name: a\nnam: b\n", 2, "c.yaml:2:1: nam: unknown key; did you mean 'name'?"),
        ("name: [a]\n", 2, "c.yaml:1:1: name: expected text, got a list"),
        ("name: a\nx: !!python/object/apply:os.system [ls]\n", 2, "c.yaml:2:4: x: the tag"),
        ("name: &a b\nscenario: *a\n", 2, "c.yaml:1:7: name: anchors and aliases"),
        ("name: a\nname: b\n", 2, "c.yaml:2:1: name: appears twice"),
        ("name: a\n  b: [\n", 2, "not valid YAML"),
        ("", 2, "is empty"),
        (
            "name: a\nvariables:\n  altitude_km: {lower: 900, upper: 500}\n",
            2,
            "c.yaml:3:3: variables.altitude_km: lower 900 is above upper 500",
        ),
        (
            "name: a\nvariables:\n  altitude_kn: {fix: 900}\n",
            2,
            "variables.altitude_kn: unknown variable; did you mean 'altitude_km'?",
        ),
    ],
)
@pytest.mark.parametrize("command", ["run", "check", "evaluate"])
def test_mistakes_give_one_message_and_write_nothing(
    tmp_path: Path, text: str, code: int, message: str, command: str
) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(text)
    arguments = ("--out", tmp_path / "runs") if command == "run" else ()
    got, out, err = call(command, path, *arguments)
    assert got == code
    assert out == ""
    assert message in err
    assert "Traceback" not in err
    assert err.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["c.yaml"]


def test_mistakes_on_the_command_line_exit_2(write_config: Write) -> None:
    for arguments in (
        ("run",),
        ("run", write_config(), "--seed", "x"),
        ("run", write_config(), "--set", "algorithm"),
        ("run", write_config(), "--set", "algoritm.seed=1"),
        ("run", "no_such_file.yaml"),
        ("runn",),
        ("catalog", "no_such_table"),
        ("schema", "--problem", "compute_satelite"),
    ):
        code, out, err = call(*arguments)
        assert (code, out) == (2, ""), arguments
        assert err


def test_run_refuses_a_folder_it_cannot_write(write_config: Write, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    code, out, err = call("run", write_config(), "--out", tmp_path / "file")
    assert (code, out) == (6, "")
    assert err.startswith("error: cannot write")
    assert err.count("\n") == 1


def test_resume_and_report_refuse_what_is_no_run(run_folder: Path, tmp_path: Path) -> None:
    assert call("resume", tmp_path)[0] == 4
    assert call("report", tmp_path / "none")[0] == 4
    with locked(run_folder):
        code, _, err = call("resume", run_folder)
    assert code == 5
    assert f"process {os.getpid()}" in err
    (run_folder / "checkpoint" / "state.json").write_text("{}")
    assert call("resume", run_folder)[0] == 4


@pytest.mark.promise("R2")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_run_interrupted_names_the_way_to_go_on(
    write_config: Write, tmp_path: Path, number: signal.Signals
) -> None:
    path = write_config(algorithm={"generations": 9_000_000}, output={"evaluations": False})
    process = subprocess.Popen(
        [sys.executable, "-m", "optimize", "run", str(path), "--out", str(tmp_path / "my runs")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("my runs/*/checkpoint/state.json")):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number, err
    (folder,) = tmp_path.glob("my runs/*")
    assert f"heliofront resume '{folder}'" in err
    assert json.loads((folder / "manifest.json").read_text())["status"] == "interrupted"
    done = json.loads((folder / "manifest.json").read_text())["generations"]
    assert f"resume '{folder}' --problem tests.optimize.toy:ToyProblem" in err
    problem = ("--problem", "tests.optimize.toy:ToyProblem")
    code, out, err = call("resume", folder, *problem, "--generations", str(done + 2), "--json")
    assert code == 0, err
    assert json.loads(out)["generations"] == done + 2


def test_report_writes_figures_and_summary_again(run_folder: Path) -> None:
    (run_folder / "summary.md").unlink()
    code, out, _ = call("report", run_folder, "--json")
    assert code == 0
    assert Path(json.loads(out)["summary"]).exists()


def test_check_reports_faults_as_data(write_config: Write) -> None:
    code, out, _ = call("check", write_config(), "--json")
    answer = json.loads(out)
    assert (code, answer["ok"]) == (0, True)
    assert answer["objectives"] == ["cost_usd", "mass_kg", "heat_loss_w"]
    code, out, err = call("check", write_config(), "--set", "algorithm.sed=1", "--json")
    (fault,) = json.loads(out)["faults"]
    assert (code, err) == (2, "")
    assert (fault["key"], fault["suggestion"]) == ("algorithm.sed", "seed")


def test_evaluate_sets_variables_and_keeps_the_contract(write_config: Write) -> None:
    arguments = ("--set", "radius_m=1.5", "--set", "metal=titanium", "--set", "plies=6")
    code, out, err = call("evaluate", write_config(), *arguments, "--json")
    assert (code, err) == (0, "")
    answer = json.loads(out)
    assert answer["variables"]["radius_m"] == 1.5
    assert answer["variables"]["metal"] == "titanium"
    assert answer["variables"]["plies"] == 6
    # By hand: 2 pi r (l + r) t rho = 2 pi 1.5 (2 + 1.5) 0.006 * 4500 = 890.6 kg.
    assert answer["outputs"]["mass_kg"]["value"] == pytest.approx(890.64, rel=1e-4)
    assert answer["outputs"]["mass_kg"]["unit"] == "kg"
    assert set(answer["objectives"]) == {"cost_usd", "mass_kg", "heat_loss_w"}
    assert set(answer["constraints"]["volume"]) >= {"value", "feasible"}
    assert answer["feasible"] is True
    assert answer["warnings"] == []


def test_evaluate_takes_infeasible_designs_and_warns_outside_the_config(
    write_config: Write,
) -> None:
    path = write_config(variables={"radius_m": {"lower": 1, "upper": 2}})
    code, out, _ = call("evaluate", path, "--set", "radius_m=0.3", "--json")
    answer = json.loads(out)
    assert code == 0
    assert answer["feasible"] is False
    assert answer["variables"]["radius_m"] == 0.3
    assert any("radius_m: 0.3" in warning for warning in answer["warnings"])


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("radus_m=1", "did you mean 'radius_m'?"),
        ("radius_m=99", "99 is outside"),
        ("metal=stel", "did you mean 'steel'?"),
        ("radius_m", "expected VARIABLE=VALUE"),
        ("plies=2.5", "whole number"),
        ("radius_m=[1", "not valid YAML"),
    ],
)
def test_evaluate_explains_a_wrong_setting(write_config: Write, setting: str, message: str) -> None:
    code, out, err = call("evaluate", write_config(), "--set", setting)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_catalog_lists_rows_with_ranges_and_sources() -> None:
    code, out, _ = call("catalog", "--json")
    rows = json.loads(out)["rows"]
    assert code == 0
    assert len(rows) > 100
    assert all(row["source"] for row in rows)
    code, out, _ = call("catalog", "gpus", "--json")
    chosen = json.loads(out)["rows"]
    assert {row["key"].split(".")[1] for row in chosen} == {"gpus"}
    key = rows[0]["key"]
    assert key in call("catalog", key)[1]
    assert "(there are: arrays, batteries, " in call("catalog", "wood")[2]


def test_catalog_tells_which_chips_are_open_and_why_others_are_not() -> None:
    code, out, _ = call("catalog", "gpus")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    overview = {" ".join(line.split()) for line in out.split("\n\n")[0].splitlines()}
    assert "gpus.B200 2024 open" in overview
    assert "gpus.VR200 2026 closed: no bf16_dense_tflops" in overview
    assert "gpus.Leader 2028 open: projection" in overview
    code, out, _ = call("catalog", "gpus", "--scenario", "today", "--json")
    states = {state["key"]: state for state in json.loads(out)["hardware"]}
    assert states["catalog.gpus.GB200"]["words"] == {"price_basis": "rack share with network"}
    leader = states["catalog.gpus.Leader"]
    assert (leader["open"], leader["remark"]) == (False, "from 2028; projection")
    assert call("catalog", "gpus", "--scenario", "tody")[0] == 2


@pytest.mark.parametrize("name", ["gpus", "launchers", "arrays", "radiators", "batteries"])
def test_catalog_of_hardware_fits_a_terminal(name: str) -> None:
    _, out, _ = call("catalog", name)
    assert max(map(len, out.splitlines())) <= 80


def test_catalog_of_launchers_shows_published_payloads_beside_the_rule() -> None:
    code, out, _ = call("catalog", "launchers")
    table = out[out.index("PUBLISHED PAYLOADS") :].splitlines()
    assert code == 0
    assert max(map(len, table)) <= 80
    assert [line.split()[-1] for line in table if ">=100.00  100.00" in line] == ["yes"]
    points = json.loads(call("catalog", "launchers", "--json")[1])["points"]
    polar = next(point for point in points if point["orbit"] == "polar")
    assert polar["bound"] == "at_least"
    assert polar["rule_kg"] > polar["payload_kg"] == 13800.0
    assert "points" not in json.loads(call("catalog", "gpus", "--json")[1])


def test_catalog_shows_numbers_in_force_and_marks_what_the_scenario_sets() -> None:
    _, out, _ = call("catalog", "starship", "--scenario", "2035", "--json")
    rows = {row["key"].rpartition(".")[2]: row for row in json.loads(out)["rows"]}
    price = rows["price_usd"]
    assert (price["value"], price["set_by"]) == (25e6, "scenario")
    assert price["low"] / price["value"] < 1.0 < price["nominal"] / price["value"]
    assert price["reason"]
    assert (rows["upper_isp_s"]["set_by"], rows["upper_isp_s"]["reason"]) == ("table", None)
    _, text, _ = call("catalog", "starship", "--scenario", "2035")
    assert "2.5e+07*" in text
    assert "launch_price_usd_per_kg" in text
    assert "catalog.launchers.starship.price_usd: 9.5e+07 USD" in text
    assert max(map(len, text.splitlines())) <= 80


def test_columns_finds_what_a_word_is_about() -> None:
    code, out, _ = call("columns", "wait", "--json")
    (column,) = json.loads(out)["columns"]
    assert (code, column["name"], column["unit"]) == (0, "hardware_wait_yr", "yr")
    roles = {row["role"] for row in json.loads(call("columns", "--json")[1])["columns"]}
    assert roles == {"variable", "output", "constraint"}
    assert "launch_mass_kg" in call("columns", "launch_mass_kgg")[2]


def test_schema_prints_a_schema() -> None:
    code, out, _ = call("schema")
    schema = json.loads(out)
    assert code == 0
    assert schema["additionalProperties"] is False
    assert "altitude_km" in schema["properties"]["variables"]["properties"]


def test_run_writes_the_explorer_when_asked(write_config: Write, tmp_path: Path) -> None:
    path = write_config(output={"explorer": True}, algorithm={"generations": 2})
    code, out, _ = call("run", path, "--out", tmp_path / "runs", "--json")
    assert code == 0
    page = Path(json.loads(out)["run"]) / "explorer.html"
    assert "default-src 'none'" in page.read_text(encoding="utf-8")


def test_validate_json_keeps_the_contract() -> None:
    code, out, _ = call("validate", "--json")
    points = json.loads(out)["points"]
    keys = {"id", "expected", "value", "deviation", "tolerance", "ok", "status", "source"}
    assert points
    assert all(keys <= set(point) for point in points)
    assert {point["status"] for point in points} <= {"must", "known_deviation"}
    outside = [point["id"] for point in points if point["status"] == "must" and not point["ok"]]
    assert code == (1 if outside else 0)


def test_progress_goes_to_standard_error_of_a_terminal_only(
    write_config: Write, tmp_path: Path
) -> None:
    master, slave = os.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    environment.pop("CI", None)
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "optimize",
            "run",
            str(write_config()),
            "--json",
            "--out",
            str(tmp_path / "runs"),
        ],
        stdout=subprocess.PIPE,
        stderr=slave,
        text=True,
        cwd=ROOT,
        env=environment,
    )
    out, _ = process.communicate(timeout=60)
    os.close(slave)
    shown = os.read(master, 100_000).decode(errors="replace")
    os.close(master)
    assert process.returncode == 0
    assert json.loads(out)["status"] == "finished"
    assert re.search(r"searching \d+ of 12", re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", shown))
    assert "writing the summary" in shown
    assert "…" not in shown  # no number is cut


def test_evaluate_without_settings_takes_the_defaults(write_config: Write) -> None:
    path = write_config(variables={"radius_m": {"lower": 1.5, "upper": 2}})
    answer = json.loads(call("evaluate", path, "--json")[1])
    assert answer["variables"]["radius_m"] == 1.5  # the default, 1, moved into the bounds
    assert answer["variables"]["plies"] == 5


@pytest.mark.parametrize("said", ["", "Unable to allocate 3.2 GiB for an array"])
def test_running_out_of_memory_is_one_line(
    monkeypatch: pytest.MonkeyPatch, write_config: Callable[..., Path], said: str
) -> None:
    def short(*_: Any, **__: Any) -> None:
        raise MemoryError(said) if said else MemoryError

    monkeypatch.setattr("optimize.commands.inquiries.check", short)
    found = CliRunner().invoke(main, ["check", str(write_config())])
    assert found.exit_code == 6
    assert found.stderr.startswith("error: out of memory")
    assert said in found.stderr
    assert found.stderr.count("\n") == 1


def test_messages_hold_nothing_that_a_terminal_obeys(tmp_path: Path) -> None:
    found = CliRunner().invoke(main, ["select", f"{tmp_path}/a\x1b[2J\udc80"])
    assert found.exit_code == 4
    assert "a\\x1b[2J\\udc80" in found.stderr


def test_run_says_that_a_model_of_ones_own_is_not_compiled(
    write_config: Write, tmp_path: Path
) -> None:
    arguments = ("--set", "backend=jax", "--set", "algorithm.generations=2")
    code, _, err = call("run", write_config(), *arguments, "--out", tmp_path / "runs")
    assert code in (0, 3)  # two generations may find nothing feasible
    assert "backend numpy: tests.optimize.toy:ToyProblem cannot be compiled" in err
