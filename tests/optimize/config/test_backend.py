"""Which engine a configuration gets, and what is said about it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from optimize.cli import main
from optimize.config import backend
from optimize.config.backend import backend_note, choose_backend
from optimize.config.faults import ConfigError
from optimize.config.overrides import load_source
from optimize.config.study import read_study
from problems.compute_satellite.backends.jax_arrays import DEVICE_VARIABLE, device


def config(*overrides):
    return read_study(load_source("quick", overrides))[0]


@pytest.fixture
def installed(monkeypatch):
    monkeypatch.setattr(backend, "jax_is_installed", lambda: True)


@pytest.mark.usefixtures("installed")
def test_a_short_search_never_waits_for_a_compiler_and_a_long_one_does():
    short = choose_backend(config())
    long = choose_backend(config("algorithm.generations=100000"))
    assert (short.name, long.name) == ("numpy", "jax")
    assert "compiling takes about" in short.reason


def test_a_long_search_without_jax_says_what_to_install(monkeypatch):
    monkeypatch.setattr(backend, "jax_is_installed", lambda: False)
    assert choose_backend(config()) == ("numpy", "")
    long = choose_backend(config("algorithm.generations=100000"))
    assert long.name == "numpy"
    assert "pip install 'heliofront[fast]'" in long.reason


def test_jax_asked_for_but_missing_is_a_fault_of_that_key(monkeypatch):
    monkeypatch.setattr(backend, "jax_is_installed", lambda: False)
    with pytest.raises(ConfigError, match=r"backend: 'jax' needs jax: pip install") as error:
        config("backend=jax")
    assert error.value.exit_code == 2


def test_an_unknown_engine_is_told_with_the_valid_ones():
    with pytest.raises(ConfigError) as error:
        config("backend=torch")
    assert all(word in str(error.value) for word in ("auto", "numpy", "jax"))


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
def test_a_model_of_ones_own_stays_with_numpy_and_says_so():
    own = config("backend=jax").model_copy(update={"problem": "tank:Tank"})
    assert choose_backend(own) == ("numpy", "tank:Tank cannot be compiled")
    assert backend_note(own) == "backend numpy: tank:Tank cannot be compiled"
    assert backend_note(own.model_copy(update={"backend": "auto"})) == ""


def test_the_default_engine_leaves_no_trace_in_the_hash():
    assert "backend" not in config().resolved()
    assert config("backend=numpy").digest != config().digest
