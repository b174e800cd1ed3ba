"""Search here: the run's own model searched inside a region, and stored beside the run."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import moocore
import numpy as np
import pytest

from optimize.config.overrides import load_source
from optimize.config.study import read_study
from optimize.explorer import search_here
from optimize.explorer.live import LiveRun
from optimize.explorer.region import region_config
from optimize.explorer.search_here import SearchHere, refusal
from optimize.explorer.searches import Searches
from optimize.explorer.serve import ExplorerServer
from optimize.run.folder import RunData, load_run
from optimize.run.start import start_run
from problems.space import objective_matrix
from problems.spec import SpecError
from tests.optimize.explorer.browser import Page

ROOT = Path(__file__).parents[3]
SETTINGS = ("algorithm.generations=8", "algorithm.population=100")
COST, MASS = "cost_per_exaflop_usd", "launch_mass_kg"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunData:
    config, study = read_study(load_source(str(ROOT / "configs/quick.yaml"), SETTINGS))
    return start_run(config, study, out=tmp_path_factory.mktemp("here")).run


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_here, "PART_S", 0.02)
    monkeypatch.setattr(search_here, "SEARCH_S", 0.1)


def _outputs(run: RunData) -> dict[str, np.ndarray]:
    return {o.output: run.front[o.output].to_numpy(dtype=float) for o in run.objectives}


def _config(run: RunData, request: Any) -> dict[str, Any]:
    return region_config(run.config, run.layout, _outputs(run), request)[0].resolved()


def _searched(search: SearchHere) -> dict[str, Any]:
    answer = search.part()
    while not answer["done"]:
        answer = search.part()
    return answer


def test_region_becomes_limits_within_those_of_the_run(run: RunData) -> None:
    own = next(c for c in run.constraints if c.upper is not None and c.name in run.problem.outputs)
    request = {"limits": {COST: [None, 2.0], own.name: [None, 2.0 * own.upper]}}
    data = _config(run, request)
    assert data["constraints"][COST] == {"upper": 2.0}
    assert data["constraints"][own.name]["upper"] == own.upper


def test_region_of_variables_is_searched_as_a_narrower_space(run: RunData) -> None:
    data = _config(run, {"variables": {"shield_mm": [1.0, 5.0], "orbit": ["dawn_dusk_sso"]}})
    assert data["variables"]["shield_mm"] == {"lower": 1.0, "upper": 5.0}
    assert data["variables"]["orbit"] == {"fix": "dawn_dusk_sso"}


def test_hope_becomes_the_smallest_box_with_a_design_in_it(run: RunData) -> None:
    front = _outputs(run)
    hope = {COST: float(front[COST].min()) / 2.0, MASS: float(front[MASS].min()) / 2.0}
    limits = _config(run, {"hope": hope})["constraints"]
    inside = (front[COST] <= limits[COST]["upper"]) & (front[MASS] <= limits[MASS]["upper"])
    assert 1 <= inside.sum() < len(inside)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"limits": {COST: [3.0, 2.0]}}, (COST, "region is empty")),
        ({"limits": {"cost_per_exaflop": [1.0, 2.0]}}, ("unknown output", COST)),
        ({"limits": {COST: [None, "2"]}}, (COST, "number")),
        ({"limits": {COST: [None, float("inf")]}}, (COST, "number")),
        ({"variables": {"orbit": []}}, ("orbit", "region is empty")),
        ({"variables": {"orbit": ["sideways"]}}, ("orbit", "sideways")),
        ({"variables": {"shield_mm": [1e6, 2e6]}}, ("shield_mm", "region is empty")),
        ({"variables": {"gpu_count": [70.2, 70.7]}}, ("gpu_count", "region is empty")),
        ({"hope": {"total_cost_usd": 1.0}}, ("unknown objective",)),
        ({"limit": {}}, ("limit", "limits")),
        ([], ("region",)),
    ],
)
def test_a_region_without_sense_is_one_line(
    run: RunData, request_: Any, words: tuple[str, ...]
) -> None:
    with pytest.raises(SpecError) as caught:
        SearchHere(run, request_, run.front_x[:0])
    assert all(word in str(caught.value) for word in words)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("quick")
def test_what_is_found_is_new_in_the_region_and_stored_beside(run: RunData) -> None:
    limit = float(np.median(_outputs(run)[COST]))
    search = SearchHere(run, {"limits": {COST: [None, limit]}}, run.front_x[:0])
    answer = _searched(search)
    stored = load_run(run.path.with_name(answer["kept"]))
    assert (stored.front[COST] <= limit).all()
    ids, columns = answer["designs"]["ids"], answer["designs"]["columns"]
    assert len(ids) == len(set(ids)) > 0
    assert set(ids) <= set(stored.front["design_id"])
    assert not set(ids) & set(run.front["design_id"])
    names = [o.output for o in run.objectives]
    new_f = objective_matrix({n: np.array(columns[n]) for n in names}, run.objectives)
    front = objective_matrix(_outputs(run), run.objectives)
    keep = moocore.is_nondominated(np.concatenate((front, new_f)))
    assert keep[len(front) :].all()
    assert answer["beats"] == (~keep[: len(front)]).sum()
    assert columns["shield_layout"][0] in run.space["shield_layout"].choices


@pytest.mark.usefixtures("quick")
def test_a_region_without_feasible_designs_says_what_stands_in_the_way(run: RunData) -> None:
    before = sorted(run.path.parent.iterdir())
    answer = _searched(SearchHere(run, {"limits": {COST: [None, 1e-3]}}, run.front_x[:0]))
    assert answer["note"].startswith("No feasible design in this region")
    assert "cost per exaflop" in answer["note"]
    assert answer["designs"]["ids"] == []
    assert sorted(run.path.parent.iterdir()) == before  # nothing is stored


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"status": "running"}, "still searching"),
        ({"problem_version": "1"}, "run its config.yaml again"),
    ],
)
def test_a_run_that_cannot_be_searched_further_says_why(
    run: RunData, changes: dict[str, str], word: str
) -> None:
    other = dataclasses.replace(run, manifest={**run.manifest, **changes})
    assert word in refusal(other)
    with pytest.raises(SpecError, match=word):
        SearchHere(other, {}, run.front_x[:0])


@pytest.mark.parametrize("request_", [[], {}, {"go": 0}, {"go": "0"}, {"go": 0, "end": 0}])
def test_an_unknown_search_is_refused(run: RunData, request_: Any) -> None:
    with pytest.raises(SpecError):
        Searches().answer(run, request_)


@pytest.fixture
def server(run: RunData) -> Iterator[ExplorerServer]:
    with ExplorerServer(LiveRun(run.path)) as started:
        thread = threading.Thread(target=started.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield started
        finally:
            started.shutdown()
            thread.join()


def _search(page: Page) -> str:
    page.js("document.querySelector('[data-key=search]').click()")
    page.driver.execute_async_script(
        "const done = arguments[0]; const look = () => document.documentElement.dataset.searched"
        " === undefined ? setTimeout(look, 20) : done(); look();"
    )
    page.settle()
    return page.text(".search .told")


@pytest.mark.usefixtures("quick")
def test_a_search_in_the_page_joins_the_front_and_is_undone(
    page: Page, server: ExplorerServer
) -> None:
    page.driver.get(server.url)
    page.settle()
    before = page.selected()
    assert "Stored beside the run" in _search(page)
    after = page.selected()
    assert after > before
    page.key("z", control=True)
    assert page.selected() == before
    page.key("y", control=True)
    assert page.selected() == after
    page.enter(f'[data-limit="{COST}:1"]', "1e-3")
    assert "No feasible design in this region" in _search(page)
    page.enter(f'[data-limit="{COST}:0"]', "1")
    assert "the region is empty" in _search(page)
    page.js("window.fetch = () => Promise.reject(new Error('gone'))")
    assert "has the server ended?" in _search(page)
    assert all("400" in error for error in page.errors())  # of the region that is empty


def test_wishes_that_contradict_are_one_line(page: Page, server: ExplorerServer) -> None:
    page.driver.get(server.url)
    page.settle()
    page.enter('[data-key="way"]', "trade")
    for wishes, word in {
        ("give", "give", "give"): "must be better",
        ("better", "hold", "hold"): "give way",
    }.items():
        for k, wish in enumerate(wishes):
            page.enter(f'[data-wish="may:{k}"]', wish)
        page.click("[data-key=search]")
        assert word in page.text(".search .told")
