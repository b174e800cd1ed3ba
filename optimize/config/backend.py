"""Which engine a run computes its model on, chosen by what compiling it would save.

The choice depends on the configuration and on what is installed, never on the clock: the same run
takes the same engine again.
"""

from __future__ import annotations

import importlib.util
from typing import NamedTuple

from optimize.config.run_config import RunConfig

#: What compiling takes on one core [s].
COMPILE_S = 1.5
#: What the compiled model saves of every call, and of every design in it under every future [s].
CALL_SAVED_S, DESIGN_SAVED_S = 2e-3, 1.5e-6
#: What it saves of certifying a member of the front [s].
MEMBER_SAVED_S = 0.03
#: Engines that compile, by the package and the extra that they need.
COMPILERS = {"llvm": ("llvmlite", "fast"), "jax": ("jax", "gpu")}


class Backend(NamedTuple):
    """An engine, and why it was chosen; nothing where there was nothing to choose."""

    name: str
    reason: str


def fastest() -> str:
    """Return the engine that is fastest once it is compiled, of those installed."""
    return "llvm" if is_installed("llvm") else "numpy"


def is_installed(backend: str) -> bool:
    """Return whether the package of an engine can be imported; does not import it."""
    return importlib.util.find_spec(COMPILERS[backend][0]) is not None


def install(backend: str) -> str:
    """Return what installs an engine."""
    return f"pip install 'heliofront[{COMPILERS[backend][1]}]'"


def missing_package(config: RunConfig) -> str | None:
    """Return what to install for the engine that a configuration asks for; None if it is there."""
    name = config.backend
    if name not in COMPILERS or not compiles(config) or is_installed(name):
        return None
    return f"'{name}' needs {COMPILERS[name][0]}: {install(name)}"


def compiles(config: RunConfig) -> bool:
    """Return whether the model of a configuration can be compiled: the shipped one can."""
    return ":" not in config.problem


def choose_backend(config: RunConfig) -> Backend:
    """Return the engine for the search of a configuration."""
    if not compiles(config):
        own = f"{config.problem} cannot be compiled" if config.backend in COMPILERS else ""
        return Backend("numpy", own)
    if config.backend != "auto":
        return Backend(config.backend, "as asked")
    saved_s = seconds_saved(config)
    if not is_installed("llvm"):
        text = f"llvm would save about {saved_s:,.0f} s: {install('llvm')}"
        return Backend("numpy", text if saved_s > COMPILE_S else "")
    times = f"compiling takes about {COMPILE_S:.0f} s and saves {saved_s:,.0f} s"
    return Backend("llvm" if saved_s > COMPILE_S else "numpy", times)


def backend_of_inquiries(config: RunConfig) -> str:
    """Return the engine for a question that takes many searches."""
    if not compiles(config):
        return "numpy"
    return fastest() if config.backend == "auto" else config.backend


def backend_note(config: RunConfig) -> str:
    """Return what a run says of its engine; nothing of numpy where nobody asked for another."""
    backend = choose_backend(config)
    asked = not COMPILERS.keys().isdisjoint((config.backend, backend.name))
    told = asked or not is_installed("llvm")
    return f"backend {backend.name}: {backend.reason}" if backend.reason and told else ""


def seconds_saved(config: RunConfig) -> float:
    """Return what the compiled model saves in the search of a configuration [s].

    Examples
    --------
    >>> from optimize.config.algorithm import AlgorithmSetting
    >>> search = AlgorithmSetting(population=1000, generations=300)
    >>> round(seconds_saved(RunConfig(name="short", algorithm=search)), 2)
    1.05
    """
    search = config.algorithm
    futures = 1 if config.uncertainty is None else config.uncertainty.futures
    designs = search.population * futures
    certifying = search.population * MEMBER_SAVED_S if search.certify else 0.0
    return search.generation_limit * (CALL_SAVED_S + designs * DESIGN_SAVED_S) + certifying
