"""When a search has converged: neither hypervolume nor archive move any more."""

from __future__ import annotations

from typing import Any

import numpy as np

from optimize.config.algorithm import StopSetting
from problems.units import FloatArray

_QUIET_WINDOWS = 2  # in a row: one may be a pause before the next discovery
_MOST_POINTS = 500  # new designs looked at; every k-th of them
_SHARE = 0.9  # of the new designs that lie within the advance


def advance(old: FloatArray, new: FloatArray) -> float:
    """Return by how much nine tenths of the new points are out of reach of the old ones.

    Examples
    --------
    >>> advance(np.array([[0.5, 0.5]]), np.array([[0.25, 0.5], [0.25, 0.25]]))
    0.25
    >>> advance(np.array([[0.0, 0.0]]), np.array([[0.25, 0.5]]))
    0.0
    """
    seen = new[:: -(-len(new) // _MOST_POINTS)]
    away = [float((old - point).max(axis=1).min()) for point in seen]
    return max(0.0, float(np.quantile(away, _SHARE, method="higher")))


class Stopping:
    """Compares the archive at the end of every window of generations with that at its start.

    A window is quiet when the hypervolume grew by less than a share of itself, and the archive
    advanced by less than a distance. The search has converged after two quiet windows in a row,
    but not before a least number of generations.

    Notes
    -----
    The advance is built as the additive epsilon indicator of the old archive against the new one
    (Zitzler, Thiele, Laumanns, Fonseca and Grunert da Fonseca 2003,
    doi:10.1109/TEVC.2003.810758): by how much, on the scale from ideal to reference, the nearest
    old design would have to be better to match a new one. Instead of the worst, it takes the
    distance that nine tenths of the new designs keep, since a full archive goes on exchanging
    single members for ever. Hypervolume hardly sees a thin new part of the front; this does.
    """

    def __init__(self, setting: StopSetting, n_obj: int) -> None:
        self.setting = setting
        self.growth = np.inf
        self.advance = np.inf
        self.converged = False
        self._quiet = 0
        self._hypervolume = 0.0
        self._points = np.empty((0, n_obj))

    def is_due(self, generation: int) -> bool:
        """Return whether a window ends with this generation."""
        return generation % self.setting.window == 0

    def observe(self, generation: int, hypervolume: float, points: FloatArray) -> None:
        """Take the hypervolume and the archive at the end of a window.

        Parameters
        ----------
        generation
            How many generations are done.
        hypervolume
            Of the archive.
        points
            ``(n, n_obj)`` archive on the scale from ideal (0) to reference (1).
        """
        if hypervolume > 0.0 and len(self._points):
            self.growth = (hypervolume - self._hypervolume) / hypervolume
            self.advance = advance(self._points, points)
            quiet = self.growth < self.setting.hypervolume and self.advance < self.setting.archive
            self._quiet = self._quiet + 1 if quiet else 0
        self._hypervolume = hypervolume
        self._points = points.copy()
        self.converged = self._quiet >= _QUIET_WINDOWS and generation >= self.setting.after

    @property
    def reason(self) -> str:
        """What convergence was seen by, for the manifest."""
        return (
            f"converged: over the last {self.setting.window} generations hypervolume grew by "
            f"{self.growth:.1e} of itself and the archive advanced by {self.advance:.1e}"
        )

    def go_on(self) -> None:
        """Reset convergence: more generations were asked for."""
        if self.converged:
            self.converged = False
            self._quiet = 0

    def state(self) -> dict[str, Any]:
        """Return everything the next decision depends on."""
        return {
            "growth": self.growth,
            "advance": self.advance,
            "converged": self.converged,
            "quiet": self._quiet,
            "hypervolume": self._hypervolume,
            "points": self._points,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from what :meth:`state` returned."""
        self.growth, self.advance = float(state["growth"]), float(state["advance"])
        self.converged, self._quiet = bool(state["converged"]), int(state["quiet"])
        self._hypervolume, self._points = float(state["hypervolume"]), state["points"]
