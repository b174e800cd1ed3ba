"""Payloads that have been published for the vehicles of the catalogue, each with its orbit."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cache

from problems.parameters.assumptions import read_table
from problems.parameters.catalog import catalog_table
from problems.spec import SpecError, nearest

TABLE = "launch_points.csv"
BOUNDS = ("equal", "at_least", "at_most")
#: Read in a primary text, in a secondary one, derived, or general knowledge.
GRADES = ("P", "S", "D", "U")


@dataclass(frozen=True, slots=True)
class LaunchPoint:
    """One published payload [kg], its orbit [km, deg, m/s], and who says so.

    Numbers that nobody states are NaN: without an orbit the payload rule has nothing to answer. The
    inclination is then that of a due-east launch, the pad that of the catalogue. ``fit`` says
    whether the rule's numbers are fitted to the point.
    """

    launcher: str
    variant: str
    orbit: str
    perigee_km: float
    apogee_km: float
    inclination_deg: float
    delta_v_to_go_m_s: float
    site_latitude_deg: float
    payload_kg: float
    bound: str
    status: str
    fit: bool
    source: str
    locator: str
    grade: str
    note: str

    @property
    def has_orbit(self) -> bool:
        """Whether the orbit is stated, or taken to be one, so that the rule can answer."""
        return self.perigee_km == self.perigee_km  # not NaN


def _value(kind: object, cell: str, key: str) -> float | bool | str:
    if kind == "bool":
        if cell not in ("true", "false"):
            raise SpecError(key, f"'{cell}' is neither true nor false")
        return cell == "true"
    return cell if kind == "str" else float(cell or "nan")


@cache
def launch_points() -> tuple[LaunchPoint, ...]:
    """Return the published points in the order of the table.

    Raises
    ------
    SpecError
        For an unknown vehicle, bound or grade, or a point that is fitted without an orbit.
    """
    launchers = catalog_table("launchers").rows
    fields = dataclasses.fields(LaunchPoint)
    points = []
    for line, cells in enumerate(read_table(TABLE), start=2):
        key = f"{TABLE}, line {line}"
        values = {f.name: _value(f.type, cells[f.name], f"{key}, {f.name}") for f in fields}
        point = LaunchPoint(**values)  # type: ignore[arg-type]  # checked cell by cell above
        for name, known in (("launcher", launchers), ("bound", BOUNDS), ("grade", GRADES)):
            if getattr(point, name) not in known:
                text = getattr(point, name)
                raise SpecError(f"{key}, {name}", f"unknown '{text}'", nearest(text, known))
        if point.fit and not point.has_orbit:
            raise SpecError(key, "fitted, but without an orbit")
        points.append(point)
    return tuple(points)
