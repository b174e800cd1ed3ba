"""The page of the frozen benchmark, written from what the ranking stored and from nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from problems.compute_satellite.variants.frozen_declarations import RETIRED
from problems.text_tables import markdown_table

_QUANTILES = (0.1, 0.9)

_INTRODUCTION = """\
# heliofront-bench v{version}

Written by `{command}`.
{retired}
A frozen engineering problem for multi-objective optimisers: an AI-compute satellite of 100 to \
150 kW in the scenario 2030. It has variables of every kind, some of which matter only under a \
choice; {n_con} constraints, which few random designs meet; and three objectives, each \
of which spans decades. A million designs take a few seconds.

`problems/data/bench_v{version}.json` holds every assumption and every catalogue number in force, \
the variables with their bounds and open choices, objectives, constraints, and a check sample. \
Loading uses these numbers, whatever the tables of a later release say, and is refused when the \
model no longer reproduces the sample to a relative 1e-9. A change of the problem gets a new \
version.

## What is optimised

- *Objectives* (minimised): {objectives}. Each is measured on a logarithmic scale on which 0 is \
the ideal and 1 the reference, so the **reference point is (1, 1, 1)** and the ideal (0, 0, 0); \
what is better than an ideal lies below 0 and counts in full.
- *Constraints*: dimensionless, at most 0 when feasible; designs that violate one do not count.
- *Canonical form*: a variable that a choice makes inactive (the launcher of a satellite made on \
the Moon) has no influence. `bench.canonical(x)` gives it the value that stands for inactive; \
objectives and constraints are those of the canonical design, whatever the gene says.
- *Score*: hypervolume of all feasible designs that a search evaluated, as a share of the best \
known, and IGD+ to the reference front.

## Loading it

```python
import numpy as np
from problems import load_problem

bench = load_problem("{name}")
x = bench.space.sample(1000, np.random.default_rng(1))  # (n, {n_var})
f, g = bench.judge(x)  # (n, 3) objectives, (n, {n_con}) violations
```

pymoo, over real genes (`RelaxedBench`) or over named variables of every kind (`MixedBench`):

```python
from optimize.benchmark.frozen.pymoo import CanonicalForm, RelaxedBench
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.optimize import minimize

algorithm = NSGA2(pop_size=100, repair=CanonicalForm())
result = minimize(RelaxedBench(bench), algorithm, ("n_eval", 20_000), seed=1)
```

Optuna, define-by-run: inactive variables are not suggested, constraints are the trial's own:

```python
import optuna
from optimize.benchmark.frozen.optuna import Objective

study = optuna.create_study(directions=["minimize"] * 3, sampler=optuna.samplers.NSGAIISampler())
study.optimize(Objective(bench), n_trials=500)
```

jMetalPy (`pip install 'heliofront[peers]'`), over real genes; a constraint below 0 is violated \
there, so the sign is turned:

```python
from jmetal.algorithm.multiobjective.nsgaii import NSGAII
from optimize.benchmark.frozen.jmetal import jmetal_evaluator, jmetal_problem

problem = jmetal_problem(bench)
# NSGAII(problem=problem, population_evaluator=jmetal_evaluator(), ...).run()
```

pymoors (Rust, `pip install 'heliofront[peers]'`), over genes of 0 to 1; `penalised` in place of \
`objectives` writes violations into the objectives:

```python
import pymoors
from optimize.benchmark.frozen.pymoors import UnitBench

problem = UnitBench(bench)
limits = pymoors.Constraints(ineq=problem.violations, lower_bound=0.0, upper_bound=1.0)
# pymoors.Nsga2(fitness_fn=problem.objectives, constraints_fn=limits, keep_infeasible=True, ...)
```

EvoMO, EvoX's companion library for several objectives, on PyTorch \
(`pip install 'heliofront[peers-torch]'`), over real genes:

```python
from evomo.workflows import UnifiedWorkflow
from optimize.benchmark.frozen.evomo import evomo_problem

problem = evomo_problem(bench)
# UnifiedWorkflow(evomo.algorithms.NSGA2(...), problem).step()
```

heliofront itself: a configuration with `problem: {name}`.
"""

_RETIRED = """
**Version {version} is a fixture.** It was frozen from an earlier model and needs {needs}, whose \
figures stand below; this release answers `load_problem("{name}")` with that message. What was \
frozen stays readable, definition, check sample and reference front: \
`problems.compute_satellite.variants.frozen.read_bench({version})`. A later version, frozen from \
the model of its day, replaces it on this page.
"""

_FRONT = """
## Reference front and best known hypervolume

**Best known hypervolume: {hypervolume:.6f}** ({designs:,} designs). \
`problems/data/bench_v{version}_front.npz` holds {designs_stored:,} of them, chosen by hypervolume \
(`X`, `F`; {hypervolume_stored:.6f}, {stored_share:.4%} of the best): `read_bench({version})`.

How it was found (`python -m optimize.benchmark.frozen.reference`, {evaluations:,} evaluations, \
{cpu_s:,.0f} s of one core): each of the {architectures} architectures (orbit, launch site, \
launcher, transfer) was searched and polished on its own, which gave \
{hypervolume_architectures:.6f}; each of the {combinations} full combinations of choices with a \
design on that union was searched and polished again over its numbers alone; {whole} searches of \
the whole space were added, polished as well; the union of all was polished once more.
"""

_CITATION = """
## Citing it

Name the benchmark with its version, `heliofront-bench v{version}` (`{name}`), and the \
release of heliofront that loaded it. Give evaluations, seeds, and the share of the best known \
hypervolume above, with reference point (1, 1, 1) on `bench.judge`'s objectives. A front with a \
larger hypervolume is news: please report it.
"""

#: What a reader must know of an entrant, told where it was measured.
_REMARKS = {
    "pymoors": "pymoors 0.2 weighs constraints when parents are picked, not when survivors are, so "
    "few of its designs are feasible; with violations written into the objectives, which is a "
    "user's remedy, it searches as NSGA-II does. It has no default operators: crossover is as in "
    "its documentation, mutation moves one gene on average, by a tenth of its range.",
    "evomo": "EvoX's own NSGA-II knows no constraints; that of EvoMO, its companion library for "
    "several objectives, does. It runs here on the CPU, on one thread, in double precision and not "
    "compiled; it is made for GPUs and for populations of thousands.",
}

_LEFT_OUT = (
    "DESDEO is left out: version 2 needs Python 3.12, this is measured with 3.11, and the last "
    "release that pip offers there (1.1.1) has requirements that cannot be met together."
)


def page(document: Mapping[str, Any], problem: Mapping[str, Any]) -> str:
    """Return the page.

    Parameters
    ----------
    document
        What the ranking stored.
    problem
        The frozen benchmark.
    """
    names = {"name": problem["benchmark"], "version": problem["version"]}
    needs = RETIRED.get(problem["version"])
    objectives = ", ".join(
        f"`{o['output']}` ({o['ideal']:g} to {o['reference']:g})" for o in problem["objectives"]
    )
    introduction = _INTRODUCTION.format(
        command=document["command"],
        objectives=objectives,
        n_con=len(problem["constraints"]),
        n_var=len(problem["variables"]),
        retired=_RETIRED.format(needs=needs, **names) if needs else "",
        **names,
    )
    reference, citation = (
        _reference(problem["front"], problem["version"]),
        _CITATION.format(**names),
    )
    return "".join((introduction, reference, citation, _ranking(document)))


def _reference(front: Mapping[str, Any], version: int) -> str:
    share = front["hypervolume_stored"] / front["hypervolume"]
    text = _FRONT.format(**front, stored_share=share, version=version)
    runs = front["whole_space"]
    if not runs:
        return text
    most = max(run["gained_share"] for run in runs)
    rows = [
        (
            str(run["seed"]),
            f"{run['evaluations']:,}",
            f"{run['hypervolume_share']:.4%}",
            f"{run['gained_share']:.4%}",
        )
        for run in runs
    ]
    head = ("seed", "evaluations", "share of the best", "adds to the front")
    return (
        f"{text}\nEvidence: {len(runs)} further searches of the whole space, by other seeds and "
        f"polished as well, are no part of the front. **None adds more than {most:.4%} of "
        "hypervolume to it.**\n\n" + "\n".join(markdown_table(head, rows, "l" * len(head))) + "\n"
    )


def _ranking(document: Mapping[str, Any]) -> str:
    absent = document["absent"]
    lines = [
        "\n## Ranking\n",
        f"Up to {document['seeds']} seeds; after {document['seconds']:g} s of CPU time of one "
        "entrant at one budget no further seed is begun, but three are always run, so slow "
        "entrants have fewer (column *seeds*). A budget that an entrant cannot afford is left out: "
        "Optuna's samplers have 500 evaluations only, AGE-MOEA-II, SMS-EMOA, pymoo's algorithm for "
        "mixed variables and jMetalPy at most 5,000. All have the same number of designs a "
        "generation, the square root of the budget; operators are the defaults; nothing is "
        "polished, as a run of heliofront would be. *Seconds* are the median of CPU time, model "
        "included, on a shared machine: their order of size is meant; the first run of AGE-MOEA-II "
        "also compiles, so it has three seeds. With three seeds the spread is the range of three "
        "runs, and neighbouring places in a table may well change.",
    ]
    if absent:
        lines.append(f"\nNot installed when this was measured: {', '.join(absent)}.")
    measured = {name for results in document["results"].values() for name in results}
    remarks = [text for name, text in _REMARKS.items() if name in measured]
    lines += ["\n" + " ".join((*remarks, _LEFT_OUT))]
    for budget, results in document["results"].items():
        first = next(iter(results.values()))
        lines += [
            f"\n### {int(budget):,} evaluations, {first['population']} designs a generation\n",
            _standings(results, document["best_hypervolume"]),
        ]
    return "\n".join(lines) + "\n"


def _standings(results: Mapping[str, Any], best: float) -> str:
    """Return the table of one budget, best median share first."""
    ordered = sorted(results.values(), key=lambda row: -float(np.median(row["hypervolume"])))
    rows = []
    for place, row in enumerate(ordered, start=1):
        share = np.array(row["hypervolume"]) / best
        low, high = np.quantile(share, _QUANTILES)
        rows.append(
            (
                str(place),
                row["title"],
                str(row["seeds"]),
                f"{np.median(share):.4f}",
                f"{low:.4f} to {high:.4f}",
                f"{np.median(row['igd_plus']):.4f}",
                f"{np.median(row['feasible_share']):.1%}",
                f"{np.median(row['cpu_s']):.2g}",
            )
        )
    head = (
        "",
        "search",
        "seeds",
        "share of the best hypervolume",
        "10 to 90 %",
        "IGD+",
        "feasible designs",
        "seconds",
    )
    return "\n".join(markdown_table(head, rows, "l" * len(head)))
