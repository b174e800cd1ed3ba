"""What tracing a certified front gains in hypervolume, against searching on for as long.

``python -m optimize.benchmark.speed.tracing [NAME ...]`` prints it for two known fronts and the
baseline. Tracing starts in the middle of members that are neighbours and have the same choices,
the widest gaps first, and corrects each start by the refinement that certificates use, towards the
front and along no objective more than along another.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

import numpy as np
from scipy.spatial import cKDTree

from optimize.benchmark.arguments import refusing
from optimize.benchmark.speed.epsilon import configured, searched
from optimize.config.study import study_of
from optimize.engine.certificate import EXACT_LIMIT
from optimize.engine.indicators import hypervolume, normalised
from optimize.engine.local_model import Landscape
from optimize.engine.refine import refine
from optimize.evaluation.build import build_problem
from optimize.evaluation.tables import Layout
from optimize.run.certified import certified
from optimize.run.final import final_front
from problems.space import DesignSpace
from problems.text_tables import markdown_table
from problems.units import FloatArray

_NAMES = ("dtlz2", "zdt1", "baseline")
_HEADS = ("", "pairs", "feasible starts", "tracing: gain, CPU s", "searching on: gain, CPU s")


def middles(land: Landscape, x: FloatArray) -> FloatArray:
    """Return designs between neighbours of the same choices, the widest gaps first.

    Each member is paired with its nearest ones in the objectives, as many as there are; in all at
    most as many pairs as members.
    """
    places = normalised(land.at(x)[0], land.objectives)
    others = np.setdiff1d(np.arange(x.shape[1]), land.columns)
    pairs = set()
    for kind in np.unique(x[:, others], axis=0):
        alike = np.flatnonzero((x[:, others] == kind).all(axis=1))
        count = range(1, 2 + len(land.objectives))
        nearest = np.asarray(cKDTree(places[alike]).query(places[alike], k=count)[1])
        for own, near in enumerate(nearest):
            pairs |= {
                (min(alike[own], alike[i]), max(alike[own], alike[i]))
                for i in near[1:]
                if i < len(alike)
            }
    if not pairs:
        return x[:0]
    a, b = np.array(sorted(pairs)).T
    widest = np.argsort(-np.linalg.norm(places[a] - places[b], axis=1), kind="stable")[: len(x)]
    u = land.units(x)
    return land.rows(x[a[widest]], 0.5 * (u[a[widest]] + u[b[widest]]))


def row(name: str, *, population: int = 100, generations: int = 100) -> list[str]:
    """Return what the table says of one problem."""
    settings = {"name": "nsga2", "population": population, "generations": generations}
    config = configured(name, settings)
    problem = build_problem(config)
    study = study_of(config, problem)
    layout = Layout(problem, DesignSpace(study.variables), study.objectives, study.constraints)
    land = Landscape.of(problem, layout.space, layout.objectives, layout.constraints)
    search = searched(config, layout)
    front = certified(layout, final_front(search, config, whole=True).x)
    seen = np.concatenate((search.archive.f, front.f))
    volume = hypervolume(seen, layout.objectives)
    begun = time.process_time()
    starts = middles(land, front.x)
    feasible = starts[(land.at(starts)[1] <= 0.0).all(axis=1)]
    found = land.at(refine(land, feasible, limit=EXACT_LIMIT).x)[0]
    traced_s = time.process_time() - begun
    traced = hypervolume(np.concatenate((seen, found)), layout.objectives) - volume
    begun = time.process_time()
    while time.process_time() - begun < traced_s and search.step():
        pass
    searched_s = time.process_time() - begun
    more = np.concatenate((search.archive.f, front.f))
    gained = hypervolume(more, layout.objectives) - volume
    ways = ((traced, traced_s), (gained, searched_s))
    return [
        name,
        str(len(starts)),
        str(len(feasible)),
        *(f"{gain:.5f} in {seconds:.2f}" for gain, seconds in ways),
    ]


def main(arguments: Sequence[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m optimize.benchmark.speed.tracing", description=__doc__
    )
    parser.add_argument("names", nargs="*", default=_NAMES, help="configurations or problems")
    with refusing(parser):
        rows = [row(name) for name in parser.parse_args(arguments).names]
    print("\n".join(markdown_table(_HEADS, rows)))


if __name__ == "__main__":
    main(sys.argv[1:])
