"""What if: one design with any variable or assumption changed, evaluated by the real model."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from optimize.config.run_config import AssumptionSetting, RunConfig
from optimize.designs.details import details_of
from optimize.evaluation.build import build_problem
from optimize.evaluation.guard import with_futures
from optimize.evaluation.robust import nominal_problem
from optimize.evaluation.tables import Layout, violation_column
from optimize.explorer.directions import directions
from optimize.utils.labels import pretty_unit, sentence, words
from problems.space import Problem, constraint_matrix
from problems.spec import Objective, SpecError, Variable, nearest
from problems.units import FloatArray

_KEYS = ("variables", "assumptions")
#: Characters of a wrong name that a message repeats.
_ENOUGH = 80
_FLOAT_BITS = 1000


class WhatIf:
    """Designs of a run's problem, at its nominal numbers or with some of them changed.

    Parameters
    ----------
    config, layout
        Of the run, as :func:`optimize.run.folder.open_run` returns them.
    """

    def __init__(self, config: RunConfig, layout: Layout) -> None:
        self.config = config
        self.layout = layout
        self.problem = nominal_problem(layout.problem)
        uncertain = with_futures(self.problem)
        self.ranges = {m.key: m for m in uncertain.marginals} if uncertain else {}
        self._evaluating = threading.Lock()
        self._altered: tuple[dict[str, float], Problem] = ({}, self.problem)

    def controls(self) -> dict[str, Any]:
        """Return what sliders are made of, beside the status."""
        space, outputs = self.problem.space, self.problem.outputs
        return {
            "uncertain": self.config.uncertainty is not None,
            "objectives": [_slider(o.output, outputs[o.output].unit, "") for o in self._objectives],
            "variables": [
                _slider(v.name, v.unit, v.description)
                | {
                    "kind": v.kind,
                    "low": v.lower,
                    "high": v.upper,
                    "log": v.log,
                    "value": v.decode(float(default)),
                    "choices": [v.choices[code] for code in _codes(v)],
                }
                for v, default in zip(space.variables, self.layout.space.defaults, strict=True)
            ],
            "assumptions": [
                _slider(m.key, m.unit, "")
                | {
                    "kind": "real",
                    "low": m.low,
                    "high": m.high,
                    "value": m.pin,
                    "log": m.distribution == "lognormal" and m.low > 0.0,
                }
                for m in self.ranges.values()
                if m.low < m.high
            ],
            "outputs": {
                name: _slider(name, o.unit, o.description) | {"arbitrary_zero": not o.has_true_zero}
                for name, o in outputs.items()
            },
        }

    def evaluate(self, request: object) -> dict[str, Any]:
        """Return everything the model says about one design.

        Parameters
        ----------
        request
            ``{"variables": {name: value}, "assumptions": {key: value}}``: what is left out is as
            the run's configuration has it; choices as text.

        Returns
        -------
        dict
            ``outputs``, ``violations`` (at most 0 holds), ``feasible``, ``active`` variables,
            ``variables`` as the model took them, ``detail`` for the drawings, ``server_ms``.

        Raises
        ------
        SpecError
            For an unknown name, or a value outside its bounds.
        """
        return self._answered(request, self._described)

    def directions(self, request: object) -> dict[str, Any]:
        """Return which way is better for each free variable of one design.

        Parameters
        ----------
        request
            As for :meth:`evaluate`.

        Returns
        -------
        dict
            ``directions`` as of :func:`~optimize.explorer.directions.directions`, empty for a
            problem without exact derivatives, and ``server_ms``.

        Raises
        ------
        SpecError
            For an unknown name, or a value outside its bounds.
        """
        space, objectives = self.layout.space, self._objectives
        return self._answered(
            request,
            lambda problem, x: {"directions": directions(problem, space, objectives, x[0])},
        )

    def _answered(
        self, request: object, describe: Callable[[Problem, FloatArray], dict[str, Any]]
    ) -> dict[str, Any]:
        """Return what there is to say about the canonical design of a request, and how long."""
        start = time.perf_counter()
        values, changes = self._checked(request)
        with self._evaluating:
            problem = self._under(changes)
            row = self._row(values)
            x = problem.canonical(row[None, :], problem.space)
            document = describe(problem, x)
        document["server_ms"] = round(1e3 * (time.perf_counter() - start), 3)
        return document

    @property
    def _objectives(self) -> tuple[Objective, ...]:
        """Objectives whose directions are known: those of the model, where it has derivatives."""
        if not self.problem.exact_derivatives:
            return ()
        own = self.problem.outputs
        return tuple(o for o in self.layout.objectives if o.output in own)

    def _described(self, problem: Problem, x: FloatArray) -> dict[str, Any]:
        outputs = problem.evaluate(x)
        searched = all(c.output in outputs for c in self.layout.constraints)
        constraints = tuple(self.layout.constraints if searched else problem.constraints)
        excess = constraint_matrix(outputs, constraints)[0]
        active = problem.active(x)[0]
        finite = all(np.isfinite(outputs[c.output][0]) for c in constraints)
        detail = details_of(self.layout, problem, x, outputs)[0] | {"id": "", "title": ""}
        return {
            "outputs": {name: float(column[0]) for name, column in outputs.items()},
            "violations": {
                violation_column(c.name): float(v) for c, v in zip(constraints, excess, strict=True)
            },
            "feasible": bool(finite and (excess <= 0.0).all()),
            "active": [v.name for v, on in zip(problem.space.variables, active, strict=True) if on],
            "variables": {
                v.name: v.decode(float(value))
                for v, value in zip(problem.space.variables, x[0], strict=True)
            },
            "detail": detail,
        }

    def _checked(self, request: object) -> tuple[Mapping[str, Any], dict[str, float]]:
        """Return variables and assumptions of a request that has nothing else in it."""
        if not isinstance(request, dict):
            raise SpecError("request", "expected an object with 'variables' and 'assumptions'")
        for key in request:
            if key not in _KEYS:
                raise _unknown("key", str(key), _KEYS)
        values, changes = (request.get(key, {}) for key in _KEYS)
        for key, part in zip(_KEYS, (values, changes), strict=True):
            if not isinstance(part, dict):
                raise SpecError(key, "expected an object of names and values")
        return values, {key: self._assumed(key, value) for key, value in changes.items()}

    def _assumed(self, key: str, value: object) -> float:
        if key not in self.ranges:
            raise _unknown("assumption", key, self.ranges)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise SpecError(key, "expected a number")
        low, high = self.ranges[key].low, self.ranges[key].high
        if not low <= value <= high:
            unit = self.ranges[key].unit
            raise SpecError(key, f"outside its range, {low:g} to {high:g} {unit}".rstrip(" 1"))
        return float(value)

    def _row(self, values: Mapping[str, Any]) -> FloatArray:
        """Return the design row of named values over the run's defaults."""
        space = self.problem.space
        row = self.layout.space.defaults.copy()
        for name, value in values.items():
            if name not in space.index:
                raise _unknown("variable", name, space.names)
            variable = space[name]
            if not isinstance(value, str | int | float) or _is_vast(value):
                raise SpecError(name, "expected a number or the name of a choice")
            if isinstance(value, str):
                value = value[:_ENOUGH]
            code = variable.encode(value)
            if variable.kind == "choice" and int(code) not in _codes(variable):
                raise SpecError(name, f"choice '{value}' is not open in this run")
            row[space.index[name]] = code
        return row

    def _under(self, changes: dict[str, float]) -> Problem:
        """Return the problem at changed assumptions; that of the last request is kept."""
        if self._altered[0] != changes:
            settings = {
                key: AssumptionSetting(value=value, reason="changed by hand")
                for key, value in changes.items()
            }
            assumptions = {**self.config.assumptions, **settings}
            config = self.config.model_copy(update={"assumptions": assumptions})
            self._altered = (changes, build_problem(config) if changes else self.problem)
        return self._altered[1]


def _codes(variable: Variable) -> tuple[int, ...]:
    """Return the open choices and the default, which may be a closed one."""
    if variable.kind != "choice":
        return ()
    default = variable.choices.index(str(variable.default))
    return tuple(sorted({*variable.codes, default}))


def _unknown(kind: str, name: str, known: Iterable[str]) -> SpecError:
    short = name[:_ENOUGH]
    return SpecError(short, f"unknown {kind}", nearest(short, known))


def _is_vast(value: object) -> bool:
    """Return whether a whole number is beyond any float, which JSON allows."""
    return isinstance(value, int) and value.bit_length() > _FLOAT_BITS


def _slider(name: str, unit: str, description: str) -> dict[str, Any]:
    label = sentence(words(name.replace(".", ": ", 1), unit))
    shown = "" if unit == "1" else pretty_unit(unit)
    return {"name": name, "label": label, "unit": shown, "description": description}
