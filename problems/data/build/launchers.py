"""Fit the payload rule of ``data/launchers.csv`` to ``data/launch_points.csv``.

Run ``python -m problems.data.build.launchers``; at once. It writes ``leo_payload_kg`` and
``upper_inert_kg`` of every vehicle with at least two fitted points, and their ranges; a vehicle
with fewer keeps its engineering inert mass.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from problems.parameters.catalog import Launcher
from problems.parameters.launch_points import launch_points
from problems.units import STANDARD_GRAVITY_M_S2, FloatArray
from problems.validation.launchers import launcher_row, point_delta_v_m_s, reference_delta_v_m_s

OUTPUT = Path(__file__).resolve().parents[1] / "launchers.csv"

#: Share by which an effective inert mass may be off on either side: an estimate that moves a
#: payload to transfer orbit by about a tenth, as far as publications of it differ.
INERT_SPREAD = 0.2
#: Payload and inert mass are written to this many kilograms.
STEP_KG = 10.0


def fit_rule(ratio: FloatArray, payload_kg: FloatArray) -> tuple[float, float]:
    """Return payload to the reference orbit and inert mass that miss the points least [kg].

    Parameters
    ----------
    ratio
        ``(k,)`` mass ratio from each point's orbit to the reference orbit [1].
    payload_kg
        ``(k,)`` published payloads [kg].

    Notes
    -----
    ``m = m_ref ratio - m_inert (1 - ratio)`` is linear in both: least squares of the relative
    residuals. A negative inert mass is not kept: the best payload without one is.

    Examples
    --------
    >>> payload, inert = fit_rule(np.array([1.0, 0.5]), np.array([20e3, 7e3]))
    >>> round(payload), round(inert)
    (20000, 6000)
    """
    columns = np.stack([ratio, ratio - 1.0], axis=1) / payload_kg[:, None]
    (leo_kg, inert_kg), *_ = np.linalg.lstsq(columns, np.ones(len(ratio)), rcond=None)
    if inert_kg < 0.0:
        return float(columns[:, 0].sum() / (columns[:, 0] ** 2).sum()), 0.0
    return float(leo_kg), float(inert_kg)


def points_of(row: Launcher) -> tuple[FloatArray, FloatArray]:
    """Return mass ratios from a vehicle's fitted points to its reference orbit, and payloads [kg].

    Both are ``(k,)``; the rule's payload to a point's orbit follows from its ratio alone.
    """
    points = [point for point in launch_points() if point.launcher == row.name and point.fit]
    exhaust_m_s = STANDARD_GRAVITY_M_S2 * row.upper_isp_s
    speeds = np.array([point_delta_v_m_s(point) for point in points])
    ratio = np.exp((reference_delta_v_m_s(row) - speeds) / exhaust_m_s)
    return ratio, np.array([point.payload_kg for point in points])


def fitted_cells(cells: Mapping[str, str]) -> dict[str, str]:
    """Return the fitted numbers of a row with their ranges, as text; none below two points.

    With two points the rule meets both and the range of the payload is that of the table; with
    more it runs over the payloads at which the rule meets one of them.
    """
    row = launcher_row(cells["name"])
    ratio, payload_kg = points_of(row)
    if len(ratio) < 2:
        return {}
    leo_kg, inert_kg = fit_rule(ratio, payload_kg)
    stated = np.array([float(cells[f"leo_payload_kg_{end}"]) for end in ("low", "high")])
    meets = stated if len(ratio) == 2 else (payload_kg + inert_kg) / ratio - inert_kg
    numbers = {
        "leo_payload_kg": leo_kg,
        "leo_payload_kg_low": min(leo_kg, meets.min()),
        "leo_payload_kg_high": max(leo_kg, meets.max()),
        "upper_inert_kg": inert_kg,
        "upper_inert_kg_low": inert_kg * (1.0 - INERT_SPREAD),
        "upper_inert_kg_high": inert_kg * (1.0 + INERT_SPREAD),
    }
    return {name: f"{STEP_KG * round(kg / STEP_KG):.0f}" for name, kg in numbers.items()}


def main() -> None:
    """Write the fitted numbers into the table."""
    with OUTPUT.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for cells in rows:
        cells.update(fitted_cells(cells))
    with OUTPUT.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


if __name__ == "__main__":
    main()
