"""The page of the comparison, written from the searches that are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.stats import mannwhitneyu

from optimize.benchmark.slow.problems import task
from optimize.benchmark.slow.searches import POPULATION, SEARCHES, Record
from optimize.benchmark.speed.noninferiority import holm
from problems.text_tables import markdown_table
from problems.units import FloatArray

FEW, MANY = 100, 300
_ALPHA = 0.05  # over all comparisons of the page
_GP = "optuna_gp"
_TITLES = {
    "satellite": "slice of the satellite",
    "re21": "RE21, four-bar truss",
    "re24": "RE24, hatch cover",
    "re31": "RE31, two-bar truss",
}
#: Searches by problem and name.
Kept = Mapping[tuple[str, str], Sequence[Record]]
#: Shares of the best known hypervolume by problem, name and evaluations.
Shares = Mapping[tuple[str, str, int], FloatArray]

_INTRODUCTION = f"""\
# Models that take minutes

Written by `nice -n 10 python -m optimize.benchmark.slow` (extras `gp` and `peers`), which keeps \
every search and continues it, so that more seeds can be added at any time.

When a design takes minutes, some hundred of them is all there is, and what counts is the front \
after {FEW} or {MANY} designs, not the time that a search spends thinking. Compared are Optuna's \
Gaussian processes (`optuna_gp`), its Parzen estimator (`optuna_tpe`), the NSGA-II of this tool, \
and random draws, each with {POPULATION} random designs first or in a generation, one design \
after the other as in a run with a `storage`. The processes are Optuna's; the hypervolume \
improvement that they promise is computed in closed form, and every second design is drawn with \
objectives seen no worse than a tenth of the front's range beyond it, so that the hypervolume's \
reference point lies near the front.

Problems: a **slice of the satellite** with six free variables (array, radiator, shield, altitude, \
a whole number of GPUs, their model), two objectives (cost per exaFLOP, failures per PFLOP/s and \
year) and its constraints, of which three decide; **RE21**, **RE24** and **RE31** of the RE suite \
(Tanabe and Ishibuchi 2020) with two, two and three objectives. The score is the hypervolume of \
all feasible designs seen, as a share of the best known front's (of the slice: that of a search of \
30,000 designs).
"""


def page(kept: Kept) -> str:
    """Return the page."""
    shares = {
        (problem, name, budget): np.array(
            [task(problem).share(r.front(budget)) for r in records if len(r.x) >= budget]
        )
        for (problem, name), records in kept.items()
        for budget in (FEW, MANY)
    }
    head = ("problem", "search", *(f"{b} designs" for b in (FEW, MANY)), "seeds", "s a design")
    lines = [
        _INTRODUCTION,
        "## Result",
        "",
        _caption(),
        "",
        *markdown_table(head, _rows(kept, shares), "llllll"),
    ]
    lines += ["", "## Reading", "", *_verdicts(shares), "", *_LIMITS]
    return "\n".join(lines) + "\n"


def _caption() -> str:
    return (
        "Median over the seeds, quartiles in brackets; *seeds* are those at the smaller and the "
        "larger budget; *s a design* is the processor time of the search for one design on a busy "
        "machine, an order of size. A dash: not measured."
    )


def _rows(kept: Kept, shares: Shares) -> list[tuple[str, ...]]:
    rows = []
    for (problem, name), records in kept.items():
        cells = [shares[problem, name, budget] for budget in (FEW, MANY)]
        cpu_s = [r.cpu_s / len(r.x) for r in records]
        rows.append(
            (
                _TITLES[problem] if name == _GP else "",
                SEARCHES[name],
                *(_spread(values) for values in cells),
                " / ".join(str(len(values)) for values in cells),
                f"{np.median(cpu_s):.2g}" if cpu_s else "–",
            )
        )
    return rows


def _spread(values: FloatArray) -> str:
    if len(values) == 0:
        return "–"
    if len(values) == 1:
        return f"{values[0]:.3f} (one seed)"
    low, median, high = np.quantile(values, (0.25, 0.5, 0.75))
    return f"{median:.3f} ({low:.3f} to {high:.3f})"


def verdicts(shares: Shares, budgets: tuple[int, int]) -> dict[tuple[str, str], str]:
    """Return how Gaussian processes at one budget compare with each other search at another.

    Notes
    -----
    Two-sided rank-sum test (Mann, Whitney 1947) of each pair on each problem, with Holm's
    correction for their number: ``better`` and ``worse`` where it is significant, else ``open``.
    """
    here, there = budgets
    tests = {}
    for problem, name, budget in shares:
        ours, theirs = shares[problem, _GP, here], shares[problem, name, there]
        if name != _GP and budget == there and len(ours) and len(theirs):
            tests[problem, name] = mannwhitneyu(ours, theirs)
    adjusted = holm([float(test.pvalue) for test in tests.values()])
    answer = {}
    for ((problem, name), test), p in zip(tests.items(), adjusted, strict=True):
        half = 0.5 * len(shares[problem, _GP, here]) * len(shares[problem, name, there])
        better = "better" if test.statistic > half else "worse"
        answer[problem, name] = better if p < _ALPHA else "open"
    return answer


def first_by_median(shares: Shares, budget: int) -> list[str]:
    """Return the problems on which no other search has a median as high."""
    first = []
    for problem in dict.fromkeys(problem for problem, *_ in shares):
        medians = {
            name: float(np.median(values))
            for (where, name, after), values in shares.items()
            if (where, after) == (problem, budget) and len(values)
        }
        if _GP in medians and max(medians, key=lambda name: medians[name]) == _GP:
            first.append(problem)
    return first


def _verdicts(shares: Shares) -> list[str]:
    lines = []
    for budget in (FEW, MANY):
        first = ", ".join(first_by_median(shares, budget)) or "none"
        lines.append(f"- Problems on which `{_GP}` has the best median after {budget}: {first}.")
    for budgets in ((FEW, FEW), (MANY, MANY), (FEW, MANY)):
        found = verdicts(shares, budgets)
        here, there = budgets
        if not found:
            lines.append(f"- `{_GP}` with {here} designs: not measured.")
            continue
        parts = []
        for verdict in ("better", "worse", "open"):
            cells = [f"{name} on {p}" for (p, name), v in found.items() if v == verdict]
            if cells:
                parts.append(f"{verdict} in {len(cells)} of {len(found)} ({', '.join(cells)})")
        lines.append(
            f"- `{_GP}` with {here} designs against the others with {there}: {'; '.join(parts)}."
        )
    return lines


_LIMITS = [
    "*Better* and *worse* are two-sided rank-sum tests at 5 % with Holm's correction; *open* says "
    "that the seeds do not tell, not that both are equal.",
    "",
    "What the table does not say: these models take microseconds, so failures and noise of a real "
    "simulation are not in it; they have two to six variables, and a Gaussian process gets weaker, "
    "and slower, with every further one. A draw takes a second of processor time or several, more "
    "with constraints and choices, and grows with the designs seen, so for a model quicker than "
    "that another search gets further in the same time.",
]
