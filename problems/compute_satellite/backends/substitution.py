"""The disciplines as they are, on arrays of another engine than numpy.

While an engine traces the chain, the name ``np`` of every module stands for a namespace that looks
at its arguments: arrays of the engine go to the engine, all others to numpy. So no formula is
written twice, constants stay numpy's, a thread that evaluates meanwhile gets the same numbers as
ever, and outside a trace numpy's own functions are called with nothing in between.

numpy's dispatch protocols would do less: ``np.asarray``, of which the disciplines have some 200,
turns every array-like into one of numpy.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtr

from problems import batch
from problems.radiation import tables

#: Functions that modules import by name, beside the namespace of numpy.
KERNELS: Mapping[str, Callable[..., Any]] = {
    "ndtr": ndtr,
    "somewhere": batch.somewhere,
    "blend_rows": tables.blend_rows,
}

_lock = threading.RLock()


class Engine(NamedTuple):
    """Arrays that numpy does not know, and what works on them.

    ``functions`` go by the names of numpy and of :data:`KERNELS`; what is missing there is looked
    up in ``namespace``.
    """

    kind: type | tuple[type, ...]
    functions: Mapping[str, Any]
    namespace: Any = None

    def routed(self, name: str, plain: Any) -> _Routed:
        """Return a function that hands arrays of the engine to what it has of that name."""
        other = self.functions.get(name) or getattr(self.namespace, name, plain)
        return _Routed(plain, other, self.kind)


class _Routed:
    """A function of numpy that hands arrays of an engine to the engine."""

    def __init__(self, plain: Any, other: Any, kind: type | tuple[type, ...]) -> None:
        self._plain, self._other, self._kind = plain, other, kind

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        if self._has(arguments) or (keywords and self._has(tuple(keywords.values()))):
            return self._other(*arguments, **keywords)
        return self._plain(*arguments, **keywords)

    def __getattr__(self, name: str) -> _Routed:  # such as np.add.reduce
        return _Routed(getattr(self._plain, name), getattr(self._other, name), self._kind)

    def _has(self, values: tuple[Any, ...] | list[Any]) -> bool:
        for value in values:  # a loop: a generator takes twice as long, some hundred times a call
            if isinstance(value, self._kind):
                return True
            if isinstance(value, tuple | list) and self._has(value):
                return True
        return False


class _Namespace:
    """numpy, with every function routed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        plain = getattr(np, name)
        if callable(plain) and not isinstance(plain, type):
            plain = self._engine.routed(name, plain)
        setattr(self, name, plain)
        return plain


@contextmanager
def substituted(engine: Engine) -> Iterator[None]:
    """Let the disciplines work on arrays of an engine; one thread at a time."""
    with _lock:
        stand_ins: dict[int, Any] = {id(np): _Namespace(engine)}
        for name, plain in KERNELS.items():
            stand_ins[id(plain)] = engine.routed(name, plain)
        places = _places()
        for names, name, plain in places:
            names[name] = stand_ins[id(plain)]
        try:
            yield
        finally:
            for names, name, plain in places:
                names[name] = plain


@cache
def _places() -> tuple[tuple[dict[str, Any], str, Any], ...]:
    """Return where modules of the model hold numpy or a kernel; all are loaded by then."""
    known = {id(np), *map(id, KERNELS.values())}
    wings = (
        "problems.compute_satellite.",
        "problems.delivery.",
        "problems.economics.",
        "problems.orbit.",
        "problems.radiation.",
        "problems.spacecraft.",
    )
    own = f"{__package__}."
    return tuple(
        (vars(module), name, value)
        for key, module in sorted(sys.modules.items())
        if key.startswith(wings) and not key.startswith(own)
        for name, value in vars(module).items()
        if id(value) in known
    )
