"""Where a search begins: the front of an earlier run, such as one of a quicker model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimize.config.run_config import RunConfig
from optimize.evaluation.tables import Layout, read_table
from optimize.run.folder import read_manifest
from optimize.run.integrity import FILES, FRONT, check_table
from optimize.run.workers.trials import Designs
from optimize.utils.files import REFUSED, RunFolderError
from problems.spec import SpecError, Value

_SHARE = 0.5  # of the budget, at most: the search gets the rest


def first_designs(config: RunConfig, layout: Layout) -> list[dict[str, Value]]:
    """Return the parameters of the designs to be evaluated first, evenly chosen from a front.

    Raises
    ------
    RunFolderError
        When the earlier run has no front that can be read.
    SpecError
        When none of its designs is in the space searched.
    """
    path = config.algorithm.start_from
    if path is None:
        return []
    file = Path(path) / FRONT
    try:
        if (Path(path) / "manifest.json").exists():
            check_table(file, read_manifest(Path(path)).get(FILES, {}), ended=False)
        front = read_table(file)
    except (OSError, ValueError) as error:
        raise RunFolderError(f"start_from: {path} cannot be read: {error}", REFUSED) from None
    problem, space = layout.problem, layout.space
    designs = Designs(space, lambda x: problem.canonical(x, space))
    parameters = []
    for record in front.to_dict("records"):
        row = _row(record, layout)
        if row is not None:
            parameters.append(designs.params(row))
    if not parameters:
        message = f"no design of {path} is in the space searched here (same variables and bounds)"
        raise SpecError("algorithm.start_from", message)
    setting = config.algorithm
    most = max(1, min(setting.population, int(_SHARE * setting.budget), len(parameters)))
    return [parameters[i] for i in np.linspace(0, len(parameters) - 1, most).round().astype(int)]


def _row(record: Mapping[Any, Any], layout: Layout) -> Any:
    """Return a design row; None when a value is unknown here or out of bounds."""
    row = layout.space.defaults.copy()
    known = False
    for i, variable in enumerate(layout.space.variables):
        value = record.get(variable.name)
        if value is None or pd.isna(value):
            continue
        try:
            number = variable.encode(str(value) if variable.kind == "choice" else float(value))
        except SpecError:
            return None
        if variable.kind == "choice" and int(number) not in variable.codes:
            return None
        row[i] = number
        known = True
    return layout.problem.canonical(row[None], layout.space)[0] if known else None
