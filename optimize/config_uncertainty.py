"""The ``uncertainty:`` section of a configuration: search on risk measures over many futures."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from optimize.config_base import Model, Number
from problems.spec import nearest

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
        default=256, ge=8, le=65_536,
        description="futures in which every design is judged; powers of two are balanced best",
    )  # fmt: skip
    seed: int = Field(default=1, ge=0, lt=2**63, description="seed of the futures")
    include: tuple[str, ...] | None = Field(
        default=None, strict=False, min_length=1,
        description="numbers that vary: keys, groups such as launch or catalog.gpus, patterns "
        "such as catalog.*.price_usd; null: every number with a distribution",
    )  # fmt: skip
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
