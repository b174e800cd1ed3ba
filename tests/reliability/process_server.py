"""The server of :mod:`tests.reliability.processes`: every order is carried out by a child."""

from __future__ import annotations

import importlib
import json
import os
import pathlib
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

Step = Callable[[str], None]

#: Functions that count as a step: where they are, their name and that of the step, if another.
_HOOKED = (
    ("optimize.engine.search.Search", "step", "generation"),
    ("optimize.engine.polish._State", "advance", ""),
    ("optimize.run.session", "final_front", ""),
    ("optimize.run.session", "robustness", ""),
    ("optimize.run.session", "read_run", ""),
    ("optimize.run.robustness", "nominal_front", ""),
    ("optimize.run.start", "robust_layout", ""),
    ("optimize.run.folder", "write_config", ""),
    ("optimize.report.summary", "write_summary", ""),
    ("optimize.report.plots.run", "write_figures", ""),
    ("optimize.explorer.build", "write_explorer", ""),
)


def _serve() -> None:
    for holder, _, _ in _HOOKED:
        _found(holder)
    for name in (
        "optimize.cli",
        "optimize.commands.run",
        "optimize.run.start",
        "optimize.report.summary",
        "optimize.engine.algorithms.pymoo_search",
        "optimize.report.plots.run",
        "tests.optimize.toy",
        "tests.optimize.risky",
        "pymoo.algorithms.moo.nsga3",
        "pymoo.algorithms.moo.sms",
        "pymoo.algorithms.moo.rvea",
        "optimize.run.progress",
        "pyarrow.dataset",
        "pyarrow.pandas_compat",
        "ruamel.yaml",
    ):
        importlib.import_module(name)
    for line in sys.stdin:
        order = json.loads(line)
        if "compile" in order:
            _compile(order["compile"])
            sys.stdout.write("{}\n")
            sys.stdout.flush()
            continue
        start = time.perf_counter()
        child = os.fork()
        if child == 0:
            _child(order)
        _, status = os.waitpid(child, 0) if "after_s" not in order else _ended_after(child, order)
        answer = {"code": os.waitstatus_to_exitcode(status), "seconds": time.perf_counter() - start}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _compile(name: str) -> None:
    """Take some steps of an algorithm, which is compiled on its first."""
    from optimize.config.algorithm import AlgorithmSetting
    from optimize.engine.algorithms.registry import make_algorithm
    from tests.optimize.toy import ToyProblem

    problem, rng = ToyProblem(), np.random.default_rng(0)
    setting = AlgorithmSetting(name=name, population=12)
    algorithm = make_algorithm(
        problem.space, lambda x: problem.canonical(x, problem.space), setting
    )
    for _ in range(3):
        x = algorithm.ask()
        algorithm.tell(x, rng.random((len(x), 3)), np.zeros((len(x), 1)))


def _ended_after(child: int, order: Mapping[str, Any]) -> tuple[int, int]:
    timer = threading.Timer(order["after_s"], os.kill, (child, order["signal"]))
    timer.start()
    # The child is not reaped before the timer is off, so its number stays its own.
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    timer.cancel()
    timer.join()
    return os.waitpid(child, 0)


def _child(order: Mapping[str, Any]) -> None:
    code = 70
    try:
        _redirect(order["files"])
        os.chdir(order.get("cwd", "."))
        code = _command(order)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _redirect(files: Mapping[str, str]) -> None:
    for number, name in ((1, "out"), (2, "err")):
        handle = os.open(files[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(handle, number)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


def _command(order: Mapping[str, Any]) -> int:
    import optimize.run.session
    from optimize.cli import main

    optimize.run.session.CHECKPOINT_SECONDS = order.get("checkpoint_s", 0.0)
    _hook(_stepper(order))
    sys.argv = ["heliofront", *order["arguments"]]
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 70
    return 0


def _stepper(order: Mapping[str, Any]) -> Step:
    """Return what is called at every step: it notes the step and sends the signal at its turn."""
    log = os.open(order["files"]["at"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    counted = frozenset(order.get("of", ()))
    turn, met = order.get("at"), 0

    def step(name: str) -> None:
        nonlocal met
        if counted and name not in counted:
            return
        os.write(log, f"{name}\n".encode())
        met += 1
        if met == turn:
            for _ in range(order.get("again", 1)):
                os.kill(os.getpid(), order["signal"])

    return step


def _hook(step: Step) -> None:
    """Call ``step`` before whatever can be interrupted."""
    for module, name in (
        (os, "mkdir"),
        (os, "fsync"),
        (os, "chmod"),
        (os, "replace"),
        (os, "unlink"),
        (tempfile, "mkstemp"),
    ):
        _before(module, name, step)
    good = pathlib.Path.write_bytes

    def write_bytes(self: Path, data: Any) -> int:
        good(self, bytes(data)[: len(data) // 2])
        step("half")
        return good(self, data)

    pathlib.Path.write_bytes = write_bytes  # type: ignore[method-assign]
    for holder, name, told in _HOOKED:
        _before(_found(holder), name, step, told)


def _found(dotted: str) -> Any:
    try:
        return importlib.import_module(dotted)
    except ModuleNotFoundError:
        module, _, name = dotted.rpartition(".")
        return getattr(importlib.import_module(module), name)


def _before(holder: Any, name: str, step: Step, told: str = "") -> None:
    good = getattr(holder, name)

    def hooked(*args: Any, **kwargs: Any) -> Any:
        step(told or name)
        return good(*args, **kwargs)

    setattr(holder, name, hooked)


if __name__ == "__main__":
    _serve()
