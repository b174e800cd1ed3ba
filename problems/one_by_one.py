"""A base for models that answer for one design at a time, such as a slow simulation.

A search hands over a batch of designs as a matrix; a person with a model of their own has a
function of one design. :class:`OneByOne` stands between: declare variables, outputs, objectives
and constraints, and write :meth:`OneByOne.evaluate_design`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from problems.space import DesignSpace, Problem
from problems.spec import (
    Output,
    SpecError,
    Value,
    Variable,
    nearest,
)
from problems.units import BoolArray, FloatArray


class Assumed(NamedTuple):
    """A number of a model that nobody chooses: dotted key, nominal value and unit."""

    key: str
    nominal: float
    unit: str


class OneByOne(Problem):
    """A problem whose model takes one design and returns its outputs.

    A subclass sets the class attributes and :meth:`evaluate_design`.

    Attributes
    ----------
    name, version
        Of the model; another version never continues a run of this one.
    variables, declared_outputs
        What the search chooses, and every output of the model.
    objectives, constraints
        On these outputs; a configuration can change both.
    assumed
        Numbers nobody chooses. A configuration overrides them under ``assumptions``;
        :attr:`assumptions` holds the values in force.

    Examples
    --------
    >>> from problems.spec import Objective, Output, Variable
    >>> class Beam(OneByOne):
    ...     name, version = "beam", "1"
    ...     variables = (
    ...         Variable(name="depth_mm", unit="mm", symbol="h", description="Depth", kind="real",
    ...                  default=50.0, lower=10.0, upper=100.0),
    ...     )
    ...     declared_outputs = (
    ...         Output("mass_kg", "kg", "m", "Mass", "structure"),
    ...         Output("sag_mm", "mm", "w", "Sag", "structure"),
    ...     )
    ...     objectives = (Objective("mass_kg", "min", 0.0, 10.0), Objective("sag_mm", "min", 0, 9))
    ...     assumed = (Assumed("load.force_n", 100.0, "N"),)
    ...     def evaluate_design(self, design):
    ...         depth = design["depth_mm"]
    ...         force = self.assumptions["load.force_n"]
    ...         return {"mass_kg": 0.1 * depth, "sag_mm": 1e3 * force / depth**3}
    >>> outputs = Beam().evaluate({"depth_mm": [20.0, 50.0]})
    >>> {name: column.tolist() for name, column in outputs.items()}
    {'mass_kg': [2.0, 5.0], 'sag_mm': [12.5, 0.8]}
    """

    variables: ClassVar[Sequence[Variable]]
    declared_outputs: ClassVar[Sequence[Output]]
    scenarios: tuple[str, ...] = ("2030",)
    assumed: ClassVar[Sequence[Assumed]] = ()

    def __init__(
        self,
        *,
        scenario: str = "2030",
        assumptions: Mapping[str, float] | None = None,
        cost_boundary: str = "full",
        allow_unverified: bool = False,
    ) -> None:
        if scenario not in self.scenarios:
            hint = nearest(scenario, self.scenarios)
            raise SpecError("scenario", f"unknown scenario '{scenario}'", hint)
        self.scenario = scenario
        self.space = DesignSpace(self.variables)
        self.outputs = {output.name: output for output in self.declared_outputs}
        self.assumption_units = {entry.key: entry.unit for entry in self.assumed}
        numbers = {entry.key: entry.nominal for entry in self.assumed}
        for key, value in (assumptions or {}).items():
            if key not in numbers:
                raise SpecError(key, "unknown assumption", nearest(key, numbers))
            numbers[key] = value
        self.assumptions = numbers

    @abstractmethod
    def evaluate_design(self, design: Mapping[str, Value]) -> Mapping[str, float]:
        """Return every output of one design.

        Parameters
        ----------
        design
            Active variables by name: choices as text, whole numbers as ``int``. A variable that
            has no influence in this design is left out.

        Raises
        ------
        Exception
            Whatever the model raises: the design is then recorded with the reason and the search
            goes on.
        """

    def evaluate(
        self, designs: ArrayLike | Mapping[str, ArrayLike], names: Sequence[str] | None = None
    ) -> dict[str, FloatArray]:
        """Return outputs (all, or those named) as ``(n,)`` columns, one design after the other."""
        x = self.space.matrix(designs)
        answers = [
            self.evaluate_design(self._design(row, active))
            for row, active in zip(x, self.active(x), strict=True)
        ]
        chosen = self.outputs if names is None else names
        for name in chosen:
            if any(name not in answer for answer in answers):
                raise ValueError(f"evaluate_design returned no '{name}'")
        return {
            name: np.array([answer[name] for answer in answers], dtype=np.float64)
            for name in chosen
        }

    def _design(self, row: FloatArray, active: BoolArray) -> dict[str, Value]:
        return {
            variable.name: variable.decode(number)
            for variable, number, matters in zip(self.space.variables, row, active, strict=True)
            if matters
        }
