"""Problems of the user's own: what cannot be one is told in one message, and where code may go."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from problems.own_model import load_own, working_directory_kept
from problems.registry import load_declarations, load_problem
from problems.spec import SpecError

_TANK = "from tests.optimize.toy import ToyProblem\nclass Tank(ToyProblem):\n    pass\n"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module to be written as ``<name>.py`` in the temporary folder."""
    name = f"own_{tmp_path.name.replace('-', '_')}"
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, name, raising=False)
    return name


@pytest.mark.parametrize(
    "name",
    [
        ":x",
        "x:",
        ":",
        "a:b:c",
        ".toy:Tank",
        "..:Tank",
        "a b:Tank",
        "os.path.:join",
        "1:Tank",
        "tank:Tank()",
        "\ud800:Tank",
        "os:getcwd",
        "os:nothing",
        "os:environ",
        "this:c",
        "sys:exit",
        "sys:argv",
        "builtins:dict",
        "builtins:print",
        "builtins:Exception",
        "no_such_module_here:Tank",
        "collections.abc:Mapping",
        "types:SimpleNamespace",
        "unittest.mock:MagicMock",
        "problems.space:Problem",
        "problems.space:DesignSpace",
        "problems.spec:Variable",
        "problems.one_by_one:OneByOne",
        "tests.optimize.toy:OUTPUTS",
    ],
)
def test_what_is_no_problem_is_told_in_one_message(name: str) -> None:
    for load in (load_problem, load_declarations):
        with pytest.raises(SpecError) as caught:
            load(name)
        assert caught.value.key == "problem"
        assert "\n" not in caught.value.message
        assert name in caught.value.message


@pytest.mark.parametrize(
    ("code", "part"),
    [
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("import no_such_thing", "No module named 'no_such_thing'"),
        ("def broken(:", "SyntaxError"),
        ("1 / 0", "ZeroDivisionError"),
        (f"{_TANK}    def __init__(self, **_): raise MemoryError", "MemoryError"),
        (f"{_TANK}    def __init__(self): pass", "TypeError"),
        (f"{_TANK}    version = 1", "'version' is an int, not text"),
        (f"{_TANK}    outputs = [1]", "'outputs' is a list, not a mapping"),
        (f"{_TANK}    objectives = ('mass_kg',)", "stands where an Objective belongs"),
        (f"{_TANK}    evaluate = None", "'evaluate' is a NoneType, not a method"),
        (f"{_TANK}    @property\n    def name(self): raise KeyError('x')", "KeyError"),
        (
            f"{_TANK}    breakdowns = (__import__('problems.spec').spec.Breakdown("
            "'b', 'half \\ud800', 'kg', 'mass_kg', ()),)",
            "'title' of breakdown",
        ),
    ],
)
def test_a_module_at_fault_is_told_with_its_reason(
    module: str, tmp_path: Path, code: str, part: str
) -> None:
    (tmp_path / f"{module}.py").write_text(f"{code}\n", encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        load_own(f"{module}:Tank", {"scenario": "2030"})
    assert part in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("name", "what"),
    [("nothing", "has no 'nothing'"), ("curdir", "has a str, no class, named 'curdir'")],
)
def test_what_stands_in_the_place_of_a_class_is_told(name: str, what: str) -> None:
    with pytest.raises(SpecError, match=f"module 'os' {what}"):
        load_own(f"os:{name}", {})


def test_a_misspelt_class_is_told_with_the_nearest(module: str, tmp_path: Path) -> None:
    (tmp_path / f"{module}.py").write_text(_TANK, encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        load_own(f"{module}:Tnak", {})
    assert caught.value.suggestion == "Tank"


def test_a_module_that_changes_the_working_directory_changes_it_for_itself(
    module: str, tmp_path: Path
) -> None:
    away = tmp_path / "away"
    away.mkdir()
    code = f"import os\nos.chdir({str(away)!r})\n{_TANK}"
    (tmp_path / f"{module}.py").write_text(code, encoding="utf-8")
    before = Path.cwd()
    load_own(f"{module}:Tank", {})
    assert Path.cwd() == before


def test_threads_that_change_the_working_directory_leave_it_as_it_was(tmp_path: Path) -> None:
    before = Path.cwd()
    meet = threading.Barrier(2)

    def one_call() -> None:
        with working_directory_kept():
            meet.wait(10.0)
            os.chdir(tmp_path)
            meet.wait(10.0)

    threads = [threading.Thread(target=one_call) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Path.cwd() == before
