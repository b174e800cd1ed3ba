"""The OpenMDAO component, its stand-alone file and the case database, used by OpenMDAO itself."""

from __future__ import annotations

import dataclasses
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import openmdao.api as om
import pytest
from openmdao.utils.units import convert_units, valid_units

from optimize.benchmark.speed.derivatives import UNEXPLAINED, compare, is_extended
from optimize.export.document import design_document
from optimize.export.formats.openmdao_component import (
    UNITS,
    SatelliteComponent,
    output_name,
    polish_problem,
)
from optimize.export.formats.openmdao_files import settings, standalone, write_cases, write_openmdao
from problems import load_problem
from tests.optimize.export.handed_over import shared
from tests.optimize.runs import sampled_run

pytestmark = pytest.mark.promise("R19")

RELATIVE = 1e-9
#: Smooth where they are evaluated below; every one depends on several variables.
SMOOTH = ("launch_mass_kg", "total_cost_usd", "radiator_temperature_k", "dose_krad", "period_min")


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenMDAO writes a folder of its own where it works."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENMDAO_WORKDIR", str(tmp_path))


@pytest.fixture(scope="module")
def designs() -> dict[str, dict[str, Any]]:
    return shared()[1]


def model_of(**options: Any) -> Any:
    problem = om.Problem(reports=None)
    problem.model.add_subsystem("satellite", SatelliteComponent(**options), promotes=["*"])
    problem.setup()
    return problem


def same(found: float, value: float) -> bool:
    return abs(found - value) <= RELATIVE * abs(value)


# --- component --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["dawn_dusk", "lunar_geo", "equatorial"])
def test_component_gives_every_number_of_the_design(
    kind: str, designs: dict[str, dict[str, Any]]
) -> None:
    document = designs[kind]
    satellite = load_problem()
    model = model_of(satellite=satellite, design=settings(document)["design"])
    model.run_model()
    for name, entry in document["outputs"].items():
        if entry["value"] is not None:
            assert same(float(model[output_name(satellite, name)][0]), entry["value"]), name


def test_units_convert_as_ours_do() -> None:
    assert all(valid_units(unit) for unit in UNITS.values())
    assert convert_units(1.0, UNITS["yr"], "s") == 365.25 * 86400.0
    assert convert_units(1.0, UNITS["kg/kW"], "kg/W") == pytest.approx(1e-3, rel=1e-15)
    model = model_of(names=("launch_mass_kg",))
    model.run_model()
    kilograms = float(model["launch_mass_kg"][0])
    assert model.get_val("launch_mass_kg", units="t")[0] == pytest.approx(kilograms / 1000.0)
    model.set_val("altitude_km", 700_000.0, units="m")
    assert model["altitude_km"][0] == pytest.approx(700.0)


def test_nodes_are_designs_of_their_own() -> None:
    altitude = np.array([450.0, 650.0, 1300.0])
    chips = np.array([40, 84, 120])
    model = model_of(names=SMOOTH, nodes=3)
    model["altitude_km"] = altitude
    model["gpu_count"] = chips
    model.run_model()
    direct = load_problem().evaluate({"altitude_km": altitude, "gpu_count": chips}, SMOOTH)
    for name in SMOOTH:
        np.testing.assert_array_equal(model[name], direct[name])


@pytest.mark.filterwarnings("ignore::openmdao.api.DerivativesWarning")
@pytest.mark.parametrize("nodes", [1, 3])
def test_partials_are_those_that_openmdao_finds(nodes: int) -> None:
    model = model_of(names=SMOOTH, nodes=nodes)
    model["altitude_km"] = np.linspace(612.0, 700.0, nodes)
    model["eclipse_power_fraction"] = np.full(nodes, 0.3)
    model["shield_mm"] = np.linspace(4.0, 9.0, nodes)
    model["launch_year"] = np.full(nodes, 2031.5)  # prices have a kink at the scenario's year
    model.run_model()
    found = model.check_partials(out_stream=None)["satellite"]  # OpenMDAO's own steps
    checked = 0
    for (of, wrt), entry in found.items():
        ours, theirs = np.asarray(entry["J_fwd"]), np.asarray(entry["J_fd"])
        scale = np.abs(np.diag(theirs)).max()
        if scale > 0.0:
            np.testing.assert_allclose(
                ours, theirs, rtol=0.0, atol=1e-5 * scale, err_msg=f"{of} {wrt}"
            )
            checked += 1
    assert checked >= 15


@pytest.mark.filterwarnings("ignore::openmdao.api.DerivativesWarning")
@pytest.mark.skipif(not is_extended(), reason="longdouble is no wider than double here")
def test_all_partials_are_right_and_nearly_all_are_what_openmdao_finds() -> None:
    """Some of OpenMDAO's own are rounded: its steps are 1e-6, whatever the variable's size."""
    satellite = load_problem()
    design = {"altitude_km": [612.0], "shield_mm": [4.0], "launch_year": [2031.5]}
    model = model_of(satellite=satellite)
    for name, value in design.items():
        model[name] = value
    model.run_model()
    outputs, reals = tuple(satellite.outputs), satellite.space.real
    precise = compare(satellite, satellite.space.matrix(design), outputs)
    assert precise.tally()[UNEXPLAINED] == 0
    found = model.check_partials(out_stream=None)["satellite"]
    pairs = [
        found[output_name(satellite, of), satellite.space.names[i]] for of in outputs for i in reals
    ]
    ours, theirs = (np.array([pair[key][0, 0] for pair in pairs]) for key in ("J_fwd", "J_fd"))
    np.testing.assert_array_equal(ours, precise.exact.ravel())
    agree = np.abs(ours - theirs) <= 1e-5 * np.abs(theirs)
    assert agree.mean() > 0.98


def test_partial_of_the_period_is_keplers() -> None:
    """T ~ a^1.5, so dT/dh = 1.5 T / a."""
    model = model_of(names=("period_min",))
    model["altitude_km"] = 650.0
    model.run_model()
    slope = model.compute_totals(of=["period_min"], wrt=["altitude_km"])[
        "period_min", "altitude_km"
    ]
    expected = 1.5 * float(model["period_min"][0]) / (6378.137 + 650.0)
    assert float(slope[0, 0]) == pytest.approx(expected, rel=1e-6)


def test_a_partial_that_is_no_number_is_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    satellite = load_problem()
    slopes = np.full((1, 1, len(satellite.space)), 3.0)
    slopes[0, 0, satellite.space.index["shield_mm"]] = math.inf
    slopes[0, 0, satellite.space.index["array_area_m2"]] = -math.inf
    slopes[0, 0, satellite.space.index["radiator_area_m2"]] = math.nan
    monkeypatch.setattr(type(satellite), "jacobian", lambda *_, **__: slopes)
    model = model_of(satellite=satellite, names=("launch_mass_kg",))
    model.run_model()
    wrt = ["shield_mm", "array_area_m2", "radiator_area_m2", "altitude_km"]
    found = model.compute_totals(of=["launch_mass_kg"], wrt=wrt)
    assert [float(found["launch_mass_kg", name][0, 0]) for name in wrt] == [0.0, 0.0, 0.0, 3.0]


def test_limits_and_bounds_reach_the_optimizer_as_they_are() -> None:
    satellite = load_problem()
    limits = {"dose_krad": (None, 5.0), "sunlit_fraction": (0.5, 0.9), "period_min": (90.0, None)}
    problem = polish_problem(
        satellite,
        {"altitude_km": 600.0},
        free={"altitude_km": (550.0, 700.0)},
        objective="launch_mass_kg",
        limits=limits,
    )
    problem.run_model()
    stated = problem.model.get_design_vars() | problem.model.get_constraints()
    found = {name: tuple(m[k] for k in ("lower", "upper", "ref")) for name, m in stated.items()}
    assert found == {
        "altitude_km": (550.0, 700.0, 600.0),
        "dose_krad": (None, 5.0, 5.0),  # of the size of the larger limit
        "sunlit_fraction": (0.5, 0.9, 0.9),
        "period_min": (90.0, None, 90.0),
    }


def test_unknown_variable_of_a_design_is_named() -> None:
    with pytest.raises(Exception, match="did you mean 'altitude_km'"):
        model_of(design={"altitude_kn": 1.0})


# --- polish -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def member(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The master document of the cheapest of some random designs: feasible, and improvable."""
    run = sampled_run(tmp_path_factory.mktemp("front"), load_problem(), samples=60_000)
    return design_document(run, str(run.front["design_id"].iloc[0]))


@pytest.mark.filterwarnings("ignore::openmdao.api.DerivativesWarning")
def test_slsqp_polishes_a_member_of_a_front(member: dict[str, Any]) -> None:
    stated, satellite = settings(member), load_problem()
    first, *others = stated["objectives"]
    held = {name: (None, stated["outputs"][name]) for name in others}
    free = stated["free"]
    problem = polish_problem(
        satellite, stated["design"], free=free, objective=first, limits=stated["limits"] | held
    )
    problem.run_driver()
    moved = stated["design"] | {name: float(problem[name][0]) for name in free}
    after = satellite.evaluate({name: [value] for name, value in moved.items()})
    assert after[first][0] < 0.99 * stated["outputs"][first]
    for name in others:
        assert after[name][0] <= stated["outputs"][name] * (1.0 + 1e-6)
    for constraint in satellite.constraints:
        value = float(after[constraint.output][0])
        room = 1e-6 * (constraint.scale or 1.0)
        assert constraint.upper is None or value <= constraint.upper + room, constraint.name
        assert constraint.lower is None or value >= constraint.lower - room, constraint.name


def test_what_a_run_held_or_narrowed_stays_so(tmp_path: Path) -> None:
    satellite = load_problem()
    run = sampled_run(tmp_path, satellite, samples=500)
    space = run.space.replace(run.space["altitude_km"].fix(650.0))
    space = space.replace(space["shield_mm"].narrow(lower=2.0, upper=3.0))
    narrowed = dataclasses.replace(run, space=space)
    document = design_document(narrowed, str(run.front["design_id"].iloc[0]))
    free = settings(document)["free"]
    assert "altitude_km" not in free
    assert free["shield_mm"] == (2.0, 3.0)
    assert "launch_year" not in free  # held by the problem itself
    assert document["variables"]["altitude_km"]["searched"] == [650.0, 650.0]
    assert document["variables"]["launcher"]["searched"] is None


@pytest.mark.filterwarnings("ignore::openmdao.api.DerivativesWarning")
def test_an_output_can_be_made_large() -> None:
    satellite = load_problem()
    problem = polish_problem(
        satellite,
        {"altitude_km": 600.0},
        free={"altitude_km": (300.0, 2000.0)},
        objective="sunlit_fraction",
        limits={"period_min": (None, 99.0)},
        sense="max",
    )
    problem.run_driver()
    # The higher the more sunlight, so the limit on the period decides: a^3 = mu (T / 2 pi)^2.
    top_km = math.cbrt(398600.4418 * (99.0 * 60.0 / (2.0 * math.pi)) ** 2) - 6378.137
    assert float(problem["altitude_km"][0]) == pytest.approx(top_km, rel=1e-4)


# --- files ------------------------------------------------------------------------------------


@pytest.mark.long
def test_standalone_file_runs_on_its_own(member: dict[str, Any], tmp_path: Path) -> None:
    script, _ = write_openmdao([member], tmp_path, "designs")
    shutil.copy(script, tmp_path / "alone.py")
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "alone.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "from optimize" not in script.read_text()
    count, difference = done.stdout.split()[0], float(done.stdout.split()[4])
    assert int(count) == len(settings(member)["outputs"])
    assert difference <= RELATIVE
    assert "SLSQP" in done.stdout


def test_standalone_file_with_a_wrong_unit_is_found_out(member: dict[str, Any]) -> None:
    text = standalone(member)
    design = settings(member)["design"]
    right = f"'array_area_m2': {design['array_area_m2']!r}"
    assert text.count(right) == 1
    wrong = text.replace(right, f"'array_area_m2': {design['array_area_m2'] * 1e4!r}")
    for source, agrees in ((text, True), (wrong, False)):
        space: dict[str, Any] = {"__name__": "read"}
        exec(compile(source, "standalone", "exec"), space)  # our own text
        found = space["load_problem"](**space["PROBLEM"]).evaluate(
            {name: [value] for name, value in space["DESIGN"].items()}
        )
        mass_kg = float(found["launch_mass_kg"][0])
        assert same(mass_kg, space["OUTPUTS"]["launch_mass_kg"]) is agrees


def cases_differ(path: Path, documents: list[dict[str, Any]]) -> list[str]:
    """Read a database with CaseReader; return every number that is not that of its document."""
    reader = om.CaseReader(str(path))
    names = reader.list_cases("problem", out_stream=None)
    assert names == [document["design_id"] for document in documents]
    differ = []
    for document in documents:
        case = reader.get_case(document["design_id"])
        for part in ("variables", "outputs"):
            for name, entry in document[part].items():
                key, value, unit = f"{part}.{name}", entry["value"], UNITS.get(entry["unit"])
                found = case.outputs[key]
                if isinstance(value, str):
                    alike = found == value
                elif value is None:
                    alike = found == "" or math.isnan(found[0])
                else:
                    in_our_unit = case.get_val(key, units=unit)[0] if unit else found[0]
                    alike = same(float(in_our_unit), value)
                if not alike:
                    differ.append(key)
    return differ


def test_case_database_is_read_by_case_reader(
    designs: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    documents = list(designs.values())
    write_cases(documents, tmp_path / "front.sql")
    assert cases_differ(tmp_path / "front.sql", documents) == []


def test_case_database_with_a_wrong_unit_is_found_out(
    designs: dict[str, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = list(designs.values())
    with monkeypatch.context() as patch:
        patch.setitem(UNITS, "km", "m")
        write_cases(documents, tmp_path / "front.sql")
    assert "outputs.orbit_altitude_km" in cases_differ(tmp_path / "front.sql", documents)


def test_no_folder_is_left_behind(designs: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    files = write_openmdao(list(designs.values()), out, "designs")
    assert sorted(out.iterdir()) == sorted(files)
    assert [path for path in tmp_path.iterdir() if path != out] == []
    assert os.environ["OPENMDAO_WORKDIR"] == str(tmp_path)
