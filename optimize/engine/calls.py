"""Calls of the model, gathered: what several tasks ask for at the same time costs one call.

A call has a fixed price, some thousand times that of one more design in it. So whatever needs the
model is written as a generator that yields what it asks for and is sent the answer.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from optimize.engine.local_model import Landscape
from problems.units import FloatArray

T = TypeVar("T")


class Call(NamedTuple):
    """Designs whose outputs, ``(n, k)``, or whose derivatives, ``(n, k, n_var)``, are asked for."""

    x: FloatArray
    derivatives: bool = False


Task = Generator[Call, FloatArray, T]


def together(tasks: Sequence[Task[T]]) -> Task[list[T]]:
    """Return the results of tasks that run side by side.

    Derivatives, the dearer ones, wait until nobody asks for outputs.
    """
    results: dict[int, T] = {}
    asked: dict[int, Call] = {}

    def go_on(at: int, answer: FloatArray | None) -> None:
        try:
            asked[at] = next(tasks[at]) if answer is None else tasks[at].send(answer)
        except StopIteration as end:
            results[at] = end.value
            asked.pop(at, None)

    for at in range(len(tasks)):
        go_on(at, None)
    while asked:
        served = [at for at, call in asked.items() if not call.derivatives] or list(asked)
        sizes = np.cumsum([len(asked[at].x) for at in served])
        x = np.concatenate([asked[at].x for at in served])
        answers = yield Call(x, asked[served[0]].derivatives)
        for at, answer in zip(served, np.split(answers, sizes[:-1]), strict=True):
            go_on(at, answer)
    return [results[at] for at in range(len(tasks))]


def called(land: Landscape, task: Task[T]) -> T:
    """Return the result of a task, the calls of which are made here."""
    answer: FloatArray | None = None
    while True:
        try:
            call = next(task) if answer is None else task.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result
        answer = land.jacobian(call.x) if call.derivatives else land.outputs(call.x)
