"""The drawings of one design in a real browser, under the content policy of the explorer."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from optimize.designs.details import design_details
from tests.optimize.drawn import satellite_run

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
HOSTILE = "</script><img src=x onerror=alert(1)>"
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")


def modules() -> list[str]:
    """Return the modules of the drawings in the order they need each other, as one scope."""
    folder = resources.files("optimize.explorer").joinpath("js")
    parts = ("svg", "satellite", "bars", "flow", "charts")
    texts = [
        folder.joinpath(f"{name}.js").read_text("utf-8")
        for name in (*(f"design_{part}" for part in parts), "design")
    ]
    return [re.sub(r"^import .*?;\n|^export ", "", t, flags=re.M | re.S) for t in texts]


def drawn(folder: Path, detail: dict[str, Any], width: int) -> str:
    """Return the page after drawing a design into a container of a width."""
    data = json.dumps(detail).replace("<", "\\u003c")
    place = 'document.getElementById("place")'
    calls = (
        f'{place}.style.width = "{width}px";\ndrawDesign({place}, {data}, {{ theme: "dark" }});\n'
    )
    script = "\n".join(['"use strict";', *modules(), calls])
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    page = folder / "page.html"
    page.write_text(
        '<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
        f"content=\"default-src 'none'; script-src 'sha256-{digest}'\">"
        f'<div id="place"></div><script>{script}</script>',
        encoding="utf-8",
    )
    command = [
        str(BROWSER),
        *QUIET,
        f"--user-data-dir={folder / 'profile'}",
        "--dump-dom",
        page.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return re.sub(r"<script>.*?</script>", "", done.stdout, count=1, flags=re.DOTALL)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return satellite_run(tmp_path_factory.mktemp("run"))


@pytest.mark.parametrize(("width", "columns"), [(1240, 3), (366, 1)])
def test_draw_design_draws_everything_under_a_strict_policy(run, tmp_path, width, columns):
    detail = {**design_details(run, [0])[0], "title": HOSTILE}
    page = drawn(tmp_path, detail, width)
    assert page.count("<svg") == 10
    assert page.count("<svg") == page.count('role="img"') == page.count("<desc>")
    assert f"repeat({columns}, minmax(0px, 1fr))" in page
    assert "NaN" not in page
    assert "Infinity" not in page
    assert "<img" not in page
    assert "&lt;/script&gt;&lt;img src=x" in page


def test_draw_design_keeps_the_ratio_of_the_areas(run, tmp_path):
    page = drawn(tmp_path, design_details(run, [0])[0], 1240)
    rects = re.findall(
        r'<rect x="([-\d.]+)" y="[-\d.]+" width="([\d.]+)" height="([\d.]+)" '
        r'fill="var\(--accent-(\d), #\w+\)" stroke="[^"]*" stroke-width="0.4"',
        page,
    )
    areas = {accent: 0.0 for *_, accent in rects}
    for _, wide, high, accent in rects:
        areas[accent] += float(wide) * float(high)
    assert areas["1"] / areas["2"] == pytest.approx(800.0 / 300.0, rel=2e-3)


def test_draw_design_leaves_out_what_is_not_known(run, tmp_path):
    parts = dict.fromkeys(("geometry", "power", "heat", "dose", "orbit"))
    page = drawn(tmp_path, {**design_details(run, [0])[0], **parts}, 700)
    assert page.count("<svg") == 4  # masses, costs, what failures are made of, margins
