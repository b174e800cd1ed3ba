"""How quick the page is with many designs; bars with slack, since test machines are shared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from optimize.explorer import write_explorer
from tests.optimize.explorer.browser import Page
from tests.optimize.explorer.designs import stored_run

SLACK = 3.0
# A drag of 24 steps; for each the time from its event to the first task after the next frame.
DRAG = """
const [selector, fromX, fromY, toX, toY, done] = arguments;
const canvas = document.querySelector(selector);
canvas.setPointerCapture = () => {};
const frame = canvas.getBoundingClientRect();
const send = (type, share) => canvas.dispatchEvent(new PointerEvent(type, {bubbles: true,
  clientX: frame.left + fromX + share * (toX - fromX),
  clientY: frame.top + fromY + share * (toY - fromY), button: 0, pointerId: 1}));
const times = [];
let step = 0;
send('pointerdown', 0);
const next = () => {
  if (++step > 24) { send('pointerup', 1); setTimeout(() => done(times), 300); return; }
  const start = performance.now();
  send('pointermove', step / 24);
  requestAnimationFrame(() => setTimeout(() => { times.push(performance.now() - start); next(); }));
};
next();
"""


@pytest.mark.long
@pytest.mark.promise("R18")
@pytest.mark.parametrize(
    ("count", "bar_ms", "size_mb"), [(20_000, 100.0, 2.0), (100_000, 150.0, 9.0)]
)
def test_brushing_stays_within_its_bar(
    page: Page, tmp_path: Path, count: int, bar_ms: float, size_mb: float
) -> None:
    path = write_explorer([stored_run(tmp_path, count=count)], tmp_path / "e.html", most=count)
    assert path.stat().st_size <= size_mb * 1e6
    page.open(path)
    page.press("feasible only")  # every design takes part
    assert page.selected() >= count - 1
    quiet_ms = page.js(
        "return performance.timing.loadEventEnd - performance.timing.navigationStart"
    )
    for selector, drag in {
        "canvas[data-view=parallel]": (40, 80, 40, 250),
        "canvas[data-view=scatter]": (150, 80, 330, 260),
    }.items():
        times = page.driver.execute_async_script(DRAG, selector, *drag)
        assert page.selected() < count  # the brush brushed
        p50, p95 = np.percentile(times, [50, 95])
        print(
            f"{count} {selector}: {p50:.0f} / {p95:.0f} ms, "
            f"load {quiet_ms} ms, {path.stat().st_size / 1e6:.2f} MB"
        )
        assert p95 <= SLACK * bar_ms
        page.press("Clear all") if page.js("return !!document.querySelector('.clear')") else None
