"""The payload rule beside every published payload of the catalogue's vehicles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from problems.delivery import payload
from problems.parameters.catalog import Launcher, catalog_table
from problems.parameters.launch_points import LaunchPoint, launch_points


@dataclass(frozen=True, slots=True)
class Residual:
    """A published payload, the velocity change of its orbit [m/s], and what the rule gives [kg]."""

    point: LaunchPoint
    delta_v_m_s: float
    rule_kg: float

    @property
    def deviation(self) -> float:
        """Rule over publication, less 1 [1]; NaN where the rule has no answer."""
        return self.rule_kg / self.point.payload_kg - 1.0

    def to_json(self) -> dict[str, Any]:
        """Return the residual as plain data; a number that does not exist is None."""
        point = self.point
        numbers = {
            "payload_kg": point.payload_kg,
            "rule_kg": self.rule_kg,
            "deviation": self.deviation,
            "delta_v_m_s": self.delta_v_m_s,
            "perigee_km": point.perigee_km,
            "apogee_km": point.apogee_km,
            "inclination_deg": point.inclination_deg,
            "delta_v_to_go_m_s": point.delta_v_to_go_m_s,
        }
        texts = ("launcher", "variant", "orbit", "bound", "status", "fit")
        origin = ("source", "locator", "grade", "note")
        return {
            **{name: getattr(point, name) for name in texts},
            **{name: None if np.isnan(value) else value for name, value in numbers.items()},
            **{name: getattr(point, name) for name in origin},
        }


def _stated(value: float, default: float) -> float:
    return default if np.isnan(value) else value


def launcher_row(name: str) -> Launcher:
    """Return a vehicle of the catalogue."""
    row = catalog_table("launchers").rows[name]
    assert isinstance(row, Launcher)
    return row


def point_delta_v_m_s(point: LaunchPoint) -> float:
    """Velocity change of a published orbit above the vehicle's 200 km due-east orbit [m/s]."""
    pad_deg = launcher_row(point.launcher).site_latitude_deg
    return float(
        payload.insertion_delta_v_m_s(
            point.perigee_km,
            apogee_km=point.apogee_km,
            inclination_deg=_stated(point.inclination_deg, pad_deg),
            site_latitude_deg=_stated(point.site_latitude_deg, pad_deg),
            reference_latitude_deg=pad_deg,
            delta_v_to_go_m_s=point.delta_v_to_go_m_s,
        )
    )


def reference_delta_v_m_s(row: Launcher) -> float:
    """Velocity change of the orbit to which a vehicle's low-orbit payload belongs [m/s]."""
    return float(
        payload.insertion_delta_v_m_s(
            row.reference_altitude_km,
            apogee_km=row.reference_altitude_km,
            inclination_deg=row.reference_inclination_deg,
            site_latitude_deg=row.site_latitude_deg,
            reference_latitude_deg=row.site_latitude_deg,
        )
    )


def rule_payload_kg(row: Launcher, delta_v_m_s: float) -> float:
    """Payload of a vehicle of the catalogue by the rule [kg]; NaN where the row has gaps."""
    return float(
        payload.payload_kg(
            np.asarray(delta_v_m_s),
            reference_delta_v_m_s=reference_delta_v_m_s(row),
            leo_payload_kg=row.leo_payload_kg,
            upper_inert_kg=row.upper_inert_kg,
            upper_isp_s=row.upper_isp_s,
        )
    )


def residuals() -> tuple[Residual, ...]:
    """Return every published payload beside the rule's, in the order of the table.

    Examples
    --------
    >>> starship = next(r for r in residuals() if r.point.launcher == "starship" and r.point.fit)
    >>> round(starship.delta_v_m_s), round(starship.rule_kg)
    (662, 100000)
    """
    beside = []
    for point in launch_points():
        speed = point_delta_v_m_s(point) if point.has_orbit else np.nan
        rule = rule_payload_kg(launcher_row(point.launcher), speed) if point.has_orbit else np.nan
        beside.append(Residual(point, speed, rule))
    return tuple(beside)
