"""The data behind the drawings of one design: what is drawn is what the model says."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from importlib import resources
from typing import Any

import numpy as np
import pytest

from optimize.designs.details import design_details
from optimize.designs.flows import NEEDED, power_flow
from optimize.designs.geometry import satellite_geometry
from optimize.designs.orbits import beta_range_deg
from problems.compute_satellite.problem import ComputeSatellite
from problems.units import COSMIC_BACKGROUND_K, STEFAN_BOLTZMANN_W_M2_K4
from tests.optimize.drawn import satellite_run
from tests.optimize.little_satellite import LittleSatellite
from tests.optimize.runs import empty_run, sampled_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return satellite_run(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def details(run):
    return design_details(run, [0, 1, 2])


@pytest.fixture(scope="module")
def outputs(run):
    return run.problem.evaluate(run.front_x)


def area(rects: list[list[Any]], kind: str) -> float:
    return sum(w * h for name, _, _, w, h in rects if name == kind)


def column(run: Any, name: str) -> np.ndarray:
    return run.front_x[:, run.space.index[name]]


def test_design_details_draw_the_areas_and_volume_of_the_model(run, details, outputs):
    for row, detail in enumerate(details):
        drawn = detail["geometry"]
        for kind in ("array", "radiator"):
            expected = column(run, f"{kind}_area_m2")[row]
            assert area(drawn["rects"], kind) == pytest.approx(expected, rel=1e-4)
        assert drawn["bay"]["edge_m"] ** 3 == pytest.approx(outputs["bay_volume_m3"][row], rel=5e-4)
        assert drawn["bay"]["shield_mm"] == column(run, "shield_mm")[row]


@pytest.mark.parametrize("array_m2", [10.0, 800.0, 1e5])
@pytest.mark.parametrize("radiator_m2", [5.0, 300.0, 5e4])
def test_satellite_geometry_keeps_everything_apart_and_in_view(array_m2, radiator_m2):
    drawn = satellite_geometry(
        array_area_m2=array_m2,
        radiator_area_m2=radiator_m2,
        bay_volume_m3=2.0,
        body_face_m2=3.0,
        shield_mm=5.0,
        starship_volume_m3=684.0,
    )
    solid = [r for r in drawn["rects"] if r[0] != "boom"]
    for at, a in enumerate(solid):
        for b in solid[at + 1 :]:
            apart = (
                a[1] >= b[1] + b[3]
                or b[1] >= a[1] + a[3]
                or a[2] >= b[2] + b[4]
                or b[2] >= a[2] + a[4]
            )
            assert apart, (a, b)
    left, low, right, high = drawn["view"]
    for _, x, y, width, height in [*drawn["rects"], *drawn["beside"]["rects"]]:
        slack = 1e-3 * (right - left)
        assert left - slack <= x
        assert x + width <= right + slack
        assert low - slack <= y
        assert y + height <= high + slack


@pytest.mark.parametrize(
    ("array_m2", "name"), [(20.0, "Person"), (800.0, "Starship"), (6e4, "International")]
)
def test_satellite_geometry_picks_a_thing_of_fitting_size(array_m2, name):
    drawn = satellite_geometry(
        array_area_m2=array_m2,
        radiator_area_m2=0.4 * array_m2,
        bay_volume_m3=1.0,
        body_face_m2=1.0,
        shield_mm=5.0,
        starship_volume_m3=684.0,
    )
    assert drawn["beside"]["name"].startswith(name)
    rects = np.array([rect[1:] for rect in drawn["beside"]["rects"]])
    size = (rects[:, :2] + rects[:, 2:]).max(axis=0) - rects[:, :2].min(axis=0)
    # NASA, Space Station Facts and Figures: 109 m across, arrays of 73 m.
    known = {"International": (109.0, 73.0), "Person": (0.42, 1.75)}
    assert size.tolist() == pytest.approx(known.get(name, size.tolist()))
    if name == "Starship":  # the catalogue's volume as a cylinder
        (_, _, _, width, height) = drawn["beside"]["rects"][0]
        assert width == 8.0  # SpaceX, Starship Users Guide
        assert math.pi / 4 * width**2 * height == pytest.approx(684.0, rel=1e-3)


def test_flows_conserve_what_goes_through_every_inner_node(details):
    for detail in details:
        for flow in (detail["power"], detail["heat"]):
            into: dict[int, float] = defaultdict(float)
            out: dict[int, float] = defaultdict(float)
            for source, target, value in flow["links"]:
                out[source] += value
                into[target] += value
            inner = into.keys() & out.keys()
            assert inner
            for node in inner:
                assert into[node] == pytest.approx(out[node], rel=2e-4), flow["nodes"][node]
            ends = sum(into[n] for n in into.keys() - out.keys())
            starts = sum(out[n] for n in out.keys() - into.keys())
            assert starts == pytest.approx(ends, rel=2e-4)


def test_heat_flow_leaves_as_the_two_faces_radiate(run, details, outputs):
    known = run.problem.assumptions
    for row, detail in enumerate(details):
        (coating,) = [v for name, v, _ in detail["variables"] if name == "Radiator type"]
        emissivity, fin = (
            known[f"catalog.radiators.{coating}.{field}"]
            for field in ("emissivity_eol", "fin_efficiency")
        )
        kelvin = outputs["radiator_temperature_k"][row]
        emitted = (
            2.0
            * STEFAN_BOLTZMANN_W_M2_K4
            * emissivity
            * fin
            * column(run, "radiator_area_m2")[row]
            * (kelvin**4 - COSMIC_BACKGROUND_K**4)
        )
        nodes = [name for name, _ in detail["heat"]["nodes"]]
        left = sum(v for _, b, v in detail["heat"]["links"] if nodes[b].startswith("Space"))
        assert left == pytest.approx(emitted, rel=1e-3)


def test_power_flow_starts_from_what_the_array_gives(details, outputs):
    for row, detail in enumerate(details):
        nodes = [name for name, _ in detail["power"]["nodes"]]
        links = detail["power"]["links"]
        from_array = sum(v for a, _, v in links if nodes[a].startswith("Array"))
        missing = sum(v for a, _, v in links if nodes[a] == "Missing")
        there = outputs["array_power_required_w"][row] / outputs["power_utilisation"][row]
        assert from_array == pytest.approx(there, rel=2e-4)
        lack = max(outputs["array_power_required_w"][row] - there, 0.0)
        assert missing == pytest.approx(lack, rel=1e-3, abs=1e-6 * there)


@pytest.mark.parametrize("scale", [1.0, 1e-3])
def test_power_flow_by_hand(scale):
    out = dict.fromkeys(NEEDED, 0.0) | {
        "it_power_w": 80.0,
        "comms_power_w": 5.0,
        "housekeeping_power_w": 3.0,
        "pump_power_w": 2.0,
        "heat_rejected_w": 100.0,
        "array_power_required_w": 110.0,
    }
    # 125 W there: 15 W not used, 10 W to the battery
    flow = power_flow({name: scale * v for name, v in out.items()} | {"power_utilisation": 0.88})
    nodes = [name for name, _ in flow["nodes"]]
    found = {(nodes[a], nodes[b]): value / scale for a, b, value in flow["links"]}
    array = "Array, end of life"
    assert found[array, "Not used"] == pytest.approx(15.0)
    assert found[array, "Battery, for eclipse"] == pytest.approx(10.0)
    assert found["Power conversion", "Conversion loss"] == pytest.approx(10.0)
    assert "Missing" not in nodes


@pytest.mark.parametrize(
    ("there_w", "array_gives_w", "missing_w"),
    [(104.0, [100.0, 4.0], [0.0, 6.0]), (95.0, [95.0, 0.0], [5.0, 10.0])],
)
def test_the_battery_does_without_before_the_loads_do(there_w, array_gives_w, missing_w):
    """Of 110 W needed, 100 W are for the loads and 10 W for the battery."""
    out = dict.fromkeys(NEEDED, 0.0) | {
        "it_power_w": 100.0,
        "heat_rejected_w": 100.0,
        "array_power_required_w": 110.0,
        "power_utilisation": 110.0 / there_w,
    }
    flow = power_flow(out)
    nodes = [name for name, _ in flow["nodes"]]
    found = {(nodes[a], nodes[b]): value for a, b, value in flow["links"]}
    ends = ("Power conversion", "Battery, for eclipse")
    for start, expected in (("Array, end of life", array_gives_w), ("Missing", missing_w)):
        assert [found.get((start, end), 0.0) for end in ends] == pytest.approx(expected)


def test_dose_curve_passes_through_the_design_and_falls_with_shield(run, details, outputs):
    for row, detail in enumerate(details):
        dose = detail["dose"]
        at = dose["depth_mm"].index(dose["shield_mm"])
        assert dose["shield_mm"] == column(run, "shield_mm")[row]
        assert dose["dose_krad"][at] == pytest.approx(outputs["dose_krad"][row], rel=1e-3)
        assert dose["own_krad"] == pytest.approx(outputs["dose_krad"][row], rel=1e-4)
        assert dose["depth_mm"][0] == 0.5
        assert dose["depth_mm"][-1] == 50.0
        assert (np.diff(dose["depth_mm"]) > 0.0).all()
        assert (np.diff(dose["dose_krad"]) <= 1e-3 * dose["dose_krad"][0]).all()
        limit = outputs["dose_krad"][row] / outputs["dose_utilisation"][row]
        assert dose["limit_krad"] == pytest.approx(limit, rel=1e-4)
    assert details[1]["dose"]["dose_krad"][0] > 100.0 * details[1]["dose"]["own_krad"]


def test_margins_have_the_sign_of_feasibility(run, details, outputs):
    for row, detail in enumerate(details):
        found = {name: margin for name, *_, margin in detail["margins"]}
        assert len(found) == len(run.constraints)
        assert found["Power"] == pytest.approx(1.0 - outputs["power_utilisation"][row], abs=1e-4)
        expected = outputs["junction_margin_k"][row] / 100.0
        assert found["Junction"] == pytest.approx(expected, abs=1e-4)


def test_breakdowns_add_up(details):
    for detail in details:
        for breakdown in detail["breakdowns"]:
            parts = sum(value for _, value in breakdown["items"])
            assert parts == pytest.approx(breakdown["total"], rel=1e-3)


def test_beta_range_of_an_inclined_orbit_is_inclination_and_obliquity():
    assert beta_range_deg(1, 30.0) == pytest.approx((-53.4393, 53.4393))
    assert beta_range_deg(1, 97.0) == (-90.0, 90.0)
    low, high = beta_range_deg(0, 97.99)
    # Solstice: 90 - 23.44 - 8 degrees, give or take the equation of time; highest near 90.
    assert low == pytest.approx(58.6, abs=1.0)
    assert 88.0 < high <= 90.0


def test_design_details_are_compact_plain_json_and_repeatable(run, details):
    for detail in details:
        text = json.dumps(detail, separators=(",", ":"), allow_nan=False)
        assert len(text) <= 6500
        assert json.loads(text) == detail
    assert design_details(run, [0, 1, 2]) == details
    assert design_details(run, [2]) == details[2:]


def test_design_details_of_another_problem_leave_out_what_it_has_no_outputs_for(tmp_path):
    run = sampled_run(tmp_path, LittleSatellite(), samples=500, most=4)
    detail = design_details(run, [0])[0]
    assert detail["geometry"] is None
    assert detail["power"] is None
    assert detail["dose"] is None
    assert [b["name"] for b in detail["breakdowns"]] == ["mass", "cost"]
    assert design_details(empty_run(run), []) == []


def test_design_details_of_many_designs_take_one_evaluation(run, monkeypatch):
    calls = []
    evaluate = ComputeSatellite.evaluate

    def counted(self, designs, names=None):
        calls.append(len(designs))
        return evaluate(self, designs, names)

    monkeypatch.setattr(ComputeSatellite, "evaluate", counted)
    design_details(run, [0, 1, 2] * 10)
    assert len(calls) == 2  # the designs, and all their other shields at once
    assert calls[0] == 30


def test_scripts_of_the_drawings_are_small_and_never_read_markup():
    folder = resources.files("optimize.explorer").joinpath("js")
    own = [f.read_text("utf-8") for f in folder.iterdir() if f.name.startswith("design")]
    assert len(own) == 6
    for text in own:
        assert len(text.splitlines()) <= 300
        found = text.replace("http://www.w3.org/2000/svg", "")
        for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "http:", "https:"):
            assert word not in found, word
