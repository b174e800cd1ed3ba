"""Boxes on floors, placed so that the lines between them cross little and bend little.

The steps are those of Sugiyama, Tagawa and Toda: a line that passes a floor gets a point there, the
order on each floor follows the mean place of the neighbours, and places are the nearest to these
means that keep order and distance.

References
----------
Sugiyama, Tagawa, Toda, IEEE Trans. Systems, Man and Cybernetics 11 (1981) 109,
doi:10.1109/TSMC.1981.4308636.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import isotonic_regression

from problems.units import FloatArray

Link = tuple[str, str]
_SWEEPS = 24
_STIFF = 8.0  # how much more a bend inside a link counts than one at its end


class Layers:
    """Nodes on floors, and the points of each link from its upper to its lower end.

    Parameters
    ----------
    floors
        Names of the boxes by floor, from the ground.
    links
        Upper and lower box of every link.
    widths
        Width of every box; a link needs ``gap`` to pass.
    gap
        Distance between neighbours.
    """

    def __init__(
        self,
        floors: Sequence[Sequence[str]],
        links: Sequence[Link],
        widths: Mapping[str, float],
        gap: float,
    ) -> None:
        self.floors = [list(names) for names in floors]
        self.widths, self.gap = dict(widths), gap
        level = {name: i for i, names in enumerate(floors) for name in names}
        self.paths: dict[Link, list[str]] = {}
        for upper, lower in links:
            between = range(level[upper] - 1, level[lower], -1)
            points = [f"{upper} > {lower} @ {floor}" for floor in between]
            for floor, point in zip(between, points, strict=True):
                self.floors[floor].append(point)
                self.widths[point] = 0.0
            self.paths[upper, lower] = [upper, *points, lower]
        steps = [pair for path in self.paths.values() for pair in itertools.pairwise(path)]
        self.neighbours: dict[str, list[str]] = {n: [] for names in self.floors for n in names}
        for a, b in steps:
            self.neighbours[a].append(b)
            self.neighbours[b].append(a)
        self._steps = [(level.get(b, -1), a, b) for a, b in steps]

    def crossings(self) -> int:
        """Return how often links cross with the present order on the floors."""
        place = {name: i for names in self.floors for i, name in enumerate(names)}
        height = {name: i for i, names in enumerate(self.floors) for name in names}
        by_floor: dict[int, list[tuple[int, int]]] = {}
        for _, a, b in self._steps:
            by_floor.setdefault(height[a], []).append((place[a], place[b]))
        return sum(
            (a - c) * (b - d) < 0
            for pairs in by_floor.values()
            for (a, b), (c, d) in itertools.combinations(pairs, 2)
        )

    def untangle(self) -> None:
        """Order every floor by the mean place of its neighbours; keep what crosses least."""
        best, fewest = [list(names) for names in self.floors], self.crossings()
        for sweep in range(_SWEEPS):
            for names in self.floors if sweep % 2 else reversed(self.floors):
                place = self._shares()
                names.sort(key=lambda name: (_mean(place, self.neighbours[name], name), name))
            if self.crossings() < fewest:
                best, fewest = [list(names) for names in self.floors], self.crossings()
        self.floors = best

    @property
    def width(self) -> float:
        """Width that the fullest floor needs."""
        return max(
            sum(self.widths[name] for name in names) + self.gap * (len(names) - 1)
            for names in self.floors
        )

    def _shares(self) -> dict[str, float]:
        return {
            name: (i + 0.5) / len(names) for names in self.floors for i, name in enumerate(names)
        }

    def places(self) -> dict[str, float]:
        """Return the middle of every node, from 0 to :attr:`width`."""
        place = {name: share * self.width for name, share in self._shares().items()}
        for sweep in range(4 * _SWEEPS):
            for names in self.floors if sweep % 2 else reversed(self.floors):
                wanted = [self._straight(place, name) for name in names]
                place |= zip(names, self._apart(names, np.array(wanted)), strict=True)
        return place

    def _straight(self, place: Mapping[str, float], name: str) -> float:
        """Return the place that bends a node's links least, those inside a link above all."""
        pulls = {
            neighbour: _STIFF if not self.widths[name] and not self.widths[neighbour] else 1.0
            for neighbour in self.neighbours[name]
        }
        total = sum(pulls.values())
        return sum(place[n] * pull for n, pull in pulls.items()) / total if pulls else place[name]

    def _apart(self, names: Sequence[str], wanted: FloatArray) -> list[float]:
        """Return the places nearest to those wanted that keep order, distance and margins."""
        half = np.array([self.widths[name] / 2.0 for name in names])
        step = half[:-1] + half[1:] + self.gap
        offset = np.concatenate(([0.0], np.cumsum(step)))
        weight = np.where(half > 0.0, 1.0, _STIFF)
        level = isotonic_regression(wanted - offset, weights=weight).x
        low, high = half[0], self.width - half[-1] - offset[-1]
        return list(map(float, np.clip(level, low, max(low, high)) + offset))


def _mean(place: Mapping[str, float], neighbours: Sequence[str], name: str) -> float:
    if not neighbours:
        return place[name]
    return sum(place[neighbour] for neighbour in neighbours) / len(neighbours)
