"""The verify command: independent numbers beside ours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from optimize.designs.table import design_named
from optimize.export.document import design_document
from optimize.run.folder import load_run
from optimize.run.progress import progress_line
from optimize.utils.answer import deliver
from optimize.utils.labels import number
from optimize.utils.phases import phase
from optimize.utils.terminal import fitted_table
from optimize.verify.checks import chosen
from optimize.verify.result import LARGE, Outcome, Pair

HEADER = ("quantity", "unit", "ours", "independent", "difference", "", "tool")


def verify(run: Path, design_id: str, *, only: Sequence[str], as_json: bool) -> int:
    """Print every comparison; 1 when a tool that is there does not run.

    Raises
    ------
    SpecError
        For an unknown design or check.
    RunFolderError
        For a run that cannot be read.
    """
    checks = chosen(only)
    stored = load_run(run)
    design_id = design_named(stored, design_id)
    document = design_document(stored, design_id)
    outcomes = []
    with progress_line():
        for at, check in enumerate(checks):
            phase(check.title, at + 1, len(checks))
            outcomes.append(check.run(document))
    answer = {
        "design_id": design_id,
        "model_version": document["problem"]["model_version"],
        "large_from": LARGE,
        "checks": [outcome.to_json() for outcome in outcomes],
    }
    deliver(answer, lambda: "\n".join(report(design_id, outcomes)), as_json=as_json)
    return int(any(outcome.status == "failed" for outcome in outcomes))


def report(design_id: str, outcomes: Sequence[Outcome]) -> list[str]:
    """Return the comparison for a terminal, line by line."""
    pairs = [pair for outcome in outcomes for pair in outcome.pairs]
    large = sum(pair.large for pair in pairs)
    lines = [f"design {design_id}, ours against independent routes", ""]
    if pairs:
        lines += fitted_table(HEADER, [_row(pair) for pair in pairs], "llrrrll")
        lines += ["", f"{large} of {len(pairs)} differ by more than {LARGE:.0%}, marked !"]
        lines += [f"! {pair.quantity}, {pair.tool}: {pair.note}" for pair in pairs if pair.large]
    for status in ("skipped", "failed"):
        lines += [f"{status} {o.check}: {o.reason}" for o in outcomes if o.status == status]
    return lines


def _row(pair: Pair) -> tuple[str, ...]:
    return (
        pair.quantity,
        pair.unit,
        number(pair.ours),
        number(pair.independent),
        f"{100.0 * pair.difference:+.2f} %".replace("-0.00 %", "0.00 %").replace("+0.00", "0.00"),
        "!" if pair.large else "",
        pair.tool,
    )
