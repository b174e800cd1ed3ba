"""A power cut at any moment leaves whole files only, and nothing that names a file it lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from optimize.campaign.command import campaign
from optimize.evaluation.tables import write_csv, write_parquet
from optimize.report.plots.run import write_figures
from optimize.run.checkpoint import Checkpoint
from optimize.utils import files
from tests.conftest import Tally
from tests.optimize.export.handed_over import run_folder
from tests.optimize.file_events import Event, recorded, unsafe
from tests.reliability.tanks import command, write_tank

pytestmark = pytest.mark.promise("R4")

TABLE = pa.table({"a": [1.0, 2.0]})
WRITERS = {
    "bytes": lambda path: files.write_bytes_atomic(path, b"x" * 100),
    "text": lambda path: files.write_text_atomic(path, "ä"),
    "parquet": lambda path: write_parquet(path, TABLE),
    "csv": lambda path: write_csv(path, TABLE),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_content_is_flushed_then_renamed_then_the_folder_flushed(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with recorded(monkeypatch) as events:
        WRITERS[kind](tmp_path / "file")
    assert [event.kind for event in events] == ["flush", "rename", "flush folder"]
    assert unsafe(events, tmp_path) == []


@pytest.mark.parametrize(
    ("kinds", "fault"),
    [
        (("flush",), "renamed before its content was flushed"),
        (("flush folder",), "its folder was not flushed"),
    ],
)
def test_a_flush_left_out_is_noticed(
    kinds: tuple[str, ...], fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The recorder is worth nothing if it says that all is well whatever happens."""
    real = os.fsync
    # A context of its own: undone with the test, it would put the recorder back for good.
    with recorded(monkeypatch) as events, monkeypatch.context() as patch:
        seen = os.fsync

        def lazy(handle: int) -> None:
            folder = os.path.isdir(f"/dev/fd/{handle}")  # noqa: PTH112 (a handle, not a path)
            (real if ("flush folder" if folder else "flush") in kinds else seen)(handle)

        patch.setattr(os, "fsync", lazy)
        files.write_text_atomic(tmp_path / "file", "x")
        (tmp_path / "beside").write_text("x")
    assert unsafe(events, tmp_path) == [f"file: {fault}", "beside: written in place"]


def test_a_state_comes_after_what_it_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = Checkpoint(tmp_path)
    x = np.arange(6.0).reshape(3, 2)
    with recorded(monkeypatch) as events:
        for generation in range(3):
            checkpoint.add_part([(x, {"y": x[:, 0]})])
            checkpoint.save({"generation": generation, "x": x}, {"seed": 1})
        checkpoint.settle()
    states = [event for event in events if event.path.name == "state.json"]
    assert [len(event.needs) for event in states] == [2, 3, 4]
    assert unsafe(events, tmp_path) == []
    # Had the state been first, nothing would be at fault but the order.
    early = [*[e for e in events if e.thread == states[0].thread], *events]
    assert any(
        "renamed before evaluations-000000.f64" in fault for fault in unsafe(early, tmp_path)
    )


def test_a_new_folder_is_flushed_into_the_one_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with recorded(monkeypatch) as events:
        files.make_folder(tmp_path / "a" / "b")
        files.make_folder(tmp_path / "a" / "b")
    assert [event.kind for event in events] == ["folder", "folder", "flush folder", "flush folder"]
    assert unsafe(events, tmp_path) == []
    with pytest.raises(FileExistsError):
        files.make_folder(tmp_path / "a", new=True)


@pytest.fixture(scope="module")
def satellites(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_folder(tmp_path_factory.mktemp("satellites"))


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[Event]]:
    # Figures are else drawn by a second process as well, whose calls nobody records.
    monkeypatch.setattr("optimize.report.plots.workers.draw", write_figures)
    with recorded(monkeypatch) as found:
        yield found


def assert_safe(events: list[Event], folder: Path, tally: Tally, *expected: str) -> None:
    """Fail on a file that a power cut could have destroyed, or on one that was not written."""
    assert unsafe(events, folder) == []
    written = {event.path.name for event in events if event.kind == "rename"}
    assert set(expected) <= written
    tally.count("files safe from a power cut", len(written))


@pytest.mark.promise("R4")
def test_every_file_of_a_run_is_safe(
    events: list[Event], tmp_path: Path, tally: Tally, long_run: bool
) -> None:
    # In the short version the report alone draws the figures of the run.
    output = {"figures": long_run, "explorer": True}
    config = write_tank(tmp_path, output=output, algorithm={"generations": 3})
    out = tmp_path / "runs"
    assert command("run", config, "--out", out).exit_code == 0
    tables = ("front.parquet", "front.csv", "evaluations.parquet", "history.parquet")
    pages = ("explorer.html", "summary.md", "config.yaml")
    assert_safe(events, out, tally, *tables, *pages, "state.json", "manifest.json")
    order = [event.path.name for event in events if event.kind == "rename"]
    last = len(order) - 1 - order[::-1].index("manifest.json")
    assert all(order.index(name) < last for name in tables)  # it says that they are finished
    (run,) = out.iterdir()
    assert command("resume", run, "--generations", "4").exit_code == 0
    assert command("report", run).exit_code == 0
    assert command("export", run, "--design", _first(run), "--format", "json").exit_code == 0
    assert command("compare", run, run, "--out", tmp_path / "both").exit_code == 0
    assert_safe(events, out, tally)
    assert_safe(events, tmp_path / "both", tally)


def _first(run: Path) -> str:
    return (run / "front.csv").read_text("utf-8").splitlines()[1].split(",")[0]


def test_every_file_of_an_export_is_safe(
    satellites: Path, events: list[Event], tmp_path: Path, tally: Tally
) -> None:
    formats = ("json", "csv", "parquet", "xlsx", "opm", "oem", "tle", "thermal", "sysml", "gmat")
    chosen = [part for name in formats for part in ("--format", name)]
    out = tmp_path / "handed" / "over"
    done = command("export", satellites, "--design", _first(satellites), *chosen, "--out", out)
    assert done.exit_code == 0, done.output
    assert len(list(out.iterdir())) >= len(formats)
    assert_safe(events, out, tally)


def test_every_file_of_a_campaign_is_safe(
    events: list[Event], tmp_path: Path, tally: Tally
) -> None:
    config = write_tank(tmp_path, algorithm={"generations": 2, "polish": False})
    code = campaign(
        str(config),
        (),
        {"seeds": ("--seeds", 2)},
        out=str(tmp_path / "out"),
        scheduler=None,
        workers=1,
        patience_s=30.0,
        as_json=False,
        processes=False,
    )
    assert code == 0
    assert_safe(events, tmp_path / "out", tally, "campaign.json", "summary.md", "campaign.yaml")
