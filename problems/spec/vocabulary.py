"""The vocabulary of a design problem: variables, outputs, objectives, constraints.

Everything a reader sees (config schema, table headings, axis labels, Parquet metadata) is derived
from these declarations. The module does not need numpy, so a configuration can be checked without
loading it; :mod:`problems.space` turns declarations into matrices.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from problems.spec import faults

Kind = Literal["real", "integer", "choice"]
Sense = Literal["min", "max"]
Value = float | str

_LONGEST_WORD = 200  # letters beyond which nobody mistyped a name
_SHORTEST_PART = 3  # letters of a part of a word by which names are found
_LISTED = 12  # names shown at once
_MANY = 40  # names of which the first tell nothing about the others
#: Units whose zero is a convention.
_SHIFTED_UNITS = frozenset(
    {"degC", "°C", "degF", "°F", "deg", "°", "rad", "dB", "dBi", "dBm", "dBW", "JD", "MJD"}
)
_FIRST_YEAR = 1000.0  # years from here on are dates, not durations
#: Objectives that a search may have; every command takes as many.
OBJECTIVE_LIMIT = 12
_BAND = 1e-9  # width of a band, of what it is measured by, within which no continuous output lands
_TINY = 1e-100  # a limit nearer to zero is no measure of a distance to it


class SpecError(ValueError):
    """A wrong name or value; carries the offending key and the nearest valid choice."""

    def __init__(self, key: str, message: str, suggestion: str | None = None) -> None:
        hint = f"; did you mean '{suggestion}'?" if suggestion else ""
        super().__init__(f"{key}: {message}{hint}")
        self.key = key
        self.message = message
        self.suggestion = suggestion


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """Return the choice closest in spelling to ``word``, or None when nothing is close.

    A choice that is one letter away, left out, doubled, wrong or swapped, comes before all others.

    Examples
    --------
    >>> nearest("altitude_kn", ["altitude_km", "orbit"])
    'altitude_km'
    >>> nearest("gou", ["gpu", "ground"])
    'gpu'
    """
    if len(word) > _LONGEST_WORD:
        return None
    known = list(choices)
    close = [choice for choice in known if faults.one_edit_apart(word, choice)]
    matches = difflib.get_close_matches(word, close or known, n=1, cutoff=0.0 if close else 0.6)
    return matches[0] if matches else None


def listed(names: Sequence[str]) -> Sequence[str]:
    """Return names, or refuse one text, of which every letter would pass for a name.

    Examples
    --------
    >>> listed(["mass_kg"])
    ['mass_kg']
    """
    if isinstance(names, str):
        raise SpecError(names, f"a list of names is wanted: ['{names}']")
    return names


def unknown(message: str, word: str, choices: Iterable[str]) -> tuple[str, str | None]:
    """Return a message on a wrong word with the valid ones where none is close, and the closest.

    Up to a dozen are listed; of more, those that contain the word or part of it.

    Examples
    --------
    >>> unknown("unknown metal", "wood", ["steel", "titanium"])
    ('unknown metal (there are: steel, titanium)', None)
    >>> unknown("unknown metal", "stel", ["steel", "titanium"])
    ('unknown metal', 'steel')
    """
    known = list(dict.fromkeys(choices))
    closest = nearest(word, known)
    if closest is not None or not known:
        return message, closest
    if len(known) <= _LISTED:
        return f"{message} (there are: {', '.join(known)})", None
    parts = [word.lower(), *re.split(r"[^a-z0-9]+", word.lower())]
    for part in (part for part in parts if len(part) >= _SHORTEST_PART):
        alike = [name for name in known if part in name.lower()]
        if alike:
            more = f" and {len(alike) - _LISTED} more" if len(alike) > _LISTED else ""
            return f"{message} (with '{part}': {', '.join(alike[:_LISTED])}{more})", None
    if len(known) > _MANY:
        return message, None
    return (
        f"{message} (there are: {', '.join(known[:_LISTED])} and {len(known) - _LISTED} more)",
        None,
    )


def has_true_zero(name: str, unit: str) -> bool:
    """Return whether zero means that there is none of it, so that per cents of it mean something.

    Temperatures in degrees Celsius, angles, levels in decibel and calendar years start from a
    point that somebody chose: twice such a number is not twice as much.

    Examples
    --------
    >>> has_true_zero("launch_mass_kg", "kg"), has_true_zero("design_life_yr", "yr")
    (True, True)
    >>> has_true_zero("launch_year", "yr"), has_true_zero("thermal.junction_limit_c", "degC")
    (False, False)
    """
    calendar = unit == "yr" and f"_{name.rpartition('.')[2]}".endswith("_year")
    return not calendar and unit not in _SHIFTED_UNITS


@dataclass(frozen=True, slots=True)
class Condition:
    """A variable is active only while ``variable`` takes one of ``choices``."""

    variable: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """Something the optimiser chooses; declared with keywords only.

    ``lower`` and ``upper`` bound reals and integers. For a choice, ``choices`` lists every value
    the problem knows and ``allowed`` the positions open to the search (None: all of them). A
    ``held`` variable stays at its default until a configuration narrows or fixes it. Choices
    that appear over the years are dated: ``open_from`` holds the first year of each (infinite for
    one closed for another reason), and ``dated_by`` names the variable that is the year. What to
    know of a choice beside its name stands in ``remarks`` at its position.
    ``true_zero`` says whether per cents of it mean something; None leaves it to name, unit and
    bounds. At ``unnamed_at`` it takes no part in a design's identity: the value that leaves
    everything as it was before the variable existed.
    """

    name: str
    unit: str
    symbol: str
    description: str
    kind: Kind
    default: Value
    lower: float = 0.0
    upper: float = 0.0
    log: bool = False
    choices: tuple[str, ...] = ()
    allowed: tuple[int, ...] | None = None
    active_when: tuple[Condition, ...] = ()
    held: bool = False
    dated_by: str = ""
    open_from: tuple[float, ...] = ()
    remarks: tuple[str, ...] = ()
    true_zero: bool | None = None
    unnamed_at: Value | None = None

    def __post_init__(self) -> None:
        chosen = self.kind == "choice"
        fault = faults.name_fault(self.name) or (
            faults.choices_fault(self.choices, self.allowed, self.default)
            if chosen
            else faults.range_fault(self.kind, self.lower, self.upper, log=self.log)
        )
        if fault is not None:
            raise SpecError(str(self.name), fault)
        if chosen:
            object.__setattr__(self, "upper", float(len(self.choices) - 1))
        else:
            self.encode(self.default)

    @property
    def codes(self) -> tuple[int, ...]:
        """Positions of the open choices; empty for reals and integers."""
        return self.allowed if self.allowed is not None else tuple(range(len(self.choices)))

    @property
    def has_true_zero(self) -> bool:
        """Whether zero means that there is none of it; see :func:`has_true_zero`."""
        if self.true_zero is not None:
            return self.true_zero
        calendar = self.unit == "yr" and self.lower >= _FIRST_YEAR
        positive = self.lower >= 0.0 and not calendar
        return self.log or (positive and has_true_zero(self.name, self.unit))

    @property
    def is_fixed(self) -> bool:
        """True when nothing is left to choose."""
        if self.held:
            return True
        return len(self.codes) == 1 if self.kind == "choice" else self.lower == self.upper

    @property
    def label(self) -> str:
        """Axis label with symbol and unit."""
        return f"{self.name} ${self.symbol}$ [{self.unit}]" if self.unit != "1" else self.name

    def encode(self, value: Value) -> float:
        """Return the number that stands for ``value`` in a design row.

        Raises
        ------
        SpecError
            For an unknown choice, text where a number belongs, or a value outside the bounds.
        """
        if self.kind == "choice":
            if not isinstance(value, str):
                raise SpecError(self.name, f"expected one of {', '.join(self.choices)}")
            value = self._alias(value)
            if value not in self.choices:
                raise SpecError(
                    self.name, *unknown(f"unknown choice '{value}'", value, self.choices)
                )
            return float(self.choices.index(value))
        if isinstance(value, (str, bool)) or not math.isfinite(value):
            raise SpecError(self.name, f"expected a finite number, got {value!r}")
        if not self.lower <= value <= self.upper:
            raise SpecError(
                self.name,
                f"{value:g} is outside {self.lower:g} to {self.upper:g} {self.unit}".rstrip(" 1"),
            )
        if self.kind == "integer" and value != round(value):
            raise SpecError(self.name, f"expected a whole number, got {value:g}")
        return float(value)

    def _alias(self, word: str) -> str:
        """Return the choice meant by other capitals, or by a part of a single one's name."""
        if word in self.choices:
            return word
        low = word.lower()
        same = [choice for choice in self.choices if choice.lower() == low]
        parts = [c for c in self.choices if low in c.lower().split("_")]
        return (same or parts)[0] if len(same or parts) == 1 else word

    def decode(self, number: float) -> Value:
        """Return the value a person reads: a choice as text, an integer as a whole number."""
        if self.kind == "choice":
            return self.choices[int(number)]
        return int(number) if self.kind == "integer" else float(number)

    def remark(self, value: Value) -> str:
        """Return what to know of a choice: why it is closed, or that it is a projection."""
        return self.remarks[self.choices.index(str(value))] if self.remarks else ""

    def opened(self, year: float) -> Variable:
        """Return this variable with every dated choice that exists by ``year`` open."""
        codes = tuple(code for code, first in enumerate(self.open_from) if first <= year)
        return dataclasses.replace(self, allowed=codes)

    def fix(self, value: Value) -> Variable:
        """Return this variable with a single value left."""
        number = self.encode(value)
        if self.kind == "choice":
            if int(number) not in self.codes:
                raise SpecError(self.name, f"'{value}' is not open in this scenario")
            meant = self.choices[int(number)]
            return dataclasses.replace(self, allowed=(int(number),), default=meant, held=False)
        return dataclasses.replace(self, lower=number, upper=number, default=number, held=False)

    def narrow(
        self,
        *,
        lower: float | None = None,
        upper: float | None = None,
        choices: Sequence[str] | None = None,
    ) -> Variable:
        """Return this variable with tighter bounds or fewer choices.

        Raises
        ------
        SpecError
            For bounds outside the problem's own, bounds out of order, or closed choices.
        """
        if self.kind == "choice":
            if lower is not None or upper is not None:
                raise SpecError(self.name, "a choice takes 'choices' or 'fix', not bounds")
            if choices is None:
                return self
            if len(choices) == 0:
                raise SpecError(self.name, "needs at least one choice")
            codes = tuple(sorted({int(self.encode(choice)) for choice in choices}))
            closed = [self.choices[code] for code in codes if code not in self.codes]
            if closed:
                raise SpecError(self.name, f"'{closed[0]}' is not open in this scenario")
            default = self.default if self.encode(self.default) in codes else self.choices[codes[0]]
            return dataclasses.replace(self, allowed=codes, default=default, held=False)
        if choices is not None:
            raise SpecError(self.name, "a number takes 'lower', 'upper' or 'fix', not choices")
        low = self.lower if lower is None else self.encode(lower)
        high = self.upper if upper is None else self.encode(upper)
        if low > high:
            raise SpecError(self.name, f"lower {low:g} is above upper {high:g}")
        default = min(max(float(self.default), low), high)
        return dataclasses.replace(self, lower=low, upper=high, default=default, held=False)


@dataclass(frozen=True, slots=True)
class Output:
    """A named ``(n,)`` column that the chain computes."""

    name: str
    unit: str
    symbol: str
    description: str
    discipline: str

    @property
    def has_true_zero(self) -> bool:
        """Whether zero means that there is none of it; see :func:`has_true_zero`."""
        return has_true_zero(self.name, self.unit)

    @property
    def label(self) -> str:
        """Axis label with symbol and unit."""
        return f"{self.name} ${self.symbol}$ [{self.unit}]" if self.unit != "1" else self.name


@dataclass(frozen=True, slots=True)
class Objective:
    """The name of an output to be minimised or maximised.

    ``ideal`` and ``reference`` fix the box in which hypervolume is measured; not a number leaves
    both to the search, which takes them from the feasible designs it meets. ``log`` measures it on
    a logarithmic axis, for outputs that span decades.
    """

    output: str
    sense: Sense
    ideal: float
    reference: float
    log: bool = False

    def __post_init__(self) -> None:
        fault = faults.box_fault(self.sense, self.ideal, self.reference, log=self.log)
        if fault is not None:
            raise SpecError(str(self.output), fault)

    @property
    def has_box(self) -> bool:
        """Whether ideal and reference are known."""
        return not math.isnan(self.ideal)


@dataclass(frozen=True, slots=True)
class Constraint:
    """Limits on an output; violation is dimensionless, at most 0 when feasible.

    ``scale`` turns the distance to a limit into a number of order one; the default is the limit
    itself.
    """

    name: str
    output: str
    description: str
    lower: float | None = None
    upper: float | None = None
    scale: float | None = None

    def __post_init__(self) -> None:
        fault = faults.limit_fault(self.lower, self.upper, self.scale)
        fault = faults.text_fault(self.name) or fault
        if fault is not None:
            raise SpecError(str(self.name), fault)

    def measure(self, limit: float) -> float:
        """Return what a distance to ``limit`` is divided by."""
        return self.scale or (abs(limit) if abs(limit) > _TINY else 1.0)

    @property
    def is_equality(self) -> bool:
        """Whether both limits are one value, which a continuous output never takes exactly."""
        if self.lower is None or self.upper is None:
            return False
        return self.upper - self.lower <= _BAND * self.measure(self.upper)


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A total and the outputs that add up to it: a mass tree or a cost waterfall."""

    name: str
    title: str
    unit: str
    total: str
    items: tuple[str, ...]
