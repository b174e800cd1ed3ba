"""Declarations: variables encode, narrow and fix; mistakes name what is wrong."""

from __future__ import annotations

import itertools
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.spec import Constraint, Objective, Output, SpecError, Variable, nearest, unknown
from problems.spec.faults import one_edit_apart

REAL = Variable(
    name="altitude_km",
    unit="km",
    symbol="h",
    description="altitude",
    kind="real",
    default=650.0,
    lower=300.0,
    upper=2000.0,
    log=True,
)
WHOLE = Variable(
    name="gpu_count",
    unit="1",
    symbol="N",
    description="accelerators",
    kind="integer",
    default=8,
    lower=1,
    upper=100,
)
CHOICE = Variable(
    name="orbit",
    unit="1",
    symbol="o",
    description="orbit",
    kind="choice",
    default="leo",
    choices=("leo", "meo", "geo"),
)


def test_variable_choice_codes_are_positions():
    assert CHOICE.codes == (0, 1, 2)
    assert [CHOICE.encode(name) for name in CHOICE.choices] == [0.0, 1.0, 2.0]
    assert CHOICE.decode(2.0) == "geo"
    assert CHOICE.upper == 2.0


@settings(max_examples=25, deadline=None)
@given(st.floats(300.0, 2000.0))
def test_variable_encode_and_decode_are_inverse(value):
    assert REAL.decode(REAL.encode(value)) == value


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        (REAL, 299.0, "outside 300 to 2000 km"),
        (REAL, float("nan"), "finite"),
        (REAL, True, "finite"),
        (REAL, "high", "finite"),
        (WHOLE, 1.5, "whole number"),
        (CHOICE, "leoo", "did you mean 'leo'"),
        (CHOICE, 1.0, "expected one of"),
    ],
)
def test_variable_encode_refuses(variable, value, message):
    with pytest.raises(SpecError, match=message) as caught:
        variable.encode(value)
    assert caught.value.key == variable.name


def test_variable_fix_leaves_one_value():
    fixed = REAL.fix(700.0)
    assert fixed.is_fixed
    assert (fixed.lower, fixed.upper, fixed.default) == (700.0, 700.0, 700.0)
    assert CHOICE.fix("geo").codes == (2,)


def test_variable_narrow_moves_a_default_that_fell_out():
    assert REAL.narrow(lower=800.0).default == 800.0
    assert REAL.narrow(upper=500.0).default == 500.0
    assert REAL.narrow(lower=500.0, upper=500.0) == REAL.fix(500.0)
    narrowed = CHOICE.narrow(choices=["geo", "meo"])
    assert (narrowed.codes, narrowed.default) == ((1, 2), "meo")
    assert narrowed.choices == CHOICE.choices  # codes keep their meaning


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda: REAL.narrow(lower=900.0, upper=800.0), "above upper"),
        (lambda: REAL.narrow(lower=100.0), "outside"),
        (lambda: REAL.narrow(choices=["a"]), "not choices"),
        (lambda: CHOICE.narrow(lower=1.0), "not bounds"),
        (lambda: CHOICE.narrow(choices=[]), "at least one"),
        (lambda: CHOICE.narrow(choices=["leo"]).fix("geo"), "not open"),
        (lambda: CHOICE.narrow(choices=["leo"]).narrow(choices=["geo"]), "not open"),
    ],
)
def test_variable_narrow_refuses(change, message):
    with pytest.raises(SpecError, match=message):
        change()


def test_variable_refuses_impossible_declarations():
    with pytest.raises(SpecError, match="not among the choices"):
        Variable(
            name="v",
            unit="1",
            symbol="v",
            description="",
            kind="choice",
            default="c",
            choices=("a", "b"),
        )
    with pytest.raises(SpecError, match="above upper"):
        Variable(
            name="v",
            unit="1",
            symbol="v",
            description="",
            kind="real",
            default=1.0,
            lower=2.0,
            upper=1.0,
        )
    with pytest.raises(SpecError, match="positive lower bound"):
        Variable(
            name="v",
            unit="1",
            symbol="v",
            description="",
            kind="real",
            default=1.0,
            lower=0.0,
            upper=1.0,
            log=True,
        )


def test_variable_held_counts_as_fixed_until_narrowed():
    held = Variable(
        name="v",
        unit="1",
        symbol="v",
        description="",
        kind="real",
        default=1.0,
        lower=0.0,
        upper=2.0,
        held=True,
    )
    assert held.is_fixed
    assert not held.narrow(lower=0.5).is_fixed


def test_constraint_needs_a_limit_and_ordered_limits():
    with pytest.raises(SpecError, match="needs 'lower' or 'upper'"):
        Constraint("c", "output", "")
    with pytest.raises(SpecError, match="above upper"):
        Constraint("c", "output", "", lower=2.0, upper=1.0)


def test_output_label_shows_the_unit_unless_there_is_none():
    assert Output("mass", "kg", "m", "", "mass").label == "mass $m$ [kg]"
    assert Output("share", "1", "s", "", "mass").label == "share"


def test_objective_is_immutable():
    objective = Objective("mass", "min", 0.0, 1.0)
    with pytest.raises(AttributeError):
        objective.output = "cost"  # type: ignore[misc]


def test_nearest_gives_up_on_strangers():
    assert nearest("altitude", ["altitude_km"]) == "altitude_km"
    assert nearest("xyz", ["altitude_km"]) is None


def test_one_edit_apart_is_every_word_that_one_edit_makes():
    words = ["".join(letters) for n in range(4) for letters in itertools.product("ab", repeat=n)]
    for word in words:
        cuts = [(word[:k], word[k:]) for k in range(len(word) + 1)]
        made = {head + new + tail for head, tail in cuts for new in ("", "a", "b")}
        made |= {head + new + tail[1:] for head, tail in cuts for new in ("", "a", "b")}
        made |= {head + tail[1::-1] + tail[2:] for head, tail in cuts}
        assert {other for other in words if one_edit_apart(word, other)} == made & {*words}


def test_declarations_do_not_load_numpy():
    code = (
        "import sys; from problems.registry import load_declarations; load_declarations();"
        "sys.exit('numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("word", "meant"),
    [("sso", "dawn_dusk_sso"), ("GEO", "geo"), ("b200", "B200"), ("dusk", "dawn_dusk_sso")],
)
def test_a_choice_may_be_called_in_short_where_only_one_can_be_meant(word: str, meant: str) -> None:
    choices = ("dawn_dusk_sso", "dawn_low", "geo", "B200", "GB200")
    variable = Variable(
        name="a",
        unit="1",
        symbol="a",
        description="",
        kind="choice",
        default="geo",
        choices=choices,
    )
    assert variable.decode(variable.encode(word)) == meant
    assert variable.fix(word).default == meant
    with pytest.raises(SpecError, match="unknown choice 'dawn'"):
        variable.encode("dawn")


def test_a_wrong_word_gets_the_valid_ones_that_contain_it() -> None:
    many = [f"{part}_{unit}" for part in ("price", "mass") for unit in "abcdefghijklmnopqrstuvw"]
    message, closest = unknown("unknown thing", "total_price_of_all", many)
    assert closest is None
    assert message.startswith("unknown thing (with 'price': price_a, price_b,")
    assert message.endswith("price_l and 11 more)")
    assert unknown("unknown thing", "zzzzzz", many) == ("unknown thing", None)
    assert unknown("no", "zzzzzz", many[:13])[0].endswith("price_l and 1 more)")
    assert unknown("no", "price_aa", many) == ("no", "price_a")
