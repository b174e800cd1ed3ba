"""The sheet of one design: the satellite to scale, its masses, cost, dose and orbit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from optimize.report.plots.waterfall import waterfall
from optimize.utils.files import make_folder
from optimize.utils.labels import number, sentence, tick

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from optimize.run.folder import RunData

_COLOURS = {
    "array": "#0072B2",
    "radiator": "#D55E00",
    "body": "#E69F00",
    "boom": "#8c8c8c",
    "beside": "#b5b5b5",
}
_NAMES = {"array": "solar array", "radiator": "radiator", "body": "body"}
_DOSES = (
    ("belt_dose_krad", "trapped", "#E69F00"),
    ("solar_dose_krad", "solar", "#CC79A7"),
    ("gcr_dose_krad", "cosmic rays", "#009E73"),
)


def write_design_sheets(run: RunData, rows: Sequence[int] | None = None) -> list[Path]:
    """Write ``figures/design_<id>.png`` and ``.svg`` of designs of a run.

    Parameters
    ----------
    run
        A finished run.
    rows
        Positions on the front; the chosen designs when None.

    Returns
    -------
    list of Path
        The files written; none for a problem that describes no satellite.
    """
    from optimize.designs.details import design_details
    from optimize.designs.table import chosen_designs
    from optimize.report.plots.files import write_figure_files

    if rows is None:
        rows = [pick.row for pick in chosen_designs(run)] if len(run.front) else []
    details = [d for d in design_details(run, rows) if d["geometry"] is not None]
    if not details:
        return []
    folder = run.path / "figures"
    make_folder(folder)
    return write_figure_files(
        folder, {f"design_{d['id']}": partial(design_sheet, d) for d in details}
    )


def design_sheet(detail: Mapping[str, Any]) -> Figure:
    """Draw one design from what :func:`optimize.designs.details.design_details` returns."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11.6, 8.2))
    heading = f"{detail['title']}: design" if detail["title"] else "Design"
    figure.suptitle(f"{heading} {detail['id']}", x=0.03, y=0.975, ha="left", fontsize=12)
    figure.text(0.03, 0.935, _subtitle(detail), fontsize=9, color="#444444", va="top")
    _satellite(figure.add_axes((0.02, 0.5, 0.47, 0.39)), detail["geometry"])
    _bay(figure.add_axes((0.5, 0.5, 0.17, 0.39)), detail["geometry"]["bay"])
    _orbit(figure.add_axes((0.69, 0.49, 0.29, 0.4)), detail["orbit"])
    places = ((0.12, 0.075, 0.2, 0.34), (0.445, 0.075, 0.2, 0.34))
    for place, breakdown in zip(places, detail["breakdowns"], strict=False):
        waterfall(figure.add_axes(place), breakdown)
    _dose(figure.add_axes((0.745, 0.15, 0.235, 0.265)), detail["dose"])
    figure.text(0.03, 0.012, detail["geometry"]["note"], fontsize=6.3, color="#666666")
    return figure


def _subtitle(detail: Mapping[str, Any]) -> str:
    wanted = (
        "GPU count",
        "GPU model",
        "Array type",
        "Radiator type",
        "Launcher",
        "Launch site",
        "Transfer",
        "Design life",
    )
    known = {name: f"{value} {unit}".strip() for name, value, unit in detail["variables"]}
    parts = [f"{known['GPU count']} × {known['GPU model']}"] if "GPU model" in known else []
    parts += [known[name].replace("_", " ") for name in wanted[2:] if name in known]
    return ", ".join(parts)


def _draw(axes: Axes, rects: Sequence[Sequence[Any]]) -> None:
    from matplotlib.patches import Rectangle

    for kind, x, y, width, height in rects:
        axes.add_patch(
            Rectangle((x, y), width, height, facecolor=_COLOURS[kind], edgecolor="white", lw=0.3)
        )


def _area(rects: Sequence[Sequence[Any]], kind: str) -> float:
    return float(sum(rect[3] * rect[4] for rect in rects if rect[0] == kind))


def _satellite(axes: Axes, geometry: Mapping[str, Any]) -> None:
    rects, beside = geometry["rects"], geometry["beside"]
    _draw(axes, rects)
    _draw(axes, beside["rects"])
    left, low, right, high = geometry["view"]
    room = 0.06 * max(right - left, high - low)
    axes.set_xlim(left - room, right + room)
    axes.set_ylim(low - 2.4 * room, high + room)
    axes.set_aspect("equal")
    axes.axis("off")
    middle = sum(r[1] + 0.5 * r[3] for r in beside["rects"]) / len(beside["rects"])
    foot = min(r[2] for r in beside["rects"])
    axes.text(middle, foot - 0.3 * room, beside["name"], ha="center", va="top", fontsize=7.5)
    texts = [f"{_NAMES[kind]} {number(_area(rects, kind), 3)} m²" for kind in ("array", "radiator")]
    for at, (text, kind) in enumerate(zip(texts, ("array", "radiator"), strict=True)):
        axes.text(
            0.99,
            1.0 - 0.07 * at,
            text,
            color=_COLOURS[kind],
            ha="right",
            va="top",
            fontsize=9,
            transform=axes.transAxes,
        )
    _scale_bar(axes, right, low - 1.3 * room, 0.25 * (right - left))


def _scale_bar(axes: Axes, right: float, y: float, longest: float) -> None:
    power = 10.0 ** math.floor(math.log10(longest))
    length = max(step * power for step in (1.0, 2.0, 5.0) if step * power <= longest)
    axes.plot([right - length, right], [y, y], color="black", lw=1.6, solid_capstyle="butt")
    axes.annotate(
        f"{number(length, 3)} m",
        (right - 0.5 * length, y),
        (0, 3),
        ha="center",
        textcoords="offset points",
        fontsize=7.5,
    )


def _bay(axes: Axes, bay: Mapping[str, Any]) -> None:
    """Draw the compute bay enlarged, its shield true to scale, beside a person."""
    from matplotlib.patches import Rectangle

    edge, wall = bay["edge_m"], 1e-3 * bay["shield_mm"]
    outer = edge + 2.0 * wall
    # Not moved to whole pixels, so that a thin shield looks equally thick on all sides.
    shield = Rectangle((0.0, 0.0), outer, outer, color="#444444", lw=0.8, snap=False)
    axes.add_patch(shield)
    axes.add_patch(Rectangle((wall, wall), edge, edge, color="#E69F00", lw=0.0, snap=False))
    start = outer + 0.5
    _draw(axes, [[r[0], r[1] + start, *r[2:]] for r in bay["person"]])
    axes.set_xlim(-0.1, start + 0.4)
    axes.set_ylim(-0.1, max(outer, bay["person_m"]) + 0.1)
    axes.set_aspect("equal", anchor="C")
    axes.axis("off")
    axes.set_title(
        f"compute bay {number(edge, 3)} m\nshield {number(bay['shield_mm'], 3)} mm Al", fontsize=9
    )


def _orbit(axes: Axes, orbit: Mapping[str, Any]) -> None:
    """Draw Earth and orbit true to scale, the longest eclipse dark, the Sun on the left."""
    from matplotlib.patches import Arc, Circle

    earth = orbit["earth_radius_km"]
    radius = earth + orbit["orbit_altitude_km"]
    dark = 180.0 * orbit["longest_eclipse_min"] / orbit["period_min"]
    axes.add_patch(Circle((0.0, 0.0), earth, facecolor="#56B4E9", edgecolor="none"))
    axes.add_patch(Circle((0.0, 0.0), radius, fill=False, edgecolor="#E69F00", lw=1.6))
    if dark > 0.0:
        axes.add_patch(
            Arc((0.0, 0.0), 2 * radius, 2 * radius, theta1=-dark, theta2=dark, color="black", lw=3)
        )
    axes.annotate(
        "",
        (-1.08 * radius, 0.0),
        (-1.45 * radius, 0.0),
        arrowprops={"arrowstyle": "->", "color": "#E69F00"},
    )
    axes.text(-1.27 * radius, 0.06 * radius, "Sun", ha="center", fontsize=8, color="#8a5d00")
    axes.set_xlim(-1.5 * radius, 1.1 * radius)
    axes.set_ylim(-1.08 * radius, 1.08 * radius)
    axes.set_aspect("equal")
    axes.axis("off")
    axes.set_title(orbit_text(orbit), fontsize=8.5, pad=4)


def orbit_text(orbit: Mapping[str, Any]) -> str:
    """Return the orbit in three lines."""
    low, high = orbit["beta_deg"]
    eclipse = orbit["longest_eclipse_min"]
    shade = (
        f"longest eclipse {number(eclipse, 3)} min, {number(orbit['eclipse_days_per_yr'], 3)} d/yr"
        if eclipse > 0.0
        else "no eclipse"
    )
    return (
        f"{_family(orbit)}, {number(orbit['orbit_altitude_km'])} km, "
        f"{number(orbit['inclination_deg'], 3)}°\n"
        f"sunlit {100.0 * orbit['sunlit_fraction']:.1f} %, {shade}\n"
        f"beta {low:.0f}° to {high:.0f}°, period {number(orbit['period_min'], 3)} min"
    )


def _family(orbit: Mapping[str, Any]) -> str:
    words = {"dawn_dusk_sso": "dawn-dusk Sun-synchronous", "geo": "geostationary"}
    return sentence(words.get(orbit["family"], orbit["family"]))


def _dose(axes: Axes, dose: Mapping[str, Any]) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    from optimize.report.plots.style import plain_ticks

    depth = dose["depth_mm"]
    own, limit = dose["own_krad"], dose["limit_krad"]
    for name, label, colour in _DOSES:
        axes.plot(depth, dose[name], color=colour, lw=1.0, label=label)
    axes.plot(depth, dose["dose_krad"], color="#0072B2", lw=2.0, label="all")
    axes.axhline(limit, color="#D55E00", lw=1.2, ls="--", label="limit over margin")
    axes.plot([dose["shield_mm"]], [own], "o", color="black", ms=5, zorder=5, label="this design")
    axes.set_xscale("log")
    axes.set_yscale("log")
    values = np.array([*dose["dose_krad"], limit, own])
    parts = np.array([value for name, *_ in _DOSES for value in dose[name]])
    least = float(values.min())
    low = max(0.7 * min(least, float(parts.min())), 1e-2 * least)
    high = 2.0 * float(values.max())
    axes.set_ylim(low, high)
    axes.set_xlim(min(depth), max(depth))
    axes.xaxis.set_major_locator(FixedLocator([0.5, 1, 2, 5, 10, 20, 50]))
    axes.yaxis.set_major_locator(FixedLocator(plain_ticks(low, high, log=True)))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))
    axes.tick_params(labelsize=7.5)
    axes.set_xlabel("Shield [mm Al]", fontsize=8)
    axes.set_title("Dose over the life [krad]", fontsize=9)
    axes.legend(
        fontsize=7,
        loc="upper center",
        bbox_to_anchor=(0.45, -0.17),
        ncols=3,
        frameon=False,
        columnspacing=1.0,
        handlelength=1.6,
    )
