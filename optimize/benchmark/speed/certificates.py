"""How much of the front of a run is certified, before its members are moved and afterwards.

The search is repeated, to hold its time against that of the certification.

``python -m optimize.benchmark.speed.certificates [RUN]``
"""

from __future__ import annotations

import sys
import time

from optimize.benchmark.speed.epsilon import searched
from optimize.engine.certificate import certify
from optimize.engine.indicators import hypervolume
from optimize.engine.local_model import Landscape
from optimize.run.certified import certified
from optimize.run.folder import load_run
from problems.text_tables import markdown_table

_REFERENCE = "pareto_outputs/reference"


def main(path: str) -> None:
    """Print the table."""
    run = load_run(path)
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
    main(sys.argv[1] if len(sys.argv) > 1 else _REFERENCE)
