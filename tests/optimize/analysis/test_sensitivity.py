"""Sobol, Morris and tornado on functions with known answers."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import numpy as np
import pytest

from optimize.analysis.sensitivity.sensitivity import require_salib, screen, sobol, tornado
from problems.parameters.uncertain import Marginal
from problems.spec import SpecError
from problems.units import FloatArray

ANGLES = tuple(Marginal(key, "rad", -np.pi, 0.0, np.pi, "uniform") for key in "abc")
SHARES = tuple(Marginal(key, "1", 0.0, 0.5, 1.0, "uniform") for key in "abc")


def ishigami(x: Mapping[str, FloatArray]) -> FloatArray:
    """T. Ishigami, T. Homma (1990), DOI 10.1109/ISUMA.1990.151285, with a = 7 and b = 0.1."""
    wave = np.sin(x["a"]) + 7.0 * np.sin(x["b"]) ** 2 + 0.1 * x["c"] ** 4 * np.sin(x["a"])
    return wave[:, None]


def linear(x: Mapping[str, FloatArray]) -> FloatArray:
    """Shares 1/14, 4/14, 9/14 of the variance, no interaction; and a constant."""
    total = 1.0 * x["a"] + 2.0 * x["b"] - 3.0 * x["c"]
    return np.column_stack([total, 0.0 * total + 4.0])


def test_sobol_of_ishigami() -> None:
    found = sobol(ANGLES, ishigami, samples=4096, seed=1)
    # Closed forms: V1 = (1 + b pi^4/5)^2/2, V2 = a^2/8, V13 = 8 b^2 pi^8/225.
    v1, v2, v13 = 0.5 * (1.0 + np.pi**4 / 50.0) ** 2, 49.0 / 8.0, 8.0 * np.pi**8 / 22500.0
    whole = v1 + v2 + v13
    assert [v1 / whole, v2 / whole] == pytest.approx([0.3139, 0.4424], abs=1e-4)  # as published
    np.testing.assert_allclose(found.first[:, 0], np.array([v1, v2, 0.0]) / whole, atol=0.01)
    np.testing.assert_allclose(found.total[:, 0], np.array([v1 + v13, v2, v13]) / whole, atol=0.01)
    assert found.variance[0] == pytest.approx(whole, rel=0.01)
    assert (
        np.abs(found.first[:, 0] - np.array([v1, v2, 0.0]) / whole) < found.first_conf[:, 0]
    ).all()


def test_sobol_of_a_line_are_the_squares_of_its_slopes() -> None:
    found = sobol(SHARES, linear, samples=1024, seed=2)
    exact = np.array([1.0, 4.0, 9.0]) / 14.0
    np.testing.assert_allclose(found.first[:, 0], exact, atol=0.01)
    np.testing.assert_allclose(found.total[:, 0], exact, atol=0.01)
    assert found.variance[0] == pytest.approx(14.0 / 12.0, rel=0.01)
    assert found.first[:, 1].tolist() == found.total[:, 1].tolist() == [0.0, 0.0, 0.0]


def test_sobol_of_two_identical_calls_is_the_same() -> None:
    one, two = (sobol(SHARES, linear, samples=64, seed=3) for _ in range(2))
    np.testing.assert_array_equal(one.total_conf, two.total_conf)
    other = sobol(SHARES, linear, samples=64, seed=4)
    assert (one.total[:, 0] != other.total[:, 0]).all()


def test_sobol_leaves_out_samples_that_are_not_finite() -> None:
    def broken(x: Mapping[str, FloatArray]) -> FloatArray:
        return np.where(x["a"] > 0.9, np.nan, x["b"])[:, None]

    found = sobol(SHARES, broken, samples=1024, seed=1)
    # Both base points need a <= 0.9; the mixed ones then have it too.
    assert found.kept_frac[0] == pytest.approx(0.81, abs=0.02)
    assert found.total[1, 0] == pytest.approx(1.0, abs=0.05)


def test_sobol_with_nothing_finite_knows_nothing() -> None:
    found = sobol(SHARES, lambda x: np.full((len(x["a"]), 1), np.nan), samples=64, seed=1)
    assert np.isnan(found.total).all()
    assert found.kept_frac[0] == 0.0


def test_samples_are_rounded_up_to_a_power_of_two() -> None:
    asked: list[int] = []

    def response(x: Mapping[str, FloatArray]) -> FloatArray:
        asked.append(len(x["a"]))
        return linear(x)

    sobol(SHARES, response, samples=100, seed=1)
    assert asked == [128 * 5]


def test_morris_of_a_line_is_its_slope_over_the_span() -> None:
    found = screen(SHARES, linear, trajectories=6, seed=1)
    np.testing.assert_allclose(found.mu_star[:, 0], np.array([1.0, 2.0, 3.0]) * 0.9)
    np.testing.assert_allclose(found.sigma[:, 0], 0.0, atol=1e-12)
    np.testing.assert_array_equal(found.mu_star[:, 1], 0.0)


def test_morris_sees_interaction_as_spread() -> None:
    found = screen(SHARES, lambda x: (x["a"] * x["b"])[:, None], trajectories=20, seed=1)
    assert (found.sigma[:2, 0] > 0.1).all()
    assert found.mu_star[2, 0] == found.sigma[2, 0] == 0.0


def test_tornado_moves_one_at_a_time() -> None:
    marginals = (
        Marginal("a", "1", 1.0, 2.0, 5.0, "triangular"),
        Marginal("b", "1", 10.0, 20.0, 40.0, "lognormal"),
    )
    found = tornado(marginals, lambda x: (x["a"] * x["b"])[:, None])
    assert found.base.tolist() == [40.0]
    assert found.low.tolist() == [[20.0], [20.0]]
    assert found.high.tolist() == [[100.0], [80.0]]


def test_nominal_whole_numbers_do_not_cut_fractions() -> None:
    marginals = (Marginal("a", "1", 0, 1, 1.5, "triangular"),)  # type: ignore[arg-type]
    assert tornado(marginals, lambda x: x["a"][:, None]).high.tolist() == [[1.5]]


def test_without_salib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "SALib", None)
    with pytest.raises(SpecError, match=r"pip install 'heliofront\[sensitivity\]'"):
        require_salib()
