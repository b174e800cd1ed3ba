"""How fast the model and the engine are, each beside peers in the same run.

``python -m optimize.benchmark.speed`` evaluates random designs of the shipped problem with every
output, in batches of several sizes, then measures the engine (see
:mod:`optimize.benchmark.speed.engine`), what certifying a front costs
(:mod:`optimize.benchmark.speed.certificates`) and the time to a good front
(:mod:`optimize.benchmark.speed.race`), and ends with every target beside its figure. When the
package ``spacedc-mdao`` is installed, its evaluation of one design takes turns with ours, so both
see the same machine in the same state; their models answer different questions, hence the ratio
says how long a search takes, not which is better.
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from optimize.benchmark.arguments import whole_number
from optimize.benchmark.speed import certificates
from optimize.benchmark.speed.backends import (
    QUICK_SIZES,
    backends_text,
    measure_backends,
)
from optimize.benchmark.speed.backends import SIZES as BACKEND_SIZES
from optimize.benchmark.speed.engine import POPULATIONS, QUICK_POPULATIONS, measure_engine, to_text
from optimize.benchmark.speed.race import Plan, race
from optimize.benchmark.speed.race import to_text as race_text
from optimize.benchmark.speed.targets import (
    backend_targets,
    certificate_targets,
    engine_targets,
    race_targets,
)
from optimize.utils.files import to_json
from problems.registry import load_problem
from problems.space import Problem
from problems.units import FloatArray

SIZES = (100, 1000, 10_000, 100_000)
_SEED = 1
_SHORTEST_S = 0.2  # a timing repeats its call until it lasts at least this long


def rate(call: Callable[[], object], n: int) -> float:
    """Return designs per second of a call that handles ``n`` of them."""
    calls = 0
    start = time.perf_counter()
    while (passed := time.perf_counter() - start) < _SHORTEST_S:
        call()
        calls += 1
    return calls * n / passed


def sample(problem: Problem, n: int) -> FloatArray:
    """Return ``n`` random designs of the whole space."""
    x = problem.space.sample(n, np.random.default_rng(_SEED))
    return problem.canonical(x)


def peer_call() -> Callable[[], object] | None:
    """Return the peer's evaluation of one design, or None when it is not installed."""
    if importlib.util.find_spec("orbitdc") is None:
        return None
    import orbitdc  # type: ignore[import-not-found, unused-ignore]  # a peer, optional

    satellite = {
        "orbit": {"altitude_km": 650.0, "inclination_deg": 98.0},
        "architecture": {"satellites": 1, "accelerators_per_satellite": 80},
    }
    scenario = orbitdc.load_scenario_dict(
        {"name": "bench", "kind": "space", "mission_life_years": 5.0, "space": satellite}
    )
    powers = iter(np.random.default_rng(_SEED).uniform(30.0, 200.0, 1_000_000).tolist())

    def evaluate_one() -> object:
        return orbitdc.evaluate_space(
            scenario, overrides={"solar_specific_power_w_per_kg": next(powers)}
        )

    return evaluate_one


def measure(problem: Problem, repeats: int, sizes: Sequence[int] = SIZES) -> dict[str, Any]:
    """Return median designs per second by batch size, and the peer's, measured in turns."""
    batches = {n: sample(problem, n) for n in sizes}
    calls: dict[str, tuple[Callable[[], object], int]] = {
        str(n): (functools.partial(problem.evaluate, x), n) for n, x in batches.items()
    }
    peer = peer_call()
    if peer is not None:
        calls["peer"] = (peer, 1)
    rates: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(repeats):
        for name, (call, n) in calls.items():
            rates[name].append(rate(call, n))
    medians = {name: statistics.median(values) for name, values in rates.items()}
    peer_rate = medians.pop("peer", None)
    return {
        "problem": problem.name,
        "outputs": len(problem.outputs),
        "repeats": repeats,
        "designs_per_s": medians,
        "peer_designs_per_s": peer_rate,
        "ratio_to_peer": {n: r / peer_rate for n, r in medians.items()} if peer_rate else None,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m optimize.benchmark.speed", description=__doc__)
    parser.add_argument("--repeats", type=whole_number, default=5)
    parser.add_argument("--quick", action="store_true", help="small batches and populations only")
    parser.add_argument("--config", default="configs/baseline.yaml", help="what the engines search")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    sizes = SIZES[:2] if options.quick else SIZES
    populations = QUICK_POPULATIONS if options.quick else POPULATIONS
    rates = measure(load_problem(), options.repeats, sizes)
    if not options.json:
        _print_model(rates)
    backends = measure_backends(
        options.config, options.repeats, QUICK_SIZES if options.quick else BACKEND_SIZES
    )
    if not options.json:
        print(backends_text(backends), flush=True)
    engines = measure_engine(options.config, populations, options.repeats)
    if not options.json:
        print(to_text(engines), flush=True)
    proof = certificates.measure(options.config)
    if not options.json:
        print(certificates.to_text(proof), flush=True)
    targets = engine_targets(engines) + backend_targets(backends) + certificate_targets(proof)
    race_result = None
    if not options.quick:
        race_result = race(options.config, Plan())
        targets += race_targets(race_result)
    if options.json:
        verdicts = [
            {"name": t.name, "figure": t.figure, "limit": t.limit, "met": t.met} for t in targets
        ]
        document = {
            **rates,
            "backends": backends,
            "engines": engines,
            "certificate": proof,
            "race": race_result,
            "targets": verdicts,
        }
        print(to_json(document), end="")
        return
    if race_result is not None:
        print(race_text(race_result))
    print("targets")
    for target in targets:
        print(f"  {target.text}")


def _print_model(rates: dict[str, Any]) -> None:
    """Print designs per second."""
    print(f"{rates['problem']}: all {rates['outputs']} outputs, median of {rates['repeats']}")
    for n, value in rates["designs_per_s"].items():
        line = f"  batch of {int(n):>7,}: {value:>12,.0f} designs/s"
        if rates["ratio_to_peer"]:
            line += f"  ({rates['ratio_to_peer'][n]:,.0f} times spacedc-mdao)"
        print(line)
    if rates["peer_designs_per_s"]:
        print(f"  spacedc-mdao:     {rates['peer_designs_per_s']:>12,.0f} designs/s")
    else:
        print("  spacedc-mdao is not installed: pip install 'heliofront[peers]' to compare")
