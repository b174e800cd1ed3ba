"""Make the rows of ``data/scenarios.csv`` that follow from the model.

Run ``python -m problems.data.build.scenarios --front FRONT``; offline, one core, about a minute.
``FRONT`` is the ``front.csv`` of a run of the baseline, whose first row is its cheapest design.

- ``optimistic`` and ``conservative``: draw every uncertain number at once, take the draws about the
  10 % and 90 % quantiles of the ratio to the ground, and write the mean that each number has there.
  No number stands at its worst end, because in a joint draw they seldom all do.
- ``2035``: prices that the scenario does not state, as the trends of ``timing`` have them then.
- Peers that state the mass or the price of a whole satellite: every mass or price of ours times one
  factor, so that the whole comes out.
"""

from __future__ import annotations

import argparse
import csv
import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.stats import spearmanr

from problems.compute_satellite.declarations import scenarios
from problems.compute_satellite.problem import ComputeSatellite
from problems.compute_satellite.variants.peer_model import peer_problem, peer_row
from problems.parameters.assumptions import assumption_rows
from problems.parameters.uncertain import Marginal
from problems.units import FloatArray

TABLE = Path(__file__).resolve().parents[1] / "scenarios.csv"
DRAWS, SEED = 20_000, 1
RATIO = "cost_ratio_to_ground"
REFERENCE = "2030"
#: Scenario and the band of quantiles of the ratio whose draws it is the mean of [%].
ENDS = {"optimistic": (8.0, 12.0), "conservative": (88.0, 92.0)}
#: Numbers whose rank correlation with the ratio is weaker stay at their nominal value: four
#: standard errors of :data:`DRAWS` draws.
WEAKEST = 0.03
DIGITS = 4
_FACTOR = re.compile(r"([0-9.]+) of our (mass|price)")
#: Platform cost of a satellite with its share of the network, by which a price per watt is counted.
_NETWORK = "cost_ground_network_usd"
_PLATFORM = ("satellite_cost_usd", "cost_development_usd", "cost_gpus_usd", "cost_hosts_usd")


@dataclass(frozen=True)
class Row:
    """One row of the table."""

    scenario: str
    key: str
    value: str
    source: str
    reason: str


class Whole(NamedTuple):
    """What a peer states of the whole satellite."""

    kind: str  #: ``mass`` [kg] or ``price`` [USD]
    amount: float
    per: str = ""  #: output that the amount is per unit of


#: Scenarios of a later year that take prices as that year has them, where they do not state them
#: themselves, and what declines with which trend. Prices of platforms are quoted today and hold up
#: to 2030, so that ``today`` is none of them.
DATED = ("2035",)
TRENDS = {
    "timing.launch_price_decline_per_yr": (
        "catalog.launchers.*.price_usd",
        "catalog.launchers.*.own_cost_usd",
    ),
    "timing.array_price_decline_per_yr": ("catalog.arrays.*.usd_per_w",),
    "timing.bus_price_decline_per_yr": (
        "catalog.radiators.*.usd_per_m2",
        "catalog.batteries.*.usd_per_wh",
        "cost.bus_usd_per_kg",
        "cost.thruster_usd",
        "power.pmad_usd_per_w",
        "launch.thruster_usd_per_kw",
        "*.terminal_cost_usd",
    ),
    "timing.network_price_decline_per_yr": ("comms.site_cost_usd",),
}

#: In the order in which they are met: prices follow masses.
WHOLES = {
    "suncatcher": (Whole("mass", 575.0),),
    "starcloud": (Whole("mass", 50_000.0),),
    "mccalip": (
        Whole("mass", 1.0 / 36.5, "array_power_bol_w"),
        Whole("price", 22.0, "array_power_bol_w"),
    ),
    "turyshev": (Whole("mass", 0.04, "it_power_w"),),
    "ai1": (Whole("mass", 150e3 / 70.0),),
}


def read_rows(path: Path = TABLE) -> list[Row]:
    """Return the rows of the table."""
    with path.open(encoding="utf-8", newline="") as file:
        return [Row(**cells) for cells in csv.DictReader(file)]


def write_rows(rows: Sequence[Row], path: Path = TABLE) -> None:
    """Write the table."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Row.__dataclass_fields__)
        writer.writerows(vars(row).values() for row in rows)


# --- the ends of a joint draw ---------------------------------------------------------------------


def draw(marginals: Sequence[Marginal], count: int, seed: int) -> dict[str, FloatArray]:
    """Return ``(count,)`` independent values by key."""
    rng = np.random.default_rng(seed)
    return {marginal.key: marginal.quantile(rng.uniform(size=count)) for marginal in marginals}


def central(marginal: Marginal, values: FloatArray) -> float:
    """Return the mean on the scale on which a number is spread: that of its logarithm or odds."""
    if marginal.distribution == "lognormal":
        return float(np.exp(np.log(values).mean()))
    if marginal.distribution == "logitnormal":
        odds = np.exp(np.log(values / (1.0 - values)).mean())
        return float(odds / (1.0 + odds))
    return float(values.mean())


def conditional_means(
    marginals: Sequence[Marginal],
    futures: Mapping[str, FloatArray],
    ratio: FloatArray,
    *,
    band: tuple[float, float],
    weakest: float = WEAKEST,
) -> dict[str, float]:
    """Return the means of the numbers that show in the ratio, over the draws in a band of it.

    Parameters
    ----------
    marginals
        Distributions that were drawn.
    futures
        ``(m,)`` values by key.
    ratio
        ``(m,)`` ratio to the ground [1].
    band
        Lower and upper quantile [%].
    weakest
        Rank correlation below which a number does not show [1].
    """
    low, high = (float(end) for end in np.percentile(ratio, band))
    inside = (ratio >= low) & (ratio <= high)
    return {
        marginal.key: central(marginal, futures[marginal.key][inside])
        for marginal in marginals
        if abs(float(spearmanr(futures[marginal.key], ratio).statistic)) > weakest
    }


def end_rows(problem: ComputeSatellite, design: FloatArray) -> list[Row]:
    """Return the rows of the two ends for a design of the reference scenario."""
    marginals = problem.marginals
    futures = draw(marginals, DRAWS, SEED)
    ratio = problem.evaluate_futures(design, futures, [RATIO])[RATIO][:, 0]
    base = scenarios()[REFERENCE]
    rows = []
    for name, band in ENDS.items():
        means = conditional_means(marginals, futures, ratio, band=band)
        share = f"{sum(band) / 2.0:.0f} %"
        year = "the year of the reference scenario so that assumptions alone make the difference"
        rows.append(Row(name, "year", f"{base.year:.0f}", "model_choice", year))
        for key, value in ({**base.overrides} | means).items():
            nominal = f"{problem.assumptions[key]:g}"
            reason = f"mean over joint draws about the {share} quantile of the ratio: {nominal}"
            if key not in means:
                reason = f"as in {REFERENCE}"
            rows.append(Row(name, key, f"{value:.{DIGITS}g}", "model_choice", reason))
        print(f"{name}: {len(means)} numbers, ratio {np.percentile(ratio, sum(band) / 2.0):.3g}")
    return rows


def cheapest(problem: ComputeSatellite, front: Path) -> FloatArray:
    """Return the ``(1, n_var)`` first design of a front."""
    with front.open(encoding="utf-8", newline="") as file:
        cells = next(csv.DictReader(file))
    columns = {
        v.name: [cells[v.name] if v.kind == "choice" else float(cells[v.name])]
        for v in problem.space.variables
        if cells.get(v.name)
    }
    return problem.canonical(problem.space.matrix(columns))


# --- prices of another year -----------------------------------------------------------------------


def dated_rows(rows: Sequence[Row], name: str, problem: ComputeSatellite) -> list[Row]:
    """Return the rows of a scenario with the prices that the trends of timing give its year."""
    stated = [row for row in rows if row.scenario == name and "(timing." not in row.reason]
    own = {row.key: row for row in stated}
    since_yr = float(own["year"].value) - scenarios()[REFERENCE].year
    for trend, patterns in TRENDS.items():
        rate, source = problem.assumptions[trend], assumption_rows()[trend].source
        for key in (key for p in patterns for key in fnmatch.filter(problem.assumptions, p)):
            nominal = problem.assumptions[key]
            if key in own or not np.isfinite(nominal):
                continue
            value = nominal * (1.0 + rate) ** -since_yr
            reason = f"{nominal:g} of {REFERENCE} at {rate:g} a year ({trend})"
            own[key] = Row(name, key, f"{value:.7g}", source, reason)
    return list(own.values())


# --- peers that state a whole ---------------------------------------------------------------------


def scaled(
    rows: Sequence[Row], whole: Whole, problem: ComputeSatellite, factor: float
) -> list[Row]:
    """Return a peer's rows with every mass or price of ours times one factor."""
    made = []
    for row in rows:
        match = _FACTOR.match(row.reason)
        if match is None or match[2] != whole.kind:
            made.append(row)
            continue
        nominal = problem.assumptions[row.key]
        value = nominal / factor if row.key.endswith("wh_per_kg") else nominal * factor
        reason = f"{factor:.3f} of our {whole.kind}{row.reason[match.end() :]}"
        made.append(replace(row, value=f"{value:.7g}", reason=reason))
    return made


def deviation(name: str, rows: Sequence[Row], whole: Whole) -> float:
    """Return the logarithm of a peer's whole in the model over what it states."""
    overrides = {row.key: float(row.value) for row in rows if row.key != "year"}
    problem = peer_problem(name, conventions=True, assumptions=overrides)
    wanted = ["launch_mass_kg", *_PLATFORM, _NETWORK, "it_power_w", "array_power_bol_w"]
    out = problem.evaluate(peer_row(problem, name), wanted)
    total = out["launch_mass_kg"]
    if whole.kind == "price":
        total = out[_PLATFORM[0]] - sum(out[part] for part in _PLATFORM[1:]) + out[_NETWORK]
    stated = whole.amount * (out[whole.per] if whole.per else 1.0)
    return float(np.log(total / stated)[0])


def peer_rows(rows: Sequence[Row], name: str, problem: ComputeSatellite) -> list[Row]:
    """Return a peer's rows with the factors that make its wholes come out."""
    own = [row for row in rows if row.scenario == name]
    for whole in WHOLES[name]:

        def off(log_factor: float, own: list[Row] = own, whole: Whole = whole) -> float:
            return deviation(name, scaled(own, whole, problem, float(np.exp(log_factor))), whole)

        factor = float(np.exp(brentq(off, np.log(1e-4), np.log(10.0), xtol=1e-9)))
        own = scaled(own, whole, problem, factor)
        print(f"{name}: {factor:.4f} of our {whole.kind}")
    return own


def build(front: Path) -> None:
    """Make the rows again and write the table."""
    problem = ComputeSatellite(scenario=REFERENCE)
    rows = read_rows()
    made = {name: dated_rows(rows, name, problem) for name in DATED}
    made |= {name: peer_rows(rows, name, problem) for name in WHOLES}
    ends = end_rows(problem, cheapest(problem, front))
    made |= {name: [row for row in ends if row.scenario == name] for name in ENDS}
    order = dict.fromkeys(row.scenario for row in rows)
    kept = {name: [row for row in rows if row.scenario == name] for name in order}
    write_rows([row for own in (kept | made).values() for row in own])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--front", type=Path, required=True, help="front.csv of a baseline run")
    build(parser.parse_args().front)
