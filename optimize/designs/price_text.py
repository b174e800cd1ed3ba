"""Shadow prices and sensitivities of one design, as plain values and as text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from optimize.designs.shadow_prices import ShadowPrices
from optimize.utils.labels import pretty_unit, quantity, sentence, words
from optimize.utils.terminal import fitted_table
from problems.spec import Objective, Output

_TOP = 12  # sensitivities printed; the JSON document has all of them
_LEAST = {False: 5e-4, True: 5e-5}  # that is printed, per cent of a number and per unit

_Values = Mapping[str, Mapping[str, float]]


def prices_json(prices: ShadowPrices) -> dict[str, Any]:
    """Return shadow prices as plain values; numbers that are not finite become null.

    Elasticities are per cent per per cent. ``..._change_per_unit`` is the relative change of the
    objective for one unit more of a number whose zero is a convention.
    """
    sensitivities = {
        "variable_{}": prices.variables,
        "assumption_{}": prices.assumptions,
        "assumption_{}_adapted": prices.adapted,
    }
    return {
        "binding": list(prices.binding),
        **{
            key.format(kind): _clean(_part(values, prices, per_unit=per_unit))
            for per_unit, kind in ((False, "elasticities"), (True, "change_per_unit"))
            for key, values in sensitivities.items()
        },
        "limits": [
            {
                "constraint": p.constraint,
                "objective": p.objective,
                "side": p.side,
                "limit": p.limit,
                "unit": p.unit,
                "multiplier": p.multiplier,
                "change_per_unit": p.change_per_unit,
                "text": p.text,
            }
            for p in prices.limits
        ],
        "tradeoffs": _clean(prices.tradeoffs),
        "residual": dict(prices.residual),
        "exact_derivatives": prices.exact,
        "improve": {name: list(moves) for name, moves in prices.improve.items()},
        "held": {name: list(by) for name, by in prices.held.items()},
    }


def _part(values: _Values, prices: ShadowPrices, *, per_unit: bool) -> _Values:
    return {name: row for name, row in values.items() if (name in prices.per_unit) is per_unit}


def _clean(values: _Values) -> dict[str, dict[str, float | None]]:
    return {
        name: {o: v if math.isfinite(v) else None for o, v in row.items()}
        for name, row in values.items()
    }


def price_lines(
    prices: ShadowPrices,
    objectives: Sequence[Objective],
    declared: Mapping[str, Output],
    values: Mapping[str, float],
) -> list[str]:
    """Return shadow prices as lines of text: binding limits, trade-offs and sensitivities.

    Parameters
    ----------
    prices
        Of the design.
    objectives, declared
        As searched, and every output of the problem.
    values
        Outputs of the design.
    """
    lines = [f"Binding constraints: {', '.join(prices.binding) or 'none'}", ""]
    if prices.limits:
        lines += ["If the design adapts, at equal other objectives:"]
        lines += [f"  {price.text}" for price in prices.limits] + [""]
    for name, row in prices.tradeoffs.items():
        sold = [
            _exchange(declared[name], declared[o], v, values) for o, v in row.items() if v > 0.0
        ]
        if sold:
            lines.append(f"{_called(declared[name])} buys {', '.join(sold)}")
    for name, held in prices.held.items():
        if rough := prices.why_rough(name):
            lines.append(f"{_called(declared[name])}: prices are rough, {rough}")
        if held:
            lines.append(f"{_called(declared[name])}: held by {', '.join(held)}")
    if not prices.exact:
        lines.append("Derivatives are finite differences: this model does not know its own")
    lines += [""] if lines[-1] else []
    aims = [declared[o.output] for o in objectives]
    for per_unit in (False, True):
        lines += _sensitivity_lines(prices, aims, values, per_unit=per_unit)
    return lines[:-1]


def _called(output: Output) -> str:
    return sentence(words(output.name, output.unit))


def _exchange(
    bought: Output, paid: Output, percent_per_percent: float, values: Mapping[str, float]
) -> str:
    """Return what one per cent (or one unit) of an objective buys of another one."""
    percent, price = percent_per_percent, "1 %"
    if not paid.has_true_zero:
        percent, price = 100.0 * percent / abs(values[paid.name]), quantity(1.0, paid.unit)
    gain = f"{percent:.2g} %"
    if not bought.has_true_zero:
        gain = quantity(percent / 100.0 * abs(values[bought.name]), bought.unit, 2)
    return f"{gain} for {price} of {words(paid.name, paid.unit)}"


def _sensitivity_lines(
    prices: ShadowPrices, aims: Sequence[Output], values: Mapping[str, float], *, per_unit: bool
) -> Iterable[str]:
    """Yield the tables of one kind, each with an empty line after it."""
    by_unit = "" if all(aim.has_true_zero for aim in aims) else ", or the unit in brackets,"
    heading = (
        f"Per cent of objective{by_unit} for one {'unit more' if per_unit else 'per cent'} of:"
    )
    tables = (
        ("variable", prices.variables),
        ("assumption, design unchanged", prices.assumptions),
        ("assumption, design adapted", prices.adapted),
    )
    for title, everything in tables:
        part = _part(everything, prices, per_unit=per_unit)
        keys = dict.fromkeys(k for aim in aims for k in _top(part, aim.name, _LEAST[per_unit]))
        if not keys:
            continue
        yield from [heading] if heading else []
        heading = ""
        columns = [words(aim.name, aim.unit) + _bracket(aim) for aim in aims]
        rows = [
            (
                f"{key} [{pretty_unit(prices.per_unit[key])}]" if per_unit else key,
                *(_cell(part[key][aim.name], aim, values, per_unit=per_unit) for aim in aims),
            )
            for key in keys
        ]
        yield from fitted_table((title, *columns), rows)
        yield ""


def _bracket(aim: Output) -> str:
    return "" if aim.has_true_zero else f" [{pretty_unit(aim.unit)}]"


def _cell(relative: float, aim: Output, values: Mapping[str, float], *, per_unit: bool) -> str:
    amount = 100.0 * relative if per_unit else relative
    if aim.has_true_zero and not per_unit:
        return f"{amount:+.3f}"
    amount *= 1.0 if aim.has_true_zero else abs(values[aim.name]) / 100.0
    return f"{round(amount, 4) + 0.0:+.3g}"  # no minus before a zero


def _top(values: _Values, objective: str, least: float) -> list[str]:
    """Return the names of the largest finite entries of one objective, by size."""
    entries = [(key, row.get(objective, math.nan)) for key, row in values.items()]
    large = [(key, value) for key, value in entries if math.isfinite(value) and abs(value) > least]
    return [key for key, _ in sorted(large, key=lambda item: -abs(item[1]))[:_TOP]]
