"""The layout behind the STEP file: what the model knows has to come back from the boxes."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import pytest

from optimize.export.formats.step import WING_ASPECT, Block, _write_masses, blocks
from optimize.export.reading import number
from optimize.export.registry import format_named
from problems.spec import SpecError
from tests.optimize.export.handed_over import shared

pytestmark = pytest.mark.promise("R19")

KINDS = ("dawn_dusk", "lunar_geo", "equatorial")


def by_kind(parts: list[Block], kind: str) -> list[Block]:
    return [part for part in parts if part.kind == kind]


@pytest.fixture(params=KINDS)
def document(request: pytest.FixtureRequest) -> dict[str, Any]:
    return shared()[1][request.param]


def test_volumes_areas_and_masses_are_those_of_the_design(document: dict[str, Any]) -> None:
    parts = blocks(document)
    (bay,) = by_kind(parts, "bay")
    assert bay.volume_m3 == pytest.approx(number(document, "outputs", "bay_volume_m3", "m3"))
    for kind, axis in (("array", 2), ("radiator", 1)):
        wings = by_kind(parts, kind)
        areas = sum(wing.volume_m3 / wing.size_m[axis] for wing in wings)
        assert areas == pytest.approx(number(document, "variables", f"{kind}_area_m2", "m2"))
        mass_kg = number(document, "outputs", f"mass_{kind}_kg", "kg")
        assert sum(wing.mass_kg for wing in wings) == pytest.approx(mass_kg)
        sides = sorted(wings[0].size_m)
        assert sides[2] / sides[1] == pytest.approx(WING_ASPECT)
    shield = by_kind(parts, "shield")
    shield_kg = number(document, "outputs", "mass_shield_kg", "kg")
    assert sum(plate.volume_m3 for plate in shield) * 2700.0 == pytest.approx(shield_kg)
    total_kg = number(document, "outputs", "on_orbit_mass_kg", "kg")
    assert sum(part.mass_kg for part in parts) == pytest.approx(total_kg)


def test_bay_and_panels_fill_the_folded_volume(document: dict[str, Any]) -> None:
    parts = blocks(document)
    folded = [part for part in parts if part.kind in ("bay", "array", "radiator")]
    expected = number(document, "outputs", "stowed_volume_m3", "m3")
    assert sum(part.volume_m3 for part in folded) == pytest.approx(expected)


@pytest.mark.parametrize("wall_mm", [0.5, 1.0, 2.0])
def test_thickness_from_the_bay_outwards_is_wall_and_shield(
    document: dict[str, Any], wall_mm: float
) -> None:
    known = document["assumptions"]
    wall = {**known["structure.wall_mm"], "value": wall_mm}
    parts = blocks({**document, "assumptions": {**known, "structure.wall_mm": wall}})
    (bay,) = by_kind(parts, "bay")
    shield_mm = number(document, "variables", "shield_mm", "mm")
    for axis, letter in enumerate("XYZ"):
        for sign in (1.0, -1.0):
            end_m = 0.5 * bay.size_m[axis]
            for kind, thick_mm in (("wall", wall_mm), ("shield", shield_mm - wall_mm)):
                name = f"{kind}_{'+' if sign > 0.0 else '-'}{letter}"
                (plate,) = [part for part in parts if part.name == name]
                assert plate.size_m[axis] == pytest.approx(1e-3 * thick_mm)
                assert plate.mass_kg == pytest.approx(plate.volume_m3 * 2700.0)  # aluminium
                inner = sign * plate.centre_m[axis] - 0.5 * plate.size_m[axis]
                assert inner == pytest.approx(end_m)  # plate lies on plate
                end_m += plate.size_m[axis]


def test_wings_begin_half_a_metre_outside_the_shield(document: dict[str, Any]) -> None:
    parts = blocks(document)
    for kind, axis, face in (("array", 1, "shield_+Y"), ("radiator", 0, "shield_+X")):
        (plate,) = [part for part in parts if part.name == face]
        near, far = (
            abs(wing.centre_m[axis]) - 0.5 * wing.size_m[axis] for wing in by_kind(parts, kind)
        )
        outside = plate.centre_m[axis] + 0.5 * plate.size_m[axis]
        assert [near, far] == pytest.approx([outside + 0.5] * 2)


def test_inertia_of_a_box_is_about_the_origin() -> None:
    box = Block("b", "bay", (1.0, 2.0, 3.0), (4.0, 5.0, 6.0), 12.0, "")
    # m ((b^2 + c^2) / 12 + y^2 + z^2), and so on around the axes.
    assert box.inertia_kg_m2 == pytest.approx((13.0 + 732.0, 10.0 + 624.0, 5.0 + 492.0))


def test_no_two_parts_overlap(document: dict[str, Any]) -> None:
    parts = blocks(document)
    for i, one in enumerate(parts):
        for other in parts[i + 1 :]:
            gaps = [
                abs(a - b) - 0.5 * (s + t)
                for a, b, s, t in zip(
                    one.centre_m, other.centre_m, one.size_m, other.size_m, strict=True
                )
            ]
            assert max(gaps) > -1e-9, f"{one.name} and {other.name}"


def test_without_extra_shield_there_are_walls_only(document: dict[str, Any]) -> None:
    entries = document["variables"]
    thin = {**document, "variables": {**entries, "shield_mm": {**entries["shield_mm"], "value": 1}}}
    parts = blocks(thin)
    assert by_kind(parts, "shield") == []
    assert {min(wall.size_m) for wall in by_kind(parts, "wall")} == {1e-3}


def test_wrong_unit_is_refused(document: dict[str, Any]) -> None:
    entries = document["outputs"]
    wrong = {**entries["bay_volume_m3"], "unit": "l"}
    with pytest.raises(SpecError, match="'l' where 'm3' is expected"):
        blocks({**document, "outputs": {**entries, "bay_volume_m3": wrong}})


def test_mass_table_adds_up(document: dict[str, Any], tmp_path: Path) -> None:
    """A cube of edge a and mass m has m a^2 / 6 about its middle; the sum is exact."""
    parts = blocks(document)
    _write_masses(tmp_path / "m.csv", parts)
    head, units, *rows = csv.reader((tmp_path / "m.csv").read_text().splitlines())
    assert (head[2], units[2], head[7], units[7]) == ("mass", "kg", "ixx", "kg m2")
    table = {row[0]: [float(cell) for cell in row[1:-1]] for row in rows}
    total = table.pop("total")
    for column in (0, 1, 6, 7, 8):
        assert total[column] == pytest.approx(math.fsum(row[column] for row in table.values()))
    for volume, mass_kg, density, *_ in (total, *table.values()):
        assert density == pytest.approx(mass_kg / volume)
    volume, mass_kg, _, *_, izz = table["bay"]
    assert izz == pytest.approx(mass_kg * volume ** (2.0 / 3.0) / 6.0)
    assert total[3:6] == pytest.approx([0.0, 0.0, 0.0], abs=1e-12)


def test_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimize.export.registry.find_spec", lambda name: None)
    with pytest.raises(SpecError, match=r"needs build123d: pip install 'heliofront\[cad\]'"):
        format_named("step").function()
    with pytest.raises(SpecError, match=r"needs openmdao: pip install 'heliofront\[openmdao\]'"):
        format_named("openmdao").function()
