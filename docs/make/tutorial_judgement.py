"""The blocks of the tutorial's second half: odds, robustness, map and fleet."""

from __future__ import annotations

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
)


def by_2035(facts: Facts) -> str:
    """Return the odds that orbit is cheaper at some time up to 2035."""
    odds = facts["by_2035"]
    picked = ("nominal", "p10", "p50", "p90", "ground_cheap", "ground_dear")
    rows = [
        [f"{year:.0f}", *(number(odds["curves"][name][i]) for name in picked)]
        for i, year in enumerate(odds["years"])
    ]
    headings = ("year", "nominal", "P10", "median", "P90", "ground cheap", "ground expensive")
    share = cheaper_share(odds)
    low, high = interval(share, odds["futures"])
    return (
        f"{table(headings, rows)}\n\nOrbit gets below the ground in {percent(share)} of "
        f"{odds['futures']} futures; the 95 % interval of that count is {100.0 * low:.1f} to "
        f"{100.0 * high:.1f} %. In words: **{likelihood_between(low, high)}**."
    )


def _input(value: float) -> str:
    """Return an assumption's value, small ones with an exponent."""
    return number(value) if value == 0.0 or abs(value) >= 1e-3 else f"{value:.3g}"


def sensitivity(facts: Facts) -> str:
    """Return the assumptions that decide the ratio of one design."""
    study = facts["sensitivity"]
    rows = [
        [
            f"`{row['key']}`",
            " / ".join(_input(row[key]) for key in ("low", "nominal", "high")),
            f"{row['change_at_low']:+.2f}",
            f"{row['change_at_high']:+.2f}",
            f"{row['total']:.2f} ± {row['half_width']:.2f}",
            row["confidence"],
        ]
        for row in study["rows"]
    ]
    headings = (
        "assumption",
        "low / nominal / high",
        "change at low",
        "change at high",
        "total index",
        "confidence",
    )
    weak = [row for row in study["rows"] if row["confidence"] in ("low", "estimate")]
    share = sum(max(row["total"], 0.0) for row in study["rows"][:2])
    verdict = (
        f"The first two have total indices of {share:.2f} together. Of these "
        f"{len(study['rows'])} numbers, {count(len(weak), 'is', 'are')} an estimate or of low "
        "confidence."
    )
    return f"{table(headings, rows)}\n\n{verdict}"


def odds(facts: Facts) -> str:
    """Return what fixed designs risk."""
    study = facts["odds"]
    rows = [
        [
            row["title"],
            *(number(row[key]) for key in ("nominal", "p5", "p50", "p95")),
            percent(row["holds"]),
        ]
        for row in study["rows"]
    ]
    headings = ("design", "nominal ratio", "P5", "median", "P95", "every limit holds")
    broken = ", ".join(f"`{name}` ({percent(share)})" for name, share in study["broken"].items())
    holds = max(row["holds"] for row in study["rows"])
    return (
        f"{table(headings, rows)}\n\nThe same {study['futures']:,} futures for each. None of "
        f"these designs holds every limit in more than {percent(holds)} of them. Broken most "
        f"often: {broken}."
    )


def robust(facts: Facts) -> str:
    """Return the price of robustness."""
    fronts = facts["robust"]
    rows = [
        [title, *(form(fronts[front][key]) for front in ("nominal", "robust"))]
        for title, key, form in (
            ("as reliable as asked", "reliable", percent),
            ("every limit holds, median design", "holds", percent),
            ("lowest cost at nominal numbers [USD/EFLOP]", "cost_nominal", number),
            ("lowest mean cost over the futures [USD/EFLOP]", "cost_risk", number),
        )
    ]
    lines = table(("", "nominal front", "robust front"), rows)
    price = fronts["robust"]["cost_nominal"] / fronts["nominal"]["cost_nominal"] - 1.0
    before, after = fronts["nominal"]["cost_risk"], fronts["robust"]["cost_risk"]
    return (
        f"{lines}\n\nThe price of robustness is {100.0 * price:+.0f} % on the cheapest design if "
        f"the nominal numbers come true; over all {fronts['futures']} futures "
        + (
            f"its mean cost is lower by a factor of {number(before / after)}."
            if before is not None
            else "each design of the nominal front fails in some, so it has no mean cost."
        )
    )


def architecture_map(facts: Facts) -> str:
    """Return which design wins where on the architecture map."""
    study = facts["map"]
    wins = ", ".join(
        f"{name.replace('_', ' ').replace('sso', 'SSO')} {won}"
        for name, won in study["wins"].items()
    )
    moon = study["moon"]
    lowest = study["lowest_ratio"]
    where = "; ".join(
        f"{number(cell['launch_price_usd_per_kg'])} USD/kg with {percent(cell['imported_share'])} "
        f"imported ({percent(cell['probability'])} of the futures)"
        for cell in moon
    )
    on_moon = f"Launched from the Moon it wins {len(moon)} of {study['cells']}"
    return (
        f"Of {study['cells']} points: {wins}. {on_moon}{': ' + where if moon else ''}. In "
        f"{study['unsure']} points the winner at nominal numbers wins fewer than half of the "
        f"{study['futures']} futures.\n\nAnywhere on the map the best design is at least "
        f"{beside_ground(lowest)}: "
        + (
            "a win here is over the others, not the ground."
            if lowest > 1.0
            else "it can pay there."
        )
    )


def fleet(facts: Facts) -> str:
    """Return what each step of the ramp needs."""
    rows = [
        [
            row["step"],
            f"{row['satellites_per_yr']:,.3g}"
            if row["satellites_per_yr"] < 1e3
            else number(row["satellites_per_yr"]),
            number(row["mass_t_per_yr"]),
            number(row["flights_per_day"]),
            percent(row["accelerator_share_of_world"]),
            percent(row["array_share_of_world_pv"]),
            number(row["fleet_satellites"]),
        ]
        for row in facts["fleet"]["rows"]
    ]
    label = facts["fleet"]["rows"][0]["label"]
    headings = (
        "IT power a year",
        "satellites a year",
        "t a year",
        f"{label} flights a day",
        "of the world's accelerators",
        "of its solar cells",
        "in orbit at the end",
    )
    over = [row for row in facts["fleet"]["rows"] if row["accelerator_share_of_world"] > 1.0]
    first = (
        f"From {over[0]['step']} on the chips exceed the world's supply."
        if over
        else "The chips stay within the world's supply at every step."
    )
    replaced = facts["fleet"]["rows"][0]["replacement_per_yr"]
    return (
        f"{table(headings, rows)}\n\n{first} A fleet in balance replaces {percent(replaced)} of "
        "itself a year."
    )
