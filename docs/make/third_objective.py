"""``docs/third_objective.md``: what the failure rate by radiation makes the front choose.

Three searches of the baseline: with the code of version 2, with the code of today, and of today
with ``radiation_stops_per_delivered_exaflop`` as the third objective.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from docs.make.model_changes import ROOT, changes, front_here, front_of_commit
from docs.make.readme import fill
from optimize.utils.files import write_text_atomic
from optimize.utils.labels import number
from problems.text_tables import markdown_table

PAGE = Path("docs/third_objective.md")
PICTURE = Path("docs/images/third_objective.png")
SEED = 1
_RATE = "radiation_failure_rate_per_pflops_yr"
_STOPS = "radiation_stops_per_delivered_exaflop"
#: Column, axis label, logarithmic.
PANELS = (
    ("shield_mm", "shield [mm]", True),
    ("inclination", "inclination [deg]", False),
    ("design_life_yr", "design life [yr]", False),
    ("spare_fraction", "spares per accelerator [1]", False),
    ("radiator_temperature_k", "radiator temperature [K]", False),
    ("radiation_compute_loss_fraction", "compute lost to radiation [1]", True),
)
_SHARES = {
    "failure_share_memory": "uncorrectable memory errors",
    "failure_share_interrupt": "functional interrupts",
    "failure_share_host": "host crashes",
    "failure_share_corruption": "detected corruptions",
    "failure_share_hard": "permanent, protons",
    "failure_share_latchup": "latch-up",
    "failure_share_dose": "total dose",
}


def draw(before: pd.DataFrame, after: pd.DataFrame, root: Path) -> None:
    """Draw each member of both fronts, its failure rate against six of its numbers."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.0, 6.0), layout="constrained")
    panels = figure.subplots(2, 3, sharex=True).flat
    for axes, (name, label, logarithmic) in zip(panels, PANELS, strict=True):
        for front, color, version in ((before, "#999999", "2"), (after, "#0072B2", "3")):
            if name in front:
                axes.plot(
                    front[_RATE],
                    front[name],
                    ".",
                    markersize=3,
                    color=color,
                    alpha=0.6,
                    label=f"version {version}",
                )
        axes.set_xscale("log")
        axes.set_yscale("log" if logarithmic else "linear")
        axes.set_ylabel(label)
        if axes.get_subplotspec().is_last_row():
            axes.set_xlabel("failures by radiation [1/(PFLOP/s)/yr]")
    figure.axes[-1].legend(markerscale=3, frameon=False, loc="lower right")
    figure.savefig(root / PICTURE, dpi=120)


def with_inclination(front: pd.DataFrame) -> pd.DataFrame:
    """Return the front with the inclination that each orbit has, chosen or implied, in degrees."""
    return front.assign(inclination=front["output.inclination_deg"])


def along(front: pd.DataFrame) -> str:
    """Return a table of the thirds of a front by failure rate: what they are and what they lose."""
    thirds = pd.qcut(front[_RATE], 3, labels=["lowest third", "middle third", "highest third"])
    rows: dict[str, list[str]] = {}
    heads = ["by failure rate"]
    for name, group in front.groupby(thirds, observed=True):
        heads.append(str(name))
        for key, text in _third(group).items():
            rows.setdefault(key, []).append(text)
    table = [[key, *texts] for key, texts in rows.items()]
    return "\n".join(markdown_table(heads, table, "lrrr"))


def _third(group: pd.DataFrame) -> dict[str, str]:
    orbits = group["orbit"].value_counts(normalize=True)
    cells = {
        "failures [1/(PFLOP/s)/yr], median (lowest to highest)": _range(group[_RATE]),
        "orbits": ", ".join(f"{name} {100 * share:.0f} %" for name, share in orbits.items()),
        "altitude [km]": _range(group["orbit_altitude_km"]),
        "shield [mm]": _range(group["shield_mm"]),
        "share of the trapped protons in the equivalent flux": _percent(
            group["trapped_flux_cm2_s"] / group["particle_flux_cm2_s"]
        ),
    }
    for name, label in _SHARES.items():
        cells[f"{label}, share of the failures"] = _percent(group[name])
    lost = group["radiation_compute_loss_fraction"]
    return {**cells, "compute lost to radiation over the life": _percent(lost)}


def objectives(fronts: dict[str, pd.DataFrame]) -> str:
    """Return the fronts of two third objectives side by side."""
    rows = []
    for key, column in {
        "cost [USD/EFLOP]": "cost_per_exaflop_usd",
        "launch mass [kg]": "launch_mass_kg",
        "failures [1/(PFLOP/s)/yr]": _RATE,
        "stops [1/EFLOP]": _STOPS,
        "compute lost to radiation": "radiation_compute_loss_fraction",
        "altitude [km]": "orbit_altitude_km",
        "shield [mm]": "shield_mm",
        "spares [1]": "spare_fraction",
        "design life [yr]": "design_life_yr",
    }.items():
        rows.append([key, *(_range(front[column]) for front in fronts.values())])
    for key in ("orbit", "gpu_model", "protection"):
        rows.append([key, *(_choices(front[key]) for front in fronts.values())])
    return "\n".join(markdown_table(["median (lowest to highest)", *fronts], rows, "lll"))


def _choices(values: pd.Series) -> str:
    shares = values.value_counts(normalize=True)
    return ", ".join(f"{name} {100 * share:.0f} %" for name, share in shares.items())


def _range(values: pd.Series) -> str:
    return f"{number(values.median(), 3)} ({number(values.min(), 3)} to {number(values.max(), 3)})"


def _percent(values: pd.Series) -> str:
    """Return a share as per cent, median with extremes; below a thousandth of one it is said so."""
    low, middle, high = (100.0 * q for q in values.quantile([0.0, 0.5, 1.0]))
    if high < 1e-3:
        return "below 0.001 %"
    return f"{number(middle, 2)} % ({number(low, 2)} to {number(high, 2)})"


def main(_: Sequence[str]) -> int:
    """Search three times (a minute), then write page and picture."""
    with tempfile.TemporaryDirectory() as scratch:
        before = with_inclination(front_of_commit(changes()[0]["commit"], SEED))
        after = with_inclination(front_here(Path(scratch) / "rate", SEED))
        chosen = "objectives=[cost_per_exaflop_usd, launch_mass_kg, " + _STOPS + "]"
        stops = with_inclination(front_here(Path(scratch) / "stops", SEED, "--set", chosen))
    draw(before, after, ROOT)
    pair = {f"third objective `{_RATE}`": after, f"third objective `{_STOPS}`": stops}
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    text = fill(text, {"along": along(after), "objectives": objectives(pair)})
    write_text_atomic(ROOT / PAGE, text)
    return 0
