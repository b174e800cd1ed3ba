"""Mutants are the module with one change, and only where the program would do something else."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.mutants.mutations import mutations

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("x = a < b", ["x = a <= b"]),
        ("x = a < b != c", ["x = a <= b != c", "x = a < b == c"]),
        ("x = (a) * (b)", ["x = (a) / (b)"]),
        ("x = a if b else c", ["x = a if (not (b)) else c"]),
        ("x = a and b and c", ["x = a or b and c", "x = a and b or c"]),
        ("x = -a", ["x = a"]),
        ("x = not a", ["x = a"]),
        ("x = 2.0", ["x = 2.5"]),
        ("x = 0.0", ["x = 1.0"]),
        ("x = True", ["x = False"]),
        ("f(a)", ["pass"]),
        ("x = np.minimum(a, b)", ["x = np.maximum(a, b)"]),
        ("x = 'ä' + a; y = 'ü' * 2", ["x = 'ä' + a; y = 'ü' * 3"]),
        ("def f(a: int = 3) -> A | B: 'docs 1'", ["def f(a: int = 4) -> A | B: 'docs 1'"]),
        ("raise E(1)", []),
        ("x = f'{a + 1}'", []),
        ("from a import b", []),
        ("if TYPE_CHECKING: f(1)", []),
        ("optuna.logging.set_verbosity(30)", []),
        ("bold = book.add_format({'bold': True})", []),
        ("x = f(seed=1, n=1)", ["x = f(seed=1, n=2)"]),
        ("f(seed=1)", ["pass"]),
        ("x = zip(a, b, strict=True)", []),
        ("x = f(a, strict=True)", ["x = f(a, strict=False)"]),
        ("x = f(seed=a + 1)", ["x = f(seed=a - 1)", "x = f(seed=a + 2)"]),
        ("x = a / np.where(b, c, 1.0)", ["x = a * np.where(b, c, 1.0)"]),
        ("x = np.where(b, c, 1.0)", ["x = np.where(b, c, 1.25)"]),
    ],
)
def test_changes_are_these(source: str, changed: list[str]) -> None:
    data = source.encode()
    assert [m.applied(data).decode() for m in mutations(data)] == changed


@pytest.mark.parametrize("path", ["optimize/export/flight.py", "problems/space.py"])
def test_every_mutant_of_a_real_module_differs_in_one_place(path: str) -> None:
    source = (ROOT / path).read_bytes()
    found = mutations(source)
    assert len(found) > 50
    original = ast.dump(ast.parse(source))
    for mutation in found:
        mutant = mutation.applied(source)
        assert source[mutation.start : mutation.end].decode() == mutation.old
        assert ast.dump(ast.parse(mutant)) != original
