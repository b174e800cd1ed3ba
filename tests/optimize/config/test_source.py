"""Reading configuration text: YAML 1.2 values, and refusal of what could hurt or mislead."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimize.config.faults import ConfigError
from optimize.config.source import MAX_BYTES, parse, read_source


def test_parse_reads_values_by_yaml_1_2() -> None:
    # Expected values: the YAML 1.2.2 core schema, section 10.3.2.
    text = "a: 1e3\nb: no\nc: 012\nd: 1:30\ne: 0x1F\nf: ~\ng: true\nh: '5'\ni: -.inf\nj: 0o17"
    text += "\nk: Größe"
    data, _ = parse(text, "t")
    assert data == {
        "a": 1000.0,
        "b": "no",
        "c": 12,
        "d": "1:30",
        "e": 31,
        "f": None,
        "g": True,
        "h": "5",
        "i": float("-inf"),
        "j": 15,
        "k": "Größe",
    }


def test_parse_places_every_key() -> None:
    _, places = parse("a:\n  b: [1, {c: 2}]\n", "t")
    assert places["a", "b"] == (2, 3)
    assert places["a", "b", 1, "c"] == (2, 11)


def test_parse_drops_private_keys() -> None:
    assert parse("a: 1\nx-note: {anything: [1]}\n", "t")[0] == {"a": 1}


@pytest.mark.promise("R13")
@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ("a: &x 1\nb: *x", "1:4", "anchors"),
        ("a: 1\nb: !!python/object/apply:os.system [ls]", "2:4", "tag"),
        ("a: !!str 5", "1:4", "tag"),
        ("a: 1\na: 2", "2:1", "twice"),
        ("1: 2", "1:1", "quote"),
        ("? [a]\n: b", "1:3", "text"),
        ("a: " + "[" * 3000, "1:54", "deep"),
        ("a: [1,", "1:7", "not valid YAML"),
        ("a: 1\n---\nb: 2", "2:1", "one document"),
        ("a: " + "9" * 5000, "1:4", "number"),
        ("a: @b", "1:4", "not valid YAML"),
        (r'a: "tank \ud800"', "1:4", "half a character"),
    ],
)
def test_parse_refuses(text: str, place: str, word: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, "t.yaml")
    (line,) = caught.value.lines()
    assert line.startswith(f"t.yaml:{place}:")
    assert word in line


@pytest.mark.promise("R13")
def test_parse_refuses_an_alias_bomb_before_building_it() -> None:
    pairs = zip("abcdef", "bcdefg", strict=True)
    levels = ["a: &a [x, x]", *(f"{c}: &{c} [*{p}, *{p}]" for p, c in pairs)]
    with pytest.raises(ConfigError, match="anchors and aliases"):
        parse("\n".join(levels), "t")


@pytest.mark.promise("R13")
@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"- 1\n", "mapping"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"a: " + b"x" * MAX_BYTES, "larger"),
    ],
)
def test_read_source_refuses(tmp_path: Path, content: bytes, word: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=word):
        read_source(path)


def test_read_source_names_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        read_source(tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_source(tmp_path)
