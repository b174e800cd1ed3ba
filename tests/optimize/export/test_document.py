"""The master document, the export command, and the way back."""

from __future__ import annotations

import copy
import csv
import dataclasses
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from optimize.cli import main
from optimize.export import registry
from optimize.export.document import assumption_entries, design_document
from optimize.export.import_design import compare_document, to_text
from optimize.export.layout import design_schema
from optimize.export.reading import load_document, number
from optimize.run.folder import load_run
from optimize.utils.files import to_json
from problems import load_problem
from problems.spec import SpecError
from tests.optimize.export.handed_over import KINDS, shared
from tests.optimize.toy import ToyProblem

pytestmark = pytest.mark.promise("R19")

ROOT = Path(__file__).parents[3]


def heliofront(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture(params=KINDS)
def document(request: pytest.FixtureRequest) -> dict[str, Any]:
    return copy.deepcopy(shared()[1][request.param])


def test_every_number_is_the_models(document: dict[str, Any]) -> None:
    problem = load_problem()
    values = {k: [e["value"]] for k, e in document["variables"].items() if e["value"] is not None}
    outputs = problem.evaluate(values)
    assert set(document["outputs"]) == set(outputs)
    for name, column in outputs.items():
        entry = document["outputs"][name]
        assert entry["unit"] == problem.outputs[name].unit
        if entry["value"] is not None:
            assert entry["value"] == pytest.approx(column[0], rel=1e-12)


def test_constraints_state_their_margin(document: dict[str, Any]) -> None:
    dose = document["constraints"]["dose"]
    assert dose["margin"] == pytest.approx(1.0 - dose["value"], abs=1e-12)  # limit 1
    assert dose["feasible"] is (dose["margin"] >= 0.0)
    junction = document["constraints"]["junction"]  # at least 0 K, in units of 100 K
    assert junction["margin"] == pytest.approx(junction["value"] / 100.0, abs=1e-12)
    assert document["feasible"] is True


def test_violated_limit_is_told() -> None:
    run = load_run(shared()[0])
    run.front.loc[0, "violation.dose"] = 0.25
    document = design_document(run, str(run.front["design_id"].iloc[0]))
    assert document["feasible"] is False
    assert document["constraints"]["dose"]["margin"] == -0.25
    assert document["constraints"]["dose"]["feasible"] is False


def test_a_limit_that_is_just_reached_holds() -> None:
    run = load_run(shared()[0])
    run.front.loc[0, "violation.dose"] = 0.0
    document = design_document(run, str(run.front["design_id"].iloc[0]))
    assert document["constraints"]["dose"]["feasible"] is True
    assert document["feasible"] is True
    assert compare_document(document).of("design") == ()


def test_inactive_variables_are_blank() -> None:
    designs = shared()[1]
    assert designs["lunar_geo"]["variables"]["altitude_km"]["value"] is None
    assert designs["lunar_geo"]["variables"]["launcher"]["value"] is None
    assert designs["equatorial"]["variables"]["altitude_km"]["value"] == 487.9
    assert designs["equatorial"]["variables"]["gpu_count"]["value"] == 72


def test_assumptions_name_source_and_who_set_them(document: dict[str, Any]) -> None:
    problem: Any = load_problem()
    entries = document["assumptions"]
    for key, entry in entries.items():
        assert entry["value"] is None or entry["value"] == problem.assumptions[key]
        assert entry["source"]
    assert {e["set_by"] for e in entries.values()} <= {"table", "scenario"}
    gpu = document["variables"]["gpu_model"]["value"]
    assert f"catalog.gpus.{gpu}.tdp_w" in entries
    others = {key.split(".")[2] for key in entries if key.startswith("catalog.gpus.")}
    assert others == {gpu}


def test_assumptions_are_the_rows_of_the_tables(document: dict[str, Any]) -> None:
    """Read once more, without the program: range, unit, source with its place, and note."""

    def rows(name: str) -> list[dict[str, str]]:
        text = (ROOT / "problems" / "data" / name).read_text(encoding="utf-8")
        return list(csv.DictReader(io.StringIO(text)))

    named = document["problem"]["scenario"]
    scenario = {row["key"] for row in rows("scenarios.csv") if row["scenario"] == named}
    entries, checked = document["assumptions"], 0
    for row in rows("assumptions.csv"):
        entry = entries.get(f"{row['group']}.{row['name']}")
        if entry is None:
            continue
        checked += 1
        for key in ("low", "high"):
            assert entry[key] == (float(row[key]) if row[key] else None), row["name"]
        assert (entry["unit"], entry["confidence"]) == (row["unit"], row["confidence"])
        if f"{row['group']}.{row['name']}" not in scenario:
            place = f", {row['locator']}" if row["locator"] else ""
            assert entry["source"] == row["source"] + place
            assert entry["note"] == row["note"]
            assert (entry["value"], entry["set_by"]) == (float(row["nominal"]), "table")
    assert checked > 150
    chip = document["variables"]["gpu_model"]["value"]
    (gpu,) = [row for row in rows("gpus.csv") if row["name"] == chip]
    mass = entries[f"catalog.gpus.{chip}.module_mass_kg"]
    assert (mass["unit"], mass["confidence"]) == ("kg", gpu["confidence"])
    assert [mass[key] for key in ("value", "low", "high")] == [
        float(gpu[f"module_mass_kg{end}"]) for end in ("", "_low", "_high")
    ]
    assert mass["source"] == f"{gpu['source']}, {gpu['locator']}"


def test_provenance_is_that_of_the_manifest() -> None:
    run = load_run(shared()[0])
    name = str(run.front["design_id"].iloc[0])
    stated = design_document(run, name)["provenance"]
    for key in ("status", "finished", "versions", "data_digests", "seed"):
        assert stated[key] == run.manifest[key], key
    assert stated["config_digest"] == run.manifest["config_hash"]
    assert (stated["run"], stated["revision"]) == (run.path.name, None)
    assert stated["data_changed_since_run"] is False
    older = {**run.manifest, "data_digests": {"gpus.csv": "0"}, "git_revision": "abc+"}
    del older["seed"]
    stated = design_document(dataclasses.replace(run, manifest=older), name)["provenance"]
    assert stated["data_changed_since_run"] is True
    assert (stated["seed"], stated["revision"]) == (None, "abc+")


def test_a_problem_without_a_catalogue_has_no_hardware_to_name() -> None:
    toy = ToyProblem()
    assert assumption_entries(toy, toy.space.defaults[np.newaxis], "2030", {}) == {}


def test_hardware_of_a_design_is_what_it_flies_on() -> None:
    def launchers(kind: str) -> set[str]:
        keys = shared()[1][kind]["assumptions"]
        return {key.split(".")[2] for key in keys if key.startswith("catalog.launchers.")}

    assert launchers("equatorial") == {"ariane_64"}
    assert launchers("lunar_geo") == {"starship"}  # of its imports
    price = shared()[1]["dawn_dusk"]["assumptions"]["catalog.launchers.starship.price_usd"]
    assert price["set_by"] == "scenario"


def test_document_is_of_the_published_schema(document: dict[str, Any]) -> None:
    published = json.loads((ROOT / "optimize/export/design.schema.json").read_text("utf-8"))
    assert published == json.loads(to_json(design_schema()))
    for name in published["required"]:
        assert name in document


def test_schema_command_prints_the_published_schema() -> None:
    done = heliofront("schema", "--design")
    assert json.loads(done.stdout)["title"] == "heliofront design"


def test_unknown_design_names_the_nearest() -> None:
    run = load_run(shared()[0])
    wanted = str(run.front["design_id"].iloc[0])
    with pytest.raises(SpecError, match=f"did you mean '{wanted}'"):
        design_document(run, wanted[:-1] + "x")


def test_master_round_trip_and_import(document: dict[str, Any], tmp_path: Path) -> None:
    (file,) = registry.FORMATS["json"].function()(document, tmp_path, "d")
    assert load_document(file) == document
    found = compare_document(load_document(file))
    assert found.same
    assert found.design_id == document["design_id"]
    assert found.compared > 3 * len(document["outputs"])


def test_import_reports_what_differs(document: dict[str, Any]) -> None:
    document["outputs"]["period_min"]["value"] *= 1.0 + 1e-8
    document["assumptions"]["cost.nre_usd"]["value"] *= 2.0
    found = compare_document(document)
    assert [d.name for d in found.of("outputs")] == ["period_min"]
    assert found.of("outputs")[0].relative == pytest.approx(1e-8, rel=1e-3)
    assert [d.name for d in found.of("assumptions")] == ["cost.nre_usd"]
    assert "period_min" in to_text(found)


_NUMBERS = (
    ("objectives", "value"),
    ("constraints", "value"),
    ("constraints", "margin"),
    ("outputs", "value"),
    ("assumptions", "value"),
    ("assumptions", "low"),
    ("assumptions", "high"),
)


def _other(entry: dict[str, Any], field: str) -> float | None:
    """Return another number than that of an entry; None where it holds none."""
    before = entry[field]
    if before is None or isinstance(before, str):
        return None
    lowered = before * (1.0 - 1e-6) if before else 1e-6
    return int(before) + 1 if entry.get("kind") == "integer" else lowered


def test_import_tells_every_number_that_was_changed(document: dict[str, Any]) -> None:
    changed = set()
    for part, field in _NUMBERS:
        for name, entry in document[part].items():
            other = _other(entry, field)
            if other is not None:
                entry[field] = other
                changed.add((part, name, field))
    assert len(changed) > len(document["outputs"])
    found = {(d.part, d.name, d.field) for d in compare_document(document).differences}
    assert changed - found == set()


def test_import_notices_any_variable_that_was_changed(
    document: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    """Each of them by turns, in one of the documents: a change may show in outputs alone."""
    share = list(KINDS).index(request.node.callspec.params["document"])
    for name, entry in list(document["variables"].items())[share :: len(KINDS)]:
        before, other = entry["value"], _other(entry, "value")
        if other is not None:
            entry["value"] = other
            assert not compare_document(document).same, name
            entry["value"] = before


def test_import_notices_units_flags_and_breakdowns_that_were_changed(
    document: dict[str, Any],
) -> None:
    total = next(iter(document["breakdowns"]))
    changes: list[tuple[tuple[str, ...], Any]] = [
        (("assumptions", "cost.nre_usd", "unit"), "EUR"),
        (("constraints", "power", "feasible"), False),
        (("constraints", "power", "output"), "it_power_w"),
        (("constraints", "power", "unit"), "W"),
        (("objectives", "launch_mass_kg", "unit"), "t"),
        (("variables", "shield_mm", "active"), False),
        (("breakdowns", total, "total"), "period_min"),
        (("breakdowns", total, "unit"), "t"),
        (("breakdowns", total, "items"), []),
        (("feasible",), not document["feasible"]),
    ]
    for keys, value in changes:
        changed = copy.deepcopy(document)
        place = changed
        for key in keys[:-1]:
            place = place[key]
        assert place[keys[-1]] != value, keys
        place[keys[-1]] = value
        found = compare_document(changed)
        assert not found.same, keys
        assert keys[-1] in to_text(found) or keys[-2] in to_text(found)


@pytest.mark.parametrize("part", ["variables", "outputs", "breakdowns", "assumptions"])
def test_import_names_what_is_missing(document: dict[str, Any], part: str) -> None:
    for name in list(document[part])[:3]:
        changed = copy.deepcopy(document)
        del changed[part][name]
        found = compare_document(changed)
        assert not found.same
        assert f"{part}.{name}" in found.missing
        assert f"missing in the document: {part}.{name}" in to_text(found)


@pytest.mark.parametrize(("share", "held"), [(2.0, True), (1.0, True), (0.9, False)])
def test_import_judges_a_constraint_at_the_limit_of_the_document(share: float, held: bool) -> None:
    document = copy.deepcopy(shared()[1]["dawn_dusk"])
    dose = document["constraints"]["dose"]
    dose["upper"] = share * dose["value"]
    dose["feasible"] = not held
    found = {d.field: d.model for d in compare_document(document).of("constraints")}
    assert found["feasible"] is held
    if share != 1.0:
        assert (found["margin"] > 0.0) is held


def test_import_judges_a_constraint_of_the_problem_by_its_own_output() -> None:
    document = copy.deepcopy(shared()[1]["dawn_dusk"])
    mass_kg = document["outputs"]["launch_mass_kg"]["value"]
    dose = document["constraints"]["dose"]
    own_output, dose["output"] = dose["output"], "launch_mass_kg"
    document["constraints"]["weight"] = dose | {"lower": None, "upper": 2.0 * mass_kg}
    differences = compare_document(document).of("constraints")
    assert {d.field: d.model for d in differences if d.name == "dose"} == {"output": own_output}
    added = {d.field: d.model for d in differences if d.name == "weight"}
    assert (added["value"], added["unit"]) == (pytest.approx(mass_kg), "kg")
    assert added["margin"] == pytest.approx(0.5)


def test_import_lists_the_largest_differences_first() -> None:
    document = copy.deepcopy(shared()[1]["dawn_dusk"])
    entries = [e for e in document["outputs"].values() if e["value"]][:40]
    for place, entry in enumerate(entries, 1):
        entry["value"] *= 1.0 + 1e-3 * place
    found = compare_document(document)
    assert len(found.of("outputs")) == 40
    lines = to_text(found).splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("outputs"))
    shares = [float(line.split()[-1]) for line in lines[first + 1 :] if " value " in line]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] == pytest.approx(0.04 / 1.04, rel=0.02)
    assert f"and {40 - len(shares)} more: --json has all" in lines


def test_import_shows_numbers_short_and_everything_else_as_it_is() -> None:
    document = copy.deepcopy(shared()[1]["equatorial"])
    document["outputs"]["launch_mass_kg"]["value"] = 1_234_567.0
    document["outputs"]["dose_krad"]["value"] = None
    document["feasible"] = False
    breakdown = next(iter(document["breakdowns"].values()))
    breakdown["items"] = ["mass_array_kg", "mass_bus_kg"]
    found = compare_document(document)
    lines = [line.split() for line in to_text(found).splitlines()]
    assert ["launch_mass_kg", "value", "kg", "1,235,000"] in [line[:4] for line in lines]
    assert ["dose_krad", "value", "krad", "-"] in [line[:4] for line in lines]
    assert ["feasible", "False", "True", "inf"] in lines
    assert any(line[-1:] == ["inf"] and "mass_array_kg," in line for line in lines)
    beginning = f"evaluated by version {found.model_version}: 4 of {found.compared} entries differ"
    assert beginning in to_text(found)


@pytest.mark.parametrize("part", ["outputs", "objectives", "constraints", "assumptions"])
def test_import_names_what_it_does_not_know(document: dict[str, Any], part: str) -> None:
    entry = copy.deepcopy(next(iter(document[part].values())))
    if part == "constraints":
        entry["output"] = "no_such_output"
    document[part]["no_such_thing"] = entry
    found = compare_document(document)
    assert not found.same
    assert found.extra == (f"{part}.no_such_thing",)
    assert f"{part}.no_such_thing" in to_text(found)


def test_import_leaves_risk_measures_apart(document: dict[str, Any]) -> None:
    entry = copy.deepcopy(document["outputs"]["launch_mass_kg"])
    document["outputs"]["robust.launch_mass_kg"] = entry
    document["objectives"]["robust.launch_mass_kg"] = {**entry, "sense": "min"}
    found = compare_document(document)
    assert found.same
    assert found.apart == ("objectives.robust.launch_mass_kg", "outputs.robust.launch_mass_kg")


def test_import_uses_the_overrides_of_the_document(document: dict[str, Any]) -> None:
    document["problem"]["overrides"] = {"cost.nre_usd": 3e8}
    assert "cost_development_usd" in {d.name for d in compare_document(document).of("outputs")}


def test_import_refuses_another_unit(document: dict[str, Any]) -> None:
    document["outputs"]["launch_mass_kg"]["unit"] = "t"
    with pytest.raises(SpecError, match="is in 't', the model has 'kg'"):
        compare_document(document)


def test_import_does_not_load_a_strangers_code(document: dict[str, Any]) -> None:
    document["problem"]["name"] = "tests.optimize.no_such_module:Trap"
    with pytest.raises(SpecError, match="is not a shipped problem"):
        compare_document(document)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "design"),
        ('{"schema_version": 2}', "schema_version"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_damaged_documents_are_told(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "design.json"
    file.write_text(text)
    with pytest.raises(SpecError, match=message):
        load_document(file)


def test_misspelt_and_textual_numbers_are_told(document: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "design.json"
    for value in ("95", math.inf, math.nan):
        document["outputs"]["period_min"]["value"] = value
        file.write_text(json.dumps(document))
        with pytest.raises(SpecError, match=r"outputs\.period_min\.value"):
            load_document(file)
    document["outputs"]["period_min"]["value"] = 95.0
    document["feasible_"] = document.pop("feasible")
    file.write_text(json.dumps(document))
    with pytest.raises(SpecError, match="did you mean 'feasible'") as caught:
        load_document(file)
    assert " more)" not in str(caught.value)
    document["outputs"]["period_min"]["value"] = "95"
    file.write_text(json.dumps(document))
    with pytest.raises(SpecError, match=r"\(and 1 more\)"):
        load_document(file)


def test_number_wants_the_callers_unit(document: dict[str, Any]) -> None:
    assert number(document, "variables", "shield_mm", "mm") > 0.0
    with pytest.raises(SpecError, match="'mm' where 'cm'"):
        number(document, "variables", "shield_mm", "cm")
    with pytest.raises(SpecError, match="did you mean 'shield_mm'"):
        number(document, "variables", "shield_m", "m")


# --- the commands ---------------------------------------------------------------------------


def test_export_writes_every_format_of_every_design(tmp_path: Path) -> None:
    run, designs = shared()
    ids = [d["design_id"] for d in designs.values()]
    arguments: list[str | Path] = ["export", run, "--out", tmp_path / "out", "--json"]
    for name in ids:
        arguments += ["--design", name]
    for name in ("json", "csv", "opm", "tle"):
        arguments += ["--format", name]
    done = heliofront(*arguments)
    assert done.exit_code == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["designs"] == ids
    assert {Path(f).name for f in answer["files"]} == {
        "designs.csv",
        *(f"design-{i}{s}" for i in ids for s in (".json", ".opm", ".opm.xml", ".tle")),
    }
    assert {p.name for p in (tmp_path / "out").iterdir()} == {Path(f).name for f in answer["files"]}
    back = heliofront("import-design", tmp_path / "out" / f"design-{ids[0]}.json", "--json")
    assert back.exit_code == 0, back.stdout
    assert json.loads(back.stdout)["same"] is True


def test_import_exits_1_on_a_difference(tmp_path: Path) -> None:
    document = copy.deepcopy(shared()[1]["equatorial"])
    document["outputs"]["dry_mass_kg"]["value"] += 1.0
    file = tmp_path / "design.json"
    file.write_text(json.dumps(document))
    done = heliofront("import-design", file)
    assert done.exit_code == 1
    assert "dry_mass_kg" in done.stdout


def test_list_explains_every_format(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "find_spec", lambda name: object())
    done = heliofront("export", "--format", "list")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    formats = registry.FORMATS.values()
    for entry, title, purpose in zip(formats, lines[::2], lines[1::2], strict=True):
        name, rest = title.split(maxsplit=1)
        extra = f" (extra {entry.extra}, installed)" if entry.extra else ""
        assert (name, rest) == (entry.name, entry.title + extra)
        assert purpose.strip() == entry.purpose
        assert title.index(rest) == purpose.index(entry.purpose)  # in one column
    monkeypatch.setattr(registry, "find_spec", lambda name: None)
    told = json.loads(heliofront("export", "--format", "list", "--json").stdout)["formats"]
    assert {f["name"]: f["missing"] for f in told if f["missing"]} == {
        "xlsx": ["xlsxwriter"],
        "step": ["build123d"],
        "openmdao": ["openmdao"],
    }
    text = heliofront("export", "--format", "list").stdout
    assert text.count("needs pip install 'heliofront[export]'") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--design", "ID", "--format", "omp"], "did you mean"),
        (["--design", "nothing", "--format", "opm"], "is not on the front"),
        (["--format", "opm"], "--design: is missing"),
        (["--format", "xlsx", "--format", "opm"], "only xlsx takes the whole front"),
        (["--design", "lightes", "--format", "opm"], "did you mean 'lightest'"),
        (["--design", "dearest", "--format", "opm"], "which has cheapest,"),
        (["--design", "ID"], "--format: is missing"),
    ],
)
def test_mistakes_are_told_and_leave_nothing(
    arguments: list[str], message: str, tmp_path: Path
) -> None:
    run, designs = shared()
    known = designs["equatorial"]["design_id"]
    given = [known if a == "ID" else a for a in arguments]
    done = heliofront("export", run, *given, "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_unwritable_place_is_told(tmp_path: Path) -> None:
    run, designs = shared()
    (tmp_path / "file").write_text("")
    known = designs["equatorial"]["design_id"]
    done = heliofront(
        "export", run, "--design", known, "--format", "opm", "--out", tmp_path / "file" / "out"
    )
    assert done.exit_code == 6
    assert "cannot write" in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_extra_is_told_before_anything_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "find_spec", lambda name: None)
    with pytest.raises(SpecError, match=r"pip install 'heliofront\[export\]'"):
        registry.format_named("xlsx").function()


def test_failure_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from optimize.commands import export as export_command

    run, designs = shared()

    def broken(document: Any, folder: Path, stem: str) -> list[Path]:
        (folder / "half").write_text("half")
        raise SpecError("outputs.x", "is not in the document")

    monkeypatch.setattr("optimize.export.formats.tle.write_tle", broken)
    known = [designs["equatorial"]["design_id"]]
    with pytest.raises(SpecError):
        export_command.export(run, known, ["json", "tle"], out=tmp_path / "out", as_json=False)
    assert list((tmp_path / "out").iterdir()) == []


def test_every_format_is_reachable() -> None:
    for entry in registry.FORMATS.values():
        assert "." in entry.suffix
        if entry.missing:
            with pytest.raises(SpecError, match="pip install"):
                entry.function()
        else:
            assert callable(entry.function())
