"""How much of the front of a run is certified, before its members are moved and afterwards.

The search is repeated, to hold its time against that of the certification. Both use the compiled
model where LLVM is installed.

``python -m optimize.benchmark.speed.certificates [RUN]``
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from optimize.benchmark.arguments import refusing
from optimize.benchmark.speed.epsilon import configured, searched
from optimize.config.backend import fastest
from optimize.config.study import study_of
from optimize.engine.certificate import certify
from optimize.engine.indicators import hypervolume
from optimize.engine.local_model import Landscape
from optimize.evaluation.build import build_problem
from optimize.evaluation.tables import Layout
from optimize.run.certified import certificate_text, certified
from optimize.run.final import final_front
from optimize.run.folder import load_run
from problems.space import DesignSpace
from problems.text_tables import markdown_table

_REFERENCE = "pareto_outputs/reference"
_SIZE = {"population": 100, "generations": 100, "seed": 1}


def measure(name: str) -> dict[str, Any]:
    """Return processor seconds of a search and of certifying its front, and what that found."""
    config = configured(name, {"name": "nsga2", **_SIZE})
    problem = build_problem(config)
    study = study_of(config, problem)
    layout = Layout(problem, DesignSpace(study.variables), study.objectives, study.constraints)
    layout.use_backend(fastest(), config.algorithm.population)
    begun = time.process_time()
    search = searched(config, layout)
    search_s = time.process_time() - begun
    front = final_front(search, config, whole=True)
    begun = time.process_time()
    evidence = certified(layout, front.x).evidence
    return {**_SIZE, "search_s": search_s, "s": time.process_time() - begun, **evidence}


def to_text(result: Mapping[str, Any]) -> str:
    """Return the line of a measurement.

    Examples
    --------
    >>> to_text({"population": 100, "generations": 100, "search_s": 2.0, "s": 5.0,
    ...          "certified_share": 0.97, "residual_limit": 1e-6, "swaps_that_dominate": 0})
    'front of 100 x 100 generations, 2.0 s: Certified 97 %, in 5.0 s'
    """
    size = f"front of {result['population']} x {result['generations']} generations"
    found = f"{certificate_text(result)}, in {result['s']:.1f} s"
    return f"{size}, {result['search_s']:.1f} s: {found}"


def main(arguments: Sequence[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m optimize.benchmark.speed.certificates", description=__doc__
    )
    parser.add_argument("run", nargs="?", default=_REFERENCE, help="folder of a run")
    path = parser.parse_args(arguments).run
    with refusing(parser):
        run = load_run(path)
    run.layout.use_backend(fastest(), run.config.algorithm.population)
    land = Landscape.of(run.problem, run.space, run.objectives, run.constraints)
    begun = time.process_time()
    before = certify(land, run.front_x).evidence(land, 0.0)
    alone_s = time.process_time() - begun
    begun = time.process_time()
    front = certified(run.layout, run.front_x)
    whole_s = time.process_time() - begun
    begun = time.process_time()
    searched(run.config, run.layout)
    search_s = time.process_time() - begun
    volumes = (hypervolume(f, run.objectives) for f in (land.at(run.front_x)[0], front.f))
    rows = [
        [key, *(str(side[key]) for side in (before, front.evidence))]
        for key in before
        if key != "seconds"
    ]
    rows.append(["members", str(len(run.front_x)), str(len(front.x))])
    rows.append(["hypervolume", *(f"{volume:.6f}" for volume in volumes)])
    rows.append(["CPU seconds", f"{alone_s:.1f}", f"{whole_s:.1f}"])
    rows.append(["CPU seconds of the search", f"{search_s:.1f}", ""])
    print("\n".join(markdown_table(("", "as stored", "moved and certified"), rows)))


if __name__ == "__main__":
    main(sys.argv[1:])
