"""The README says what the declarations say, and its commands and links exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.make.readme import blocks, fill
from optimize.cli import main
from problems.validation.points import ValidationReport

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["variables", "objectives", "constraints"])
def test_generated_tables_are_up_to_date(name: str) -> None:
    wanted = blocks(ValidationReport(()))[name]
    assert fill(README, {name: wanted}) == README


def test_commands_of_the_readme_exist() -> None:
    named = set(re.findall(r"`heliofront ([a-z][a-z-]*[a-z])", README)) - {"validate"}
    assert named
    assert named <= set(main.commands)


def test_local_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    missing = [link for link in links if "://" not in link and not (ROOT / link).exists()]
    assert missing == []


def test_configuration_of_the_readme_is_valid(tmp_path: Path) -> None:
    from click.testing import CliRunner

    text = re.search(r"```yaml\n(.*?)```", README, re.S)
    assert text
    path = tmp_path / "readme.yaml"
    path.write_text(text.group(1), encoding="utf-8")
    result = CliRunner().invoke(main, ["check", str(path)])
    assert result.exit_code == 0, result.output


def test_library_example_of_the_readme_runs() -> None:
    text = re.search(r"```python\n(.*?)```", README, re.S)
    assert text
    scope: dict[str, object] = {}
    exec(text.group(1), scope)  # the README's own lines, nobody else's
    assert "outputs" in scope
