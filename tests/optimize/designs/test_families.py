"""Families of a front: few, named by the choices that tell its designs apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from optimize.designs.families import BLANK, MOST, _explained, families
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


def test_variance_told_apart_is_that_of_the_analysis_of_variance() -> None:
    score = np.array([[0.0, 5.0], [1.0, 5.0], [2.0, 5.0], [3.0, 5.0]])
    # About the mean 2.25 + 0.25 + 0.25 + 2.25, within the halves 4 times 0.25.
    assert _explained(score, np.array([0, 0, 1, 1])) == pytest.approx(1.0 - 1.0 / 5.0)
    assert _explained(10.0 * score, np.array([0, 0, 1, 1])) == pytest.approx(0.8)
    assert _explained(score, np.array([0, 1, 1, 0])) == pytest.approx(0.0)
    assert _explained(score, np.array([0, 1, 2, 3])) == 1.0
    assert _explained(np.ones((4, 2)), np.array([0, 0, 1, 1])) == 0.0


def test_what_is_rare_is_a_family_of_its_own_and_not_part_of_a_large_one() -> None:
    # Chips decide everything: two designs with the rare one are far from all others. Orbits tell
    # less, as one of them holds three ordinary designs beside these two.
    chip = np.array(["rare", "rare", *np.repeat(["a", "b", "c"], 66)])
    orbit = np.array([*np.repeat("p", 5), *np.repeat("q", 63), *np.repeat(["r", "s"], 66)])
    kinds = ("a", "b", "c", "rare")
    space = DesignSpace((_choice("chip", *kinds), _choice("orbit", "p", "q", "r", "s")))
    cost = pd.Series(chip).map(dict(zip(kinds, (0.0, 1.0, 2.0, 10.0), strict=True))).to_numpy()
    front = pd.DataFrame({"chip": chip, "orbit": orbit})
    classes = families(front, space, np.column_stack((cost, 9.0 - cost)), AIMS)
    assert classes.by == ("chip",)
    assert classes.members == (("a",), ("b",), ("c",))
