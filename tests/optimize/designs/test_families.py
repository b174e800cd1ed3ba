"""Families of a front: few, named by the choices that tell its designs apart."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimize.designs.families import BLANK, MOST, families
from problems.space import DesignSpace
from problems.spec import Objective, Variable

AIMS = (Objective("cost", "min", 0.0, 10.0), Objective("mass", "min", 0.0, 10.0))


def _choice(name: str, *choices: str) -> Variable:
    return Variable(
        name=name,
        unit="1",
        symbol="s",
        description="",
        kind="choice",
        default=choices[0],
        choices=choices,
    )


SPACE = DesignSpace(
    (_choice("orbit", "low", "high"), _choice("chip", "a", "b"), _choice("paint", "red", "blue"))
)


def _front(n: int = 80) -> tuple[pd.DataFrame, np.ndarray]:
    """Return a front on which orbit and chip decide everything, and paint nothing."""
    rows = np.arange(n)
    orbit, chip = rows % 2, rows // 2 % 2
    front = pd.DataFrame(
        {
            "orbit": np.array(["low", "high"])[orbit],
            "chip": np.array(["a", "b"])[chip],
            "paint": np.array(["red", "blue"])[rows // 4 % 2],
        }
    )
    values = np.column_stack((5.0 * orbit + chip, 9.0 - 5.0 * orbit - chip))
    return front, values


def test_families_are_named_by_the_choices_that_decide() -> None:
    front, values = _front()
    classes = families(front, SPACE, values, AIMS)
    assert classes.by == ("orbit", "chip")
    assert sorted(classes.members) == [("high", "a"), ("high", "b"), ("low", "a"), ("low", "b")]


def test_what_is_rare_is_left_to_others() -> None:
    front, values = _front(200)
    front.loc[0, "chip"] = None  # inactive there
    classes = families(front, SPACE, values, AIMS)
    assert len(classes.members) + 1 <= MOST
    assert all(BLANK not in member for member in classes.members)


def test_a_front_with_equal_choices_has_no_families() -> None:
    front, values = _front()
    for name in front:
        front[name] = front[name].iloc[0]
    assert families(front, SPACE, values, AIMS).members == ()
