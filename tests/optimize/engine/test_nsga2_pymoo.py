"""Our NSGA-II behind pymoo's interface: everything pymoo's users rely on."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from pymoo.core.callback import Callback
from pymoo.core.evaluator import Evaluator
from pymoo.core.individual import Individual
from pymoo.core.population import Population
from pymoo.core.problem import ElementwiseProblem, Problem
from pymoo.core.variable import Binary, Choice, Integer, Real
from pymoo.indicators.hv import HV
from pymoo.optimize import minimize
from pymoo.problems import get_problem
from pymoo.problems.static import StaticProblem
from pymoo.util.archive import MultiObjectiveArchive

from optimize.engine.algorithms.pymoo_columns import Columns, violations
from optimize.nsga2_pymoo import PymooNsga2, space_of


class Beam(ElementwiseProblem):
    """Mass and sag of a beam: every kind of pymoo variable."""

    def __init__(self) -> None:
        variables = {
            "width": Real(bounds=(0.1, 2.0)),
            "ribs": Integer(bounds=(1, 9)),
            "metal": Choice(options=["steel", "alloy", 3]),
            "hollow": Binary(),
        }
        super().__init__(vars=variables, n_obj=2, n_ieq_constr=1)
        self.seen: list[dict[str, Any]] = []

    def _evaluate(self, x: dict[str, Any], out: dict, *args: object, **kwargs: object) -> None:
        self.seen.append(x)
        density = {"steel": 3.0, "alloy": 1.0, 3: 2.0}[x["metal"]]
        mass = density * x["width"] * (0.6 if x["hollow"] else 1.0) + 0.1 * x["ribs"]
        sag = 1.0 / (x["width"] * density**0.5) + 1.0 / x["ribs"] + 0.2 * x["hollow"]
        out["F"], out["G"] = [mass, sag], [mass - 4.0]


class Rough(Problem):
    """One design in three is not a number or infinitely good; the others are a line."""

    def __init__(self) -> None:
        super().__init__(n_var=2, n_obj=2, xl=0.0, xu=1.0)

    def _evaluate(self, x: np.ndarray, out: dict, *args: object, **kwargs: object) -> None:
        f = np.column_stack((x[:, 0], 1.0 - x[:, 0] + x[:, 1]))
        f[x[:, 1] < 0.2] = np.nan
        f[x[:, 1] > 0.9] = -np.inf
        out["F"] = f


class Line(Problem):
    """An equality: the variables add up to one."""

    def __init__(self) -> None:
        super().__init__(n_var=2, n_obj=2, n_eq_constr=1, xl=0.0, xu=1.0)

    def _evaluate(self, x: np.ndarray, out: dict, *args: object, **kwargs: object) -> None:
        out["F"] = x**2
        out["H"] = 1.0 - x.sum(axis=1, keepdims=True)


def test_minimize_returns_the_front_as_pymoo_does() -> None:
    result = minimize(get_problem("bnh"), PymooNsga2(60), ("n_gen", 40), seed=1)
    assert result.algorithm.evaluator.n_eval == 60 * 40
    assert result.X.shape == result.F.shape == (60, 2)
    assert (result.G <= 0.0).all()
    assert np.allclose(get_problem("bnh").evaluate(result.X, return_values_of=["F"]), result.F)
    assert isinstance(result.pop, Population)
    assert isinstance(result.opt[0], Individual)
    assert result.opt[0].feas
    # pymoo's own NSGA2 (0.6.2) reaches 5222 to 5230 with six seeds.
    assert HV(ref_point=np.array([140.0, 50.0]))(result.F) > 5200.0


def test_same_seed_gives_the_same_result_and_another_seed_another() -> None:
    runs = [minimize(get_problem("zdt1"), PymooNsga2(20), ("n_gen", 8), seed=s) for s in (1, 1, 2)]
    assert runs[0].F.tobytes() == runs[1].F.tobytes()
    assert runs[0].F.tobytes() != runs[2].F.tobytes()


def test_ask_and_tell_give_the_result_of_minimize() -> None:
    problem = get_problem("tnk")
    whole = minimize(problem, PymooNsga2(30), ("n_gen", 12), seed=4)
    algorithm = PymooNsga2(30)
    algorithm.setup(problem, termination=("n_gen", 12), seed=4)
    while algorithm.has_next():
        designs = algorithm.ask()
        assert isinstance(designs, Population)
        f, g = problem.evaluate(designs.get("X"), return_values_of=["F", "G"])
        Evaluator().eval(StaticProblem(problem, F=f, G=g), designs)
        algorithm.tell(infills=designs)
    assert algorithm.result().F.tobytes() == whole.F.tobytes()


def test_tell_refuses_another_number_of_designs() -> None:
    algorithm = PymooNsga2(10)
    algorithm.setup(get_problem("zdt1"), termination=("n_gen", 3), seed=1)
    designs = algorithm.ask()
    Evaluator().eval(algorithm.problem, designs)
    with pytest.raises(ValueError, match="9 designs told, 10 were asked"):
        algorithm.tell(infills=designs[:9])


@pytest.mark.parametrize("archive", [False, True])
def test_own_evaluator_and_archive_change_nothing(archive: bool) -> None:
    plain = minimize(get_problem("srn"), PymooNsga2(20), ("n_gen", 6), seed=2)
    settings = {"archive": MultiObjectiveArchive()} if archive else {"evaluator": Evaluator()}
    own = minimize(get_problem("srn"), PymooNsga2(20, **settings), ("n_gen", 6), seed=2)
    assert own.F.tobytes() == plain.F.tobytes()
    assert own.algorithm.evaluator.n_eval == 120


def test_callback_sees_population_and_optimum_every_generation() -> None:
    class Watch(Callback):
        def notify(self, algorithm: Any) -> None:
            self.data.setdefault("f", []).append(algorithm.pop.get("F").min(axis=0))
            self.data.setdefault("n", []).append((algorithm.n_gen, len(algorithm.off)))
            assert all(one.F.tolist() in algorithm.pop.get("F").tolist() for one in algorithm.opt)
            assert (algorithm.pop.get("n_gen") <= algorithm.n_gen).all()

    watch = Watch()
    result = minimize(get_problem("zdt2"), PymooNsga2(20), ("n_gen", 7), seed=1, callback=watch)
    data = result.algorithm.callback.data
    assert data["n"] == [(n, 20) for n in range(1, 8)]
    assert (np.diff(data["f"], axis=0) <= 0.0).all()  # elitism: the best never gets worse


def test_default_termination_ends_a_converged_search() -> None:
    result = minimize(get_problem("bnh"), PymooNsga2(20), seed=1)
    assert 500 < result.algorithm.evaluator.n_eval < 100_000


def test_display_and_history_work(capsys: pytest.CaptureFixture[str]) -> None:
    result = minimize(
        get_problem("bnh"), PymooNsga2(10), ("n_gen", 3), seed=1, verbose=True, save_history=True
    )
    assert "n_eval" in capsys.readouterr().out
    assert [entry.n_gen for entry in result.history] == [1, 2, 3]
    assert [len(entry.pop) for entry in result.history] == [10, 10, 10]


def test_mixed_variables_arrive_in_their_own_types() -> None:
    problem = Beam()
    result = minimize(problem, PymooNsga2(30), ("n_gen", 15), seed=1)
    for x in result.problem.seen:
        assert type(x["ribs"]) is int
        assert 1 <= x["ribs"] <= 9
        assert type(x["hollow"]) is bool
        assert x["metal"] in ("steel", "alloy", 3)
        assert 0.1 <= x["width"] <= 2.0
    assert {type(x) for x in result.X} == {dict}
    rng = np.random.default_rng(0)
    chance = [
        {
            "width": rng.uniform(0.1, 2.0),
            "ribs": int(rng.integers(1, 10)),
            "metal": ["steel", "alloy", 3][rng.integers(3)],
            "hollow": bool(rng.integers(2)),
        }
        for _ in range(450)
    ]
    f = np.array(problem.evaluate(np.array(chance, dtype=object), return_values_of=["F"]))
    feasible = f[f[:, 0] <= 4.0]
    corner = HV(ref_point=np.array([4.0, 12.0]))
    assert corner(result.F) > corner(feasible)


def test_integer_problem_gets_integers() -> None:
    class Whole(Problem):
        def __init__(self) -> None:
            super().__init__(n_var=2, n_obj=2, xl=0, xu=3, vtype=int)

        def _evaluate(self, x: np.ndarray, out: dict, *args: object, **kwargs: object) -> None:
            assert x.dtype == int
            out["F"] = np.column_stack((x[:, 0] + x[:, 1], 6 - x[:, 0]))

    result = minimize(Whole(), PymooNsga2(8), ("n_gen", 30), seed=1)
    # By hand: x1 = 0 is best, x0 trades one for one: four designs. When nothing new is left near
    # them, the search ends before its 240 evaluations.
    assert sorted(map(tuple, result.X.tolist())) == [(0, 0), (1, 0), (2, 0), (3, 0)]
    assert result.algorithm.evaluator.n_eval < 100


def test_designs_that_are_not_finite_never_win() -> None:
    result = minimize(Rough(), PymooNsga2(40), ("n_gen", 20), seed=1)
    assert np.isfinite(result.F).all()
    assert (result.X[:, 1] >= 0.2).all()
    assert (result.X[:, 1] <= 0.9).all()


def test_equality_constraints_hold_within_the_tolerance() -> None:
    result = minimize(Line(), PymooNsga2(40), ("n_gen", 150), seed=1)
    assert (np.abs(result.H) <= 1e-4).all()


def test_no_feasible_design_reports_none_or_the_least_violating() -> None:
    class Never(Problem):
        def __init__(self) -> None:
            super().__init__(n_var=2, n_obj=2, n_ieq_constr=1, xl=0.0, xu=1.0)

        def _evaluate(self, x: np.ndarray, out: dict, *args: object, **kwargs: object) -> None:
            out["F"], out["G"] = x, 1.0 + x.sum(axis=1, keepdims=True)

    assert minimize(Never(), PymooNsga2(10), ("n_gen", 5), seed=1).F is None
    algorithm = PymooNsga2(10, return_least_infeasible=True)
    result = minimize(Never(), algorithm, ("n_gen", 30), seed=1)
    assert result.CV.ravel()[0] < 1.1


def test_pickle_continues_as_if_never_stopped() -> None:
    algorithm = PymooNsga2(20)
    algorithm.setup(get_problem("osy"), termination=("n_gen", 10), seed=3)
    for _ in range(5):
        algorithm.next()
    other = pickle.loads(pickle.dumps(algorithm))
    assert algorithm.run().F.tobytes() == other.run().F.tobytes()


def test_space_of_refuses_numbers_without_bounds() -> None:
    with pytest.raises(ValueError, match="no bounds"):
        space_of(Problem(n_var=2, n_obj=2))
    with pytest.raises(ValueError, match="'b' has no finite bounds"):
        space_of(Problem(vars={"a": Real(bounds=(0, 1)), "b": Real(bounds=(0, np.inf))}, n_obj=2))


def test_columns_behave_like_a_population() -> None:
    x, f, g = np.arange(6.0).reshape(3, 2), np.ones((3, 2)), np.array([[-1.0], [0.0], [2.0]])
    columns = Columns(3, X=x, F=f, G=g)
    objects = columns.population()
    for name in ("X", "F", "G", "H", "CV", "cv", "FEAS", "feas"):
        ours, theirs = columns.get(name), objects.get(name)
        assert ours.shape == theirs.shape, name
        assert np.array_equal(ours, theirs), name
    assert columns[-1].X.tolist() == [4.0, 5.0]
    assert columns[columns.get("feas")].get("X").tolist() == [[0.0, 1.0], [2.0, 3.0]]
    assert len(columns[[0, 2]]) == len(columns[1:]) == 2
    assert columns.set("rank", 0).get("rank").tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="2 values of n for 3 designs"):
        columns.set("n", np.zeros(2))
    with pytest.raises(IndexError):
        columns[3]
    with pytest.raises(KeyError):
        columns.get("unknown")


def test_violations_are_those_of_pymoo() -> None:
    rng = np.random.default_rng(0)
    g, h = rng.normal(size=(50, 3)), rng.normal(scale=1e-3, size=(50, 2))
    objects = Population.new("X", np.zeros((50, 1)))
    objects.set("G", g, "H", h)
    assert np.allclose(violations(g, h).sum(axis=1), objects.get("cv"), rtol=1e-12, atol=1e-15)
