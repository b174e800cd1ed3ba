"""Graphs of numbers compiled by LLVM: every operation as numpy has it."""

from __future__ import annotations

import os

import numpy as np
import pytest
from scipy.special import ndtr

from problems.compute_satellite.backends import object_cache
from problems.compute_satellite.backends.graph import COMPARISONS, FUNCTIONS, Graph, in_order
from problems.compute_satellite.backends.recorded import ENGINE, Recorded, node_of, recorded
from problems.compute_satellite.backends.tangents import tangents

llvm = pytest.importorskip("problems.compute_satellite.backends.llvm")
pytest.importorskip("llvmlite")

ENDS = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 5e-324, 1e308])


def function(name):
    return ndtr if name == "ndtr" else getattr(np, name)


def computed(graph, nodes, **columns):
    """Return ``(k, n)`` values of some nodes at columns of inputs."""
    kernel = llvm.Kernel(graph, nodes, list(columns), [])
    return kernel(np.array(list(columns.values())), np.empty((0, 1)))[:, 0]


def inputs(graph, *names):
    return [graph.node("input", (), "f", name) for name in names]


def points(name):
    """Return arguments that a function of one number has."""
    rng = np.random.default_rng(1)
    if name in ("arcsin", "arccos"):
        return rng.uniform(-1.0, 1.0, 2000)
    if name in ("log", "log2", "log10", "sqrt"):
        return np.exp(rng.uniform(-700.0, 700.0, 2000))
    if name == "log1p":
        return np.concatenate([np.expm1(rng.uniform(-30, 300, 1000)), rng.normal(size=1000) * 1e-9])
    if name in ("sin", "cos", "tan"):
        return rng.uniform(-1e4, 1e4, 2000)
    if name in ("exp", "ndtr"):
        return rng.uniform(-30.0, 30.0, 2000) if name == "ndtr" else rng.uniform(-700, 700, 2000)
    small = rng.normal(size=1000) * 10.0 ** rng.integers(-12, 2, 1000)
    return np.concatenate([small, rng.uniform(-200.0, 200.0, 1000)])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_the_values_of_numpy(name):
    graph = Graph()
    (x,) = inputs(graph, "x")
    at = points(name)
    (values,) = computed(graph, [graph.apply(name, x)], x=at)
    expected = function(name)(at)
    # Near a zero of a wave what counts is the size of the wave.
    size = 1.0 if name in ("sin", "cos") else np.abs(expected)
    error = np.abs(values - expected) / np.where(expected == values, 1.0, size)
    assert error.max() < (2e-13 if name in ("ndtr", "tan") else 4e-15)


@pytest.mark.parametrize("name", [n for n in FUNCTIONS if n not in ("sin", "cos", "tan")])
def test_a_function_has_the_ends_of_numpy(name):
    graph = Graph()
    (x,) = inputs(graph, "x")
    at = ENDS[np.abs(ENDS) != 1e308] if name == "exp" else ENDS
    (values,) = computed(graph, [graph.apply(name, x)], x=at)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(values, function(name)(at), rtol=2e-14, atol=1e-300)


@pytest.mark.parametrize(
    "name", ["add", "subtract", "multiply", "true_divide", "maximum", "minimum", *COMPARISONS]
)
def test_an_operation_on_two_numbers_has_the_values_of_numpy(name):
    graph = Graph()
    x, y = inputs(graph, "x", "y")
    a, b = (grid.ravel() for grid in np.meshgrid(ENDS, ENDS))
    (values,) = computed(graph, [graph.cast(graph.apply(name, x, y), "f")], x=a, y=b)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(values, function(name)(a, b).astype(float))


@pytest.mark.parametrize("name", ["maximum", "minimum"])
@pytest.mark.parametrize("bound", [np.nan, -1.0, np.inf])
def test_the_larger_of_a_constant_has_the_values_of_numpy(name, bound):
    graph = Graph()
    (x,) = inputs(graph, "x")
    sides = [graph.apply(name, x, bound), graph.apply(name, bound, x)]
    values = computed(graph, sides, x=ENDS)
    np.testing.assert_array_equal(values, np.tile(function(name)(ENDS, bound), (2, 1)))


def test_fmax_passes_over_what_is_no_number():
    graph = Graph()
    x, y = (recorded(graph, name) for name in "xy")
    a, b = (grid.ravel() for grid in np.meshgrid(ENDS, ENDS))
    larger = ENGINE.functions["fmax"]
    nodes = [node_of(graph, larger(*pair)) for pair in ((x, y), (x, 2.0), (np.nan, y))]
    values = computed(graph, nodes, x=a, y=b)
    np.testing.assert_array_equal(values, [np.fmax(a, b), np.fmax(a, 2.0), b])


def test_constants_that_are_no_number_are_cast_like_those_that_vary():
    graph = Graph()
    (x,) = inputs(graph, "x")
    at = np.array([np.nan, np.inf, -np.inf, 2.9, -2.9])
    table = np.arange(4.0)
    entries = [graph.look_up(table, value) for value in at]
    (values,) = computed(graph, [graph.look_up(table, x)], x=at)
    assert [entry.detail[1] for entry in entries] == values.tolist()


@pytest.mark.parametrize("exponent", [-3.0, -0.7, 0.0, 0.5, 1.0, 2.0, 2.3, 7.0, 20.0, np.nan])
def test_a_power_has_the_values_of_numpy(exponent):
    graph = Graph()
    x, y = inputs(graph, "x", "y")
    at = np.array([0.0, 1e-8, 0.3, 1.0, 2.0, 1e6])
    own = np.append(at, -1.7) if abs(exponent) < 16 and exponent.is_integer() else at
    with np.errstate(divide="ignore"):
        expected = own**exponent
        (values,) = computed(graph, [graph.apply("power", x, exponent)], x=own)
        np.testing.assert_allclose(values, expected, rtol=1e-13)
        column = np.full(len(at), exponent)
        (values,) = computed(graph, [graph.apply("power", x, y)], x=at, y=column)
        np.testing.assert_allclose(values, at**exponent, rtol=1e-13)


def test_an_index_beyond_its_table_reads_the_end_of_its_axis():
    graph = Graph()
    table = np.arange(12.0).reshape(3, 4)
    x, y = (recorded(graph, name) for name in "xy")
    rows = ENGINE.functions["take"](Recorded(graph, table), x.astype(int), axis=0)
    entry = Recorded(graph, table)[x.astype(int), y.astype(int)]
    nodes = [*rows.values[0], node_of(graph, entry)]
    at, across = (
        np.array([-5.0, 0.0, 2.9, 3.0, np.nan, 1e12]),
        np.array([9.0, 1.0, -1.0, 2.0, 0, 3]),
    )
    values = computed(graph, nodes, x=at, y=across)
    row = [0, 0, 2, 2, 0, 2]
    np.testing.assert_array_equal(values[:4].T, table[row])
    np.testing.assert_array_equal(values[4], table[row, [3, 1, 0, 2, 0, 3]])


def test_interpolation_has_the_values_of_numpy():
    graph = Graph()
    nodes, heights = np.array([0.0, 1.0, 1.5, 4.0]), np.array([2.0, -1.0, 5.0, 5.5])
    curve = ENGINE.functions["interp"](recorded(graph, "x"), nodes, heights)
    at = np.array([-3.0, 0.0, 0.7, 1.0, 1.2, 1.5, 3.9, 4.0, 9.0])
    (values,) = computed(graph, [node_of(graph, curve)], x=at)
    np.testing.assert_allclose(values, np.interp(at, nodes, heights), rtol=1e-14)


def test_every_design_meets_every_case_and_keeps_its_numbers_in_any_company():
    graph = Graph()
    x, c = inputs(graph, "x", "c")
    nodes = [graph.apply("multiply", graph.apply("exp", x), c), graph.apply("sqrt", x)]
    kernel = llvm.Kernel(graph, nodes, ["x"], ["c"])
    at, cases = np.linspace(0.1, 3.0, 21), np.array([1.0, -2.0, 0.5])
    product, root = kernel(at[None], cases[None])
    np.testing.assert_allclose(product, cases[:, None] * np.exp(at), rtol=1e-15)
    np.testing.assert_array_equal(root, np.broadcast_to(np.sqrt(at), (3, 21)))
    np.testing.assert_array_equal(kernel(at[None, 13:14], cases[None])[0, :, 0], product[:, 13])


def test_without_designs_or_cases_nothing_is_computed():
    graph = Graph()
    x, c = inputs(graph, "x", "c")
    kernel = llvm.Kernel(graph, [graph.apply("multiply", x, c)], ["x"], ["c"])
    kernel._call = None
    assert kernel(np.empty((1, 0)), np.ones((1, 2))).shape == (1, 2, 0)
    assert kernel(np.ones((1, 3)), np.empty((1, 0))).shape == (1, 0, 3)


def test_views_of_a_table_are_tables_of_their_own():
    graph = Graph()
    (x,) = inputs(graph, "x")
    table = np.arange(6)
    views = (table, table[::-1], table[::2], table[:3], table.view(np.float64))
    values = computed(graph, [graph.cast(graph.look_up(v, x), "f") for v in views], x=np.ones(1))
    assert values[:, 0].tolist() == [1.0, 4.0, 2.0, 1.0, 5e-324]


def test_stacked_tables_are_a_table():
    graph = Graph()
    x = recorded(graph, "x")
    rows = [Recorded(graph, np.arange(3.0)), np.arange(3.0, 6.0)]
    entry = ENGINE.functions["stack"](rows)[1, x.astype(int)]
    assert computed(graph, [node_of(graph, entry)], x=np.array([2.0])).item() == 5.0


def test_equal_numbers_are_one_and_what_follows_from_constants_is_one():
    graph = Graph()
    (x,) = inputs(graph, "x")
    assert graph.apply("add", x, 2.0) is graph.apply("add", 2.0, x)
    assert graph.apply("multiply", x, 1.0) is x
    assert graph.apply("exp", 0.0).detail == 1.0
    twice = graph.apply("exp", graph.apply("multiply", x, x))
    assert [n.operation for n in in_order([twice, twice])] == ["input", "multiply", "exp"]


def test_a_question_to_the_values_of_designs_is_refused():
    with pytest.raises(TypeError, match="depends on the values of designs"):
        bool(recorded(Graph(), "x") > 0.0)
    with pytest.raises(TypeError, match=r"no rule for numpy\.sort"):
        ENGINE.routed("sort", np.sort)(recorded(Graph(), "x"))


SMOOTH = [name for name in FUNCTIONS if name not in ("floor", "ceil", "rint")]


@pytest.mark.parametrize("name", SMOOTH)
def test_a_function_has_the_slope_of_high_order_differences(name):
    graph = Graph()
    x, along = inputs(graph, "x", "along")
    slopes = tangents(graph, [graph.apply(name, x)], {x: along})
    at, h = np.array([0.15, 0.4, 0.83]), 1e-3
    (found,) = computed(graph, slopes, x=at, along=np.ones(3))
    steps = {1: 672.0, 2: -168.0, 3: 32.0, 4: -3.0}  # of eighth order
    value = function(name)
    expected = sum(w * (value(at + k * h) - value(at - k * h)) for k, w in steps.items())
    np.testing.assert_allclose(found, expected / (840.0 * h), rtol=1e-10)


@pytest.mark.parametrize(
    ("name", "x", "y", "slope"),
    [
        ("maximum", 1.0, 2.0, 5.0),
        ("maximum", 2.0, 2.0, 5.0),  # at a tie, what grows faster
        ("minimum", 2.0, 2.0, 3.0),
        ("hypot", 0.0, 0.0, np.hypot(3.0, 5.0)),
        ("hypot", 3.0, 4.0, (9.0 + 20.0) / 5.0),
        ("true_divide", 3.0, 2.0, 3.0 / 2.0 - 3.0 * 5.0 / 4.0),
        ("power", 0.0, 2.5, 0.0),
        ("power", 2.0, 3.0, 8.0 * (3.0 * 3.0 / 2.0 + 5.0 * np.log(2.0))),
        ("subtract", 1.0, 1.0, -2.0),
    ],
)
def test_two_numbers_have_the_slope_of_the_side_ahead(name, x, y, slope):
    graph = Graph()
    a, b, da, db = inputs(graph, "a", "b", "da", "db")
    slopes = tangents(graph, [graph.apply(name, a, b)], {a: da, b: db})
    columns = {"a": x, "b": y, "da": 3.0, "db": 5.0}
    ((found,),) = computed(graph, slopes, **{k: np.array([v]) for k, v in columns.items()})
    assert found == pytest.approx(slope, rel=1e-13)


@pytest.mark.parametrize("name", ["sqrt", "log", "cbrt"])
def test_where_a_root_stays_zero_it_has_no_slope(name):
    graph = Graph()
    x, along = inputs(graph, "x", "along")
    slopes = tangents(graph, [graph.apply(name, x)], {x: along})
    ((found,),) = computed(graph, slopes, x=np.zeros(1), along=np.zeros(1))
    assert found == 0.0


def test_a_length_at_zero_turns_round():
    graph = Graph()
    x, along = inputs(graph, "x", "along")
    slopes = tangents(graph, [graph.apply("absolute", x)], {x: along})
    (found,) = computed(graph, slopes, x=np.array([-2.0, 0.0, 0.0]), along=np.array([3.0, 3, -3]))
    np.testing.assert_array_equal(found, [-3.0, 3.0, 3.0])


def small_kernel():
    graph = Graph()
    (x,) = inputs(graph, "x")
    return llvm.Kernel(graph, [graph.apply("exp", x)], ["x"], [])


def test_a_program_is_kept_and_a_damaged_one_compiled_anew(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    one = np.ones((1, 1))
    values = []
    for damage in (None, None, b"", b"damaged", None):
        files = list(tmp_path.rglob("*.o"))
        if damage is not None:
            files[0].write_bytes(damage)
        values.append(small_kernel()(one, np.empty((0, 1))).item())
        (file,) = tmp_path.rglob("*.o")
        assert file.stat().st_size > 100
    assert values == [np.e] * 5


def test_a_program_of_another_user_is_not_run(monkeypatch, tmp_path):
    path = tmp_path / "program.o"
    object_cache.keep(path, b"program")
    assert object_cache.recall(path) == b"program"
    monkeypatch.setattr(os, "getuid", lambda: path.stat().st_uid + 1)
    owner = os.stat_result((0o644, 0, 0, 1, path.stat().st_uid + 2, 0, 0, 0, 0, 0))
    monkeypatch.setattr(os, "fstat", lambda _: owner)
    assert object_cache.recall(path) is None


def test_a_cache_for_reading_only_is_read(monkeypatch, tmp_path):
    path = tmp_path / "program.o"
    object_cache.keep(path, b"program")

    def refuse(*_, **__):
        raise PermissionError

    for name in ("utime", "open"):
        monkeypatch.setattr(os, name, refuse)
    assert object_cache.recall(path) == b"program"


def test_a_user_without_a_home_keeps_nothing(monkeypatch):
    def refuse(_):
        raise RuntimeError

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(object_cache.Path, "home", classmethod(refuse))
    assert small_kernel()(np.zeros((1, 1)), np.empty((0, 1))).item() == 1.0


def test_what_a_crash_leaves_behind_goes_with_the_programs_not_used(monkeypatch, tmp_path):
    def crash(*_):
        raise OSError

    with monkeypatch.context() as broken:
        broken.setattr(object_cache.Path, "replace", crash)
        object_cache.keep(tmp_path / "0.o", b"program")
    (left,) = tmp_path.iterdir()
    os.utime(left, (0, 0))
    for i in range(object_cache.KEPT):
        object_cache.keep(tmp_path / f"{i}.o", b"program")
    assert not left.exists()


def test_a_cache_that_cannot_be_written_costs_nothing(monkeypatch, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert small_kernel()(np.zeros((1, 3)), np.empty((0, 1))).tolist() == [[[1.0, 1.0, 1.0]]]


def test_the_programs_not_used_for_longest_go_first(tmp_path):
    for i in range(object_cache.KEPT + 3):
        path = tmp_path / f"{i}.o"
        object_cache.keep(path, b"program")
        os.utime(path, (i, i))
    names = {int(path.stem) for path in tmp_path.iterdir()}
    assert names == set(range(3, object_cache.KEPT + 3))
