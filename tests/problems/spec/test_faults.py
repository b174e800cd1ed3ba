"""Declarations that would make a search blind, inverted or half-blind cannot be made."""

from __future__ import annotations

import math
from typing import Any

import pytest

from problems.space import DesignSpace
from problems.spec import Condition, Constraint, Objective, SpecError, Variable
from problems.spec.faults import RESERVED

INFINITE = math.inf


def real(lower: Any, upper: Any, default: Any = None, **settings: Any) -> Variable:
    """Return a real variable with its default at the lower bound."""
    return Variable(
        name="x",
        unit="1",
        symbol="x",
        description="X",
        kind="real",
        default=lower if default is None else default,
        lower=lower,
        upper=upper,
        **settings,
    )


def named(name: Any, kind: Any = "real") -> Variable:
    """Return a variable of this name."""
    return Variable(
        name=name,
        unit="1",
        symbol="x",
        description="X",
        kind=kind,
        default="a" if kind == "choice" else 1.0,
        lower=0.0,
        upper=2.0,
        choices=("a", "b") if kind == "choice" else (),
    )


def whole(lower: Any, upper: Any, default: Any) -> Variable:
    """Return a whole-number variable."""
    return Variable(
        name="n",
        unit="1",
        symbol="n",
        description="N",
        kind="integer",
        default=default,
        lower=lower,
        upper=upper,
    )


def choice(choices: Any, default: Any, **settings: Any) -> Variable:
    """Return a choice."""
    return Variable(
        name="c",
        unit="1",
        symbol="c",
        description="C",
        kind="choice",
        default=default,
        choices=choices,
        **settings,
    )


@pytest.mark.parametrize(
    ("sense", "ideal", "reference", "log", "message"),
    [
        ("min", 5.0, 1.0, False, "must be better"),
        ("max", 1.0, 5.0, False, "must be better"),
        ("min", 100.0, 1.0, True, "must be better"),
        ("min", 1.0, 1.0, False, "must be better"),
        ("max", 0.0, -0.0, False, "must be better"),
        ("min", 1.0, 1.0 + 1e-12, False, "but for rounding"),
        ("min", 0.0, 1e-300, False, "but for rounding"),
        ("min", 0.0, 10.0, True, "above 0"),
        ("min", -1.0, 10.0, True, "above 0"),
        ("max", 10.0, 0.0, True, "above 0"),
        ("min", 0.0, INFINITE, False, "finite"),
        ("min", -INFINITE, 0.0, False, "finite"),
        ("min", -1e308, 1e308, False, "finite"),
        ("min", math.nan, 1.0, False, "finite"),
        ("min", 0.0, math.nan, True, "finite"),
        ("min", "0", 1.0, False, "must be a number"),
        ("min", None, 1.0, False, "must be a number"),
        ("min", False, True, False, "must be a number"),
        ("minimize", 0.0, 1.0, False, "'min' or 'max'"),
        (None, math.nan, math.nan, False, "'min' or 'max'"),
    ],
)
def test_an_axis_along_which_nothing_becomes_worse_is_refused(
    sense: Any, ideal: Any, reference: Any, log: bool, message: str
) -> None:
    with pytest.raises(SpecError, match=message) as caught:
        Objective("mass_kg", sense, ideal, reference, log)
    assert caught.value.key == "mass_kg"


def test_an_axis_may_be_left_to_the_search_as_a_whole() -> None:
    assert not Objective("mass_kg", "max", math.nan, math.nan, log=True).has_box
    assert Objective("mass_kg", "max", 2.0, 1.0).has_box


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: whole(0.5, 3.7, 1), "whole bounds"),
        (lambda: whole(0, 3.5, 1), "whole bounds"),
        (lambda: whole(0.2, 0.8, 0.5), "whole bounds"),
        (lambda: whole(0, 2.0**60, 1), "within"),
        (lambda: whole(0, 3, 1.5), "whole number"),
        (lambda: whole(0, 3, 4), "outside"),
        (lambda: real(0.0, INFINITE), "finite"),
        (lambda: real(-INFINITE, 0.0, 0.0), "finite"),
        (lambda: real(math.nan, 1.0, 0.5), "finite"),
        (lambda: real(-1e308, 1e308), "finite"),
        (lambda: real("0", 1.0, 0.5), "must be a number"),
        (lambda: real(2.0, 1.0), "above upper"),
        (lambda: real(1.0, 1.0 + 2e-16), "but for rounding"),
        (lambda: real(0.0, 1e-13), "smaller unit"),
        (lambda: real(0.0, 1.0, 2.0), "outside"),
        (lambda: real(0.0, 1.0, "high"), "expected a finite number"),
        (lambda: real(0.0, 1.0, log=True), "positive lower bound"),
        (lambda: named("x", "float"), "kind must be"),
        (lambda: choice((), "a"), "needs 'choices'"),
        (lambda: choice(("a", "b", "a"), "a"), "appears twice"),
        (lambda: choice(("a", 2), "a"), "must be text"),
        (lambda: choice(("a", "b"), "c"), "not among the choices"),
        (lambda: choice(("a", "b"), "a", allowed=(1, 0)), "ascending positions"),
        (lambda: choice(("a", "b"), "a", allowed=(0, 0)), "ascending positions"),
        (lambda: choice(("a", "b"), "a", allowed=(2,)), "ascending positions"),
    ],
)
def test_a_range_that_algorithms_would_read_differently_is_refused(make: Any, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        make()


@pytest.mark.parametrize(
    "name", [*RESERVED, "output.mass", "violation.heat", "robust.cost", "", " x", "a\nb", None, 7]
)
def test_a_name_that_tables_use_themselves_is_refused(name: Any) -> None:
    with pytest.raises(SpecError, match="name"):
        named(name)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({}, "needs 'lower' or 'upper'"),
        ({"lower": 2.0, "upper": 1.0}, "above upper"),
        ({"upper": math.nan}, "finite"),
        ({"lower": 0.0, "upper": INFINITE}, "finite"),
        ({"upper": "1"}, "must be a number"),
        ({"upper": 1.0, "scale": -1.0}, "scale must be above 0"),
        ({"upper": 1.0, "scale": 0.0}, "scale must be above 0"),
        ({"upper": 1.0, "scale": math.nan}, "finite"),
        ({"upper": 1.0, "scale": INFINITE}, "finite"),
    ],
)
def test_a_limit_that_nothing_or_everything_keeps_is_refused(
    limits: dict[str, Any], message: str
) -> None:
    with pytest.raises(SpecError, match=message):
        Constraint("heat", "heat_w", "", **limits)


def test_a_single_value_is_an_equality() -> None:
    assert Constraint("heat", "heat_w", "", lower=5.0, upper=5.0).is_equality
    assert Constraint("heat", "heat_w", "", lower=1e9, upper=1e9 + 0.5).is_equality
    assert not Constraint("heat", "heat_w", "", lower=5.0, upper=5.1).is_equality
    assert not Constraint("heat", "heat_w", "", upper=5.0).is_equality


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ((named("x"), named("x", "choice")), "two variables have this name"),
        ((choice(("a", "b"), "a", allowed=()),), "no choice is open"),
        ((real(0.0, 1.0, active_when=(Condition("other", ("a",)),)),), "no other choice"),
        ((real(0.0, 1.0, active_when=(Condition("x", ("a",)),)),), "no other choice"),
        (
            (named("y"), real(0.0, 1.0, active_when=(Condition("y", ("a",)),))),
            "no other choice",
        ),
        (
            (named("c", "choice"), real(0.0, 1.0, active_when=(Condition("c", ("z",)),))),
            "no choice of 'c'",
        ),
        (
            (named("c", "choice"), real(0.0, 1.0, active_when=(Condition("c", ()),))),
            "no choice of 'c'",
        ),
    ],
)
def test_a_space_of_variables_that_do_not_fit_is_refused(
    variables: tuple[Variable, ...], message: str
) -> None:
    with pytest.raises(SpecError, match=message):
        DesignSpace(variables)
