"""The axis of a question: one assumption, or all rows of one meaning moved together."""

from __future__ import annotations

import math
from collections.abc import Mapping

from optimize.analysis.breakeven.axis import YEAR, Axis
from optimize.evaluation.guard import with_futures
from optimize.utils.labels import words
from problems.parameters.catalog import CATALOGUE_CHOICES
from problems.parameters.derived import DERIVED, Derived
from problems.space import Problem
from problems.spec import SpecError, unknown

_FREIGHT_ROW = "starship"  # freight to the Moon flies on it, so it is in use without a rocket


#: How far the axis of a derived number is drawn, in shares of its value: that of the row which the
#: best design in force uses. Every row of its table moves by the same factor.
_SPANS: Mapping[str, tuple[float, float]] = {
    "launch_price_usd_per_kg": (0.01, 2.0),
    "array_price_usd_per_w": (0.02, 2.0),
    "radiator_mass_kg_per_m2": (0.05, 2.0),
}
_VARIABLE = {table: variable for variable, table in CATALOGUE_CHOICES.items()}

#: Short names of single assumptions, with how far beyond the value in force they are drawn.
_SHORT: Mapping[str, tuple[str, str, tuple[float, float] | None]] = {
    "gpu_failure_rate_per_yr": ("reliability.gpu_failure_rate_per_yr", "GPU failure rate", None),
    "electricity_price_usd_per_kwh": (
        "ground.electricity_usd_per_kwh",
        "electricity price on the ground",
        (0.5, 20.0),
    ),
    "throughput_t_per_yr": (
        "lunar.throughput_t_per_yr",
        "throughput of the mass driver",
        (0.01, 100.0),
    ),
}

SHARE = "imported_share"
_YEAR_VARIABLE = "launch_year"
_MADE = "lunar.made_"


def axis_names(problem: Problem) -> list[str]:
    """Return every name an axis can have: the named ones that exist, then every assumption."""
    units = problem.assumption_units
    named = [name for name, number in DERIVED.items() if _rows(units, number)]
    named += [name for name, (key, _, _) in _SHORT.items() if key in units]
    if any(key.startswith(_MADE) for key in units):
        named.append(SHARE)
    if _YEAR_VARIABLE in problem.space.index:
        named.append(YEAR)
    return [*named, *units]


def parse_axis(text: str) -> tuple[str, tuple[float, float] | None]:
    """Split ``NAME`` or ``NAME=LOW:HIGH``.

    Raises
    ------
    SpecError
        When the range is not two numbers in order.

    Examples
    --------
    >>> parse_axis("year=2030:2040")
    ('year', (2030.0, 2040.0))
    """
    name, equals, span = text.partition("=")
    name = name.strip()
    if not equals:
        return name, None
    try:
        low, high = (float(part) for part in span.split(":"))
    except ValueError:
        raise SpecError(name, f"expected LOW:HIGH, got '{span}'") from None
    if not (math.isfinite(low) and math.isfinite(high)):
        raise SpecError(name, f"expected finite numbers, got '{span}'")
    if low >= high:
        raise SpecError(name, f"low {low:g} is not below high {high:g}")
    return name, (low, high)


def make_axis(problem: Problem, text: str, in_use: Mapping[str, str]) -> Axis:
    """Return an axis from ``NAME`` or ``NAME=LOW:HIGH``.

    Parameters
    ----------
    problem
        Whose assumptions are varied.
    text
        A name of :func:`axis_names`, with a range or without: then from low to high of the table.
    in_use
        Choices of the best design in force by variable; they decide which row a price belongs to.

    Raises
    ------
    SpecError
        For an unknown name, with the nearest; a wrong range; or no range where none is known.
    """
    name, span = parse_axis(text)
    known = axis_names(problem)
    if name not in known:
        raise SpecError(name, *unknown("unknown assumption", name, known))
    if name in DERIVED:
        return _group_axis(problem, name, span, in_use)
    if name == SHARE:
        return _share_axis(problem, span)
    if name == YEAR:
        return _year_axis(problem, span)
    if name in _SHORT:
        key, title, factors = _SHORT[name]
        if span is None and factors is not None:
            value = problem.assumptions[key]
            span = (factors[0] * value, factors[1] * value)
        return _key_axis(problem, key, span, name=name, title=title)
    return _key_axis(problem, name, span)


def _rows(units: Mapping[str, str], number: Derived) -> list[str]:
    end = f".{number.field}"
    return [k for k in units if k.startswith(f"catalog.{number.table}.") and k.endswith(end)]


def _key_axis(
    problem: Problem,
    key: str,
    span: tuple[float, float] | None,
    *,
    name: str | None = None,
    title: str | None = None,
) -> Axis:
    unit = problem.assumption_units[key]
    low, high = span or _table_range(problem, key)
    value = float(problem.assumptions.get(key, math.nan))
    return Axis(
        name or key,
        title or words(key.partition(".")[2] or key, unit),
        unit,
        low,
        high,
        value,
        lambda values: {key: values},
        frozenset({key}),
    )


def _table_range(problem: Problem, key: str) -> tuple[float, float]:
    uncertain = with_futures(problem)
    marginals = uncertain.marginals if uncertain else ()
    for marginal in marginals:
        if marginal.key == key:
            return float(marginal.low), float(marginal.high)
    raise SpecError(key, f"has no low and high of its own; give them as {key}=LOW:HIGH")


def _group_axis(
    problem: Problem, name: str, span: tuple[float, float] | None, in_use: Mapping[str, str]
) -> Axis:
    group, span_shares, values = DERIVED[name], _SPANS[name], problem.assumptions
    row = in_use.get(_VARIABLE[group.table]) or _FREIGHT_ROW
    stem = f"catalog.{group.table}.{row}"
    value = values[f"{stem}.{group.field}"]
    if group.per:
        value /= values[f"{stem}.{group.per}"]
    keys = [k for k in _rows(problem.assumption_units, group) if math.isfinite(values[k])]
    low, high = span or (span_shares[0] * value, span_shares[1] * value)
    pins = set(keys)
    if group.per:  # the price per kilogram is set, so payload may not move it
        pins |= {f"{key.rpartition('.')[0]}.{group.per}" for key in keys}
    return Axis(
        name,
        group.title,
        group.unit,
        low,
        high,
        value,
        lambda wanted: {key: values[key] * (wanted / value) for key in keys},
        frozenset(pins),
    )


def _share_axis(problem: Problem, span: tuple[float, float] | None) -> Axis:
    """Return the Earth-made share of every subsystem of a satellite launched from the Moon.

    All subsystems get the same share; what a table says cannot be made there (cells other than
    silicon) is imported whatever the share.
    """
    keys = [key for key in problem.assumption_units if key.startswith(_MADE)]
    low, high = span or (0.0, 1.0)
    if low < 0.0 or high > 1.0:
        raise SpecError(SHARE, f"{low:g}:{high:g} is outside 0:1")
    return Axis(
        SHARE,
        "share of a lunar satellite made on Earth",
        "1",
        low,
        high,
        math.nan,
        lambda values: dict.fromkeys(keys, 1.0 - values),
        frozenset(keys),
    )


def _year_axis(problem: Problem, span: tuple[float, float] | None) -> Axis:
    variable = problem.space[_YEAR_VARIABLE]
    low, high = span or (variable.lower, variable.upper)
    if low < variable.lower or high > variable.upper:
        bounds = f"{variable.lower:g}:{variable.upper:g}"
        raise SpecError(YEAR, f"{low:g}:{high:g} is outside {bounds}")
    return Axis(
        YEAR,
        "launch year",
        "",
        low,
        high,
        float(variable.default),
        lambda _: {},
        frozenset(),
        _YEAR_VARIABLE,
    )


def different(*axes: Axis) -> None:
    """Refuse two axes that move the same number.

    Raises
    ------
    SpecError
        Naming the second axis.
    """
    for at, axis in enumerate(axes):
        for other in axes[:at]:
            same = sorted(axis.pins & other.pins)
            if axis.name == other.name or same:
                raise SpecError(axis.name, f"moves the same number as {other.name}")
