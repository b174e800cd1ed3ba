"""The archive of a search: how long newcomers to its archive wait, and how it is thinned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import moocore
import numpy as np
import pytest

from optimize.config.overrides import load_source
from optimize.config.study import read_study
from optimize.engine import archive as archive_module
from optimize.engine.archive import Archive, archive_limit
from optimize.engine.indicators import hypervolume
from optimize.engine.search import Search
from optimize.engine.subset import COARSE, FINE, MOST_OBJECTIVES, hypervolume_subset
from optimize.evaluation.build import build_problem
from optimize.evaluation.tables import Layout
from problems.space import DesignSpace
from problems.spec import Objective

Write = Callable[..., Path]
GENERATIONS = 12


def tank(write_config: Write) -> Search:
    """Return a search of the tank before its first generation."""
    config, study = read_study(load_source(str(write_config())))
    layout = Layout(
        build_problem(config), DesignSpace(study.variables), study.objectives, study.constraints
    )
    return Search(config, layout)


def without_clock(search: Search) -> list[list[float]]:
    """Return the history but for its seconds."""
    return [row[:-1] for row in search.history]


# --- those who wait ------------------------------------------------------------------------------


def test_newcomers_wait_while_the_archive_is_large(
    write_config: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_module, "_MANY", 10)
    search, patient = tank(write_config), tank(write_config)
    exact, due, waited = [], [], 0
    for _ in range(GENERATIONS):
        waited += 1
        due.append(waited >= 1 + len(search.archive.settled) // 10)
        waited = 0 if due[-1] else waited
        search.step()
        patient.step()
        exact.append(hypervolume(search.archive.f, search.layout.objectives))
    told = [row[2] for row in search.history]
    assert 1 < sum(due) < GENERATIONS
    assert told[-1] != exact[-1] or due[-1]
    for k, is_due in enumerate(due):
        assert told[k] == (exact[k] if is_due else told[k - 1])
    frame = search.history_frame
    assert frame["hypervolume"].tolist() == [*told[:-1], exact[-1]]
    assert frame["front_size"].iloc[-1] == len(search.archive.f)
    # Nobody looked at this one before its end.
    assert without_clock(patient) == without_clock(search)
    assert patient.archive.f.tobytes() == search.archive.f.tobytes()


def test_newcomers_that_wait_change_no_settled_member(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "_MANY", 1)
    archive = Archive(1, (Objective("a", "min", 0.0, 1.0),), 10)
    x, f, g = np.zeros((1, 1)), np.array([[0.5]]), np.zeros((1, 1))
    assert archive.add(x, f, g)
    assert not archive.add(x, f - 0.1, g)
    assert archive.settled.tolist() == [[0.5]]
    assert archive.add(x, f, g)
    assert archive.settled.tolist() == [[0.4]]


def test_waiting_loses_no_member(write_config: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    prompt, patient = tank(write_config), tank(write_config)
    for _ in range(GENERATIONS):
        prompt.step()
    monkeypatch.setattr(archive_module, "_MANY", 1)
    for _ in range(GENERATIONS):
        patient.step()
    assert len(patient.archive.settled) < len(patient.archive.f)
    members = [set(map(tuple, one.archive.f.tolist())) for one in (prompt, patient)]
    assert members[0] == members[1]


def test_table_of_the_history_leaves_the_search_as_it_is(
    write_config: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A run that was interrupted, and wrote its table, must go on as if it had not been.
    monkeypatch.setattr(archive_module, "_MANY", 10)
    whole, halved = tank(write_config), tank(write_config)
    for generation in range(GENERATIONS):
        whole.step()
        if generation == GENERATIONS // 2:
            assert len(halved.history_frame) == generation
            state, halved = halved.state(), tank(write_config)
            halved.restore(state)
        halved.step()
    assert without_clock(halved) == without_clock(whole)


# --- the engine's population ---------------------------------------------------------------------


def test_population_is_given_as_the_designs_that_were_evaluated(write_config: Write) -> None:
    search = tank(write_config)
    asked: set[bytes] = set()
    ask = search.algorithm.ask

    def noted() -> Any:
        x = ask()
        asked.update(row.tobytes() for row in x)
        return x

    vars(search.algorithm)["ask"] = noted
    for _ in range(6):
        search.step()
    kept = {row.tobytes() for row in search.algorithm.state()["x"]}
    assert len(kept) == search.setting.population
    assert kept <= asked


# --- thinning ------------------------------------------------------------------------------------


def test_coarse_thinning_counts_seldom_and_loses_next_to_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    points = np.abs(np.random.default_rng(4).normal(size=(1200, 3)))
    points = 1.0 - points / np.linalg.norm(points, axis=1, keepdims=True)
    count, calls = moocore.hv_contributions, []

    def noted(*arguments: Any, **named: Any) -> Any:
        calls.append(len(arguments[0]))
        return count(*arguments, **named)

    monkeypatch.setattr(moocore, "hv_contributions", noted)
    volumes, counts = {}, {}
    for share in (FINE, COARSE):
        calls.clear()
        chosen = hypervolume_subset(points, 900, share=share)
        assert len(chosen) == 900
        volumes[share] = float(moocore.hypervolume(points[chosen], ref=np.ones(3)))
        counts[share] = len(calls)
    assert counts == {FINE: 50, COARSE: 3}
    assert volumes[COARSE] == pytest.approx(volumes[FINE], rel=4e-4)


@pytest.mark.parametrize(
    ("population", "n_obj", "limit"),
    [
        (100, 2, 2000),  # small searches have room for a few thousand
        (1000, 3, 8000),  # eight for each member of the population
        (5000, 2, 16_000),  # not much more
        (20_000, 2, 40_000),  # but twice the population always
        (500, MOST_OBJECTIVES + 1, 500),  # thinning is dear in many objectives
    ],
)
def test_an_archive_has_room_by_population_and_objectives(
    population: int, n_obj: int, limit: int
) -> None:
    assert archive_limit(population, n_obj) == limit
