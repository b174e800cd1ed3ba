import numpy as np
import pytest

from optimize.designs.scores import choose, knee, scores
from problems.spec import Objective

COST = Objective("cost_usd", "min", 1.0, 100.0, log=True)
MASS = Objective("mass_kg", "min", 1.0, 10.0)
LOSS = Objective("loss_w", "min", 1.0, 10.0)
YIELD = Objective("yield_w", "max", 10.0, 1.0)


def test_scores_scale_each_objective_between_best_and_worst():
    values = np.array([[1.0, 30.0], [10.0, 20.0], [100.0, 10.0]])
    # One decade of two is half of a logarithmic scale; 20 is half of 10 to 30.
    assert scores(values, [COST, MASS]).tolist() == [[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]]


def test_scores_turn_round_what_is_maximised():
    assert scores(np.array([[2.0], [6.0], [10.0]]), [YIELD]).ravel().tolist() == [1.0, 0.5, 0.0]


def test_scores_of_a_constant_objective_are_zero():
    assert scores(np.full((3, 1), 7.0), [MASS]).tolist() == [[0.0], [0.0], [0.0]]


@pytest.mark.parametrize("objective", [COST, MASS, YIELD])
def test_scores_of_an_objective_that_differs_by_rounding_only_are_zero(objective):
    values = 5e3 * (1.0 + 1e-11 * np.arange(4.0))[:, None]
    assert scores(values, [objective]).tolist() == [[0.0]] * 4
    assert scores(5e3 * (1.0 + 1e-6 * np.arange(2.0))[:, None], [objective]).max() == 1.0


def test_nothing_is_best_in_a_constant_objective():
    values = np.array([[7.0, 3.0, 1.0], [7.0, 2.0, 1.9], [7.0, 1.0, 4.0]])
    found = {c.title: c.row for c in choose(values, [COST, MASS, LOSS], {})}
    assert found == {"lightest": 2, "lowest loss w": 0, "knee": 1}


def test_two_designs_that_differ_in_one_objective_have_no_knee():
    values = np.array([[7.0, 3.0], [7.0 + 1e-12, 2.0]])
    assert [(c.row, c.titles) for c in choose(values, [COST, MASS], {})] == [(1, ("lightest",))]


def test_scores_stay_linear_where_a_logarithm_does_not_exist():
    assert scores(np.array([[0.0], [1.0], [4.0]]), [COST]).ravel().tolist() == [0.0, 0.25, 1.0]


def test_scores_leave_their_input_alone():
    values = np.array([[1.0, 3.0], [2.0, 1.0]])
    before = values.copy()
    scores(values, [COST, MASS])
    assert np.array_equal(values, before)


def test_scores_of_nothing_are_nothing():
    assert scores(np.empty((0, 2)), [COST, MASS]).shape == (0, 2)


def test_knee_of_a_circle_is_its_middle():
    # On a quarter circle that bulges towards the ideal, the point farthest from the chord between
    # the ends lies at 45 degrees (Das 1999, figure 1, by symmetry).
    angle = np.radians(np.linspace(0.0, 90.0, 91))
    front = np.column_stack([1.0 - np.cos(angle), 1.0 - np.sin(angle)])
    assert knee(scores(front, [MASS, MASS])) == 45


def test_knee_has_the_largest_distance_to_the_line_between_the_ends():
    x = np.linspace(0.1, 4.0, 200)
    score = scores(np.column_stack([x, 1.0 / x]), [MASS, MASS])
    first, last = score[0], score[-1]
    direction = (last - first) / np.linalg.norm(last - first)
    offset = score - first
    distance = np.abs(offset[:, 0] * direction[1] - offset[:, 1] * direction[0])
    assert knee(score) == int(np.argmax(distance))


def test_knee_prefers_balance_between_equal_sums():
    assert knee(np.array([[0.0, 0.6], [0.3, 0.3], [0.6, 0.0]])) == 1


def test_choose_names_the_best_and_the_knee():
    values = np.array([[1.0, 9.0], [2.0, 2.0], [9.0, 1.0]])
    found = {c.title: c.row for c in choose(values, [COST, MASS], {})}
    assert found == {"cheapest": 0, "lightest": 2, "knee": 1}


def test_choose_gives_one_design_all_its_titles():
    values = np.array([[1.0, 1.0]])
    assert [c.titles for c in choose(values, [COST, MASS], {})] == [
        ("cheapest", "lightest", "knee")
    ]


def test_choose_breaks_a_tie_by_the_other_objectives():
    values = np.array([[1.0, 9.0], [1.0, 3.0], [9.0, 1.0]])
    assert choose(values, [COST, MASS], {})[0].row == 1


@pytest.mark.parametrize("order", [[2, 0, 1, 3], [3, 2, 1, 0]])
def test_choose_does_not_depend_on_row_order(order):
    values = np.array([[1.0, 9.0], [2.0, 2.5], [5.0, 2.0], [9.0, 1.0]])
    plain = {c.title: values[c.row].tolist() for c in choose(values, [COST, MASS], {})}
    mixed = values[order]
    assert {c.title: mixed[c.row].tolist() for c in choose(mixed, [COST, MASS], {})} == plain


def test_choose_from_nothing_is_nothing():
    assert choose(np.empty((0, 2)), [COST, MASS], {}) == ()


def test_choose_has_no_knee_for_a_single_objective():
    assert [c.title for c in choose(np.array([[2.0], [1.0]]), [MASS], {})] == ["lightest"]
