"""Certified runs: what the manifest and the summary of a run say of its front."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from optimize.config.overrides import load_source
from optimize.config.run_config import RunConfig
from optimize.config.study import read_study
from optimize.engine.search import Search
from optimize.evaluation.tables import Layout
from optimize.explorer.columns import run_columns
from optimize.report.front_quality import quality_section
from optimize.run.certified import (
    CERTIFIED,
    RESIDUAL,
    certificate_text,
    certified,
    uncertified_text,
)
from optimize.run.columns import front_columns
from optimize.run.final import final_front
from optimize.run.start import start_run
from problems.space import objective_matrix
from tests.optimize.engine.bowls import Bowls


def test_a_certified_run_says_so_in_manifest_and_summary(
    write_config: Callable[..., Path], tmp_path: Path
) -> None:
    path = write_config(algorithm={"certify": True, "population": 20, "generations": 6})
    run = start_run(*read_study(load_source(path, [])), out=tmp_path / "runs").run
    certificate = run.manifest["certificate"]
    assert {
        "certified_share",
        "worst_residual",
        "residual_limit",
        "swaps_that_dominate",
        "seconds",
    } <= certificate.keys()
    assert certificate["certified_share"] == 1.0  # all sit on limits and bounds
    assert certificate["residual_limit"] == 1e-4  # of finite differences
    assert certificate["worst_residual"] <= 1e-4
    assert certificate["swaps_that_dominate"] == 0
    assert any(
        "Certified 100 % by finite differences" in line for line in quality_section(run, None)
    )
    assert run.front["design_id"].is_unique
    assert run.front[CERTIFIED].all()
    assert run.front[RESIDUAL].max() == certificate["worst_residual"]
    assert front_columns(run.path)[RESIDUAL]["role"] == "certificate"
    assert {CERTIFIED, RESIDUAL} <= {column.name for column in run_columns(run)}
    assert run.manifest["hypervolume"] >= run.manifest["quality"]["hypervolume_front"]


def test_swaps_that_dominate_are_taken_before_a_front_is_certified() -> None:
    problem = Bowls()
    layout = Layout(problem, problem.space, problem.objectives, problem.constraints)
    x = np.array([[a, 0.55, 3.0, 1.0] for a in (0.3, 0.5, 0.7)])
    found = certified(layout, x)
    assert found.evidence["certified_share"] == 1.0
    assert (found.x[:, 2:] == [1.0, 0.0]).all()
    before = objective_matrix(problem.evaluate(x), problem.objectives)
    assert (found.f.min(axis=0) < before.min(axis=0)).all()


def test_a_front_without_a_certificate_has_no_line() -> None:
    assert certificate_text({}) == ""
    assert uncertified_text(pd.DataFrame({"design_id": ["a"]})) == ""


def test_members_that_are_not_certified_are_named_the_farthest_first() -> None:
    columns = {
        "design_id": list("abcdef"),
        RESIDUAL: [1e-7, 0.02, np.nan, 0.3, 1e-8, 0.001],
        CERTIFIED: [True, False, False, False, True, False],
    }
    text = "Not certified: `c`, `d` (residual 0.3), `b` (residual 0.02) and 1 more"
    assert uncertified_text(pd.DataFrame(columns)) == text


@pytest.mark.parametrize(("share", "text"), [(0.999, "99 %"), (1.0, "100 %")])
def test_a_share_is_never_rounded_up_to_all(share: float, text: str) -> None:
    certificate = {"certified_share": share, "worst_residual": None, "swaps_that_dominate": 0}
    assert certificate_text(certificate) == f"Certified {text}"


def test_a_front_is_polished_and_certified_unless_a_stop_is_asked_for() -> None:
    algorithm = {"certify": True, "population": 8, "generations": 2}
    config = RunConfig.model_validate({"name": "bowls", "algorithm": algorithm})
    problem = Bowls()
    search = Search(config, Layout(problem, problem.space, problem.objectives, problem.constraints))
    while search.generation < 2:
        search.step()
    assert final_front(search, config, whole=True).certified is not None
    stopped = final_front(search, config, whole=True, stopped=lambda: True)
    assert stopped.certified is None
    assert "polish" not in stopped.quality
