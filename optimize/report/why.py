"""Why variables of a front sit at a bound or never vary, found by moving them and looking.

A few members of the front are changed in one variable at a time; which objectives then get better
or worse, and which constraints break, is the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimize.designs.gradients import coordinate, sign_of
from optimize.designs.shadow_prices import BINDING, shadow_prices
from optimize.designs.swaps import swapped
from optimize.designs.table import chosen_designs
from optimize.evaluation.tables import violation_column
from optimize.utils.labels import number, quantity, sentence, words
from problems.space import constraint_matrix
from problems.spec import Variable
from problems.units import FloatArray, IntArray

if TYPE_CHECKING:
    from optimize.run.folder import RunData

MEMBERS = 25  # of the front, evenly spread, on which a variable is moved
NEAR = 0.01  # of the range: closer counts as at the bound
SHARE = 0.95  # of the members: more at one place count as stuck
TOUCHED = 0.05  # of the members: a bound that fewer reach is named for a chosen design only
MOVE = 0.05  # of the range, inwards
NOTICEABLE = 1e-4  # relative change of an objective
_WHERE_PRICES_ARE = (
    "Prices exist at an optimum, of which the search stopped short where a gradient is unexplained "
    "or a step would still better a design: `heliofront run config.yaml --set "
    "algorithm.certify=true`, with the `config.yaml` of this folder, moves designs there."
)


@dataclass(frozen=True, slots=True)
class Stuck:
    """A free variable at a bound, or one that hardly uses its range, and the reason."""

    variable: str
    where: str
    share: float
    value: str
    reason: str
    chosen: tuple[str, ...] = ()  # titles of the chosen designs there

    @property
    def text(self) -> str:
        """The finding as one sentence for a summary."""
        share = "under 1" if self.share < 0.01 else f"{100.0 * self.share:.0f}"
        among = f" ({', '.join(self.chosen)})" if self.chosen and self.share < SHARE else ""
        return (
            f"`{self.variable}` {self.where} {self.value} in {share} % of the designs{among}: "
            f"{self.reason}"
        )


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does to members of the front: medians and shares over them."""

    change: FloatArray  # (n_obj,) relative, in units without a true zero; positive is worse
    broken: FloatArray  # (n_con,) share of members that then violate the constraint
    feasible: float


def spread_rows(rows: IntArray) -> IntArray:
    """Return at most :data:`MEMBERS` of the rows, evenly spread."""
    at = np.linspace(0, len(rows) - 1, min(MEMBERS, len(rows))).round().astype(np.intp)
    return np.asarray(rows[at])


def effect(run: RunData, before: FloatArray, after: FloatArray) -> Effect:
    """Compare designs with their changed copies, row by row."""
    problem = run.problem
    needed = sorted({o.output for o in run.objectives} | {c.output for c in run.constraints})
    old, new = problem.evaluate(before, needed), problem.evaluate(after, needed)
    changes = []
    for objective in run.objectives:
        base = old[objective.output]
        shares = problem.outputs[objective.output].has_true_zero
        size = np.where(base != 0.0, np.abs(base), 1.0) if shares else 1.0
        relative = sign_of(objective) * (new[objective.output] - base) / size
        changes.append(float(np.nanmedian(relative)) if np.isfinite(relative).any() else np.nan)
    was, now = constraint_matrix(old, run.constraints), constraint_matrix(new, run.constraints)
    worse = (now > 0.0) & (now > was)
    return Effect(np.array(changes), worse.mean(axis=0), float((now <= 0.0).all(axis=1).mean()))


def _percent(run: RunData, changed: Effect, wanted: Sequence[bool]) -> str:
    """Return the objectives that changed, each with its natural sign."""
    parts = []
    for k, objective in enumerate(run.objectives):
        if wanted[k]:
            output = run.problem.outputs[objective.output]
            change = float(changed.change[k]) * sign_of(objective)
            text = quantity(change, output.unit, 2)
            if output.has_true_zero:
                text = f"{number(100.0 * change, 2)} %"
            sign = "+" if change > 0.0 else ""
            parts.append(f"{words(output.name, output.unit)} {sign}{text}")
    return ", ".join(parts)


def _breaks(run: RunData, changed: Effect, least: float = 0.5) -> str:
    """Return the constraints that break in at least a share of the members."""
    shares = [
        f"{c.name} ({100.0 * share:.0f} %)"
        for c, share in zip(run.constraints, changed.broken, strict=True)
        if share >= least
    ]
    return ", ".join(shares)


def _bound_reason(run: RunData, changed: Effect, share: float) -> str:
    worse = (changed.change > NOTICEABLE).tolist()
    better = (changed.change < -NOTICEABLE).tolist()
    moved = f"moved inwards by {100.0 * MOVE:.0f} % of its range, "
    broken = _breaks(run, changed)
    if broken and any(better):
        gain = _percent(run, changed, better)
        return f"{moved}it would help ({gain}) but breaks {broken}, which bind here."
    if broken:
        loss = f" and costs {_percent(run, changed, worse)}" if any(worse) else ""
        return f"{moved}it breaks {broken}{loss}."
    if any(worse) and any(better):
        return (
            f"{moved}it trades {_percent(run, changed, better)} against "
            f"{_percent(run, changed, worse)}; "
            + (
                "the search found nothing worth keeping there."
                if share >= SHARE
                else "the bound ends that trade."
            )
        )
    if any(worse):
        return (
            f"{moved}it only costs ({_percent(run, changed, worse)}): the bound itself is the "
            "limit, and a wider one would be used."
        )
    if any(better):
        return (
            f"{moved}it helps ({_percent(run, changed, better)}) and breaks nothing: the search "
            "is not finished."
        )
    return f"{moved}it changes no objective noticeably."


def _at_bounds(run: RunData, i: int, rows: IntArray) -> list[Stuck]:
    """Return a finding for each bound of a number that chosen designs or 5 % of members touch."""
    picks = {pick.row: pick.title for pick in chosen_designs(run)}
    touched = []
    variable = run.space.variables[i]
    ends = np.array([variable.lower, variable.upper])
    low, high = coordinate(variable, ends).tolist()
    t = coordinate(variable, run.front_x[rows, i])
    for bound, end, inward in ((low, ends[0], 1.0), (high, ends[1], -1.0)):
        near = np.abs(t - bound) <= NEAR * (high - low)
        chosen = tuple(picks[row] for row in rows[near].tolist() if row in picks)
        if near.mean() < TOUCHED and not chosen:
            continue
        before = run.front_x[spread_rows(rows[near])]
        target = bound + inward * MOVE * (high - low)
        value = _from_coordinate(variable, target)
        if variable.kind == "integer":
            value = round(value) if round(value) != end else end + inward
        after = before.copy()
        after[:, i] = value
        after = run.problem.canonical(after, run.space)
        side = "lower" if inward > 0.0 else "upper"
        touched.append(
            Stuck(
                variable.name,
                f"sits at its {side} bound",
                float(near.mean()),
                quantity(float(end), variable.unit),
                _bound_reason(run, effect(run, before, after), float(near.mean())),
                chosen,
            )
        )
    return touched


def _from_coordinate(variable: Variable, t: float) -> float:
    return float(np.exp(t)) if variable.log else t * (variable.upper - variable.lower)


def _one_choice(run: RunData, i: int, rows: IntArray) -> list[Stuck]:
    """Return a finding when nearly all members take the same choice."""
    variable = run.space.variables[i]
    codes, counts = np.unique(run.front_x[rows, i].astype(int), return_counts=True)
    most = int(np.argmax(counts))
    share = float(counts[most] / len(rows))
    if share < SHARE:
        return []
    taken = int(codes[most])
    before = run.front_x[spread_rows(rows[run.front_x[rows, i] == taken])]
    parts = []
    for code in variable.codes:
        if code == taken:
            continue
        changed = effect(run, before, swapped(run.problem, run.space, before, i, code))
        moved = (np.abs(changed.change) > NOTICEABLE).tolist()
        text = _percent(run, changed, moved) or "no objective changes"
        broken = _breaks(run, changed)
        parts.append(f"{variable.choices[code]}: {text}" + (f"; breaks {broken}" if broken else ""))
    reason = f"swapped alone at the same IT power, {' | '.join(parts)}."
    return [Stuck(variable.name, "is", share, variable.choices[taken], reason)]


def stuck_variables(run: RunData) -> list[Stuck]:
    """Return the free variables that touch a bound or never vary, each with the reason.

    Parameters
    ----------
    run
        A run with its front.

    Returns
    -------
    list of Stuck
        In the order of the variables; empty for an empty front.

    Notes
    -----
    A number touches a bound when a chosen design or 5 % of the members on which it has influence
    lie within 1 % of its range (of its logarithm where declared) from it; a choice is named when
    95 % of the members agree. Changes are
    medians over at most 25 members, in which only this one variable moves: other variables do not
    adapt, so an alternative may be better than it looks.
    """
    if len(run.front_x) == 0:
        return []
    active = run.problem.active(run.front_x)
    variables = []
    for i in run.space.free:
        variable = run.space.variables[i]
        rows = np.flatnonzero(active[:, i])
        if len(rows) == 0:
            reason = "the choices made on the front switch it off."
            variables.append(Stuck(variable.name, "has", 1.0, "no influence", reason))
            continue
        look = _one_choice if variable.kind == "choice" else _at_bounds
        variables += look(run, i, rows)
    return variables


def binding_shares(run: RunData) -> list[tuple[str, float]]:
    """Return each constraint that binds somewhere on the front and the share of members there.

    Binding means a dimensionless violation within 0.02 of zero. The most frequent comes first.
    """
    shares = []
    for constraint in run.constraints:
        column = violation_column(constraint.name)
        if column not in run.front:  # a run of before the model had this constraint
            continue
        values = run.front[column].to_numpy(dtype=np.float64)
        share = float((np.abs(values) < BINDING).mean()) if len(values) else 0.0
        shares.append((constraint.name, share))
    return sorted(((n, s) for n, s in shares if s > 0.0), key=lambda item: -item[1])


def limit_lines(run: RunData) -> list[str]:
    """Return, for each chosen design, what binds it and the best price in every objective.

    Where the search stopped short of prices and nothing was certified, a last sentence says how to
    come by them.
    """
    lines, short = [], False
    for pick in chosen_designs(run):
        x = run.front_x[pick.row]
        prices = shadow_prices(run.problem, run.space, run.objectives, run.constraints, x)
        limits = ", ".join(f"`{name}`" for name in prices.binding) or "no constraint"
        lines.append(f"- {sentence(pick.title)}: {limits} {_bind(len(prices.binding))}.")
        for objective in run.objectives:
            rough = prices.why_rough(objective.output)
            short |= prices.is_short_of_optimum(objective.output)
            held = ", ".join(prices.held.get(objective.output, ()))
            name = words(objective.output, run.problem.outputs[objective.output].unit)
            limit_prices = [p for p in prices.limits if p.objective == objective.output]
            if rough:
                lines.append(f"  - no price for {name}, {rough}.")
            elif limit_prices:
                best = max(limit_prices, key=lambda price: price.multiplier).text
                lines.append(f"  - {best}{f'; also held by {held}' if held else ''}.")
            elif held:
                lines.append(f"  - {name} is held by {held}.")
    if short and not run.config.algorithm.certify:
        lines += ["", _WHERE_PRICES_ARE]
    return lines


def _bind(count: int) -> str:
    return "bind" if count > 1 else "binds"
