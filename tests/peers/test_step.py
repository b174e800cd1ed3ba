"""The STEP file read by build123d and by gmsh: number, names, sizes and colours of the solids."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from optimize.export.formats.step import COLOURS, Block, blocks, write_step
from tests.optimize.export.handed_over import shared

build123d = pytest.importorskip("build123d", reason="build123d is not installed")

RELATIVE = 1e-9
KINDS = ("dawn_dusk", "lunar_geo", "equatorial")

#: Volume, and lower and upper corner, of each solid in metres.
Sizes = list[tuple[float, tuple[float, ...], tuple[float, ...]]]


def expected(parts: list[Block]) -> Sizes:
    found = []
    for part in parts:
        pairs = list(zip(part.centre_m, part.size_m, strict=True))
        low = tuple(c - 0.5 * s for c, s in pairs)
        found.append((part.volume_m3, low, tuple(c + 0.5 * s for c, s in pairs)))
    return found


def from_build123d(path: Path) -> Sizes:
    found = []
    for solid in build123d.import_step(path).solids():
        box = solid.bounding_box(optimal=True)
        low = tuple(1e-3 * value for value in box.min)
        high = tuple(1e-3 * value for value in box.max)
        found.append((1e-9 * solid.volume, low, high))
    return found


def from_gmsh(path: Path) -> Sizes:
    gmsh = pytest.importorskip("gmsh", reason="gmsh is not installed")
    gmsh.initialize(interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.option.setNumber("Geometry.OCCBoundsUseStl", 0)
        gmsh.option.setString("Geometry.OCCTargetUnit", "M")
        entities = gmsh.model.occ.importShapes(str(path))
        gmsh.model.occ.synchronize()
        found = []
        for dimension, tag in entities:
            assert dimension == 3
            box = gmsh.model.occ.getBoundingBox(dimension, tag)
            volume = gmsh.model.occ.getMass(dimension, tag)
            found.append((volume, tuple(box[:3]), tuple(box[3:])))
        return found
    finally:
        gmsh.finalize()


def faults(found: Sizes, parts: list[Block], *, corner_m: float) -> list[str]:
    """Return the parts that a reader does not get as they are."""
    assert len(found) == len(parts)
    differ = []
    for part, (volume, low, high), read in zip(parts, expected(parts), found, strict=True):
        corners = zip((*low, *high), (*read[1], *read[2]), strict=True)
        if abs(read[0] - volume) > RELATIVE * volume or any(
            abs(a - b) > corner_m for a, b in corners
        ):
            differ.append(part.name)
    return differ


@pytest.fixture(params=KINDS)
def design(request: pytest.FixtureRequest) -> dict[str, Any]:
    return shared()[1][request.param]


# gmsh widens boxes by the tolerance of its kernel, 1e-7 of the unit of the file on each side.
@pytest.mark.parametrize(("read", "corner_m"), [(from_build123d, 1e-9), (from_gmsh, 3e-7)])
def test_solids_are_read_to_scale(
    design: dict[str, Any], tmp_path: Path, read: Any, corner_m: float
) -> None:
    path, _ = write_step(design, tmp_path, "s")
    parts = blocks(design)
    assert faults(read(path), parts, corner_m=corner_m) == []


@pytest.mark.parametrize("read", [from_build123d, from_gmsh])
def test_wrong_unit_is_found_out(tmp_path: Path, read: Any) -> None:
    document = shared()[1]["dawn_dusk"]
    path, _ = write_step(document, tmp_path, "s")
    text = path.read_text()
    assert "SI_UNIT(.MILLI.,.METRE.)" in text
    path.write_text(text.replace("SI_UNIT(.MILLI.,.METRE.)", "SI_UNIT($,.METRE.)"))
    assert len(faults(read(path), blocks(document), corner_m=1e-6)) == len(blocks(document))


def test_wrong_area_is_found_out(tmp_path: Path) -> None:
    document = copy.deepcopy(shared()[1]["equatorial"])
    path, _ = write_step(document, tmp_path, "s")
    document["variables"]["radiator_area_m2"]["value"] *= 1.0 + 1e-6
    found = faults(from_build123d(path), blocks(document), corner_m=1e-9)
    assert found
    assert {"radiator_+X", "radiator_-X"} <= set(found)


def test_names_and_colours_arrive(design: dict[str, Any], tmp_path: Path) -> None:
    path, _ = write_step(design, tmp_path, "s")
    assembly = build123d.import_step(path)
    assert assembly.label == f"heliofront_{design['design_id']}"
    parts = {part.name: part for part in blocks(design)}
    assert [child.label for child in assembly.children] == list(parts)
    for child in assembly.children:
        wanted = COLOURS[parts[child.label].kind]
        assert tuple(child.color)[:3] == pytest.approx(wanted[:3], abs=1e-6), child.label


def test_masses_are_the_same_bytes_each_time(design: dict[str, Any], tmp_path: Path) -> None:
    path, table = write_step(design, tmp_path, "s")
    first = table.read_bytes()
    assert "'2026-11-20T14:50:05Z'" in path.read_text()  # the run's date, not today's
    assert write_step(design, tmp_path, "s")[1].read_bytes() == first
