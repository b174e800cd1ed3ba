"""The plan of the house as a picture: wings as boxes on floors, an arrow for every import."""

from __future__ import annotations

import itertools
import textwrap
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle
from matplotlib.path import Path as Curve
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from docs.make.house import House
from docs.make.layers import Layers, Link

#: Face and edge of the boxes by top, and what the top is about.
_TOPS = {
    "heliofront": ("#fdf0d9", "#b87a10", "heliofront.py: the public face"),
    "optimize": ("#e6eef9", "#3b6fb0", "optimize: how it is searched and used"),
    "problems": ("#e8f3e4", "#4f8a41", "problems: what is designed"),
}
_KEY = "An arrow is an import, lazy ones included; what other arrows imply is left out."
# Inches, as all lengths here; letters are those of the two sizes of type.
_LEFT, _RIGHT, _GAP, _BETWEEN, _PADDING, _HEAD = 0.5, 0.25, 0.2, 0.46, 0.1, 0.7
_LETTER, _TITLE_LETTER, _LINE, _TITLE_LINE = 0.074, 0.094, 0.155, 0.23
_FLOOR_LETTERS, _FEWEST_LETTERS, _MOST_LETTERS = 100, 14, 44
_DOTS_PER_INCH, _COLOURS_KEPT = 120, 192


@dataclass(frozen=True)
class Box:
    """A wing as drawn: its name, and line by line its rooms, or what it is where it has none."""

    title: str
    lines: tuple[str, ...]

    @property
    def width(self) -> float:
        """Width that its longest line needs."""
        longest = max(map(len, self.lines), default=0)
        return max(longest * _LETTER, len(self.title) * _TITLE_LETTER) + 2.0 * _PADDING

    @property
    def height(self) -> float:
        """Height of title and lines."""
        return _TITLE_LINE + len(self.lines) * _LINE + 2.0 * _PADDING


def boxes(house: House) -> dict[str, Box]:
    """Return the box of every wing; the more stand on a floor, the narrower they are."""
    placed = {}
    for names in house.floors:
        letters = min(_MOST_LETTERS, max(_FEWEST_LETTERS, _FLOOR_LETTERS // len(names) - 2))
        for name in names:
            wing = house.wings[name]
            text = ", ".join(wing.rooms) or wing.summary.partition(":")[0]
            lines = textwrap.wrap(text, letters, break_on_hyphens=False)
            placed[name] = Box(name.rpartition(".")[2], tuple(lines))
    return placed


class Plan:
    """The places of all boxes and arrows, and how each is drawn."""

    def __init__(self, house: House) -> None:
        self.floor = house.floor
        self.boxes = boxes(house)
        widths = {name: box.width for name, box in self.boxes.items()}
        layers = Layers(house.floors, house.arrows, widths, _GAP)
        layers.untangle()
        self.x = {name: _LEFT + x for name, x in layers.places().items()}
        self.paths = layers.paths
        self.tall = [max(self.boxes[name].height for name in names) for names in house.floors]
        self.ground = list(itertools.accumulate((h + _BETWEEN for h in self.tall), initial=0.0))
        self.width, self.height = _LEFT + layers.width + _RIGHT, self.ground[-1] + _HEAD
        self.figure = Figure(figsize=(self.width, self.height))
        self.axes = self.figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self.axes.set(xlim=(0.0, self.width), ylim=(0.0, self.height))
        self.axes.axis("off")

    def draw(self) -> Figure:
        """Return the picture."""
        for level in range(len(self.tall)):
            self._draw_floor(level)
        for link in self.paths:
            self._draw_arrow(link)
        for name, box in self.boxes.items():
            self._draw_box(name, box)
        self._draw_key()
        return self.figure

    def _middle(self, level: int) -> float:
        return self.ground[level] + (self.tall[level] + _BETWEEN) / 2.0

    def _draw_floor(self, level: int) -> None:
        shade = "#f6f6f6" if level % 2 == 0 else "#ffffff"
        height = self.tall[level] + _BETWEEN
        band = Rectangle((0.0, self.ground[level]), self.width, height, color=shade, zorder=0)
        self.axes.add_patch(band)
        self.axes.text(_LEFT / 3.0, self._middle(level), str(level), fontsize=12, color="#999999")

    def _draw_box(self, name: str, box: Box) -> None:
        face, edge, _ = _TOPS[name.partition(".")[0]]
        x, y = self.x[name], self._middle(self.floor[name])
        corner = (x - box.width / 2.0, y - box.height / 2.0)
        shape = FancyBboxPatch(corner, box.width, box.height, "round,pad=0,rounding_size=0.06")
        shape.set(facecolor=face, edgecolor=edge, linewidth=1.2, zorder=3)
        self.axes.add_patch(shape)
        top = y + box.height / 2.0 - _PADDING
        place: dict[str, Any] = {"ha": "center", "va": "top", "zorder": 4}
        self.axes.text(x, top, box.title, fontsize=10.5, weight="bold", color=edge, **place)
        text = "\n".join(box.lines)
        self.axes.text(
            x, top - _TITLE_LINE, text, fontsize=8.5, color="#333333", linespacing=1.25, **place
        )

    def _draw_arrow(self, link: Link) -> None:
        """Draw an import: curved between floors, straight past the floors in between."""
        path = self.paths[link]
        points: list[tuple[float, float]] = []
        codes: list[Any] = []
        for level, node in zip(range(self.floor[link[0]], -1, -1), path, strict=False):
            half = self.boxes[node].height / 2.0 if node in self.boxes else self.tall[level] / 2.0
            above, below = ((self.x[node], self._middle(level) + s * half) for s in (1.0, -1.0))
            if points:
                x, y = points[-1]
                bend = (y - above[1]) / 2.0
                points += [(x, y - bend), (above[0], above[1] + bend), above]
                codes += [Curve.CURVE4] * 3
            if node != link[1]:
                points.append(below)
                codes.append(Curve.LINETO if codes else Curve.MOVETO)
        arrow = FancyArrowPatch(path=Curve(points, codes), shrinkA=0, shrinkB=0)
        arrow.set_arrowstyle("-|>", head_length=5, head_width=2.5)
        arrow.set(color=_TOPS[link[0].partition(".")[0]][1], alpha=0.7, linewidth=1.1, zorder=2)
        self.axes.add_patch(arrow)

    def _draw_key(self) -> None:
        style: dict[str, Any] = {"fontsize": 9.5, "color": "#333333", "va": "center"}
        y = self.height - 0.22
        for column, (face, edge, text) in enumerate(_TOPS.values()):
            x = _LEFT + column * (self.width - _LEFT) / len(_TOPS)
            self.axes.add_patch(Rectangle((x, y - 0.07), 0.2, 0.14, fc=face, ec=edge))
            self.axes.text(x + 0.28, y, text, **style)
        self.axes.text(_LEFT, y - 0.26, _KEY, **style)


def draw(house: House, path: Path, mark: str) -> None:
    """Write the plan as a PNG file that carries ``mark``, which tells what it shows."""
    drawn = BytesIO()
    Plan(house).draw().savefig(drawn, dpi=_DOTS_PER_INCH)
    about = PngInfo()
    about.add_text("Description", mark)
    with Image.open(drawn) as image:
        few = image.convert("RGB").quantize(_COLOURS_KEPT, dither=Image.Dither.NONE)
        few.save(path, optimize=True, pnginfo=about)
