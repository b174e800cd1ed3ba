"""The sensitivity of designs: screening of all assumptions, then analysis of the important ones.

1. Morris screening over every uncertain number.
2. Sobol indices and tornado of the most important ones; the rest stay nominal meanwhile, and how
   much of the whole variance the chosen ones carry is said.
3. For a front: what knowing a number would save when choosing among its members.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimize.analysis.sensitivity.information import partial_information, perfect_information
from optimize.analysis.sensitivity.judged import Judged, Limits, limits_of, sense_of
from optimize.analysis.sensitivity.odds import losses
from optimize.analysis.sensitivity.sensitivity import Screening, screen
from optimize.analysis.sensitivity.sensitivity_finding import (
    Effort,
    Finding,
    OutputAnalysis,
    is_wide,
    scaled,
)
from optimize.evaluation.futures import sample_futures
from problems.parameters.uncertain import Marginal
from problems.spec import SpecError
from problems.units import FloatArray

#: Futures drawn with everything varying, per base sample of the Sobol indices.
FUTURES_PER_SAMPLE = 2


@dataclass(frozen=True, slots=True)
class Study:
    """Findings about some designs: one, or members that stand for a front.

    ``relative`` tells whether changes are shares of the nominal value; ``limits`` how often they
    hold in the ``futures`` drawn; ``deciding`` counts the designs among which one is chosen, 0 when
    nothing is decided.
    """

    judged: Judged
    relative: bool
    findings: tuple[Finding, ...]
    limits: Limits
    futures: int
    deciding: int


def study_designs(
    judged: Judged,
    outputs: Sequence[str],
    marginals: Sequence[Marginal],
    effort: Effort,
    *,
    choices: Judged | None = None,
) -> Study:
    """Return what the outputs of some designs depend on.

    Parameters
    ----------
    judged
        Designs to analyse.
    outputs
        Names of outputs.
    marginals
        Assumptions that are uncertain; at least one. They vary independently.
    effort
        Sample sizes and seed.
    choices
        Designs among which one will be built: adds the value of information, limits aside, for
        outputs that have a sense. Changes are then shares of the nominal value.

    Raises
    ------
    SpecError
        When an output is never finite, or the problem cannot be evaluated under futures.
    """
    count = FUTURES_PER_SAMPLE * effort.samples
    futures = sample_futures(marginals, count, seed=effort.seed)
    values, held = judged.outcomes(futures, outputs)
    for output in outputs:
        if not np.isfinite(values[output]).any():
            raise SpecError("--output", f"'{output}' is never finite for these designs")
    wide = [is_wide(values[output]) for output in outputs]
    screening = _screen(judged, outputs, wide, marginals, effort)
    decided = {} if choices is None else choices.values(futures, outputs)
    findings = []
    for output, logarithmic, effect in zip(outputs, wide, screening, strict=True):
        analysis = OutputAnalysis(judged, output, logarithmic, choices is not None, effort)
        finding = analysis.at(marginals, effect, values[output])
        sense = sense_of(judged, output)
        if choices is not None and sense is not None:
            finding = with_worth(finding, losses(decided[output], sense), futures)
        findings.append(finding)
    deciding = 0 if choices is None else len(choices.ids)
    limits = limits_of(judged, held)
    return Study(judged, choices is not None, tuple(findings), limits, count, deciding)


def _screen(
    judged: Judged,
    outputs: Sequence[str],
    wide: Sequence[bool],
    marginals: Sequence[Marginal],
    effort: Effort,
) -> list[Screening]:
    """Screen all outputs of all designs on the same futures; one screening per output."""

    def response(futures: Mapping[str, FloatArray]) -> FloatArray:
        values = judged.values(futures, outputs)
        pairs = zip(outputs, wide, strict=True)
        return np.concatenate([scaled(values[n], logarithmic=log) for n, log in pairs], axis=1)

    joint = screen(marginals, response, trajectories=effort.trajectories, seed=effort.seed)
    count = len(judged.ids)
    parts = [slice(start * count, (start + 1) * count) for start in range(len(outputs))]
    return [Screening(joint.mu_star[:, part], joint.sigma[:, part]) for part in parts]


def with_worth(finding: Finding, loss: FloatArray, futures: Mapping[str, FloatArray]) -> Finding:
    """Return a finding with what knowing each assumption, and everything, would save.

    Parameters
    ----------
    finding
        What the output depends on.
    loss
        ``(m, n)`` losses of the designs to choose from; futures with one that is not finite are
        left out.
    futures
        The futures of ``loss``.
    """
    usable = np.isfinite(loss).all(axis=1)
    if usable.sum() < 2 or not finding.factors:
        return finding
    keys = [factor.marginal.key for factor in finding.factors]
    numbers = np.column_stack([futures[key][usable] for key in keys])
    worth = partial_information(loss[usable], numbers)
    factors = tuple(
        replace(factor, worth=float(worth.value[i]), worth_error=float(worth.error[i]))
        for i, factor in enumerate(finding.factors)
    )
    return replace(finding, factors=factors, worth_all=perfect_information(loss[usable]))
