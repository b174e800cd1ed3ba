"""A question put to the model: its figure now, in futures, and at changed assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from optimize.analysis.claims.rules import Question
from optimize.analysis.claims.settings import Setting, Solver
from problems.units import BoolArray, FloatArray

if TYPE_CHECKING:
    from problems.parameters.uncertain import Marginal


class View:
    """One question and the designs that answer it."""

    def __init__(self, solver: Solver, question: Question) -> None:
        self.solver = solver
        self.question = question

    @property
    def settings(self) -> tuple[Setting, ...]:
        """The design asked about and its rival, if there is one."""
        rival = self.question.rival
        return (self.question.setting,) if rival is None else (self.question.setting, rival)

    def marginals(self) -> tuple[Marginal, ...]:
        """Return the uncertain numbers, without those that the claim sets."""
        pinned = self.question.pinned
        return tuple(m for m in self.solver.marginals(self.question.setting) if m.key not in pinned)

    def nominal(self) -> tuple[float, list[dict[str, Any]]]:
        """Return the figure and the facts beside it, every assumption in force."""
        figures, feasible = self._joined({})
        numbers = self.numbers({})
        value = float(self.question.metric(figures, numbers)[0]) if feasible[0] else float("nan")
        facts = [
            {
                "label": fact.label,
                "unit": fact.unit,
                "value": float(np.asarray(fact.formula(figures, numbers)).reshape(-1)[0]),
            }
            for fact in self.question.facts
        ]
        return value, facts

    def under(self, futures: Mapping[str, FloatArray]) -> tuple[FloatArray, BoolArray]:
        """Return ``(m,)`` figures of designs re-optimised in each case, NaN where none fits."""
        with np.errstate(all="ignore"):  # far beyond its range an assumption may break a formula
            figures, feasible = self._joined(futures)
            values = np.asarray(self.question.metric(figures, self.numbers(futures)))
        return np.where(feasible, values, np.nan), feasible

    def searched(self, overrides: Mapping[str, float]) -> float:
        """Return the figure after a complete search with assumptions changed."""
        extra = tuple(overrides.items())

        def changed(setting: Setting) -> Setting:
            return replace(setting, overrides=(*setting.overrides, *extra))

        rival = self.question.rival
        question = replace(
            self.question,
            setting=changed(self.question.setting),
            rival=None if rival is None else changed(rival),
        )
        return View(self.solver, question).nominal()[0]

    def numbers(self, futures: Mapping[str, FloatArray]) -> dict[str, Any]:
        """Return every assumption in force by key, those of the cases on top."""
        return {**self.solver.problem(self.question.setting).assumptions, **futures}

    def design(self) -> dict[str, Any]:
        """Return the variables of the best design; those without influence are null."""
        setting = self.question.setting
        problem, best = self.solver.problem(setting), self.solver.best(setting)
        active = problem.active(best.x[None])[0]
        return {
            v.name: v.decode(float(best.x[i])) if active[i] else None
            for i, v in enumerate(problem.space.variables)
        }

    def _joined(self, futures: Mapping[str, FloatArray]) -> tuple[dict[str, FloatArray], BoolArray]:
        """Return figures of all designs of the question and where all of them are feasible."""
        figures: dict[str, FloatArray] = {}
        feasible: list[BoolArray] = []
        for at, setting in enumerate(self.settings):
            outcome = (
                self.solver.under(setting, futures) if futures else self.solver.nominal(setting)
            )
            prefix = "rival." if at else ""
            figures |= {prefix + name: values for name, values in outcome.outputs.items()}
            feasible.append(outcome.feasible)
        if self.question.ground:
            figures["ground"] = self.solver.ground(self.question.setting, futures)
        return figures, np.logical_and.reduce(feasible)
