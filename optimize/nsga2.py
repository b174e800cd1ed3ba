"""NSGA-II on arrays: no object per design, so a generation costs about as much as the model.

Crossover and mutation of numbers are pymoo's operators; choices are exchanged and redrawn;
ranking is moocore's. A share of the offspring comes from difference vectors between members of the
same architecture, which follow constraint boundaries that bind several variables at once.

References
----------
Deb, Pratap, Agarwal, Meyarivan, "A fast and elitist multiobjective genetic algorithm: NSGA-II",
IEEE Trans. Evolutionary Computation 6(2), 2002, doi:10.1109/4235.996017.
Storn, Price, "Differential evolution", J. Global Optimization 11, 1997,
doi:10.1023/A:1008202821328.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from pymoo.operators.crossover.sbx import cross_sbx
from pymoo.operators.mutation.pm import mut_pm

from optimize.ranking import survivors
from optimize.rows import distinct_rows, row_hashes
from problems.space import DesignSpace
from problems.units import BoolArray, FloatArray, IntArray

_EXCHANGE_PROBABILITY = 0.5  # per variable of a crossing pair, as in pymoo's SBX
_MATING_ROUNDS = 5  # attempts to replace duplicate offspring before fewer are accepted


class ArrayNsga2:
    """NSGA-II over the relaxed space of mixed, conditional variables.

    Genes are the search coordinates of the free variables; every offspring is decoded to its
    canonical design before duplicates are removed, so two genes of one design count once.
    Feasible designs come before infeasible ones, these by their total violation.
    """

    def __init__(
        self,
        space: DesignSpace,
        canonical: Callable[[FloatArray], FloatArray],
        *,
        population: int,
        seed: int,
        crossover_eta: float,
        crossover_probability: float,
        mutation_eta: float,
        mutation_probability: float | None,
        differential_share: float,
    ) -> None:
        self._space = space
        self._canonical = canonical
        self._size = population
        self._rng = np.random.default_rng(seed)
        self._low, self._high = space.search_bounds()
        kinds = [space.variables[i].kind for i in space.free]
        self._choices = np.array([kind == "choice" for kind in kinds], dtype=np.bool_)
        self._crossover = (crossover_eta, crossover_probability)
        n_free = max(len(space.free), 1)
        share = 1.0 / n_free if mutation_probability is None else mutation_probability
        self._mutation = (mutation_eta, share)
        self._differential = differential_share
        self._asked = np.empty((0, len(space.free)))
        self._u = np.empty((0, len(space.free)))
        self._x = np.empty((0, len(space)))
        self._f = np.empty((0, 0))
        self._violation = np.empty(0)
        self._rank = np.empty(0, dtype=np.intp)
        self._crowding = np.empty(0)

    # --- the seam --------------------------------------------------------------------------------

    def ask(self) -> FloatArray:
        if len(self._x) == 0:
            u = self._first_genes()
            x = self._decode(u)
            keep = distinct_rows(x)
            self._asked = u[keep]
            return x[keep]
        u, x = self._offspring()
        self._asked = u
        return x

    def tell(self, x: FloatArray, f: FloatArray, g: FloatArray) -> None:
        violation = np.maximum(g, 0.0).sum(axis=1)
        if len(self._x):
            x = np.concatenate((self._x, x))
            f = np.concatenate((self._f, f))
            violation = np.concatenate((self._violation, violation))
        u = np.concatenate((self._u, self._asked))
        keep, rank, distance = survivors(f, violation, self._size)
        self._u, self._x, self._f = u[keep], x[keep], f[keep]
        self._violation = violation[keep]
        self._rank, self._crowding = rank, distance

    def state(self) -> dict[str, Any]:
        return {
            "rng": self._rng.bit_generator.state,
            "u": self._u,
            "x": self._x,
            "f": self._f,
            "violation": self._violation,
            "rank": self._rank,
            "crowding": self._crowding,
        }

    def restore(self, state: dict[str, Any]) -> None:
        self._rng.bit_generator.state = state["rng"]
        self._u, self._x, self._f = state["u"], state["x"], state["f"]
        self._violation = state["violation"]
        self._rank = state["rank"].astype(np.intp)
        self._crowding = state["crowding"]

    # --- first population ------------------------------------------------------------------------

    def _decode(self, u: FloatArray) -> FloatArray:
        return self._canonical(self._space.from_search(u))

    def _first_genes(self) -> FloatArray:
        """Return a Latin hypercube; when they fit, every combination of choices equally often."""
        n, n_free = self._size, len(self._low)
        strata = np.argsort(self._rng.random((n_free, n)), axis=1).T
        u = self._low + (strata + self._rng.random((n, n_free))) / n * (self._high - self._low)
        counts = [len(self._space.variables[i].codes) for i in self._space.free]
        columns = np.flatnonzero(self._choices)
        combinations = int(np.prod([counts[c] for c in columns], dtype=np.float64))
        if len(columns) and combinations <= n:
            rest = self._rng.permutation(n) % combinations
            for column in columns:
                rest, digit = np.divmod(rest, counts[column])
                u[:, column] = digit
        return u

    # --- mating ----------------------------------------------------------------------------------

    def _offspring(self) -> tuple[FloatArray, FloatArray]:
        """Return up to one population of new designs: their genes and their rows."""
        known = row_hashes(self._x)
        genes: list[FloatArray] = []
        rows: list[FloatArray] = []
        wanted = self._size
        for _ in range(_MATING_ROUNDS):
            u = self._mate((wanted + 1) // 2)
            x = self._decode(u)
            new = distinct_rows(x, known)[:wanted]
            genes.append(u[new])
            rows.append(x[new])
            wanted -= len(new)
            if wanted == 0:
                break
            known = np.concatenate((known, row_hashes(x[new])))
        return np.concatenate(genes), np.concatenate(rows)

    def _mate(self, pairs: int) -> FloatArray:
        """Return the genes of ``2 * pairs`` children, a share of them by difference vectors."""
        by_difference = round(pairs * self._differential)
        parts = []
        if by_difference:
            parts.append(self._step(2 * by_difference))
        if pairs > by_difference:
            parts.append(self._cross(pairs - by_difference))
        return np.concatenate(parts)

    def _step(self, n: int) -> FloatArray:
        """Return winners moved along the difference of two members of their architecture.

        The factor is drawn from 0 to 1; every second child, by lot, is mutated as well.
        """
        rng = self._rng
        parents = self._tournament(n)
        kinds = row_hashes(np.round(self._u[:, self._choices]))
        order = np.argsort(kinds, kind="stable")
        first = np.searchsorted(kinds[order], kinds[parents], side="left")
        count = np.searchsorted(kinds[order], kinds[parents], side="right") - first
        a, b = order[first + (rng.random((2, n)) * count).astype(np.intp)]
        step = rng.random((n, 1)) * (self._u[a] - self._u[b])
        step[:, self._choices] = 0.0
        u = np.clip(self._u[parents] + step, self._low, self._high)
        return np.where(rng.random((n, 1)) < 0.5, self._mutate(u), u)

    def _cross(self, pairs: int) -> FloatArray:
        """Return the genes of two children of each of ``pairs`` couples."""
        rng = self._rng
        parents = self._u[self._tournament(2 * pairs)].reshape(2, pairs, -1)
        eta, probability = self._crossover
        crossing = rng.random((pairs, 1)) < probability
        children = cross_sbx(
            parents,
            self._low,
            self._high,
            np.full((pairs, 1), eta),
            np.where(crossing, _EXCHANGE_PROBABILITY, 0.0),
            np.full((pairs, 1), _EXCHANGE_PROBABILITY),
            random_state=rng,
        )
        children = np.where(crossing, children, parents)
        if self._choices.any():
            children[:, :, self._choices] = self._exchange(parents, crossing)
        return self._mutate(children.reshape(2 * pairs, -1))

    def _exchange(self, parents: FloatArray, crossing: BoolArray) -> FloatArray:
        """Return the choices of both children: each may be swapped between the parents."""
        a, b = parents[:, :, self._choices]
        swap = crossing & (self._rng.random(a.shape) < _EXCHANGE_PROBABILITY)
        return np.stack((np.where(swap, b, a), np.where(swap, a, b)))

    def _mutate(self, u: FloatArray) -> FloatArray:
        """Return genes after polynomial mutation of numbers and redrawing of choices."""
        eta, probability = self._mutation
        n, n_free = u.shape
        out = np.asarray(
            mut_pm(
                u,
                self._low,
                self._high,
                np.full(n, eta),
                np.full(n, probability),
                at_least_once=False,
                random_state=self._rng,
            ),
            dtype=np.float64,
        )
        if self._choices.any():
            redraw = self._rng.random((n, n_free)) < probability
            fresh = self._rng.uniform(self._low, self._high, size=(n, n_free))
            out[:, self._choices] = np.where(redraw, fresh, u)[:, self._choices]
        return out

    def _tournament(self, n: int) -> IntArray:
        """Return the winners of ``n`` binary tournaments, every member drawn equally often.

        Less violation wins; between feasible designs domination, then the larger crowding
        distance; ties by lot.
        """
        size = len(self._x)
        rounds = -(-2 * n // size)
        draw = np.concatenate([self._rng.permutation(size) for _ in range(rounds)])[: 2 * n]
        a, b = draw.reshape(2, n)
        cv_a, cv_b = self._violation[a], self._violation[b]
        less = (self._f[a] < self._f[b]).any(axis=1)
        more = (self._f[a] > self._f[b]).any(axis=1)
        score = np.where(less & ~more, 1, np.where(more & ~less, -1, 0))
        tie = score == 0
        wide_a, wide_b = self._crowding[a][tie], self._crowding[b][tie]
        score[tie] = np.where(wide_a > wide_b, 1, np.where(wide_b > wide_a, -1, 0))
        infeasible = (cv_a > 0.0) | (cv_b > 0.0)
        by_violation = np.where(cv_a < cv_b, 1, np.where(cv_a > cv_b, -1, 0))
        score = np.where(infeasible, by_violation, score)
        lot = self._rng.random(n) < 0.5
        return np.where((score > 0) | ((score == 0) & lot), a, b)
