"""Under which conditions a design of a run fares so: a box of futures found by PRIM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimize.analysis.sensitivity.judged import Judged, sense_of
from optimize.analysis.sensitivity.prim import Score, discover, limits
from optimize.designs.limits import holds
from optimize.evaluation.futures import sample_futures
from optimize.utils.labels import number, pretty_unit
from problems.parameters.uncertain import Marginal
from problems.spec import SpecError
from problems.units import BoolArray, FloatArray

BEST_SHARE = 0.1  # of the futures that are of interest unless a condition says otherwise


@dataclass(frozen=True, slots=True)
class Discovery:
    """A box of futures for one design.

    ``box`` are lowest and highest value by assumption, None where open; ``share`` is that of the
    futures of interest. ``fitted`` and ``fresh`` are how well it fits the futures it was found on
    and as many new ones; None without a box.
    """

    design: str
    condition: str
    share: float
    box: dict[str, tuple[float | None, float | None]]
    units: dict[str, str]
    fitted: Score | None
    fresh: Score | None

    def to_json(self) -> dict[str, Any]:
        """Return the box as plain values."""
        return {
            "design_id": self.design,
            "condition": self.condition,
            "share": self.share,
            "box": [
                {"key": key, "low": low, "high": high, "unit": self.units[key]}
                for key, (low, high) in self.box.items()
            ],
            "fitted": None if self.fitted is None else self.fitted.entry(),
            "fresh": None if self.fresh is None else self.fresh.entry(),
        }

    def to_text(self) -> str:
        """Return the box as a sentence."""
        start = f"Design {self.design}: {self.condition} in {self.share:.0%} of the futures"
        if self.fresh is None:
            return f"{start}; no conditions on assumptions were found that tell which."
        conditions = " and ".join(
            limit_text(key, low, high, self.units[key]) for key, (low, high) in self.box.items()
        )
        return (
            f"{start}, and in {self.fresh.density:.0%} of those in which {conditions}; these are "
            f"{self.fresh.coverage:.0%} of all such futures (on futures that the box was not "
            "fitted to)."
        )


def limit_text(key: str, low: float | None, high: float | None, unit: str) -> str:
    """Return the condition on one assumption.

    Examples
    --------
    >>> limit_text("ground.pue", 1.2, None, "1"), limit_text("a.b", 1.0, 2.0, "kg")
    ('ground.pue ≥ 1.2', 'a.b is 1 to 2 kg')
    """
    tail = "" if unit == "1" else f" {pretty_unit(unit)}"
    if low is not None and high is not None:
        return f"{key} is {number(low, 3)} to {number(high, 3)}{tail}"
    if low is not None:
        return f"{key} ≥ {number(low, 3)}{tail}"
    return f"{key} ≤ {number(float(high or 0.0), 3)}{tail}"


def discover_conditions(
    shown: Judged,
    marginals: Sequence[Marginal],
    output: str,
    where: str | None,
    *,
    count: int,
    seed: int,
) -> list[Discovery]:
    """Return for every design shown the box of futures in which it fares as asked.

    Parameters
    ----------
    shown
        The designs.
    marginals
        Uncertain assumptions.
    output
        Output whose best tenth is of interest where no condition is given.
    where
        Condition on outputs, as :mod:`optimize.designs.limits` reads them.
    count, seed
        Futures to find the box on, and the seed of their draw; as many others try it.

    Raises
    ------
    SpecError
        For a condition that cannot be read, or an output of which neither small nor large is good.
    """
    keys = [marginal.key for marginal in marginals]
    units = {marginal.key: marginal.unit for marginal in marginals}
    drawn = [sample_futures(marginals, count, seed=each) for each in (seed, seed + 1)]
    x = [np.column_stack([futures[key] for key in keys]) for futures in drawn]
    names = tuple(shown.problem.outputs) if where else (output,)
    values = [shown.values(futures, names) for futures in drawn]
    found = []
    for i, design in enumerate(shown.ids):
        columns = [{name: part[name][:, i] for name in names} for part in values]
        condition, interest = _interest(shown, columns, output, where)
        box = discover(x[0], interest[0])
        found.append(
            Discovery(
                design,
                condition,
                float(interest[0].mean()),
                {} if box is None else limits(box, dict(enumerate(keys))),
                units,
                None if box is None else box.score(x[0], interest[0]),
                None if box is None else box.score(x[1], interest[1]),
            )
        )
    return found


def _interest(
    shown: Judged,
    columns: Sequence[dict[str, FloatArray]],
    output: str,
    where: str | None,
) -> tuple[str, list[BoolArray]]:
    """Return the condition in words, and which futures of both draws meet it."""
    if where is not None:
        return where, [holds(where, part.__getitem__, part) for part in columns]
    sense = sense_of(shown, output)
    if sense is None:
        raise SpecError("--discover", f"'{output}' is no objective: say with --where what counts")
    share = BEST_SHARE if sense == "min" else 1.0 - BEST_SHARE
    limit = float(np.nanquantile(columns[0][output], share))
    sign = "<=" if sense == "min" else ">="
    condition = f"{output} {sign} {limit:.4g}"
    better = np.less_equal if sense == "min" else np.greater_equal
    return condition, [np.asarray(better(part[output], limit)) for part in columns]
