"""docs/reliability.md: every promise has a test, and a failed test leaves no page."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from tests.reliability.page import PAGE, render
from tests.reliability.promises import PROMISES

TESTS = Path(__file__).parents[1]


def _line(key: str, **changes: Any) -> dict[str, Any]:
    line = {
        "promises": [key],
        "test": f"tests/reliability/test_{key}.py::test_it[a]",
        "outcome": "passed",
        "seconds": 0.1,
        "counts": {},
        "extremes": {},
        "notes": [],
    }
    return line | changes


def _marked(path: Path) -> set[str]:
    """Return the promises that the tests of a file are marked with."""
    calls = (n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call))
    marks = (c for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr == "promise")
    return {argument.value for mark in marks for argument in mark.args}  # type: ignore[attr-defined]


def test_render_adds_counts_and_keeps_the_worst() -> None:
    lines = [_line(promise.key) for promise in PROMISES]
    lines += [
        _line("R1", counts={"kills survived": 20}, extremes={"growth": (3.0, "MB")}),
        _line("R1", counts={"kills survived": 1_000}, extremes={"growth": (41.23, "MB")}),
        _line("R14", outcome="skipped"),
    ]
    page = render(lines)
    assert "1,020 kills survived; growth 41.2 MB |" in page
    assert f"{len(PROMISES)} promises, {len(lines)} tests, 0 failed, 1 skipped" in page
    assert "2 (1 skipped): [test_R14.py](../tests/reliability/test_R14.py)" in page


@pytest.mark.parametrize("outcome", ["failed", "skipped"])
def test_render_refuses_a_promise_that_is_not_held(outcome: str) -> None:
    lines = [_line(promise.key) for promise in PROMISES]
    lines[3] = _line("R4", outcome=outcome)
    with pytest.raises(ValueError, match="R4"):
        render(lines)


def test_every_promise_has_a_test_and_a_line() -> None:
    marked = set().union(*(_marked(path) for path in TESTS.rglob("test_*.py")))
    keys = {promise.key for promise in PROMISES}
    assert marked == keys
    page = PAGE.read_text(encoding="utf-8")
    assert [key for key in sorted(keys) if f"| {key} |" not in page] == []
