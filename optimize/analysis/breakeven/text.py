"""Break-even answers, maps and solutions as text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np

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
    lines = [*headline(answers), _heading(question), ""]
    for answer in answers:
        axis = answer.axis
        known = axis.in_force == axis.in_force  # a share of many subsystems has no single value
        force = f" (in force {axis.shown(axis.in_force)})" if known else ""
        lines += [f"{answer.question}{force}", *_wrapped(answer.text), ""]
    return "\n".join(lines).rstrip()


def headline(answers: Sequence[Answer]) -> list[str]:
    """Return one sentence: where the ground is met, or how near the best value asked for comes."""
    ratios = [a for a in answers if a.ratio and np.isfinite(a.curves["nominal"]).any()]
    if not ratios:
        return []
    met = [a for a in ratios if a.crossing["nominal"]]
    if met:
        places = " or at ".join(_place(a, a.crossing["nominal"][0]) for a in met)
        return [f"A FLOP from orbit costs what it costs on the ground at {places}.", ""]
    nearest = min(ratios, key=lambda a: float(np.nanmin(a.curves["nominal"])))
    at = int(np.nanargmin(nearest.curves["nominal"]))
    times = number(float(nearest.curves["nominal"][at]), 2)
    place = _place(nearest, float(nearest.points[at]))
    if float(nearest.curves["nominal"][at]) < 1.0:
        largest = max(float(np.nanmax(a.curves["nominal"])) for a in ratios)
        text = f"A FLOP from orbit costs at most {number(largest, 2)} times the ground everywhere"
        return [f"{text}, and {times} times at {place}.", ""]
    return [f"Even at {place} a FLOP from orbit costs {times} times the ground.", ""]


def _place(answer: Answer, value: float) -> str:
    title = answer.axis.title
    return f"a{'n' * (title[0] in 'aeiou')} {title} of {answer.axis.shown(value, 3)}"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 96, initial_indent="  ", subsequent_indent="  ")


def map_text(question: Question, grid_map: ArchitectureMap) -> str:
    """Return each architecture's share of the map."""
    rows = [
        [label, f"{share:.0%}", "-" if odds != odds else f"{odds:.0%}"]
        for label, share, odds in grid_map.shares()
    ]
    head = ["architecture", "share of the map", "wins there in so many futures"]
    lines = [f"{rows[0][0]} is best on {rows[0][1]} of the map{_cheaper(grid_map)}.", ""]
    lines += [_heading(question), f"{grid_map.across.label} × {grid_map.up.label}", ""]
    return "\n".join(lines + fitted_table(head, rows, "lrr"))


def _cheaper(grid_map: ArchitectureMap) -> str:
    """Return on how much of the map orbit is cheaper than the ground, where that was asked."""
    ratio = grid_map.outputs.get(RATIO)
    if ratio is None:
        return ""
    return f", and orbit cheaper than the ground on {float((ratio <= 1.0).mean()):.0%} of it"


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
