"""YAML that readers of versions 1.1 and 1.2 take for the same data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from optimize.config.run_config import RunConfig
from optimize.config.source import parse
from optimize.run.folder import write_config
from optimize.utils.yaml_text import to_yaml

yaml: Any = pytest.importorskip("yaml")

#: Texts with a meaning of their own in version 1.1 of the language.
TEXTS = (
    *("yes", "no", "on", "off", "y", "n", "Yes", "NO", "On", "oFF", "Y", "N"),
    *("true", "False", "null", "Null", "~", "=", "<<"),
    *(
        "1:30",
        "190:20:30.15",
        "0o7",
        "017",
        "0x1F",
        "0b1",
        "1_000",
        "1e5",
        "1.5",
        "+1",
        "-0",
        "2030",
    ),
    *(".5", "-.5e+3", ".inf", "-.INF", ".nan", "2026-01-01", "2026-01-01T10:00:00Z"),
)


@pytest.mark.parametrize("text", TEXTS)
def test_text_stays_text_in_either_version(text: str) -> None:
    data = {"key": text, text: ["value", text]}
    written = to_yaml(data)
    assert yaml.safe_load(written) == data
    assert parse(written, "x.yaml")[0] == data
    assert f"'{text}'" in written  # some readers know more words than the two asked here


_LETTERS = st.characters(exclude_categories=("Cs", "Cc", "Cn"))
_LEAVES = (
    st.text(_LETTERS, max_size=12)
    | st.text("0123456789._:+-eExoyn~=<", max_size=8)
    | st.booleans()
    | st.none()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
)


@given(st.dictionaries(st.text(_LETTERS, min_size=1, max_size=8), _LEAVES, max_size=4))
@example({"a": 1e-9, "b": 1e16, "c": -2e22, "d": 1.5e-7})
def test_what_is_written_is_what_pyyaml_reads(data: dict[str, Any]) -> None:
    read = yaml.safe_load(to_yaml(data))
    assert read == data
    assert {key: type(value) for key, value in read.items()} == {
        k: type(v) for k, v in data.items()
    }


def test_a_run_folder_holds_choices_that_look_like_truth_values(tmp_path: Path) -> None:
    settings = {"name": "on", "variables": {"y": {"choices": ["no", "off"]}}}
    config = RunConfig.model_validate(settings)
    write_config(tmp_path, config)
    read = yaml.safe_load((tmp_path / "config.yaml").read_text(encoding="utf-8"))
    assert read == config.resolved()
