"""Campaigns: what they consist of, that each run is an ordinary one, and how fronts are merged.

Workers are threads of the test's own process here; tests/reliability has real ones.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import ArrayLike

from optimize.campaign import merge
from optimize.campaign.cluster import Cluster
from optimize.campaign.command import campaign
from optimize.campaign.place import Remote
from optimize.campaign.plan import Plan, make_plan
from optimize.config.faults import ConfigError
from optimize.config.overrides import load_config, load_source
from optimize.config.study import read_study
from optimize.config.uncertainty import UncertaintySetting
from optimize.run.folder import load_run
from optimize.run.start import start_run
from optimize.utils.files import to_json
from problems.space import objective_matrix
from problems.spec import SpecError
from tests.optimize.conftest import ROOT
from tests.optimize.risky import Gamble
from tests.optimize.toy import ToyProblem

HERE = "tests.optimize.campaign.test_campaign"
WriteConfig = Callable[..., Path]


class TwoYears(ToyProblem):
    """The tank in two scenarios; the later one has twice the pressure."""

    scenarios = ("2030", "2035")

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        if settings.get("scenario") == "2035":
            self.pressure_mpa *= 2.0


class TooSmall(ToyProblem):
    """No tank is large enough."""

    def _evaluate(self, x: Any, pressure_mpa: Any, names: Any) -> dict[str, Any]:
        outputs = super()._evaluate(x, pressure_mpa, None)
        outputs["volume_m3"] = outputs["volume_m3"] * 1e-6
        return {name: outputs[name] for name in names or outputs}


class Broken(ToyProblem):
    """A model that gives up."""

    def evaluate(self, designs: ArrayLike | Any, names: Any = None) -> dict[str, Any]:
        raise ArithmeticError("the tank is on fire")


@dataclasses.dataclass
class Done:
    """A campaign carried out."""

    code: int
    folder: Path

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "campaign.json").read_text())
        return found

    def files(self) -> dict[str, bytes]:
        """Everything that must not depend on how the campaign went."""
        timed = ("campaign.json", "manifest.json", "history.parquet", "summary.md", "state.json")
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file() and path.name not in timed and path.parent.name != "checkpoint"
        } | {"summary.md": (self.folder / "summary.md").read_bytes()}


def carry_out(config: Path, out: Path | str, *overrides: str, **flags: Any) -> Done:
    typed = {key: (f"--{key}", value) for key, value in flags.items()}
    code = campaign(
        str(config),
        overrides,
        typed,
        out=str(out),
        scheduler=None,
        workers=2,
        patience_s=30.0,
        as_json=False,
        processes=False,
    )
    plan = make_plan(str(config), overrides, typed)
    return Done(code, Path(str(out).removeprefix("file://"), f"campaign-{plan.digest}"))


def names(plan: Plan) -> list[str]:
    return [task.name for task in plan.tasks]


def plan_of(config: Path, **flags: Any) -> Plan:
    return make_plan(str(config), (), {key: (f"--{key}", value) for key, value in flags.items()})


# --- what a campaign consists of --------------------------------------------------------------


def test_plan_of_a_plain_configuration_is_five_seeds_of_it(write_config: WriteConfig) -> None:
    plan = plan_of(write_config())
    assert names(plan) == [f"2030-nsga2-seed{seed:02d}" for seed in range(3, 8)]
    path = write_config("one.yaml", algorithm={"seed": 5})
    assert plan.tasks[2].config.digest == read_study(load_source(path))[0].digest


def test_plan_crosses_scenarios_algorithms_and_seeds(write_config: WriteConfig) -> None:
    section = {"seeds": [7, 120], "scenarios": ["2035", "2030"], "algorithms": ["nsga2", "random"]}
    path = write_config(
        problem=f"{HERE}:TwoYears", campaign=section, algorithm={"crossover_eta": 10}
    )
    plan = plan_of(path)
    assert names(plan) == [
        f"{scenario}-{algorithm}-seed{seed:03d}"
        for scenario in ("2035", "2030")
        for algorithm in ("nsga2", "random")
        for seed in (7, 120)
    ]
    assert plan.tasks[0].config.algorithm.crossover_eta == 10.0
    assert "crossover_eta" not in plan.tasks[2].config.resolved()["algorithm"]
    assert plan.resolved["campaign"] == {**section, "future_blocks": 1}


def test_plan_gives_every_block_futures_of_its_own(write_config: WriteConfig) -> None:
    path = write_config(
        problem="tests.optimize.risky:Gamble", uncertainty={"futures": 16, "seed": 4}
    )
    plan = plan_of(path, seeds=2, future_blocks=3)
    assert names(plan)[:3] == [f"2030-nsga2-seed03-block{b:02d}" for b in (1, 2, 3)]
    drawn = [task.config.uncertainty.seed for task in plan.tasks if task.config.uncertainty]
    assert drawn == [4, 5, 6, 4, 5, 6]


def test_a_year_needs_no_quotes(write_config: WriteConfig) -> None:
    path = write_config(
        problem=f"{HERE}:TwoYears", campaign={"seeds": 1, "scenarios": [2035, "2030"]}
    )
    assert names(plan_of(path)) == ["2035-nsga2-seed03", "2030-nsga2-seed03"]


def test_campaign_section_is_no_part_of_a_run(write_config: WriteConfig) -> None:
    plain = load_config(write_config())[0]
    other = load_config(write_config("b.yaml", campaign={"seeds": 9}))[0]
    assert other.digest == plain.digest
    assert "campaign" not in other.resolved()


def test_campaign_yaml_repeats_the_campaign(write_config: WriteConfig, tmp_path: Path) -> None:
    plan = plan_of(write_config(), seeds=2, algorithms=["random"])
    again = tmp_path / "campaign.yaml"
    again.write_text(to_json(plan.resolved))
    assert plan_of(again).digest == plan.digest
    assert names(plan_of(again)) == names(plan)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"scenarios": ["2030", "2031"]}, "--scenarios: scenario: unknown scenario '2031'"),
        ({"algorithms": ["nsga22"]}, "did you mean 'nsga2'?"),
        ({"seeds": 0}, "--seeds: campaign.seeds: should be greater than or equal to 1"),
        ({"seeds": [1, 1]}, "'1' appears twice"),
        ({"future_blocks": 2}, "needs an 'uncertainty' section"),
    ],
)
def test_plan_refuses_what_cannot_be_run(
    write_config: WriteConfig, flags: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        plan_of(write_config(), **flags)
    assert message in str(caught.value)


def test_plan_points_at_the_line_of_a_wrong_name(write_config: WriteConfig) -> None:
    path = write_config(campaign={"algorithms": ["random", "nsga33"], "sseeds": 2})
    with pytest.raises(ConfigError) as caught:
        plan_of(path)
    line = next(i for i, text in enumerate(path.read_text().splitlines(), 1) if "sseeds" in text)
    assert f"tank.yaml:{line}:" in str(caught.value)
    assert "did you mean 'seeds'?" in str(caught.value)
    path = write_config(campaign={"algorithms": ["random", "nsga33"]})
    with pytest.raises(ConfigError) as caught:
        plan_of(path)
    line = next(i for i, text in enumerate(path.read_text().splitlines(), 1) if "nsga33" in text)
    assert f"tank.yaml:{line}:" in str(caught.value)


# --- carrying it out --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tank(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """A campaign of two seeds and two algorithms, carried out once."""
    from tests.optimize.conftest import TANK

    folder = tmp_path_factory.mktemp("tank")
    config = folder / "tank.yaml"
    section = {"seeds": 2, "algorithms": ["nsga2", "random"]}
    config.write_text(json.dumps({**TANK, "campaign": section}))
    return config, carry_out(config, folder / "out")


def test_every_run_is_what_a_run_alone_would_be(tank: tuple[Path, Done], tmp_path: Path) -> None:
    config, done = tank
    assert done.code == 0
    for task in plan_of(config).tasks:
        changes = [f"algorithm.seed={task.seed}", f"algorithm.name={task.algorithm}"]
        setting, study = read_study(load_source(config, changes))
        alone = start_run(setting, study, out=tmp_path / task.name).run
        of_campaign = load_run(done.folder / "runs" / task.name)
        assert of_campaign.manifest["status"] == "finished"
        assert (of_campaign.path / "summary.md").exists()
        for file in ("config.yaml", "front.parquet", "front.csv", "evaluations.parquet"):
            assert (alone.path / file).read_bytes() == (of_campaign.path / file).read_bytes()


def _minimised(run: Any) -> Any:
    columns = {o.output: run.front[o.output].to_numpy() for o in run.objectives}
    return objective_matrix(columns, run.objectives)


def test_merged_front_is_what_no_design_of_any_run_betters(tank: tuple[Path, Done]) -> None:
    _, done = tank
    runs = {path.name: load_run(path) for path in (done.folder / "runs").iterdir()}
    found: dict[tuple[float, ...], set[str]] = {}
    for name, run in runs.items():
        for row in _minimised(run):
            found.setdefault(tuple(row), set()).add(name)
    points = np.array(list(found))
    best = {
        point: where
        for point, where in found.items()
        if not ((points <= point).all(axis=1) & (points < point).any(axis=1)).any()
    }
    front = pd.read_csv(done.folder / "front.csv")
    aims = [o.output for o in runs["2030-nsga2-seed03"].objectives]
    told = {
        tuple(row[:3]): (set(row[3].split()), set(row[4].split()))
        for row in front[[*aims, "found_in", "found_by"]].itertuples(index=False, name=None)
    }
    assert {point: where for point, (where, _) in told.items()} == best
    for where, by in told.values():
        assert by == {name.split("-")[1] for name in where}
    assert set(front["scenario"]) == {2030}
    stored = pd.read_parquet(done.folder / "front.parquet")
    assert len(stored) == len(front)


def test_quality_tells_median_and_spread(tank: tuple[Path, Done]) -> None:
    _, done = tank
    (quality,) = done.document["quality"]
    volumes = {
        path.name: load_run(path).manifest["hypervolume"]
        for path in (done.folder / "runs").iterdir()
    }
    for entry in quality["algorithms"]:
        own = [v for name, v in volumes.items() if f"-{entry['algorithm']}-" in name]
        told = entry["hypervolume"]
        assert told["median"] == pytest.approx(statistics.median(own), rel=1e-12)
        assert (told["lowest"], told["highest"]) == pytest.approx((min(own), max(own)), rel=1e-12)
        # Two values: linear quartiles lie a quarter of the way in from each end.
        assert told["interquartile_range"] == pytest.approx((max(own) - min(own)) / 2, rel=1e-9)
        attained = [row["hypervolume"] for row in entry["attainment"]]
        assert attained[0] >= max(own) * (1 - 1e-12)
        assert attained[-1] <= min(own) * (1 + 1e-12)
        assert quality["union"]["hypervolume"] >= entry["hypervolume_together"] * (1 - 1e-12)
    shares = [entry["share_of_union"] for entry in quality["algorithms"]]
    assert sum(shares) >= 1.0
    table = pd.read_csv(done.folder / "tasks.csv")
    assert table.set_index("name")["hypervolume"].to_dict() == pytest.approx(volumes, rel=1e-12)


def test_the_same_command_keeps_what_is_finished(tank: tuple[Path, Done], tmp_path: Path) -> None:
    config, done = tank
    shutil.copytree(done.folder, tmp_path / done.folder.name)
    before = done.files()
    runs = tmp_path / done.folder.name / "runs"
    stamps = {p: p.stat().st_mtime_ns for p in runs.rglob("*")}
    again = carry_out(config, tmp_path)
    assert again.code == 0
    assert {task["how"] for task in again.document["tasks"]} == {"kept"}
    unchanged = {p: s for p, s in stamps.items() if p.stat().st_mtime_ns == s}
    assert {p for p in stamps if p.is_file()} <= set(unchanged)
    assert again.files() == before


def _truncate_front(run: Path) -> None:
    data = (run / "front.parquet").read_bytes()
    (run / "front.parquet").write_bytes(data[: len(data) // 2])


def _lose_manifest(run: Path) -> None:
    (run / "manifest.json").unlink()


def _other_configuration(run: Path) -> None:
    manifest = json.loads((run / "manifest.json").read_text())
    (run / "manifest.json").write_text(json.dumps({**manifest, "config_hash": "00000000"}))


def _break_manifest(run: Path) -> None:
    (run / "manifest.json").write_text("{")


def test_damaged_runs_are_moved_aside_and_done_again(
    tank: tuple[Path, Done], tmp_path: Path
) -> None:
    config, done = tank
    shutil.copytree(done.folder, tmp_path / done.folder.name)
    runs = sorted((tmp_path / done.folder.name / "runs").iterdir())
    damages = (_truncate_front, _lose_manifest, _other_configuration, _break_manifest)
    for run, damage in zip(runs, damages, strict=True):
        damage(run)
    again = carry_out(config, tmp_path)
    assert again.code == 0
    for task in again.document["tasks"]:
        assert task["how"] == "again"
        assert f"moved to {task['name']}.damaged-1 and done again" in task["notes"][0]
    for run in runs:
        shutil.rmtree(run.with_name(run.name + ".damaged-1"))
    ours, theirs = again.files(), done.files()
    del ours["summary.md"], theirs["summary.md"]  # it says what had to be done again
    assert ours == theirs


def test_a_run_without_a_checkpoint_begins_again(tank: tuple[Path, Done], tmp_path: Path) -> None:
    config, done = tank
    run = tmp_path / done.folder.name / "runs" / "2030-nsga2-seed03"
    (run / "checkpoint").mkdir(parents=True)
    (run / "config.yaml").write_bytes(
        (done.folder / "runs" / run.name / "config.yaml").read_bytes()
    )
    for half in (run / ".tmp-half.json", run.parents[1] / ".tmp-half.csv"):
        half.write_text("left by a killed process")
    again = carry_out(config, tmp_path)
    assert again.code == 0
    assert again.files() == done.files()


def test_nothing_feasible_is_exit_code_3(write_config: WriteConfig, tmp_path: Path) -> None:
    done = carry_out(write_config(problem=f"{HERE}:TooSmall"), tmp_path / "out", seeds=2)
    assert done.code == 3
    for task in done.document["tasks"]:
        assert task["status"] == "infeasible"
        assert "the nearest one breaks volume by" in task["reason"]
    assert (done.folder / "summary.md").exists()
    assert len(pd.read_csv(done.folder / "front.csv")) == 0


def test_a_failing_model_is_told_and_exit_code_1(
    write_config: WriteConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = carry_out(write_config(problem=f"{HERE}:Broken"), tmp_path / "out", seeds=2)
    assert done.code == 1
    assert {task["status"] for task in done.document["tasks"]} == {"failed"}
    assert "the tank is on fire" in capsys.readouterr().err


# --- futures ----------------------------------------------------------------------------------


def test_blocks_are_judged_in_all_their_futures(write_config: WriteConfig, tmp_path: Path) -> None:
    path = write_config(
        problem="tests.optimize.risky:Gamble",
        uncertainty={"futures": 16, "risk": {"all": "p90"}, "reliability": {"all": 0.9}},
        algorithm={"population": 20, "generations": 8},
    )
    done = carry_out(path, tmp_path / "out", seeds=1, future_blocks=3)
    assert done.code == 0
    (quality,) = done.document["quality"]
    assert (quality["futures"], quality["judged_anew"]) == (48, True)
    front = pd.read_parquet(done.folder / "front.parquet")
    assert len(front) > 0
    problem = Gamble()
    settings = [UncertaintySetting(futures=16, seed=seed) for seed in (1, 2, 3)]
    union = merge.AllFutures(problem, problem.objectives, problem.constraints, settings)
    z, w = union.values["toy.z"], union.values["toy.w"]
    assert len(z) == len(set(z)) == 48
    x, hedge = front["x"].to_numpy()[:, None], front["hedge"].to_numpy()[:, None]
    assert ((x >= w).mean(axis=1) >= 0.9 - 1e-12).all()
    loss = np.sort(x + (1.0 - hedge) * z, axis=1)
    told = front["robust.loss_usd"].to_numpy()
    # The 90 % point of 48 values lies between the 43rd and the 45th.
    assert (loss[:, 42] - 1e-12 <= told).all()
    assert (told <= loss[:, 44] + 1e-12).all()


# --- URLs -------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["memory", "file"])
def test_a_url_holds_the_same_files(tank: tuple[Path, Done], tmp_path: Path, scheme: str) -> None:
    config, done = tank
    url = f"{scheme}://{tmp_path}/out"
    again = carry_out(config, url)
    assert again.code == 0
    remote = Remote(f"{url}/{done.folder.name}")
    names = [str(path) for path in remote.fs.find(remote.root)]
    there = {name[len(remote.root) + 1 :]: remote.fs.cat_file(name) for name in names}
    assert {key: there[key] for key in done.files()} == done.files()
    assert not any(name.endswith(".lock") for name in there)
    if scheme == "file":
        return
    # Half uploaded: the manifest comes last, so it is the one that is missing.
    lost, kept = "2030-nsga2-seed04", "2030-random-seed04"
    remote.fs.rm(f"{remote.root}/runs/{lost}/manifest.json")
    remote.fs.pipe_file(f"{remote.root}/runs/{lost}/front.csv", b"half")
    assert carry_out(config, url).code == 0
    told = json.loads(remote.fs.cat_file(f"{remote.root}/campaign.json"))["tasks"]
    how = {task["name"]: task["how"] for task in told}
    assert (how[lost], how[kept]) == ("new", "kept")
    front = remote.fs.cat_file(f"{remote.root}/runs/{lost}/front.csv")
    assert front == done.files()[f"runs/{lost}/front.csv"]
    # Damaged: whole by its manifest, but not by its content.
    remote.fs.pipe_file(f"{remote.root}/runs/{lost}/front.parquet", b"rubbish")
    assert carry_out(config, url).code == 0
    told = json.loads(remote.fs.cat_file(f"{remote.root}/campaign.json"))["tasks"]
    assert {task["name"]: task["how"] for task in told}[lost] == "again"
    assert remote.fs.exists(f"{remote.root}/runs/{lost}.damaged-1")


def test_an_unknown_url_is_refused(write_config: WriteConfig) -> None:
    with pytest.raises(SpecError, match="nosuch"):
        carry_out(write_config(), "nosuch://bucket/study")


@pytest.mark.parametrize("address", ["head", "head:8786", "http://head:8786", "tcp://head"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(SpecError, match="expected an address such as tcp://head:8786"):
        Cluster(address)


# --- the command ------------------------------------------------------------------------------


def test_json_is_one_document(
    tank: tuple[Path, Done], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, done = tank
    shutil.copytree(done.folder, tmp_path / done.folder.name)
    code = campaign(
        str(config),
        (),
        {},
        out=str(tmp_path),
        scheduler=None,
        workers=1,
        patience_s=30.0,
        as_json=True,
        processes=False,
    )
    document = json.loads(capsys.readouterr().out)
    assert code == 0
    assert document["schema_version"] == 1
    assert [task["status"] for task in document["tasks"]] == ["finished"] * 4


def test_a_missing_extra_is_told(
    write_config: WriteConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = {"workers": None, "patience_s": 1.0, "as_json": False}
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.setitem(sys.modules, "fsspec", None)
    told = r"needs {}: pip install 'heliofront\[campaign\]'"
    with pytest.raises(SpecError, match="--scheduler " + told.format("distributed")):
        campaign(str(write_config()), (), {}, out=None, scheduler="tcp://head:1", **where)
    with pytest.raises(SpecError, match="URL " + told.format("fsspec")):
        campaign(str(write_config()), (), {}, out="s3://bucket", scheduler=None, **where)
    assert carry_out(write_config(), tmp_path, seeds=1).code == 0  # on this machine, in a folder


def test_the_command_line_starts_without_dask() -> None:
    code = (
        "import optimize.cli, sys; print(sorted({'dask', 'distributed', 'numpy'} & {*sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout == "[]\n"
