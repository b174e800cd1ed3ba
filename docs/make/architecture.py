"""The plan of the house, from its real imports: ``docs/architecture.md`` and its picture.

``python -m docs.make architecture`` draws the picture and rewrites what stands between the markers
of the page; ``--check`` only says whether they are up to date, counts to within a tenth.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from docs.make.house import House, Wing, read_modules
from docs.make.readme import fill
from optimize.utils.files import write_text_atomic
from problems.text_tables import markdown_table

ROOT = Path(__file__).parents[2]
PAGE = Path("docs/architecture.md")
PICTURE = Path("docs/images/architecture.png")
_TOLERANCE = 0.1  # of a count: pages are not written again for every line of code
_COUNTED = ("problems", "optimize", "docs/make", "tests")


def _rows(name: str, wing: Wing) -> list[tuple[str, ...]]:
    """Return the lines of a wing: what it is, then its rooms."""
    rooms = [(f"{room}", text) for room, text in wing.rooms.items()]
    return [(f"**{name}**", wing.summary), *rooms]


def _wings(house: House) -> str:
    """Return a table for every floor, from the top: its wings and their rooms."""
    parts: list[str] = []
    for level in reversed(range(len(house.floors))):
        rows = [row for name in house.floors[level] for row in _rows(name, house.wings[name])]
        parts += [*markdown_table((f"floor {level}", "what it is"), rows, "ll"), ""]
    return "\n".join(parts[:-1])


def _counts(root: Path) -> str:
    """Return how much code there is."""
    rows = []
    for folder in _COUNTED:
        texts = [path.read_text(encoding="utf-8") for path in sorted((root / folder).rglob("*.py"))]
        statements = sum(isinstance(n, ast.stmt) for t in texts for n in ast.walk(ast.parse(t)))
        numbers = (len(texts), sum(len(text.splitlines()) for text in texts), statements)
        rows.append((f"`{folder}`", *(f"{number:,}" for number in numbers)))
    return "\n".join(markdown_table(("in", "modules", "lines", "statements"), rows))


def blocks(house: House, root: Path) -> dict[str, str]:
    """Return the text of every block of the page by its marker."""
    return {"wings": _wings(house), "counts": _counts(root)}


def mark(house: House) -> str:
    """Return a digest of all that the picture shows."""
    from docs.make.plan import boxes

    shown = {name: (house.floor[name], box.lines) for name, box in boxes(house).items()}
    text = json.dumps([shown, house.arrows], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def agrees(page: str, wanted: str) -> bool:
    """Return whether a page says what it should, its numbers to within a tenth.

    Examples
    --------
    >>> agrees("| a | 1,000 |", "| a | 1,049 |"), agrees("| a | 1 |", "| b | 1 |")
    (True, False)
    """
    number = re.compile(r"\d[\d,]*")
    pairs = zip(number.findall(page), number.findall(wanted), strict=False)
    counts = [[float(text.replace(",", "").rstrip(",")) for text in pair] for pair in pairs]
    close = all(abs(old - new) <= _TOLERANCE * new for old, new in counts)
    return number.sub("#", page) == number.sub("#", wanted) and close


def _is_drawn(house: House, picture: Path) -> bool:
    if not picture.exists():
        return False
    with Image.open(picture) as image:
        return image.info.get("Description") == mark(house)


def stale(house: House, root: Path = ROOT) -> list[Path]:
    """Return the files that do not show the house as it is."""
    page = (root / PAGE).read_text(encoding="utf-8")
    fits = {
        PAGE: agrees(page, fill(page, blocks(house, root))),
        PICTURE: _is_drawn(house, root / PICTURE),
    }
    return [path for path, is_right in fits.items() if not is_right]


def main(arguments: Sequence[str]) -> int:
    """Write or check page and picture; 1 when they are out of date."""
    if "--check" in arguments:
        for path in (old := stale(House(read_modules(ROOT)))):
            print(f"{path} is out of date: run `python -m docs.make architecture`", file=sys.stderr)
        return 1 if old else 0
    from docs.make.plan import draw

    house = House(read_modules(ROOT))
    draw(house, ROOT / PICTURE, mark(house))
    page = ROOT / PAGE
    write_text_atomic(page, fill(page.read_text(encoding="utf-8"), blocks(house, ROOT)))
    return 0
