"""R21 to R24: terminals, pipes, locales, clocks and folders change what is seen, never a number."""

from __future__ import annotations

import json
import os
import pty
import random
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from optimize.run import folder as store
from tests.conftest import Tally
from tests.optimize.conftest import ROOT
from tests.reliability.tanks import bytes_of, command, execute, write_tank

STORED = Path(__file__).parent / "data" / "run_v0_1_0"
QUICK = str(ROOT / "configs" / "quick.yaml")
SMALL = ("algorithm.generations=3", "algorithm.population=12")
#: Commands that take seconds: asked in the long version only.
SLOW = {
    "tune",
    "campaign",
    "breakeven",
    "claims",
    "sensitivity",
    "verify",
    "validate",
    "report",
    "fleet",
    "compare scenarios",
    "run",
    "run seeds",
    "odds",
}
#: ``init`` writes a configuration; ``worker`` waits for others, and prints no document;
#: ``explore --serve`` never ends by itself.
WITHOUT_DOCUMENT = {"init", "worker"}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(STORED, tmp_path_factory.mktemp("stored") / "run"))


def asks(run: Path, out: Path) -> dict[str, list[str | Path]]:
    """Return a quick question to every command."""
    front = (run / "front.csv").read_text(encoding="utf-8")
    design = front.splitlines()[1].split(",")[0]
    small = [
        "--set",
        "algorithm.population=8",
        "--set",
        "algorithm.generations=2",
        "--set",
        "output.figures=false",
    ]
    document = out / "export" / f"design-{design}.json"
    return {
        "check": ["check", QUICK],
        "schema": ["schema"],
        "catalog": ["catalog", "gpus"],
        "columns": ["columns", "mass"],
        "evaluate": ["evaluate", QUICK],
        "select": ["select", run, "--count", "3"],
        "export list": ["export", "--format", "list"],
        "export": [
            "export",
            run,
            "--design",
            design,
            "--format",
            "json",
            "--out",
            out / "export",
        ],
        "import-design": ["import-design", document],
        "explore": ["explore", run, "--no-open", "--out", out / "page.html"],
        "compare": ["compare", run, run],
        "odds": ["odds", run, "--futures", "2", "--out", out],
        "resume": ["resume", run],
        "run": ["run", QUICK, *small, "--out", out / "runs"],
        "run seeds": ["run", QUICK, *small, "--seeds", "2", "--out", out / "seeds"],
        "report": ["report", run],
        "fleet": ["fleet", QUICK, "--out", out],
        "tune": ["tune", QUICK, *small[:2], "--trials", "1", "--generations", "20", "--out", out],
        "campaign": ["campaign", QUICK, *small, "--seeds", "2", "--out", out / "campaign"],
        "sensitivity": [
            "sensitivity",
            QUICK,
            "--samples",
            "16",
            "--top",
            "2",
            "--include",
            "launch",
            "--out",
            out,
        ],
        "breakeven": [
            "breakeven",
            QUICK,
            "--axis",
            "launch_price_usd_per_kg",
            "--points",
            "3",
            "--futures",
            "0",
        ],
        "claims": ["claims", "--only", "solar_yield", "--futures", "1"],
        "verify": ["verify", run, "--design", design, "--only", "network"],
        "validate": ["validate"],
        "compare scenarios": ["compare", "--scenarios", "today", "2030", "--no-best"],
    }


def test_every_command_is_asked(run: Path, tmp_path: Path) -> None:
    from optimize.cli import main

    asked = {name.partition(" ")[0] for name in asks(run, tmp_path)}
    assert asked | WITHOUT_DOCUMENT == set(main.commands)


NAMES = sorted(asks(STORED, Path("out")), key=lambda name: (name == "import-design", name))


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("answers")


@pytest.mark.promise("R21")
@pytest.mark.parametrize("name", NAMES)
def test_answers_to_a_pipe_are_plain(
    run: Path,
    answers: Path,
    monkeypatch: pytest.MonkeyPatch,
    tally: Tally,
    long_run: bool,
    name: str,
) -> None:
    """No escape bytes, and with --json one document and nothing else, whatever the terminal is."""
    if name in SLOW and not long_run:
        pytest.skip("takes seconds: in the long version")
    if name == "import-design":
        assert command(*asks(run, answers)["export"]).exit_code == 0
    question = asks(run, answers)[name]
    if name == "resume":  # checkpoints of the stored run are of an earlier format
        started = command(*asks(run, answers)["run"], "--json")
        question = ["resume", json.loads(started.stdout)["run"]]
    for environment in ({}, {"NO_COLOR": "1", "TERM": "dumb"}, {"TERM": "xterm-256color"}):
        if environment and name in SLOW | {"resume"}:
            break
        for key, value in environment.items():
            monkeypatch.setenv(key, value)
        for json_too in (True,) if environment else (False, True):
            told = command(*question, *(["--json"] if json_too else []))
            assert told.exit_code in (0, 1, 3), f"{told.output}\n{told.exception!r}"
            if not isinstance(told.exception, SystemExit | None):
                raise told.exception
            assert "\x1b" not in told.stdout + told.stderr
            assert "\r" not in told.stderr
            if json_too:
                json.loads(told.stdout)
                tally.count("documents read back from a pipe")


def on_terminal(arguments: list[str | Path], **environment: str) -> tuple[str, str]:
    """Run the command line with a terminal as standard error; return what both streams got."""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "optimize", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=follower,
        cwd=ROOT,
        env={**os.environ, **environment},
    ) as process:
        os.close(follower)
        shown = bytearray()
        while True:
            try:
                part = os.read(leader, 65536)
            except OSError:  # the terminal's way of saying that nobody is there any more
                break
            if not part:
                break
            shown += part
        os.close(leader)
        assert process.stdout is not None
        out = process.stdout.read().decode()
    assert process.returncode == 0, shown.decode()
    return out, shown.decode()


@pytest.mark.promise("R21")
@pytest.mark.skipif(sys.platform != "linux", reason="terminals end differently elsewhere")
@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"NO_COLOR": "1", "TERM": "xterm"}])
def test_progress_on_a_terminal(tmp_path: Path, environment: dict[str, str]) -> None:
    config = write_tank(tmp_path, algorithm={"generations": 60})
    ask: list[str | Path] = ["run", config, "--out", tmp_path / "runs", "--json"]
    out, shown = on_terminal(ask, **environment)
    json.loads(out)
    if environment.get("TERM") == "dumb":
        assert "\x1b" not in shown
    if "NO_COLOR" in environment:
        colours = [f"\x1b[{n}" for n in (*range(30, 39), *range(40, 49), *range(90, 98))]
        assert not any(colour in shown for colour in colours)


HEAVY = ("numpy", "pandas", "pymoo", "matplotlib")
IMPORTS = """
import sys
from optimize.cli import main
codes = []
for arguments in {asked!r}:
    try:
        main(arguments)
    except SystemExit as end:
        codes.append(end.code)
found = sorted(name for name in sys.modules if name.partition(".")[0] in {heavy!r})
print("heavy:", codes, found[:5])
"""


@pytest.mark.promise("R22")
def test_help_and_check_need_nothing_heavy(tally: Tally) -> None:
    from optimize.cli import main

    asked = [["--help"], ["--version"], ["check", QUICK], ["check", QUICK, "--json"]]
    asked += [[name, "--help"] for name in sorted(main.commands)]
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS.format(asked=asked, heavy=HEAVY)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=300,
        check=False,
    )
    assert done.stdout.splitlines()[-1] == f"heavy: {[0] * len(asked)} []", done.stderr
    tally.count("commands that import nothing heavy", len(asked))


@pytest.mark.promise("R22")
@pytest.mark.parametrize(("arguments", "bar_ms"), [(["--help"], 250), (["check", QUICK], 500)])
def test_help_and_check_are_instant(
    tally: Tally, long_run: bool, arguments: list[str], bar_ms: float
) -> None:
    """Of several tries the best counts: the machine may have other things to do."""
    times_ms = []
    for _ in range(12 if long_run else 4):
        before = os.times()
        subprocess.run(
            [sys.executable, "-m", "optimize", *arguments],
            stdout=subprocess.DEVNULL,
            cwd=ROOT,
            timeout=120,
            check=True,
        )
        after = os.times()
        spent_s = after.children_user + after.children_system
        times_ms.append(1e3 * (spent_s - before.children_user - before.children_system))
    best = min(times_ms)
    tally.most(f"CPU time of {arguments[0].lstrip('-')}", best, "ms")
    assert best <= bar_ms * (1.0 if long_run else 3.0)


@pytest.mark.promise("R23")
def test_wheel_and_editable_install_outside_the_checkout(tally: Tally, long_run: bool) -> None:
    """Builds the wheel and uses it from a folder of its own, as ``make wheel-check`` does."""
    if not long_run:
        pytest.skip("builds environments for minutes: in the long version")
    done = subprocess.run(
        [str(ROOT / ".ci" / "wheel-check"), sys.executable],
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "wheel: ok" in done.stdout
    assert "editable: ok" in done.stdout
    tally.count("installations used outside the checkout", 2)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the results of the tank in ordinary surroundings."""
    folder = tmp_path_factory.mktemp("whole")
    return bytes_of(execute(write_tank(folder), folder / "runs", *SMALL).run.path)


class JumpingClock(datetime):
    """Shows another time whenever somebody looks: years ahead, years back."""

    draw = random.Random(5)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> JumpingClock:
        moment = datetime.now(tz) + timedelta(days=cls.draw.uniform(-4000.0, 4000.0))
        return cls.fromtimestamp(moment.timestamp(), tz)


@pytest.mark.promise("R24")
def test_results_do_not_depend_on_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tally: Tally, whole: dict[str, bytes]
) -> None:
    draw, good = random.Random(1), time.time
    monkeypatch.setattr(time, "time", lambda: good() + draw.uniform(-4e8, 4e8))
    monkeypatch.setattr(store, "datetime", JumpingClock)
    for attempt in range(3):
        path = execute(write_tank(tmp_path), tmp_path / f"{attempt}", *SMALL).run.path
        assert bytes_of(path) == whole
        manifest = json.loads((path / "manifest.json").read_text())
        assert 0.0 <= manifest["seconds"] < 100.0
        datetime.fromisoformat(manifest["started"]).astimezone(UTC)
        tally.count("surroundings with the same bytes")
    assert command("resume", path).exit_code == 0
    assert bytes_of(path) == whole


PROGRAM = """
import locale
locale.setlocale(locale.LC_ALL, "")
from optimize.cli import main
main()
"""


@pytest.fixture(scope="module")
def commas(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return settings under which a number is written 1,5."""
    folder = tmp_path_factory.mktemp("locales")
    try:
        subprocess.run(
            ["localedef", "-i", "de_DE", "-f", "UTF-8", str(folder / "de_DE.UTF-8")],
            capture_output=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no locale can be made here")
    return {"LC_ALL": "de_DE.UTF-8", "LOCPATH": str(folder)}


SURROUNDINGS: dict[str, dict[str, str]] = {
    "Kiritimati": {"TZ": "Pacific/Kiritimati"},
    "no such zone": {"TZ": "Nowhere/Never"},
    "C": {"LANG": "C", "LC_ALL": "C"},
    "ASCII": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "commas": {},
    "narrow terminal": {"COLUMNS": "20", "TERM": "dumb"},
    "optimised Python": {"PYTHONOPTIMIZE": "2"},
}


EVERYDAY = {"Kiritimati", "ASCII", "commas"}


@pytest.mark.promise("R24")
@pytest.mark.parametrize("name", SURROUNDINGS)
def test_results_do_not_depend_on_locale_zone_or_path(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    tally: Tally,
    long_run: bool,
    whole: dict[str, bytes],
    name: str,
) -> None:
    if name not in EVERYDAY and not long_run:
        pytest.skip("starts one more process: in the long version")
    environment = {**SURROUNDINGS[name]}
    if name == "commas":
        environment = request.getfixturevalue("commas")
    place = tmp_path / "ein Ordner, größer (1) 'ü' & co"
    place.mkdir()
    config = write_tank(place)
    small = [word for change in SMALL for word in ("--set", change)]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "run", str(config), *small, "--out", str(place), "--json"],
        capture_output=True,
        cwd=ROOT,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    assert json.loads(done.stdout)["front_size"] > 0
    (folder,) = (path for path in place.iterdir() if path.is_dir())
    assert json.loads(done.stdout)["run"] == str(folder)
    assert bytes_of(folder) == whole
    assert str(place) in json.loads((folder / "manifest.json").read_text(encoding="utf-8"))[
        "command"
    ].replace("'\"'\"'", "'")
    tally.count("surroundings with the same bytes")


@pytest.fixture(autouse=True)
def _ordinary(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
