"""The assumptions that matter for a run, each with its range and source, for the report."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from optimize.designs.table import chosen_designs
from optimize.evaluation.guard import with_futures
from optimize.evaluation.robust import PREFIX, nominal_problem, under
from optimize.utils.labels import number, pretty_unit, title
from optimize.utils.markup import inline, table
from problems.parameters.assumptions import assumption_rows
from problems.parameters.catalog import TABLES, OwnRows, catalog_table
from problems.parameters.own_hardware import own_rows

if TYPE_CHECKING:
    from optimize.run.folder import RunData
    from problems.parameters.uncertain import Marginal

SHOWN, STRONGEST = 12, 6  # in the report, in the summary
SMALL = 0.002  # relative change of the output; less is not shown
_ENTRY = re.compile(r"@\w+\{([^,]+),(.*?)\n\}", re.DOTALL)
_FIELD = re.compile(r"^\s*(title|url|doi)\s*=\s*\{(.*)\},?\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a number comes from and how reliable it is."""

    source: str
    locator: str
    confidence: str


def origin(key: str, own: OwnRows = ()) -> Origin:
    """Return the origin of an assumption, or of a field of a catalogue row, shipped or one's own.

    Examples
    --------
    >>> origin("power.cell_packing").source
    'starcloud_2024'
    >>> origin("nobody.knows").source
    ''
    """
    row: Any = assumption_rows().get(key)
    parts = key.split(".")
    if row is None and len(parts) == 4 and parts[0] == "catalog" and parts[1] in TABLES:
        row = catalog_table(parts[1], own).rows.get(parts[2])
    if row is None:
        return Origin("", "", "")
    return Origin(row.source, row.locator, row.confidence)


@cache
def references() -> dict[str, str]:
    """Return title and address of every source by its key."""
    text = resources.files("problems.data").joinpath("references.bib").read_text("utf-8")
    titles = {}
    for key, body in _ENTRY.findall(text):
        fields = {name: value.strip("{} ") for name, value in _FIELD.findall(body)}
        address = fields.get("url") or (
            f"https://doi.org/{fields['doi']}" if "doi" in fields else ""
        )
        plain = re.sub(r"[{}\\]", "", fields.get("title", ""))
        titles[key.strip()] = f"{plain}, {address}".strip(", ")
    return titles


def assumptions_html(run: RunData) -> str:
    """Return the assumptions that matter as HTML; empty when the problem has none.

    The stored sensitivity of the run is used if there is one (``sensitivity/sensitivity.json``);
    else every uncertain number is moved alone to both ends of its range for the knee of the front.
    """
    effects = _stored(run.path / "sensitivity" / "sensitivity.json") or _one_at_a_time(run)
    if effects is None:
        return ""
    note, header, rows = effects
    if not rows:
        return ""
    own = own_rows(run.config.catalog)
    origins = {row[0]: origin(row[0], own) for row in rows}
    cells = [
        [f"`{row[0]}`", *row[1:], origins[row[0]].confidence, _source_text(origins[row[0]])]
        for row in rows
    ]
    sources = list(dict.fromkeys(o.source for o in origins.values() if o.source != "estimate"))
    titles = references()
    listed = [f"<li>{inline(f'`{s}`: {titles[s]}')}</li>" for s in sources if titles.get(s)]
    return "\n".join(
        [
            f"<p>{inline(note)}</p>",
            table([*header, "confidence", "source"], cells, "lrrrlrrll", kind="tight"),
            f"<ul class=small>{''.join(listed)}</ul>" if listed else "",
        ]
    )


def _source_text(source: Origin) -> str:
    return f"{source.source}: {source.locator}" if source.locator else source.source


def _range(low: float, nominal: float, high: float, unit: str) -> list[str]:
    return [*(number(v, 3) for v in (low, nominal, high)), "" if unit == "1" else pretty_unit(unit)]


def _change(value: float | None) -> str:
    return "-" if value is None or not math.isfinite(value) else f"{100.0 * value:+.1f} %"


Effects = tuple[str, list[str], list[list[str]]]


def _stored(path: Path) -> Effects | None:
    """Return the factors of the first output of a stored sensitivity study."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        study = document["studies"][0]
        output = study["outputs"][0]
        factors = sorted(output["assumptions"], key=lambda f: -(f["total"]["value"] or 0.0))
        rows = [
            [
                f["key"],
                *_range(f["low"], f["nominal"], f["high"], f["unit"]),
                number(f["first_order"]["value"], 2),
                number(f["total"]["value"], 2),
            ]
            for f in factors[:SHOWN]
        ]
        note = (
            f"Shares of the variance of `{output['output']}` ({study['title']}), from "
            f"{study['futures']:,} futures: S1 alone, ST with all interactions."
        )
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return None
    return note, ["assumption", "low", "nominal", "high", "unit", "S1", "ST"], rows


@dataclass(frozen=True, slots=True)
class Effect:
    """What one uncertain number does alone: relative change at the ends of its range."""

    marginal: Marginal
    at_low: float
    at_high: float

    @property
    def reach(self) -> float:
        """Return the larger of the two changes; nothing where an end has no value."""
        return float(np.nan_to_num(np.abs([self.at_low, self.at_high])).max())


def effects_alone(run: RunData, row: int, outputs: Sequence[str]) -> dict[str, list[Effect]]:
    """Return what each uncertain number does alone to outputs of one design, strongest first.

    Parameters
    ----------
    run
        A finished run.
    row
        Member of the front.
    outputs
        Names of outputs without the mark of a robust measure.

    Returns
    -------
    dict[str, list[Effect]]
        By output; nothing where the problem has no uncertain numbers. Effects below ``SMALL``
        are left out.
    """
    problem = nominal_problem(run.problem)
    uncertain = with_futures(problem)
    if uncertain is None or not uncertain.marginals:
        return {}
    marginals = uncertain.marginals
    pins = np.array([marginal.pin for marginal in marginals])
    futures = np.tile(pins, (2 * len(marginals), 1))  # (futures, numbers)
    for at, marginal in enumerate(marginals):
        futures[2 * at, at], futures[2 * at + 1, at] = marginal.low, marginal.high
    columns = {marginal.key: futures[:, at] for at, marginal in enumerate(marginals)}
    x = run.front_x[row : row + 1]
    moved = under(problem, columns).evaluate(x, outputs)
    nominal = problem.evaluate(x, outputs)
    by_output: dict[str, list[Effect]] = {}
    for name in outputs:
        with np.errstate(divide="ignore", invalid="ignore"):
            changes = moved[name].reshape(-1, 2) / float(nominal[name][0]) - 1.0
        all_effects = [
            Effect(marginal, float(low), float(high))
            for marginal, (low, high) in zip(marginals, changes, strict=True)
        ]
        felt = [effect for effect in all_effects if effect.reach >= SMALL]
        by_output[name] = sorted(felt, key=lambda effect: -effect.reach)
    return by_output


def strongest_lines(run: RunData) -> list[str]:
    """Return which uncertain numbers move the objectives of the knee most, in Markdown."""
    if not len(run.front):
        return []
    pick = chosen_designs(run)[-1]
    outputs = [objective.output.removeprefix(PREFIX) for objective in run.objectives]
    effects = effects_alone(run, pick.row, list(dict.fromkeys(outputs)))
    declared = nominal_problem(run.problem).outputs
    lines = [
        f"- {title(declared[name])}: {', '.join(_effect_text(e) for e in felt[:STRONGEST])}."
        for name, felt in effects.items()
        if felt
    ]
    if not lines:
        return []
    return [
        "## Numbers that move the front most",
        "",
        f"Each uncertain number moved alone to the ends of its range, for the design called "
        f"{pick.title}; * marks an estimate without a source or of low confidence.",
        "",
        *lines,
    ]


def _effect_text(effect: Effect) -> str:
    key = effect.marginal.key
    weak = origin(key).confidence in ("estimate", "low")
    ends = f"{_change(effect.at_low)} to {_change(effect.at_high)}"
    return f"`{key}`{'*' if weak else ''} {ends}"


def _one_at_a_time(run: RunData) -> Effects | None:
    """Return what each uncertain number does alone to the first objective of the knee."""
    if not len(run.front):
        return None
    pick = chosen_designs(run)[-1]
    output = run.objectives[0].output.removeprefix(PREFIX)
    effects = effects_alone(run, pick.row, [output])
    if not effects:
        return None
    rows = [
        [
            effect.marginal.key,
            *_range(
                effect.marginal.low,
                effect.marginal.nominal,
                effect.marginal.high,
                effect.marginal.unit,
            ),
            _change(effect.at_low),
            _change(effect.at_high),
        ]
        for effect in effects[output][:SHOWN]
    ]
    note = (
        f"What each uncertain number, moved alone to the ends of its range, does to "
        f"{title(nominal_problem(run.problem).outputs[output])} of the design called "
        f"{pick.title}, the {len(rows)} strongest. `heliofront sensitivity` adds interactions."
    )
    return note, ["assumption", "low", "nominal", "high", "unit", "at low", "at high"], rows
