"""R12: whatever a configuration holds, `heliofront check` says yes or says what is wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimize.config.schema import config_schema
from problems.registry import load_declarations, problem_names
from tests.conftest import Tally
from tests.reliability.fuzzing import ROOT, Checked, Trees, damaged, paths_of, written

pytestmark = pytest.mark.promise("R12")

SHIPPED = sorted(ROOT.glob("configs/*.yaml"))
MOST_GROWTH_MB = 100.0


def resident_mb() -> float:
    """Return the memory of this process in MB."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        pytest.skip("needs /proc")
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def fuzzing(folder: Path, tally: Tally) -> Iterator[Checked]:
    """Give a checker, and count afterwards what it was given."""
    found = Checked(folder)
    for path in SHIPPED:  # whatever is loaded once is loaded now
        found(path.read_bytes())
    before_mb = resident_mb()
    yield found
    growth_mb = resident_mb() - before_mb
    tally.count("configurations fuzzed", found.documents)
    tally.count("of them accepted, built and read back", found.accepted)
    tally.most("slowest configuration", found.slowest_s, "s of CPU")
    tally.most("memory growth while fuzzing", growth_mb, "MB")
    assert growth_mb < MOST_GROWTH_MB


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return config_schema(load_declarations())


_NAMES = (
    "name problem scenario variables objectives constraints assumptions algorithm output campaign "
    "uncertainty fix lower upper choices compute_satellite 2030 nsga2 seed true null 1e3"
)
_SIGNS = ": - ? | > & * ! !! % @ ` { } [ ] , # ' \" --- ... << ~"
WORDS = st.sampled_from([*_NAMES.split(), *_SIGNS.split(), "\n", "\n  ", "\t", " "])
TEXTS = st.one_of(
    st.text(max_size=200).map(lambda t: t.encode("utf-8", "surrogatepass")),
    st.binary(max_size=200),
    st.lists(WORDS, max_size=60).map(lambda words: " ".join(words).encode()),
    st.lists(WORDS, max_size=60).map(lambda words: ("name: a\n" + "".join(words)).encode()),
    st.text(max_size=80).map(lambda t: f"name: a\n{t}: 1\n".encode("utf-8", "surrogatepass")),
)


def test_any_text(tmp_path: Path, tally: Tally, long_run: bool) -> None:
    with fuzzing(tmp_path, tally) as checked:

        @settings(
            max_examples=3000 if long_run else 120,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(TEXTS)
        def ask(text: bytes) -> None:
            checked(text)

        ask()


def test_damaged_configurations(tmp_path: Path, tally: Tally, long_run: bool) -> None:
    rng = np.random.default_rng(12)
    good = [path.read_bytes() for path in SHIPPED]
    with fuzzing(tmp_path, tally) as checked:
        for _ in range(4000 if long_run else 150):
            checked(damaged(good[rng.integers(len(good))], good, rng))
        assert checked.accepted > checked.documents // 50


@pytest.mark.parametrize("wrong", [0.0, 0.02, 0.2])
def test_trees_of_the_schema(
    tmp_path: Path, tally: Tally, schema: dict[str, Any], wrong: float, long_run: bool
) -> None:
    rng = np.random.default_rng(int(1000 * wrong))
    trees = Trees(schema, rng, wrong)
    names = ("compute_satellite", problem_names()[-1])
    with fuzzing(tmp_path, tally) as checked:
        for _ in range(1200 if long_run else 40):
            tree = {"name": "a", **trees.draw()}
            if wrong < 0.1:
                tree["problem"] = names[int(rng.random() < 0.1)]
                tree["schema_version"] = 1
            checked(written(tree))
        assert 0 < checked.accepted < checked.documents


VALUES = (
    "1",
    "1e400",
    "-.inf",
    ".nan",
    "",
    " ",
    "=",
    "a=b",
    "[",
    "{",
    "}",
    "{fix: 1}",
    "[1, 2]",
    "null",
    "~",
    "!!python/name:os.system",
    "&a 1",
    "*a",
    "'",
    '"',
    "é",
    "\u202e",
    "\ud800",
    "\udcff",
    "\x00",
    "\x1b[2J",
    "\n",
    "a: b",
    "0x" + "f" * 300,
    "9" * 500,
    "true",
    "yes",
    "1" * 60_000,
    "- 1",
    "# x",
    "[" * 3000,
    "<<",
    "--set",
    "2030",
    "nsga2",
    "{x-a: 1}",
    "%",
    "@",
    "`",
    "? a",
    "---\n--- 1",
)


def test_set_options(tmp_path: Path, tally: Tally, schema: dict[str, Any], long_run: bool) -> None:
    rng = np.random.default_rng(14)
    keys = [*paths_of(schema, schema), "", ".", "..", "a..b", "x-note", "é", "\x00", "variables."]
    with fuzzing(tmp_path, tally) as checked:
        for number in range(1500 if long_run else 50):
            options = []
            for _ in range(rng.integers(1, 4)):
                key = keys[rng.integers(len(keys))]
                if rng.random() < 0.2:
                    key = damaged(key.encode(), [b"a"], rng).decode("utf-8", "replace")
                glue = "=" if rng.random() < 0.95 else ""
                options.append(f"{key}{glue}{VALUES[rng.integers(len(VALUES))]}")
            document = (
                SHIPPED[number // 10 % len(SHIPPED)].read_bytes() if number % 10 == 0 else None
            )
            checked(document, options)
