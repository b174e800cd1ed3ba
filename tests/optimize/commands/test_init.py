from __future__ import annotations

import re
from pathlib import Path

import pytest

from heliofront import read_config
from optimize.commands.init import init
from optimize.config.overrides import load_config
from optimize.config.shipped import shipped_configurations
from optimize.config.source import parse
from problems.spec import SpecError


@pytest.mark.parametrize("origin", sorted(shipped_configurations()))
def test_the_new_file_says_what_the_shipped_one_says(origin: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    assert init(file, origin, as_json=True) == 0
    mine, shipped = load_config(file)[0], load_config(origin)[0]
    assert mine == shipped.model_copy(update={"name": "mine"})


@pytest.mark.parametrize(
    ("stem", "name"),
    [("my design", "my_design"), ("größe", "gr_e"), ("12", "12"), ("卫星", "mine")],
)
def test_the_name_is_what_a_run_may_have_of_the_file_name(
    stem: str, name: str, tmp_path: Path
) -> None:
    file = tmp_path / f"{stem}.yaml"
    init(file, "quick", as_json=True)
    assert load_config(file)[0].name == name


def test_every_key_that_is_commented_out_can_be_used(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    init(file, "quick", as_json=True)
    head, _, rest = file.read_text("utf-8").partition("\n# What else")
    freed = parse(head.replace("\n  # ", "\n  "), "head")[0]
    assert len(read_config(freed).variables) > 15
    blocks = ["\n".join(re.findall(r"^#(\S.*|  .*)$", b, re.M)) for b in rest.split("\n\n")[1:]]
    for block in blocks:
        section = parse(block, "block")[0]
        assert set(section) <= read_config(freed | section).model_fields_set
    assert len(blocks) > 6


def test_a_file_that_exists_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("name: precious\n", encoding="utf-8")
    with pytest.raises(SpecError, match="exists"):
        init(file, "quick", as_json=True)
    assert file.read_text("utf-8") == "name: precious\n"
