"""Names, units and numbers as a person reads them: for figures, summaries and terminals.

Nothing here knows a particular problem; every text is derived from the declarations.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from problems.spec import Breakdown, Constraint, Objective, Output, Value, Variable

# Trailing words of a name that only repeat its unit.
UNIT_WORDS = frozenset(
    (
        "c",
        "cm2",
        "d",
        "deg",
        "g",
        "gb",
        "gbps",
        "h",
        "hz",
        "j",
        "k",
        "kg",
        "km",
        "krad",
        "kw",
        "kwh",
        "m",
        "m2",
        "m3",
        "min",
        "mm",
        "ms",
        "mw",
        "n",
        "pa",
        "s",
        "t",
        "usd",
        "v",
        "w",
        "wh",
        "yr",
    )
)
ACRONYMS = {
    word.lower(): word
    for word in (
        "AI",
        "BOL",
        "EOL",
        "FLOP",
        "GEO",
        "GPU",
        "GPUs",
        "IT",
        "LEO",
        "LTAN",
        "MEO",
        "MFU",
        "PFLOPS",
        "PUE",
        "RDM",
        "SDC",
        "SEE",
        "SEFI",
        "SSO",
        "TDP",
        "TID",
        "UECC",
        "WACC",
    )
}
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def words(name: str, unit: str = "1") -> str:
    """Return a name as words, without the unit it ends in.

    Examples
    --------
    >>> words("specific_mass_kg_per_kw", "kg/kW")
    'specific mass'
    >>> words("gpu_model"), words("drag_delta_v_m_s", "m/s"), words("iii_v")
    ('GPU model', 'drag delta-v', 'III-V')
    """
    # The v of delta-v is no volt, nor that of III-V.
    parts = (
        name.replace(".", "_").replace("delta_v", "delta-v").replace("iii_v", "III-V").split("_")
    )
    if unit != "1":
        while len(parts) > 1 and (parts[-1] in UNIT_WORDS or parts[-1] == "per"):
            parts.pop()
    return " ".join(ACRONYMS.get(part, part) for part in parts)


def sentence(text: str) -> str:
    """Return ``text`` with a capital at its beginning and the rest untouched."""
    return text[:1].upper() + text[1:]


def pretty_unit(unit: str) -> str:
    """Return a unit with raised exponents.

    Examples
    --------
    >>> pretty_unit("W/m2")
    'W/m²'
    """
    return re.sub(r"(?<=[A-Za-z])-?\d", lambda m: m.group().translate(SUPERSCRIPTS), unit)


def title(item: Variable | Output) -> str:
    """Return the axis label of a variable or output: words and unit.

    Examples
    --------
    >>> title(Output("launch_mass_kg", "kg", "m", "Mass at launch.", "mass"))
    'Launch mass [kg]'
    """
    text = sentence(words(item.name, item.unit))
    return text if item.unit in ("1", "") else f"{text} [{pretty_unit(item.unit)}]"


def item_label(breakdown: Breakdown, name: str) -> str:
    """Return what to call one item of a breakdown.

    Examples
    --------
    >>> item_label(Breakdown("mass", "Launch mass", "kg", "mass_kg", ()), "mass_array_kg")
    'array'
    """
    text = words(name, breakdown.unit)
    return text.removeprefix(f"{breakdown.name} ").removesuffix(f" {breakdown.name}")


def number(value: float, digits: int = 4) -> str:
    """Return a number with ``digits`` significant figures, grouped, without needless exponents.

    Examples
    --------
    >>> number(1234567.0), number(0.012344), number(2.0e-7), number(float("nan"))
    ('1,235,000', '0.01234', '2e-07', '-')
    """
    if not math.isfinite(value):
        return "-" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    if value == 0.0:
        return "0"
    size = abs(value)
    if size >= 1e10 or size < 1e-4:
        return f"{value:.{digits}g}"
    rounded = float(f"{value:.{digits}g}")
    if size >= 1000.0:
        return f"{rounded:,.0f}"
    return f"{rounded:.{max(digits, 3)}g}"


def tick(value: float) -> str:
    """Return a number short enough for an axis.

    Examples
    --------
    >>> tick(2.5e7), tick(30_000.0)
    ('25 M', '30,000')
    """
    return f"{number(value / 1e6, 3)} M" if abs(value) >= 1e6 else number(value, 3)


def _in_unit(value: float, unit: str, digits: int = 4) -> str:
    """Return a number as its unit wants it: a calendar year has no thousands."""
    text = number(value, digits)
    return text.replace(",", "") if unit == "yr" else text


def quantity(value: float, unit: str, digits: int = 4) -> str:
    """Return a number with its unit; a dimensionless one stays bare."""
    text = _in_unit(value, unit, digits)
    return text if unit in ("1", "") else f"{text} {pretty_unit(unit)}"


def limit_text(constraint: Constraint, unit: str) -> str:
    """Return what a constraint demands.

    Examples
    --------
    >>> limit_text(Constraint("heat", "junction_temperature_c", "", upper=85.0), "degC")
    '`junction_temperature_c` at most 85 degC'
    """
    parts = [
        f"{word} {quantity(limit, unit)}"
        for word, limit in (("at least", constraint.lower), ("at most", constraint.upper))
        if limit is not None
    ]
    return f"`{constraint.output}` {' and '.join(parts)}"


def range_text(variable: Variable) -> str:
    """Return what a variable may be: its bounds, or its open choices."""
    if variable.kind == "choice":
        return " | ".join(variable.choices[code] for code in variable.codes)
    lower = _in_unit(variable.lower, variable.unit)
    text = f"{lower} to {quantity(variable.upper, variable.unit)}"
    return text + (", logarithmic" if variable.log else "")


def shown(value: Value | None, unit: str = "1") -> str:
    """Return a decoded variable value as text; an inactive one is a dash.

    Examples
    --------
    >>> shown(2038.6, "yr"), shown(2038.6), shown(None)
    ('2039', '2,039', '-')
    """
    if value is None:
        return "-"
    return value if isinstance(value, str) else _in_unit(value, unit)


def remarked(variable: Variable, value: Value | None) -> str:
    """Return a decoded variable value as text, with what to know of a choice."""
    remark = variable.remark(value) if value is not None else ""
    return shown(value, variable.unit) + (f" ({remark})" if remark else "")


# Everyday words for the best design in an objective that is minimised; the first match counts.
BEST_WORDS = (("failure_rate", "most reliable"), ("cost", "cheapest"), ("mass", "lightest"))


def best_titles(objectives: Sequence[Objective], outputs: Mapping[str, Output]) -> list[str]:
    """Return what to call the best design in each objective, every title once.

    Examples
    --------
    >>> best_titles([Objective("cost_usd", "min", 0, 1), Objective("area_m2", "max", 1, 0)], {})
    ['cheapest', 'highest area m2']
    """
    titles: list[str] = []
    for objective in objectives:
        output = outputs.get(objective.output)
        plain = words(objective.output, output.unit if output else "1")
        text = f"{'lowest' if objective.sense == 'min' else 'highest'} {plain}"
        if objective.sense == "min":
            everyday = next((w for part, w in BEST_WORDS if part in objective.output), text)
            text = text if everyday in titles else everyday
        titles.append(text)
    return titles


def wrapped(text: str, width: int = 14) -> str:
    r"""Break a label into lines of about ``width`` letters, its unit on the last one.

    Examples
    --------
    >>> wrapped("Radiation failure rate [1/(PFLOP/s yr)]").split("\n")
    ['Radiation', 'failure rate', '[1/(PFLOP/s yr)]']
    """
    plain, bracket, unit = text.partition(" [")
    lines = [""]
    for word in plain.split():
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join([*lines, f"[{unit}"] if bracket else lines)
