"""Progress in a notebook: a bar that names the phases, without a terminal."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from optimize.run.notebook import in_notebook, shown_progress
from optimize.utils.phases import phase


class Handle:
    def __init__(self, shown: list[Any]) -> None:
        self.update = shown.append


def test_progress_is_a_bar_in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    ipython, display = ModuleType("IPython"), ModuleType("IPython.display")
    ipython.get_ipython = lambda: SimpleNamespace(kernel=1)  # type: ignore[attr-defined]
    display.HTML = str  # type: ignore[attr-defined]
    display.display = lambda _, display_id: Handle(shown)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    with shown_progress() as show:
        assert show is not None
        phase("drawing", 3, 7)
        search = SimpleNamespace(
            history=[(4, 400, 0.5, 0.4, 12, 0.1)],
            generation=4,
            setting=SimpleNamespace(generation_limit=60),
        )
        show(search)  # type: ignore[arg-type]
    assert shown[0] == '<progress value="3" max="7"></progress> drawing 3 of 7'
    assert shown[1].endswith("generation 4 of 60, 400 evaluations, front 12")
    assert shown[-1] == ""


def test_nothing_is_shown_outside_notebook_and_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert not in_notebook()
    with shown_progress() as show:
        assert show is None
        phase("drawing")
    assert capsys.readouterr() == ("", "")
