from __future__ import annotations

from pathlib import Path

import pytest

from optimize.config import shipped
from optimize.config.faults import ConfigError
from optimize.config.overrides import load_source
from optimize.config.study import read_study
from tests.optimize.conftest import ROOT


def test_every_configuration_of_the_repository_is_shipped_under_its_name() -> None:
    files = {path.stem: path for path in (ROOT / "configs").glob("*.yaml")}
    assert shipped.shipped_configurations() == files
    for name in files:
        assert read_study(load_source(name))[0].name


def test_an_installation_finds_them_inside_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tiny.yaml").write_text("name: tiny\n", encoding="utf-8")
    monkeypatch.setattr(shipped, "_FOLDERS", (tmp_path, ROOT / "configs"))
    assert shipped.shipped_configurations() == {"tiny": tmp_path / "tiny.yaml"}


def test_a_path_that_exists_comes_before_a_shipped_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("quick").write_text("name: mine\n", encoding="utf-8")
    assert load_source("quick").data == {"name": "mine"}


def test_an_unknown_name_lists_the_shipped_ones_and_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"shipped: 2035.*quick.*did you mean 'baseline'\?"):
        load_source("baselin")
