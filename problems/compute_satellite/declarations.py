"""Declarations of the compute satellite: objectives, constraints, breakdowns, scenarios.

One declaration each; schema, headings, labels and documents derive from it. Nothing here needs
numpy, so a configuration can be checked at once.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from problems.compute_satellite.items import COST_ITEMS, MASS_ITEMS
from problems.compute_satellite.variables import YEAR_VARIABLE, all_variables
from problems.parameters.assumptions import assumption_rows, number_in_force, read_table
from problems.parameters.catalog import (
    CATALOGUE_CHOICES,
    OwnRows,
    catalog_ranges,
    catalog_table,
)
from problems.parameters.derived import DERIVED, without_derived
from problems.parameters.openings import remark, selectable_codes
from problems.spec import (
    Breakdown,
    Constraint,
    Objective,
    Output,
    SpecError,
    Variable,
    nearest,
    unknown,
)
from problems.units import SHORTEST_REFRESH_YR

#: Raised whenever outputs of an unchanged design move; part of every design's identity.
MODEL_VERSION = "3"

#: Sun-synchronous orbits end a little above, where the inclination that J2 asks for does [km].
SSO_TOP_KM = 5900.0

COST_BOUNDARIES = ("full", "no_chips", "launch_only")

OBJECTIVES = (
    Objective("cost_per_exaflop_usd", "min", ideal=1.0, reference=100.0, log=True),
    Objective("launch_mass_kg", "min", ideal=1.0e3, reference=5.0e4, log=True),
    Objective("radiation_failure_rate_per_pflops_yr", "min", ideal=0.05, reference=50.0, log=True),
)


def _at_most_one(name: str, description: str) -> Constraint:
    return Constraint(name, f"{name}_utilisation", description, upper=1.0)


CONSTRAINTS = (
    _at_most_one(
        "power", "array power carries what is alive, thrusters and recharge over the life"
    ),
    _at_most_one("battery_cycles", "a battery exists that lasts every eclipse of the life"),
    Constraint(
        "junction",
        "junction_margin_k",
        "chip junction stays at or below its limit all life long",
        lower=0.0,
        scale=100.0,
    ),
    _at_most_one(
        "solder_fatigue", "pauses in eclipse break the joints of at most 1 % of the chips"
    ),
    _at_most_one("launch_mass", "the satellite with its margin fits one flight by mass"),
    _at_most_one("transfer", "the satellite arrives before its design life is over"),
    _at_most_one("launch_volume", "the stowed satellite with its margin fits the fairing"),
    _at_most_one(
        "dose", "dose of a set of modules times the design margin stays within the chip's limit"
    ),
    Constraint(
        "memory_margin",
        "hbm_margin_loss_fraction",
        "at most 5 % of a set's memory loses its timing margin to dose while it serves",
        upper=0.05,
    ),
    _at_most_one("drag_thrust", "thrusters hold the orbit through solar maximum"),
    _at_most_one("disposal", "the orbit can be left as the debris rules demand"),
    _at_most_one("acceleration", "hardware survives the mass driver"),
    _at_most_one("memory", "accelerator memory holds the smallest useful model"),
    _at_most_one("comms_rate", "fitted terminals carry the workload's traffic"),
    Constraint(
        "hardware_available",
        "hardware_wait_yr",
        "everything chosen can be bought in the launch year",
        upper=0.0,
        scale=10.0,
    ),
)

MASS_TREE = Breakdown(
    "mass", "Launch mass", "kg", "launch_mass_kg", tuple(item.output for item in MASS_ITEMS)
)

COST_WATERFALL = Breakdown(
    "cost", "Cost over the life", "USD", "total_cost_usd", tuple(item.output for item in COST_ITEMS)
)

FAILURES = Breakdown(
    "radiation_failure",
    "Radiation failures",
    "1/yr",
    "radiation_failure_rate_per_gpu_yr",
    (
        "uecc_rate_per_gpu_yr",
        "sefi_rate_per_gpu_yr",
        "host_crash_rate_per_gpu_yr",
        "detected_sdc_rate_per_gpu_yr",
        "hard_rate_per_gpu_yr",
        "latchup_rate_per_gpu_yr",
        "tid_loss_rate_per_gpu_yr",
    ),
)


@cache
def all_outputs() -> Mapping[str, Output]:
    """Return the declared outputs by name, in the order of the chain."""
    rows = read_table("outputs.csv")
    return {
        row["name"]: Output(
            row["name"], row["unit"], row["symbol"], row["description"], row["discipline"]
        )
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named set of overrides, each with its reason."""

    name: str
    year: float
    overrides: Mapping[str, float]
    reasons: Mapping[str, str]


@cache
def scenarios() -> Mapping[str, Scenario]:
    """Return the shipped scenarios by name.

    Raises
    ------
    SpecError
        When a row overrides a key that does not exist.
    """
    known = assumption_units()
    named: dict[str, Scenario] = {}
    rows = read_table("scenarios.csv")
    for name in dict.fromkeys(row["scenario"] for row in rows):
        own = [row for row in rows if row["scenario"] == name]
        values = {row["key"]: float(row["value"]) for row in own}
        year = values.pop("year")
        for key in values:
            if key not in known:
                raise SpecError(key, f"scenario {name} overrides it", nearest(key, known))
        reasons = {row["key"]: row["reason"] for row in own}
        named[name] = Scenario(name, year, values, reasons)
    return named


@cache
def assumption_units(own: OwnRows = ()) -> Mapping[str, str]:
    """Return every key that can be overridden with its unit: assumptions, then catalogue."""
    units = {key: row.unit for key, row in assumption_rows().items()}
    units.update({item.key: item.unit for item in catalog_ranges(own)})
    return units


Clashes = Callable[[Iterable[Variable]], Iterable[SpecError]]


def _no_clashes(variables: Iterable[Variable]) -> Iterable[SpecError]:
    return ()


def clashes(variables: Iterable[Variable]) -> Iterator[SpecError]:
    """Yield what variables of the satellite ask for that no design has; a search would leave it."""
    named = {v.name: v for v in variables}
    open_choices = {
        v.name: {str(v.default)} if v.is_fixed else {v.choices[code] for code in v.codes}
        for v in named.values()
        if v.kind == "choice"
    }
    orbits, altitude = open_choices.get("orbit", set()), named.get("altitude_km")
    # A frozen version declares what is free in it.
    lowest_km = 0.0 if altitude is None else _ends(altitude)[0]
    if "dawn_dusk_sso" in orbits and lowest_km > SSO_TOP_KM:
        others = ", ".join(sorted(orbits - {"dawn_dusk_sso"})) or "none"
        yield SpecError(
            "orbit",
            f"dawn_dusk_sso is open, but sun-synchronous orbits end at {SSO_TOP_KM:,.0f} km and "
            f"altitude_km begins at {lowest_km:,.0f}; orbits that go on: {others}",
        )
    sites = open_choices.get("launch_site", set())
    if open_choices.get("transfer") == {"aerobrake"} and "earth" in sites:
        yield SpecError(
            "transfer",
            "only satellites from the Moon aerobrake; open direct or electric, or fix launch_site "
            "to moon",
        )
    refresh, life = named.get("refresh_yr"), named.get("design_life_yr")
    if refresh is not None and life is not None:
        (first_yr, last_yr), (_, longest_yr) = _ends(refresh), _ends(life)
        if first_yr > 0.0 and (last_yr < SHORTEST_REFRESH_YR or first_yr >= longest_yr):
            yield SpecError(
                "refresh_yr",
                f"no visit comes within {SHORTEST_REFRESH_YR:g} yr, nor at or after the end of "
                f"design_life_yr, {longest_yr:g} at most; 0 asks for none",
            )


def _ends(variable: Variable) -> tuple[float, float]:
    """Return the lowest and the highest value that a variable may take."""
    if variable.is_fixed:
        return float(variable.default), float(variable.default)
    return float(variable.lower), float(variable.upper)


@dataclass(frozen=True, slots=True)
class Declarations:
    """Everything a configuration can refer to."""

    name: str
    version: str
    variables: tuple[Variable, ...]
    outputs: Mapping[str, Output]
    objectives: tuple[Objective, ...]
    constraints: tuple[Constraint, ...]
    breakdowns: tuple[Breakdown, ...]
    assumption_units: Mapping[str, str]
    scenarios: tuple[str, ...]
    cost_boundaries: tuple[str, ...]
    derived_units: Mapping[str, str] = field(default_factory=dict)  # of what sets several of them
    clashes: Clashes = _no_clashes  # what narrowed variables ask for that no design has


def overrides_in_force(
    scenario: str, assumptions: Mapping[str, float | str], own: OwnRows = ()
) -> dict[str, float]:
    """Return the scenario's overrides with the user's on top; choices become numbers.

    A row of the user's own has what the scenario says of the row it is like, unless it says
    otherwise itself; a derived number becomes the numbers that it sets.

    Raises
    ------
    SpecError
        For an unknown scenario, key or choice, with the nearest one.
    """
    known = scenarios()
    if scenario not in known:
        raise SpecError("scenario", *unknown(f"unknown scenario '{scenario}'", scenario, known))
    units = {**assumption_units(own), **DERIVED}
    for key in assumptions:
        if key not in units:
            raise SpecError(key, *unknown("unknown assumption", key, units))
    changed = {key: number_in_force(key, value) for key, value in assumptions.items()}
    overrides = {**known[scenario].overrides, **_inherited(known[scenario].overrides, own)}
    return {**overrides, **without_derived(changed, overrides, own)}


def _inherited(overrides: Mapping[str, float], own: OwnRows) -> dict[str, float]:
    """Return what overrides of the rows that others are like mean for these."""
    inherited = {}
    for row in own:
        stem, said = f"catalog.{row.table}.{row.like}.", dict(row.given)
        for key, value in overrides.items():
            field = key.removeprefix(stem)
            if key.startswith(stem) and field not in said:
                inherited[f"catalog.{row.table}.{row.name}.{field}"] = value
    return inherited


def _open_from(
    table: str, overrides: Mapping[str, float], allow_unverified: bool, own: OwnRows
) -> tuple[float, ...]:
    """Return the first year of each row of a table; infinite for one that no year opens."""
    rows = catalog_table(table, own).rows.values()
    codes = selectable_codes(
        table, year=math.inf, allow_unverified=allow_unverified, overrides=overrides, own=own
    )
    return tuple(row.available_from if code in codes else math.inf for code, row in enumerate(rows))


def _remarks(
    variable: Variable,
    year: float,
    overrides: Mapping[str, float],
    allow_unverified: bool,
    own: OwnRows,
) -> tuple[str, ...]:
    """Return what to know of each row that a variable chooses from."""
    table = CATALOGUE_CHOICES[variable.name]
    return tuple(
        remark(
            table,
            name,
            year=year,
            allow_unverified=allow_unverified,
            overrides=overrides,
            own=own,
        )
        for name in variable.choices
    )


def declare(
    *,
    scenario: str,
    assumptions: Mapping[str, float],
    cost_boundary: str,
    allow_unverified: bool,
    own: OwnRows = (),
) -> Declarations:
    """Return the declarations of the compute satellite in a scenario.

    Catalogue variables keep every row as a choice, so codes never move; rows that are closed
    (gaps, too early, unverified) are not among the allowed ones.

    Raises
    ------
    SpecError
        For an unknown scenario, assumption or cost boundary.
    """
    if cost_boundary not in COST_BOUNDARIES:
        raise SpecError(
            "cost_boundary",
            *unknown(f"unknown boundary '{cost_boundary}'", cost_boundary, COST_BOUNDARIES),
        )
    overrides = overrides_in_force(scenario, assumptions, own)
    year = scenarios()[scenario].year
    variables = []
    for variable in all_variables(own):
        if variable.name in CATALOGUE_CHOICES:
            dates = _open_from(CATALOGUE_CHOICES[variable.name], overrides, allow_unverified, own)
            remarks = _remarks(variable, year, overrides, allow_unverified, own)
            variable = dataclasses.replace(
                variable, dated_by=YEAR_VARIABLE, open_from=dates, remarks=remarks
            )
            variable = variable.opened(year)
        elif variable.name == YEAR_VARIABLE:
            variable = dataclasses.replace(variable, default=year)
        variables.append(variable)
    return Declarations(
        name="compute_satellite",
        version=MODEL_VERSION,
        variables=tuple(variables),
        outputs=all_outputs(),
        objectives=OBJECTIVES,
        constraints=CONSTRAINTS,
        breakdowns=(MASS_TREE, COST_WATERFALL, FAILURES),
        assumption_units=assumption_units(own),
        scenarios=tuple(scenarios()),
        cost_boundaries=COST_BOUNDARIES,
        derived_units={name: number.unit for name, number in DERIVED.items()},
        clashes=clashes,
    )
