"""Which engine a configuration gets, and what is said about it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from optimize.cli import main
from optimize.config import backend
from optimize.config.backend import backend_note, backend_of_inquiries, choose_backend
from optimize.config.faults import ConfigError
from optimize.config.overrides import load_source
from optimize.config.study import read_study
from problems.compute_satellite.backends.jax_arrays import DEVICE_VARIABLE, device


def config(*overrides):
    return read_study(load_source("quick", overrides))[0]


@pytest.fixture
def installed(monkeypatch):
    monkeypatch.setattr(backend, "is_installed", lambda name: True)


@pytest.mark.usefixtures("installed")
def test_a_robust_search_counts_every_design_under_every_future():
    robust = read_study(load_source("robust", ["algorithm.generations=100"]))[0]
    nominal = robust.model_copy(update={"uncertainty": None})
    assert (choose_backend(nominal).name, choose_backend(robust).name) == ("numpy", "llvm")


@pytest.mark.usefixtures("installed")
def test_questions_of_many_searches_compile_unless_told_otherwise():
    own = config().model_copy(update={"problem": "tank:Tank"})
    told = [backend_of_inquiries(c) for c in (config(), config("backend=numpy"), own)]
    assert told == ["llvm", "numpy", "numpy"]


@pytest.mark.usefixtures("installed")
def test_a_short_search_never_waits_for_a_compiler_and_a_long_one_does():
    short = choose_backend(config())
    long = choose_backend(config("algorithm.generations=100000"))
    assert (short.name, long.name) == ("numpy", "llvm")
    assert "compiling takes about" in short.reason


def test_a_long_search_without_a_compiler_says_what_to_install(monkeypatch):
    monkeypatch.setattr(backend, "is_installed", lambda name: False)
    assert choose_backend(config()) == ("numpy", "")
    long = choose_backend(config("algorithm.generations=100000"))
    assert long.name == "numpy"
    assert "pip install 'heliofront[fast]'" in long.reason


@pytest.mark.parametrize(
    ("name", "package", "extra"), [("llvm", "llvmlite", "fast"), ("jax", "jax", "gpu")]
)
def test_a_compiler_asked_for_but_missing_is_a_fault_of_that_key(monkeypatch, name, package, extra):
    monkeypatch.setattr(backend, "is_installed", lambda name: False)
    with pytest.raises(ConfigError) as error:
        config(f"backend={name}")
    install = f"pip install 'heliofront[{extra}]'"
    assert f"backend: '{name}' needs {package}: {install}" in str(error.value)
    assert error.value.exit_code == 2


def test_an_unknown_engine_is_told_with_the_valid_ones():
    with pytest.raises(ConfigError) as error:
        config("backend=torch")
    assert all(word in str(error.value) for word in ("auto", "numpy", "llvm", "jax"))


def test_check_refuses_a_device_that_a_run_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("jax")
    device.cache_clear()
    monkeypatch.setenv(DEVICE_VARIABLE, "quantum")
    arguments = ["check", "configs/baseline.yaml", "--set", "backend=jax", "--json"]
    answer = CliRunner().invoke(main, arguments)
    device.cache_clear()
    (fault,) = json.loads(answer.stdout)["faults"]
    assert (answer.exit_code, fault["key"]) == (2, DEVICE_VARIABLE)
    assert fault["message"] == "unknown device 'quantum' (there are: cpu, gpu)"


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("name", ["llvm", "jax"])
def test_a_model_of_ones_own_stays_with_numpy_and_says_so(name):
    own = config(f"backend={name}").model_copy(update={"problem": "tank:Tank"})
    assert choose_backend(own) == ("numpy", "tank:Tank cannot be compiled")
    assert backend_note(own) == "backend numpy: tank:Tank cannot be compiled"
    assert backend_note(own.model_copy(update={"backend": "auto"})) == ""


def test_the_default_engine_leaves_no_trace_in_the_hash():
    assert "backend" not in config().resolved()
    assert config("backend=numpy").digest != config().digest
