"""R13: files made to hurt are refused at their line, quickly and in little memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from optimize.config.source import MAX_BYTES
from tests.conftest import LONG, Tally

pytestmark = pytest.mark.promise("R13")

ROOT = Path(__file__).parents[2]
MOST_CPU_S, MOST_RSS_MB = 2.0, 200.0
_LAUGHS = "a: &a [x, x, x, x]\n" + "".join(
    f"{name}: &{name} [*{before}, *{before}, *{before}, *{before}]\n"
    for before, name in zip("abcdefghijklmno", "bcdefghijklmnop", strict=True)
)
_LONG = MAX_BYTES - 100

#: Name, content, place of the fault, a word of the message.
HOSTILE = (
    ("empty", "", "1:1", "is empty"),
    ("only comments", "# nothing\n# here\n", "1:1", "is empty"),
    ("only a document mark", "---\n", "1:1", "is empty"),
    ("only private keys, no name", "x-a: 1\n", "1:1", "name: is missing"),
    ("a list", "- name: a\n", "1:1", "must be a mapping"),
    ("a text", "name\n", "1:1", "must be a mapping"),
    ("python object", "name: a\nx: !!python/object/apply:os.system [ls]\n", "2:4", "tag"),
    ("python name", "name: !!python/name:os.system ''\n", "1:7", "tag"),
    ("own tag", "name: a\noutput: !mine {}\n", "2:9", "tag"),
    ("tag of a set", "name: a\nvariables: !!set {a}\n", "2:12", "tag"),
    ("tag directive", "%TAG !e! tag:example.org,2000:\n---\nname: !e!x a\n", "3:7", "tag"),
    ("tag on a key", "!!str name: a\n", "1:1", "tag"),
    ("long tag", "name: !" + "x" * _LONG + " a\n", "1:7", "tag"),
    ("anchor", "name: &a b\n", "1:7", "anchors"),
    ("alias", "name: *a\n", "1:7", "anchors"),
    ("alias as a key", "name: a\n? *a\n: 1\n", "2:3", "anchors"),
    ("billion laughs", _LAUGHS, "1:4", "anchors"),
    ("merge key", "name: a\n<<: {seed: 1}\n", "2:1", "<<: unknown key"),
    ("merge key of an alias", "x-a: &a {seed: 1}\nalgorithm: {<<: *a}\n", "1:6", "anchors"),
    ("100,000 lists", "name: " + "[" * 100_000, "1:57", "nested more"),
    ("100,000 mappings", "name: " + "{a: " * 50_000, "1:207", "nested more"),
    ("100,000 dashes", "- " * 100_000, "1:103", "nested more"),
    ("deep block mapping", "".join(" " * n + "a:\n" for n in range(400)), "52:52", "nested more"),
    ("5,000 digits", "name: a\nalgorithm: {seed: " + "9" * 5000 + "}\n", "2:19", "number"),
    ("200,000 digits", "name: " + "9" * 200_000, "1:7", "number"),
    ("200,000 hexadecimal digits", "name: 0x" + "f" * 200_000, "1:7", "number"),
    ("200,000 octal digits", "name: 0o" + "7" * 200_000, "1:7", "number"),
    ("200,000 decimals", "name: 0." + "1" * 200_000, "1:7", "number"),
    ("huge exponent", "name: 1e" + "9" * 100_000, "1:7", "number"),
    ("sexagesimal number", "name: a\nalgorithm: {seed: 1:30}\n", "2:13", "got '1:30'"),
    ("leading zero", "name: 012\n", "1:1", "expected text, got 12"),
    ("not a number", "name: a\nvariables: {altitude_km: {fix: .nan}}\n", "2:27", "finite number"),
    ("infinite", "name: a\nvariables: {altitude_km: {fix: -.inf}}\n", "2:27", "finite number"),
    ("beyond a double", "name: a\nvariables: {altitude_km: {fix: 1e400}}\n", "2:27", "finite"),
    ("duplicate key", "name: a\nname: b\n", "2:1", "twice"),
    ("duplicate key within", "name: a\noutput: {figures: true, figures: false}\n", "2:25", "twice"),
    ("number as a key", "name: a\n1: 2\n", "2:1", "quote"),
    ("truth as a key", "name: a\ntrue: 2\n", "2:1", "quote"),
    ("nothing as a key", "name: a\n~: 2\n", "2:1", "quote"),
    ("list as a key", "name: a\n? [a]\n: b\n", "2:3", "must be text"),
    ("mapping as a key", "name: a\n? {a: b}\n: b\n", "2:3", "must be text"),
    ("two documents", "name: a\n---\nname: b\n", "2:1", "one document"),
    ("200,000 documents", "name: a\n" + "---\n" * 60_000, "2:1", "one document"),
    ("directive of another version", "%YAML 9.9\n---\nname: a\n", "1:1", "not valid YAML"),
    ("repeated directive", "%YAML 1.2\n%YAML 1.2\n---\nname: a\n", "2:1", "not valid YAML"),
    ("ended document", "name: a\n...\nname: b\n", "3:1", "one document"),
    ("tab as indent", "name: a\noutput:\n\tfigures: true\n", "3:1", "not valid YAML"),
    ("tab before a value", "name:\t[\n\t", "1:6", "not valid YAML"),
    ("bad indent", "name: a\n  b: 1\n", "2:4", "not valid YAML"),
    ("unclosed quote", 'name: "a\n', "2:1", "not valid YAML"),
    ("unclosed quote, long", 'name: "' + "a" * _LONG, None, "not valid YAML"),
    ("unknown escape", 'name: "\\q"\n', "1:9", "not valid YAML"),
    ("NUL", "name: a\nx: \x00\n", "2:4", "not valid YAML"),
    ("escape byte", "name: a\nx: '\x1b[2J'\n", "2:5", "not valid YAML"),
    ("NUL in a text", 'name: "a\\0b"\n', "1:1", "expected letters"),
    ("lone surrogate", 'name: "\\ud800"\n', "1:7", "name: has half a character"),
    ("lone surrogate in a key", 'name: a\n"\\udfff": 1\n', "2:1", "half a character"),
    ("long key", "name: a\n? " + "k" * _LONG + "\n: 1\n", "2:3", "unknown key"),
    ("long key without a mark", "k" * _LONG + ": 1\n", None, "not valid YAML"),
    ("many keys", "name: a\n" + "".join(f"k{n}: 1\n" for n in range(20_000)), None, "5,000 values"),
    ("many items", "name: a\nobjectives: [" + "a, " * 80_000 + "]\n", None, "5,000 values"),
    (
        "many unknown names",
        "name: a\nvariables:\n" + "".join(f"  altitude_k{n}: {{fix: 1}}\n" for n in range(1200)),
        "3:3",
        "altitude_km",
    ),
    (
        "many unknown numbers",
        "name: a\nuncertainty:\n  include: [" + ", ".join(f"x*{n}" for n in range(4000)) + "]\n",
        "3:13",
        "unknown assumption",
    ),
    ("newlines", "name: a" + "\n" * _LONG + "name: b", None, "twice"),
    ("brackets in a text", "name: '" + "[" * _LONG + "'", "1:1", "expected letters"),
    ("folded lines", "name: >\n" + "\n x\n" * 60_000, "1:1", "expected letters"),
    ("UTF-16", "name: a\n".encode("utf-16"), "1:1", "not UTF-8"),
    ("Latin-1", "name: a\nx: é\n".encode("latin-1"), "2:4", "not UTF-8"),
    ("surrogate bytes", b"name: a\nx: \xed\xa0\x80\n", "2:4", "not UTF-8"),
    ("a picture", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10, "1:1", "not UTF-8"),
    ("a workbook", b"PK\x03\x04" + b"\x00" * 3000, "1:3", "not valid YAML"),
    ("a pickle", b"cos\nsystem\n(S'touch ran'\ntR.", "1:1", "must be a mapping"),
)


def measured(paths: list[Path], folder: Path) -> list[dict[str, object]]:
    """Check every file in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.reliability.nursery", ROOT / "configs/baseline.yaml", *paths],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1", "TMPDIR": str(folder)},
    )
    assert done.returncode == 0, done.stderr
    answers: list[dict[str, object]] = json.loads(done.stdout)
    return answers


def judge(answer: dict[str, object], what: str, tally: Tally) -> str:
    """Return the first line of what was said, once code, time and memory are right."""
    said = str(answer["said"])
    assert answer["code"] == 2, f"{what}: {answer['code']} {said[:500]}"
    assert "Traceback" not in said, what
    assert float(str(answer["cpu_s"])) < MOST_CPU_S, (what, answer["cpu_s"])
    assert float(str(answer["rss_mb"])) < MOST_RSS_MB, (what, answer["rss_mb"])
    tally.count("hostile files refused")
    tally.most("CPU for a hostile file", float(str(answer["cpu_s"])), "s")
    tally.most("memory for a hostile file", float(str(answer["rss_mb"])), "MB")
    return said.splitlines()[0]


def test_hostile_text_is_refused_at_its_place(tmp_path: Path, tally: Tally) -> None:
    hostile = [
        file
        for number, file in enumerate(HOSTILE)
        if LONG or len(file[1]) < 50_000 or number % 4 == 0  # of the large ones every fourth
    ]
    paths = []
    for number, (_, content, *_rest) in enumerate(hostile):
        path = tmp_path / f"{number}.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        paths.append(path)
    wrong = []
    answers = measured(paths, tmp_path)
    for path, (what, _, place, word), answer in zip(paths, hostile, answers, strict=True):
        line = judge(answer, what, tally)
        placed = f"{path}:{place}:" if place else f"{path}:"
        if not line.startswith(placed) or word not in line or len(line) > 1500:
            wrong.append((what, line.removeprefix(str(path))[:200], place, word))
    assert wrong == []
    assert not (tmp_path / "ran").exists()


def test_files_that_are_no_files(tmp_path: Path, tally: Tally) -> None:
    names = ("folder", "zero", "silent", "endless", "loop", "huge", "nobodys")
    paths = {name: tmp_path / f"{name}.yaml" for name in names}
    paths["folder"].mkdir()
    paths["zero"].symlink_to("/dev/zero")
    paths["loop"].symlink_to(paths["loop"])
    for name in ("silent", "endless"):
        os.mkfifo(paths[name])
    with paths["huge"].open("wb") as stream:
        for _ in range(50):
            stream.write(b"# x\n" * 250_000)
    paths["nobodys"].write_text("name: a\n")
    paths["nobodys"].chmod(0)
    writer = threading.Thread(target=_write_for_ever, args=(paths["endless"],), daemon=True)
    writer.start()
    answers = dict(zip(names, measured(list(paths.values()), tmp_path), strict=True))
    words = {
        "folder": "cannot be read",
        "zero": "larger than",
        "silent": "cannot be read",
        "endless": "larger than",
        "loop": "cannot be read",
        "huge": "larger than",
    }
    for name, word in words.items():
        line = judge(answers[name], name, tally)
        assert line.startswith(f"{paths[name]}:"), line
        assert word in line
    if os.geteuid() != 0:
        assert "cannot be read" in judge(answers["nobodys"], "nobodys", tally)
    writer.join(timeout=20)
    assert not writer.is_alive()


def _write_for_ever(path: Path) -> None:
    with suppress(BrokenPipeError), path.open("wb") as stream:
        while True:
            stream.write(b"# never ends\n" * 1000)


def test_a_configuration_may_come_through_a_pipe() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"name: a\n")
    threading.Timer(0.3, os.close, (writing,)).start()
    done = subprocess.run(
        [sys.executable, "-m", "optimize", "check", f"/dev/fd/{reading}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        pass_fds=(reading,),
        check=False,
    )
    os.close(reading)
    assert (done.returncode, done.stderr) == (0, "")
