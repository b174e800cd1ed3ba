"""The validation as text: for the terminal, and as Markdown for its page."""

from __future__ import annotations

from collections.abc import Sequence

from problems.text_tables import markdown_table
from problems.validation.cases import Case, Point

_HEADINGS = ("id", "quantity", "expected", "ours", "unit", "deviation", "tolerance", "verdict")
_ROW = "{:<10}  {:<52}  {:>10}  {:>10}  {:<12}  {:>9}  {:>9}  {}"
#: The same in two lines, where a line has no room for one.
_NARROW_ROW = "{:<10}  {}\n    {:>10} {:>10} {:<12} {:>9} {:>9} {}"
_COUNTS = ("discipline", "points", "published", "within tolerance", "outside", "known deviations")
_VERDICTS = ("ok", "FAIL", "known deviation")


def count_verdicts(points: Sequence[Point]) -> dict[str, int]:
    """Return how many points hold, fail and are known to deviate."""
    verdicts = [point.verdict for point in points]
    return {name: verdicts.count(name) for name in _VERDICTS}


def _summary(points: Sequence[Point]) -> str:
    counts = count_verdicts(points)
    return (
        f"{len(points)} points: {counts['ok']} within tolerance, {counts['FAIL']} outside, "
        f"{counts['known deviation']} known deviations"
    )


def _groups(points: Sequence[Point]) -> dict[str, list[Point]]:
    """Points by discipline, in the order of the table."""
    groups: dict[str, list[Point]] = {}
    for point in points:
        groups.setdefault(point.case.discipline, []).append(point)
    return groups


def _known(points: Sequence[Point]) -> list[Case]:
    return [point.case for point in points if point.case.status == "known_deviation"]


def _measure(case: Case, number: float, *, signed: bool) -> str:
    """Return a deviation or tolerance as text."""
    sign = "+" if signed else ""
    if case.tolerance_type == "rel":
        return f"{100.0 * number:{sign}.3g} %"
    return f"x{number:.3g}" if case.tolerance_type == "factor" else f"{number:{sign}.3g}"


def _cells(point: Point, *, width: int = 52) -> tuple[str, ...]:
    """Texts of one row, in the order of the headings."""
    case = point.case
    return (
        case.id,
        case.quantity if len(case.quantity) <= width else case.quantity[: width - 3] + "...",
        f"{case.expected:.5g}",
        f"{point.value:.5g}",
        case.unit,
        _measure(case, point.deviation, signed=True),
        _measure(case, case.tolerance, signed=False),
        point.verdict,
    )


def terminal(points: Sequence[Point], columns: int) -> str:
    """Return a table for a terminal of some columns, grouped by discipline, reasons below it."""
    rows = [_cells(point) for point in points]
    widest = max((len(_ROW.format(*cells)) for cells in rows), default=0)
    row = _ROW if widest <= columns else _NARROW_ROW
    lines: list[str] = []
    for discipline, group in _groups(points).items():
        lines += ["", discipline.upper(), row.format(*_HEADINGS)]
        lines += [row.format(*_cells(point)).rstrip() for point in group]
    if known := _known(points):
        lines += ["", "KNOWN DEVIATIONS", *(f"{case.id:<10}  {case.reason}" for case in known)]
    return "\n".join([*lines, "", _summary(points)]).lstrip("\n")


def _count_cells(discipline: str, points: Sequence[Point]) -> tuple[str, ...]:
    """How the points of one discipline fare."""
    published = sum(point.case.kind == "published" for point in points)
    return (discipline, *map(str, (len(points), published, *count_verdicts(points).values())))


def markdown(points: Sequence[Point]) -> str:
    """Return Markdown tables: counts by discipline, every point, then the reasons."""
    groups = _groups(points)
    counts = (_count_cells(*item) for item in groups.items())
    lines = [_summary(points) + ".", "", *markdown_table(_COUNTS, counts, "l" * len(_COUNTS)), ""]
    header = (*_HEADINGS, "source")
    for discipline, group in groups.items():
        cells = ((*_cells(p, width=200), p.case.source) for p in group)
        table = markdown_table(header, cells, "l" * len(header))
        lines += [f"## {discipline.capitalize()}", "", *table, ""]
    if known := _known(points):
        reasons = ((case.id, case.quantity, case.reason) for case in known)
        table = markdown_table(("id", "quantity", "reason"), reasons, "lll")
        lines += ["## Known deviations", "", *table]
    return "\n".join(lines).rstrip() + "\n"
