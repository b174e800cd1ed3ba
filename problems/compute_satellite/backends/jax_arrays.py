"""JAX as an engine: its functions where they differ from numpy's, its device, its cache on disk.

JAX is optional. Nothing of its settings is changed but for the calls made from here: double
precision, the device and the place of the cache hold within :func:`session`.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any

from problems.compute_satellite.backends.object_cache import cache_folder
from problems.compute_satellite.backends.substitution import Engine
from problems.spec import SpecError, unknown

DEVICES = ("cpu", "gpu")
#: Chooses the device; the processor when not set.
DEVICE_VARIABLE = "HELIOFRONT_DEVICE"


def is_installed() -> bool:
    """Return whether JAX can be imported; does not import it."""
    return importlib.util.find_spec("jax") is not None


def require_jax() -> None:
    """Refuse where JAX or the chosen device is missing.

    Raises
    ------
    SpecError
        With the extra that brings JAX, or the devices there are.
    """
    if not is_installed():
        text = "'jax' needs a package that is not installed: pip install 'heliofront[gpu]'"
        raise SpecError("backend", text)
    device()


@cache
def device() -> Any:
    """Return the device that :data:`DEVICE_VARIABLE` names.

    Raises
    ------
    SpecError
        For an unknown word, or a device that this machine or this installation does not have.
    """
    import jax

    word = os.environ.get(DEVICE_VARIABLE, "cpu").strip().lower()
    if word not in DEVICES:
        raise SpecError(DEVICE_VARIABLE, *unknown(f"unknown device '{word}'", word, DEVICES))
    try:
        return jax.local_devices(backend=word)[0]
    except RuntimeError:
        text = (
            "JAX finds no GPU here: set it to cpu, or install the build of JAX for this GPU "
            "(docs.jax.dev, Installation)"
        )
        raise SpecError(DEVICE_VARIABLE, text) from None


@contextmanager
def session() -> Iterator[None]:
    """Compute in double precision on the chosen device, in this thread and this block only."""
    import jax

    with jax.enable_x64(True), jax.default_device(device()):
        yield


@contextmanager
def disk_cache() -> Iterator[None]:
    """Keep what is compiled in this block on disk, unless the user has a cache of their own."""
    import jax

    with ExitStack() as settings:
        if jax.config.jax_compilation_cache_dir is None:
            jax.config.update("jax_compilation_cache_dir", str(cache_folder("jax")))
            settings.callback(jax.config.update, "jax_compilation_cache_dir", None)
        yield


@cache
def engine() -> Engine:
    """Return JAX's functions by the names that the disciplines use."""
    import jax
    import jax.numpy as jnp

    # Of two equal values JAX would mix the derivatives; a side is one that exists.
    functions: dict[str, Callable[..., Any]] = {
        "maximum": lambda a, b: jnp.where(jnp.less(a, b), b, a),
        "minimum": lambda a, b: jnp.where(jnp.less(b, a), b, a),
        "clip": lambda a, low, high: jnp.where(a < low, low, jnp.where(a > high, high, a)),
        "exp": lambda a, out=None: jnp.exp(a),
        # Every index is inside its table: held there would need no check, but has none cheaper.
        "take": lambda a, index, axis=None: jnp.take(a, index, axis=axis, mode="clip"),
        "ascontiguousarray": lambda a: a,
        "ndtr": jax.scipy.special.ndtr,
        # A batch that is not there yet may have anything.
        "somewhere": lambda value: True,
        "blend_rows": _blended,
    }
    return Engine(jax.core.Tracer, functions, jnp)


def _blended(table: Any, index: Any, weights: Any) -> Any:
    """Return the weighted sum over corners of the rows of a table, corner by corner."""
    import jax.numpy as jnp

    parts = (
        jnp.take(table, index[..., k], axis=0, mode="clip") * weights[..., k, None]
        for k in range(index.shape[-1])
    )
    return sum(parts)
