"""Runs made without a search, for tests of what comes after one."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import moocore
import numpy as np
import pandas as pd

from optimize.config.run_config import RunConfig
from optimize.engine.indicators import hypervolume
from optimize.evaluation.tables import Layout, to_frame
from optimize.run.folder import RunData
from problems.space import DesignSpace, constraint_matrix, objective_matrix
from problems.spec import Objective


def sampled_run(
    path: Path,
    problem: Any,
    *,
    space: DesignSpace | None = None,
    objectives: Sequence[Objective] | None = None,
    settings: dict[str, Any] | None = None,
    most: int | None = None,
    samples: int = 20_000,
) -> RunData:
    """Return a run whose front is the best of random designs, at most ``most`` of them."""
    space = space or problem.space
    objectives = tuple(objectives or problem.objectives)
    x = space.sample(samples, np.random.default_rng(1))
    x = problem.canonical(x, space)
    outputs = problem.evaluate(x)
    f = objective_matrix(outputs, objectives)
    good = np.flatnonzero((constraint_matrix(outputs, problem.constraints) <= 0.0).all(axis=1))
    # With one objective a front has one member; keep the best few so that figures have points.
    keep = (
        good[np.argsort(f[good, 0])[:30]]
        if len(objectives) == 1
        else good[np.asarray(moocore.is_nondominated(f[good]), dtype=bool)]
    )
    keep = keep[np.argsort(f[keep, 0], kind="stable")][:most]
    layout = Layout(problem, space, objectives, problem.constraints)
    table = layout.table(x[keep], {name: column[keep] for name, column in outputs.items()})
    final = hypervolume(f[keep], objectives)
    return RunData(
        path=path,
        config=RunConfig(name="little", **(settings or {})),
        problem=problem,
        space=space,
        objectives=objectives,
        constraints=tuple(problem.constraints),
        manifest=_manifest(final, samples, len(keep), objectives),
        front=to_frame(table),
        front_x=x[keep],
        stored_evaluations=None,
        history=_history(f[good], objectives, samples, final),
    )


def _history(
    f: np.ndarray, objectives: Sequence[Objective], samples: int, final: float
) -> pd.DataFrame:
    rows = []
    for generation in range(1, 21):
        share = generation / 20
        seen = f[: int(len(f) * share)]
        best = seen.min(axis=0) if len(seen) else np.full(len(objectives), np.nan)
        signs = [1.0 if o.sense == "min" else -1.0 for o in objectives]
        rows.append(
            {
                "generation": generation,
                "evaluations": int(samples * share),
                "hypervolume": final * (1.0 - np.exp(-6.0 * share)),
                "feasible_share": 0.3 + 0.6 * share,
                "front_size": generation,
                "failed": 0,
                **{
                    f"best.{o.output}": s * b
                    for o, s, b in zip(objectives, signs, best, strict=True)
                },
                "seconds": share,
            }
        )
    return pd.DataFrame(rows)


def _manifest(
    final: float, samples: int, members: int, objectives: Sequence[Objective]
) -> dict[str, Any]:
    reference = {
        o.output: {"ideal": o.ideal, "reference": o.reference, "log": o.log, "sense": o.sense}
        for o in objectives
    }
    return {
        "schema_version": 1,
        "status": "finished",
        "command": "heliofront run little.yaml",
        "seed": 1,
        "config_hash": "0123456789",
        "versions": {"numpy": "2"},
        "git_revision": None,
        "data_digests": {"table.csv": "ab" * 32},
        "seconds": 1.0,
        "evaluations": samples,
        "generations": 20,
        "hypervolume": final,
        "reference_point": reference,
        "front_size": members,
        "archive_size": members,
        "failed_evaluations": 0,
        "feasible_share": 0.3,
        "reason": "generations",
    }


def empty_run(run: RunData) -> RunData:
    """Return the same run with nothing found."""
    manifest = run.manifest | {"front_size": 0, "reason": "no feasible design"}
    manifest["least_violating"] = {
        "design_id": "abc",
        "variables": {},
        "violations": {run.constraints[0].name: 0.5},
    }
    return dataclasses.replace(
        run, front=run.front.iloc[:0], front_x=run.front_x[:0], manifest=manifest
    )
