"""A design to scale as STEP: bay, walls, shield, array wings and radiators, with their masses.

What the model knows is exact: areas, the volume of the bay, the thickness and mass of the shield.
The rest is a layout that the model does not choose, fixed here so that a configurator has something
to start from: wings are rectangles three times as long as wide, arrays along +-Y face the Sun at
+Z, radiators along +-X stand edge-on to it. A panel is as thick as it is when folded, so bay and
panels together fill the folded volume of the model. Walls and shield are one plate for each face of
the bay, as the model counts them: area times thickness, with no material in the edges.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimize.export.formats.tables import harmless
from optimize.export.reading import number
from problems.spec import SpecError
from problems.units import ALUMINIUM_KG_M2_PER_MM

Document = Mapping[str, Any]
Vector = tuple[float, float, float]

#: Length over width of a wing, and its distance from the body: layout, not a result.
WING_ASPECT = 3.0
WING_GAP_M = 0.5
MM_PER_M = 1000.0
#: RGBA of each kind of part, as design tools show them.
COLOURS = {
    "bay": (0.80, 0.62, 0.25, 1.0),
    "wall": (0.75, 0.75, 0.78, 1.0),
    "shield": (0.45, 0.47, 0.52, 1.0),
    "array": (0.10, 0.16, 0.45, 1.0),
    "radiator": (0.95, 0.95, 0.95, 1.0),
}
MASS_COLUMNS = (
    ("part", "-"),
    ("volume", "m3"),
    ("mass", "kg"),
    ("density", "kg/m3"),
    ("x", "m"),
    ("y", "m"),
    ("z", "m"),
    ("ixx", "kg m2"),
    ("iyy", "kg m2"),
    ("izz", "kg m2"),
    ("description", "-"),
)


@dataclass(frozen=True, slots=True)
class Block:
    """A box of the layout: size and centre in metres, mass in kilograms."""

    name: str
    kind: str
    size_m: Vector
    centre_m: Vector
    mass_kg: float
    description: str

    @property
    def volume_m3(self) -> float:
        """Volume."""
        return math.prod(self.size_m)

    @property
    def inertia_kg_m2(self) -> Vector:
        """Moments of inertia about the axes through the origin of the layout."""
        x, y, z = (
            size * size / 12.0 + place * place
            for size, place in zip(self.size_m, self.centre_m, strict=True)
        )
        return (self.mass_kg * (y + z), self.mass_kg * (x + z), self.mass_kg * (x + y))


def write_step(document: Document, folder: Path, stem: str) -> list[Path]:
    """Write the solids as STEP in millimetres, and their mass properties as CSV in SI units.

    Raises
    ------
    SpecError
        When the document lacks a number, or its parts weigh more than the satellite.
    """
    from build123d import Box, Color, Compound, Pos, export_step

    parts = blocks(document)
    solids = []
    for part in parts:
        solid = Pos(*_mm(part.centre_m)) * Box(*_mm(part.size_m))
        solid.label, solid.color = part.name, Color(*COLOURS[part.kind])
        solids.append(solid)
    assembly = Compound(label=f"heliofront_{document['design_id']}", children=solids)
    path = folder / f"{stem}.step"
    # The date is that of the run. Bytes still differ between exports: the kernel writes colours in
    # an order of its own.
    export_step(assembly, path, timestamp=document["provenance"]["finished"] or "")
    table = folder / f"{stem}.step-masses.csv"
    _write_masses(table, parts)
    return [path, table]


def blocks(document: Document) -> list[Block]:
    """Return the layout of a design.

    Parameters
    ----------
    document
        Master document.

    Returns
    -------
    list of Block
        Bay, plates, wings and radiators; their masses add up to the mass on orbit.

    Raises
    ------
    SpecError
        When the document lacks a number, or its parts weigh more than the satellite.
    """
    edge_m = math.cbrt(number(document, "outputs", "bay_volume_m3", "m3"))
    shield_mm = number(document, "variables", "shield_mm", "mm")
    wall_mm = min(number(document, "assumptions", "structure.wall_mm", "mm"), shield_mm)
    walls = _plates("wall", edge_m, edge_m, wall_mm, "aluminium of the structure")
    shield = _plates(
        "shield", edge_m, edge_m + 2e-3 * wall_mm, shield_mm - wall_mm, "aluminium of the shield"
    )
    wings = _wings(document, 0.5 * edge_m + 1e-3 * shield_mm + WING_GAP_M)
    parts = [*walls, *shield, *wings]
    rest_kg = number(document, "outputs", "on_orbit_mass_kg", "kg") - sum(p.mass_kg for p in parts)
    if rest_kg <= 0.0:
        raise SpecError("outputs.on_orbit_mass_kg", "is less than the mass of the parts")
    text = "compute, and every mass without a solid of its own: bus, margins, propellant"
    return [Block("bay", "bay", (edge_m,) * 3, (0.0, 0.0, 0.0), rest_kg, text), *parts]


def _plates(
    kind: str, edge_m: float, inside_m: float, thickness_mm: float, text: str
) -> list[Block]:
    """Return a plate on each face of a cube that is ``inside_m`` wide; none without thickness."""
    if thickness_mm <= 0.0:
        return []
    mass_kg = edge_m * edge_m * thickness_mm * ALUMINIUM_KG_M2_PER_MM
    thick_m = 1e-3 * thickness_mm
    plates = []
    for axis in range(3):
        for sign in (1.0, -1.0):
            size, centre = [edge_m] * 3, [0.0] * 3
            size[axis] = thick_m
            centre[axis] = sign * 0.5 * (inside_m + thick_m)
            name = f"{kind}_{'+' if sign > 0.0 else '-'}{'XYZ'[axis]}"
            plates.append(Block(name, kind, _vector(size), _vector(centre), mass_kg, text))
    return plates


def _wings(document: Document, root_m: float) -> list[Block]:
    """Return two array wings and two radiators that begin ``root_m`` from the middle."""
    array_m2 = number(document, "variables", "array_area_m2", "m2")
    radiator_m2 = number(document, "variables", "radiator_area_m2", "m2")
    kind = document["variables"]["radiator_type"]["value"]
    folded_radiator_m = number(
        document, "assumptions", f"catalog.radiators.{kind}.stowed_m3_per_m2", "m3/m2"
    )
    folded_m3 = number(document, "outputs", "stowed_volume_m3", "m3")
    bay_m3 = number(document, "outputs", "bay_volume_m3", "m3")
    folded_array_m = (folded_m3 - bay_m3 - radiator_m2 * folded_radiator_m) / array_m2
    array_kg = number(document, "outputs", "mass_array_kg", "kg")
    radiator_kg = number(document, "outputs", "mass_radiator_kg", "kg")
    wings = []
    for sign, mark in ((1.0, "+"), (-1.0, "-")):
        length, width = _rectangle(0.5 * array_m2)
        centre = (0.0, sign * (root_m + 0.5 * length), 0.0)
        size = (width, length, folded_array_m)
        text = "solar array, cells towards +Z; folded thickness"
        wings.append(Block(f"array_{mark}Y", "array", size, centre, 0.5 * array_kg, text))
        length, width = _rectangle(0.5 * radiator_m2)
        centre = (sign * (root_m + 0.5 * length), 0.0, 0.0)
        size = (length, folded_radiator_m, width)
        text = "radiator, both faces radiate, edge towards +Z; folded thickness"
        wings.append(Block(f"radiator_{mark}X", "radiator", size, centre, 0.5 * radiator_kg, text))
    return wings


def _rectangle(area_m2: float) -> tuple[float, float]:
    """Return length and width of a wing."""
    width = math.sqrt(area_m2 / WING_ASPECT)
    return WING_ASPECT * width, width


def _mm(vector_m: Vector) -> Vector:
    x, y, z = vector_m
    return (MM_PER_M * x, MM_PER_M * y, MM_PER_M * z)


def _vector(values: list[float]) -> Vector:
    x, y, z = values
    return (x, y, z)


def _write_masses(path: Path, parts: list[Block]) -> None:
    """Write one row per part and their sum; a second heading row has the units."""
    total_kg = sum(part.mass_kg for part in parts)
    centre = [sum(p.mass_kg * p.centre_m[k] for p in parts) / total_kg for k in range(3)]
    inertia = [sum(p.inertia_kg_m2[k] for p in parts) for k in range(3)]
    volume_m3 = sum(part.volume_m3 for part in parts)
    text = "sum; moments of inertia about the middle of the bay"
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerows(zip(*MASS_COLUMNS, strict=True))
        for p in parts:
            density = p.mass_kg / p.volume_m3
            row = [p.name, p.volume_m3, p.mass_kg, density, *p.centre_m, *p.inertia_kg_m2]
            table.writerow([harmless(cell) for cell in (*row, p.description)])
        density = total_kg / volume_m3
        table.writerow(["total", volume_m3, total_kg, density, *centre, *inertia, text])
