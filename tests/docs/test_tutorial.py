"""The tutorial says what its stored numbers say, and every command it shows is understood."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import click
import pytest

from docs.make.readme import fill
from docs.make.tutorial_facts import FACTS
from docs.make.tutorial_make import IMAGE_LIMIT_BYTES, STEPS, arguments_of, keep_picture
from docs.make.tutorial_text import blocks
from docs.make.tutorial_words import likelihood
from optimize.cli import main

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")
STORE: dict[str, Any] = json.loads((ROOT / "docs/tutorial.json").read_text(encoding="utf-8"))
SHOWN = [
    line
    for block in re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)
    for line in block.replace("\\\n", " ").splitlines()
]


def _words(command: str) -> list[str]:
    return command.split()


def test_page_shows_every_command_that_is_run_in_order_of_the_store() -> None:
    assert [step.name for step in STEPS] == list(STORE["commands"]) == list(FACTS)
    assert sorted(map(_words, SHOWN)) == sorted(map(_words, STORE["commands"].values()))


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_stored_command_is_that_of_its_step(step: Any) -> None:
    wanted = step.command.replace("{cheapest}", STORE["facts"]["nominal"]["design_id"])
    assert STORE["commands"][step.name] == wanted


@pytest.mark.parametrize("command", SHOWN, ids=lambda command: " ".join(command.split()[1:3]))
def test_every_command_shown_parses(command: str) -> None:
    name, *arguments = arguments_of(command)
    found = main.commands[name]
    context = found.make_context(name, [*arguments, "--json"])
    assert context.params["as_json"] is True


def test_a_command_with_an_unknown_option_would_not_parse() -> None:
    with pytest.raises(click.UsageError):
        main.commands["fleet"].make_context("fleet", ["configs/baseline.yaml", "--futures", "3"])


def test_configurations_shown_exist() -> None:
    named = {word for command in SHOWN for word in command.split() if word.startswith("configs/")}
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_blocks_are_filled_with_what_the_store_says() -> None:
    wanted = blocks(STORE)
    markers = re.findall(r"<!-- begin:([\w-]+) -->", PAGE)
    assert sorted(markers) == sorted(wanted)
    assert fill(PAGE, wanted) == PAGE


def test_figures_exist_are_shown_and_are_small() -> None:
    shown = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", PAGE)
    assert sorted(shown) == sorted(STORE["figures"].values())
    assert len(shown) == sum(len(step.figures) for step in STEPS)
    for path in shown:
        assert 0 < (ROOT / "docs" / path).stat().st_size <= IMAGE_LIMIT_BYTES


def test_local_links_lead_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", PAGE) if "://" not in link]
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []


def test_page_is_as_long_as_a_tutorial_may_be() -> None:
    assert 150 <= sum(bool(line) for line in PAGE.splitlines()) <= 250


def test_verdicts_follow_the_numbers() -> None:
    other = copy.deepcopy(STORE)
    odds = other["facts"]["by_2035"]
    odds["shares"] = {"always below": 0.5, "crossing": 0.25, "never below": 0.25}
    odds["curves"]["nominal"][-1] = 0.8
    text = blocks(other)["answer"]
    assert "0.8 times the ground" in text
    assert "**Odds**: likely. " in text
    assert "75 % of 256 futures" in text
    other["facts"]["solve_launch"]["found"] = [125.0]
    other["facts"]["solve_launch"]["axis"]["in_force"] = 250.0
    assert "level with the ground at 125 USD/kg, 0.5 times" in blocks(other)["solved"]


@pytest.mark.parametrize(
    ("share", "word"),
    [
        (0.0, "exceptionally unlikely"),
        (0.05, "very unlikely"),
        (0.2, "unlikely"),
        (0.5, "open"),
        (0.8, "likely"),
        (1.0, "very likely"),
    ],
)
def test_words_for_a_share(share: float, word: str) -> None:
    assert likelihood(share) == word


def test_a_large_picture_is_made_small_enough(tmp_path: Path) -> None:
    import numpy as np
    from PIL import Image

    noise = np.random.default_rng(1).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "large.png")
    keep_picture(tmp_path / "large.png", tmp_path / "small.png", limit_bytes=20_000)
    assert (tmp_path / "small.png").stat().st_size <= 20_000
    with Image.open(tmp_path / "small.png") as image:
        assert image.width / image.height == pytest.approx(4 / 3, rel=0.02)
