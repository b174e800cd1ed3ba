"""Documents that nobody would write on purpose, and what `heliofront check` makes of them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from click.testing import CliRunner

from optimize.cli import main
from optimize.config.overrides import load_source
from optimize.config.study import read_study
from optimize.evaluation.build import build_problem
from optimize.run.folder import write_config
from problems.space import DesignSpace

ROOT = Path(__file__).parents[2]
LIMIT_S = 3.0  # of CPU; 0.4 on an idle machine
_PLACED = re.compile(r":[1-9][0-9]*:[1-9][0-9]*: ")


class Checked:
    """Gives documents to the command and judges the answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "c.yaml"
        self.documents = self.accepted = 0
        self.slowest_s = 0.0

    def __call__(self, document: bytes | str | None, overrides: Sequence[str] = ()) -> None:
        """Check one document, or the one of before with other overrides."""
        if document is not None:
            raw = document if isinstance(document, bytes) else document.encode("utf-8", "replace")
            self.path.write_bytes(raw)
        options = [part for text in overrides for part in ("--set", text)]
        start = time.process_time()
        result = CliRunner().invoke(main, ["check", str(self.path), *options])
        taken_s = time.process_time() - start
        self.documents += 1
        self.slowest_s = max(self.slowest_s, taken_s)
        what = f"{self.path.read_bytes()[:3000]!r} {options!r}\n{result.stdout}\n{result.stderr}"
        assert isinstance(result.exception, SystemExit | None), f"{result.exception!r}: {what}"
        assert result.exit_code in (0, 2), what
        assert "Traceback" not in result.output, what
        assert taken_s < LIMIT_S, f"{taken_s} s: {what}"
        if result.exit_code == 2:
            assert result.stdout == "", what
            self._judge_lines(result.stderr.splitlines(), what)
        else:
            self.accepted += 1
            self._use(overrides)

    def _judge_lines(self, lines: Sequence[str], what: str) -> None:
        assert lines, what
        assert len(set(lines)) == len(lines), what
        for line in lines:
            placed = line.startswith(str(self.path)) and _PLACED.match(line[len(str(self.path)) :])
            assert placed or line.startswith("--set "), f"{line!r}: {what}"
            assert line.isprintable(), what

    def _use(self, overrides: Sequence[str]) -> None:
        """What passes the check can be searched, and gives the same twice and when stored."""
        config, study = read_study(load_source(self.path, overrides))
        again, _ = read_study(load_source(self.path, overrides))
        assert again.digest == config.digest
        stored = self.folder / "stored"
        stored.mkdir(exist_ok=True)
        write_config(stored, config)
        repeated, same = read_study(load_source(stored / "config.yaml"))
        assert repeated.digest == config.digest
        assert same.variables == study.variables
        if self.accepted % 10 == 1:
            problem = build_problem(config)
            rows = DesignSpace(study.variables).sample(3, np.random.default_rng(1))
            with np.errstate(all="ignore"):  # assumptions may be nonsense: see R8
                problem.evaluate(problem.canonical(rows))


# --- bytes -------------------------------------------------------------------------------------

_TOKENS = (
    b"&a ",
    b"*a",
    b"<<: ",
    b"!!python/object/apply:os.system [ls]",
    b"!x ",
    b"? ",
    b"- ",
    b": ",
    b"{",
    b"}",
    b"[",
    b"]",
    b"|\n",
    b">\n",
    b"%YAML 1.1\n",
    b"---\n",
    b"...\n",
    b"\t",
    b"\x00",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\xff",
    b"\xc2\x85",
    b"\xe2\x80\xa8",
    b"\r",
    b"1e400",
    b".nan",
    b"-.inf",
    b"0x",
    b"9" * 300,
    b"''",
    b'"\\ud800"',
    b'"\\x00"',
    b"~",
    b"#",
    b"'",
    b'"',
    b"x-",
    b"\xf0\x9f\x9a\x80",
    b"=",
    b"`",
    b"@",
    b"%",
    b",",
)
_ENCODINGS = ("utf-16", "utf-16-be", "utf-32", "latin-1", "utf-8-sig", "cp037", "utf-7")


def damaged(raw: bytes, others: Sequence[bytes], rng: np.random.Generator) -> bytes:
    """Return a configuration with one to four injuries."""
    for _ in range(rng.integers(1, 5)):
        raw = _INJURIES[rng.integers(len(_INJURIES))](raw or b"a", others, rng)
    return raw


def _cut(raw: bytes, rng: np.random.Generator) -> tuple[bytes, bytes, bytes]:
    start = int(rng.integers(len(raw) + 1))
    end = min(len(raw), start + int(rng.integers(1, 40)))
    return raw[:start], raw[start:end], raw[end:]


def _flip(raw: bytes, _: Sequence[bytes], rng: np.random.Generator) -> bytes:
    changed = bytearray(raw)
    changed[rng.integers(len(raw))] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def _delete(raw: bytes, _: Sequence[bytes], rng: np.random.Generator) -> bytes:
    before, _gone, after = _cut(raw, rng)
    return before + after


def _double(raw: bytes, _: Sequence[bytes], rng: np.random.Generator) -> bytes:
    before, part, after = _cut(raw, rng)
    return before + part * int(rng.integers(2, 5)) + after


def _insert(raw: bytes, _: Sequence[bytes], rng: np.random.Generator) -> bytes:
    before, part, after = _cut(raw, rng)
    return before + _TOKENS[rng.integers(len(_TOKENS))] + part + after


def _swap_lines(raw: bytes, _: Sequence[bytes], rng: np.random.Generator) -> bytes:
    lines = raw.split(b"\n")
    a, b = rng.integers(len(lines), size=2)
    lines[a], lines[b] = lines[b], lines[a]
    return b"\n".join(lines)


def _indent(raw: bytes, _: Sequence[bytes], rng: np.random.Generator) -> bytes:
    lines = raw.split(b"\n")
    at = int(rng.integers(len(lines)))
    lines[at] = b" " * int(rng.integers(1, 4)) + lines[at] if rng.random() < 0.5 else lines[at][1:]
    return b"\n".join(lines)


def _truncate(raw: bytes, _: Sequence[bytes], rng: np.random.Generator) -> bytes:
    return raw[: rng.integers(len(raw) + 1)]


def _splice(raw: bytes, others: Sequence[bytes], rng: np.random.Generator) -> bytes:
    other = others[rng.integers(len(others))]
    return raw[: rng.integers(len(raw) + 1)] + other[rng.integers(len(other)) :]


def _recode(raw: bytes, _: Sequence[bytes], rng: np.random.Generator) -> bytes:
    text = raw.decode("utf-8", "replace")
    return text.encode(_ENCODINGS[rng.integers(len(_ENCODINGS))], "replace")


def _line_ends(raw: bytes, _: Sequence[bytes], rng: np.random.Generator) -> bytes:
    ends = (b"\r\n", b"\r", b"\xe2\x80\xa8", b"\xc2\x85", b"\n\n", b"\n\t")
    return raw.replace(b"\n", ends[rng.integers(len(ends))])


_INJURIES: tuple[Callable[[bytes, Sequence[bytes], np.random.Generator], bytes], ...] = (
    _flip,
    _flip,
    _delete,
    _double,
    _insert,
    _insert,
    _swap_lines,
    _indent,
    _truncate,
    _splice,
    _recode,
    _line_ends,
)


# --- trees -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Raw:
    """Text that goes into the document as it is."""

    text: str


_EXTREMES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2**63,
    -(2**63),
    10**200,
    10**400,
    1e308,
    5e-324,
    -0.0,
    0.5,
    "",
    " ",
    "0",
    "null",
    "~",
    "é",
    "\u202e",
    "\u2028",
    "𝔘",
    "a" * 5000,
    "=1+1",
    "../x",
    "{}",
    "&a",
    Raw("1e400"),
    Raw("-1e400"),
    Raw(".nan"),
    Raw(".inf"),
    Raw("-.inf"),
    Raw("0x" + "f" * 400),
    Raw("0b1"),
    Raw("1_000"),
    Raw('"\\ud800"'),
    Raw('"\\0"'),
    Raw("12:30"),
    Raw("2026-01-01"),
    [],
    {},
    [[]],
    [[[[1]]]],
    {"": 1},
    {"a": {"b": {}}},
    [None],
    {"lower": 2, "upper": 1},
    {"fix": None},
    ["nsga2", "nsga2"],
    [{}],
    {"output": "total_cost_usd", "sense": 3},
    "nsga2",
    "p90",
    "all",
)
_KEYS = ("", "x-note", "k" * 3000, "é", "null", "fix", "lower", "off", "__class__", "a.b", "\u2028")


class Trees:
    """Draws trees from a JSON Schema: mostly right, here and there very wrong."""

    def __init__(self, schema: Mapping[str, Any], rng: np.random.Generator, wrong: float) -> None:
        self._schema, self._rng, self._wrong = schema, rng, wrong

    def draw(self, node: Mapping[str, Any] | None = None, depth: int = 0) -> Any:
        """Return a value for a part of the schema; without one, for the whole."""
        node = self._schema if node is None else node
        if self._rng.random() < self._wrong * (depth > 0):
            return _EXTREMES[self._rng.integers(len(_EXTREMES))]
        if "$ref" in node:
            return self.draw(self._schema["$defs"][node["$ref"].rpartition("/")[2]], depth)
        for way in ("anyOf", "oneOf"):
            if way in node:
                return self.draw(self._one(node[way]), depth)
        if "const" in node:
            return node["const"]
        if "enum" in node:
            return self._one(node["enum"])
        kind = node.get("type")
        if kind == "object":
            return self._mapping(node, depth)
        if kind == "array":
            return self._list(node, depth)
        return self._leaf(node)

    def _one(self, choices: Sequence[Any]) -> Any:
        return choices[self._rng.integers(len(choices))]

    def _mapping(self, node: Mapping[str, Any], depth: int) -> dict[str, Any]:
        known = node.get("properties", {})
        most = 4 if len(known) > 20 else len(known)
        count = int(self._rng.integers(0, most + 1)) if known else 0
        names = self._rng.permutation(list(known))[:count].tolist()
        found = {name: self.draw(known[name], depth + 1) for name in names}
        for name in node.get("required", ()):
            if name not in found and self._rng.random() >= self._wrong:
                found[name] = self.draw(known[name], depth + 1)
        if "propertyNames" in node:
            for _ in range(self._rng.integers(3)):
                name = self._one(node["propertyNames"]["enum"])
                found[name] = self.draw(node["additionalProperties"], depth + 1)
        if self._rng.random() < self._wrong:
            found[self._one(_KEYS)] = self._one(_EXTREMES)
        return found

    def _list(self, node: Mapping[str, Any], depth: int) -> list[Any]:
        if "prefixItems" in node:
            return [self.draw(part, depth + 1) for part in node["prefixItems"]]
        count = int(self._rng.integers(node.get("minItems", 0), 5))
        return [self.draw(node.get("items", {}), depth + 1) for _ in range(count)]

    def _leaf(self, node: Mapping[str, Any]) -> Any:
        kind = node.get("type")
        if kind in ("integer", "number"):
            low = max(float(node.get("minimum", node.get("exclusiveMinimum", -1e3))), -1e6)
            high = min(float(node.get("maximum", node.get("exclusiveMaximum", 1e3))), 1e6)
            value = low + (high - low) * float(self._rng.random())
            return round(value) if kind == "integer" else value
        if kind == "boolean":
            return bool(self._rng.integers(2))
        if kind == "null":
            return None
        pattern = str(node.get("pattern", ""))
        if "cvar" in pattern:
            return self._one(("mean", "p50", "p90", "cvar90", "cvar99"))
        return self._one(("a", "baseline", "2030", "launch", "catalog.*.price_usd", "nsga2"))


def written(value: Any) -> str:
    """Return a tree as flow-style YAML."""
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, dict):
        return "{" + ", ".join(f"{written(k)}: {written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(written(entry) for entry in value) + "]"
    if isinstance(value, str):
        letters = {'"': '\\"', "\\": "\\\\", "\u2028": "\\L"}
        return '"' + "".join(letters.get(c, c) for c in value) + '"'
    if isinstance(value, bool) or value is None:
        return {None: "null", True: "true", False: "false"}[value]
    return f"0x{value:x}" if abs(value) > 10**300 and isinstance(value, int) else repr(value)


def paths_of(schema: Mapping[str, Any], node: Mapping[str, Any], depth: int = 0) -> list[str]:
    """Return the dotted keys of a schema, five levels deep."""
    found: list[str] = []
    if depth > 4:
        return found
    if "$ref" in node:
        return paths_of(schema, schema["$defs"][node["$ref"].rpartition("/")[2]], depth)
    for branch in node.get("anyOf", ()):
        found += paths_of(schema, branch, depth)
    for name, inner in node.get("properties", {}).items():
        found.append(name)
        found += [f"{name}.{rest}" for rest in paths_of(schema, inner, depth + 1)]
    return list(dict.fromkeys(found))
