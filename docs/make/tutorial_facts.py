"""The numbers the tutorial quotes, taken from what its commands print as JSON."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Answer = Mapping[str, Any]
Facts = dict[str, Any]

_DESIGN = (
    "orbit",
    "gpu_model",
    "gpu_count",
    "launcher",
    "altitude_km",
    "array_area_m2",
    "radiator_area_m2",
    "shield_mm",
    "design_life_yr",
    "launch_mass_kg",
    "it_power_w",
    "cost_per_exaflop_usd",
    "cost_ratio_to_ground",
)
_FLEET = (
    "step",
    "satellites_per_yr",
    "mass_t_per_yr",
    "accelerator_share_of_world",
    "array_share_of_world_pv",
    "fleet_satellites",
    "replacement_per_yr",
)


def rounded(value: Any) -> Any:
    """Return numbers to five significant digits, so that the store outlives a last digit."""
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, Mapping):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return value


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def nominal(answer: Answer) -> Facts:
    """Return the cheapest design of a run and how it was found."""
    with (Path(answer["run"]) / "front.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    best = min(rows, key=lambda row: float(row["cost_per_exaflop_usd"]))
    design = {name: _number(best[name]) for name in _DESIGN}
    counts = {key: answer[key] for key in ("evaluations", "front_size")}
    return {"design_id": best["design_id"], **design, **counts}


def by_year(answer: Answer) -> Facts:
    """Return cost over ground at the years asked, its ends and its share of futures."""
    (study,) = answer["answers"]
    return {
        "boundary": answer["cost_boundary"],
        "futures": answer["futures"],
        "years": study["points"],
        "curves": study["curves"],
        "shares": study["futures"],
    }


def curves(answer: Answer) -> Facts:
    """Return for every axis its range, the best ratio on it and where the curve crosses."""
    rows = []
    for study in answer["answers"]:
        axis, values = study["axis"], study["curves"]["nominal"]
        axis_facts = {key: axis[key] for key in ("name", "unit", "low", "high", "in_force")}
        crossing = study["crossing"]["nominal"]
        rows.append(
            axis_facts
            | {
                "best": min(values),
                "worst": max(values),
                "crossing": crossing,
                "shares": study["futures"],
            }
        )
    return {"futures": answer["futures"], "axes": rows}


def solve(answer: Answer) -> Facts:
    """Return what one assumption would have to be, and the values over its range."""
    axis = {key: answer["axis"][key] for key in ("name", "unit", "low", "high", "in_force")}
    ends = {"best": min(answer["values"]), "worst": max(answer["values"])}
    return {"scenario": answer["scenario"], "axis": axis, "found": answer["found"], **ends}


def scenarios(answer: Answer) -> Facts:
    """Return each scenario's cost over ground three ways, and the waterfalls between them."""

    def figures(design: Answer) -> Facts:
        outputs = design["outputs"]
        return {
            "boundary": design["boundary"],
            "feasible": design["feasible"],
            "ratio": outputs["cost_ratio_to_ground"],
            "kg_per_kw": outputs["specific_mass_kg_per_kw"],
        }

    rows = [
        {"scenario": scenario["scenario"]}
        | {way: figures(scenario[way]) for way in ("own_boundary", "common_boundary", "best")}
        for scenario in answer["scenarios"]
    ]
    falls = [
        {key: fall[key] for key in ("from", "to", "start", "end", "unit")}
        | {"steps": [{k: s[k] for k in ("title", "change", "factor")} for s in fall["steps"]]}
        for fall in answer["waterfalls"]
    ]
    return {"rows": rows, "waterfalls": falls}


def sensitivity(answer: Answer) -> Facts:
    """Return the five assumptions with the largest total index, and the spread of the output."""
    study = answer["studies"][0]
    (output,) = study["outputs"]
    rows = [
        {
            key: a[key]
            for key in ("key", "unit", "low", "nominal", "high", "change_at_low", "change_at_high")
        }
        | {
            "total": a["total"]["value"],
            "half_width": a["total"]["half_width"],
            "confidence": _confidence(a["key"]),
        }
        for a in output["assumptions"]
    ]
    rows.sort(key=lambda row: -float(row["total"]))
    spread = {key: output["distribution"][key][0] for key in ("p5", "p50", "p95")}
    return {"rows": rows[:5], "nominal": output["nominal"][0], **spread}


def _confidence(key: str) -> str:
    """Return how far an assumption is trusted; hardware rows carry theirs in the catalogue."""
    from problems.parameters.assumptions import assumption_rows

    row = assumption_rows().get(key)
    return row.confidence if row else "see catalogue"


def odds(answer: Answer) -> Facts:
    """Return the spread of cost over ground, and how often every limit holds, by design."""
    (output,) = answer["outputs"]
    spread = output["distribution"]
    rows = [
        {
            "title": design["title"],
            "holds": design["feasible_share"],
            "nominal": output["nominal"][i],
        }
        | {key: spread[key][i] for key in ("p5", "p50", "p95")}
        for i, design in enumerate(answer["designs"])
    ]
    broken = sorted(answer["broken_share"].items(), key=lambda item: -item[1])[:3]
    return {"futures": answer["futures"], "rows": rows, "broken": dict(broken)}


def robust(answer: Answer) -> Facts:
    """Return the price of robustness from the manifest of a robust run."""
    path = Path(answer["run"]) / "manifest.json"
    entry: Facts = json.loads(path.read_text(encoding="utf-8"))["robustness"]
    fronts = {
        name: {
            "reliable": front["reliable_share"],
            "holds": front["probability_feasible"]["median"],
            "cost_nominal": front["best_nominal"]["cost_per_exaflop_usd"],
            "cost_risk": front["best_risk"]["robust.cost_per_exaflop_usd"],
        }
        for name, front in entry["fronts"].items()
    }
    return {"futures": entry["futures"], "uncertain_numbers": entry["uncertain_numbers"], **fronts}


def architectures(answer: Answer) -> Facts:
    """Return how often each design wins on a map, how surely, and the range of cost over ground."""
    winners = [name for row in answer["winner"] for name in row]
    odds_of = [p for row in answer["probability"] for p in row]
    ratios = [ratio for row in answer["cost_ratio_to_ground"] for ratio in row]
    first, second = (axis["values"] for axis in answer["axes"])
    moon = [
        {
            "launch_price_usd_per_kg": first[i],
            "imported_share": second[j],
            "probability": answer["probability"][i][j],
        }
        for i, row in enumerate(answer["winner"])
        for j, name in enumerate(row)
        if "moon" in name
    ]
    return {
        "cells": len(winners),
        "futures": answer["futures"],
        "wins": dict(Counter(winners).most_common()),
        "moon": moon,
        "unsure": sum(p < 0.5 for p in odds_of),
        "lowest_ratio": min(ratios),
        "highest_ratio": max(ratios),
    }


def fleet(answer: Answer) -> Facts:
    """Return what each step of the ramp needs, with the flights of the design's own launcher."""
    design_launcher = answer["variables"]["launcher"]
    rows = []
    for step in answer["steps"]:
        (launcher,) = (row for row in step["launchers"] if row["launcher"] == design_launcher)
        flights = {key: launcher[key] for key in ("label", "flights_per_day")}
        rows.append({key: step[key] for key in _FLEET} | flights)
    return {"rows": rows}


_READERS: dict[str, Callable[[Answer], Facts]] = {
    "nominal": nominal,
    "no_chips": by_year,
    "launch_only": by_year,
    "scenarios": scenarios,
    "curves": curves,
    "solve_launch": solve,
    "solve_electricity": solve,
    "solve_optimistic": solve,
    "by_2035": by_year,
    "sensitivity": sensitivity,
    "odds": odds,
    "robust": robust,
    "map": architectures,
    "fleet": fleet,
}


def _reader(read: Callable[[Answer], Facts]) -> Callable[[Answer], Facts]:
    def facts(answer: Answer) -> Facts:
        short: Facts = rounded(read(answer))
        return short

    return facts


#: Name of a step to the function that reads its JSON.
FACTS = {name: _reader(read) for name, read in _READERS.items()}
