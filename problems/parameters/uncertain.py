"""Uncertain numbers: which assumptions and catalogue numbers may be otherwise, and how far.

The tables give a nominal value, a low and a high one, and a distribution:

- ``triangular``: low and high are the ends, nominal is the most likely value;
- ``uniform``: low and high are the ends;
- ``lognormal``: low and high are the 5 % and 95 % points and nominal is the median; when they are
  not symmetric on a logarithmic axis the two halves get their own width;
- ``logitnormal``: the same for the odds ``p/(1 - p)`` of a probability, which stays below 1;
- ``fixed`` (switches, definitions) and numbers without a range are not uncertain.

The catalogue has no column for the distribution: money, which spans factors, is lognormal, failure
probabilities are logitnormal, everything else is triangular.

Nothing here needs numpy until a quantile is asked for, so a configuration can be checked at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from problems.parameters.assumptions import assumption_rows
from problems.parameters.catalog import CATALOGUE_CHOICES, OwnRows, catalog_ranges
from problems.spec import SpecError, Variable, unknown

if TYPE_CHECKING:
    from problems.units import FloatArray

Z95 = 1.6448536269514722  # standard normal quantile at 95 %


@dataclass(frozen=True, slots=True)
class Marginal:
    """How one number is distributed over the futures, overrides in force applied.

    Parameters
    ----------
    key, unit
        As in the tables.
    low, nominal, high
        In ``unit``; what they mean depends on ``distribution`` (see the module).
    distribution
        ``triangular``, ``uniform``, ``lognormal`` or ``logitnormal``.
    ceiling
        Value that the number cannot exceed, e.g. 1 for a share; None without one.
    """

    key: str
    unit: str
    low: float
    nominal: float
    high: float
    distribution: str
    ceiling: float | None = None

    @property
    def pin(self) -> float:
        """The value in force when the number is not drawn."""
        return self.nominal

    @property
    def points(self) -> tuple[float, float, float]:
        """Low, nominal and high, in ``unit``."""
        return self.low, self.nominal, self.high

    def quantile(self, u: FloatArray) -> FloatArray:
        """Return the values that shares ``u`` (0 to 1) of the futures stay below.

        Parameters
        ----------
        u
            Shares strictly between 0 and 1, of any shape.

        Returns
        -------
        ndarray
            Values in ``unit``, of the shape of ``u``.

        Examples
        --------
        >>> import numpy as np
        >>> price = Marginal("cost.bus_usd_per_kg", "USD/kg", 400.0, 1000.0, 4000.0, "lognormal")
        >>> price.quantile(np.array([0.05, 0.5, 0.95])).round(6).tolist()
        [400.0, 1000.0, 4000.0]
        """
        import numpy as np  # only drawing needs it, checking a configuration does not
        from scipy.special import ndtri

        u = np.asarray(u, dtype=np.float64)
        if self.distribution == "uniform":
            return np.asarray(self.low + u * (self.high - self.low))
        if self.distribution == "triangular":
            width, below = self.high - self.low, self.nominal - self.low
            rising = self.low + np.sqrt(u * width * below)
            falling = self.high - np.sqrt((1.0 - u) * width * (width - below))
            return np.where(u * width < below, rising, falling)
        odds = self.distribution == "logitnormal"
        low, middle, high = map(_odds, self.points) if odds else self.points
        z = ndtri(u) / Z95
        drawn = middle * np.exp(z * np.where(z < 0.0, np.log(middle / low), np.log(high / middle)))
        if odds:
            drawn = drawn / (1.0 + drawn)
        return np.asarray(drawn if self.ceiling is None else np.minimum(drawn, self.ceiling))


def uncertain_numbers(
    overrides: Mapping[str, float],
    open_rows: Mapping[str, Sequence[str]] | None = None,
    own: OwnRows = (),
) -> tuple[Marginal, ...]:
    """Return every number that has a distribution, with ``overrides`` in force.

    An override moves the nominal value; low and high keep their ratio to it (their distance where
    the table's nominal is not positive) within what the unit allows.

    Parameters
    ----------
    overrides
        Values by dotted key, of a scenario and of the user.
    open_rows
        Catalogue table to the names of the rows that can be chosen; all rows when None.
    own
        Rows of the user's own.
    """
    marginals = []
    for row in assumption_rows().values():
        numbers = (row.nominal, row.low, row.high)
        marginals.append(_marginal(row.key, row.unit, numbers, row.distribution, overrides))
    for item in catalog_ranges(own):
        _, table, name, field = item.key.split(".", 3)
        if open_rows is None or name in open_rows.get(table, ()):
            kind = "lognormal" if "usd" in field else "triangular"
            if field == "failure_prob":
                kind = "logitnormal"
            numbers = (item.nominal, item.low, item.high)
            marginals.append(_marginal(item.key, item.unit, numbers, kind, overrides))
    return tuple(marginal for marginal in marginals if marginal is not None)


def open_rows(variables: Iterable[Variable]) -> dict[str, list[str]]:
    """Return, by catalogue table, the rows that can be chosen now or in some launch year."""
    return {
        CATALOGUE_CHOICES[v.name]: [
            name
            for code, name in enumerate(v.choices)
            if code in v.codes or (v.open_from and math.isfinite(v.open_from[code]))
        ]
        for v in variables
        if v.name in CATALOGUE_CHOICES
    }


def _odds(probability: float) -> float:
    return probability / (1.0 - probability)


def _marginal(
    key: str,
    unit: str,
    numbers: tuple[float, float, float],
    distribution: str,
    overrides: Mapping[str, float],
) -> Marginal | None:
    """Return the distribution around the value in force; None where there is nothing to draw."""
    nominal, low, high = numbers
    if distribution == "fixed" or not low < high:  # also where the table has a gap
        return None
    ceiling = 1.0 if unit == "1" and high <= 1.0 else None
    floor = 0.0 if low >= 0.0 else None
    pin = float(overrides.get(key, nominal))
    if distribution == "logitnormal":
        if not 0.0 < low < high < 1.0 or not 0.0 < pin < 1.0:
            return None  # certain either way
        ratio = _odds(pin) / _odds(nominal)
        low, high = (_odds(p) * ratio / (1.0 + _odds(p) * ratio) for p in (low, high))
    elif pin != nominal and nominal > 0.0:
        low, high = sorted((low * pin / nominal, high * pin / nominal))
    elif pin != nominal:
        low, high = low + pin - nominal, high + pin - nominal
    if floor is not None:
        low = min(max(low, floor), pin)
    if ceiling is not None:
        ceiling = max(ceiling, pin)
        high = min(high, ceiling)
    if not low < high or (distribution == "lognormal" and low <= 0.0):
        return None  # pinned at zero: a ratio of nothing is nothing
    return Marginal(key, unit, low, pin, high, distribution, ceiling)


def chosen_marginals(
    known: Sequence[Marginal],
    include: Iterable[str] | None,
    all_keys: Iterable[str] = (),
) -> tuple[Marginal, ...]:
    """Return the marginals that ``include`` names, in the order of ``known``.

    Parameters
    ----------
    known
        What can be drawn.
    include
        Keys, groups (``launch`` or ``launch.*``) or patterns (``catalog.*.price_usd``); all of
        ``known`` when None.
    all_keys
        Keys that exist but may have no distribution, for a better message.

    Raises
    ------
    SpecError
        For a name that matches nothing, with the nearest one.
    """
    if include is None:
        return tuple(known)
    wanted: set[str] = set()
    existing = tuple(all_keys)
    for name in include:
        keys = {marginal.key for marginal in known if _covers(name, marginal.key)}
        if not keys and any(_covers(name, key) for key in existing):
            raise SpecError(name, "has no distribution: it is fixed, or closed in this scenario")
        if not keys:
            choices = {part for marginal in known for part in _names_of(marginal.key)}
            raise SpecError(name, *unknown("unknown assumption or group", name, sorted(choices)))
        wanted |= keys
    return tuple(marginal for marginal in known if marginal.key in wanted)


def _covers(name: str, key: str) -> bool:
    if name == key or key.startswith(name.removesuffix(".*") + "."):
        return True
    return "*" in name and fnmatchcase(key, name)


def _names_of(key: str) -> list[str]:
    """Return a key and every group it belongs to."""
    parts = key.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts) + 1)]
