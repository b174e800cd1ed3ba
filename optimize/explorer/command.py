"""``heliofront explore``: write the page and open it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from pathlib import Path

from optimize.explorer.browser import open_page, opened_in_secret
from optimize.explorer.build import FILE_NAME, write_explorer
from optimize.run.folder import RunData, load_run
from optimize.utils.answer import deliver


def explore(runs: Sequence[Path], *, out: Path | None, opened: bool, as_json: bool) -> int:
    """Write the explorer of the runs, open it where there is a display, say where it is."""
    written = write_pages([load_run(path) for path in runs], out)
    size = written.stat().st_size
    shown = opened and open_page(written)
    text = f"explorer: {written} ({size / 1e6:.1f} MB)"
    if opened and not shown:
        text += "\nno display here; open the file in any browser"
    deliver({"explorer": str(written), "bytes": size, "opened": shown}, text, as_json=as_json)
    return 0


def write_pages(runs: Sequence[RunData], out: Path | None = None) -> Path:
    """Write the explorer of runs: in the folder of the only one, else in the current folder."""
    return write_explorer(runs, out or (runs[0].path if len(runs) == 1 else Path()) / FILE_NAME)


def serve(run: Path, *, port: int, opened: bool, as_json: bool) -> int:
    """Serve the live explorer of a run until Ctrl-C, and say where it is."""
    from optimize.explorer.live import LiveRun
    from optimize.explorer.serve import open_server

    with open_server(LiveRun(run), port) as server, suppress(KeyboardInterrupt):
        text = f"explorer: {server.url}\nonly on this machine; Ctrl-C ends it"
        deliver({"url": server.url}, text, as_json=as_json)
        sys.stdout.flush()
        with opened_in_secret(server.url) if opened else nullcontext():
            server.serve_forever(poll_interval=0.2)
    return 0
