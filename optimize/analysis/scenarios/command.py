"""The command ``heliofront compare --scenarios``: what each implies, and why they differ."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from optimize.analysis.scenarios.results import COMPARED, ScenarioResult, compare_scenarios
from optimize.analysis.scenarios.text import markdown, terminal
from optimize.analysis.scenarios.waterfall import Waterfall, waterfall
from optimize.run.progress import progress_line
from optimize.utils.answer import deliver
from optimize.utils.files import make_folder, storage_error, to_json, write_text_atomic
from optimize.utils.phases import phase
from problems.compute_satellite.declarations import COST_BOUNDARIES, all_outputs
from problems.compute_satellite.variants.peers import peers
from problems.spec import SpecError, nearest, unknown


def compare(
    names: Sequence[str],
    *,
    boundary: str = "full",
    output: str = "cost_per_kw_yr_usd",
    falls: bool = False,
    best: bool = True,
    evaluations: int = 20_000,
    seed: int = 1,
    out: Path | None = None,
    as_json: bool = False,
) -> int:
    """Compare scenarios; print tables or JSON, and write everything to ``out``.

    Raises
    ------
    SpecError
        For an unknown scenario, boundary or output, or a waterfall of fewer than two scenarios.
    """
    names = tuple(names) or tuple(peers())
    _check(names, boundary, output, falls)
    results: list[ScenarioResult] = []
    with progress_line():
        for at, name in enumerate(names):
            phase(f"scenario {name}", at + 1, len(names))
            results += compare_scenarios(
                [name], boundary=boundary, best=best, evaluations=evaluations, seed=seed
            )
        phase("what makes the difference")
        pairs = itertools.pairwise(names) if falls or len(names) == 2 else ()
        changes = [waterfall(first, second, output) for first, second in pairs]
        document = _document(results, changes, boundary, evaluations, seed)
        files = _write(out, results, changes, to_json(document)) if out is not None else []
    deliver(
        document,
        lambda: "\n".join([terminal(results, changes), "", *map(str, files)]).rstrip(),
        as_json=as_json,
    )
    return 0


def _check(names: Sequence[str], boundary: str, output: str, falls: bool) -> None:
    known = tuple(peers())
    for at, name in enumerate(names):
        if name not in known:
            raise SpecError("--scenarios", *unknown(f"unknown scenario '{name}'", name, known))
        if name in names[:at]:
            raise SpecError("--scenarios", f"'{name}' is named twice")
    if boundary not in COST_BOUNDARIES:
        hint = nearest(boundary, COST_BOUNDARIES)
        raise SpecError("--boundary", f"unknown boundary '{boundary}'", hint)
    if output not in all_outputs():
        hint = nearest(output, all_outputs())
        raise SpecError("--output", f"unknown output '{output}'", hint)
    if falls and len(names) < 2:
        raise SpecError("--waterfall", "needs two scenarios or more")


def _document(
    results: Sequence[ScenarioResult],
    falls: Sequence[Waterfall],
    boundary: str,
    evaluations: int,
    seed: int,
) -> dict[str, Any]:
    outputs = all_outputs()
    return {
        "boundary": boundary,
        "evaluations": evaluations,
        "seed": seed,
        "units": {name: outputs[name].unit for name in COMPARED},
        "scenarios": [result.to_json() for result in results],
        "waterfalls": [fall.to_json() for fall in falls],
    }


def _write(
    folder: Path, results: Sequence[ScenarioResult], falls: Sequence[Waterfall], document: str
) -> list[Path]:
    from optimize.analysis.scenarios.plot import write_scenario_figures

    table, data = folder / "scenarios.md", folder / "scenarios.json"
    try:
        make_folder(folder)
        write_text_atomic(data, document)
        write_text_atomic(table, markdown(results, falls))
        return [data, table, *write_scenario_figures(folder, results, falls)]
    except OSError as error:
        raise storage_error(error, folder) from None
