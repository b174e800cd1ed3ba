"""The chain on JAX: the same numbers as on numpy, and nothing of the user's settings touched."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from optimize.evaluation.futures import marginals, sample_futures
from problems import load_problem
from problems.compute_satellite.backends import jax_arrays
from problems.spec import SpecError

OUTPUTS = ("cost_per_exaflop_usd", "launch_mass_kg", "radiation_failure_rate_per_pflops_yr")


@pytest.fixture(scope="module")
def space():
    whole = load_problem().space
    return whole.replace(whole["launch_site"].fix("earth"))


@pytest.fixture(scope="module")
def compiled(space):
    pytest.importorskip("jax")
    problem = load_problem()
    problem.use_backend("jax", space=space, outputs=OUTPUTS, batch=1000)
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


def test_an_output_agrees_with_numpy_under_futures(space):
    pytest.importorskip("jax")
    problem, name = load_problem(), "launch_mass_kg"  # few stages, so it compiles in little time
    problem.use_backend("jax", space=space, outputs=[name], batch=100)
    x = designs(space, 40)
    futures = sample_futures(marginals(problem), 64, seed=1)
    values = problem.evaluate_futures(x, futures, [name])[name]
    expected = load_problem().evaluate_futures(x, futures, [name])[name]
    np.testing.assert_allclose(values, expected, rtol=1e-10)


def test_what_is_not_compiled_comes_from_numpy(compiled, space):
    moved = space.matrix({"spare_fraction": [0.1, 0.2]})
    elsewhere = designs(load_problem().space, 5)
    for x, names in ((moved, OUTPUTS), (elsewhere, ("dry_mass_kg",))):
        expected = load_problem().evaluate(x, names)
        for name, column in compiled.evaluate(x, names).items():
            np.testing.assert_array_equal(column, expected[name])


def test_settings_of_jax_are_left_as_they_were(compiled, space):
    jax = pytest.importorskip("jax")

    def settings():
        kept = jax.config.jax_enable_x64, jax.config.jax_compilation_cache_dir
        return (*kept, jax.numpy.ones(1).dtype)

    before = settings()  # another library of the same process may have set them
    compiled.evaluate(designs(space, 1), OUTPUTS)
    assert settings() == before


def test_without_jax_the_message_names_the_extra(monkeypatch, space):
    monkeypatch.setitem(sys.modules, "jax", None)
    monkeypatch.setattr(jax_arrays, "is_installed", lambda: False)
    with pytest.raises(SpecError, match=r"pip install 'heliofront\[fast\]'"):
        load_problem().use_backend("jax", space=space, outputs=OUTPUTS, batch=100)


def test_a_problem_without_that_engine_refuses_it(space):
    with pytest.raises(SpecError, match="runs on numpy, jax only"):
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
