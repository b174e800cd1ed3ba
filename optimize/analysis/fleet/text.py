"""A fleet as a person reads it on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optimize.utils.labels import number
from optimize.utils.terminal import fitted_table

#: Step whose years are shown; all are in the JSON document.
SHOWN_STEP = "100 GW/yr"
_LAUNCHERS = 4

#: Key of a step, what to call it, and the factor into the unit shown.
_ROWS: tuple[tuple[str, str, float], ...] = (
    ("satellites_per_yr", "satellites built a year", 1.0),
    ("mass_t_per_yr", "mass launched [t/yr]", 1.0),
    ("accelerators_per_yr", "accelerators a year", 1.0),
    ("accelerator_share_of_world", "  over world supply", 1.0),
    ("array_km2_per_yr", "solar array [km²/yr]", 1.0),
    ("array_share_of_world_pv", "  over world PV production", 1.0),
    ("radiator_km2_per_yr", "radiator [km²/yr]", 1.0),
    ("radiator_iss_areas_per_yr", "  over ISS radiator area", 1.0),
    ("heat_iss_equivalents_per_yr", "heat over ISS capacity", 1.0),
    ("fleet_satellites", "fleet in steady state", 1.0),
    ("fleet_it_power_w", "  its IT power [GW]", 1e-9),
    ("lost_per_yr", "  lost a year", 1.0),
    ("replacement_per_yr", "  share replaced a year", 1.0),
    ("capacity_left_at_end", "  left at end of life, no resupply", 1.0),
    ("capacity_between_batches", "  mean between batches", 1.0),
    ("magnitude_overhead_at_sunset", "magnitude overhead at sunset", 1.0),
    ("carbon_launch_g_per_kwh", "CO2 of launch [g/kWh of IT]", 1.0),
    ("carbon_hardware_g_per_kwh", "CO2 of hardware [g/kWh of IT]", 1.0),
    ("carbon_over_grid", "  both over the grid's", 1.0),
    ("shell_density_over_leo_today", "shell density over LEO today", 1.0),
    ("mean_spacing_km", "mean spacing in the shell [km]", 1.0),
    ("single_file_spacing_km", "spacing in one ring [km]", 1.0),
    ("dead_in_shell", "dead satellites in the shell", 1.0),
    ("collisions_unavoided_per_yr", "collisions a year, none avoided", 1.0),
    ("collisions_expected_per_yr", "collisions a year, avoidance on", 1.0),
    ("debris_losses_per_yr", "losses to debris a year", 1.0),
)
_DRIVER: tuple[tuple[str, str, float], ...] = (
    ("throughput_t_per_yr", "throughput [t/yr]", 1.0),
    ("shots_per_day", "shots a day", 1.0),
    ("mean_power_w", "mean power [MW]", 1e-6),
    ("peak_power_w", "peak power in a shot [GW]", 1e-9),
    ("earth_mass_t_per_yr", "still from the Earth [t/yr]", 1.0),
)
_YEARS: tuple[tuple[str, str, float], ...] = (
    ("satellites", "satellites", 1.0),
    ("it_power_w", "built\n[GW]", 1e-9),
    ("fleet_it_power_w", "in orbit\n[GW]", 1e-9),
    ("launched_t", "launched\nsince [t]", 1.0),
    ("launch_price_factor", "launch\nprice", 1.0),
    ("platform_cost_factor", "platform\ncost", 1.0),
    ("capital_usd", "capital\n[G$]", 1e-9),
    ("operations_usd", "operations\n[G$]", 1e-9),
    ("capital_usd_per_w", "capital\n[$/W]", 1.0),
)


def fleet_text(document: Mapping[str, Any]) -> str:
    """Return tables of steps, launchers, mass driver and years."""
    steps = document["steps"]
    blocks = [_heading(document), _quantities("once the ramp is over", steps, _ROWS)]
    blocks += [_flights(document, steps), _drivers(steps), _years(steps)]
    if document["broken_constraints"]:
        broken = ", ".join(document["broken_constraints"])
        blocks.append(f"note: this design breaks its limits: {broken}")
    blocks += ["files: " + ", ".join(document["files"])] if "files" in document else []
    return "\n\n".join(blocks)


def _heading(document: Mapping[str, Any]) -> str:
    satellite = document["satellite"]
    cost_usd = satellite["satellite_cost_usd"] + satellite["launch_cost_usd"]
    return (
        f"Fleet of {document['title']} (scenario {document['scenario']}, from the "
        f"{document['launch_site'].capitalize()})\n"
        f"one satellite: {number(satellite['it_power_w'] / 1e3, 3)} kW of IT, "
        f"{number(satellite['launch_mass_kg'], 3)} kg, "
        f"{number(satellite['specific_mass_kg_per_kw'], 3)} kg/kW, "
        f"{number(satellite['orbit_altitude_km'], 3)} km, "
        f"{number(cost_usd / 1e6, 3)} M$ in orbit"
    )


def _quantities(
    title: str, entries: Sequence[Mapping[str, Any]], rows: Sequence[tuple[str, str, float]]
) -> str:
    names = [str(entry["step"]) for entry in entries]
    cells = [
        (label, *(number(entry[key] * factor, 3) for entry in entries))
        for key, label, factor in rows
    ]
    return "\n".join(fitted_table((title, *names), cells))


def _flights(document: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]) -> str:
    """Return flights a day of the launchers that need fewest."""
    freight = document["launch_site"] == "moon"
    shown = [e["launcher"] for e in steps[0]["launchers"] if e["reaches_orbit"]][:_LAUNCHERS]
    rows = []
    for name in shown:
        entries = [
            next(entry for entry in step["launchers"] if entry["launcher"] == name)
            for step in steps
        ]
        days = (number(entry["flights_per_day"], 3) for entry in entries)
        rows.append((f"{entries[0]['label']} ({entries[0]['limited_by']})", *days))
    title = "freight flights a day" if freight else "flights a day (limited by)"
    return "\n".join(fitted_table((title, *(str(step["step"]) for step in steps)), rows))


def _drivers(steps: Sequence[Mapping[str, Any]]) -> str:
    driver = steps[0]["driver"]
    title = "the same from the Moon"
    entries = [{"step": step["step"], **step["driver"]} for step in steps]
    note = (
        f"{number(driver['shot_mass_kg'], 3)} kg a shot at {number(driver['accel_g'], 3)} g on "
        f"{number(driver['track_km'], 3)} km of track, arrival {driver['transfer']}"
    )
    return f"{_quantities(title, entries, _DRIVER)}\n{note}"


def _years(steps: Sequence[Mapping[str, Any]]) -> str:
    step = next(entry for entry in steps if entry["step"] == SHOWN_STEP)
    header = ("year", *(label for _, label, _ in _YEARS))
    rows = [
        (str(year["year"]), *(number(year[key] * factor, 3) for key, _, factor in _YEARS))
        for year in step["years"]
    ]
    lines = fitted_table(header, rows, align="r" * len(header))
    return "\n".join([f"Ramp to {SHOWN_STEP}: what learning makes of it", *lines])
