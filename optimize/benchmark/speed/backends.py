"""The model on numpy and compiled, in turns within one run."""

from __future__ import annotations

import functools
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from optimize.config.backend import install, is_installed
from optimize.config.overrides import load_config
from optimize.config.study import study_of
from optimize.evaluation.build import build_problem
from optimize.evaluation.futures import marginals, sample_futures
from optimize.evaluation.robust import under
from optimize.evaluation.tables import Layout
from problems.space import DesignSpace
from problems.text_tables import plain_table
from problems.units import FloatArray

SIZES = (100, 1000, 10_000)
QUICK_SIZES = SIZES[:2]
#: Designs and futures of a generation of a robust search.
ROBUST = (400, 256)
_SEED = 1


def measure_backends(
    path: str, repeats: int, sizes: Sequence[int] = SIZES
) -> dict[str, dict[str, float]] | None:
    """Return milliseconds of wall and processor per call, by case and engine; None without LLVM."""
    if not is_installed("llvm"):
        return None
    calls = {**_calls(path, "numpy", sizes), **_calls(path, "llvm", sizes)}
    for call in calls.values():
        call()  # compiles
    taken: dict[tuple[str, str], list[tuple[float, float]]] = {key: [] for key in calls}
    for _ in range(repeats):
        for key, call in calls.items():
            taken[key].append(_taken_ms(call))
    table: dict[str, dict[str, float]] = {}
    for (case, backend), times in taken.items():
        wall, processor = (statistics.median(column) for column in zip(*times, strict=True))
        table.setdefault(case, {}).update({f"{backend}_ms": wall, f"{backend}_cpu_ms": processor})
    return table


def _taken_ms(call: Callable[[], object]) -> tuple[float, float]:
    """Return wall and processor time of a call, least of three [ms]."""
    times = []
    for _ in range(3):
        wall, processor = time.perf_counter(), time.process_time()
        call()
        times.append((time.perf_counter() - wall, time.process_time() - processor))
    return 1e3 * min(t[0] for t in times), 1e3 * min(t[1] for t in times)


def _calls(
    path: str, backend: str, sizes: Sequence[int]
) -> dict[tuple[str, str], Callable[[], object]]:
    """Return the evaluations to be timed, by case and engine."""
    config, _ = load_config(path)
    study = study_of(config, build_problem(config))
    space = DesignSpace(study.variables)

    def layout(batch: int) -> Layout:
        layout = Layout(build_problem(config), space, study.objectives, study.constraints)
        layout.use_backend(backend, batch)
        return layout

    calls: dict[tuple[str, str], Callable[[], object]] = {}
    for n in sizes:
        own = layout(n)
        case = f"search's {len(own.searched)} columns, {n:,} designs"
        calls[case, backend] = functools.partial(own.problem.evaluate, _drawn(own, n), own.searched)
    (n, m), own = ROBUST, layout(ROBUST[0])
    futures = sample_futures(marginals(own.problem), m, seed=_SEED)
    crossed = under(own.problem, futures)
    case = f"the same, {n} designs x {m} futures"
    calls[case, backend] = functools.partial(crossed.evaluate, _drawn(own, n), own.searched)
    n, whole = max(sizes), build_problem(config)
    if backend != "numpy":
        whole.use_backend(backend, space=space, outputs=tuple(whole.outputs), batch=n)
    case = f"all {len(whole.outputs)} outputs, {n:,} designs"
    calls[case, backend] = functools.partial(whole.evaluate, _drawn(own, n))
    return calls


def _drawn(layout: Layout, n: int) -> FloatArray:
    x = layout.space.sample(n, np.random.default_rng(_SEED))
    return layout.problem.canonical(x, layout.space)


def backends_text(table: Mapping[str, Mapping[str, float]] | None) -> str:
    """Return the table of a measurement.

    Examples
    --------
    >>> times = {"numpy_ms": 4.0, "numpy_cpu_ms": 4.0, "llvm_ms": 1.0, "llvm_cpu_ms": 2.0}
    >>> print(backends_text({"1,000 designs": times}))
    model on numpy and on LLVM  numpy [ms]  llvm [ms]  times faster  times per core
    1,000 designs                     4.00       1.00           4.0             2.0
    """
    if table is None:
        return f"llvmlite is not installed: {install('llvm')} to compare engines"
    title = "model on numpy and on LLVM"
    head = [title, "numpy [ms]", "llvm [ms]", "times faster", "times per core"]
    rows: list[list[Any]] = [
        [
            case,
            f"{t['numpy_ms']:.2f}",
            f"{t['llvm_ms']:.2f}",
            f"{t['numpy_ms'] / t['llvm_ms']:.1f}",
            f"{t['numpy_cpu_ms'] / t['llvm_cpu_ms']:.1f}",
        ]
        for case, t in table.items()
    ]
    return "\n".join(plain_table(head, rows, ruled=False))
