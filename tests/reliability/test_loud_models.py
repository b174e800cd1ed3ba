"""R21: ``--json`` is one document, whatever a model prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import LONG, Tally
from tests.optimize.conftest import heliofront
from tests.reliability.tanks import write_tank

SAID = ("imported", "iteration 1", "residual 1e-3", "licence of the solver", "mesh", "goodbye")
#: One question answered by the process that was asked, one by workers of its own.
ASKED: tuple[tuple[str, ...], ...] = (
    ("evaluate",),
    ("run", "--seeds", "2", "--workers", "2", "--out", "OUT"),
)
ASKED_LONG: tuple[tuple[str, ...], ...] = (
    ("check",),
    ("tune", "--trials", "1", "--generations", "20", "--out", "OUT"),
    ("campaign", "--seeds", "1", "--workers", "1", "--out", "OUT"),
)
#: One question to a run that calls the model, one that only reads.
OF_A_RUN = ("resume", "select")
OF_A_RUN_LONG = ("report", "explore", "export")
SMALL = {"population": 8, "generations": 2, "polish": False}


def answer(*arguments: str | Path) -> tuple[dict[str, Any], str]:
    """Return the document a command prints, and what it says on standard error."""
    done = heliofront(*arguments, "--json")
    assert done.returncode in (0, 3), done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found, done.stderr


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    problem = "tests.reliability.loud_tank:LoudTank"
    return write_tank(tmp_path_factory.mktemp("loud"), problem=problem, algorithm=SMALL)


@pytest.fixture(scope="module")
def run(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found, said = answer("run", config, "--out", tmp_path_factory.mktemp("runs"))
    assert all(text in said for text in SAID)
    return Path(found["run"])


@pytest.mark.promise("R21")
@pytest.mark.parametrize(
    "ask", [*ASKED, *ASKED_LONG] if LONG else ASKED, ids=lambda ask: " ".join(ask[:2])
)
def test_a_model_that_prints_leaves_the_document_alone(
    ask: tuple[str, ...], config: Path, tmp_path: Path, tally: Tally
) -> None:
    options = [str(tmp_path) if word == "OUT" else word for word in ask[1:]]
    _, said = answer(ask[0], config, *options)
    assert "imported" in said
    tally.count("documents of models that print")


@pytest.mark.promise("R21")
@pytest.mark.parametrize("name", [*OF_A_RUN, *OF_A_RUN_LONG] if LONG else OF_A_RUN)
def test_a_run_of_a_model_that_prints_can_be_asked(name: str, run: Path, tally: Tally) -> None:
    design = (run / "front.csv").read_text().splitlines()[1].partition(",")[0]
    more = {
        "explore": ["--no-open"],
        "select": ["--method", "knee"],
        "export": ["--design", design, "--format", "json", "--out", str(run / "exports")],
        "resume": ["--generations", "3"],
    }
    answer(name, run, *more.get(name, []))
    tally.count("documents of models that print")
