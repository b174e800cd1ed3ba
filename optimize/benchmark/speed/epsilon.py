"""How far certified fronts of independent seeds are from each other.

``python -m optimize.benchmark.speed.epsilon [NAME ...]`` prints for each configuration or problem
by how much every front must improve in all objectives to cover what all seeds found. Without
names: the baseline, two known fronts, and the frozen benchmark where a version of it runs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from optimize.benchmark.arguments import refusing, whole_number
from optimize.config.overrides import load_source
from optimize.config.problem import allow
from optimize.config.run_config import RunConfig
from optimize.config.study import read_study, study_of
from optimize.engine.quality import compare_seeds
from optimize.engine.search import Search
from optimize.evaluation.build import build_problem
from optimize.evaluation.tables import Layout
from optimize.run.final import Final, final_front
from problems.registry import problem_names
from problems.space import DesignSpace
from problems.text_tables import markdown_table

_KNOWN = {name: f"optimize.benchmark.speed.known:{name.title()}" for name in ("zdt1", "dtlz2")}
_HEADS = ("", "certified", "additive epsilon", "share of the hypervolume of all")


def configured(name: str, algorithm: dict[str, Any]) -> RunConfig:
    """Return the configuration of a known front, of a frozen problem, or of that name."""
    problem = _KNOWN.get(name, name)
    if name in _KNOWN or name in problem_names():
        allow(problem)
        return RunConfig.model_validate({"name": name, "problem": problem, "algorithm": algorithm})
    settings = [f"algorithm.{key}={value}" for key, value in algorithm.items()]
    return read_study(load_source(name, settings))[0]


def searched(config: RunConfig, layout: Layout) -> Search:
    """Return a search at its end."""
    search = Search(config, layout)
    while search.generation < config.algorithm.generation_limit and search.step():
        pass
    return search


def certified_front(config: RunConfig) -> tuple[Final, Layout]:
    """Return the certified front of a search."""
    problem = build_problem(config)
    study = study_of(config, problem)
    space = DesignSpace(study.variables)
    search = searched(config, Layout(problem, space, study.objectives, study.constraints))
    return final_front(search, config, whole=True), search.layout


def row(name: str, *, seeds: int, population: int, generations: int) -> list[str]:
    """Return what the table says of one problem."""
    fronts, shares = {}, []
    for seed in range(1, seeds + 1):
        algorithm = {"population": population, "generations": generations, "seed": seed}
        config = configured(name, algorithm | {"certify": True})
        final, layout = certified_front(config)
        fronts[seed] = final.f
        shares.append(final.certified.evidence["certified_share"] if final.certified else 0.0)
    by_seed = compare_seeds(fronts, layout.objectives)["by_seed"]
    epsilons = [entry["additive_epsilon"] for entry in by_seed]
    volumes = [entry["share_of_union_hypervolume"] for entry in by_seed]
    return [
        name,
        ", ".join(f"{100.0 * share:.0f} %" for share in shares),
        ", ".join(f"{epsilon:.4f}" for epsilon in epsilons),
        ", ".join(f"{100.0 * (volume or 0.0):.1f} %" for volume in volumes),
    ]


def main(arguments: Sequence[str]) -> None:
    """Print the table."""
    bench = [name for name in problem_names() if name.startswith("heliofront_bench")]
    parser = argparse.ArgumentParser(
        prog="python -m optimize.benchmark.speed.epsilon", description=__doc__
    )
    parser.add_argument("names", nargs="*", default=["baseline", *_KNOWN, *bench])
    parser.add_argument("--seeds", type=whole_number, default=3)
    parser.add_argument("--population", type=whole_number, default=100)
    parser.add_argument("--generations", type=whole_number, default=100)
    options = vars(parser.parse_args(arguments))
    names = options.pop("names")
    with refusing(parser):
        rows = [row(name, **options) for name in names]
    print("\n".join(markdown_table(_HEADS, rows)))


if __name__ == "__main__":
    main(sys.argv[1:])
