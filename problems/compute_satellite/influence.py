"""Which variables matter in a design, and the one value that those have which do not."""

from __future__ import annotations

import numpy as np

from problems import orbit
from problems.compute_satellite.declarations import SSO_TOP_KM
from problems.space import DesignSpace
from problems.units import (
    AEROBRAKE,
    DAWN_DUSK_SSO,
    DIRECT,
    EARTH,
    SHORTEST_REFRESH_YR,
    BoolArray,
    FloatArray,
)

#: Below this altitude every dawn-dusk orbit has an eclipse season (first without: 1,349 km).
ALWAYS_ECLIPSED_BELOW_KM = 1300.0


def keep_unvisited(out: FloatArray, x: FloatArray, space: DesignSpace) -> None:
    """Give rows back the 0 that canonical ones have for no visit, of a space that begins later.

    Bounds would turn it into the earliest visit that they allow. In a life that is longer than
    every period they allow, 0 is no canonical value, and they have their way.

    Parameters
    ----------
    out
        Rows within the bounds, changed in place.
    x
        The same rows as they were given.
    space
        With the bounds.
    """
    at = space.index.get("refresh_yr")
    if at is None or space.lower[at] < SHORTEST_REFRESH_YR:
        return
    may_stay_away = out[:, space.index["design_life_yr"]] <= space.upper[at]
    np.copyto(out[:, at], 0.0, where=(x[:, at] == 0.0) & may_stay_away)


class Influence:
    """What follows from a design beyond the declared conditions.

    Sun-synchronous altitude ends at 5,900 km, only lunar satellites can aerobrake on arrival,
    without eclipse no share is carried through it, no visit comes within a year or after the end
    of life, and a satellite alone has no neighbours.

    Parameters
    ----------
    space
        Every variable of the problem.
    tables
        Of orbits.
    by_steps
        Whether satellites of a cluster meet every so many steps only: one for all rows, or each.
    """

    def __init__(
        self, space: DesignSpace, tables: orbit.OrbitTables, *, by_steps: bool | BoolArray
    ) -> None:
        self._space, self._index, self._tables = space, space.index, tables
        self._by_steps = by_steps

    def canonical(self, x: FloatArray, space: DesignSpace) -> FloatArray:
        """Return rows with every variable that has no influence at its canonical value."""
        out = self.possible(x, space)
        np.copyto(out[:, self._index["eclipse_power_fraction"]], 0.0, where=self._no_eclipse(out))
        return out

    def possible(self, x: FloatArray, space: DesignSpace) -> FloatArray:
        """Return canonical rows but for the eclipse, a look-up that changes no output."""
        out, index = space.canonical(x), self._index
        keep_unvisited(out, x, space)
        altitude, moves = out[:, index["altitude_km"]], out[:, index["transfer"]]
        sso = out[:, index["orbit"]] == DAWN_DUSK_SSO
        np.minimum(altitude, SSO_TOP_KM, out=altitude, where=sso)
        impossible = (moves == AEROBRAKE) & (out[:, index["launch_site"]] == EARTH)
        open_moves = [code for code in space["transfer"].codes if code != AEROBRAKE]
        instead = DIRECT if DIRECT in open_moves or not open_moves else open_moves[0]
        np.copyto(moves, instead, where=impossible)
        refresh, life_yr = out[:, index["refresh_yr"]], out[:, index["design_life_yr"]]
        never = (refresh < SHORTEST_REFRESH_YR) | (refresh >= life_yr)
        np.copyto(refresh, 0.0, where=never)
        for name, idle in self._without_cluster(out):
            np.copyto(out[:, index[name]], space[name].default, where=idle)
        return out

    def active(self, x: FloatArray) -> BoolArray:
        """Return an ``(n, n_var)`` mask: False where a variable has no influence."""
        mask = self._space.active(x)
        mask[:, self._index["eclipse_power_fraction"]] &= ~self._no_eclipse(x)
        for name, idle in self._without_cluster(x):
            mask[:, self._index[name]] &= ~idle
        return mask

    def still(self, x: FloatArray, possible: FloatArray) -> BoolArray:
        """Return where a real variable of rows, and of what becomes of them, has no influence."""
        still = (possible != x) | ~self.active(possible)
        refresh = self._index["refresh_yr"]
        still[:, refresh] |= possible[:, refresh] == 0.0  # no visit comes within a year
        still[:, np.setdiff1d(np.arange(len(self._space)), self._space.real)] = False
        return np.asarray(still)

    def _no_eclipse(self, x: FloatArray) -> BoolArray:
        """Rows whose orbit is never in shadow: nothing to carry through."""
        family, altitude = x[:, self._index["orbit"]], x[:, self._index["altitude_km"]]
        dark_free = (family == DAWN_DUSK_SSO) & (altitude > ALWAYS_ECLIPSED_BELOW_KM)
        rows = np.flatnonzero(dark_free)
        if rows.size:
            dark_free[rows] = orbit.never_dark(self._tables, altitude_km=altitude[rows])
        return np.asarray(dark_free)

    def _without_cluster(self, x: FloatArray) -> tuple[tuple[str, BoolArray], ...]:
        """Return what only a cluster has, and the rows in which it means nothing."""
        alone = x[:, self._index["cluster_satellites"]] <= 1.0
        steps = alone | np.logical_not(self._by_steps)
        return ("cluster_spacing_m", alone), ("sync_every_steps", steps)
