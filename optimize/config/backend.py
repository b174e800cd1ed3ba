"""Which engine a run computes its model on, chosen by what compiling it would save.

The choice depends on the configuration and on what is installed, never on the clock: the same run
takes the same engine again.
"""

from __future__ import annotations

import importlib.util
from typing import NamedTuple

from optimize.config.run_config import RunConfig
from problems.compute_satellite.variants.frozen_declarations import document_named

#: What compiling takes, with an empty cache on disk [s].
COMPILE_S = 15.0
#: What the compiled model saves of every call: most of the price of a thousand calls of numpy [s].
CALL_SAVED_S = 2.5e-3
INSTALL = "pip install 'heliofront[fast]'"


class Backend(NamedTuple):
    """An engine, and why it was chosen; nothing where there was nothing to choose."""

    name: str
    reason: str


def jax_is_installed() -> bool:
    """Return whether JAX can be imported; does not import it."""
    return importlib.util.find_spec("jax") is not None


def missing_package(config: RunConfig) -> str | None:
    """Return what to install for the engine that a configuration asks for; None if it is there."""
    if config.backend != "jax" or not compiles(config) or jax_is_installed():
        return None
    return f"'jax' needs jax: {INSTALL}"


def compiles(config: RunConfig) -> bool:
    """Return whether the model of a configuration can be compiled: the shipped one can."""
    return ":" not in config.problem and document_named(config.problem) is None


def choose_backend(config: RunConfig) -> Backend:
    """Return the engine for the search of a configuration."""
    if not compiles(config):
        own = f"{config.problem} cannot be compiled" if config.backend == "jax" else ""
        return Backend("numpy", own)
    if config.backend != "auto":
        return Backend(config.backend, "as asked")
    saved_s = seconds_saved(config)
    if not jax_is_installed():
        text = f"jax would save about {saved_s:,.0f} s: {INSTALL}"
        return Backend("numpy", text if saved_s > COMPILE_S else "")
    times = f"compiling takes about {COMPILE_S:.0f} s and saves {saved_s:,.0f} s"
    return Backend("jax" if saved_s > COMPILE_S else "numpy", times)


def backend_note(config: RunConfig) -> str:
    """Return what a run says of its engine; nothing of numpy where nobody asked for another."""
    backend = choose_backend(config)
    told = "jax" in (config.backend, backend.name) or not jax_is_installed()
    return f"backend {backend.name}: {backend.reason}" if backend.reason and told else ""


def seconds_saved(config: RunConfig) -> float:
    """Return what the compiled model saves in the search of a configuration [s].

    It is a price per call: with columns of ten thousand designs, or designs times futures, numpy
    is as fast on one core.

    Examples
    --------
    >>> from optimize.config.algorithm import AlgorithmSetting
    >>> search = AlgorithmSetting(population=1000, generations=300)
    >>> round(seconds_saved(RunConfig(name="short", algorithm=search)), 2)
    0.75
    """
    if config.uncertainty is not None:
        return 0.0
    return config.algorithm.generation_limit * CALL_SAVED_S
