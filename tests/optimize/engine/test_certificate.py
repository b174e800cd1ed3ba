"""Certificates of bowls: what is proved, and what an uncertified member is told."""

from __future__ import annotations

import dataclasses
from itertools import count

import numpy as np
import pytest

from optimize.engine.calls import Task, called, together
from optimize.engine.certificate import DIFFERENCE_LIMIT, Certificate, certify
from optimize.engine.curvature import curvatures
from optimize.engine.jumps import walls
from optimize.engine.local_model import Landscape
from optimize.engine.points import Points
from optimize.engine.programme import Programmes, least_common_losses
from optimize.engine.refine import refine
from optimize.engine.surfaces import Walls
from problems.space import DesignSpace
from problems.units import FloatArray
from tests.optimize.engine.bowls import Bowls


def land(problem: Bowls) -> Landscape:
    return Landscape.of(problem, problem.space, problem.objectives, problem.constraints)


def certificate(problem: Bowls, *rows: tuple[float, float, float, float]) -> Certificate:
    return certify(land(problem), np.array(rows))


def front(b: float = 0.5) -> FloatArray:
    return np.array([[a, b, 1.0, 0.0] for a in np.linspace(0.2, 0.8, 13)])


def test_every_member_of_a_known_front_is_certified() -> None:
    found = certify(land(Bowls()), front())
    assert found.certified.all()
    assert found.residual.max() < 1e-12
    assert not found.at_kink.any()


def test_limits_and_bounds_that_hold_a_front_carry_their_part() -> None:
    held = certify(land(Bowls(least_b=0.7)), front(0.7))
    assert held.certified.all()
    assert held.residual.max() < 1e-12
    assert not certify(land(Bowls(least_b=0.6)), front(0.7)).certified.any()
    assert certificate(Bowls("jump"), (0.4, 0.0, 1.0, 0.0)).certified.all()  # below the jump


def test_a_member_beside_the_front_is_told_which_way_to_go() -> None:
    problem = Bowls()
    found = certificate(problem, (0.4, 0.6, 1.0, 0.0), (0.9, 0.5, 1.0, 0.0), (0.4, 0.5, 1.0, 0.0))
    assert found.certified.tolist() == [False, False, True]
    assert found.residual[:2] == pytest.approx([0.2, 0.2])
    ways = [found.moves(land(problem), row) for row in range(3)]
    assert ways == [["less b"], ["less a"], []]


def test_a_member_that_a_swap_or_a_step_betters_is_told_which() -> None:
    problem = Bowls()
    found = certificate(problem, (0.4, 0.5, 1.0, 1.0), (0.4, 0.5, 3.0, 0.0), (0.4, 0.5, 1.0, 0.0))
    assert found.certified.tolist() == [False, False, True]
    evidence = found.evidence(land(problem), 0.0)
    assert evidence["swaps_that_dominate"] == 2
    assert evidence["swapped_variables"] == {"kind": 1, "steps": 1}
    assert found.swaps.x.tolist() == [[0.4, 0.5, 1.0, 0.0], [0.4, 0.5, 2.0, 0.0]]


def test_an_infeasible_member_is_not_certified() -> None:
    assert not certificate(Bowls(least_b=0.6), (0.4, 0.5, 1.0, 0.0)).certified.any()


def test_a_member_in_the_crease_of_a_kink_is_certified_and_one_on_a_ridge_is_not() -> None:
    crease = certificate(Bowls("kink"), (0.5, 0.5, 1.0, 0.0), (0.45, 0.5, 1.0, 0.0))
    assert crease.certified.tolist() == [True, False]
    assert crease.at_kink.tolist() == [True, False]
    assert not certificate(Bowls("ridge"), (0.5, 0.5, 1.0, 0.0)).certified.any()


def test_where_two_kinks_meet_the_gradient_beyond_both_counts() -> None:
    # Of the sides of one kink alone no mixture vanishes: it takes 0.55 of one and 0.7 of the other.
    corner = certificate(Bowls("corner"), (0.9, 0.9, 1.0, 0.0), (0.9, 0.85, 1.0, 0.0))
    assert corner.certified.tolist() == [True, False]
    refined = refine(land(Bowls("corner")), front(0.7)[::6], limit=1e-6)
    assert refined.x[:, :2] == pytest.approx(0.9, abs=1e-6)
    assert refined.residual.max() <= 1e-6


@pytest.mark.parametrize("beside", [-1e-9, 0.0, 1e-9])
def test_a_kink_beside_a_design_hides_no_curvature(beside: float) -> None:
    around = land(Bowls("kink"))
    points = called(around, Points.located(around, np.array([[0.5 + beside, 0.4, 1.0, 0.0]])))
    bent = called(around, curvatures(around, points))[0]
    assert bent[:2] == pytest.approx(np.tile(2.0 * np.eye(2), (2, 1, 1)), abs=1e-4)


def test_a_number_between_a_bound_and_a_kink_counts_as_straight() -> None:
    problem = Bowls("kink")
    lower = 0.5 - 1e-7
    a, *others = problem.space.variables
    problem.space = DesignSpace((dataclasses.replace(a, lower=lower), *others))
    around = land(problem)
    points = called(around, Points.located(around, np.array([[lower, 0.4, 1.0, 0.0]])))
    bent = called(around, curvatures(around, points))[0]
    assert bent[:2] == pytest.approx(np.tile(np.diag([0.0, 2.0]), (2, 1, 1)), abs=1e-4)


def test_the_edge_of_a_jump_holds_a_member_like_a_bound() -> None:
    found = certificate(Bowls("jump"), (0.4, 0.3, 1.0, 0.0), (0.4, 0.31, 1.0, 0.0))
    assert found.certified.tolist() == [True, False]


def test_a_kink_that_a_jump_bars_from_view_is_seen_along_the_jump() -> None:
    found = certificate(Bowls("barred"), (0.5 - 1e-9, 0.5, 1.0, 0.0), (0.4, 0.4, 1.0, 0.0))
    assert found.certified.tolist() == [True, False]
    assert found.at_kink.tolist() == [True, False]
    refined = refine(land(Bowls("barred")), front(0.95)[::6], limit=1e-6)
    assert refined.residual.max() <= 1e-6
    assert refined.x[:, :2] == pytest.approx(0.5, abs=1e-6)


def test_a_jump_is_found_exactly_from_afar_and_across_kinks() -> None:
    around = land(Bowls("barred"))
    ends = np.array([[0.3, 0.9, 1.0, 0.0], [0.8, 0.35, 1.0, 0.0]])
    near, far = (called(around, Points.located(around, ends[[i]])) for i in range(2))
    surface = called(around, walls(around, near, far, Walls.none(2)))
    assert surface.u[0, 0] == pytest.approx(surface.u[0, 1], abs=1e-12)
    assert surface.normals[0] == pytest.approx(np.array([1.0, -1.0]) / np.sqrt(2.0), abs=1e-6)


def test_a_kink_between_two_points_is_no_jump() -> None:
    around = land(Bowls("kink"))
    near, far = (
        called(around, Points.located(around, np.array([[a, 0.4, 1.0, 0.0]]))) for a in (0.2, 0.9)
    )
    assert len(called(around, walls(around, near, far, Walls.none(2))).rows) == 0


@pytest.mark.parametrize(
    ("moved", "calls", "exact"), [(0.0, 1, 2e-12), (1e-9, 5, 1e-10), (1e-6, 20, 2e-12)]
)
def test_a_known_surface_serves_where_the_model_jumps_on_it(
    moved: float, calls: int, exact: float
) -> None:
    problem = Bowls("barred")
    around = land(problem)
    ends = np.array([[0.3, 0.9, 1.0, 0.0], [0.8, 0.35, 1.0, 0.0]])
    near, far = (called(around, Points.located(around, ends[[i]])) for i in range(2))
    normal = np.array([[1.0, -1.0]]) / np.sqrt(2.0)
    known = Walls(np.array([7]), np.array([[0.2, 0.2]]) + moved * normal, normal)
    asked = []
    problem.evaluate = lambda x, names: asked.append(len(x)) or Bowls.evaluate(problem, x, names)
    surface = called(around, walls(around, near, far, known))
    assert surface.rows.tolist() == [0]
    assert surface.u[0, 0] == pytest.approx(surface.u[0, 1], abs=exact)
    assert surface.normals[0] == pytest.approx(normal[0], abs=1e-6)
    assert calls / 4 < len(asked) <= calls


def test_a_bend_that_looks_like_a_jump_is_soon_told_from_one() -> None:
    problem = Bowls()
    around = land(problem)
    ends = np.array([[0.4, 0.1, 1.0, 0.0], [0.4, 0.9, 1.0, 0.0]])
    near, far = (called(around, Points.located(around, ends[[i]])) for i in range(2))
    far.p += 10.0  # a gap that no kink explains
    asked = []
    problem.evaluate = lambda x, names: asked.append(len(x)) or Bowls.evaluate(problem, x, names)
    assert len(called(around, walls(around, near, far, Walls.none(2))).rows) == 0
    assert len(asked) == 1


def test_a_surface_is_new_where_no_known_plane_passes() -> None:
    normal = np.array([[0.6, 0.8]])
    known = Walls(np.array([3]), np.array([[0.5, 0.5]]), normal)
    along, off = np.array([[0.5 - 0.4, 0.5 + 0.3]]), np.array([[0.5, 0.4]])
    places = np.concatenate((along + 1e-8 * normal, along + 1e-6 * normal, off, off))
    others = Walls(np.arange(4), places, np.tile(normal, (4, 1)))
    assert known.with_new(others).rows.tolist() == [3, 1, 2]


def test_programmes_are_solved_side_by_side() -> None:
    # The lower of x and -x - 1 may rise no more; between -1 and -2 there is nothing; no rows but
    # a box.
    lines = np.array([[1.0], [-1.0], [1.0], [-1.0], [1.0], [-1.0]])
    shares = np.array([1.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    room = np.array([0.0, 0.5, -2.0, 1.0, 1.0, 1.0])
    solved = least_common_losses(
        np.ones((3, 1, 1)), Programmes(np.array([0, 0, 1, 1, 2, 2]), lines, shares, room)
    )
    assert solved.sound.tolist() == [True, False, True]
    assert solved.steps[:, 0] == pytest.approx([-0.5, 0.0, 0.0])
    assert solved.prices[0] > 0.0
    assert solved.prices[2:] == pytest.approx(0.0)


def test_infeasible_designs_stay() -> None:
    x = front()[:3]
    refined = refine(land(Bowls(least_b=0.9)), x, limit=1e-6)
    assert (refined.x == x).all()
    assert np.isinf(refined.residual).all()


def test_tasks_side_by_side_share_their_calls_and_derivatives_wait() -> None:
    around, x = land(Bowls()), front()
    kinds = []

    def seen(task: Task[list[Points]]) -> Task[list[Points]]:
        answer = None
        while True:
            try:
                call = task.send(answer)
            except StopIteration as end:
                return end.value
            kinds.append((len(call.x), call.derivatives))
            answer = yield call

    first, second = Points.located(around, x[:3]), Points.located(around, x[3:5])
    both = called(around, seen(together([first, second, Points.at(around, x[:1])])))
    assert kinds == [(6, False), (5, True)]
    assert (both[1].p == called(around, Points.located(around, x[3:5])).p).all()


def test_curvature_from_afar_does_not_slow_refinement_down() -> None:
    rounds = count()
    x = front(0.95)[::6]
    refined = refine(land(Bowls("valley")), x, limit=1e-6, stopped=lambda: next(rounds) >= 25)
    assert refined.residual.max() <= 1e-6
    assert refined.x[:, 1] == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize(
    ("shape", "least_b", "a", "b"),
    [
        ("smooth", 0.0, None, 0.5),
        ("smooth", 0.7, None, 0.7),
        ("kink", 0.0, 0.5, 0.5),
    ],
)
def test_refinement_ends_at_the_known_optimum(
    shape: str, least_b: float, a: float | None, b: float
) -> None:
    problem = Bowls(shape, least_b=least_b)
    x = front()
    x[:, 1] = 0.85 + 0.1 * np.sin(np.arange(13.0))
    refined = refine(land(problem), x, limit=1e-6)
    assert refined.residual.max() <= 1e-6
    assert certify(land(problem), refined.x).certified.all()
    assert refined.x[:, 1] == pytest.approx(b, abs=1e-6)
    if a is not None:
        assert refined.x[:, 0] == pytest.approx(a, abs=1e-6)
    before, after = (problem.evaluate(rows, ["near", "far"]) for rows in (x, refined.x))
    assert all((after[name] <= before[name] + 1e-8).all() for name in before)
    assert (refined.x[:, 1] >= least_b).all()


def test_refinement_stops_at_the_edge_of_a_jump() -> None:
    problem = Bowls("jump")
    refined = refine(land(problem), front(0.42), limit=1e-6)
    assert certify(land(problem), refined.x).certified.all()
    assert refined.x[:, 1] == pytest.approx(0.3, abs=1e-6)
    assert (refined.x[:, 1] >= 0.3).all()


def test_finite_differences_prove_what_they_can() -> None:
    found = certify(land(Bowls(exact=False)), front())
    assert found.limit == DIFFERENCE_LIMIT
    assert found.certified.all()
    assert 0.0 < found.residual.max() < DIFFERENCE_LIMIT


def test_refinement_takes_the_swaps_that_dominate_once_designs_are_at_rest() -> None:
    x = front(0.42)
    x[:, 2] = 3.0
    refined = refine(land(Bowls()), x, limit=1e-6, swaps=True)
    assert (refined.x[:, 2] == 1.0).all()
    assert refined.residual.max() <= 1e-6


def test_refinement_asked_to_stop_changes_nothing() -> None:
    x = front(0.42)
    assert (refine(land(Bowls()), x, limit=1e-6, stopped=lambda: True).x == x).all()


@pytest.mark.parametrize("shape", ["smooth", "kink", "ridge", "jump"])
@pytest.mark.parametrize("rounds", [1, 4])
def test_refinement_stopped_at_any_moment_has_lost_nothing(shape: str, rounds: int) -> None:
    problem = Bowls(shape, least_b=0.25)
    x = problem.space.sample(20, np.random.default_rng(rounds))
    x[:, 1] = np.maximum(x[:, 1], 0.25)
    asked, given = iter(range(rounds)), x.copy()
    start = refine(land(problem), x, limit=0.0, stopped=lambda: True)
    found = refine(land(problem), x, limit=0.0, stopped=lambda: next(asked, None) is None)
    assert (x == given).all()
    same = (found.x[:, 2:] == x[:, 2:]).all(axis=1)  # a swap that dominates starts anew
    assert (found.residual <= start.residual)[same].all()
    assert (found.residual < start.residual).any()
    before, after = (problem.evaluate(rows, ["near", "far"]) for rows in (x, found.x))
    assert all((after[name] <= before[name] + 1e-8).all() for name in before)
    assert (found.x[:, 1] >= 0.25).all()
