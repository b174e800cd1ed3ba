"""The generated blocks of the tutorial: commands, tables and sentences that follow from numbers.

No verdict is typed: each is chosen by the rules of :mod:`docs.make.tutorial_words`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from docs.make import tutorial_judgement as judgement
from docs.make.tutorial_words import (
    Facts,
    beside_ground,
    cheaper_share,
    count,
    interval,
    likelihood_between,
    number,
    percent,
    table,
    with_unit,
)
from optimize.utils.labels import pretty_unit

_PICTURES = {
    "cost": "cost over the life of four chosen designs, part by part",
    "scenarios": "scenarios in one model, counted three ways",
    "waterfall": "waterfall from McCalip's number to Suncatcher's",
    "curves": "cost over ground along six assumptions",
    "sensitivity": "assumptions that move the cost ratio of the cheapest design",
    "odds": "spread of the cost ratio of four designs",
    "robust": "futures in which every limit holds, nominal and robust front",
    "map": "winning architecture over launch price and imported share",
    "fleet": "fleet: supply, crowding, power and cost by year",
}
_SHORTCUT_NAMES = {
    "launch_price_usd_per_kg": "launch price to low orbit",
    "array_price_usd_per_w": "array price",
    "radiator_mass_kg_per_m2": "radiator mass",
    "gpu_failure_rate_per_yr": "failure rate of the chips",
    "electricity_price_usd_per_kwh": "electricity price on the ground",
    "year": "launch year",
}


def _answer(facts: Facts) -> str:
    odds, sensitivity = facts["by_2035"], facts["sensitivity"]
    curves, share = odds["curves"], cheaper_share(odds)
    low, high = interval(share, odds["futures"])
    expensive, cheap = curves["ground_dear"][-1], curves["ground_cheap"][-1]
    first, second = (row["key"] for row in sensitivity["rows"][:2])
    axes = facts["curves"]["axes"]
    reach = [_SHORTCUT_NAMES[row["name"]] for row in axes if row["best"] < 1.0]
    lines = [
        f"- **At nominal numbers**: the best design of 2035 is "
        f"{beside_ground(curves['nominal'][-1])}, everything counted.",
        f"- **Odds**: {likelihood_between(low, high)}. Orbit is cheaper at some point from "
        f"2027 to 2035 in {percent(share)} of {odds['futures']} futures (with 95 % confidence in "
        f"at most {100.0 * high:.1f} %). In eight futures of ten the ratio of 2035 lies between "
        f"{number(curves['p10'][-1])} and {number(curves['p90'][-1])}.",
        f"- **What it hangs on**: `{first}` and `{second}` move the ratio most. "
        f"Of {len(axes)} assumptions moved alone, {count(len(reach), 'brings', 'bring')} it below 1"
        f"{': ' + ', '.join(reach) if reach else ''}.",
        f"- **And on the ground**: with every number of the ground at its expensive "
        f"end at once, orbit is {beside_ground(expensive)}; with all at the cheap end, "
        f"{beside_ground(cheap)}.",
    ]
    return "\n".join(lines)


def _nominal(facts: Facts) -> str:
    design, odds = facts["nominal"], facts["by_2035"]
    text = (
        f"The run tried {design['evaluations']:,} designs and kept {design['front_size']:,}. The "
        f"cheapest, `{design['design_id']}`, flies {number(design['gpu_count'])} "
        f"{design['gpu_model']} on {str(design['launcher']).replace('_', ' ').title()} to "
        f"{number(design['altitude_km'])} km (`{design['orbit']}`), with "
        f"{number(design['array_area_m2'])} m² of array, {number(design['radiator_area_m2'])} m² "
        f"of radiator and {number(design['shield_mm'])} mm of shield, for "
        f"{number(design['design_life_yr'])} years. It weighs {number(design['launch_mass_kg'])} "
        f"kg for {number(design['it_power_w'] / 1e3)} kW of compute. A FLOP costs "
        f"{number(design['cost_per_exaflop_usd'])} USD/EFLOP: it is "
        f"{beside_ground(design['cost_ratio_to_ground'])}."
    )
    searched = odds["curves"]["nominal"][-1]
    return (
        f"{text}\n\nA search for cost alone, as `breakeven` makes at every point, finds a ratio "
        f"of {number(searched)}; the difference is what a front of three objectives leaves open."
    )


def _boundaries(facts: Facts) -> str:
    named = (
        ("by_2035", "everything"),
        ("no_chips", "everything but the chips"),
        ("launch_only", "the launch, against the ground's energy"),
    )
    years = facts["by_2035"]["years"]
    rows = [
        [f"`{facts[name]['boundary']}`", counted, *map(number, facts[name]["curves"]["nominal"])]
        for name, counted in named
    ]
    lines = table(("boundary", "counts", *(f"{year:.0f}" for year in years)), rows)
    ratios = {facts[name]["boundary"]: facts[name]["curves"]["nominal"][-1] for name, _ in named}
    below = [f"`{name}`" for name, ratio in ratios.items() if ratio is not None and ratio < 1.0]
    verdict = (
        f"In 2035 orbit is cheaper at the boundary {' and '.join(below)}."
        if below
        else "In 2035 orbit is more expensive at every boundary."
    )
    return f"{lines}\n\n{verdict} A ratio without its boundary says nothing."


def _scenarios(facts: Facts) -> str:
    rows = []
    for row in facts["scenarios"]["rows"]:
        claimed, common, best = (row[way] for way in ("own_boundary", "common_boundary", "best"))
        limits = "holds" if claimed["feasible"] else "breaks a limit"
        cells = (claimed["ratio"], common["ratio"], best["ratio"], common["kg_per_kw"])
        own_text, *rest = map(number, cells)
        rows.append(
            [f"`{row['scenario']}`", f"{own_text} (`{claimed['boundary']}`)", *rest, limits],
        )
    headings = (
        "scenario",
        "as its author counts",
        "same design, `full`",
        "best design, `full`",
        "kg/kW",
        "its own design",
    )
    cheaper = [row for row in facts["scenarios"]["rows"] if row["own_boundary"]["ratio"] < 1.0]
    still = [row for row in cheaper if row["best"]["ratio"] < 1.0]
    verdict = (
        f"{count(len(cheaper), 'scenario says', 'scenarios say')} that orbit is cheaper, as its "
        f"author counts. With everything counted and the design re-optimised, {len(still)} of "
        "them still do."
    )
    return f"Cost over ground, three ways:\n\n{table(headings, rows)}\n\n{verdict}"


def _waterfall(facts: Facts) -> str:
    lines = []
    for fall in facts["scenarios"]["waterfalls"]:
        steps = sorted(fall["steps"], key=lambda step: -abs(step["change"]))[:2]
        parts = " and ".join(f"*{s['title']}* ({s['change']:+,.0f})" for s in steps)
        lines.append(
            f"- `{fall['from']}` to `{fall['to']}`, {number(fall['start'])} to "
            f"{number(fall['end'])} {pretty_unit(fall['unit'])}: the largest steps are {parts}."
        )
    return "\n".join(lines)


def _curves(facts: Facts) -> str:
    rows = []
    for axis in facts["curves"]["axes"]:
        at = [with_unit(value, axis["unit"]) for value in axis["crossing"]]
        crossing = ", ".join(at) if at else "never"
        low, high = f"{axis['low']:g}", f"{axis['high']:g}"
        unit = pretty_unit(axis["unit"]) if axis["unit"] else ""
        rows.append(
            [
                _SHORTCUT_NAMES[axis["name"]],
                f"{low} to {high} {unit}".strip(),
                f"{axis['in_force']:g}",
                number(axis["best"]),
                number(axis["worst"]),
                crossing,
                percent(cheaper_share(axis)),
            ]
        )
    headings = (
        "assumption",
        "range",
        "in force",
        "lowest ratio",
        "highest",
        "level at",
        "futures that get there",
    )
    strongest = min(facts["curves"]["axes"], key=lambda axis: float(axis["best"]))
    return (
        f"{table(headings, rows)}\n\nThe one that brings orbit closest is the "
        f"{_SHORTCUT_NAMES[strongest['name']]}: down to {number(strongest['best'])}."
    )


def _solve_line(facts: Facts) -> str:
    axis = facts["axis"]
    name, unit = _SHORTCUT_NAMES[axis["name"]], pretty_unit(axis["unit"])
    where = f"Scenario `{facts['scenario']}`, {name}"
    if facts["found"]:
        values = ", ".join(number(value) for value in facts["found"])
        times = number(facts["found"][0] / axis["in_force"])
        return (
            f"- {where}: level with the ground at {values} {unit}, {times} times what is in force."
        )
    return (
        f"- {where}: never level from {axis['low']:g} to {axis['high']:g} {unit}; the ratio goes "
        f"from {number(facts['best'])} to {number(facts['worst'])}."
    )


def _solved(facts: Facts) -> str:
    names = ("solve_launch", "solve_electricity", "solve_optimistic")
    return "\n".join(_solve_line(facts[name]) for name in names)


#: Block to the commands it shows, what it says, and the picture at its end.
_BLOCKS: Mapping[str, tuple[tuple[str, ...], Callable[[Facts], str], str]] = {
    "answer": ((), _answer, ""),
    "nominal": (("nominal",), _nominal, "cost"),
    "boundaries": (("no_chips", "launch_only"), _boundaries, ""),
    "scenarios": (("scenarios",), _scenarios, "scenarios"),
    "waterfall": ((), _waterfall, "waterfall"),
    "curves": (("curves",), _curves, "curves"),
    "solved": (("solve_launch", "solve_electricity", "solve_optimistic"), _solved, ""),
    "by-2035": (("by_2035",), judgement.by_2035, ""),
    "sensitivity": (("sensitivity",), judgement.sensitivity, "sensitivity"),
    "odds": (("odds",), judgement.odds, "odds"),
    "robust": (("robust",), judgement.robust, "robust"),
    "map": (("map",), judgement.architecture_map, "map"),
    "fleet": (("fleet",), judgement.fleet, "fleet"),
}


def _shell(command: str) -> str:
    """Return a command, broken before an option when it is long."""
    lines = [""]
    for word in command.replace(" --", "\n--").split("\n"):
        if len(lines[-1]) + len(word) > 97:
            lines[-1] += " \\"
            lines.append("    " + word)
        else:
            lines[-1] += (" " if lines[-1] else "") + word
    return "\n".join(lines)


def blocks(store: Facts) -> dict[str, str]:
    """Return every generated block of the tutorial by its marker.

    Parameters
    ----------
    store
        What ``docs/tutorial.json`` holds: commands, figures and facts by name.

    Returns
    -------
    dict
        Commands, what their numbers say, and a picture.
    """
    written = {}
    for name, (commands, write, picture) in _BLOCKS.items():
        parts = [write(store["facts"])]
        if commands:
            shown = "\n".join(_shell(store["commands"][command]) for command in commands)
            parts.insert(0, f"```bash\n{shown}\n```")
        if picture:
            parts.append(f"![{_PICTURES[picture]}]({store['figures'][picture]})")
        written[name] = "\n\n".join(parts)
    return written
