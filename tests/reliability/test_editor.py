"""R14: the exported schema helps in the language server that editors of YAML use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from optimize.cli import main
from tests.conftest import LONG, Tally
from tests.reliability.language_server import LanguageServer, language_server

pytestmark = pytest.mark.promise("R14")

ROOT = Path(__file__).parents[2]
HEAD = "name: a\nproblem: compute_satellite\nscenario: '2030'\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("editor")


@pytest.fixture(scope="module")
def editor(folder: Path) -> Iterator[LanguageServer]:
    schema = folder / "heliofront.schema.json"
    result = CliRunner().invoke(main, ["schema"])
    assert result.exit_code == 0
    schema.write_text(result.stdout, encoding="utf-8")
    with language_server(folder, schema, install=LONG) as found:
        yield found


def modeline(folder: Path) -> str:
    return f"# yaml-language-server: $schema={(folder / 'heliofront.schema.json').as_uri()}\n"


def test_shipped_configurations_have_no_complaints(editor: LanguageServer, tally: Tally) -> None:
    for path in sorted(ROOT.glob("configs/*.yaml")):
        text = path.read_text(encoding="utf-8")
        if "problem: compute_satellite" not in text or 'scenario: "2030"' not in text:
            continue  # this schema is that of the satellite in 2030
        found = editor.open(path.as_uri(), text)
        assert [one["message"] for one in found] == [], path.name
        tally.count("shipped configurations without complaint in the editor")


FLAGGED = (
    ("algoritm: {seed: 1}\n", "algoritm"),
    ("algorithm:\n  popultion: 5\n", "popultion"),
    ("variables:\n  altitude_kn: {fix: 600}\n", "altitude_kn"),
    ("variables:\n  launch_site: {fix: erth}\n", "erth"),
    ("variables:\n  altitude_km: {fix: low}\n", "low"),
    ("variables:\n  altitude_km: {lower: 1}\n", "1}"),
    ("objectives: [launch_mass]\n", "launch_mass"),
    ("constraints:\n  memory: yes\n", "yes"),
    ("assumptions:\n  cost.wac: {value: 0.1, reason: a}\n", "cost.wac"),
    ("assumptions:\n  cost.wacc: {value: 0.1}\n", "cost.wacc"),
    ("algorithm: {name: nsga22}\n", "nsga22"),
    ("algorithm: {seed: one}\n", "one"),
    ("uncertainty: {risk: {launch_mass_kg: worst}}\n", "worst"),
    ("output: {figures: 1}\n", "1}"),
)


def test_mistakes_are_flagged_on_their_line(
    editor: LanguageServer, folder: Path, tally: Tally
) -> None:
    for number, (text, word) in enumerate(FLAGGED):
        whole = modeline(folder) + HEAD + text
        wanted = whole[: whole.index(word, len(modeline(folder) + HEAD))].count("\n")
        found = editor.open((folder / f"bad{number}.yaml").as_uri(), whole)
        assert found, text
        lines = {one["range"]["start"]["line"] for one in found}
        assert lines == {wanted}, (text, found)
        tally.count("mistakes flagged in the editor")


def test_good_text_is_not_flagged(editor: LanguageServer, folder: Path) -> None:
    text = modeline(folder) + HEAD + "variables:\n  altitude_km: {lower: 400, upper: 900}\n"
    assert editor.open((folder / "good.yaml").as_uri(), text) == []


OFFERED = (
    ("alg", 4, {"algorithm"}),
    ("algorithm:\n  po", 5, {"population"}),
    ("algorithm:\n  name: ", 9, {"nsga2", "nsga3", "random"}),
    ("variables:\n  alt", 6, {"altitude_km"}),
    ("variables:\n  launch_site:\n    fix: ", 10, {"earth", "moon"}),
    ("objectives:\n  - ", 5, {"cost_per_exaflop_usd", "launch_mass_kg"}),
    ("uncertainty:\n  fu", 5, {"futures"}),
    ("cost_boundary: ", 16, {"full", "no_chips", "launch_only"}),
    ("assumptions:\n  cost.w", 9, {"cost.wacc"}),
)


def test_keys_and_choices_are_offered(editor: LanguageServer, folder: Path, tally: Tally) -> None:
    for number, (text, column, wanted) in enumerate(OFFERED):
        uri = (folder / f"offer{number}.yaml").as_uri()
        whole = modeline(folder) + HEAD + text
        editor.open(uri, whole)
        line = whole.count("\n") + 1
        labels = set(editor.completions(uri, line, column))
        assert wanted <= labels, (text, sorted(labels)[:20])
        tally.count("completions offered")


SHOWN = (
    ("variables:\n  altitude_km: {fix: 600}\n", 2, 5, ("[km]", "300 to 33000")),
    ("variables:\n  shield_mm: {fix: 6}\n", 2, 5, ("[mm]",)),
    ("algorithm: {population: 100}\n", 1, 15, ("designs per generation",)),
    ("constraints:\n  it_power_w: {upper: 1e5}\n", 2, 5, ("[W]",)),
    ("assumptions:\n  launch.learning_rate: {value: 0.8, reason: a}\n", 2, 5, ("[",)),
    ("uncertainty: {futures: 64}\n", 1, 17, ("futures in which every design is judged",)),
)


def test_hover_shows_description_and_unit(
    editor: LanguageServer, folder: Path, tally: Tally
) -> None:
    for number, (text, line, column, words) in enumerate(SHOWN):
        uri = (folder / f"hover{number}.yaml").as_uri()
        before = modeline(folder) + HEAD
        editor.open(uri, before + text)
        shown = editor.hover(uri, before.count("\n") + line, column).replace("\\", "")
        assert all(word in shown for word in words), (text, shown)
        tally.count("descriptions shown")
