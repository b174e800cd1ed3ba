import dataclasses

import numpy as np
import pytest

from optimize.report.plots.run import write_figures
from problems.spec import Objective
from tests.conftest import LONG
from tests.optimize.little_satellite import LittleSatellite
from tests.optimize.runs import empty_run, sampled_run
from tests.optimize.toy import ToyProblem

EVERY = {
    "convergence",
    "front",
    "front_3d",
    "parallel",
    "variables_along_front",
    "mass_tree",
    "cost_waterfall",
}
MORE = ("specific_mass_kg_per_kw", "total_cost_usd", "junction_margin_k")


def stems(paths):
    return {path.stem for path in paths}


@pytest.fixture(scope="module")
def little(tmp_path_factory):
    return sampled_run(tmp_path_factory.mktemp("little"), LittleSatellite())


@pytest.fixture(scope="module")
def drawn(little):
    return write_figures(little)


def test_write_figures_draws_every_figure_in_both_formats(drawn, little):
    assert stems(drawn) == EVERY
    assert len(drawn) == 2 * len(EVERY)
    assert {path.parent for path in drawn} == {little.path / "figures"}
    for path in drawn:
        assert path.stat().st_size > 10_000


def test_write_figures_leaves_no_temporary_files(drawn, little):
    assert {p.name for p in (little.path / "figures").iterdir()} == {p.name for p in drawn}


def test_write_figures_gives_real_pictures(drawn):
    from matplotlib.image import imread

    for path in drawn:
        if path.suffix == ".png":
            picture = imread(path)[:, :, :3]
            assert min(picture.shape[:2]) > 300
            # Something other than white paper, and not a filled page either.
            inked = (picture < 0.95).any(axis=2).mean()
            assert 0.005 < inked < 0.8, path.name


def test_write_figures_twice_gives_the_same_bytes(drawn, little):
    formats, positions = (("png", "svg"), None) if LONG else (("svg",), (1, 4, 5))
    before = {path.name: path.read_bytes() for path in drawn}
    for path in write_figures(little, formats=formats, positions=positions):
        assert path.read_bytes() == before[path.name], path.name


def test_write_figures_of_an_empty_front_shows_the_search_only(little, tmp_path):
    run = dataclasses.replace(empty_run(little), path=tmp_path)
    assert stems(write_figures(run, formats=("png",))) == {"convergence"}


def test_write_figures_of_a_single_design(tmp_path):
    run = sampled_run(tmp_path, LittleSatellite(), most=1, samples=2000)
    drawn = stems(write_figures(run, formats=("png",)))
    assert drawn == EVERY - {"front_3d", "variables_along_front"}  # no variable varies


def test_write_figures_of_two_designs(tmp_path):
    run = sampled_run(tmp_path, LittleSatellite(), most=2, samples=2000)
    drawn = write_figures(run, formats=("png",), positions=(1, 3, 4))
    assert stems(drawn) == {"front", "parallel", "variables_along_front"}


@pytest.mark.parametrize("count", [1, pytest.param(2, marks=pytest.mark.long), 6])
def test_write_figures_for_one_to_six_objectives(count, tmp_path):
    objectives = list(LittleSatellite.objectives)
    objectives += [Objective(name, "max", 1e3, 1.0) for name in MORE]
    run = sampled_run(
        tmp_path, LittleSatellite(), objectives=objectives[:count], samples=3000, most=40
    )
    drawn = stems(write_figures(run, formats=("png",), positions=(1, 2, 3, 4)))
    three = {"front_3d"} if count >= 3 else set()
    assert drawn == {"front", "parallel", "variables_along_front"} | three


def test_write_figures_works_for_any_problem(tmp_path):
    run = sampled_run(tmp_path, ToyProblem(), samples=4000)
    assert stems(write_figures(run, formats=("svg",))) == EVERY - {"mass_tree"}


def test_write_figures_survives_a_zero_in_a_logarithmic_objective(little, tmp_path):
    front = little.front.copy()
    front.loc[0, "radiation_failure_rate_per_pflops_yr"] = 0.0
    run = dataclasses.replace(little, front=front, path=tmp_path)
    drawn = write_figures(run, formats=("png",), positions=(1, 2, 3))
    assert stems(drawn) == {"front", "front_3d", "parallel"}


def test_write_figures_survives_blank_history(little, tmp_path):
    history = little.history.copy()
    history["best.launch_mass_kg"] = np.nan
    run = dataclasses.replace(little, history=history, path=tmp_path)
    assert stems(write_figures(run, formats=("png",), positions=(0,))) == {"convergence"}
