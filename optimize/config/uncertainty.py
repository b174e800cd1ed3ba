"""The ``uncertainty:`` section of a configuration: search on risk measures over many futures."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import AfterValidator, Field

from optimize.config.base import Model, Number
from problems.spec import nearest

_SLACK = 1e-9  # of a pivot that is zero but for rounding
_STEPS = 100  # from no correlation to a full one, in which a possible value is looked for


def normal_correlation(rank: float) -> float:
    """Return the Pearson correlation of two normals with a given rank correlation.

    ``r = 2 sin(pi rho / 6)`` (W. H. Kruskal, "Ordinal measures of association", J. American
    Statistical Association 53 (1958), doi:10.1080/01621459.1958.10501481).

    Examples
    --------
    >>> round(normal_correlation(0.6), 6)
    0.618034
    """
    return 2.0 * math.sin(math.pi * rank / 6.0)


def correlation_fault(pairs: Sequence[tuple[str, str, float]]) -> tuple[int, str] | None:
    """Return what is wrong with rank correlations: the position of a pair, and why.

    Parameters
    ----------
    pairs
        Two keys and their rank correlation each.

    Examples
    --------
    >>> correlation_fault([("a", "b", 0.9), ("b", "c", 0.9), ("a", "c", 0.9)])
    >>> correlation_fault([("a", "b", 0.9), ("b", "c", 0.9), ("a", "c", -0.9)])
    (2, "'a' and 'c' cannot be correlated by -0.9: given the other pairs, 0.64 to 1 is possible")
    """
    seen: set[frozenset[str]] = set()
    for number, (a, b, value) in enumerate(pairs):
        if a == b:
            return number, f"'{a}' is paired with itself"
        if not -1.0 <= value <= 1.0:
            return number, f"expected a correlation from -1 to 1, got {value:g}"
        if frozenset((a, b)) in seen:
            return number, f"'{a}' and '{b}' are paired twice"
        seen.add(frozenset((a, b)))
    if _possible(pairs):
        return None
    for number in reversed(range(len(pairs))):
        allowed = _allowed(pairs, number)
        if allowed:
            a, b, value = pairs[number]
            wanted = f"given the other pairs, {min(allowed):g} to {max(allowed):g} is possible"
            return number, f"'{a}' and '{b}' cannot be correlated by {value:g}: {wanted}"
    return len(pairs) - 1, "no value of any one pair makes these correlations possible"


def _allowed(pairs: Sequence[tuple[str, str, float]], number: int) -> list[float]:
    """Return the correlations, in steps of 0.01, that one pair could have beside the others."""
    a, b, _ = pairs[number]
    others = [pair for position, pair in enumerate(pairs) if position != number]
    steps = (step / _STEPS for step in range(-_STEPS, _STEPS + 1))
    return [value for value in steps if _possible([*others, (a, b, value)])]


def _possible(pairs: Sequence[tuple[str, str, float]]) -> bool:
    """Return whether the matrix of the normals is positive semi-definite (pairs left out: 0)."""
    keys = list(dict.fromkeys(key for a, b, _ in pairs for key in (a, b)))
    links: Mapping[frozenset[str], float] = {
        frozenset((a, b)): normal_correlation(value) for a, b, value in pairs
    }
    matrix = [[1.0 if a == b else links.get(frozenset((a, b)), 0.0) for b in keys] for a in keys]
    while matrix:  # eliminate row by row: every pivot must be positive, or its whole row zero
        pivot, *row = matrix[0]
        if pivot < -_SLACK or (pivot <= _SLACK and any(abs(entry) > 1e-4 for entry in row)):
            return False
        factor = 1.0 / pivot if pivot > _SLACK else 0.0
        matrix = [
            [entry - factor * row[i] * row[j] for j, entry in enumerate(rest)]
            for i, (_, *rest) in enumerate(matrix[1:])
        ]
    return True


#: Stands for every objective (or constraint) that is not named.
ALL = "all"
DEFAULTRISK = "mean"
DEFAULT_RELIABILITY = 0.9
_FAMILIAR = ("mean", "p50", "p90", "p95", "cvar90", "cvar95")
RISK = re.compile(r"mean|p[1-9][0-9]?|cvar[5-9][0-9]")

Probability = Annotated[float, Field(gt=0.0, le=1.0, allow_inf_nan=False)]


def _known_measure(measure: str) -> str:
    if not RISK.fullmatch(measure):
        close = nearest(measure, _FAMILIAR)
        hint = f"; did you mean '{close}'?" if close else ""
        ways = "expected mean, p1 to p99 or cvar50 to cvar99"
        raise ValueError(f"unknown risk measure '{measure}': {ways}{hint}")
    return measure


RiskMeasure = Annotated[str, AfterValidator(_known_measure)]


class CorrelationSetting(Model):
    """Two uncertain numbers that move together."""

    between: tuple[str, str] = Field(strict=False, description="keys of the two numbers")
    value: Number = Field(ge=-1.0, le=1.0, description="rank correlation (Spearman)")


class UncertaintySetting(Model):
    """How the futures are drawn, and what is minimised and demanded over them."""

    futures: int = Field(
        default=256,
        ge=8,
        le=65_536,
        description="futures in which every design is judged; powers of two are balanced best",
    )
    seed: int = Field(default=1, ge=0, lt=2**63, description="seed of the futures")
    include: tuple[str, ...] | None = Field(
        default=None,
        strict=False,
        min_length=1,
        description="numbers that vary: keys, groups such as launch or catalog.gpus, patterns "
        "such as catalog.*.price_usd; null: every number with a distribution",
    )
    correlations: tuple[CorrelationSetting, ...] = Field(
        default=(), strict=False, description="numbers that move together; others are independent"
    )
    risk: dict[str, RiskMeasure] = Field(
        default_factory=dict,
        description="what is minimised, by objective: mean, p1 to p99 (a share of the futures is "
        "at least that good), cvar50 to cvar99 (mean of the worst futures beyond that share); "
        f"'{ALL}' stands for the others; default {DEFAULTRISK}",
    )
    reliability: dict[str, Probability] = Field(
        default_factory=dict,
        description="share of the futures in which a constraint must hold, by constraint; "
        f"'{ALL}' stands for the others; default {DEFAULT_RELIABILITY}",
    )

    def risk_of(self, objective: str) -> str:
        """Return the risk measure of an objective."""
        return self.risk.get(objective, self.risk.get(ALL, DEFAULTRISK))

    def reliability_of(self, constraint: str) -> float:
        """Return the share of futures in which a constraint must hold."""
        return self.reliability.get(constraint, self.reliability.get(ALL, DEFAULT_RELIABILITY))

    @property
    def pairs(self) -> dict[tuple[str, str], float]:
        """Rank correlation by pair of keys."""
        return {entry.between: entry.value for entry in self.correlations}
