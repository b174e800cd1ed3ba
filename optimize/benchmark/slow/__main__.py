"""Compare searches at some hundred designs: ``nice -n 10 python -m optimize.benchmark.slow``.

Runs Gaussian processes, the Parzen estimator, NSGA-II and random draws on a slice of the satellite
and three problems of the RE suite, seed by seed, the smaller budget first, and writes
``docs/slow_models.md``. Searches are kept in ``build/bench`` while they run, and continued from
there; needs the extras ``gp`` and ``peers``.
"""

from __future__ import annotations

import argparse
import itertools
import time
from pathlib import Path

from optimize.benchmark.arguments import counts, refusing, whole_number
from optimize.benchmark.frozen.installed import demand
from optimize.benchmark.slow.page import page
from optimize.benchmark.slow.problems import RE_PROBLEMS
from optimize.benchmark.slow.searches import SEARCHES, Record, search, stored
from optimize.config.traits import missing_packages
from optimize.utils.files import write_text_atomic

_DOCS = Path(__file__).parents[3] / "docs"


def run_searches(seeds: int, budgets: list[int], minutes: float) -> None:
    """Run what is missing; none is begun or lengthened after so many minutes."""
    end = time.monotonic() + 60.0 * minutes
    places = itertools.product(budgets, range(1, seeds + 1), ("satellite", *RE_PROBLEMS), SEARCHES)
    for evaluations, seed, problem, name in places:
        if time.monotonic() > end:
            return
        search(problem, name, seed, evaluations)
        print(f"{evaluations} {problem} {name}: seed {seed}", flush=True)


def kept_searches(seeds: int) -> dict[tuple[str, str], list[Record]]:
    """Return the searches kept, by problem and name."""
    cells = itertools.product(("satellite", *RE_PROBLEMS), SEARCHES)
    return {
        cell: [r for seed in range(1, seeds + 1) if (r := stored(*cell, seed)) is not None]
        for cell in cells
    }


def main() -> None:
    """Measure, write and print."""
    parser = argparse.ArgumentParser(
        prog="python -m optimize.benchmark.slow",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seeds", type=whole_number, default=11)
    parser.add_argument(
        "--evaluations",
        type=counts,
        default="100,300",
        help="budgets, the smaller first, separated by a comma",
    )
    parser.add_argument(
        "--minutes", type=float, default=600.0, help="begin no further search after that"
    )
    parser.add_argument(
        "--page", action="store_true", help="only write the page, from what is kept"
    )
    parser.add_argument("--out", type=Path, default=_DOCS, help="folder of slow_models.md")
    options = parser.parse_args()
    if (missing := missing_packages("optuna_gp")) is not None and not options.page:
        parser.exit(2, f"{missing}\n")
    with refusing(parser):
        demand("jmetal", "jMetalPy, which has the RE problems,", "peers")
    if not options.page:
        run_searches(options.seeds, options.evaluations, options.minutes)
    text = page(kept_searches(options.seeds))
    write_text_atomic(options.out / "slow_models.md", text)
    print(text)


if __name__ == "__main__":
    main()
