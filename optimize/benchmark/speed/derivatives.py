"""How exact the satellite's derivatives are, against differences in extended precision.

``python -m optimize.benchmark.speed.derivatives [DESIGNS]``

Every output is differentiated by every real variable at random designs, once by numbers that carry
their slopes along, in double precision, and once by central differences in extended precision with
ever smaller steps, extrapolated to a step of zero. Where the two disagree, it is told why:

- The same dual numbers in extended precision agree with the differences: double precision rounds.
- The differences on one side agree, those on both do not: a kink, or the end of a table's cell,
  lies within the step.
- The differences themselves are not that good, by the noise seen in the values.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimize.benchmark.arguments import whole_number
from problems.compute_satellite.backends.dual import seeded, slopes_of
from problems.compute_satellite.backends.extended import DUAL_ENGINE, ENGINE, EXTENDED
from problems.compute_satellite.backends.substitution import Engine, substituted
from problems.compute_satellite.problem import ComputeSatellite
from problems.text_tables import markdown_table
from problems.units import BoolArray, FloatArray

#: Numbers in double or in extended precision.
Numbers = NDArray[Any]

DERIVATIVES = "derivatives"
BEYOND = f"differ by more than {1e-8:g}"
ROUNDING = "- rounding of double precision"
KINK = "- kink or end of a cell within the step"
NOISE = "- differences too noisy to tell"
UNEXPLAINED = "- unexplained"

DESIGNS = 1000
#: Relative error within which a derivative is called exact.
LIMIT = 1e-8
#: First step, of a variable's range; each of the further ones is a quarter of the one before.
_FIRST_STEP, _STEPS, _SHRINK = 2.0**-7, 9, 4.0
_EDGE = 0.02  # of a range that designs keep from its ends
#: Change over a whole range, of an output's size, below which a derivative counts as this.
_LEAST = 1e-6
_SMALL = 1e-3  # of an output's largest value, below which its size counts as this
#: Step, of a range, of a second difference, and steps of fourth ones, that are rounding alone.
_CLOSEST, _FOURTH = 2.0**-34, 2.0 ** -np.arange(17.0, 21.0)
_ROUNDING = 4.0  # units in the last place that an output is taken to be off by at least
_SAFETY = 4.0  # times its doubt that a difference may be off by
_ONE_SIDE = 1e-3  # of what the two sides are apart, within which a derivative is that of one side
_CHUNK = 50  # designs whose differences are held at a time
_SEED = 7


@dataclass(frozen=True)
class Comparison:
    """Derivatives of ``k`` outputs by ``d`` real variables at ``n`` designs, all ``(k, d, n)``.

    ``exact`` is by dual numbers in double and ``extended`` in extended precision; ``central``,
    ``below`` and ``above`` are by differences around and on either side of the design, the first
    good to ``doubt``. Errors are shares of ``size``. ``counts`` tells where a variable has an
    influence.
    """

    exact: Numbers
    extended: Numbers
    central: Numbers
    doubt: Numbers
    below: Numbers
    above: Numbers
    size: Numbers
    counts: BoolArray

    def apart(self, a: Numbers, b: Numbers) -> BoolArray:
        """Return where two kinds of derivative differ by more than the limit."""
        return np.asarray(self.counts & ~(np.abs(a - b) <= LIMIT * self.size))

    def tally(self) -> dict[str, int]:
        """Return how many derivatives there are, and why some differ from the differences."""
        beyond = self.apart(self.exact, self.central)
        wrong = beyond & self.apart(self.extended, self.central)
        sides = np.abs(np.array([self.below, self.above]) - self.extended)
        kink = wrong & (
            sides.min(axis=0)
            <= np.maximum(LIMIT * self.size, _ONE_SIDE * np.abs(self.above - self.below))
        )
        noisy = wrong & ~kink & (np.abs(self.extended - self.central) <= _SAFETY * self.doubt)
        groups = {
            DERIVATIVES: self.counts,
            BEYOND: beyond,
            ROUNDING: beyond & ~wrong,
            KINK: kink,
            NOISE: noisy,
            UNEXPLAINED: wrong & ~kink & ~noisy,
        }
        return {name: int(rows.sum()) for name, rows in groups.items()}


def is_extended() -> bool:
    """Return whether this machine has a precision beyond double."""
    return bool(np.finfo(EXTENDED).eps < np.finfo(np.float64).eps)


def random_designs(problem: ComputeSatellite, count: int, seed: int = _SEED) -> FloatArray:
    """Return canonical designs inside the bounds, every variable drawn, those held too."""
    space, rng = problem.space, np.random.default_rng(seed)
    x = np.empty((count, len(space)))
    for i, v in enumerate(space.variables):
        if v.kind == "real":
            edge = _EDGE * (v.upper - v.lower)
            x[:, i] = rng.uniform(v.lower + edge, v.upper - edge, count)
        elif v.kind == "choice":
            x[:, i] = rng.choice(v.codes, count)
        else:
            x[:, i] = rng.integers(int(v.lower), int(v.upper) + 1, count)
    return problem.canonical(x)


def compare(problem: ComputeSatellite, x: FloatArray, outputs: Sequence[str]) -> Comparison:
    """Return derivatives of outputs at canonical designs inside the bounds, found in each way."""
    space, real = problem.space, problem.space.real
    exact = problem.jacobian(x, outputs)[:, :, real].transpose(1, 2, 0)
    width = (space.upper - space.lower)[real].astype(EXTENDED)
    middle = _outputs(problem, x, x[:, real].astype(EXTENDED), outputs)[:, None]
    regular = _FIRST_STEP * _SHRINK ** -np.arange(_STEPS)
    shares = np.union1d(regular, [_CLOSEST, *_FOURTH])[::-1]
    right, left = (
        np.array([_moved(problem, x, outputs, sign * share * width) for share in shares])
        for sign in (1, -1)
    )
    second = right + left - 2 * middle
    units, noise = _noise(middle, second[-1], second[np.isin(shares, _FOURTH)])
    used, h = np.isin(shares, regular), regular[:, None, None, None] * width[:, None]
    up, down = (right[used] - middle) / h, (middle - left[used]) / h
    central, doubt = _extrapolated((up + down) / 2, noise / h, 2)
    scale = np.maximum(np.abs(middle), _SMALL * np.abs(middle).max(axis=-1, keepdims=True))
    largest = np.maximum(np.abs(exact), np.abs(central))
    return Comparison(
        exact=exact,
        extended=_extended(problem, x, outputs),
        central=central,
        doubt=doubt,
        below=_extrapolated(down, units / h, 1)[0],
        above=_extrapolated(up, units / h, 1)[0],
        size=np.maximum(largest, _LEAST * scale / width[:, None]),
        counts=np.broadcast_to(_moving(problem, x), exact.shape),
    )


def _noise(middle: Numbers, closest: Numbers, second: Numbers) -> tuple[Numbers, Numbers]:
    """Return rounding of the outputs that broadcasts to ``(k, d, n)``, as their values show it.

    Parameters
    ----------
    middle
        ``(k, 1, n)`` values at the designs.
    closest
        ``(k, d, n)`` second differences, so close that no kink adds to them.
    second
        ``(4, k, d, n)`` second differences at halved steps.

    Notes
    -----
    The first is by the closest differences. The second is by fourth differences too, which show
    where an output is rounded so coarsely that close values are the same; the largest of three, as
    one may vanish by chance.
    """
    units = _ROUNDING * np.finfo(EXTENDED).eps * np.abs(middle)
    close = np.maximum(units, 2 * np.abs(closest).max(axis=1, keepdims=True))
    fourth = np.abs(second[:-1] - 4 * second[1:]).max(axis=0)
    return close, np.maximum(close, 2 * fourth)


def _moving(problem: ComputeSatellite, x: FloatArray) -> BoolArray:
    """Return ``(d, n)``: where a real variable has an influence that a small step does not end."""
    real = problem.space.real
    return np.asarray((problem.active(x)[:, real] & (x[:, real] > 0.0)).T)


def _extended(problem: ComputeSatellite, x: FloatArray, outputs: Sequence[str]) -> Numbers:
    """Return ``(k, d, n)`` derivatives by dual numbers in extended precision."""
    d, n = len(problem.space.real), len(x)
    duals = seeded(list(x[:, problem.space.real].T.astype(EXTENDED)))
    out = _run(problem, x, duals, outputs, DUAL_ENGINE)
    return np.array([slopes_of(out[name], d, (n,)) for name in outputs], dtype=EXTENDED)


def _moved(problem: ComputeSatellite, x: FloatArray, outputs: Sequence[str], step: Any) -> Numbers:
    """Return ``(k, d, n)`` outputs of designs in which one real variable at a time has moved."""
    real = problem.space.real
    d, n = len(real), len(x)
    places = np.tile(x[:, real].astype(EXTENDED), (d, 1, 1))
    places[np.arange(d), :, np.arange(d)] += step[:, None]
    values = _outputs(problem, np.tile(x, (d, 1)), places.reshape(d * n, d), outputs)
    return values.reshape(len(outputs), d, n)


def _outputs(
    problem: ComputeSatellite, x: FloatArray, real: Numbers, outputs: Sequence[str]
) -> Numbers:
    """Return ``(k, n)`` outputs in extended precision, of designs with other real variables."""
    out = _run(problem, x, list(real.T), outputs, ENGINE)
    return np.array([np.broadcast_to(out[name], (len(x),)) for name in outputs], dtype=EXTENDED)


def _run(
    problem: ComputeSatellite,
    x: FloatArray,
    real: Sequence[Any],
    outputs: Sequence[str],
    engine: Engine,
) -> Mapping[str, Any]:
    names = [problem.space.names[i] for i in problem.space.real]
    columns = {**problem.space.columns(x), **dict(zip(names, real, strict=True))}
    with substituted(engine), np.errstate(all="ignore"):
        return problem.run_columns(columns, outputs)


def _extrapolated(rows: Numbers, noise: Numbers, order: int) -> tuple[Numbers, Numbers]:
    """Return differences at a step of zero, and how far the two best estimates are apart.

    Parameters
    ----------
    rows
        ``(steps, ...)``, the largest step first.
    noise
        What rounding may add to each.
    order
        First power of the step in the error, and distance to the next one.

    Notes
    -----
    Small steps come first, and what larger ones give counts only where it agrees with them within
    both doubts: a kink that lies within the larger steps can make these agree among themselves.

    References
    ----------
    .. [1] C. J. F. Ridders, Advances in Engineering Software 4 (1982) 75.
    """
    best, doubt = rows[0], np.full(rows.shape[1:], np.inf, dtype=EXTENDED)
    power = EXTENDED(1)
    for _ in range(3):
        power *= EXTENDED(_SHRINK) ** order
        finer = (power * rows[1:] - rows[:-1]) / (power - 1)
        apart = np.maximum(np.abs(finer - rows[1:]), np.abs(finer - rows[:-1]))
        noise = noise[1:]
        for estimate, distance in zip(finer[::-1], (apart + noise)[::-1], strict=True):
            better = (distance < doubt) & ~(np.abs(estimate - best) > doubt + distance)
            best, doubt = np.where(better, estimate, best), np.where(better, distance, doubt)
        rows = finer
    return best, doubt


def measure(problem: ComputeSatellite, count: int) -> dict[str, int]:
    """Return the tally of every output at random designs."""
    x, outputs = random_designs(problem, count), tuple(problem.outputs)
    total: Counter[str] = Counter()
    for start in range(0, count, _CHUNK):
        total.update(compare(problem, x[start : start + _CHUNK], outputs).tally())
    return dict(total)


def main(arguments: Sequence[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m optimize.benchmark.speed.derivatives", description=__doc__
    )
    parser.add_argument("designs", nargs="?", type=whole_number, default=DESIGNS, help="how many")
    designs = parser.parse_args(arguments).designs
    if not is_extended():
        sys.exit("numpy's longdouble is no wider than double on this machine")
    begun = time.process_time()
    tally = measure(ComputeSatellite(), designs)
    rows = [["designs", f"{designs:,}"], *([name, f"{n:,}"] for name, n in tally.items())]
    rows.append(["CPU seconds", f"{time.process_time() - begun:.0f}"])
    print("\n".join(markdown_table(("", ""), rows)))


if __name__ == "__main__":
    main(sys.argv[1:])
