"""Opening pages in a browser: without waiting for it, and without telling a secret to others."""

from __future__ import annotations

import html
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from optimize.utils.waiting import told_when_slow

#: How long a browser may take to say whether it opens; many are only done when they are closed.
PATIENCE_S = 5.0
_PAGE = """<!DOCTYPE html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={url}">
<title>heliofront</title>
<a href="{url}">explorer</a>
"""


def has_display() -> bool:
    """Return whether a browser window could appear."""
    if sys.platform == "darwin":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def open_page(page: Path) -> bool:
    """Open a page in a browser where there is a display; return whether one came up."""
    if not has_display():
        return False
    browser = _started(page)
    try:
        with told_when_slow(f"waiting for the browser, for at most {PATIENCE_S:g} s"):
            return browser.wait(PATIENCE_S) == 0
    except subprocess.TimeoutExpired:
        browser.returncode = 0  # it runs on, and its end is not waited for
        return True


def _started(page: Path) -> subprocess.Popen[bytes]:
    """Start a browser in a process that holds nothing of ours: no pipe, and not our Ctrl-C."""
    code = "import sys, webbrowser; sys.exit(not webbrowser.open(sys.argv[1]))"
    return subprocess.Popen(
        [sys.executable, "-I", "-c", code, page.resolve().as_uri()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@contextmanager
def opened_in_secret(url: str) -> Iterator[None]:
    """Open an address where there is a display, while the work within goes on.

    Everybody on a machine sees the command line of a browser, so it gets a file that leads to the
    address and that only its owner can read.
    """
    if not has_display():
        yield
        return
    with tempfile.TemporaryDirectory(prefix="heliofront-explorer-") as folder:
        page = Path(folder, "explorer.html")
        page.touch(mode=0o600)
        page.write_text(_PAGE.format(url=html.escape(url)), encoding="utf-8")
        browser = _started(page)
        try:
            yield
        finally:
            browser.returncode = browser.poll() or 0
