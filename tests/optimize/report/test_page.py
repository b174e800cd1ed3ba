"""The printable page: whole, escaped, self-contained, the same again."""

from __future__ import annotations

import dataclasses
import json
import re
from html.parser import HTMLParser

import pytest

from optimize.report.assumptions import assumptions_html, origin, references
from optimize.report.page import write_report_page
from optimize.report.plots.satellite import write_design_sheets
from optimize.report.summary import write_summary
from optimize.utils.markup import inline, markdown
from tests.optimize.drawn import satellite_run
from tests.optimize.little_satellite import LittleSatellite
from tests.optimize.runs import empty_run, sampled_run

HOSTILE = "</title><script>alert(1)</script><img src=x onerror=alert(2)>"
SUMMARY = """# {name}

3 designs from 9 evaluations.

## What was asked

- lowest `cost_usd`: {name} [USD]

## What was found

| output | lowest |
| --- | ---: |
| Cost | 5 |

## Warnings

- {name}

## To repeat it

`heliofront run config.yaml`
"""


class Tags(HTMLParser):
    """Every tag with its attributes, checked for balance."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    found = satellite_run(tmp_path_factory.mktemp("run"))
    (found.path / "summary.md").write_text(SUMMARY.format(name=HOSTILE), encoding="utf-8")
    found = dataclasses.replace(found, config=found.config.model_copy(update={"name": HOSTILE}))
    write_design_sheets(found)
    return found


@pytest.fixture(scope="module")
def page(run):
    return write_report_page(run).read_text(encoding="utf-8")


def test_write_report_page_refers_to_nothing_outside_and_has_no_script(page):
    tags = Tags()
    tags.feed(page)
    assert not tags.open
    assert not {"script", "link", "iframe", "object", "a"} & {tag for tag, _ in tags.found}
    sources = [attrs["src"] for tag, attrs in tags.found if tag == "img"]
    assert sources
    assert all(re.match(r"data:image/(png|svg\+xml);base64,", source or "") for source in sources)
    assert not any(name.startswith("on") for _, attrs in tags.found for name in attrs)
    assert "url(" not in page
    assert "@import" not in page


def test_write_report_page_shows_hostile_names_literally(page):
    assert HOSTILE not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 4  # title, heading, two lists


def test_write_report_page_draws_every_chosen_design_with_its_margins(run, page):
    from optimize.designs.table import chosen_designs

    for pick in chosen_designs(run):
        name = run.front["design_id"].iloc[pick.row]
        assert f"design {name}</h2>" in page
    assert page.count("<h3>Margins</h3>") == len(chosen_designs(run))
    assert "broken" not in page


def test_write_report_page_marks_a_broken_limit(run, tmp_path):
    lunar = dataclasses.replace(
        run, path=tmp_path, front=run.front.iloc[1:2], front_x=run.front_x[1:2]
    )
    write_summary(lunar)
    text = write_report_page(lunar).read_text(encoding="utf-8")
    assert text.count("<strong>broken</strong>") == 1  # power: the array is too small


def test_write_report_page_gives_the_same_bytes_again(run, page):
    assert write_report_page(run).read_text(encoding="utf-8") == page


def test_write_report_page_names_the_sources_of_the_assumptions(page):
    start = page.index("Assumptions that matter")
    part = page[start : page.index("Limits of this answer")]
    keys = re.findall(r"<td><code>([\w.]+)</code></td>", part)
    assert len(keys) == 12
    for key in keys:
        assert origin(key).source, key
        assert f"{origin(key).source}" in part


def test_assumptions_html_takes_a_stored_sensitivity(run, tmp_path):
    factor = {
        "key": "power.cell_packing",
        "unit": "1",
        "low": 0.85,
        "nominal": 0.9,
        "high": 0.93,
        "first_order": {"value": 0.31},
        "total": {"value": 0.47},
    }
    found = {"output": "total_cost_usd", "assumptions": [factor]}
    study = {"title": "design abc", "futures": 2048, "outputs": [found]}
    (tmp_path / "sensitivity").mkdir()
    path = tmp_path / "sensitivity" / "sensitivity.json"
    path.write_text(json.dumps({"studies": [study]}), encoding="utf-8")
    text = assumptions_html(dataclasses.replace(run, path=tmp_path))
    assert "0.47" in text
    assert "starcloud_2024: section 3; 0.90 fill" in text
    path.write_text("{", encoding="utf-8")  # a damaged one is passed over
    assert "moved alone" in assumptions_html(dataclasses.replace(run, path=tmp_path))


def test_write_report_page_of_an_empty_front_and_of_another_problem(tmp_path):
    run = sampled_run(tmp_path, LittleSatellite(), samples=500, most=4)
    write_summary(run)
    assert "<h3>Margins</h3>" in write_report_page(run).read_text(encoding="utf-8")
    nothing = empty_run(run)
    write_summary(nothing)
    text = write_report_page(nothing).read_text(encoding="utf-8")
    assert "No feasible design" in text
    assert "<img" not in text


def test_references_know_every_source_by_its_title():
    assert "launch vehicles" in references()["spacecost_2026"]
    assert all("{" not in text for text in references().values())


def test_markdown_nests_lists_and_escapes_tables():
    text = markdown(["- a", "  - b<c", "", "| x | y |", "| --- | ---: |", "| 1 | <b> |"])
    assert "<li>a\n<ul>\n<li>b&lt;c</li>\n</ul>\n</li>" in text
    assert "<td class=n>&lt;b&gt;</td>" in text
    assert inline("`<i>`") == "<code>&lt;i&gt;</code>"


def test_markdown_of_others_stays_text():
    """No link, picture, heading, HTML, entity or slanted text: only what our summaries use."""
    lines = ["# a", "", "[a](http://b) ![a](http://b) <http://b> &lt;", "", "<b>", "", "*a* _b_"]
    assert markdown(lines) == (
        "<p># a</p>\n<p>[a](http://b) ![a](http://b) &lt;http://b&gt; &amp;lt;</p>\n"
        "<p>&lt;b&gt;</p>\n<p>*a* _b_</p>\n"
    )
