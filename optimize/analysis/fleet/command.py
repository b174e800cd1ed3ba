"""``heliofront fleet``: which design, and what is printed, drawn and stored about its fleet."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from optimize.analysis.fleet.document import fleet_document
from optimize.analysis.fleet.text import fleet_text
from optimize.analysis.sensitivity.judged import Judged, configured, front_of, is_run, row_of
from optimize.utils.answer import deliver
from optimize.utils.files import make_folder, storage_error, to_json, write_text_atomic
from problems.space import constraint_matrix
from problems.spec import SpecError


def fleet(
    path: str, overrides: Sequence[str], *, design: str | None, out: Path | None, as_json: bool
) -> int:
    """Scale one design to fleets; print, draw and store the result."""
    judged = subject(path, design, overrides)
    document = described(judged)
    folder = out or (Path(path) / "fleet" if is_run(path) else None)
    if folder:
        document["files"] = _store(document, folder)
    deliver(document, partial(fleet_text, document), as_json=as_json)
    return 0


def subject(path: str, design: str | None, overrides: Sequence[str]) -> Judged:
    """Return the one design that is asked about: the knee of a run unless it is named.

    Raises
    ------
    SpecError
        For an option that does not go with the subject, or an unknown design.
    """
    if not is_run(path):
        if design is not None:
            raise SpecError("--design", "belongs to a run folder; a configuration has one design")
        return configured(path, overrides)
    if overrides:
        raise SpecError("--set", "belongs to a configuration; a run has its own")
    front, chosen = front_of(path)
    row = chosen[-1] if design is None else row_of(front, design)
    return front.only([row], f"{front.titles[row]} of {front.name}")


def described(judged: Judged) -> dict[str, Any]:
    """Return the fleet of one design, with the design it starts from."""
    problem = judged.problem
    row = np.atleast_2d(judged.x)
    document = fleet_document(problem, row[0])
    violations = constraint_matrix(problem.evaluate(row), judged.constraints)[0]
    active = problem.active(row)[0]
    return {
        "title": judged.title,
        "design_id": judged.ids[0],
        "broken_constraints": [
            c.name for c, v in zip(judged.constraints, violations, strict=True) if v > 0.0
        ],
        "variables": {
            v.name: v.decode(float(row[0, i])) if active[i] else None
            for i, v in enumerate(problem.space.variables)
        },
        **document,
    }


def _store(document: dict[str, Any], folder: Path) -> list[str]:
    """Write document and figure; return their paths."""
    from optimize.analysis.fleet.plot import fleet_figure
    from optimize.report.plots.files import write_figure_files

    try:
        make_folder(folder)
        pictures = write_figure_files(folder, {"fleet": lambda: fleet_figure(document)})
        write_text_atomic(folder / "fleet.json", to_json(document))
    except OSError as error:
        raise storage_error(error, folder) from None
    return [str(folder / "fleet.json"), *map(str, pictures)]
