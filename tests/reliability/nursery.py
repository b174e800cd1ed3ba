"""Runs ``heliofront check`` once per file, each in a process of its own with little room.

A child of this program is forked per file, so that imports are paid once. Printed per file: exit
code, seconds of CPU, largest resident memory in MB, and what the command said.
"""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import sys
from contextlib import redirect_stderr, redirect_stdout

from optimize.cli import main
from optimize.config.overrides import load_source
from optimize.config.study import read_study

LIMIT_CPU_S, LIMIT_WALL_S, LIMIT_BYTES = 10, 60, 1 << 30


def _child(path: str, pipe: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_CPU_S, LIMIT_CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_BYTES, LIMIT_BYTES))
    signal.alarm(LIMIT_WALL_S)
    said = io.StringIO()
    with redirect_stderr(said), redirect_stdout(said):
        try:
            main(["check", path], standalone_mode=True)
        except SystemExit as leaving:
            code = leaving.code
        except BaseException as error:  # what a person would see as a traceback
            code = f"{type(error).__name__}: {error}"[:300]
    os.write(pipe, json.dumps({"code": code, "said": said.getvalue()[:30_000]}).encode())
    os._exit(0)


def _measure(path: str) -> dict[str, object]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _child(path, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        told = stream.read()
    _, status, used = os.wait4(child, 0)
    answer = json.loads(told) if told else {"code": f"ended by status {status}", "said": ""}
    return answer | {
        "cpu_s": used.ru_utime + used.ru_stime,
        "rss_mb": used.ru_maxrss / (1024.0 if sys.platform == "linux" else 1024.0**2),
    }


if __name__ == "__main__":
    read_study(load_source(sys.argv[1]))
    print(json.dumps([_measure(path) for path in sys.argv[2:]]))
