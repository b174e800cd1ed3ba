"""The expected hypervolume improvement of Optuna's Gaussian processes, exact and all at a time.

Optuna takes the mean of 128 samples over all boxes that the front does not dominate, and asks one
process after another. Objectives are independent, so what is expected in a box is a product of what
is expected of each, in closed form: quicker, smooth, and with a slope also where hardly anything is
to be expected. torch and Optuna's processes are imported when they are needed.

References
----------
Yang, Emmerich, Deutz, Bäck, "Efficient computation of expected hypervolume improvement using box
decomposition algorithms", J. Global Optimization 75, 2019, doi:10.1007/s10898-019-00798-7.
Ament, Daulton, Eriksson, Balandat, Bakshy, "Unexpected improvements to expected improvement for
Bayesian optimization", NeurIPS 2023, arXiv:2310.20708.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

_NOISE = 1e-12  # added to variances, as by Optuna, for the sake of derivatives
_SHORTEST = 1e-12  # side of a box as a share of what lies above it, for its logarithm's sake
_ENDLESS = 1e9  # deviations at which a box without an end has one, for the sake of derivatives
_FARTHEST = -1e6  # deviations below an edge or limit; there closed forms have no digits left
_ROOT_2 = math.sqrt(2.0)
_LOG_ROOT_2PI = math.log(2.0 * math.pi) / 2.0


class LogConstrainedEhvi:
    """Logarithm of the expected hypervolume improvement times the chance that limits are met.

    Parameters
    ----------
    acqf
        Optuna's acquisition function of several objectives, with or without constraints.
    """

    def __init__(self, acqf: Any) -> None:
        gain = getattr(acqf, "_acqf", acqf)  # None where nothing is feasible
        chances = getattr(acqf, "_constraints_acqf_list", [])
        objectives = [] if gain is None else gain._gpr_list
        self._posterior = _Posterior([*objectives, *(chance._gpr for chance in chances)])
        self._thresholds = [chance._threshold for chance in chances]
        self._sides = [] if gain is None else _sides(gain)

    def __call__(self, x: Any) -> Any:
        """Return it at normalised points ``(..., d)``."""
        from torch.special import log_ndtr

        mean, variance = self._posterior(x)
        deviation = (variance + _NOISE).sqrt()
        boxes: Any = 0.0
        for i, (sides, place) in enumerate(self._sides):
            beyond = (mean[i, ..., None] - sides) / deviation[i, ..., None]
            above = _log_excess(beyond) + deviation[i, ..., None].log()
            near, far = above.index_select(-1, place).chunk(2, dim=-1)
            drop = (far - near).clamp(max=-_SHORTEST)
            boxes = boxes + near + (-drop.expm1()).log()
        total: Any = boxes.logsumexp(dim=-1) if self._sides else 0.0
        for i, threshold in enumerate(self._thresholds, len(self._sides)):
            margin = (mean[i] - threshold) / deviation[i]
            total = total + log_ndtr(margin.clamp(min=_FARTHEST))
        return total


class _Posterior:
    """What several Gaussian processes on the same designs expect, all at a time."""

    def __init__(self, processes: Sequence[Any]) -> None:
        from torch import stack

        self._x, self._choices = processes[0]._X_all, processes[0]._is_categorical
        self._weights = stack([p.inverse_squared_lengthscales for p in processes])
        self._scale = stack([p.kernel_scale for p in processes])
        self._root = stack([p._cov_Y_Y_chol for p in processes])
        self._answer = stack([p._cov_Y_Y_inv_Y for p in processes])

    def __call__(self, x: Any) -> tuple[Any, Any]:
        """Return means and variances, ``(k, ...)`` each, at points ``(..., d)``."""
        from optuna._gp.gp import Matern52Kernel
        from torch.linalg import solve_triangular

        flat = x.reshape(-1, x.shape[-1])
        apart = (flat[:, None] - self._x).square()
        if self._choices.any():
            apart = apart.where(~self._choices, (apart > 0.0).to(apart.dtype))
        distance = (apart @ self._weights.T).permute(2, 0, 1)
        scale = self._scale[:, None]
        covariance = Matern52Kernel.apply(distance) * scale[..., None]
        mean = (covariance * self._answer[:, None]).sum(dim=-1)
        known = solve_triangular(self._root, covariance.mT, upper=False).square().sum(dim=-2)
        shape = (len(self._scale), *x.shape[:-1])
        return mean.reshape(shape), (scale - known).clamp(min=0.0).reshape(shape)


def _sides(gain: Any) -> list[tuple[Any, Any]]:
    """Return the distinct sides of boxes by objective, and the lower and upper ones of each box."""
    from torch import cat

    lower = gain._non_dominated_box_lower_bounds
    upper = (lower + gain._non_dominated_box_intervals).clamp(max=_ENDLESS)
    return [row.unique(return_inverse=True) for row in cat((lower, upper)).T]


def _log_excess(z: Any) -> Any:
    """Return the logarithm of the mean excess over 0 of normal numbers of mean z and deviation 1.

    Equation 9 of Ament et al. 2023: below -1 the two terms of the plain form cancel.
    """
    from torch.special import erfc, erfcx

    near, far = z.clamp(min=-1.0), z.clamp(min=_FARTHEST, max=-1.0)
    plain = (-near * near / 2.0 - _LOG_ROOT_2PI).exp() + near * erfc(-near / _ROOT_2) / 2.0
    ratio = math.sqrt(math.pi) * far / _ROOT_2 * erfcx(-far / _ROOT_2)
    return plain.log().where(z > -1.0, ratio.log1p() - far * far / 2.0 - _LOG_ROOT_2PI)
