"""Why a declaration would make a search blind, inverted or half-blind: plain numbers and names.

Each function returns what is wrong in one sentence without the name of the thing, or None.
:mod:`problems.spec` asks them whenever a variable, an objective or a constraint is made, so there
is no other way to one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

#: Columns that tables of designs have beside variables, outputs and violations.
RESERVED = ("design_id", "feasible", "found_by", "found_in", "generation", "reason", "scenario")
#: What the columns of violations, risks and renamed outputs begin with.
RESERVED_PREFIXES = ("best.", "output.", "robust.", "violation.")

_LARGEST = 1e100  # a number beyond it is a slip, and differences to it drown in rounding
_NARROWEST = 1e-9  # width of a range, of the larger of its ends
_ROUNDING = 1e-12  # the same of bounds, which decimals of one number may be
_SHORTEST = 1e-12  # range of a variable; crossover takes numbers nearer than 1e-14 for the same
_LARGEST_WHOLE = 2.0**53  # beyond it, neighbouring whole numbers are the same number


def text_fault(name: Any) -> str | None:
    """Return why text cannot be the name of anything."""
    if not isinstance(name, str) or not name or not name.isprintable() or name != name.strip():
        return f"a name must be text without blanks around it, not {name!r}"
    return None


def name_fault(name: Any) -> str | None:
    """Return why a variable or an output, which has a column of its own, cannot have this name.

    Examples
    --------
    >>> name_fault("mass_kg"), name_fault("feasible")
    (None, "'feasible' is a column that tables have themselves; choose another name")
    """
    if name in RESERVED or f"{name}".startswith(RESERVED_PREFIXES):
        return f"'{name}' is a column that tables have themselves; choose another name"
    return text_fault(name)


def one_edit_apart(word: str, other: str) -> bool:
    """Return whether one letter added, left out, replaced or swapped with the next is all."""
    if abs(len(word) - len(other)) > 1:
        return False
    pairs = enumerate(zip(word, other, strict=False))
    same = next((i for i, (a, b) in pairs if a != b), min(len(word), len(other)))
    rest, wanted = word[same:], other[same:]
    swapped = rest[:2] == wanted[:2][::-1] and rest[2:] == wanted[2:]
    return swapped or rest[1:] in (wanted, wanted[1:]) or rest == wanted[1:]


def doubled(names: Iterable[str]) -> list[str]:
    """Return the names that appear more than once.

    Examples
    --------
    >>> doubled(["a", "b", "a"])
    ['a']
    """
    return [name for name, count in Counter(names).items() if count > 1]


def number_fault(what: str, value: Any) -> str | None:
    """Return why a value is no number that can be computed with."""
    if isinstance(value, (str, bool)) or not hasattr(value, "__float__"):
        return f"{what} must be a number, not {value!r}"
    if not abs(float(value)) <= _LARGEST:
        return f"{what} must be a finite number up to {_LARGEST:g}, not {value:g}"
    return None


def range_fault(kind: str, lower: Any, upper: Any, *, log: bool) -> str | None:
    """Return why bounds do not bound a real (``real``) or a whole number (``integer``).

    Examples
    --------
    >>> range_fault("integer", 0.5, 3.7, log=False)
    'a whole number needs whole bounds, not 0.5 to 3.7'
    >>> range_fault("real", 2.0, 2.0, log=True) is None
    True
    """
    fault = number_fault("lower", lower) or number_fault("upper", upper)
    if fault is not None:
        return fault
    if not lower <= upper:
        return f"lower {lower:g} is above upper {upper:g}"
    if log and lower <= 0.0:
        return "a logarithmic variable needs a positive lower bound"
    if kind not in ("real", "integer"):
        return f"kind must be 'real', 'integer' or 'choice', not {kind!r}"
    if kind == "real":
        return _narrow(lower, upper, log=log)
    if lower != round(lower) or upper != round(upper):
        return f"a whole number needs whole bounds, not {lower:g} to {upper:g}"
    if max(abs(lower), abs(upper)) > _LARGEST_WHOLE:
        return f"bounds of a whole number must be within {_LARGEST_WHOLE:.0f}"
    return None


def _narrow(lower: float, upper: float, *, log: bool) -> str | None:
    """Return why a search could hardly move between bounds."""
    if 0.0 < upper - lower <= _ROUNDING * max(abs(lower), abs(upper)):
        return f"lower {lower!r} and upper {upper!r} are equal but for rounding"
    if not log and 0.0 < upper - lower < _SHORTEST:
        return f"{lower:g} to {upper:g} is too short a range for a search: take a smaller unit"
    return None


def choices_fault(
    choices: Sequence[Any], allowed: Sequence[int] | None, default: Any
) -> str | None:
    """Return why these are no choices, or ``allowed`` no positions of them in ascending order.

    Examples
    --------
    >>> choices_fault(("a", "b"), (0, 1), "c")
    "default 'c' is not among the choices"
    """
    if not choices:
        return "a choice needs 'choices'"
    wrong = next((c for c in choices if not isinstance(c, str) or not c), None)
    if wrong is not None:
        return f"a choice must be text, not {wrong!r}"
    if doubled(choices):
        return f"the choice '{doubled(choices)[0]}' appears twice"
    if default not in choices:
        return f"default {default!r} is not among the choices"
    if allowed is None or (
        list(allowed) == sorted(set(allowed)) and set(allowed) <= set(range(len(choices)))
    ):
        return None
    return f"'allowed' must be ascending positions of {len(choices)} choices, not {allowed!r}"


def box_fault(sense: Any, ideal: Any, reference: Any, *, log: bool) -> str | None:
    """Return why ideal and reference do not span an axis along which designs become worse.

    Parameters
    ----------
    sense
        ``min`` or ``max``.
    ideal, reference
        Ends of the axis; both not a number where they are not declared.
    log
        Whether the axis is logarithmic.

    Examples
    --------
    >>> box_fault("min", 10.0, 1.0, log=False)
    'ideal 10 must be better (lower) than reference 1'
    >>> box_fault("max", 10.0, 1.0, log=False) is None
    True
    """
    if sense not in ("min", "max"):
        return f"sense must be 'min' or 'max', not {sense!r}"
    if is_undeclared(ideal) and is_undeclared(reference):
        return None
    fault = number_fault("ideal", ideal) or number_fault("reference", reference)
    if fault is not None:
        return fault
    if log and min(ideal, reference) <= 0.0:
        return f"a logarithmic axis needs ideal and reference above 0, not {ideal:g}, {reference:g}"
    width = reference - ideal if sense == "min" else ideal - reference
    if width <= 0.0:
        side = "lower" if sense == "min" else "higher"
        return f"ideal {ideal:g} must be better ({side}) than reference {reference:g}"
    if width <= max(_NARROWEST * max(abs(ideal), abs(reference)), 1.0 / _LARGEST):
        return f"ideal {ideal!r} and reference {reference!r} are equal but for rounding"
    return None


def is_undeclared(value: Any) -> bool:
    """Return whether an end of an axis is left to the search."""
    return isinstance(value, float) and math.isnan(value)


def limit_fault(lower: Any, upper: Any, scale: Any) -> str | None:
    """Return why these limits cannot be kept or compared.

    Examples
    --------
    >>> limit_fault(2.0, 1.0, None)
    'lower 2 is above upper 1'
    """
    if lower is None and upper is None:
        return "needs 'lower' or 'upper'"
    for what, value in (("lower", lower), ("upper", upper), ("scale", scale)):
        fault = None if value is None else number_fault(what, value)
        if fault is not None:
            return fault
    if lower is not None and upper is not None and lower > upper:
        return f"lower {lower:g} is above upper {upper:g}"
    if scale is not None and scale < 1.0 / _LARGEST:
        return f"scale must be above 0, not {scale:g}"
    return None
