"""A problem of the user's own: imported, built and looked at before anything relies on it."""

from __future__ import annotations

import dataclasses
import importlib
import os
import re
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from problems.spec import Breakdown, Constraint, Objective, Output, SpecError, Variable, nearest
from problems.spec.declared import check_outputs

if TYPE_CHECKING:
    from problems.space import Problem

_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")
_LONGEST = 200  # letters of what an import raised
_METHODS = ("canonical", "active", "evaluate", "warnings")
_HELP = "docs/own_model.md tells what a problem needs"


def is_own_name(name: str) -> bool:
    """Return whether a text can name a problem of the user's own.

    Examples
    --------
    >>> is_own_name("tank.models:Tank"), is_own_name(":Tank"), is_own_name("tank:")
    (True, False, False)
    """
    return _NAME.fullmatch(name) is not None


def load_own(name: str, settings: Mapping[str, Any]) -> Problem:
    """Import and build a problem of the user's own.

    Parameters
    ----------
    name
        ``module:Class``; a function that returns a problem will do.
    settings
        Its keywords.

    Raises
    ------
    SpecError
        When there is no such thing, it cannot be built, or it is no problem; and what the problem
        itself raises as such.
    """
    if not is_own_name(name):
        raise SpecError("problem", f"'{name}' is no module:Class")
    module, _, attribute = name.partition(":")
    with working_directory_kept():
        make = _member(name, _watched(name, lambda: importlib.import_module(module)), attribute)
        problem = _watched(name, lambda: _completed(make)(**settings))
        fault = _watched(name, lambda: _fault(problem))
    if fault is not None:
        raise SpecError("problem", f"'{name}' is no problem: {fault} ({_HELP})")
    check_outputs(problem.outputs, problem.objectives, problem.constraints, problem.breakdowns)
    return problem  # type: ignore[no-any-return]  # looked at above


class _WorkingDirectory:
    """The directory of the process, which calls in several threads at once may all change."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls = 0
        self._home = ""

    def enter(self) -> None:
        """Note where the first of the calls under way began."""
        with self._lock:
            if self._calls == 0:
                self._home = _current_directory()
            self._calls += 1

    def leave(self) -> None:
        """Go back there."""
        with self._lock, suppress(OSError):  # it may be gone
            self._calls -= 1
            if self._home and _current_directory() != self._home:
                os.chdir(self._home)


_DIRECTORY = _WorkingDirectory()


@contextmanager
def working_directory_kept() -> Iterator[None]:
    """Go back to the working directory, wherever a user's own model goes meanwhile."""
    _DIRECTORY.enter()
    try:
        yield
    finally:
        _DIRECTORY.leave()


def _current_directory() -> str:
    """Return the working directory as text, which is quick to compare; empty when it is gone."""
    try:
        return os.getcwd()  # noqa: PTH109
    except OSError:
        return ""


def _watched(name: str, work: Callable[[], Any]) -> Any:
    """Do what runs the user's code; whatever that raises becomes one message.

    Raises
    ------
    SpecError
        For everything but an order to stop.
    """
    try:
        return work()
    except SpecError:
        raise
    except (Exception, SystemExit) as error:
        raise SpecError("problem", f"cannot load '{name}': {_reason(error)}") from None


def _reason(error: BaseException) -> str:
    """Return what was raised in one line, with its place where that is in the user's own file."""
    text = " ".join(f"{error}".split())[:_LONGEST]
    if isinstance(error, ModuleNotFoundError):
        return text
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if not f.filename.startswith("<") and f.filename != __file__]
    place = f" ({Path(own[-1].filename).name}:{own[-1].lineno})" if own else ""
    return f"{type(error).__name__}{': ' if text else ''}{text}{place}"


def _member(name: str, module: ModuleType, attribute: str) -> Callable[..., Any]:
    """Return the class in a module.

    Raises
    ------
    SpecError
        When there is none, with the nearest that is.
    """
    found: Any = getattr(module, attribute, None)
    if callable(found):
        return found  # type: ignore[no-any-return]  # whatever it returns is looked at
    classes = [key for key, value in vars(module).items() if isinstance(value, type)]
    what = "has no" if found is None else f"has a {type(found).__name__}, no class, named"
    message = f"cannot load '{name}': module '{module.__name__}' {what} '{attribute}'"
    raise SpecError("problem", message, nearest(attribute, classes))


def _completed(make: Callable[..., Any]) -> Callable[..., Any]:
    """Return a class with the members that a problem may leave out."""
    from problems.parameters.futures import UncertainProblem
    from problems.space import Problem

    if not isinstance(make, type) or Problem in make.__mro__:
        return make
    base = UncertainProblem if hasattr(make, "under") else Problem
    return type(make.__name__, (make, base), {"__module__": make.__module__})


def _fault(problem: Any) -> str | None:
    """Return the first thing that keeps an object from being a problem."""
    from problems.space import DesignSpace  # needs numpy

    kinds: dict[str, Any] = {
        "name": str,
        "version": str,
        "space": DesignSpace,
        "outputs": Mapping,
        "objectives": Sequence,
        "constraints": Sequence,
        "breakdowns": Sequence,
        "assumptions": Mapping,
        "assumption_units": Mapping,
        "scenario": str,
        "scenarios": Sequence,
        "cost_boundary": str,
        **dict.fromkeys(_METHODS, Callable),
    }
    missing = [member for member in kinds if not hasattr(problem, member)]
    if missing:
        listed = ", ".join(f"'{member}'" for member in missing)
        return f"{_kind(problem)} has no {listed}"
    for member, kind in kinds.items():
        value = getattr(problem, member)
        if not isinstance(value, kind):
            return f"'{member}' is {_kind(value)}, not {_wanted(kind)}"
    parts = (
        ("variable", problem.space.variables, Variable),
        ("output", problem.outputs.values(), Output),
        ("objective", problem.objectives, Objective),
        ("constraint", problem.constraints, Constraint),
        ("breakdown", problem.breakdowns, Breakdown),
    )
    found = (_part_fault(what, items, kind) for what, items, kind in parts)
    return next((fault for fault in found if fault is not None), None)


def _part_fault(what: str, items: Iterable[Any], kind: type[Any]) -> str | None:
    """Return which of some declarations is of another kind, or has text that cannot be written."""
    for item in items:
        if not isinstance(item, kind):
            return f"{_kind(item)} stands where {_wanted(kind)} belongs"
        for field in dataclasses.fields(item):
            value = getattr(item, field.name)
            texts = {"str": (value,), "tuple[str, ...]": value}.get(str(field.type), ())
            for text in texts:
                if not _is_text(text):
                    return f"'{field.name}' of {what} {item!r:.60} is {_kind(text)}, not text"
    return None


def _is_text(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    with suppress(UnicodeEncodeError):  # half a character
        value.encode()
        return True
    return False


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "text that cannot be written"
    name = type(value).__name__
    return f"an {name}" if name[0] in "aeiouAEIOU" else f"a {name}"


def _wanted(kind: Any) -> str:
    if kind is str:
        return "text"
    name = getattr(kind, "__name__", "Callable")
    plain = {"Mapping": "a mapping", "Sequence": "a tuple", "Callable": "a method"}
    return plain.get(name) or (f"an {name}" if name[0] in "AEIOUaeiou" else f"a {name}")
