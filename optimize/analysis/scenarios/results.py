"""What each scenario implies in one common model: its own design, and the best one.

A peer's published number has a boundary of its own. Here every scenario is also evaluated at one
common boundary, and the satellite is designed anew under its assumptions, for the same task.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from optimize.analysis.scenarios.groups import GROUPS, group_of
from optimize.config.faults import Source
from optimize.config.study import Study, read_study
from optimize.evaluation.build import build_problem
from problems.compute_satellite.declarations import scenarios
from problems.compute_satellite.variants.peer_model import at_boundary, peer_problem, peer_row
from problems.compute_satellite.variants.peers import Peer, peer
from problems.space import Problem, violation
from problems.spec import SpecError, Value
from problems.validation.cases import Point, load_cases
from problems.validation.inputs import Inputs
from problems.validation.points import check

if TYPE_CHECKING:
    from optimize.designs.best.design import Best

#: Watts of compute of the common task: the baseline's, so that size makes no difference.
TASK_W = (100_000.0, 150_000.0)
#: Technology that a peer's best design keeps: its assumptions are about these rows.
KEPT = ("gpu_model", "array_type", "radiator_type", "launcher")
#: What a reader compares, in the order of the columns.
COMPARED = (
    "cost_per_exaflop_usd",
    "cost_per_kw_yr_usd",
    "cost_ratio_to_ground",
    "specific_mass_kg_per_kw",
    "launch_price_usd_per_kg",
)


@dataclass(frozen=True)
class Evaluated:
    """A design under a scenario."""

    design: Mapping[str, Value]
    outputs: Mapping[str, float]
    boundary: str
    violated: tuple[str, ...]

    def value(self, name: str) -> float:
        """Return an output at the boundary."""
        return float(at_boundary(self.outputs, name, self.boundary))

    def to_json(self) -> dict[str, Any]:
        """Return design, compared outputs, and which limits are broken."""
        return {
            "design": dict(self.design),
            "boundary": self.boundary,
            "outputs": {name: self.value(name) for name in COMPARED},
            "feasible": not self.violated,
            "violated": list(self.violated),
        }


def evaluate_peer(name: str, *, boundary: str | None = None) -> Evaluated:
    """Return a scenario's own design, at its own boundary when ``boundary`` is None.

    Raises
    ------
    SpecError
        For an unknown scenario, with the nearest one.
    """
    scenario = peer(name)
    problem = peer_problem(name, conventions=boundary is None)
    return _evaluated(
        problem, peer_row(problem, name), boundary or scenario.cost_boundary, problem.constraints
    )


def _evaluated(problem: Problem, row: Any, boundary: str, constraints: Sequence[Any]) -> Evaluated:
    row = problem.canonical(row)
    outputs = {key: float(column[0]) for key, column in problem.evaluate(row).items()}
    variables = zip(problem.space.variables, row[0], strict=True)
    broken = [c.name for c in constraints if violation(c, np.array(outputs[c.output])) > 0.0]
    design = {v.name: v.decode(float(x)) for v, x in variables}
    return Evaluated(design, outputs, boundary, tuple(broken))


def common_task(name: str, boundary: str) -> tuple[Problem, Study]:
    """Return problem and study of the common task under a scenario.

    The task is 100 to 150 kW of compute launched from the Earth. A peer keeps its technology;
    orbit, sizes and life are chosen anew.
    """
    scenario = peer(name)
    variables: dict[str, Any] = {"launch_site": {"fix": "earth"}}
    variables |= {key: {"fix": scenario.design[key]} for key in KEPT if key in scenario.design}
    config, study = read_study(
        Source(
            f"scenario {name}",
            {
                "name": "common-task",
                "problem": "compute_satellite",
                "scenario": name,
                "variables": variables,
                "constraints": {"it_power_w": {"lower": TASK_W[0], "upper": TASK_W[1]}},
                "cost_boundary": boundary,
                "allow_unverified": scenario.published,
            },
        )
    )
    return build_problem(config), study


@dataclass(frozen=True)
class ScenarioResult:
    """Everything that is compared about one scenario."""

    peer: Peer
    own: Evaluated
    common: Evaluated
    best: Evaluated | None
    published: tuple[Point, ...]
    unstated: tuple[str, ...]
    ours: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of the scenario."""
        return self.peer.name

    @property
    def counts_alike(self) -> bool:
        """True when the author counts as the common boundary does."""
        return not self.peer.conventions and self.own.boundary == self.common.boundary

    @cached_property
    def headline(self) -> Point | None:
        """The published number per kilowatt and year, where there is one."""
        return next((p for p in self.published if "cost_per_kw_yr_usd" in p.case.inputs), None)

    def to_json(self) -> dict[str, Any]:
        """Return the scenario as plain values."""
        return {
            "scenario": self.name,
            "own_boundary": self.own.to_json(),
            "common_boundary": self.common.to_json(),
            "best": self.best.to_json() if self.best else None,
            "published": [
                {
                    "id": p.case.id,
                    "quantity": p.case.quantity,
                    "published": p.case.expected,
                    "model": p.value,
                    "unit": p.case.unit,
                    "deviation": p.value / p.case.expected - 1.0,
                    "boundary": self.peer.cost_boundary,
                    "source": p.case.source,
                    "locator": p.case.locator,
                }
                for p in self.published
            ],
            "unstated_variables": list(self.unstated),
            "assumptions_left_at_ours": list(self.ours),
        }


def published_points(name: str) -> tuple[Point, ...]:
    """Return the validation points that evaluate a peer under its own scenario."""
    cases = [c for c in load_cases() if c.call.startswith("satellite.peer")]
    return tuple(check(c) for c in cases if Inputs.parse(c.inputs).text("peer") == name)


def _best(name: str, boundary: str, evaluations: int, seed: int) -> Evaluated:
    from optimize.designs.best.design import best_design

    problem, study = common_task(name, boundary)
    optimum: Best = best_design(
        problem, study, "cost_per_exaflop_usd", evaluations=evaluations, seed=seed
    )
    return _evaluated(problem, optimum.x[None, :], boundary, study.constraints)


def compare_scenarios(
    names: Sequence[str],
    *,
    boundary: str = "full",
    best: bool = True,
    evaluations: int = 20_000,
    seed: int = 1,
) -> tuple[ScenarioResult, ...]:
    """Return every scenario's own design and its best one.

    Parameters
    ----------
    names
        Scenarios, each once.
    boundary
        Common cost boundary.
    best
        Design the satellite anew under each scenario.
    evaluations, seed
        What the search of each best design may spend [designs], and its seed.

    Raises
    ------
    SpecError
        For an unknown scenario, with the nearest one, or one that is named twice.
    """
    for at, name in enumerate(names):
        peer(name)
        if name in names[:at]:
            raise SpecError("scenario", f"'{name}' is named twice")
    return tuple(
        ScenarioResult(
            peer(name),
            evaluate_peer(name),
            evaluate_peer(name, boundary=boundary),
            _best(name, boundary, evaluations, seed) if best else None,
            published_points(name),
            _unstated(name),
            _groups_at_ours(name),
        )
        for name in names
    )


def _unstated(name: str) -> tuple[str, ...]:
    """Variables that matter for a peer's design and that it does not state."""
    problem = peer_problem(name, conventions=False)
    active = problem.active(peer_row(problem, name))[0]
    silent = set(peer(name).unstated) if peer(name).published else set()
    names = problem.space.names
    return tuple(v for v, matters in zip(names, active, strict=True) if matters and v in silent)


def _groups_at_ours(name: str) -> tuple[str, ...]:
    """Return the groups of assumptions in which a peer changes nothing."""
    if not peer(name).published:
        return ()
    own, reference = scenarios()[name].overrides, scenarios()["2030"].overrides
    changed = {group_of(key) for key in own if own[key] != reference.get(key)}
    return tuple(title for group, title in GROUPS.items() if group not in {*changed, "boundary"})
