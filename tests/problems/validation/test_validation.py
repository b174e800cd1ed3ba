"""Every published point, the runner, and what a malformed table does."""

from __future__ import annotations

import dataclasses
import json
import math
from collections import Counter

import pytest

from problems.spec import SpecError
from problems.validation import cases as validation_cases
from problems.validation.cases import QUANTITIES, Case, load_cases
from problems.validation.inputs import Inputs
from problems.validation.points import ValidationReport, check, run_validation

REPORT = run_validation()
CASES = {case.id: case for case in load_cases()}
POINTS = {point.case.id: point for point in REPORT.points}
CONTRACT = ("id", "expected", "value", "deviation", "tolerance", "ok", "status", "source")


def cells(**changes: str) -> dict[str, str]:
    """One row of the table as text, with cells changed."""
    text = {
        field.name: str(getattr(CASES["O01"], field.name)) for field in dataclasses.fields(Case)
    }
    return text | changes


@pytest.mark.parametrize("name", [c.id for c in CASES.values() if c.status == "must"])
def test_model_meets_the_point(name):
    point = POINTS[name]
    assert point.ok, f"{point.case.quantity}: {point.value:g}, expected {point.case.expected:g}"


@pytest.mark.parametrize("name", [c.id for c in CASES.values() if c.status != "must"])
def test_known_deviation_still_deviates(name):
    # A point that has come within tolerance is no known deviation any more: promote it.
    assert not POINTS[name].ok
    assert len(CASES[name].reason) > 40


@pytest.mark.parametrize(
    ("name", "told", "value"), [("R36", "the ratio is 3.6 ", 3.6), ("T17", " needs 990 m2", 990.0)]
)
def test_a_reason_that_tells_what_the_model_says_is_right(name, told, value):
    assert told in CASES[name].reason
    assert POINTS[name].value == pytest.approx(value, rel=0.02)


def test_there_are_enough_points_and_few_known_deviations():
    assert len(REPORT.points) >= 120
    known = sum(point.case.status == "known_deviation" for point in REPORT.points)
    assert known <= 0.1 * len(REPORT.points)
    kinds = Counter(case.kind for case in CASES.values())
    assert kinds["published"] >= 60
    assert set(kinds) == {"published", "cross-tool", "hand"}


def test_every_quantity_is_asked_for():
    assert not set(QUANTITIES) - {case.call for case in CASES.values()}


@pytest.mark.parametrize(
    ("anchor", "name"),
    [
        ("Suncatcher 750 rad", "R32"),
        ("Suncatcher launched power", "L12a3600"),
        ("Suncatcher learning curve", "L13"),
        ("Starcloud 633 W/m2", "T03"),
        ("Starcloud cost table", "K04"),
        ("McCalip cost", "K01"),
        ("McCalip mass", "K02"),
        ("AI1 specific mass", "M01"),
        ("AI1 radiator", "S02"),
        ("Turyshev kg/kW", "M02"),
        ("station radiators", "T13"),
        ("Llama 3 failure rate", "C01"),
        ("Starlink V2 mini", "M05"),
    ],
)
def test_anchor_is_among_the_points(anchor, name):
    assert name in POINTS, anchor


@pytest.mark.parametrize("name", ["K01", "K02", "M01", "M02", "M05", "S09"])
def test_whole_satellites_go_through_the_chain(name):
    assert CASES[name].call.startswith("satellite.")
    assert "output=" in CASES[name].inputs


def test_to_json_keeps_the_contract():
    document = json.loads(json.dumps(REPORT.to_json(), allow_nan=False))
    assert set(document) == {"points"}
    assert [point["id"] for point in document["points"]] == list(CASES)
    for point in document["points"]:
        assert tuple(point)[: len(CONTRACT)] == CONTRACT
        assert math.isfinite(point["value"])
        assert isinstance(point["ok"], bool)
        assert point["ok"] == (abs(point["deviation"]) <= point["tolerance"] * (1.0 + 1e-9))


def test_table_and_markdown_show_every_point_and_reason():
    table, document = REPORT.table(200), REPORT.markdown()
    for case in CASES.values():
        assert f"\n{case.id} " in f"\n{table}"
        assert f"\n| {case.id} |" in document
        assert case.reason in table
    assert f"{len(CASES)} points" in table.splitlines()[-1]


def test_markdown_counts_by_discipline():
    document = REPORT.markdown()
    for discipline, count in Counter(c.discipline for c in CASES.values()).items():
        assert f"| {discipline} | {count} |" in document


def test_exit_code_is_one_when_a_must_is_outside():
    wrong = dataclasses.replace(CASES["O01"], expected=2.0 * CASES["O01"].expected)
    report = ValidationReport((check(wrong),))
    assert (report.exit_code, report.points[0].verdict) == (1, "FAIL")
    excused = dataclasses.replace(wrong, status="known_deviation", reason="it is wrong on purpose")
    assert ValidationReport((check(excused),)).exit_code == 0
    assert REPORT.exit_code == 0


@pytest.mark.parametrize(
    ("kind", "expected", "tolerance", "deviation", "ok"),
    # The model says 92.5604 min.
    [
        ("abs", 92.0, 0.6, 0.5604, True),
        ("abs", 92.0, 0.5, 0.5604, False),
        ("rel", 90.0, 0.03, 0.02845, True),
        ("rel", 90.0, 0.02, 0.02845, False),
        ("factor", 46.2802, 2.1, 2.0, True),
        ("factor", 185.1208, 1.9, 2.0, False),
    ],
)
def test_check_measures_as_the_tolerance_does(kind, expected, tolerance, deviation, ok):
    case = dataclasses.replace(
        CASES["O01"], tolerance_type=kind, expected=expected, tolerance=tolerance
    )
    point = check(case)
    assert point.deviation == pytest.approx(deviation, abs=1e-4)
    assert point.ok is ok


def test_run_validation_takes_a_part():
    assert {p.case.discipline for p in run_validation("lunar").points} == {"lunar"}
    assert [p.case.id for p in run_validation("O18").points] == ["O18a", "O18b"]
    with pytest.raises(SpecError, match="did you mean 'lunar'"):
        run_validation("lunarr")


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ("altitude=600", "'altitude_km' is missing"),
        ("altitude_km=600; beta_deg=0", "inputs nobody reads: beta_deg"),
        ("altitude_km=high", "is not a number"),
        ("altitude_km", "is not a new key=value"),
        ("altitude_km=1; altitude_km=2", "is not a new key=value"),
    ],
)
def test_check_refuses_inputs_it_does_not_understand(inputs, message):
    with pytest.raises(SpecError, match=message):
        check(dataclasses.replace(CASES["O01"], inputs=inputs))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"call": "orbit.period"}, "did you mean 'orbit.period_min'"),
        ({"kind": "guess"}, "'guess' is not known"),
        ({"status": "maybe"}, "'maybe' is not known"),
        ({"tolerance_type": "percent"}, "'percent' is not known"),
        ({"source": ""}, "needs a source"),
        ({"status": "known_deviation"}, "a reason"),
        ({"tolerance_type": "rel", "expected": "0"}, "other than 0"),
    ],
)
def test_load_cases_refuses_a_bad_row(monkeypatch, changes, message):
    monkeypatch.setattr(validation_cases, "read_table", lambda name: [cells(**changes)])
    with pytest.raises(SpecError, match=message):
        load_cases.__wrapped__()


def test_load_cases_refuses_a_duplicate(monkeypatch):
    monkeypatch.setattr(validation_cases, "read_table", lambda name: [cells(), cells()])
    with pytest.raises(SpecError, match="appears twice"):
        load_cases.__wrapped__()


def test_satellite_inputs_are_checked_by_the_problem():
    with pytest.raises(SpecError, match="did you mean 'altitude_km'"):
        QUANTITIES["satellite.output"](Inputs.parse("output=period_min; altitude_k=600"))
    with pytest.raises(SpecError, match="did you mean 'period_min'"):
        QUANTITIES["satellite.output"](Inputs.parse("output=period_mi; altitude_km=600"))


def test_rows_break_in_two_where_the_terminal_is_narrow() -> None:
    narrow = REPORT.table(80).split("KNOWN DEVIATIONS")[0]
    assert max(map(len, narrow.splitlines())) <= 80
    assert len(narrow.splitlines()) > 2 * len(REPORT.points)
