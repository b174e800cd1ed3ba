"""A claim put to the model: its figure now, in futures, and at changed assumptions."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from optimize.analysis.claims.designs import Design
from optimize.analysis.claims.names import CONSTANTS, GROUND, derived
from optimize.analysis.claims.solver import Solver
from optimize.analysis.claims.statements import Book, Claim
from problems.units import BoolArray, FloatArray

if TYPE_CHECKING:
    from problems.parameters.uncertain import Marginal


class View:
    """One claim and the designs that answer it."""

    def __init__(self, solver: Solver, book: Book, claim: Claim) -> None:
        self.solver, self.book, self.claim = solver, book, claim
        self.own = book.designs[claim.row.design]
        mentioned = book.mentioned(claim.expression) | book.mentioned(claim.limit)
        heads = {name.partition(".")[0] for name in mentioned}
        self.rivals = tuple(
            d for name, d in book.designs.items() if name in heads and d != self.own
        )
        self._mentioned = mentioned

    def marginals(self) -> tuple[Marginal, ...]:
        """Return the uncertain numbers, without those that the claim sets."""
        pinned = {key for design in (self.own, *self.rivals) for key in design.pinned}
        drawn = tuple(m for m in self.solver.marginals(self.own) if m.key not in pinned)
        return drawn + self.own_numbers()

    def own_numbers(self) -> tuple[Marginal, ...]:
        """Return those uncertain numbers that only the file of claims has."""
        return self.book.marginals(self._mentioned)

    def nominal(self) -> tuple[float, float, list[dict[str, Any]]]:
        """Return figure, limit and the facts beside it, every assumption in force."""
        look = _Look(self, {}, self.own)
        value = float(look.value(self.claim.expression)[0])
        if not look.feasible.all():
            value = float("nan")
        limit = float(look.value(self.claim.limit)[0])
        facts = [
            {
                "label": fact.label,
                "unit": fact.unit,
                "value": float(_Look(self, {}, self.own).value(fact.expression)[0]),
            }
            for fact in self.claim.facts
        ]
        return value, limit, facts

    def under(self, futures: Mapping[str, FloatArray]) -> tuple[FloatArray, BoolArray]:
        """Return ``(m,)`` figures of designs re-optimised in each case, NaN where none fits.

        Figures are relative to the limit of the case times the nominal limit, so that they
        compare with the one limit that is shown.
        """
        look = _Look(self, futures, self.own)
        with np.errstate(all="ignore"):  # far beyond its range an assumption may break a formula
            values = look.value(self.claim.expression)
            limits = look.value(self.claim.limit)
            shown = limits if not self.claim.limit.names else np.full(limits.shape, self.limit)
            values = values * (shown / limits)
        return np.where(look.feasible, values, np.nan), look.feasible

    @property
    def solves(self) -> bool:
        """Whether the figure is one of a design, and not of assumptions alone."""
        assumptions = self.solver.problem(self.own).assumption_units
        rest = {n for n in self._mentioned if n not in assumptions and n not in self.book.numbers}
        return bool(rest - set(self.book.definitions) - set(CONSTANTS))

    @property
    def limit(self) -> float:
        """The limit with every assumption in force."""
        return float(_Look(self, {}, self.own).value(self.claim.limit)[0])

    def searched(self, overrides: Mapping[str, float]) -> float:
        """Return the figure, on the scale of the limit shown, after complete searches."""
        model = {key: v for key, v in overrides.items() if key not in self.book.numbers}
        numbers = {key: v for key, v in overrides.items() if key in self.book.numbers}

        def changed(design: Design) -> Design:
            name = f"{design.name}?{sorted(model.items())}"
            return dataclasses.replace(
                design, name=name, overrides=(*design.overrides, *model.items())
            )

        designs = {name: changed(design) for name, design in self.book.designs.items()}
        rows = {
            name: row.model_copy(update={"value": numbers.get(name, row.value)})
            for name, row in self.book.numbers.items()
        }
        book = dataclasses.replace(self.book, designs=designs, numbers=rows)
        value, limit, _ = View(
            self.solver, book, dataclasses.replace(self.claim, facts=())
        ).nominal()
        return value * self.limit / limit

    def design(self) -> dict[str, Any]:
        """Return the variables of the best design; those without influence are null."""
        problem, best = self.solver.problem(self.own), self.solver.best(self.own)
        active = problem.active(best.x[None])[0]
        return {
            v.name: v.decode(float(best.x[i])) if active[i] else None
            for i, v in enumerate(problem.space.variables)
        }


class _Look:
    """Looks names up for one design, and for others that a name begins with."""

    def __init__(self, view: View, futures: Mapping[str, FloatArray], design: Design) -> None:
        self.view, self.futures, self.design = view, futures, design
        self.cases = len(next(iter(futures.values()))) if futures else 1
        self.feasible: BoolArray = np.ones(self.cases, dtype=np.bool_)
        self._model = {key: v for key, v in futures.items() if key not in view.book.numbers}

    def value(self, expression: Any) -> FloatArray:
        """Return the ``(m,)`` values of an expression."""
        return np.broadcast_to(expression.value(self), (self.cases,))

    def __call__(self, name: str) -> Any:
        book = self.view.book
        head, _, tail = name.partition(".")
        if head in book.designs:
            other = _Look(self.view, self.futures, book.designs[head])
            value = other(tail)
            self.feasible = self.feasible & other.feasible
            return value
        if name in self.futures:
            return self.futures[name]
        if name in book.numbers:
            return np.asarray(book.numbers[name].value)
        if name in book.definitions:
            return book.definitions[name].value(self)
        figure = derived(name, self)
        if figure is not None:
            return figure
        return self._of_model(name)

    def _of_model(self, name: str) -> Any:
        solver = self.view.solver
        if name == GROUND:
            return solver.ground(self.design, self._model)
        assumptions = solver.problem(self.design).assumptions
        if name in assumptions:
            return np.asarray(assumptions[name])
        if self._model:
            outcome = solver.under(self.design, self._model)
        else:
            outcome = solver.nominal(self.design)
        self.feasible = self.feasible & outcome.feasible
        return outcome.outputs[name]
