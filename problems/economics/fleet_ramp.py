"""The years of a ramp: what is built, what it costs once learning counts, what is alive."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.economics.fleet import learned_factor, ramp_rate_per_yr
from problems.economics.refresh import Visits
from problems.units import FloatArray, Quantity

_KG_PER_T = 1000.0


class UnitCost(NamedTuple):
    """What one satellite costs before any learning, split by what learns."""

    chips_usd: FloatArray  #: accelerators and hosts: market price, does not learn [USD]
    platform_usd: FloatArray  #: everything else on board, integration included [USD]
    rocket_usd: FloatArray  #: rides on rockets: learns by mass launched [USD]
    driver_usd: FloatArray  #: use of the mass driver: its capital is in the price [USD]
    beside_usd: FloatArray  #: ground network and assembly: at no launch's risk [USD]
    risk_frac: FloatArray  #: expected launch loss or premium over the value at risk [1]
    operations_usd_per_yr: FloatArray  #: operations of one satellite [USD/yr]


class Servicing(NamedTuple):
    """Visits that bring new modules to a satellite that works."""

    at: Visits  #: when they come after its launch
    usd: FloatArray  #: one visit, launch and modules included: does not learn [USD]
    mass_kg: FloatArray  #: launched for one [kg]
    earth_mass_kg: FloatArray  #: leaves the Earth for one, propellant of tankers included [kg]


class Ramp(NamedTuple):
    """The fleet year by year; years run along the first axis."""

    built: FloatArray  #: satellites built and launched in the year [1]
    launched_t: FloatArray  #: mass launched since the beginning, end of the year [t]
    alive: FloatArray  #: satellites that work at the end of the year [1]
    rocket_factor: FloatArray  #: price of a ride over the single satellite's [1]
    platform_factor: FloatArray  #: platform cost over the single satellite's [1]
    capital_usd: FloatArray  #: satellites, launches and launch risk of the year [USD]
    operations_usd: FloatArray  #: operations and visits of the year [USD]


def ramp(
    full_rate_per_yr: FloatArray,
    *,
    years: int,
    unit: UnitCost,
    servicing: Servicing,
    mass_kg: FloatArray,
    earth_mass_kg: FloatArray,
    life_yr: FloatArray,
    loss_rate_per_yr: FloatArray,
    ramp_yr: Quantity,
    start_frac: Quantity,
    launch_experience_t: Quantity,
    launch_learning_rate: Quantity,
    launch_floor_frac: FloatArray,
    built_before: Quantity,
    build_learning_rate: Quantity,
    build_floor_frac: Quantity,
) -> Ramp:
    """Return the fleet over the years from its first series to beyond the full rate.

    Parameters
    ----------
    full_rate_per_yr : array_like, ``(n,)``
        Satellites a year once the ramp is over [1/yr].
    years : int
        Years to follow.
    unit : UnitCost
        Cost of one satellite.
    servicing : Servicing
        Visits to one satellite.
    mass_kg, earth_mass_kg : array_like, ``(n,)``
        Mass of a satellite as launched, and what leaves the Earth for it [kg].
    life_yr, loss_rate_per_yr : array_like, ``(n,)``
        Design life [yr] and loss of whole satellites [1/yr].
    ramp_yr, start_frac : array_like
        Year of the full rate [yr] and first year's share of it [1].
    launch_experience_t, launch_learning_rate, launch_floor_frac : array_like
        Mass flown before [t], price after a doubling [1], and its floor [1].
    built_before, build_learning_rate, build_floor_frac : array_like
        Satellites in the series that the single price assumes [1], cost after a doubling [1],
        and its floor [1].

    Returns
    -------
    Ramp
        ``(years, n)`` columns.

    Notes
    -----
    Learning counts what was launched up to the middle of the year. All satellites weigh the same,
    so the ratio of units built is that of kilograms built. A year's visits go to those satellites
    of earlier years that still work. Development is not in it.

    Examples
    --------
    >>> one = np.ones(1)
    >>> unit = UnitCost(10 * one, 20 * one, 30 * one, 0 * one, 0 * one, 0 * one, one)
    >>> visits = Servicing(Visits(one, 0 * one), 0 * one, 0 * one, 0 * one)
    >>> flat = ramp(5 * one, years=3, unit=unit, servicing=visits, mass_kg=1e3 * one,
    ...     earth_mass_kg=1e3 * one, life_yr=2 * one, loss_rate_per_yr=0 * one, ramp_yr=1.0,
    ...     start_frac=1.0, launch_experience_t=1.0, launch_learning_rate=1.0,
    ...     launch_floor_frac=one, built_before=1.0, build_learning_rate=1.0, build_floor_frac=1.0)
    >>> flat.alive[:, 0].tolist(), flat.capital_usd[:, 0].tolist()
    ([5.0, 10.0, 10.0], [300.0, 300.0, 300.0])
    """
    year = np.arange(1.0, years + 1.0)[:, None]
    built = ramp_rate_per_yr(full_rate_per_yr, year=year, ramp_yr=ramp_yr, start_frac=start_frac)
    total = np.cumsum(built, axis=0)
    before_midyear = total - 0.5 * built
    visited = _visited(built, servicing.at, loss_rate_per_yr=loss_rate_per_yr)
    all_visits = np.cumsum(visited, axis=0)
    visits_kg = (all_visits - 0.5 * visited) * servicing.earth_mass_kg
    rocket_factor = learned_factor(
        (before_midyear * earth_mass_kg + visits_kg) / _KG_PER_T,
        experience=np.asarray(launch_experience_t),
        learning_rate=launch_learning_rate,
        floor=launch_floor_frac,
    )
    platform_factor = learned_factor(
        before_midyear,
        experience=np.asarray(built_before),
        learning_rate=build_learning_rate,
        floor=np.asarray(build_floor_frac),
    )
    each_usd = (
        unit.chips_usd
        + unit.platform_usd * platform_factor
        + unit.rocket_usd * rocket_factor
        + unit.driver_usd
    )
    alive = _alive(built, life_yr=life_yr, loss_rate_per_yr=loss_rate_per_yr)
    return Ramp(
        built=built,
        launched_t=(total * mass_kg + all_visits * servicing.mass_kg) / _KG_PER_T,
        alive=alive,
        rocket_factor=rocket_factor,
        platform_factor=platform_factor,
        capital_usd=built * (each_usd * (1.0 + unit.risk_frac) + unit.beside_usd),
        operations_usd=alive * unit.operations_usd_per_yr + visited * servicing.usd,
    )


def _visited(built: FloatArray, at: Visits, *, loss_rate_per_yr: FloatArray) -> FloatArray:
    """Visits of each year; satellites are launched evenly over theirs, and lost ones have none."""
    steps = np.arange(len(built))
    age = (steps[:, None] - steps[None, :])[..., None]
    due = np.zeros((*age.shape[:2], built.shape[1]))
    for number in range(1, round(float(np.max(at.number, initial=0.0))) + 1):
        after_yr = at.period_yr * number
        falls_here = np.clip(1.0 - np.abs(age - after_yr), 0.0, 1.0)
        due += np.where(at.number >= number, falls_here * np.exp(-loss_rate_per_yr * after_yr), 0.0)
    return np.asarray(np.einsum("tcn,cn->tn", due, built))


def _alive(built: FloatArray, *, life_yr: FloatArray, loss_rate_per_yr: FloatArray) -> FloatArray:
    """Satellites of all cohorts at the end of each year; a cohort leaves when its life is over.

    The part of a year by which a life exceeds whole years keeps that part of the cohort.
    """
    steps = np.arange(len(built))
    age = steps[:, None] - steps[None, :]  # whole years since the cohort's own
    present = np.clip(life_yr - age[..., None], 0.0, 1.0) * (age >= 0)[..., None]
    survive = np.exp(-loss_rate_per_yr * (np.maximum(age, 0)[..., None] + 0.5))
    return np.asarray(np.einsum("tcn,cn->tn", present * survive, built))
