"""The chain compiled: the same numbers as on numpy, and nothing of the user's settings touched."""

from __future__ import annotations

import copy
import subprocess
import sys

import numpy as np
import pytest

from optimize.evaluation.futures import marginals, sample_futures
from problems import load_problem
from problems.compute_satellite.backends import jax_arrays, llvm
from problems.spec import SpecError

OUTPUTS = ("cost_per_exaflop_usd", "launch_mass_kg", "radiation_failure_rate_per_pflops_yr")


@pytest.fixture(scope="module")
def space():
    whole = load_problem().space
    return whole.replace(whole["launch_site"].fix("earth"))


PACKAGES = {"llvm": "llvmlite", "jax": "jax"}


@pytest.fixture(scope="module", params=PACKAGES)
def compiled(request, space):
    pytest.importorskip(PACKAGES[request.param])
    problem = load_problem()
    problem.use_backend(request.param, space=space, outputs=OUTPUTS, batch=1000)
    return problem


def designs(space, count):
    return load_problem().canonical(space.sample(count, np.random.default_rng(1)), space)


def test_objectives_agree_with_numpy_on_ten_thousand_designs(compiled, space):
    x = designs(space, 10_000)
    expected = load_problem().evaluate(x, OUTPUTS)
    for name, column in compiled.evaluate(x, OUTPUTS).items():
        np.testing.assert_allclose(column, expected[name], rtol=1e-10, err_msg=name)


def test_a_design_gets_the_same_numbers_in_any_company(compiled, space):
    x = designs(space, 700)
    whole, single = (compiled.evaluate(x[rows], OUTPUTS) for rows in (slice(None), slice(600, 601)))
    for name in OUTPUTS:
        assert whole[name][600] == single[name][0]


@pytest.mark.parametrize(
    ("backend", "name"),
    [
        ("llvm", "cost_per_exaflop_usd"),
        ("llvm", "radiation_failure_rate_per_pflops_yr"),
        ("jax", "launch_mass_kg"),  # few stages, so it compiles in little time
    ],
)
def test_an_output_agrees_with_numpy_under_futures(space, backend, name):
    pytest.importorskip(PACKAGES[backend])
    problem = load_problem()
    problem.use_backend(backend, space=space, outputs=[name], batch=100)
    x = designs(space, 40)
    futures = sample_futures(marginals(problem), 64, seed=1)
    values = problem.evaluate_futures(x, futures, [name])[name]
    expected = load_problem().evaluate_futures(x, futures, [name])[name]
    np.testing.assert_allclose(values, expected, rtol=1e-10)


def test_designs_under_futures_of_their_own_agree_with_numpy(space):
    pytest.importorskip("llvmlite")
    problem, x = load_problem(), designs(space, 600)
    problem.use_backend("llvm", space=space, outputs=OUTPUTS, batch=100)
    futures = sample_futures(marginals(problem), len(x), seed=1)
    expected = load_problem().evaluate_pairs(x, futures, OUTPUTS)
    for name, column in problem.evaluate_pairs(x, futures, OUTPUTS).items():
        np.testing.assert_allclose(column, expected[name], rtol=1e-10, err_msg=name)
        assert not np.array_equal(column, expected[name])  # it was compiled


def test_every_output_agrees_with_numpy_with_every_variable_open():
    pytest.importorskip("llvmlite")
    problem = load_problem()
    problem.use_backend("llvm", space=problem.space, outputs=list(problem.outputs), batch=1000)
    x = designs(problem.space, 2000)
    expected = load_problem().evaluate(x)
    for name, column in problem.evaluate(x).items():
        np.testing.assert_allclose(column, expected[name], rtol=1e-9, atol=1e-250, err_msg=name)


def test_compiled_derivatives_agree_with_dual_numbers(space):
    pytest.importorskip("llvmlite")
    problem, x = load_problem(), designs(space, 500)
    problem.use_backend("llvm", space=space, outputs=OUTPUTS, batch=100)
    width = space.upper - space.lower
    slopes = problem.jacobian(x, OUTPUTS) * width
    expected = load_problem().jacobian(x, OUTPUTS) * width
    values = load_problem().evaluate(x, OUTPUTS)
    for k, name in enumerate(OUTPUTS):
        rounding = 1e-12 * np.abs(values[name])[:, None]
        wrong = np.abs(slopes[:, k] - expected[:, k]) > 1e-8 * np.abs(expected[:, k]) + rounding
        assert not wrong.any(), name
        np.testing.assert_array_equal(np.isnan(slopes[:, k]), np.isnan(expected[:, k]))


def test_a_variable_without_influence_has_no_slope_whatever_the_output(space):
    pytest.importorskip("llvmlite")
    problem, x = load_problem(), designs(space, 20)
    x[:, space.index["launcher"]] = space["launcher"].encode("terran_r")
    problem.use_backend("llvm", space=space, outputs=OUTPUTS, batch=100)
    assert np.isnan(problem.evaluate(x, OUTPUTS)[OUTPUTS[0]]).any()  # its fairing is unknown
    still = ~problem.active(x)
    still[:, [i for i, v in enumerate(space.variables) if v.kind != "real"]] = False
    for model in (problem, load_problem()):
        slopes = np.moveaxis(model.jacobian(x, OUTPUTS), 1, 2)
        assert (slopes[still] == 0.0).all()


def test_futures_that_choose_a_formula_come_from_numpy(compiled, space):
    x = designs(space, 3)
    futures = {"comms.workload": np.array([0.0, 3.0]), "cost.wacc": np.array([0.08, 0.1])}
    expected = load_problem().evaluate_futures(x, futures, OUTPUTS)
    for name, values in compiled.evaluate_futures(x, futures, OUTPUTS).items():
        np.testing.assert_array_equal(values, expected[name])
    own = {key: np.resize(values, 3) for key, values in futures.items()}
    paired = load_problem().evaluate_pairs(x, own, OUTPUTS)
    for name, values in compiled.evaluate_pairs(x, own, OUTPUTS).items():
        np.testing.assert_array_equal(values, paired[name])


@pytest.mark.parametrize("backend", ["numpy", "llvm"])
def test_an_assumption_that_breaks_a_formula_is_named_by_every_engine(backend):
    pytest.importorskip(PACKAGES.get(backend, "numpy"))
    for key, value in (("reliability.bus_weibull_scale_yr", -1.0), ("thermal.pump_efficiency", 0)):
        problem = load_problem(assumptions={key: value})
        problem.use_backend(backend, space=problem.space, outputs=OUTPUTS, batch=1)
        with pytest.raises(SpecError, match=f"cannot compute with {key} = {value:g}"):
            problem.evaluate({}, OUTPUTS)
        with pytest.raises(SpecError, match=f"cannot compute with {key} = {value:g}"):
            problem.evaluate_futures({}, {"cost.wacc": [0.1]}, OUTPUTS)


def test_a_copy_of_a_compiled_problem_compiles_for_itself(space):
    pytest.importorskip("llvmlite")
    problem, x = load_problem(), designs(space, 5)
    problem.use_backend("llvm", space=space, outputs=OUTPUTS[1:2], batch=5)
    expected = problem.evaluate(x, OUTPUTS[1:2])
    for name, column in copy.deepcopy(problem).evaluate(x, OUTPUTS[1:2]).items():
        np.testing.assert_array_equal(column, expected[name])


def test_a_forked_process_spreads_work_over_cores_of_its_own():
    code = (
        "import os, signal\n"
        "from problems.compute_satellite.backends import program\n"
        "program.cores = lambda: 2\n"
        "program.spread(print, range(2))\n"  # starts the threads that a child does not have
        "child = os.fork()\n"
        "if child == 0:\n"
        "    signal.alarm(10)\n"
        "    program.spread(print, range(2))\n"
        "    os._exit(0)\n"
        "os._exit(os.waitpid(child, 0)[1])\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_is_not_compiled_comes_from_numpy(compiled, space):
    moved = space.matrix({"spare_fraction": [0.1, 0.2]})
    elsewhere = designs(load_problem().space, 5)
    for x, names in ((moved, OUTPUTS), (elsewhere, ("dry_mass_kg",))):
        expected = load_problem().evaluate(x, names)
        for name, column in compiled.evaluate(x, names).items():
            np.testing.assert_array_equal(column, expected[name])


def test_settings_of_jax_are_left_as_they_were(space):
    jax = pytest.importorskip("jax")
    compiled = load_problem()
    compiled.use_backend("jax", space=space, outputs=OUTPUTS[1:2], batch=1)

    def settings():
        kept = jax.config.jax_enable_x64, jax.config.jax_compilation_cache_dir
        return (*kept, jax.numpy.ones(1).dtype)

    before = settings()  # another library of the same process may have set them
    compiled.evaluate(designs(space, 1), OUTPUTS[1:2])
    assert settings() == before


@pytest.mark.parametrize(
    ("backend", "module", "extra"), [("llvm", llvm, "fast"), ("jax", jax_arrays, "gpu")]
)
def test_without_its_package_the_message_names_the_extra(
    monkeypatch, space, backend, module, extra
):
    monkeypatch.setitem(sys.modules, PACKAGES[backend], None)
    monkeypatch.setattr(module, "is_installed", lambda: False)
    with pytest.raises(SpecError, match=rf"pip install 'heliofront\[{extra}\]'"):
        load_problem().use_backend(backend, space=space, outputs=OUTPUTS, batch=100)


def test_a_problem_without_that_engine_refuses_it(space):
    with pytest.raises(SpecError, match="runs on numpy, llvm, jax only"):
        load_problem().use_backend("torch", space=space, outputs=OUTPUTS, batch=100)


@pytest.mark.parametrize(
    ("word", "message"), [("gpu", "finds no GPU"), ("tpu", "unknown device 'tpu'")]
)
def test_a_device_that_is_not_there_gets_one_message(monkeypatch, word, message):
    jax = pytest.importorskip("jax")
    if word == "gpu" and any(device.platform == "gpu" for device in jax.devices()):
        pytest.skip("there is a GPU")
    monkeypatch.setenv(jax_arrays.DEVICE_VARIABLE, word)
    jax_arrays.device.cache_clear()
    with pytest.raises(SpecError, match=message):
        jax_arrays.require_jax()


def test_the_frozen_benchmark_runs_compiled():
    pytest.importorskip("llvmlite")
    problem = load_problem("heliofront_bench_v2")
    names = tuple(o.output for o in problem.objectives)
    x = problem.canonical(problem.space.sample(500, np.random.default_rng(1)))
    expected, slopes = problem.evaluate(x, names), problem.jacobian(x[:20], names)
    problem.use_backend("llvm", space=problem.space, outputs=names, batch=100)
    for name, column in problem.evaluate(x, names).items():
        np.testing.assert_allclose(column, expected[name], rtol=1e-10, err_msg=name)
        assert not np.array_equal(column, expected[name])  # it was compiled
    size = np.abs(slopes).max(axis=2, keepdims=True, where=~np.isnan(slopes), initial=0.0)
    wrong = np.abs(problem.jacobian(x[:20], names) - slopes) > 1e-8 * size
    assert not wrong.any()
