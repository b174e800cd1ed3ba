"""The odds of designs as text for a terminal and as plain data."""

from __future__ import annotations

from typing import Any

import numpy as np

from optimize.analysis.sensitivity.odds_study import Contest, Odds
from optimize.utils.labels import number, pretty_unit, quantity, sentence, title, words
from optimize.utils.terminal import fitted_table


def to_text(odds: Odds) -> str:
    """Return distributions and contests as tables."""
    sentences = _headline(odds)
    heading = f"Odds of {odds.front.title} in {odds.futures} futures"
    shown = odds.shown
    names = [sentence(text) for text in shown.titles]
    lines = [
        *sentences,
        heading,
        "=" * len(heading),
        f"{len(odds.assumptions)} assumptions vary",
        "",
    ]
    rows = [
        [name, identity, f"{float(odds.limits.feasible_frac[row]):.0%}"]
        for name, identity, row in zip(names, shown.ids, odds.rows, strict=True)
    ]
    lines += fitted_table(("", "design", "holds every\nlimit in"), rows, "llr")
    if odds.front.constraints:
        lines.append(f"Limits, over all {len(odds.front.ids)} members: {odds.limits.text()}.")
    for output in odds.nominal:
        lines += ["", *_output_lines(odds, output, names)]
    return "\n".join(lines) + "\n"


def _headline(odds: Odds) -> list[str]:
    """Return one sentence: which design wins the first contest, how often, and how widely."""
    if not odds.contests:
        return []
    output, contest = next(iter(odds.contests.items()))
    declared, spread = odds.front.problem.outputs[output], odds.spreads[output]
    i = int(np.argmax(contest.best))
    held = float(odds.limits.feasible_frac[odds.rows[i]])
    extreme = "lowest" if contest.sense == "min" else "highest"
    text = (
        f"{sentence(odds.shown.titles[i])} has the {extreme} "
        f"{words(output, declared.unit)} of these in {float(contest.best[i]):.0%} of "
        f"{odds.futures:,} futures, {number(float(spread.p5[i]), 3)} to "
        f"{quantity(float(spread.p95[i]), declared.unit, 3)} in nine of ten, and holds every limit "
        f"in {held:.0%}."
    )
    return [text, ""]


def _output_lines(odds: Odds, output: str, names: list[str]) -> list[str]:
    declared = odds.front.problem.outputs[output]
    spread, contest = odds.spreads[output], odds.contests.get(output)
    header = ["", "nominal", "mean", "sd", "P5", "P50", "P95"]
    columns = [odds.nominal[output], spread.mean, spread.sd, spread.p5, spread.p50, spread.p95]
    if contest is not None:
        header += ["mean of\nworst tenth", "best of\nthese in", "regret", "regret\nif feasible"]
    rows = []
    for i, name in enumerate(names):
        cells = [name, *(number(float(column[i]), 3) for column in columns)]
        if contest is not None:
            cells += [number(float(contest.tail[i]), 3), f"{float(contest.best[i]):.0%}"]
            regret, row = contest.regret, odds.rows[i]
            cells += [number(float(v[row]), 3) for v in (regret.anyhow, regret.workable)]
        rows.append(cells)
    lines = [title(declared), *fitted_table(header, rows)]
    if contest is not None:
        lines += _contest_lines(odds, contest, names, pretty_unit(declared.unit))
    missing = float(spread.missing_frac.max())
    if missing > 0.0:
        lines.append(f"! no finite value in up to {missing:.1%} of the futures; they are left out")
    return lines


def _contest_lines(odds: Odds, contest: Contest, names: list[str], unit: str) -> list[str]:
    lines = []
    if len(names) > 1:
        header = ("chance that it beats", *(name.replace(", ", ",\n") for name in names))
        rows = [
            [name, *("" if i == j else f"{float(v):.0%}" for j, v in enumerate(contest.beats[i]))]
            for i, name in enumerate(names)
        ]
        lines += ["", *fitted_table(header, rows)]
    members = len(odds.front.ids)
    lines += [
        f"Regret: on average against the best of all {members} members in hindsight, limits aside;",
        "if feasible: in futures in which it holds every limit, against the best that does.",
    ]
    if contest.workable_frac < 1.0:
        lines.append(
            f"In {1.0 - contest.workable_frac:.0%} of the futures no member of the front holds "
            "every limit."
        )
    lines.append(
        "Choosing with everything known would save "
        f"{quantity(contest.worth_all, unit, 3)} on average."
    )
    return lines


def to_json(odds: Odds) -> dict[str, Any]:
    """Return everything found as plain values; regret for every member of the front."""
    shown = odds.shown
    return {
        "title": odds.front.title,
        "futures": odds.futures,
        "seed": odds.seed,
        "assumptions": list(odds.assumptions),
        "designs": [
            {
                "design_id": identity,
                "title": text,
                "feasible_share": float(odds.limits.feasible_frac[row]),
            }
            for identity, text, row in zip(shown.ids, shown.titles, odds.rows, strict=True)
        ],
        "broken_share": dict(odds.limits.broken_frac),
        "outputs": [_output_json(odds, output) for output in odds.nominal],
    }


def _output_json(odds: Odds, output: str) -> dict[str, Any]:
    spread, contest = odds.spreads[output], odds.contests.get(output)
    names = ("mean", "sd", "p5", "p50", "p95", "missing_frac")
    answer: dict[str, Any] = {
        "output": output,
        "unit": odds.front.problem.outputs[output].unit,
        "nominal": odds.nominal[output].tolist(),
        "distribution": {name: getattr(spread, name).tolist() for name in names},
    }
    if contest is None:
        return answer
    columns = (
        odds.front.ids,
        contest.regret.anyhow,
        contest.regret.workable,
        odds.limits.feasible_frac,
    )
    return answer | {
        "sense": contest.sense,
        "worst_tenth_mean": contest.tail.tolist(),
        "best_share": contest.best.tolist(),
        "beats_share": contest.beats.tolist(),
        "workable_share": contest.workable_frac,
        "value_of_perfect_information": contest.worth_all,
        "regret": [
            {
                "design_id": identity,
                "anyhow": float(anyhow),
                "if_feasible": float(workable),
                "feasible_share": float(share),
            }
            for identity, anyhow, workable, share in zip(*columns, strict=True)
        ],
    }
