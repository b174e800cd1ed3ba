"""Architectures: the choices that say where a satellite flies and how it gets there."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np

from problems.space import DesignSpace, Problem
from problems.units import FloatArray

#: Choices that together are called an architecture, where a problem has them.
ARCHITECTURE = ("orbit", "launch_site", "transfer")
_MOST_ISLANDS = 64  # choices that would make more are searched like any other


class Architecture(NamedTuple):
    """Choices that define an architecture, by variable."""

    choices: tuple[tuple[str, str], ...]

    @property
    def label(self) -> str:
        """Name for tables and legends."""
        return " / ".join(choice for _, choice in self.choices) or "all"


def architecture_columns(space: DesignSpace) -> tuple[int, ...]:
    """Return positions of the free choices that define an architecture."""
    named = [i for i in space.free if space.names[i] in ARCHITECTURE]
    choices = named or [i for i in space.free if space.variables[i].kind == "choice"]
    while np.prod([len(space.variables[i].codes) for i in choices]) > _MOST_ISLANDS:
        choices.pop()
    return tuple(choices)


def architecture_codes(problem: Problem, space: DesignSpace) -> FloatArray:
    """Return ``(n, choices)`` codes of every architecture that is one of its own."""
    columns = architecture_columns(space)
    options = [space.variables[i].codes for i in columns]
    rows = list(itertools.product(*options))
    codes = np.array(rows, dtype=np.float64).reshape(len(rows), len(columns))
    x = np.tile(space.defaults, (len(codes), 1))
    x[:, columns] = codes
    same = (problem.canonical(x, space)[:, columns] == codes).all(axis=1)
    return np.asarray(codes[same])


def architectures(problem: Problem, space: DesignSpace) -> list[Architecture]:
    """Return every architecture in the order of :func:`architecture_codes`."""
    columns = architecture_columns(space)
    return [
        Architecture(
            tuple(
                (space.names[i], space.variables[i].choices[int(code)])
                for i, code in zip(columns, row, strict=True)
            )
        )
        for row in architecture_codes(problem, space)
    ]
