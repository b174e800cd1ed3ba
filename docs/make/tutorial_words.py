"""How the tutorial words a number: no verdict is typed, each follows from a rule here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optimize.utils.labels import pretty_unit
from problems.text_tables import markdown_table

Facts = Mapping[str, Any]

#: Within this of the ground, orbit is called level with it.
_LEVEL_FRAC = 0.05
#: Upper share of futures to the word for it.
_WORDS = (
    (0.01, "exceptionally unlikely"),
    (0.10, "very unlikely"),
    (0.33, "unlikely"),
    (0.67, "open"),
    (0.90, "likely"),
    (1.01, "very likely"),
)


def number(value: float | None) -> str:
    """Return three significant digits with thousands marked; a dash where no design is feasible.

    Examples
    --------
    >>> number(18914.6), number(0.02841), number(2035.0)
    ('18,900', '0.0284', '2,040')
    """
    return "–" if value is None else f"{float(f'{value:.3g}'):,.10g}"


def percent(share: float) -> str:
    """Return a share in per cent; what is between nothing and one half says so.

    Examples
    --------
    >>> percent(0.2178), percent(0.0), percent(0.002)
    ('22 %', '0 %', 'under 1 %')
    """
    return "under 1 %" if 0.0 < share < 0.005 else f"{100.0 * share:,.0f} %"


def beside_ground(ratio: float) -> str:
    """Return how a cost over the ground's is called.

    Examples
    --------
    >>> beside_ground(2.97), beside_ground(0.5), beside_ground(1.02)
    ('2.97 times as expensive as the ground', '0.5 times the ground', 'level with the ground')
    """
    if abs(ratio - 1.0) <= _LEVEL_FRAC:
        return "level with the ground"
    if ratio > 1.0:
        return f"{number(ratio)} times as expensive as the ground"
    return f"{number(ratio)} times the ground"


def likelihood(share: float) -> str:
    """Return the word for a share of futures.

    Examples
    --------
    >>> likelihood(0.004), likelihood(0.5), likelihood(1.0)
    ('exceptionally unlikely', 'open', 'very likely')
    """
    return next(word for upper, word in _WORDS if share < upper)


def likelihood_between(low: float, high: float) -> str:
    """Return the words for the ends of an interval of shares, one when they agree.

    Examples
    --------
    >>> likelihood_between(0.0, 0.02), likelihood_between(0.4, 0.6)
    ('exceptionally unlikely to very unlikely', 'open')
    """
    first, last = likelihood(low), likelihood(high)
    return first if first == last else f"{first} to {last}"


def interval(share: float, futures: int) -> tuple[float, float]:
    """Return the exact (Clopper-Pearson) 95 % interval of a share counted in futures."""
    from scipy.stats import binomtest

    bounds = binomtest(round(share * futures), futures).proportion_ci(0.95, method="exact")
    return float(bounds.low), float(bounds.high)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; all columns but the first are numbers."""
    return "\n".join(markdown_table(headings, rows))


def count(value: int, singular: str, plural: str) -> str:
    """Return a count with its noun."""
    return f"{value} {singular if value == 1 else plural}"


def cheaper_share(facts: Facts) -> float:
    """Return the share of futures in which orbit can be the cheaper one."""
    shares: Mapping[str, float] = facts["shares"]
    return shares["always below"] + shares["crossing"]


def with_unit(value: float, unit: str) -> str:
    """Return a figure with its unit; years have no decimals."""
    if not unit or unit == "yr":
        return f"{value:.0f}"
    return number(value) if unit == "1" else f"{number(value)} {pretty_unit(unit)}"
