"""NSGA-II on arrays: no object per design, so a generation costs about as much as the model.

Numbers are crossed and mutated as in Deb's code; choices are exchanged and redrawn; ranking is
moocore's. A share of the offspring comes from difference vectors between members of the same
architecture, which follow constraint boundaries that bind several variables at once. Few designs
survive at first and more later: with few the front is soon reached, with many it is filled.

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

from optimize.engine.algorithms.ranking import survivors
from optimize.engine.algorithms.variation import cross, mutate
from optimize.evaluation.rows import HashArray, first_of_each, row_hashes, rows_of
from problems.space import DesignSpace
from problems.units import FloatArray, IntArray

_MATING_ROUNDS = 5  # attempts to replace duplicate offspring before fewer are accepted
_SPARE = 1.15  # children made per design wanted: most generations then need one round
_MOST_COMBINATIONS = 2.0**53  # of choices that one number tells apart
EVALUATIONS_A_PARENT = 150  # by which the designs that survive grow, one by one


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
        fewest_parents: int,
    ) -> None:
        self._space = space
        self._canonical = canonical
        self._size = population
        self._fewest_parents = fewest_parents
        self._told = 0
        self._rng = np.random.default_rng(seed)
        self._bounds: FloatArray = np.array(space.search_bounds())
        kinds = [space.variables[i].kind for i in space.free]
        self._choices = np.array([kind == "choice" for kind in kinds], dtype=np.bool_)
        self._chosen = np.flatnonzero(self._choices)
        self._numbers = np.where(self._choices, 0.0, 1.0)
        codes = [
            len(space.variables[i].codes)
            for i, kind in zip(space.free, kinds, strict=True)
            if kind == "choice"
        ]
        self._counts = np.array(codes, dtype=np.intp)
        place = np.cumprod([1.0, *codes])
        self._radix, self._combinations = place[:-1], float(place[-1])
        self._crossover = (crossover_eta, crossover_probability)
        n_free = max(len(space.free), 1)
        share = 1.0 / n_free if mutation_probability is None else mutation_probability
        self._mutation = (mutation_eta, share)
        self._differential = differential_share
        self._first = np.empty((0, len(space.free)))
        self._asked = np.empty((0, len(space.free)))
        self._u = np.empty((0, len(space.free)))
        self._asked_hashes: HashArray = np.empty(0, dtype=np.uint64)
        self._hashes: HashArray = np.empty(0, dtype=np.uint64)
        self._f = np.empty((0, 0))
        self._violation = np.empty(0)
        self._rank = np.empty(0, dtype=np.intp)
        self._crowding = np.empty(0)
        # As of _weigh: objectives and crowding distance by row, the smaller the better; whether
        # any member is infeasible; and all of them by architecture.
        self._merits = np.empty((0, 0))
        self._has_infeasible = False
        self._kin = (self._rank, self._rank, self._rank)

    # --- the seam --------------------------------------------------------------------------------

    def begin_with(self, x: FloatArray) -> None:
        """Take designs into the first population, moved into the space where they are outside it.

        Parameters
        ----------
        x
            ``(n, n_var)`` designs; those beyond the size of a population are left out.
        """
        u = self._space.to_search(x[: self._size])
        self._first = np.clip(u, *self._bounds)

    def ask(self) -> FloatArray:
        """Return the designs to evaluate next, as canonical rows."""
        if len(self._u) == 0:
            u = self._first_genes()
            x = self._decode(u)
            hashes = row_hashes(x)
            keep = first_of_each(hashes)
            self._asked, self._asked_hashes = u[keep], hashes[keep]
            return rows_of(x, keep)
        self._asked, x, self._asked_hashes = self._offspring()
        return x

    def tell(self, x: FloatArray, f: FloatArray, g: FloatArray) -> None:
        """Take objectives and violations of the designs asked for."""
        violation = np.maximum(g, 0.0).sum(axis=1)
        if len(self._u):
            f = np.concatenate((self._f, f))
            violation = np.concatenate((self._violation, violation))
        u = np.concatenate((self._u, self._asked))
        hashes = np.concatenate((self._hashes, self._asked_hashes))
        self._told += len(x)
        keep, rank, distance = survivors(f, violation, self._survivors(violation))
        self._u, self._f = u.take(keep, axis=0), f.take(keep, axis=0)
        self._violation, self._hashes = violation.take(keep), hashes.take(keep)
        self._rank, self._crowding = rank, distance

    def _survivors(self, violation: FloatArray) -> int:
        """Return how many designs survive: one for so many evaluations, within limits.

        Before as many are feasible, a whole population: the least violating designs are alike, and
        with them alone some searches of the frozen benchmark never found an end of its front.
        """
        parents = min(self._size, max(self._fewest_parents, self._told // EVALUATIONS_A_PARENT))
        return parents if np.count_nonzero(violation <= 0.0) >= parents else self._size

    @property
    def standing(self) -> tuple[HashArray, IntArray, FloatArray]:
        """Row hash, rank and crowding distance of every member of the population."""
        return self._hashes, self._rank, self._crowding

    def state(self) -> dict[str, Any]:
        """Return everything a checkpoint needs, as plain numbers and arrays."""
        return {
            "rng": self._rng.bit_generator.state,
            "told": self._told,
            "u": self._u,
            "x": self._decode(self._u),
            "f": self._f,
            "violation": self._violation,
            "rank": self._rank,
            "crowding": self._crowding,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from what :meth:`state` returned."""
        self._rng.bit_generator.state = state["rng"]
        self._told = int(state.get("told", 0))  # older states have none
        self._u, self._f = state["u"], state["f"]
        self._violation, self._hashes = state["violation"], row_hashes(state["x"])
        self._rank = state["rank"].astype(np.intp)
        self._crowding = state["crowding"]

    # --- first population ------------------------------------------------------------------------

    def _decode(self, u: FloatArray) -> FloatArray:
        return self._canonical(self._space.decoded(u))

    def _first_genes(self) -> FloatArray:
        """Return a Latin hypercube; when they fit, every combination of choices equally often."""
        n, n_free = self._size, len(self._choices)
        low, high = self._bounds
        strata = np.argsort(self._rng.random((n_free, n)), axis=1).T
        u: FloatArray = low + (strata + self._rng.random((n, n_free))) / n * (high - low)
        if len(self._chosen) and self._combinations <= n:
            rest = self._rng.permutation(n) % int(self._combinations)
            for column, count in zip(self._chosen, self._counts, strict=True):
                rest, digit = np.divmod(rest, count)
                u[:, column] = digit
        u[: len(self._first)] = self._first
        return u

    # --- mating ----------------------------------------------------------------------------------

    def _offspring(self) -> tuple[FloatArray, FloatArray, HashArray]:
        """Return up to one population of new designs: their genes, rows and row hashes."""
        self._weigh()
        known_hashes = self._hashes
        genes: list[FloatArray] = []
        rows: list[FloatArray] = []
        hashes: list[HashArray] = []
        missing = self._size
        for _ in range(_MATING_ROUNDS):
            u = self._mate(int(_SPARE * missing) // 2 + 1)
            x = self._decode(u)
            row_keys = row_hashes(x)
            new = first_of_each(row_keys, known_hashes)
            if len(new) > missing:  # evenly spaced, so every way of mating loses its share
                new = new[np.arange(missing) * len(new) // missing]
            genes.append(u.take(new, axis=0))
            rows.append(rows_of(x, new))
            hashes.append(row_keys[new])
            missing -= len(new)
            if missing == 0:
                break
            known_hashes = np.concatenate((known_hashes, hashes[-1]))
        if len(rows) == 1:
            return genes[0], rows[0], hashes[0]
        return np.concatenate(genes), np.concatenate(rows), np.concatenate(hashes)

    def _weigh(self) -> None:
        """Find out what all matings of a generation need to know of the population."""
        merits = np.concatenate((self._f.T, -self._crowding[None]))
        self._merits = np.ascontiguousarray(merits)
        self._has_infeasible = bool((self._violation > 0.0).any())
        self._kin = self._by_architecture()

    def _mate(self, pairs: int) -> FloatArray:
        """Return the genes of ``2 * pairs`` children, a share of them by difference vectors.

        Of those every second one, by lot, is mutated as well; of the others all are.
        """
        steps = 2 * round(pairs * self._differential)
        parents = self._tournament(2 * pairs)
        spared = np.zeros(2 * pairs, dtype=np.bool_)
        u = self._u.take(parents, axis=0)
        if steps:
            self._step(u[:steps], parents[:steps])
            np.less(self._rng.random(steps), 0.5, out=spared[:steps])
        if steps < 2 * pairs:
            u[steps:] = self._cross(u[steps:])
        eta, probability = self._mutation
        mutate(
            u,
            bounds=self._bounds,
            choices=self._choices,
            probability=probability,
            eta=eta,
            spared=spared,
            rng=self._rng,
        )
        return u

    def _step(self, u: FloatArray, parents: IntArray) -> None:
        """Move parents along the difference of two members of their architecture, in place.

        The factor is drawn from 0 to 1.
        """
        order, first, count = self._kin
        a, b, factor = self._rng.random((3, len(parents)))
        size, start = count.take(parents), first.take(parents)
        step = self._u.take(order.take(start + (a * size).astype(np.intp)), axis=0)
        step -= self._u.take(order.take(start + (b * size).astype(np.intp)), axis=0)
        step *= factor[:, None]
        step *= self._numbers
        u += step
        np.maximum(u, self._bounds[0], out=u)
        np.minimum(u, self._bounds[1], out=u)

    def _by_architecture(self) -> tuple[IntArray, IntArray, IntArray]:
        """Return members sorted by architecture, and where that of each begins, and its size."""
        kinds = self._architectures(self._u)
        order = kinds.argsort(kind="stable")
        ordered = kinds.take(order)
        differs = np.ones(len(order) + 1, dtype=np.bool_)
        np.not_equal(ordered[1:], ordered[:-1], out=differs[1:-1])
        edges = differs.nonzero()[0]
        starts, sizes = edges[:-1], edges[1:] - edges[:-1]
        first, count = np.empty((2, len(order)), dtype=np.intp)
        first[order], count[order] = starts.repeat(sizes), sizes.repeat(sizes)
        return order, first, count

    def _architectures(self, u: FloatArray) -> IntArray | HashArray:
        """Return a number per row of genes that tells its combination of choices."""
        chosen = np.rint(u.take(self._chosen, axis=1))
        if self._combinations > _MOST_COMBINATIONS:
            return row_hashes(chosen)
        keys = chosen @ self._radix
        short = self._combinations <= np.iinfo(np.int16).max  # short keys sort by radix
        return np.asarray(keys.astype(np.int16 if short else np.int64))

    def _cross(self, u: FloatArray) -> FloatArray:
        """Return the genes of two children of each couple."""
        eta, probability = self._crossover
        children = cross(
            u.reshape(2, len(u) // 2, -1),
            bounds=self._bounds,
            choices=self._choices,
            probability=probability,
            eta=eta,
            rng=self._rng,
        )
        return children.reshape(u.shape)

    def _tournament(self, n: int) -> IntArray:
        """Return the winners of ``n`` binary tournaments, every member drawn equally often.

        Less violation wins; between feasible designs domination, then the larger crowding
        distance; ties by lot.
        """
        size = len(self._u)
        rounds = -(-2 * n // size)
        draw = np.concatenate([self._rng.permutation(size) for _ in range(rounds)])[: 2 * n]
        of_a, of_b = self._merits.take(draw, axis=1).reshape(-1, 2, n).swapaxes(0, 1)
        less, more = of_a < of_b, of_a > of_b
        dominates, dominated = np.logical_or.reduce((less[:-1], more[:-1]), axis=1)
        alike = dominates == dominated
        better = np.where(alike, less[-1], dominates)
        worse = np.where(alike, more[-1], dominated)
        a, b = draw.reshape(2, n)
        if self._has_infeasible:
            cv_a, cv_b = self._violation.take(draw).reshape(2, n)
            infeasible = (cv_a > 0.0) | (cv_b > 0.0)
            better = np.where(infeasible, cv_a < cv_b, better)
            worse = np.where(infeasible, cv_b < cv_a, worse)
        return np.where(better | (~worse & (self._rng.random(n) < 0.5)), a, b)
