"""R16, R17: text of others stays text in tables, pages, summaries and drawings."""

from __future__ import annotations

import copy
import csv
import dataclasses
import html
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from optimize.evaluation.tables import write_csv
from optimize.explorer import write_explorer
from optimize.export.registry import FORMATS
from optimize.report.page import write_report_page
from optimize.report.summary import write_summary
from optimize.run.folder import RunData
from optimize.utils.markup import defused, inline
from problems.space import DesignSpace
from problems.spec import Variable
from tests.conftest import Tally
from tests.optimize.explorer.browser import Page, chromium
from tests.optimize.export.handed_over import shared
from tests.optimize.little_satellite import LittleSatellite

ROOT = Path(__file__).parents[2]

FORMULAS = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    '=HYPERLINK("http://a","b")',
    "=cmd|' /C calc'!A0",
)


_STARTS = ("=", "+", "-", "@", "\t", "\r")


def active_cells(text: str) -> list[str]:
    """Return the cells of a CSV that a spreadsheet would run."""
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    return [c for c in cells if c[:1] in _STARTS and len(c) > 1 and not _is_number(c)]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_detector_knows_a_formula_from_a_number() -> None:
    assert active_cells("a,=1+1\n-1.5,-1e-9\n'=1,+x\n") == ["=1+1", "+x"]


def hostile_document(formula: str) -> dict[str, Any]:
    """Return a design in which every text that a person may choose is a formula."""
    document = copy.deepcopy(shared()[1]["dawn_dusk"])
    for part in ("variables", "outputs", "constraints", "assumptions"):
        for entry in document[part].values():
            for key in ("description", "note", "source", "symbol"):
                if isinstance(entry.get(key), str):
                    entry[key] = formula
    for key in ("run", "revision"):
        document["provenance"][key] = formula
    for entry in document["breakdowns"].values():
        entry["title"] = f"{formula}{entry['title']}"
    return document


@pytest.mark.promise("R16")
@pytest.mark.parametrize("formula", FORMULAS)
def test_no_exported_cell_is_a_formula(formula: str, tmp_path: Path, tally: Tally) -> None:
    document = hostile_document(formula)
    for name in ("csv", "spenvis", "thermal", "oem"):
        folder = tmp_path / name
        folder.mkdir()
        entry = FORMATS[name]
        for path in entry.function()([document] if entry.many else document, folder, "t"):
            if path.suffix == ".csv":
                text = path.read_text(encoding="utf-8")
                assert active_cells(text) == [], path
                tally.count("hostile tables read back")
    assert formula.replace("\r", " ") in {
        row[5].removeprefix("'") for row in _rows(tmp_path / "csv" / "t.csv")
    }


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


@pytest.mark.promise("R16")
@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_of_a_workbook_is_a_formula(formula: str, tmp_path: Path, tally: Tally) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    pytest.importorskip("xlsxwriter")
    if formula.startswith(("\t", "\r")):
        pytest.skip("a sheet's title cannot hold these")
    (path,) = FORMATS["xlsx"].function()([hostile_document(formula)], tmp_path, "t")
    formulas = [
        cell.value
        for sheet in openpyxl.load_workbook(path)
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]
    assert formulas
    assert all(re.fullmatch(r"=SUM\([A-Z]+2:[A-Z]+\d+\)", str(value)) for value in formulas)
    tally.count("hostile tables read back")


class FormulaSatellite(LittleSatellite):
    """A user's own problem whose choices are formulas."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.space = DesignSpace(_hostile_choices(self.space.variables, FORMULAS[2:6]))


def _hostile_choices(
    variables: tuple[Variable, ...], names: tuple[str, ...]
) -> tuple[Variable, ...]:
    return tuple(
        dataclasses.replace(v, choices=names, default=names[0]) if v.name == "gpu_model" else v
        for v in variables
    )


@pytest.mark.promise("R16")
def test_front_of_a_users_problem_has_no_formula(tmp_path: Path, tally: Tally) -> None:
    from optimize.evaluation.tables import Layout
    from tests.optimize.runs import sampled_run

    run = sampled_run(tmp_path, FormulaSatellite(), samples=500)
    layout = Layout(run.problem, run.space, run.objectives, run.constraints)
    x = run.front_x
    outputs = run.problem.evaluate(x)
    write_csv(tmp_path / "front.csv", layout.table(x, outputs))
    text = (tmp_path / "front.csv").read_text(encoding="utf-8")
    assert active_cells(text) == []
    head, *rows = _rows(tmp_path / "front.csv")
    assert {row[head.index("gpu_model")][1:] for row in rows} <= {
        formula.replace("\r", " ") for formula in FORMULAS
    }
    margins = [row[head.index("junction_margin_k")] for row in rows]
    assert [float(m) for m in margins] == pytest.approx(outputs["junction_margin_k"].tolist())
    tally.count("hostile tables read back")


# --- pages -------------------------------------------------------------------------------------

SCRIPTS = (
    "</script><script>window.ran=1</script>",
    "<img src=x onerror=window.ran=1>",
    '" onmouseover=window.ran=1 x="',
    "'};window.ran=1;//",
    "\u2028window.ran=1\u2029",
    "\u202eevil\u2066",
    "<svg/onload=window.ran=1>",
    "<!--<script>",
    "${window.ran=1}",
    "&lt;b&gt;",
    "[a](javascript:window.ran=1)",
    "![a](http://example.invalid/a.png)",
)


class HostileSatellite(LittleSatellite):
    """A user's own problem whose every text is an attack."""

    name = SCRIPTS[0]
    version = SCRIPTS[1]

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)

        def hostile(entries: Iterable[Any], key: str) -> tuple[Any, ...]:
            return tuple(
                dataclasses.replace(entry, **{key: SCRIPTS[n % len(SCRIPTS)]})
                for n, entry in enumerate(entries)
            )

        outputs = hostile(hostile(self.outputs.values(), "description"), "discipline")
        self.outputs = {output.name: output for output in outputs}
        self.constraints = hostile(self.constraints, "description")
        self.breakdowns = hostile(self.breakdowns, "title")
        variables = hostile(self.space.variables, "description")
        self.space = DesignSpace(_hostile_choices(variables, SCRIPTS[:4]))

    def warnings(self, x: Any) -> list[str]:
        return list(SCRIPTS)


@pytest.fixture(scope="module")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile_browser")


@pytest.fixture(scope="module")
def page(downloads: Path) -> Iterator[Page]:
    with chromium(downloads) as found:
        yield found


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunData:
    from optimize.evaluation.tables import Layout, write_parquet
    from tests.optimize.runs import sampled_run

    path = tmp_path_factory.mktemp("hostile")
    problem = HostileSatellite()
    found = sampled_run(path, problem, most=60, samples=1500)
    stored = path / "evaluations.parquet"
    layout = Layout(problem, found.space, found.objectives, found.constraints)
    write_parquet(stored, layout.evaluation_table(found.front_x, problem.evaluate(found.front_x)))
    config = found.config.model_copy(update={"name": SCRIPTS[1], "scenario": SCRIPTS[0]})
    return dataclasses.replace(found, config=config, stored_evaluations=stored)


def harmless_page(page: Page) -> None:
    assert page.js("return typeof window.ran") == "undefined"
    assert (
        page.js("return document.querySelectorAll('[onerror],[onload],[onmouseover]').length") == 0
    )
    assert page.errors() == []


@pytest.mark.promise("R17")
def test_explorer_shows_hostile_text_literally(
    page: Page, run: RunData, tmp_path: Path, tally: Tally
) -> None:
    path = write_explorer([run], tmp_path / "explorer.html")
    page.open(path)
    assert page.requests() == [path.resolve().as_uri()]
    for tab in ("overview", "matrix", "histograms", "table", "decide", "compare", "details"):
        page.click(f"#tab-{tab}")
        harmless_page(page)
    page.click("#tab-table")
    shown = page.js("return document.body.textContent")
    assert any(text in shown for text in SCRIPTS[:4])
    chips = page.js("return [...document.querySelectorAll('[data-chip]')].map(c => c.textContent)")
    assert set(SCRIPTS[:4]) <= {chip.strip() for chip in chips}
    assert page.requests() == []
    tally.count("hostile texts shown literally in the explorer", len(SCRIPTS))


@pytest.mark.promise("R17")
def test_report_shows_hostile_text_literally(page: Page, run: RunData, tally: Tally) -> None:
    write_summary(run)
    path = write_report_page(run)
    page.driver.get("about:blank")
    page.requests()
    page.driver.get(path.resolve().as_uri())
    assert page.requests() == [path.resolve().as_uri()]
    harmless_page(page)
    assert page.js("return document.scripts.length") == 0
    assert (
        page.js("return [...document.links].filter(l => l.protocol == 'javascript:').length") == 0
    )
    shown = page.js("return document.body.textContent")
    assert SCRIPTS[1] in shown
    assert SCRIPTS[0] in shown
    tally.count("hostile texts shown literally in report.html", len(SCRIPTS))


@pytest.mark.promise("R17")
def test_summary_has_no_active_markup(run: RunData, tally: Tally) -> None:
    text = write_summary(run).read_text(encoding="utf-8")
    outside = re.sub(r"`[^`\n]*`", "", text)
    assert re.findall(r"(?<!\\)<[A-Za-z/!?]", outside) == []
    assert re.findall(r"(?<!\\)\]\((?!figures/)", outside) == []
    assert "window.ran" in text
    tally.count("hostile texts without effect in summary.md", len(SCRIPTS))


@pytest.mark.promise("R17")
@pytest.mark.parametrize("text", SCRIPTS)
def test_defused_text_reads_as_it_was_written(text: str) -> None:
    line = defused(f"- {text}")
    assert not re.search(r"(?<!\\)<[A-Za-z/!?]", line)
    assert html.unescape(inline(line)) == " ".join(f"- {text}".splitlines())
