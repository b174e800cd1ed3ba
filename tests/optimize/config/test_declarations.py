"""``heliofront check`` on problems whose declarations a search could not follow."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from optimize.cli import main
from problems.spec import OBJECTIVE_LIMIT, Breakdown, Constraint, Objective, Output
from tests.optimize.toy import ToyProblem

Write = Callable[..., Path]


def check(path: Path) -> tuple[int, str]:
    """Return exit code and everything that is said."""
    result = CliRunner().invoke(main, ["check", str(path)])
    return result.exit_code, result.output


TWICE = Objective("mass_kg", "max", 1.0, 0.0)


@pytest.mark.parametrize(
    ("member", "value", "message"),
    [
        ("objectives", (*ToyProblem.objectives, TWICE), "mass_kg: two objectives"),
        ("objectives", (Objective("mas_kg", "min", 0.0, 1.0),), "did you mean 'mass_kg'"),
        ("objectives", (), "the problem has 0"),
        ("constraints", ToyProblem.constraints * 2, "two constraints have this name"),
        ("constraints", (Constraint("heat", "heat_w", "", upper=1.0),), "unknown output 'heat_w'"),
        ("breakdowns", (Breakdown("m", "M", "kg", "mass_kg", ("wall",)),), "unknown output 'wall'"),
        (
            "outputs",
            {**ToyProblem.outputs, "feasible": Output("feasible", "1", "f", "", "x")},
            "tables have themselves",
        ),
        (
            "outputs",
            {**ToyProblem.outputs, "extra": Output("other", "1", "f", "", "x")},
            "an output named 'other'",
        ),
    ],
)
def test_check_refuses_a_problem_that_names_what_it_has_not(
    write_config: Write, monkeypatch: pytest.MonkeyPatch, member: str, value: Any, message: str
) -> None:
    monkeypatch.setattr(ToyProblem, member, value)
    code, said = check(write_config())
    assert (code, "tank.yaml" in said) == (2, True)
    assert message in said


def test_check_names_the_declaration_that_cannot_be_made(
    tmp_path: Path, write_config: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = (
        "from problems.spec import Objective",
        "class Model:",
        "    objectives = (Objective('mass_kg', 'min', ideal=9.0, reference=1.0),)",
        "    def __init__(self, **settings): ...",
    )
    (tmp_path / "upside_down.py").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    code, said = check(write_config(problem="upside_down:Model"))
    assert code == 2
    assert "mass_kg: ideal 9 must be better (lower) than reference 1" in said


def test_check_takes_as_many_objectives_as_every_command(
    write_config: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"y{i}" for i in range(OBJECTIVE_LIMIT + 1)]
    more = {name: Output(name, "1", "y", "", "x") for name in names}
    monkeypatch.setattr(ToyProblem, "outputs", {**ToyProblem.outputs, **more})
    aims = tuple(Objective(name, "min", 0.0, 1.0) for name in names)
    monkeypatch.setattr(ToyProblem, "objectives", aims[:-1])
    assert check(write_config())[0] == 0
    monkeypatch.setattr(ToyProblem, "objectives", aims)
    code, said = check(write_config())
    assert (code, f"the problem has {len(names)}" in said) == (2, True)
    assert check(write_config(objectives=names[:-1]))[0] == 0
    assert check(write_config(objectives=names))[0] == 2


def test_check_warns_of_an_equality_and_of_a_scale_to_be_found(
    write_config: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, said = check(write_config(constraints={"volume": {"lower": 2.0, "upper": 2.0}}))
    assert (code, "'volume': lower and upper are both 2" in said) == (0, True)
    code, said = check(write_config(constraints={"volume": {"lower": 2.0, "upper": 2.5}}))
    assert (code, "warning" in said) == (0, False)
    late = (Objective("mass_kg", "min", math.nan, math.nan),)
    monkeypatch.setattr(ToyProblem, "objectives", late)
    assert "'mass_kg' declares no ideal and reference" in check(write_config())[1]
