"""``docs/model-v3.md``: what each change of the model did to the answer, measured.

Every change is a commit. The baseline is searched again with the code of each, in a worktree of
the repository's own history, so a bar is the difference between two re-optimised answers.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from optimize.utils.files import write_text_atomic

ROOT = Path(__file__).parents[2]
CHANGES = Path("docs/model-v3.csv")  # commit, change: in the order of the history
STORE = Path("docs/model-v3.json")
GENERATIONS, SEEDS = 300, (1, 2)
#: Of the cheapest design; the first two get a waterfall.
NUMBERS = (
    "cost_ratio_to_ground",
    "cost_per_exaflop_usd",
    "specific_mass_kg_per_kw",
    "launch_price_usd_per_kg",
    "launch_mass_kg",
    "radiation_failure_rate_per_pflops_yr",
)
KINDS = ("orbit", "launcher", "gpu_model", "array_type", "radiator_type", "transfer", "refuelling")
REALS = (
    "altitude_km",
    "shield_mm",
    "design_life_yr",
    "array_area_m2",
    "radiator_area_m2",
    "refresh_yr",
)


def changes() -> list[dict[str, str]]:
    """Return the recorded changes, oldest first; the first row is where it starts."""
    with (ROOT / CHANGES).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def measured(commit: str) -> dict[str, Any]:
    """Return the cheapest of several searches with the code of a commit, and what its front holds.

    Raises
    ------
    subprocess.CalledProcessError
        When the commit is not in the history or its search fails.
    """
    fronts = [front_of_commit(commit, seed) for seed in SEEDS]
    best = min((front.iloc[0] for front in fronts), key=lambda row: row["cost_per_exaflop_usd"])
    return {
        "cheapest": {name: best[name] for name in (*KINDS, *REALS, *NUMBERS) if name in best},
        "front": _composition(fronts[0]),
    }


def front_of_commit(commit: str, seed: int) -> pd.DataFrame:
    """Return the front of the baseline, searched with the code of a commit.

    Raises
    ------
    subprocess.CalledProcessError
        When the commit is not in the history or its search fails.
    """
    with tempfile.TemporaryDirectory() as scratch:
        tree = Path(scratch) / "tree"
        _worktree("add", "--detach", str(tree), commit)
        _take_once(tree / "problems" / "data" / "assumptions.csv")
        try:
            return _front(tree, Path(scratch) / "run", seed)
        finally:
            _worktree("remove", "--force", str(tree))


def front_here(folder: Path, seed: int, *options: str) -> pd.DataFrame:
    """Return the front of the baseline, searched with the code as it stands."""
    return _front(ROOT, folder, seed, *options)


def _take_once(table: Path) -> None:
    """Drop the earlier of two rows of one key: a merge had doubled some for two commits."""
    lines = table.read_text(encoding="utf-8").splitlines()
    last = {tuple(line.split(",", 2)[:2]): line for line in lines}
    table.write_text("\n".join(last.values()) + "\n", encoding="utf-8")


def _worktree(*arguments: str) -> None:
    command = ("git", "-C", str(ROOT), "worktree", *arguments)
    subprocess.run(command, check=True, capture_output=True)


def _front(tree: Path, folder: Path, seed: int, *options: str) -> pd.DataFrame:
    command = [sys.executable, "-m", "optimize", "run", "configs/baseline.yaml"]
    command += ["--generations", str(GENERATIONS), "--seed", str(seed), "--out", str(folder)]
    command += ["--set", "output={evaluations: false, figures: false, explorer: false}"]
    command += options
    path = {**os.environ, "PYTHONPATH": str(tree)}
    subprocess.run(command, check=True, cwd=tree, env=path, capture_output=True)
    return pd.read_parquet(next(folder.rglob("front.parquet")))


def _composition(front: pd.DataFrame) -> dict[str, Any]:
    """Return the shares of each choice and the tenth, median and ninetieth of each real."""
    shares = {
        name: {str(k): float(v) for k, v in front[name].value_counts(normalize=True).items()}
        for name in KINDS
        if name in front
    }
    spread = {
        name: [float(q) for q in front[name].quantile([0.1, 0.5, 0.9])]
        for name in (*REALS, *NUMBERS)
        if name in front
    }
    return {"shares": shares, "spread": spread}


def main(arguments: Sequence[str]) -> int:
    """Measure what is not stored yet (a minute a change), then write page and picture.

    ``--again`` measures every change anew.
    """
    from docs.make.model_page import draw, page

    stored: Mapping[str, Any] = {}
    if (ROOT / STORE).exists() and "--again" not in arguments:
        stored = json.loads((ROOT / STORE).read_text(encoding="utf-8"))
    results: dict[str, Any] = {}
    for row in changes():
        commit = row["commit"]
        results[commit] = stored.get(commit) or measured(commit)
        text = json.dumps(results, indent=1, sort_keys=True, default=float) + "\n"
        write_text_atomic(ROOT / STORE, text)
        print(row["change"], results[commit]["cheapest"]["cost_ratio_to_ground"], file=sys.stderr)
    steps = [(row["change"], results[row["commit"]]) for row in changes()]
    draw(steps, ROOT)
    page(steps, ROOT)
    return 0
