"""What a run found, in words: ``summary.md`` and the table that ends a run on a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from optimize.config.notes import study_notes
from optimize.designs.scores import Chosen
from optimize.designs.table import (
    KEY_OUTPUTS,
    SPECIFIC_MASS,
    chosen_designs,
    front_column,
    nearest_lines,
    shown_at,
)
from optimize.engine.quality import constant_text
from optimize.engine.scale import scale_text
from optimize.evaluation.failures import failed_lines
from optimize.report.assumptions import strongest_lines
from optimize.report.front_quality import quality_section
from optimize.report.opening import answer
from optimize.report.robustness import robustness_lines
from optimize.report.why import binding_shares, limit_lines, spread_rows, stuck_variables
from optimize.utils.files import write_text_atomic
from optimize.utils.labels import (
    item_label,
    limit_text,
    number,
    pretty_unit,
    range_text,
    remarked,
    sentence,
    title,
)
from optimize.utils.markup import defused
from problems.spec import Output
from problems.text_tables import markdown_table

if TYPE_CHECKING:
    from optimize.run.folder import RunData


def write_summary(run: RunData, *, random: RunData | None = None) -> Path:
    """Write ``summary.md`` into the run folder.

    Parameters
    ----------
    run
        A finished run.
    random
        A random search with the same budget, objectives and reference, as a yardstick.

    Returns
    -------
    Path
        The file written.
    """
    parts = [
        _opening(run),
        _asked(run),
        _found(run),
        _chosen(run),
        _limiting(run),
        _stuck(run),
        quality_section(run, random),
        robustness_lines(run),
        strongest_lines(run),
        _warnings(run),
    ]
    parts = [[defused(line) for line in lines] for lines in parts]
    parts += [_figures(run), _repeat(run)]
    path = run.path / "summary.md"
    text = "\n\n".join("\n".join(lines) for lines in parts if lines)
    write_text_atomic(path, text + "\n")
    return path


def _opening(run: RunData) -> list[str]:
    manifest, n = run.manifest, len(run.front)
    designs = f"{n:,} Pareto-optimal design{'s' if n != 1 else ''}" if n else "No feasible design"
    return [
        f"# {run.config.name}",
        "",
        *[f"{line}\n" for line in answer(run)],
        f"{designs} from {manifest.get('evaluations', 0):,} evaluations in "
        f"{number(float(manifest.get('seconds', 0.0)), 3)} s "
        f"(problem `{run.problem.name}`, model version {run.problem.version}, scenario "
        f"`{run.config.scenario}`).",
    ]


def _asked(run: RunData) -> list[str]:
    lines = ["## What was asked", "", "Objectives:", ""]
    for o in run.objectives:
        output = run.problem.outputs[o.output]
        lines.append(
            f"- {'lowest' if o.sense == 'min' else 'highest'} `{o.output}`: "
            f"{output.description} [{output.unit}]"
        )
    lines += ["", "Constraints:", ""]
    lines += [
        f"- `{c.name}`: {limit_text(c, run.problem.outputs[c.output].unit)} ({c.description})"
        for c in run.constraints
    ]
    free = [run.space.variables[i] for i in run.space.free]
    fixed = [v for v in run.space.variables if v.is_fixed]
    lines += ["", f"Variables: {len(free)} free, {len(fixed)} fixed.", ""]
    lines += [f"- `{v.name}`: {range_text(v)}" for v in free]
    if fixed:
        text = ", ".join(f"`{v.name}` = {remarked(v, v.default)}" for v in fixed)
        lines += [f"- fixed: {text}"]
    lines += ["", f"Cost boundary: `{run.config.cost_boundary}`.", ""]
    overrides = run.config.assumptions
    lines.append("Assumptions changed:" if overrides else "No assumption was changed.")
    lines += [""] * bool(overrides)
    lines += [f"- `{key}` = {number(float(s.value))}: {s.reason}" for key, s in overrides.items()]
    return lines


def _found(run: RunData) -> list[str]:
    lines = ["## What was found", ""]
    if len(run.front) == 0:
        binding = run.manifest.get("binding")
        why = [binding["sentence"], ""] if binding else []
        return [*lines, "No feasible design.", "", *why, *nearest_lines(run)]
    names = [o.output for o in run.objectives]
    if SPECIFIC_MASS in run.problem.outputs and SPECIFIC_MASS not in names:
        names.append(SPECIFIC_MASS)
    rows = []
    for name in names:
        values = front_column(run, name)
        low, median, high = np.nanmin(values), np.nanmedian(values), np.nanmax(values)
        in_times = low > 0.0 and run.problem.outputs[name].has_true_zero
        ratio = f"{number(high / low, 3)} ×" if in_times else "-"
        rows.append((title(run.problem.outputs[name]), *map(number, (low, median, high)), ratio))
    lines += markdown_table(("output", "lowest", "median", "highest", "span"), rows)
    shares = [line for i in run.space.free for line in _share(run, i)]
    return lines + (["", "Choices on the front:", "", *shares] if shares else [])


def _share(run: RunData, i: int) -> list[str]:
    variable = run.space.variables[i]
    if variable.kind != "choice":
        return []
    active = run.problem.active(run.front_x)[:, i]
    codes = run.front_x[active, i].astype(int)
    n = len(run.front_x)
    parts = sorted(((int((codes == code).sum()), code) for code in variable.codes), reverse=True)
    names = {code: remarked(variable, variable.choices[code]) for code in variable.codes}
    texts = [f"{names[code]} {_share_text(k / n)}" for k, code in parts if k]
    texts += [f"without influence {_share_text(1.0 - len(codes) / n)}"] * bool(n > len(codes))
    never = [variable.choices[code] for k, code in parts if not k]
    texts += [f"never {', '.join(never)}"] * bool(never)
    return [f"- `{variable.name}`: {'; '.join(texts)}"]


def _share_text(share: float) -> str:
    return "< 1 %" if 0.0 < share < 0.01 else f"{100.0 * share:.0f} %"


def _chosen(run: RunData) -> list[str]:
    chosen = chosen_designs(run) if len(run.front) else ()
    if not chosen:
        return []
    header = ["", *(sentence(pick.title) for pick in chosen)]
    rows = [["design", *(f"`{run.front['design_id'].iloc[p.row]}`" for p in chosen)]]
    for v in run.space.variables:
        unit = "" if v.unit == "1" else f" [{pretty_unit(v.unit)}]"
        cells = [shown_at(run, v.name, pick.row) for pick in chosen]
        if any(cell != "-" for cell in cells):
            rows.append([f"`{v.name}`{unit}", *cells])
    objectives = [o.output for o in run.objectives]
    for name in dict.fromkeys([*objectives, *KEY_OUTPUTS]):
        if name in run.problem.outputs:
            rows.append(_output_row(run, run.problem.outputs[name], chosen, name in objectives))
    for b in run.problem.breakdowns:
        cells = []
        for pick in chosen:
            sizes = [(float(front_column(run, name)[pick.row]), name) for name in b.items]
            total = float(front_column(run, b.total)[pick.row]) or 1.0
            top = sorted(sizes, reverse=True)[:3]
            cells.append(
                ", ".join(f"{item_label(b, name)} {100.0 * v / total:.0f} %" for v, name in top)
            )
        rows.append([f"largest parts of {b.title[:1].lower()}{b.title[1:]}", *cells])
    return ["## Chosen designs", "", *markdown_table(header, rows)]


def _output_row(
    run: RunData, output: Output, chosen: Iterable[Chosen], objective: bool
) -> list[str]:
    label = f"**{title(output)}**" if objective else title(output)
    values = front_column(run, output.name)
    return [label, *(number(float(values[pick.row])) for pick in chosen)]


def _stuck(run: RunData) -> list[str]:
    if len(run.front) == 0 or run.config.algorithm.storage is not None:  # takes further designs
        return []
    lines = [f"- {stuck.text}" for stuck in stuck_variables(run)]
    none = ["Every free variable uses its range."]
    return ["## Variables at a bound or without a choice", "", *(lines or none)]


def _limiting(run: RunData) -> list[str]:
    if len(run.front) == 0:
        return []
    shares = [f"`{name}` {_share_text(share)}" for name, share in binding_shares(run)]
    lines = ["## What limits the designs", ""]
    if binding := run.manifest.get("binding"):
        lines += [binding["sentence"], ""]
    lines.append(
        f"Constraints that bind, with their share of the front: {', '.join(shares)}."
        if shares
        else "No constraint binds anywhere on the front."
    )
    if run.config.algorithm.storage is not None:  # a price takes dozens of further designs
        return [*lines, "", "What a limit is worth: `heliofront evaluate` finds out."]
    lines += [
        "",
        "What one step of a limit is worth when the design adapts and the other objectives stay "
        "(local shadow prices; `heliofront evaluate` prints them all):",
        "",
    ]
    return lines + limit_lines(run)


def _warnings(run: RunData) -> list[str]:
    counts: dict[str, int] = {}
    looked: list[int] = []
    if len(run.front_x):
        picks = [pick.row for pick in chosen_designs(run)]
        looked = sorted({*picks, *spread_rows(np.arange(len(run.front_x))).tolist()})
    for row in looked:
        for text in run.problem.warnings(run.front_x[row]):
            counts[text] = counts.get(text, 0) + 1
    lines = [
        f"- {text} ({count} of {len(looked)} designs looked at)" for text, count in counts.items()
    ]
    boxes = run.manifest.get("reference_point") or {}
    lines += [f"- {scale_text(name, box)}." for name, box in boxes.items() if "designs" in box]
    lines += [f"- {text}." for text in (run.manifest.get("quality") or {}).get("blind_boxes", [])]
    constant = (run.manifest.get("quality") or {}).get("constant_objectives", [])
    lines += [f"- {constant_text(name)}." for name in constant]
    notes = study_notes(run.config.algorithm.name, run.objectives, run.constraints)
    lines += [f"- {text}" for text in notes]
    lines += failed_lines(run.manifest)
    shown_front, archive = len(run.front), int(run.manifest.get("archive_size") or 0)
    if archive > shown_front > 0:
        lines.append(
            f"- The front is a selection of {shown_front:,} of the {archive:,} non-dominated "
            "designs found: those that together keep most of the hypervolume."
        )
    if run.model_change is not None:
        lines.append(
            f"- The run was {run.model_change}. The front is as stored; what is computed again "
            "for this page comes from the present model."
        )
    if run.manifest.get("status") == "interrupted":
        lines.append("- The run was interrupted; `heliofront resume` continues it.")
    return ["## Warnings", "", *(lines or ["None."])]


def _figures(run: RunData) -> list[str]:
    names = sorted(path.name for path in (run.path / "figures").glob("*.png"))
    if not names:
        return []
    return ["## Figures", "", *(f"![{Path(n).stem.replace('_', ' ')}](figures/{n})" for n in names)]


def _repeat(run: RunData) -> list[str]:
    manifest = run.manifest
    versions = ", ".join(f"{k} {v}" for k, v in manifest.get("versions", {}).items())
    revision = manifest.get("git_revision")
    tables = len(manifest.get("data_digests", {}))
    return [
        "## To repeat it",
        "",
        f"`heliofront run config.yaml` with the `config.yaml` of this folder (hash "
        f"`{manifest.get('config_hash', '?')}`, seed {manifest.get('seed', '?')}"
        + (f", revision `{revision}`" if revision else "")
        + f"); made by `{manifest.get('command', '?')}` with {versions or 'unknown versions'}. "
        f"Digests of {tables} data tables are in `manifest.json`.",
    ]
