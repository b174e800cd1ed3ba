"""Results and tables of the README and of pages, from the reference run, declarations, validation.

``python -m docs.make readme`` rewrites what stands between the markers of ``PAGES``, and
``docs/validation.md``; ``--check`` only says whether they are up to date. ``--reference RUN`` keeps
the small files of a run for the README, its pictures reduced to 256 colours.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from optimize.utils.labels import number, pretty_unit
from problems.parameters.catalog import CATALOGUE_CHOICES
from problems.registry import load_declarations
from problems.spec import Constraint, Objective, Output, Variable
from problems.text_tables import markdown_table
from problems.validation.points import ValidationReport, run_validation

#: Which blocks stand in which page.
PAGES = {
    Path("README.md"): ("result", "validation"),
    Path("docs/getting_started.md"): ("orbits",),
    Path("docs/model/index.md"): ("variables", "objectives", "constraints"),
}
VALIDATION = Path("docs/validation.md")
CLAIMS = Path("docs/claims.md")
_COST = "cost_per_exaflop_usd"
_FAILURES = "radiation_failure_rate_per_pflops_yr"
_VERDICT_COLUMN = 3  # of the first table of the page of claims
REFERENCE = Path("pareto_outputs/reference")
REFERENCE_FILES = (
    "config.yaml",
    "front.csv",
    "front.parquet",
    "history.parquet",
    "manifest.json",
    "summary.md",
)
VALIDATION_HEADING = (
    "# Validation\n\nEvery published, independently computed or hand-worked point beside ours. "
    "Made by `python -m docs.make readme` from what `heliofront validate` measures.\n\n"
)


def _table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    return "\n".join(markdown_table(headings, rows, "l" * len(headings)))


def _range(variable: Variable) -> str:
    if variable.name in CATALOGUE_CHOICES:  # which rows, the catalogue tells
        name = CATALOGUE_CHOICES[variable.name]
        return f"open rows of [{name}](catalogues.md#{name})"
    if variable.kind == "choice":
        return ", ".join(variable.choices[code] for code in variable.codes)
    unit = "" if variable.unit == "1" else f" {pretty_unit(variable.unit)}"
    form = "g" if variable.unit == "yr" else ",g"  # a calendar year has no thousands
    return f"{variable.lower:{form}} to {variable.upper:{form}}{unit}"


def _kind(variable: Variable) -> str:
    kind = f"{variable.kind}, log" if variable.log else variable.kind
    return f"{kind}, held" if variable.held else kind


def _activity(variable: Variable) -> str:
    parts = (f"{c.variable}: {' or '.join(c.choices)}" for c in variable.active_when)
    return "; ".join(parts) or "always"


def _variables(variables: tuple[Variable, ...]) -> str:
    rows = [(f"`{v.name}`", _kind(v), _range(v), _activity(v), v.description) for v in variables]
    return _table(("variable", "kind", "range or choices", "active", "meaning"), rows)


def _objectives(objectives: tuple[Objective, ...], outputs: dict[str, Output]) -> str:
    rows = [
        (f"`{o.output}`", pretty_unit(outputs[o.output].unit), outputs[o.output].description)
        for o in objectives
    ]
    return _table(("objective, minimised", "unit", "meaning"), rows)


def _constraints(constraints: tuple[Constraint, ...]) -> str:
    rows = [
        (
            f"`{c.name}`",
            f"`{c.output}` " + (f"≤ {c.upper:g}" if c.upper is not None else f"≥ {c.lower:g}"),
            c.description,
        )
        for c in constraints
    ]
    return _table(("constraint", "holds when", "meaning"), rows)


def _verdicts(page: str) -> Counter[str]:
    r"""Count the verdicts in the first table of the page of claims.

    Examples
    --------
    >>> _verdicts("| claim | claimed | model | verdict |\n| a | 1 | 2 | **holds** |")
    Counter({'holds': 1})
    """
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    table = [row[_VERDICT_COLUMN] for row in rows if len(row) == len(rows[0])]
    return Counter(verdict.strip("*") for verdict in table if verdict.startswith("**"))


def _times(larger: float, smaller: float) -> str:
    return f"{number(larger / smaller, 2)} times"


def _result(front: pd.DataFrame, evaluations: int, verdicts: Counter[str]) -> str:
    """Return what the reference run and the claims say, in three lines."""
    cheapest = front.sort_values(_COST).iloc[0]
    safest = front.sort_values(_FAILURES).iloc[0]
    cost, ratio = number(cheapest[_COST], 3), cheapest["cost_ratio_to_ground"]
    return "\n".join(
        (
            f"- The cheapest of {len(front)} designs, kept from {evaluations:,} tried, computes "
            f"for {cost} USD/EFLOP: {_times(ratio, 1.0)} the cost of the same chip on the ground.",
            "- The design that radiation disturbs least fails "
            f"{_times(cheapest[_FAILURES], safest[_FAILURES])} less often than the cheapest, and "
            f"its FLOP costs {_times(safest[_COST], cheapest[_COST])} as much.",
            f"- Of {verdicts.total()} [public claims](docs/claims.md) about compute in orbit, "
            f"{verdicts['holds']} hold, {verdicts['holds if']} hang on one assumption, and "
            f"{verdicts['does not hold']} do not hold.",
        )
    )


def _orbits(front: pd.DataFrame) -> str:
    """Return the medians of the reference front by family of orbit, the cheapest first."""
    columns = [_COST, "cost_ratio_to_ground", "launch_mass_kg", _FAILURES]
    medians = front.groupby("orbit")[columns].median().sort_values(_COST)
    counts = front["orbit"].value_counts()
    rows = [
        (f"`{orbit}`", str(counts[orbit]), *(number(value, 3) for value in row))
        for orbit, row in zip(medians.index, medians.to_numpy(), strict=True)
    ]
    return _table(("orbit", "designs", *(f"`{name}`" for name in columns)), rows)


def _summary(report: ValidationReport) -> str:
    counts = report.counts()
    return (
        f"{len(report.points)} published, independently computed or hand-worked points: "
        f"{counts['ok']} within tolerance, {counts['known deviation']} known deviations with "
        f"their reasons, {counts['FAIL']} outside ([every point](docs/validation.md))."
    )


def blocks(report: ValidationReport) -> dict[str, str]:
    """Return the text of every block by its marker."""
    declared = load_declarations()
    front = pd.read_csv(REFERENCE / "front.csv")
    manifest = json.loads((REFERENCE / "manifest.json").read_text(encoding="utf-8"))
    verdicts = _verdicts(CLAIMS.read_text(encoding="utf-8"))
    return {
        "variables": _variables(declared.variables),
        "objectives": _objectives(declared.objectives, dict(declared.outputs)),
        "constraints": _constraints(declared.constraints),
        "orbits": _orbits(front),
        "result": _result(front, manifest["evaluations"], verdicts),
        "validation": _summary(report),
    }


def fill(text: str, contents: dict[str, str]) -> str:
    r"""Return ``text`` with each block between its ``begin`` and ``end`` markers replaced.

    Examples
    --------
    >>> fill("<!-- begin:a -->\nold\n<!-- end:a -->", {"a": "new"})
    '<!-- begin:a -->\n\nnew\n\n<!-- end:a -->'
    """
    for name, content in contents.items():
        begin, end = f"<!-- begin:{name} -->", f"<!-- end:{name} -->"
        head, _, rest = text.partition(begin)
        _, _, tail = rest.partition(end)
        text = f"{head}{begin}\n\n{content}\n\n{end}{tail}"
    return text


def keep_reference(run: Path, target: Path = REFERENCE) -> None:
    """Copy what a reader needs of a run: tables, summary and pictures, nothing large."""
    from PIL import Image

    shutil.rmtree(target, ignore_errors=True)
    (target / "figures").mkdir(parents=True)
    for name in REFERENCE_FILES:
        shutil.copyfile(run / name, target / name)
    for picture in sorted((run / "figures").glob("*.png")):
        with Image.open(picture) as image:
            reduced = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
            reduced.save(target / "figures" / picture.name, optimize=True)


def main(arguments: list[str]) -> int:
    """Write or check the generated texts; 1 when they are out of date."""
    if "--reference" in arguments:
        keep_reference(Path(arguments[arguments.index("--reference") + 1]))
        return 0
    report = run_validation()
    contents = blocks(report)
    wanted = {
        page: fill(page.read_text(encoding="utf-8"), {name: contents[name] for name in names})
        for page, names in PAGES.items()
    }
    wanted[VALIDATION] = VALIDATION_HEADING + report.markdown()
    stale = [p for p, text in wanted.items() if not p.exists() or p.read_text("utf-8") != text]
    if "--check" in arguments:
        for path in stale:
            print(f"{path} is out of date: run `python -m docs.make readme`", file=sys.stderr)
        return 1 if stale else 0
    for path, text in wanted.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0
