"""Break-even answers, maps and solutions as text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from optimize.analysis.breakeven.curve import Question
from optimize.analysis.breakeven.map import ArchitectureMap
from optimize.analysis.breakeven.questions import RATIO, Answer
from optimize.analysis.breakeven.solve import Solution
from optimize.utils.labels import number
from optimize.utils.terminal import fitted_table


def _heading(question: Question) -> str:
    problem = question.problem
    parts = [f"{question.objective.output} at its best at every point"]
    if problem.scenario:
        parts.append(f"scenario {problem.scenario}")
    if problem.cost_boundary:
        parts.append(f"cost boundary {problem.cost_boundary}")
    return ", ".join(parts)


def curves_text(question: Question, answers: Sequence[Answer]) -> str:
    """Return one block per answer: question, value in force, crossing with its bands."""
    lines = [_heading(question), ""]
    for answer in answers:
        axis = answer.axis
        known = axis.in_force == axis.in_force  # a share of many subsystems has no single value
        force = f" (in force {axis.shown(axis.in_force)})" if known else ""
        lines += [f"{answer.question}{force}", *_wrapped(answer.text), ""]
    return "\n".join(lines).rstrip()


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 96, initial_indent="  ", subsequent_indent="  ")


def map_text(question: Question, grid_map: ArchitectureMap) -> str:
    """Return each architecture's share of the map."""
    rows = [
        [label, f"{share:.0%}", "-" if odds != odds else f"{odds:.0%}"]
        for label, share, odds in grid_map.shares()
    ]
    head = ["architecture", "share of the map", "wins there in so many futures"]
    lines = [_heading(question), f"{grid_map.across.label} × {grid_map.up.label}", ""]
    lines += fitted_table(head, rows, "lrr")
    ratio = grid_map.outputs.get(RATIO)
    if ratio is not None:
        below = float((ratio <= 1.0).mean())
        lines += ["", f"Cheaper than the ground on {below:.0%} of the map."]
    return "\n".join(lines)


def solution_text(question: Question, solution: Solution) -> str:
    """Return the answer, and the curve it was read from."""
    first = "design as given, nothing re-optimised" if solution.fixed_design else _heading(question)
    rows = [
        [solution.axis.shown(float(a), unit="1"), number(float(b)), w]
        for a, b, w in zip(
            solution.points,
            solution.values,
            solution.winners or [""] * len(solution.points),
            strict=True,
        )
    ]
    heads = [solution.axis.name, solution.output, "architecture"]
    width = 3 if solution.winners else 2
    rows = [row[:width] for row in rows]
    return "\n".join([first, solution.text, "", *fitted_table(heads[:width], rows, "rrl"[:width])])
