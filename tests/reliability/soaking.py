"""One long run in a process of its own, its memory and its checkpoints watched.

``python -m tests.reliability.soaking OUT EVALUATIONS true|false`` prints what it found as JSON;
the last argument says whether every design is stored.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from optimize.config.overrides import load_source
from optimize.config.study import read_study
from optimize.engine.search import Search
from optimize.run.checkpoint import Checkpoint
from optimize.run.session import Session
from optimize.run.start import start_run
from tests.optimize.conftest import ROOT

_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere


class Watch:
    """Memory of this process after every generation; CPU time the search gives to checkpoints."""

    def __init__(self) -> None:
        self.process = psutil.Process()
        self.memory_mb: list[float] = []
        self.checkpoint_s = 0.0

    def __call__(self, search: Search) -> None:
        self.memory_mb.append(self.process.memory_info().rss / 1e6)

    def timed(self, good: Callable[..., Any]) -> Callable[..., Any]:
        """Count what a method takes as time of checkpoints."""

        def call(*args: Any) -> Any:
            outer, start = self.checkpoint_s, time.thread_time()
            try:
                return good(*args)
            finally:  # what was called inside is part of it, not added once more
                self.checkpoint_s = outer + time.thread_time() - start

        return call


def soak(out: Path, evaluations: int, stored: str) -> dict[str, float]:
    """Carry out a run like the main job, of a given length; return what was watched."""
    settings = (
        "algorithm.population=1000",
        f"algorithm.generations={evaluations // 1000}",
        f"output.evaluations={stored}",
        "output.figures=false",
    )
    watch = Watch()
    # What a checkpoint costs the search: saving, and handing designs over to be stored.
    Session._save = watch.timed(Session._save)  # type: ignore[method-assign]
    Checkpoint.add_part = watch.timed(Checkpoint.add_part)  # type: ignore[method-assign]
    config, study = read_study(load_source(str(ROOT / "configs" / "baseline.yaml"), settings))
    start = time.process_time()
    run = start_run(config, study, out=out, progress=watch).run
    seconds = time.process_time() - start
    warm = max(len(watch.memory_mb) // 10, 120)  # by then designs have been stored twice
    return {
        "evaluations": run.manifest["evaluations"],
        "distinct": run.manifest["distinct_evaluations"] or 0,
        "growth_mb": max(watch.memory_mb[warm:], default=0.0) - max(watch.memory_mb[:warm]),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _PEAK_UNIT / 1e6,
        "share": watch.checkpoint_s / seconds,
    }


if __name__ == "__main__":
    print(json.dumps(soak(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])))
