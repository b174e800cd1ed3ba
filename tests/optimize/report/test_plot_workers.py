"""Two processes draw what one draws."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimize.config.overrides import load_source
from optimize.config.study import read_study
from optimize.report.plots import workers as plot_workers
from optimize.report.plots.run import write_figures
from optimize.run.folder import RunData
from optimize.run.start import start_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunData:
    settings = ["algorithm.population=40", "algorithm.generations=12"]
    config, study = read_study(load_source("configs/quick.yaml", settings))
    return start_run(config, study, out=tmp_path_factory.mktemp("runs")).run


@pytest.fixture(scope="module")
def alone(run: RunData) -> dict[str, bytes]:
    return _bytes(write_figures(run, formats=("png",)))


@pytest.fixture
def helped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plot_workers, "_FEWEST", 4)
    monkeypatch.setattr(plot_workers.os, "cpu_count", lambda: 2)


def _bytes(files: list[Path]) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in files}


@pytest.mark.usefixtures("helped")
def test_a_helper_draws_the_same_files(run: RunData, alone: dict[str, bytes]) -> None:
    for path in (run.path / "figures").iterdir():
        path.unlink()
    together = plot_workers.draw(run, formats=("png",))
    assert together == sorted(together)
    assert _bytes(together) == alone
    assert {path.name for path in (run.path / "figures").iterdir()} == set(alone)


@pytest.mark.usefixtures("helped")
def test_what_a_failing_helper_leaves_is_drawn_here(
    run: RunData, alone: dict[str, bytes], tmp_path: Path
) -> None:
    """The helper cannot load a run whose configuration is gone, but this process has it."""
    config = run.path / "config.yaml"
    moved = config.rename(tmp_path / "config.yaml")
    try:
        names = {path.name for path in plot_workers.draw(run, formats=("png",))}
    finally:
        moved.rename(config)
    assert names == set(alone)


def test_one_core_needs_no_helper(run: RunData, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plot_workers, "_FEWEST", 1)
    monkeypatch.setattr(plot_workers.os, "cpu_count", lambda: 1)
    monkeypatch.setattr(plot_workers.multiprocessing, "get_context", None)
    monkeypatch.setattr(plot_workers, "write_figures", lambda run, formats: [run.path, *formats])
    assert plot_workers.draw(run, formats=("svg",)) == [run.path, "svg"]


def test_claims_meet_in_the_middle() -> None:
    import multiprocessing

    claims = plot_workers._Claims(multiprocessing.get_context("spawn"), 5)
    front, back = claims.forwards(), claims.backwards()
    assert [next(front), next(back), next(back), next(front), next(front)] == [0, 4, 3, 1, 2]
    assert next(front, None) is None
    assert next(back, None) is None
    assert claims.given == 3
