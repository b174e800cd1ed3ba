"""Writes docs/reliability.md from what the reliability tests counted (``make reliability``).

``python -m tests.reliability.page FOLDER`` with the folder of HELIOFRONT_RELIABILITY_RECORD.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from optimize.utils.files import write_text_atomic
from tests.reliability.promises import PROMISES, Promise

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"

HEAD = """# Reliability: what is promised, and what was measured

Written by `make reliability`: every promise, what its tests did in the long version, and where \
they are. `make test` runs a short version of the same tests. Times depend on the machine and are \
not shown where they would mislead.

**{promises} promises, {tests:,} tests, {failed} failed, {skipped} skipped.** The largest counts: \
{highlights}.

| | promise | measured | tests |
|---|---|---|---|
"""


@dataclass
class Held:
    """What the tests of one promise did."""

    outcomes: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    extremes: dict[str, tuple[float, str]] = field(default_factory=dict)
    notes: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)

    def add(self, line: dict[str, Any]) -> None:
        """Add the record of one test."""
        outcome = line["outcome"]
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        for what, number in line["counts"].items():
            self.counts[what] = self.counts.get(what, 0) + number
        for what, (value, unit) in line["extremes"].items():
            before, _ = self.extremes.get(what, (value, unit))
            self.extremes[what] = (max(before, value), unit)
        self.notes |= set(line["notes"])
        self.files.add(line["test"].partition("::")[0])

    @property
    def measured(self) -> str:
        """Counts, extremes and notes in one cell."""
        parts = [f"{number:,} {what}" for what, number in sorted(self.counts.items())]
        for what, (value, unit) in sorted(self.extremes.items()):
            parts.append(f"{what} {value:.3g}{unit and ' '}{unit}")
        return "; ".join([*parts, *sorted(self.notes)]) or "held"

    @property
    def tests(self) -> str:
        """Number of tests and links to their files."""
        number = sum(self.outcomes.values())
        skipped = self.outcomes.get("skipped", 0)
        links = ", ".join(f"[{Path(file).name}](../{file})" for file in sorted(self.files))
        return f"{number}{f' ({skipped} skipped)' if skipped else ''}: {links}"


def records(folder: Path) -> list[dict[str, Any]]:
    """Return what the tests left in ``folder``."""
    return [json.loads(p.read_text(encoding="utf-8")) for p in sorted(folder.glob("*.json"))]


def render(lines: Iterable[dict[str, Any]]) -> str:
    """Return the page.

    Raises
    ------
    ValueError
        When a test failed, or a promise has no test that passed.
    """
    lines = list(lines)
    failed = [line["test"] for line in lines if line["outcome"] == "failed"]
    if failed:
        raise ValueError(f"{len(failed)} tests failed: {', '.join(failed)}")
    held = {promise.key: Held() for promise in PROMISES}
    for line in lines:
        for key in line["promises"]:
            held[key].add(line)
    empty = [key for key, found in held.items() if not found.outcomes.get("passed")]
    if empty:
        raise ValueError(f"no test passed for {', '.join(empty)}")
    totals: dict[str, int] = {}
    for line in lines:
        for what, number in line["counts"].items():
            totals[what] = totals.get(what, 0) + number
    largest = sorted(totals.items(), key=lambda item: -item[1])[:6]
    head = HEAD.format(
        promises=len(PROMISES),
        tests=len(lines),
        failed=len(failed),
        skipped=sum(line["outcome"] == "skipped" for line in lines),
        highlights=", ".join(f"{number:,} {what}" for what, number in largest),
    )
    return head + "".join(_row(promise, held[promise.key]) for promise in PROMISES)


def _row(promise: Promise, found: Held) -> str:
    cells = (promise.key, f"**{promise.title}.** {promise.text}", found.measured, found.tests)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def main(folder: str) -> int:
    """Write the page; 1 when the suite does not hold."""
    try:
        text = render(records(Path(folder)))
    except ValueError as error:
        print(f"docs/reliability.md is left as it was: {error}", file=sys.stderr)
        return 1
    write_text_atomic(PAGE, text)
    print(f"wrote {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
