"""``heliofront compare RUN RUN...``: whose designs are better, by how much, and why they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import moocore
import numpy as np

from optimize.designs.table import front_column
from optimize.engine import comparison as indicators
from optimize.engine.indicators import normalised, volume
from optimize.run.box import shared_box
from optimize.run.folder import load_run
from optimize.utils.labels import number
from optimize.utils.terminal import fitted_table
from problems.space import objective_matrix
from problems.spec import Objective, SpecError
from problems.units import FloatArray

if TYPE_CHECKING:
    from optimize.run.folder import RunData

_UNSET = "(not set)"


def compare(paths: Sequence[Path]) -> tuple[list[RunData], dict[str, Any]]:
    """Return the runs and everything measured between their fronts.

    Parameters
    ----------
    paths
        Folders of two runs or more.

    Returns
    -------
    tuple
        The runs, and a document of plain numbers: ``objectives`` with the box of the hypervolume,
        ``runs``, ``pairs``, ``union``, ``attainment`` and ``differences`` of configuration.

    Raises
    ------
    SpecError
        For fewer than two runs, or one that lacks an objective of the first.

    Notes
    -----
    Objectives are those of the first run, and so is their box, unless that run found no feasible
    design to take it from. A run that was searched for something else
    is judged by them all the same, and ``notes`` says so.
    """
    if len(paths) < 2:
        raise SpecError("compare", "needs two runs or more")
    runs = [load_run(path) for path in paths]
    objectives = shared_box([run.objectives for run in runs])
    fronts = [_objectives_of(run, objectives) for run in runs]
    points = [normalised(f, objectives) for f in fronts]
    union = np.concatenate(fronts)
    best = np.unique(_non_dominated(union), axis=0) if len(union) else union
    reference = normalised(best, objectives)
    document = {
        "objectives": {
            o.output: {"sense": o.sense, "ideal": o.ideal, "reference": o.reference, "log": o.log}
            for o in objectives
        },
        "runs": [
            _row(run, f, p, best, reference) for run, f, p in zip(runs, fronts, points, strict=True)
        ],
        "pairs": _pairs(runs, fronts, points),
        "union": {"size": len(best), "hypervolume": volume(reference)},
        "attainment": indicators.attainment(points),
        "differences": differences([run.config.resolved() for run in runs]),
        "model_differences": differences([_model(run) for run in runs]),
        "notes": _notes(runs),
    }
    return runs, document


def _objectives_of(run: RunData, objectives: Sequence[Objective]) -> FloatArray:
    """Return the non-dominated minimised objectives of a run's front."""
    names = [o.output for o in objectives]
    missing = [name for name in names if name not in run.problem.outputs]
    if missing:
        raise SpecError(str(run.path), f"has no output '{missing[0]}', an objective of the first")
    f = objective_matrix({name: front_column(run, name) for name in names}, objectives)
    return _non_dominated(f) if len(f) else f


def _non_dominated(f: FloatArray) -> FloatArray:
    return f[np.asarray(moocore.is_nondominated(f, keep_weakly=True), dtype=np.bool_)]


def _row(
    run: RunData, f: FloatArray, points: FloatArray, best: FloatArray, reference: FloatArray
) -> dict[str, Any]:
    total, own = volume(reference), volume(points)
    on_union = sum(bool((row == best).all(axis=1).any()) for row in f)
    return {
        "run": str(run.path),
        "name": run.config.name,
        "scenario": run.config.scenario,
        "algorithm": run.config.algorithm.name,
        "seed": run.config.algorithm.seed,
        "evaluations": run.manifest.get("evaluations"),
        "front_size": len(f),
        "hypervolume": own,
        "share_of_union_hypervolume": own / total if total > 0.0 else None,
        "designs_on_union": on_union,
        "additive_epsilon": indicators.additive_epsilon(points, reference),
        "igd_plus": indicators.igd_plus(points, reference),
    }


def _pairs(
    runs: Sequence[RunData], fronts: Sequence[FloatArray], points: Sequence[FloatArray]
) -> list[dict[str, Any]]:
    """Return, for each ordered pair, how the first fares against the second."""
    return [
        {
            "run": str(runs[i].path),
            "against": str(runs[j].path),
            "coverage": indicators.coverage(fronts[i], fronts[j]),
            "additive_epsilon": indicators.additive_epsilon(points[i], points[j]),
            "multiplicative_epsilon": indicators.multiplicative_epsilon(fronts[i], fronts[j]),
            "igd_plus": indicators.igd_plus(points[i], points[j]),
        }
        for i in range(len(runs))
        for j in range(len(runs))
        if i != j
    ]


def _model(run: RunData) -> dict[str, Any]:
    """Return what beside the configuration decides the numbers of a run."""
    manifest = run.manifest
    return {
        "model_version": manifest.get("problem_version", run.problem.version),
        "versions": manifest.get("versions", {}),
        "data": {k: v[:12] for k, v in manifest.get("data_digests", {}).items()},
        "git_revision": manifest.get("git_revision"),
    }


def differences(trees: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return every dotted key whose value differs, with the value in each tree.

    Examples
    --------
    >>> differences([{"a": {"b": 1}, "c": 2}, {"a": {"b": 3}, "c": 2}])
    {'a.b': [1, 3]}
    """
    flat = [_flat(tree) for tree in trees]
    keys = dict.fromkeys(key for entries in flat for key in entries)
    rows = {key: [entries.get(key, _UNSET) for entries in flat] for key in keys}
    return {key: row for key, row in rows.items() if any(value != row[0] for value in row)}


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping) and value:
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _notes(runs: Sequence[RunData]) -> list[str]:
    first = runs[0]
    aims = [(o.output, o.sense) for o in first.objectives]
    notes = []
    for run in runs:
        if [(o.output, o.sense) for o in run.objectives] != aims:
            notes.append(f"{run.path} was searched for other objectives")
        if len(run.front) == 0:
            notes.append(f"{run.path} has no feasible design")
        if run.manifest.get("status") != "finished":
            notes.append(f"{run.path} is not finished")
    return notes


def comparison_text(document: Mapping[str, Any]) -> str:
    """Return the comparison as plain text for a terminal."""
    rows = document["runs"]
    letters = {
        row["run"]: chr(ord("A") + i) if len(rows) <= 26 else str(i + 1)
        for i, row in enumerate(rows)
    }
    lines = [_headline(rows, letters), ""]
    lines += [f"{letters[row['run']]}  {row['run']}" for row in rows]
    header = (
        "run",
        "scenario",
        "algorithm",
        "seed",
        "designs",
        "hypervolume",
        "of the union's",
        "on the union",
        "additive\nepsilon",
        "IGD+",
    )
    cells = [
        (
            letters[row["run"]],
            row["scenario"],
            row["algorithm"],
            str(row["seed"]),
            f"{row['front_size']:,}",
            f"{row['hypervolume']:.6f}",
            _share(row["share_of_union_hypervolume"], 2),
            f"{row['designs_on_union']:,}",
            _small(row["additive_epsilon"]),
            _small(row["igd_plus"]),
        )
        for row in rows
    ]
    lines += ["", *fitted_table(header, cells, "lllrrrrrrr"), "", *_pair_lines(document, letters)]
    for row in document["attainment"] or ():
        attained = f"attained by {row['attained_by']:.0%} of the runs"
        lines.append(f"{attained}: hypervolume {row['hypervolume']:.6f}")
    return "\n".join([*lines, *_difference_lines(document), *document["notes"]]) + "\n"


def _headline(rows: Sequence[Mapping[str, Any]], letters: Mapping[str, str]) -> str:
    """Return one sentence: whose front is best, and how far the others stay behind."""
    ordered = sorted(rows, key=lambda row: -(row["hypervolume"] or 0.0))
    best, worst = ordered[0], ordered[-1]
    if not best["hypervolume"]:
        return "No run dominates anything of the box: there is nothing to rank."
    behind = 1.0 - worst["hypervolume"] / best["hypervolume"]
    if behind == 0.0:
        return "The fronts are equally good: they dominate the same volume."
    name = letters[best["run"]]
    others = "the other" if len(rows) == 2 else "the last of the others"
    return f"{name} has the best front: {others} dominates {100.0 * behind:.2g} % less."


def _pair_lines(document: Mapping[str, Any], letters: Mapping[str, str]) -> list[str]:
    header = ("", "covers", "additive\nepsilon", "factor", "IGD+")
    cells = [
        (
            f"{letters[pair['run']]} against {letters[pair['against']]}",
            _share(pair["coverage"], 1),
            _small(pair["additive_epsilon"]),
            _small(pair["multiplicative_epsilon"]),
            _small(pair["igd_plus"]),
        )
        for pair in document["pairs"]
    ]
    return [*fitted_table(header, cells), ""]


def _difference_lines(document: Mapping[str, Any]) -> list[str]:
    lines = []
    for key, title in (("differences", "configuration"), ("model_differences", "model")):
        entries = document[key]
        if entries:
            lines += ["", f"what differs in the {title}:"]
            lines += [f"  {name}: {' | '.join(map(str, row))}" for name, row in entries.items()]
    return lines


def _share(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{100.0 * value:.{digits}f} %"


def _small(value: float | None) -> str:
    return "-" if value is None else number(value)
