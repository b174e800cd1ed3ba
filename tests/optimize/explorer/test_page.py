"""The real page in a real browser, used as a person uses it."""

from __future__ import annotations

import csv
import dataclasses
import time
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from optimize.designs import methods as decide
from optimize.designs.scores import choose, scores
from optimize.explorer import write_explorer
from optimize.run.folder import RunData
from tests.optimize.explorer.browser import Page
from tests.optimize.explorer.designs import stored_run
from tests.optimize.runs import empty_run

TABS = ("overview", "matrix", "histograms", "table", "decide", "compare", "drivers", "details")


def _every_tab(page: Page) -> None:
    for tab in TABS:
        page.click(f"#tab-{tab}")
    assert page.errors() == []


@pytest.mark.promise("R17")
def test_page_opens_without_asking_for_anything(page: Page, explorer: Path, run: RunData) -> None:
    page.open(explorer)
    assert page.requests() == [explorer.resolve().as_uri()]
    feasible = int(page.js("return JSON.parse(document.getElementById('data').textContent).n"))
    assert feasible == 3000
    assert f"{len(run.front)} on the front" in page.text(".count")
    page.js("document.querySelector('[role=grid] .rows .row').click()")
    _every_tab(page)


def test_page_opens_on_the_front_and_its_named_designs(
    page: Page, explorer: Path, run: RunData
) -> None:
    page.open(explorer, "#")
    assert page.selected() == len(run.front)
    values = np.column_stack([run.front[o.output].to_numpy(dtype=float) for o in run.objectives])
    chosen = choose(values, run.objectives, run.problem.outputs)
    page.click("#tab-compare")
    assert [head.split(" ")[-1][-10:] for head in _heads(page)] == [
        run.front["design_id"].iloc[design.row] for design in chosen
    ]
    assert all(head.startswith(d.title) for head, d in zip(_heads(page), chosen, strict=True))
    page.click("#tab-details")
    assert run.front["design_id"].iloc[chosen[-1].row] in page.text(".details")
    page.key("f")
    assert page.selected() == 3000 - _infeasible(run)


def _heads(page: Page) -> list[str]:
    heads = page.js(
        "return [...document.querySelectorAll('.compare thead th')].slice(1).map("
        "h => h.querySelector('.title').textContent + ' ' + h.querySelector('.id').textContent)"
    )
    return [str(head) for head in heads]


def _infeasible(run: RunData) -> int:
    evaluations = run.evaluations
    assert evaluations is not None
    return int((~evaluations["feasible"]).sum())


def test_a_family_is_a_filter(page: Page, explorer: Path) -> None:
    page.open(explorer, "#")
    everything = page.selected()
    sizes = []
    for code in page.js(
        "return [...document.querySelectorAll('[data-family]')].map(b => b.dataset.family)"
    ):
        page.click(f'[data-family="{code}"]')
        sizes.append(page.selected())
        page.click(f'[data-family="{code}"]')
    assert len(sizes) > 1
    assert sum(sizes) == everything == page.selected()


def test_a_year_has_no_thousands(page: Page, tmp_path: Path) -> None:
    run = stored_run(tmp_path, count=300)
    front = run.front.copy()
    front["shield_mm"] = np.linspace(2030.0, 2035.0, len(front))
    space = run.space.replace(dataclasses.replace(run.space["shield_mm"], unit="yr"))
    x = run.front_x.copy()
    x[:, space.index["shield_mm"]] = front["shield_mm"]
    changed = dataclasses.replace(run, front=front, front_x=x, space=space, stored_evaluations=None)
    page.open(write_explorer([changed], tmp_path / "e.html"))
    page.click("#tab-compare")
    assert "2030" in page.text(".compare")
    assert "2,03" not in page.text(".compare")


def test_the_first_stop_leads_past_the_filters(page: Page, explorer: Path) -> None:
    page.open(explorer)
    page.js("document.querySelector('#app a').click()")
    assert page.js("return document.activeElement.id") == "designs"


def test_typed_limit_selects_what_numpy_selects(page: Page, explorer: Path, run: RunData) -> None:
    evaluations = run.evaluations
    assert evaluations is not None
    page.open(explorer)
    hints = page.js(
        "return [...document.querySelectorAll('[data-limit^=\"shield_mm:\"]')]"
        ".map(input => Number(input.placeholder))"
    )
    feasible = evaluations["shield_mm"][evaluations["feasible"]].astype(float)
    assert hints == pytest.approx([feasible.min(), feasible.max()], rel=5e-3)
    page.enter('[data-limit="shield_mm:0"]', "4")
    page.enter('[data-limit="shield_mm:1"]', "12.5")
    shield = evaluations["shield_mm"].to_numpy(dtype=float)
    inside = evaluations["feasible"].to_numpy() & (shield >= 4.0) & (shield <= 12.5)
    assert page.selected() == inside.sum() > 0
    assert "Shield: 4 to 12.5 mm" in page.text(".active")
    page.press("Shield: 4 to 12.5 mm")
    assert page.selected() == evaluations["feasible"].sum()


def test_chips_keep_only_their_choice_and_blank_never_matches(
    page: Page, explorer: Path, run: RunData
) -> None:
    evaluations = run.evaluations
    assert evaluations is not None
    page.open(explorer)
    page.click('[data-chip="gpu_model:1"]')
    name = page.text('[data-chip="gpu_model:1"]')
    kept = evaluations["feasible"] & (evaluations["gpu_model"] == name)
    assert page.selected() == kept.sum() > 0
    page.enter('[data-limit="altitude_km:0"]', "1")  # inactive in one orbit family
    assert page.selected() == (kept & evaluations["altitude_km"].notna()).sum()


def test_undo_and_redo_travel_through_every_step(page: Page, explorer: Path) -> None:
    page.open(explorer)
    first = page.selected()
    page.key("f")
    second = page.selected()
    page.enter('[data-limit="shield_mm:1"]', "5")
    third = page.selected()
    assert first > second > third > 0
    page.key("z", control=True)
    assert page.selected() == second
    page.key("z", control=True)
    assert page.selected() == first
    page.key("y", control=True)
    page.key("y", control=True)
    assert page.selected() == third


def test_address_restores_the_state(page: Page, explorer: Path) -> None:
    page.open(explorer)
    page.enter('[data-limit="launch_mass_kg:1"]', "9000")
    page.click("#tab-table")
    page.js("document.querySelector('#pane-table .rows .pin').click()")
    page.settle()
    before, pinned = page.selected(), page.text("#tab-compare")
    address = page.js("return location.hash")
    page.open(explorer, address)
    assert (page.selected(), page.text("#tab-compare")) == (before, pinned)
    assert page.js("return document.getElementById('tab-table').getAttribute('aria-selected')")


def test_damaged_address_is_ignored(page: Page, explorer: Path) -> None:
    page.open(explorer, "#")
    everything = page.selected()
    page.open(
        explorer, "#%7B%22x%22%3A%22no_such%22%2C%22pins%22%3A%5B-4%5D%2C%22filters%22%3A3%7D"
    )
    assert page.selected() == everything
    page.open(explorer, "#%7Bbroken")
    assert page.selected() == everything
    assert page.errors() == []


METHODS = ("knee", "knee-angle", "knee-trade-off", "pseudo-weights", "topsis", "asf")


def _ranking_agrees(page: Page, run: RunData, method: str) -> None:
    weights = np.array([0.2, 1.0, 0.5])
    page.enter('[data-key="method"]', method)
    if method in METHODS[3:]:
        for objective, weight in zip(run.objectives, weights, strict=True):
            page.enter(f'[data-weight="{objective.output}"]', str(weight))
    shown = page.js(
        "return [...document.querySelectorAll('[data-rank]')]"
        ".map(r => [r.dataset.id, r.dataset.merit])"
    )
    values = np.column_stack([run.front[o.output].to_numpy(dtype=float) for o in run.objectives])
    score, share = scores(values, run.objectives), weights / weights.sum()
    merit = {
        "knee": lambda: decide.knee_distance(score),
        "knee-angle": lambda: decide.bend_angle(score),
        "knee-trade-off": lambda: decide.trade_off(score),
        "pseudo-weights": lambda: decide.weight_distance(score, share),
        "topsis": lambda: decide.topsis(score, share),
        "asf": lambda: decide.achievement(score, share, np.zeros(3)),
    }[method]()
    order = np.argsort(merit, kind="stable")[: len(shown)]
    assert len(shown) == min(15, len(run.front))
    assert [name for name, _ in shown] == run.front["design_id"].iloc[order].tolist()
    merits = [float(m.replace("Infinity", "inf")) for _, m in shown]
    np.testing.assert_allclose(merits, merit[order], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_ranking_agrees_with_select(page: Page, explorer: Path, run: RunData, method: str) -> None:
    page.open(explorer)
    page.click("#tab-decide")
    _ranking_agrees(page, run, method)


@pytest.mark.parametrize("case", ["constant", "nearly constant", "one differs", "two", "one"])
def test_ranking_of_a_degenerate_front_agrees_with_select(
    page: Page, run: RunData, tmp_path: Path, case: str
) -> None:
    n = {"two": 2, "one": 1}.get(case, len(run.front))
    front = run.front.iloc[:n].copy()
    if case == "constant":
        front["launch_mass_kg"] = 7.0
    if case == "nearly constant":
        front["launch_mass_kg"] = 7e3 * (1.0 + 1e-12 * np.arange(n))
    if case == "one differs":
        front[[o.output for o in run.objectives[1:]]] = 7.0
    narrowed = dataclasses.replace(run, front=front, front_x=run.front_x[:n])
    page.open(write_explorer([narrowed], tmp_path / "explorer.html"))
    page.click("#tab-decide")
    for method in METHODS:
        _ranking_agrees(page, narrowed, method)
        named = "Left out, equal on the whole front" in page.text(".ranked")
        assert named == (case not in ("two", "one"))


def test_csv_holds_the_selection_exactly(
    page: Page, explorer: Path, run: RunData, downloads: Path
) -> None:
    page.open(explorer)
    page.key("f")
    (downloads / "selection.csv").unlink(missing_ok=True)
    page.press("CSV of the selection")
    rows = list(csv.DictReader(_saved(downloads / "selection.csv").splitlines()))
    assert [row["design_id"] for row in rows] == run.front["design_id"].tolist()
    mass = [float(row["launch_mass_kg"]) for row in rows]
    assert mass == run.front["launch_mass_kg"].tolist()  # to the last digit
    assert [row["orbit"] for row in rows] == run.front["orbit"].tolist()


def _arrived(file: Path) -> Path:
    end = time.monotonic() + 10.0
    while not file.exists() and time.monotonic() < end:
        time.sleep(0.05)
    return file


def _saved(file: Path) -> str:
    return _arrived(file).read_text(encoding="utf-8")


@pytest.mark.promise("R16")
def test_csv_never_holds_a_formula(page: Page, downloads: Path, tmp_path: Path) -> None:
    folder = tmp_path / "=1+1"
    folder.mkdir()
    page.open(write_explorer([stored_run(folder, count=300)], tmp_path / "e.html"))
    (downloads / "selection.csv").unlink(missing_ok=True)
    page.press("CSV of the selection")
    rows = list(csv.DictReader(_saved(downloads / "selection.csv").splitlines()))
    assert {row["run"] for row in rows} == {"'=1+1"}


def test_every_view_is_taken_away_as_svg_and_png(
    page: Page, explorer: Path, run: RunData, downloads: Path
) -> None:
    page.open(explorer)
    page.key("f")
    for name in ("scatter", "spatial", "parallel"):
        for kind in ("SVG", "PNG"):
            page.js(
                "[...document.querySelectorAll(arguments[0])].find(b => b.textContent === "
                "arguments[1]).click()",
                f".plot.{name} .take button",
                kind,
            )
        root = ElementTree.fromstring(_saved(downloads / f"little-{name}.svg"))
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
    marks = ElementTree.fromstring(_saved(downloads / "little-scatter.svg"))
    paths = [p for p in marks.iter("{http://www.w3.org/2000/svg}path") if p.get("fill") != "none"]
    named = page.js("return JSON.parse(document.getElementById('data').textContent).runs[0].named")
    assert len(paths) == len(run.front) + len(named)  # one mark a design, not a picture
    assert _arrived(downloads / "little-parallel.png").read_bytes()[:4] == b"\x89PNG"


def test_copy_gives_design_ids(page: Page, explorer: Path, run: RunData) -> None:
    page.open(explorer)
    page.press("Copy design IDs")
    copied = page.js("return document.documentElement.dataset.copied")
    assert copied.split() == run.front["design_id"].tolist()[:200]


def test_epsilon_admits_designs_near_the_front(page: Page, explorer: Path, run: RunData) -> None:
    page.open(explorer)
    counts = []
    for epsilon in ("0", "0.05", "0.5"):
        page.enter('[data-key="epsilon"]', epsilon)
        counts.append(page.selected())
    assert len(run.front) <= counts[0] < counts[1] < counts[2]


def test_hostile_names_are_shown_literally(page: Page, tmp_path: Path) -> None:
    run = stored_run(tmp_path, count=300)
    evil = '</script><img src=x onerror="window.hacked=1">\u2028\'&amp;'
    variables = list(run.space.variables)
    front = run.front.copy()
    front["design_id"] = [evil, *front["design_id"].iloc[1:]]
    variables[0] = dataclasses.replace(variables[0], description=evil)
    space = type(run.space)(tuple(variables))
    outputs = dict(run.problem.outputs)
    outputs["launch_mass_kg"] = dataclasses.replace(outputs["launch_mass_kg"], unit=evil)
    run.problem.outputs = outputs
    out = write_explorer([dataclasses.replace(run, front=front, space=space)], tmp_path / "e.html")
    page.open(out)
    _every_tab(page)
    page.click("#tab-table")
    assert page.js("return window.hacked") is None
    assert page.js("return document.querySelectorAll('img').length") == 0
    assert evil in page.text("#pane-table")
    assert page.requests() == [out.resolve().as_uri()]


def test_difference_is_told_in_the_unit_where_zero_is_a_convention(
    page: Page, tmp_path: Path
) -> None:
    run = stored_run(tmp_path, count=300)
    shifted = dataclasses.replace(run.space["shield_mm"], unit="degC", true_zero=False)
    space = run.space.replace(shifted)
    page.open(write_explorer([dataclasses.replace(run, space=space)], tmp_path / "e.html"))
    page.click("#tab-table")
    ids = []
    for at in (0, 4):
        row = f"document.querySelectorAll('#pane-table .rows .row')[{at}]"
        ids.append(page.js(f"return {row}.querySelector('.id').textContent"))
        page.js(f"{row}.querySelector('.pin').click()")
        page.settle()
    page.click("#tab-compare")
    page.js("document.querySelector('.compare input[type=checkbox]').click()")
    page.settle()
    cells = page.js(
        "return [...document.querySelectorAll('.compare tbody tr')].filter(r => r.cells[2])"
        ".map(r => [r.cells[0].textContent.replace(/ (mm )?\\[.*/, ''), r.cells[2].textContent])"
    )
    told = dict(cells)
    front = run.front.set_index("design_id")
    for name, head, unit in (
        ("shield_mm", "Shield", "degC"),
        ("array_area_m2", "Array area", "%"),
    ):
        first, second = front.loc[ids, name]
        change = second - first if unit == "degC" else 100.0 * (second / first - 1.0)
        number, said = told[head].split()
        assert said == unit
        assert float(number.replace("−", "-")) == pytest.approx(change, rel=6e-3)


@pytest.mark.promise("R9")
def test_empty_front_still_shows_what_was_evaluated(page: Page, tmp_path: Path) -> None:
    run = empty_run(stored_run(tmp_path, count=300))
    page.open(write_explorer([run], tmp_path / "e.html"))
    assert "No feasible design" in page.text(".notice")
    _every_tab(page)


def test_nothing_at_all_opens(page: Page, tmp_path: Path) -> None:
    run = dataclasses.replace(empty_run(stored_run(tmp_path, 300)), stored_evaluations=None)
    page.open(write_explorer([run], tmp_path / "e.html"))
    assert page.selected() == 0
    _every_tab(page)


def test_one_design_opens(page: Page, tmp_path: Path) -> None:
    run = dataclasses.replace(stored_run(tmp_path, 300, most=1), stored_evaluations=None)
    page.open(write_explorer([run], tmp_path / "e.html"))
    assert page.selected() == 1
    _every_tab(page)


def test_two_runs_are_laid_over_each_other(page: Page, run: RunData, tmp_path: Path) -> None:
    other = stored_run(tmp_path, count=500)
    page.open(write_explorer([run, other], tmp_path / "e.html"))
    both = page.selected()
    page.click('[data-key="run1"]')
    assert 0 < page.selected() < both
    _every_tab(page)


def test_narrow_page_never_scrolls_sideways(page: Page, explorer: Path) -> None:
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        page.open(explorer)
        for tab in TABS:
            page.click(f"#tab-{tab}")
            assert page.js("return document.documentElement.scrollWidth") <= 390, tab
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
