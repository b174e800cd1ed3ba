"""One printable page about a run: ``report.html``, with everything it shows inside it."""

from __future__ import annotations

import html
import io
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimize.report.assumptions import assumptions_html
from optimize.utils.files import write_text_atomic
from optimize.utils.labels import number, sentence
from optimize.utils.markup import embedded, markdown, picture, section, table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from optimize.run.folder import RunData

FILE_NAME = "report.html"
#: Sections of the summary in the order of the page; what is drawn stands between them.
_ASKED, _FOUND, _CHOSEN = "What was asked", "What was found", "Chosen designs"
_ELSEWHERE = ("Figures", _ASKED, _FOUND, _CHOSEN, "Warnings", "To repeat it")
_MOST_SVG = 300_000  # bytes; a larger drawing is embedded as PNG

STYLE = """
:root { --ink: #1a1a1a; --muted: #5f5f5f; --line: #d5d5d5; }
body { color: var(--ink); background: #fff; font: 10.5pt/1.45 system-ui, sans-serif;
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 20pt; margin: 0 0 .3rem; } h2 { font-size: 14pt; margin: 2rem 0 .6rem;
  border-bottom: 1px solid var(--line); } h3 { font-size: 11.5pt; margin: 1.2rem 0 .4rem; }
table { border-collapse: collapse; width: 100%; font-size: 8.5pt; margin: .6rem 0; }
th, td { text-align: left; vertical-align: top; padding: .15rem .5rem .15rem 0;
  border-bottom: 1px solid var(--line); } .n { text-align: right; } td.n:last-child,
th.n:last-child { padding-right: 0; }
figure { margin: 1rem 0; } img { max-width: 100%; height: auto; display: block; margin: auto; }
figcaption, .small { color: var(--muted); font-size: 8.5pt; } code { font-size: .92em;
  overflow-wrap: anywhere; } .tight .n, .parts .n { white-space: nowrap; }
.tight td:first-child { min-width: 13rem; }
.scroll { overflow-x: auto; }
.parts { display: grid; grid-template-columns: 1.25fr 1fr 1fr; gap: 1rem; }
@media (max-width: 40rem) { .parts { grid-template-columns: 1fr; } }
@page { size: A4; margin: 16mm; }
@media print { body { margin: 0; padding: 0; max-width: none; font-size: 9pt; }
  h2, h3 { break-after: avoid; } tr, figure, img { break-inside: avoid; }
  .design { break-before: page; } .scroll { overflow: visible; } table { font-size: 7.5pt; }
  .parts { grid-template-columns: 1.35fr 1.1fr 1fr; gap: .6rem; } .parts h3 { margin-top: 0; }
  .parts table { font-size: 6.6pt; } .parts td, .parts th { padding: .04rem .25rem .04rem 0; }
  .design figure { margin: 0; } .design h2 { margin-top: 0; } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def write_report_page(run: RunData) -> Path:
    """Write ``report.html`` into the run folder.

    Parameters
    ----------
    run
        A run whose ``summary.md`` is written; figures in its folder ``figures`` are embedded.

    Returns
    -------
    Path
        The file written. It has no script and refers to nothing outside itself.

    Raises
    ------
    OSError
        When the summary or a figure cannot be read, or the page cannot be written.
    """
    head, parts = _summary((run.path / "summary.md").read_text(encoding="utf-8"))
    figures = _figures(run.path / "figures")
    body = [
        f"<header><h1>{html.escape(run.config.name)}</h1>\n{markdown(head)}</header>",
        section("The question", markdown(parts.get(_ASKED, []))),
        section("The front", _front(run, parts.get(_FOUND, []), figures)),
        section(_CHOSEN, _wide(markdown(parts.get(_CHOSEN, [])))),
        *_designs(run, figures),
        *(
            section(name, markdown(lines))
            for name, lines in parts.items()
            if name not in _ELSEWHERE
        ),
        section("Assumptions that matter", _wide(assumptions_html(run))),
        section("Sensitivity and odds", "\n".join(_studies(run.path))),
        section("Limits of this answer", _limits(run, parts.get("Warnings", []))),
        section("More figures", "\n".join(_more(figures))),
        section("To repeat it", markdown(parts.get("To repeat it", []))),
    ]
    path = run.path / FILE_NAME
    write_text_atomic(path, _page(run.config.name, "\n".join(part for part in body if part)))
    return path


def _page(name: str, body: str) -> str:
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(name)} · heliofront report</title>\n<style>{STYLE}</style>\n"
        f"</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _summary(text: str) -> tuple[list[str], dict[str, list[str]]]:
    """Return the opening lines of a summary, and the lines of its sections by title."""
    head: list[str] = []
    parts: dict[str, list[str]] = {}
    lines = head
    for line in text.splitlines():
        if line.startswith("## "):
            lines = parts.setdefault(line[3:].strip(), [])
        elif not line.startswith("# "):
            lines.append(line)
    return head, parts


def _figures(folder: Path) -> dict[str, Path]:
    """Return the drawn figures by name: the drawing itself, or its picture when that is lighter."""
    figures = {}
    for path in sorted(folder.glob("*.png")):
        drawing = path.with_suffix(".svg")
        small = drawing.exists() and drawing.stat().st_size <= _MOST_SVG
        figures[path.stem] = drawing if small else path
    return figures


def _wide(markup: str) -> str:
    return f'<div class="scroll">{markup}</div>' if markup else ""


def _caption(name: str) -> str:
    return sentence(name.replace("_", " ").replace("-", " "))


def _front(run: RunData, lines: Sequence[str], figures: Mapping[str, Path]) -> str:
    if not len(run.front):
        return markdown(lines)
    if "front" in figures:
        drawn = picture(figures["front"], "The front")
    else:
        from optimize.report.plots.front import front
        from optimize.report.plots.style import View

        drawn = _drawn(lambda: front(View(run)), "The front")
    return "\n".join([drawn, markdown(lines)])


def _drawn(draw: Callable[[], Figure | None], caption: str, *, shown: bool = True) -> str:
    """Draw a figure that no file holds, for a run that keeps no figures."""
    import matplotlib as mpl

    from optimize.report.plots.style import STYLE

    look: Any = STYLE
    with mpl.rc_context(look), io.BytesIO() as stream:
        figure = draw()
        if figure is None:
            return ""
        figure.savefig(stream, format="svg", metadata={"Date": None})
        return embedded(stream.getvalue(), "image/svg+xml", caption, shown=shown)


def _more(figures: Mapping[str, Path]) -> list[str]:
    return [
        picture(path, _caption(name))
        for name, path in figures.items()
        if name != "front" and not name.startswith("design_")
    ]


def _designs(run: RunData, figures: Mapping[str, Path]) -> list[str]:
    """Return one section for each chosen design: its sheet, its margins and its flows."""
    if not len(run.front):
        return []
    from optimize.designs.details import design_details
    from optimize.designs.table import chosen_designs
    from optimize.report.plots.satellite import design_sheet

    rows = [pick.row for pick in chosen_designs(run)]
    designs = []
    for detail in design_details(run, rows):
        name = f"design_{detail['id']}"
        heading = f"{detail['title']}: design {detail['id']}"
        drawn = ""
        if name in figures:
            drawn = picture(figures[name], heading, shown=False)
        elif detail["geometry"] is not None:
            drawn = _drawn(partial(design_sheet, detail), heading, shown=False)
        tables = "\n".join([_margins(detail), *_flows(detail)])
        body = f'{drawn}\n<div class="parts">\n{tables}\n</div>'
        designs.append(section(heading, body, kind="design"))
    return designs


def _margins(detail: Mapping[str, Any]) -> str:
    rows = [
        [
            name,
            *(f"{number(v)} {unit}".strip() for v in (value, limit)),
            f"{'**broken** ' if margin < 0.0 else ''}{100.0 * margin:.1f} %",
        ]
        for name, value, limit, unit, margin in detail["margins"]
    ]
    shown = table(["limit", "value", "allowed", "room left"], rows)
    return f"<div><h3>Margins</h3>\n{shown}</div>"


def _flows(detail: Mapping[str, Any]) -> list[str]:
    """Return where power and heat come from and go, as tables."""
    flows = []
    for name in ("power", "heat"):
        flow = detail[name]
        if flow is None:
            continue
        nodes = [label for label, _ in flow["nodes"]]
        last = max(column for _, column in flow["nodes"])
        rows = [
            [nodes[a], nodes[b], number(value / 1e3, 3)]
            for a, b, value in flow["links"]
            if name != "power" or flow["nodes"][b][1] < last  # all loads end as the same heat
        ]
        shown = table(["from", "to", "kW"], rows, "llr")
        flows.append(
            f"<div><h3>{name.capitalize()}</h3>\n{shown}\n"
            f'<p class="small">{html.escape(flow["note"])}</p></div>'
        )
    return flows


def _studies(folder: Path) -> list[str]:
    """Return the figures and texts of the sensitivity and odds of a run, if it has them."""
    studies = []
    for name in ("sensitivity", "odds"):
        for path in sorted((folder / name).glob("*.png")):
            drawing = path.with_suffix(".svg")
            small = drawing.exists() and drawing.stat().st_size <= _MOST_SVG
            studies.append(picture(drawing if small else path, _caption(path.stem)))
    return studies


def _limits(run: RunData, warnings: Sequence[str]) -> str:
    """Return the warnings, and the confidence of the numbers."""
    from problems.parameters.assumptions import assumption_rows

    text = markdown(warnings)
    if run.config.problem == "compute_satellite":
        rows = assumption_rows().values()
        guessed = sum(row.source == "estimate" for row in rows)
        text += markdown(
            [
                f"- {guessed} of the model's {len(rows)} assumptions are estimates without a "
                "source; their ranges are wide on purpose.",
                "- A conceptual model: steady states, circular orbits, one satellite, prices that "
                "nobody has paid yet. `heliofront validate` shows where it meets published "
                "designs and where it does not.",
            ]
        )
    return text
