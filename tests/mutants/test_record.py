"""Which tests a mutant has to pass, and in which order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.mutants.__main__ import Record, keep_result, kept_results, read_record
from tests.mutants.contexts import IMPORT
from tests.mutants.mutations import Mutation
from tests.mutants.trial import ROOT, Mutant

PATH = "optimize/run/workers/replay.py"
SECONDS = {
    "tests/optimize/run/test_worker.py::test_slow": 9.0,
    "tests/optimize/run/test_start.py::test_near": 1.0,
    "tests/optimize/cli/test_cli.py::test_quick": 0.1,
    "tests/optimize/report/test_page.py::test_passes_by": 0.2,
    f"{PATH}::example": 0.3,
}
OWN_SLOW, OWN, OTHER, ELSEWHERE, EXAMPLE = SECONDS
RECORD = Record(
    {PATH: {7: frozenset({OWN_SLOW, OTHER}), 8: frozenset({OWN, ELSEWHERE, EXAMPLE})}}, SECONDS
)


@pytest.mark.parametrize(
    ("line", "patience_s", "names"),
    [
        (7, 60.0, (OWN_SLOW, OTHER, EXAMPLE, OWN, ELSEWHERE)),
        (8, 60.0, (EXAMPLE, OWN, ELSEWHERE, OWN_SLOW, OTHER)),
        (8, 1.4, (EXAMPLE, OWN)),
        (7, 0.0, (OWN_SLOW,)),  # one at least
    ],
)
def test_tests_of_a_line_come_first_and_of_these_those_of_its_wing(
    line: int, patience_s: float, names: tuple[str, ...]
) -> None:
    found, seconds = RECORD.tests_for(PATH, line, patience_s)
    assert found == names
    assert seconds == pytest.approx(sum(SECONDS[name] for name in names))


def test_what_runs_on_import_is_tried_by_the_tests_of_its_wing_first(tmp_path: Path) -> None:
    coverage = pytest.importorskip("coverage")
    data = coverage.CoverageData(str(tmp_path / "lines-1"))
    source = str(ROOT / PATH)
    for context, lines in (
        (IMPORT + OTHER.partition("::")[0], [1, 7]),
        (OWN, [7]),
        (OTHER, [8]),
        ("", [9]),
    ):
        data.set_context(context)
        data.add_lines({source: lines})
    data.write()
    (tmp_path / "seconds-1.json").write_text(json.dumps({OWN: 1.0, OTHER: 0.1}))
    noted = read_record(tmp_path)
    assert noted.tests_for(PATH, 1, 60.0)[0] == (OWN, OTHER)
    assert noted.tests_for(PATH, 7, 60.0)[0] == (OWN, OTHER)
    assert noted.tests_for(PATH, 8, 60.0)[0] == (OTHER, OWN)
    assert set(noted.lines[PATH]) >= {1, 7, 8, 9}


def test_a_file_that_nothing_executes_has_no_tests() -> None:
    assert RECORD.tests_for("optimize/run/other.py", 1, 60.0) == ((), 0.0)


def test_a_later_sitting_knows_what_was_tried_whichever_tests_tried_it(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    assert kept_results(file) == {}
    caught = Mutant("engine", PATH, Mutation(7, 3, 4, "<", "<="), (OWN,), 1.0)
    survivor = Mutant("engine", PATH, Mutation(8, 9, 10, "ä", "b"), (OTHER,), 0.1)
    keep_result(file, caught, True)
    keep_result(file, survivor, False)
    again = caught._replace(tests=(OTHER,), seconds=9.0)
    assert kept_results(file) == {again.change: True, survivor.change: False}
