"""One design in full: outputs, margins, breakdowns, warnings and shadow prices."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimize.designs.price_text import price_lines, prices_json
from optimize.designs.shadow_prices import ShadowPrices, shadow_prices
from optimize.utils.files import plain
from optimize.utils.labels import (
    item_label,
    number,
    pretty_unit,
    quantity,
    range_text,
    shown,
)
from optimize.utils.terminal import fitted_table
from problems.space import DesignSpace, Problem, violation
from problems.spec import Breakdown, Constraint, Objective, Output, Value
from problems.units import FloatArray

BAR_WIDTH = 40


@dataclass(frozen=True, slots=True)
class DesignReport:
    """Everything known about one design; built by :func:`inspect_design`."""

    variables: Mapping[str, Value | None]
    outputs: Mapping[str, float]
    declared: Mapping[str, Output]
    objectives: tuple[Objective, ...]
    constraints: tuple[Constraint, ...]
    violations: Mapping[str, float]
    breakdowns: tuple[Breakdown, ...]
    warnings: tuple[str, ...]
    prices: ShadowPrices

    @property
    def feasible(self) -> bool:
        """True when no constraint is violated (a NaN counts as violated)."""
        return all(value <= 0.0 for value in self.violations.values())

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values; numbers that are not finite become null."""

        def with_unit(name: str) -> dict[str, Any]:
            value = self.outputs[name]
            return {"value": value, "unit": self.declared[name].unit}

        document = {
            "variables": dict(self.variables),
            "outputs": {name: with_unit(name) for name in self.outputs},
            "objectives": {o.output: with_unit(o.output) for o in self.objectives},
            "constraints": {
                name: {"value": value, "feasible": value <= 0.0}
                for name, value in self.violations.items()
            },
            "feasible": self.feasible,
            "warnings": list(self.warnings),
            "breakdowns": {
                b.name: {
                    "unit": b.unit,
                    "total": self.outputs[b.total],
                    "items": {name: self.outputs[name] for name in b.items},
                }
                for b in self.breakdowns
            },
            "shadow_prices": prices_json(self.prices),
        }
        return dict(plain(document))

    def to_text(self) -> str:
        """Return the report for a terminal."""
        parts = [
            self._variable_lines(),
            self._objective_lines(),
            self._constraint_lines(),
            *(self._breakdown_lines(b) for b in self.breakdowns),
            *self._output_sections(),
            _section(
                "Shadow prices",
                price_lines(self.prices, self.objectives, self.declared, self.outputs),
            ),
            _section("Warnings", [f"! {text}" for text in self.warnings]),
        ]
        return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"

    def _variable_lines(self) -> list[str]:
        rows = (
            (name, shown(value, "yr" if name.endswith("_year") else "1"))
            for name, value in self.variables.items()
        )
        return _section("Variables", fitted_table(("variable", "value"), rows))

    def _objective_lines(self) -> list[str]:
        rows = (
            (o.output, o.sense, quantity(self.outputs[o.output], self.declared[o.output].unit))
            for o in self.objectives
        )
        return _section("Objectives", fitted_table(("objective", "sense", "value"), rows))

    def _constraint_lines(self) -> list[str]:
        rows = []
        for c in self.constraints:
            unit, value = self.declared[c.output].unit, self.violations[c.name]
            limits = [
                f"{sign} {quantity(limit, unit)}"
                for sign, limit in ((">=", c.lower), ("<=", c.upper))
                if limit is not None
            ]
            state = "ok" if value <= 0.0 else "VIOLATED"
            state = "binds" if c.name in self.prices.binding and value <= 0.0 else state
            value_text = quantity(self.outputs[c.output], unit)
            rows.append((c.name, value_text, " and ".join(limits), f"{-100 * value:.1f} %", state))
        header = ("constraint", "value", "limit", "margin", "state")
        verdict = "feasible" if self.feasible else "NOT FEASIBLE"
        return _section(f"Constraints: {verdict}", fitted_table(header, rows))

    def _breakdown_lines(self, breakdown: Breakdown) -> list[str]:
        total = self.outputs[breakdown.total]
        items = [(name, self.outputs[name]) for name in breakdown.items]
        items = sorted(items, key=lambda item: -abs(item[1]))
        largest = max((abs(v) for _, v in items if math.isfinite(v)), default=0.0) or 1.0
        rows = [
            (
                item_label(breakdown, name),
                number(value),
                f"{100.0 * value / total:.1f} %" if total else "-",
                "█" * round(BAR_WIDTH * abs(value) / largest) if math.isfinite(value) else "",
            )
            for name, value in items
            if value != 0.0
        ]
        rows.append(("total", number(total), "100.0 %", ""))
        header = ("item", pretty_unit(breakdown.unit), "share", "")
        return _section(breakdown.title, fitted_table(header, rows, "lrrl"))

    def _output_sections(self) -> Iterable[list[str]]:
        groups: dict[str, list[str]] = {}
        for name in self.outputs:
            groups.setdefault(self.declared[name].discipline, []).append(name)
        for discipline, names in groups.items():
            rows = [(n, quantity(self.outputs[n], self.declared[n].unit)) for n in names]
            yield _section(f"Outputs: {discipline}", fitted_table(("output", "value"), rows))


def _section(heading: str, lines: Sequence[str]) -> list[str]:
    return [heading, "=" * len(heading), *lines] if lines else []


def _outside_space(space: DesignSpace, x_row: FloatArray, active: Sequence[bool]) -> list[str]:
    """Return a warning for every active variable outside what the configuration searches."""
    warnings = []
    for i, variable in enumerate(space.variables):
        if not active[i]:
            continue
        value = variable.decode(float(x_row[i]))
        if variable.kind == "choice":
            if int(x_row[i]) not in variable.codes:
                open_ = ", ".join(variable.choices[code] for code in variable.codes)
                warnings.append(f"{variable.name}: '{value}' is outside the searched {open_}")
        elif not variable.lower <= x_row[i] <= variable.upper:
            limits = range_text(variable).removesuffix(", logarithmic")
            warnings.append(
                f"{variable.name}: {shown(value, variable.unit)} is outside the searched {limits}"
            )
    return warnings


def inspect_design(
    problem: Problem,
    space: DesignSpace,
    objectives: Sequence[Objective],
    constraints: Sequence[Constraint],
    x_row: FloatArray,
) -> DesignReport:
    """Evaluate one design and explain it.

    Parameters
    ----------
    problem
        The problem with its scenario and assumptions.
    space
        Variables as the configuration narrows them; a design outside gets a warning.
    objectives, constraints
        As searched.
    x_row
        ``(n_var,)`` design in natural units.

    Returns
    -------
    DesignReport
        With ``to_json()`` and ``to_text()``. Variables without influence are None.
    """
    row = problem.canonical(np.atleast_2d(np.asarray(x_row, dtype=np.float64)), problem.space)
    active = problem.active(row)[0].tolist()
    outputs = {name: float(column[0]) for name, column in problem.evaluate(row).items()}
    return DesignReport(
        variables={
            v.name: v.decode(float(row[0, i])) if active[i] else None
            for i, v in enumerate(problem.space.variables)
        },
        outputs=outputs,
        declared=problem.outputs,
        objectives=tuple(objectives),
        constraints=tuple(constraints),
        violations={c.name: float(violation(c, np.array(outputs[c.output]))) for c in constraints},
        breakdowns=tuple(problem.breakdowns),
        warnings=(*problem.warnings(row[0]), *_outside_space(space, row[0], active)),
        prices=shadow_prices(problem, space, objectives, constraints, row[0]),
    )
