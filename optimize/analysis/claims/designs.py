"""The satellites that claims are about, each a configuration searched for its best design."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optimize.analysis.claims.layout import DesignRow
from optimize.config.faults import Fault, Source
from optimize.config.study import Study, read_study
from problems.compute_satellite.declarations import all_outputs, scenarios
from problems.parameters.assumptions import assumption_rows
from problems.parameters.catalog import catalog_ranges
from problems.spec import unknown

FULL_COST = "cost_per_exaflop_full_usd"
_SCENARIO = "2030"
_SECTIONS = ("variables", "constraints", "assumptions")
#: Scenarios between which a design of a year lies.
_EARLY, _LATE = "today", "2030"


@dataclass(frozen=True)
class Design:
    """What is optimised: a study, the assumptions it sets, and the output it is best in.

    ``pinned`` are the assumptions that the claim itself sets, so that no future varies them.
    """

    name: str
    objective: str
    scenario: str
    overrides: tuple[tuple[str, float], ...]
    pinned: tuple[str, ...]
    study: Study


def read_design(name: str, rows: Mapping[str, DesignRow], source: Source) -> Design:
    """Return a design of a file, with everything it extends.

    Raises
    ------
    ConfigError
        For what a configuration cannot hold, an unknown output, or a circle of extensions.
    """
    merged = _merged(name, rows, source, ())
    objective = merged.pop("objective") or FULL_COST
    if objective not in all_outputs():
        where = ("designs", name, "objective")
        message, hint = unknown(f"unknown output '{objective}'", objective, all_outputs())
        raise source.error([Fault(where, message, hint)])
    year = merged.pop("year")
    scenario = merged.pop("scenario") or _SCENARIO
    config, study = read_study(_part(name, {**merged, "scenario": scenario}, source))
    own = {key: float(setting.value) for key, setting in config.assumptions.items()}
    overrides = {**(dict(between(_EARLY, _LATE, year)) if year else {}), **own}
    return Design(name, objective, scenario, tuple(overrides.items()), tuple(own), study)


def _merged(
    name: str, rows: Mapping[str, DesignRow], source: Source, seen: tuple[str, ...]
) -> dict[str, Any]:
    """Return the keys of a design on top of those that it extends."""
    row = rows[name]
    base: dict[str, Any] = {"objective": None, "scenario": None, "year": None}
    base |= {section: {} for section in _SECTIONS}
    if row.extends is not None:
        where = ("designs", name, "extends")
        if row.extends not in rows:
            message, hint = unknown(f"unknown design '{row.extends}'", row.extends, rows)
            raise source.error([Fault(where, message, hint)])
        if row.extends in (*seen, name):
            raise source.error([Fault(where, "extends itself")])
        base = _merged(row.extends, rows, source, (*seen, name))
    own = row.model_dump(exclude={"extends"}, exclude_none=True)
    for section in _SECTIONS:
        own[section] = base[section] | own[section]
    return base | own


def _part(name: str, keys: dict[str, Any], source: Source) -> Source:
    """Return the configuration of a design, its faults at their place in the file."""
    at = ("designs", name)
    places = {
        location[len(at) :]: place
        for location, place in source.places.items()
        if location[: len(at)] == at
    }
    return Source(source.name, {"name": name, "problem": "compute_satellite", **keys}, places)


def between(first: str, second: str, year: float) -> tuple[tuple[str, float], ...]:
    """Return overrides of a year between two scenarios, geometric in every number.

    Examples
    --------
    >>> dict(between("today", "2030", 2028.0))["cost.production_satellites"].__round__()
    316
    """
    early, late = scenarios()[first], scenarios()[second]
    share = (year - early.year) / (late.year - early.year)
    nominal = {key: row.nominal for key, row in assumption_rows().items()}
    nominal |= {item.key: item.nominal for item in catalog_ranges()}
    overrides = []
    for key in dict.fromkeys((*early.overrides, *late.overrides)):
        a = early.overrides.get(key, nominal[key])
        b = late.overrides.get(key, nominal[key])
        overrides.append((key, float(a ** (1.0 - share) * b**share)))
    return tuple(overrides)
