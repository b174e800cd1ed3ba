"""The satellite to scale: plain rectangles in metres, areas and volumes those of the model.

The model has areas and a volume, not shapes. What a drawing needs beyond them is assumed here,
named, and shown with the drawing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

#: Length over width of one array wing and of one radiator panel; drawing assumptions.
WING_ASPECT = 4.0
RADIATOR_ASPECT = 3.0
#: Body to panel, as a share of the body's edge; drawing assumption.
GAP_FRAC = 0.25
#: A person, for scale [m].
PERSON_M = 1.75
#: Inner diameter of the Starship payload volume [m]. SpaceX, Starship Users Guide, rev. 1.0 (2020).
STARSHIP_BAY_M = 8.0
#: Largest share of the room below one wing that a thing drawn there for scale may take.
BESIDE_FRAC = 0.85

NOTES = (
    f"Drawn by assumption: two wings {WING_ASPECT:g} times as long as wide, two radiator panels "
    f"{RADIATOR_ASPECT:g} times as long as wide and turned into view (in flight edge-on to the "
    "Sun), a square body. Areas, bay volume and shield are the model's."
)


class Rectangle(NamedTuple):
    """A rectangle in metres: lower left corner, width, height."""

    kind: str
    x_m: float
    y_m: float
    width_m: float
    height_m: float


def satellite_geometry(
    *,
    array_area_m2: float,
    radiator_area_m2: float,
    bay_volume_m3: float,
    body_face_m2: float,
    shield_mm: float,
    starship_volume_m3: float,
) -> dict[str, Any]:
    """Return the drawing of a satellite seen along its Sun line.

    Parameters
    ----------
    array_area_m2, radiator_area_m2
        Array and radiator planform, each split into two equal panels [m2].
    bay_volume_m3, shield_mm
        Cubic compute bay and the aluminium around it [m3, mm].
    body_face_m2
        Face of the body, as drag sees it [m2].
    starship_volume_m3
        Payload volume that may be drawn for scale [m3].

    Returns
    -------
    dict
        ``rects`` (kind, x, y, width, height) and ``view`` (x0, y0, x1, y1) in metres, y up;
        ``beside`` with the same of a thing of known size; ``bay`` for the enlarged bay; ``note``.

    Examples
    --------
    >>> drawn = satellite_geometry(array_area_m2=800.0, radiator_area_m2=150.0, bay_volume_m3=8.0,
    ...     body_face_m2=4.0, shield_mm=10.0, starship_volume_m3=684.0)
    >>> sum(w * h for kind, _, _, w, h in drawn["rects"] if kind == "array")
    800.0
    >>> drawn["beside"]["name"]
    'Starship payload volume, 8 m wide'
    """
    body_m = math.sqrt(body_face_m2)
    gap_m = GAP_FRAC * body_m
    wing_m = math.sqrt(0.5 * array_area_m2 / WING_ASPECT)
    panel_m = math.sqrt(0.5 * radiator_area_m2 / RADIATOR_ASPECT)
    wing_from_m = max(0.5 * body_m, 0.5 * panel_m) + gap_m
    panel_from_m = 0.5 * body_m + gap_m
    wing_end_m = wing_from_m + WING_ASPECT * wing_m
    panel_end_m = panel_from_m + RADIATOR_ASPECT * panel_m
    boom_m = 0.06 * body_m
    rects = [
        Rectangle("boom", -wing_from_m, -0.5 * boom_m, 2.0 * wing_from_m, boom_m),
        Rectangle("boom", -0.5 * boom_m, -panel_from_m, boom_m, 2.0 * panel_from_m),
        Rectangle("array", -wing_end_m, -0.5 * wing_m, WING_ASPECT * wing_m, wing_m),
        Rectangle("array", wing_from_m, -0.5 * wing_m, WING_ASPECT * wing_m, wing_m),
        Rectangle("radiator", -0.5 * panel_m, panel_from_m, panel_m, RADIATOR_ASPECT * panel_m),
        Rectangle("radiator", -0.5 * panel_m, -panel_end_m, panel_m, RADIATOR_ASPECT * panel_m),
        Rectangle("body", -0.5 * body_m, -0.5 * body_m, body_m, body_m),
    ]
    top_m = max(panel_end_m, 0.5 * wing_m)
    room_m = BESIDE_FRAC * (wing_end_m - 0.5 * panel_m)
    name, beside = _beside(room_m, starship_volume_m3)
    left_m, low_m = -0.5 * (wing_end_m + 0.5 * panel_m), -0.5 * wing_m - 0.1 * room_m
    high_m = max(r.y_m + r.height_m for r in beside)
    placed = [r._replace(x_m=r.x_m + left_m, y_m=r.y_m + low_m - high_m) for r in beside]
    bottom_m = min(-top_m, *(r.y_m for r in placed))
    return {
        "rects": _plain(rects),
        "view": [short(v) for v in (-wing_end_m, bottom_m, wing_end_m, top_m)],
        "beside": {"name": name, "rects": _plain(placed)},
        "bay": {
            "edge_m": short(bay_volume_m3 ** (1.0 / 3.0)),
            "shield_mm": short(shield_mm),
            "person": _plain(person(0.0)),
            "person_m": PERSON_M,
        },
        "note": NOTES,
    }


def short(value: float) -> float:
    """Return a number with five significant figures, which no drawing can tell from the whole."""
    return float(f"{value:.5g}")


def _plain(rects: Sequence[Rectangle]) -> list[list[Any]]:
    return [[r.kind, *(short(v) for v in r[1:])] for r in rects]


def _beside(room_m: float, starship_volume_m3: float) -> tuple[str, list[Rectangle]]:
    """Return the largest thing of known size that is not too large beside the satellite."""
    if room_m >= _ISS_WIDTH_M:
        return f"International Space Station, {_ISS_WIDTH_M:g} m", list(_ISS)
    if room_m >= 2.0 * STARSHIP_BAY_M:
        height_m = starship_volume_m3 / (0.25 * math.pi * STARSHIP_BAY_M**2)
        tall = Rectangle("beside", -0.5 * STARSHIP_BAY_M, 0.0, STARSHIP_BAY_M, height_m)
        return f"Starship payload volume, {STARSHIP_BAY_M:g} m wide", [tall]
    return f"Person, {PERSON_M:g} m", person(0.0)


def person(x_m: float) -> list[Rectangle]:
    """Return a standing person, feet at height 0, centred at ``x_m``."""
    parts = (
        (-0.1, 1.53, 0.2, 0.22),
        (-0.21, 0.84, 0.42, 0.66),
        (-0.19, 0.0, 0.16, 0.82),
        (0.03, 0.0, 0.16, 0.82),
    )
    return [Rectangle("beside", x_m + x, y, w, h) for x, y, w, h in parts]


#: Outline of the station: 109 m across the arrays, which span 73 m.
#: NASA, Space Station Facts and Figures.
_ISS_WIDTH_M = 109.0
_ISS = (
    Rectangle("beside", -54.5, -1.2, 109.0, 2.4),
    *(
        Rectangle("beside", centre - 5.6, low, 11.2, 34.0)
        for centre in (-48.9, -35.0, 35.0, 48.9)
        for low in (-36.5, 2.5)
    ),
    Rectangle("beside", -2.2, -26.0, 4.4, 52.0),
)
