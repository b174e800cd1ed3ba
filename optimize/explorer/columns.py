"""A column of the explorer: label, unit, symbol, role and scale."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from optimize.evaluation.tables import output_column, violation_column
from optimize.run.certified import CERTIFIED, RESIDUAL
from optimize.run.folder import RunData
from optimize.utils.labels import pretty_unit, sentence, words

_GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "Delta": "Δ",
    "epsilon": "ε",
    "varepsilon": "ε",
    "eta": "η",
    "theta": "θ",
    "kappa": "κ",
    "lambda": "λ",
    "mu": "µ",
    "nu": "ν",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "Sigma": "Σ",
    "tau": "τ",
    "phi": "φ",
    "Phi": "Φ",
    "varphi": "φ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
    "Omega": "Ω",
    "cdot": "·",
    "times": "×",
    "dot": "",
    "bar": "",
    "hat": "",
    "mathrm": "",
    "text": "",
    "mathit": "",
    "ell": "ℓ",
}
#: Columns of a certified front.
_PROVED = (
    (RESIDUAL, "Residual of the certificate", "first-order residual of a member of the front"),
    (CERTIFIED, "Certified", "1 where the certificate holds, otherwise 0"),
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the explorer; ``choices`` is empty for a number."""

    name: str
    label: str
    unit: str
    symbol: str
    description: str
    role: str
    kind: str
    log: bool = False
    sense: str = ""
    choices: tuple[str, ...] = ()
    arbitrary_zero: bool = False  # per cents of it mean nothing


def plain_symbol(latex: str) -> str:
    r"""Return a LaTeX symbol as text, its index after one underscore.

    Examples
    --------
    >>> plain_symbol("A_\\mathrm{sa}"), plain_symbol("\\eta_{t}")
    ('A_sa', 'η_t')
    """
    text = re.sub(r"\\([A-Za-z]+)", lambda m: _GREEK.get(m.group(1), m.group(1)), latex)
    return re.sub(r"[{}\\$\s]", "", text)


def run_columns(run: RunData) -> Iterator[Column]:
    """Yield the columns of a run: objectives, variables, constraints, then all other outputs."""
    outputs, space = run.problem.outputs, run.space
    aims = {objective.output: objective for objective in run.objectives}
    for name, objective in aims.items():
        yield _output(run, name, "objective", objective.log, objective.sense)
    for variable in space.variables:
        yield Column(
            variable.name,
            sentence(words(variable.name, variable.unit)),
            _unit(variable.unit),
            plain_symbol(variable.symbol),
            variable.description,
            "variable",
            variable.kind,
            variable.log,
            "",
            variable.choices,
            variable.kind != "choice" and not variable.has_true_zero,
        )
    for constraint in run.constraints:
        unit = outputs[constraint.output].unit
        label = f"{sentence(words(constraint.name, unit))} violation"
        text = f"{constraint.description}; dimensionless, at most 0 when feasible"
        name = violation_column(constraint.name)
        yield Column(name, label, "", "g", text, "constraint", "real")
    for name in outputs:
        if name not in aims and output_column(name, space) in run.front:
            yield _output(run, name, "output")
    for name, label, text in _PROVED:
        if name in run.front:
            yield Column(name, label, "", "", text, "output", "real", arbitrary_zero=True)


def _output(run: RunData, name: str, role: str, log: bool = False, sense: str = "") -> Column:
    item = run.problem.outputs[name]
    label = sentence(words(name, item.unit))
    if name in run.space.index:
        label += " (computed)"
    return Column(
        output_column(name, run.space),
        label,
        _unit(item.unit),
        plain_symbol(item.symbol),
        item.description,
        role,
        "real",
        log,
        sense,
        arbitrary_zero=not item.has_true_zero,
    )


def _unit(unit: str) -> str:
    return "" if unit == "1" else pretty_unit(unit)
