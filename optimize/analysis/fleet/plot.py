"""Figure of a fleet: supply and crowding by size, power and cost over the years of the ramp."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from optimize.analysis.fleet.text import SHOWN_STEP
from optimize.report.plots import style
from optimize.utils.labels import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SUPPLY = (
    ("accelerator_share_of_world", "accelerators"),
    ("array_share_of_world_pv", "solar array over PV production"),
    ("flights_share", "heaviest launcher's flights"),
)


def fleet_figure(document: Mapping[str, Any]) -> Figure:
    """Return four panels: supply, crowding, power by year, cost by year."""
    steps = document["steps"]
    figure = style.new_figure(9.6, 7.4)
    panels = figure.subplots(2, 2).ravel()
    _supply(panels[0], document, steps)
    _crowding(panels[1], steps)
    ramp = next(step for step in steps if step["step"] == SHOWN_STEP)["years"]
    _power(panels[2], ramp)
    _cost(panels[3], ramp)
    figure.suptitle(f"Fleet of {document['title']}")
    return figure


def _supply(axes: Axes, document: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]) -> None:
    """Draw demand over what the world makes or flies today, by size."""
    used = {entry["key"]: entry["value"] for entry in document["assumptions"]}
    flights = used["fleet.heavy_flights_per_yr"]
    for at, (key, label) in enumerate(_SUPPLY):
        values = [
            step["launchers"][0]["flights_per_yr"] / flights
            if key == "flights_share"
            else step[key]
            for step in steps
        ]
        places = np.arange(len(steps)) + 0.27 * (at - 1)
        axes.bar(places, values, width=0.25, color=style.OKABE_ITO[at], label=label, bottom=0.0)
    axes.axhline(1.0, color="black", linewidth=1.0)
    axes.set_yscale("log")
    axes.set_ylim(1e-7, 1e5)
    axes.annotate("all of it", (-0.45, 1.25), fontsize=8)
    axes.set_xticks(range(len(steps)), [step["step"] for step in steps])
    axes.grid(visible=False, axis="x")
    axes.set_title("Needed each year, over world supply")
    axes.legend(loc="upper left")


def _flights(step: Mapping[str, Any]) -> float:
    """Flights a year of the launcher that needs fewest."""
    return float(step["launchers"][0]["flights_per_yr"])


def _crowding(axes: Axes, steps: Sequence[Mapping[str, Any]]) -> None:
    """Draw fleet size and collisions, by size."""
    x = np.arange(len(steps))
    series = (
        ("fleet_satellites", "satellites in orbit"),
        ("dead_in_shell", "of them dead"),
        ("collisions_unavoided_per_yr", "collisions a year, none avoided"),
        ("collisions_expected_per_yr", "collisions a year, avoidance on"),
    )
    for at, (key, label) in enumerate(series):
        values = [step[key] for step in steps]
        axes.plot(x, values, marker=style.MARKERS[at], color=style.OKABE_ITO[at], label=label)
    axes.set_yscale("log")
    gaps = (number(step["mean_spacing_km"], 2) for step in steps)
    names = [f"{step['step']}\n{gap} km" for step, gap in zip(steps, gaps, strict=True)]
    axes.set_xticks(x, names)
    axes.set_xlabel("with the mean distance to the next satellite")
    axes.set_title("In the shell once building only replaces")
    axes.legend(loc="lower right")


def _power(axes: Axes, years: Sequence[Mapping[str, Any]]) -> None:
    year = [entry["year"] for entry in years]
    built = np.array([entry["it_power_w"] for entry in years]) / 1e9
    operating = np.array([entry["fleet_it_power_w"] for entry in years]) / 1e9
    axes.plot(year, operating, marker="o", color=style.OKABE_ITO[0], label="in orbit and operating")
    axes.plot(year, built, marker="s", color=style.OKABE_ITO[1], label="built in the year")
    style.scale_axis(axes, "y", np.concatenate((built, operating)), log=True)
    axes.set_xlabel(f"year of the ramp to {SHOWN_STEP}")
    axes.set_ylabel("IT power [GW]")
    axes.set_title("Power by year")
    axes.legend(loc="lower right")


def _cost(axes: Axes, years: Sequence[Mapping[str, Any]]) -> None:
    """Draw what each year costs, and the capital of a watt as learning lowers it."""
    year = [entry["year"] for entry in years]
    capital = np.array([entry["capital_usd"] for entry in years]) / 1e12
    running = np.array([entry["operations_usd"] for entry in years]) / 1e12
    axes.bar(year, capital, color=style.OKABE_ITO[4], label="capital")
    axes.bar(year, running, bottom=capital, color=style.OKABE_ITO[0], label="operations")
    axes.set_xlabel(f"year of the ramp to {SHOWN_STEP}")
    axes.set_ylabel("cost of the year [trillion USD]")
    axes.set_title("Cost by year")
    beside = axes.twinx()
    watt = [entry["capital_usd_per_w"] for entry in years]
    (line,) = beside.plot(year, watt, color="black", marker="^", label="capital per watt")
    beside.set_ylim(0.0, 1.45 * max(watt))
    axes.set_ylim(0.0, 1.45 * float((capital + running).max()))
    beside.set_ylabel("capital per watt of IT [USD/W]")
    beside.grid(visible=False)
    beside.spines["right"].set_visible(True)
    handles = [*axes.get_legend_handles_labels()[0], line]
    axes.legend(handles=handles, loc="upper left", ncols=3)
