"""The sensitivity of designs as text for a terminal and as plain data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from optimize.analysis.sensitivity.sensitivity import MORRIS_SPAN_FRAC
from optimize.analysis.sensitivity.sensitivity_finding import Effort, Factor, Finding
from optimize.analysis.sensitivity.sensitivity_study import Study
from optimize.utils.labels import number, pretty_unit, quantity, title
from optimize.utils.terminal import fitted_table

SHOWN = 12
SMALL_SHARE = 0.005  # of the variance; less is not shown


def to_text(studies: Sequence[Study]) -> str:
    """Return findings as tables, one per output of each study."""
    parts = []
    for study in studies:
        parts += [_heading(study), *(_finding_lines(study, finding) for finding in study.findings)]
        parts.append(_notes(study))
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def _heading(study: Study) -> list[str]:
    text = f"Sensitivity of {study.judged.title}"
    return [text, "=" * len(text)]


def _finding_lines(study: Study, finding: Finding) -> list[str]:
    output = study.judged.problem.outputs[finding.output]
    lines = [title(output), *_spread_lines(study, finding, output.unit)]
    if not finding.factors:
        return [*lines, "No uncertain assumption moves it."]
    unit = pretty_unit(output.unit)
    changes = "mean change" if study.relative else "change"
    header = ["assumption", "low", "nominal", "high", "unit", "S1", "ST"]
    header += [] if study.relative else ["±"]
    header += [f"{changes}\nat low", f"{changes}\nat high", "% for\n+1 %"]
    worth = finding.worth_all is not None
    header += [f"worth knowing\n[{unit}]"] if worth else []
    shown = [factor for factor in finding.factors if _matters(factor)][:SHOWN]
    rows = [_row(factor, study.relative, worth) for factor in shown]
    lines += fitted_table(header, rows, "lrrrl" + "r" * (len(header) - 5))
    rest = len(finding.screened) - len(shown)
    return lines + [f"and {rest} more of less influence"] * (rest > 0)


def _matters(factor: Factor) -> bool:
    return not factor.total < SMALL_SHARE or _is_significant(factor)


def _is_significant(factor: Factor) -> bool:
    """Return whether the worth is beyond two standard errors of nothing."""
    return (factor.worth or 0.0) > 2.0 * (factor.worth_error or 0.0)


def _spread_lines(study: Study, finding: Finding, unit: str) -> list[str]:
    scale = "its logarithm" if finding.logarithmic else "it"
    lines = []
    if len(finding.nominal) == 1:
        s = finding.spread
        low, middle, high = (number(float(v[0])) for v in (s.p5, s.p50, s.p95))
        lines.append(
            f"nominal {quantity(float(finding.nominal[0]), unit)}; over the futures "
            f"P5 {low}, P50 {middle}, P95 {high}, mean {number(float(s.mean[0]))}"
        )
    explained = ""
    if not math.isnan(finding.explained_frac):
        explained = f" ({min(finding.explained_frac, 1.0):.0%} of the variance with all)"
    lines.append(f"{len(finding.screened)} assumptions move it")
    if finding.factors:
        lines.append(
            f"S1, ST: shares of the variance of {scale}, {len(finding.factors)} varying{explained}"
        )
    if finding.worth_all is not None:
        lines.append(
            f"choosing among {study.deciding} designs with everything known would save "
            f"{quantity(finding.worth_all, unit, 3)} on average"
        )
    if finding.kept_frac < 1.0 or float(finding.spread.missing_frac.max()) > 0.0:
        missing = float(finding.spread.missing_frac.mean())
        lines.append(
            f"! no finite value in {missing:.1%} of the futures; they are left out "
            f"({finding.kept_frac:.1%} of the samples behind S1 and ST are used)"
        )
    return lines


def _row(factor: Factor, relative: bool, worth: bool) -> list[str]:
    marginal = factor.marginal
    cells = [marginal.key, *(number(v, 3) for v in (marginal.low, marginal.nominal, marginal.high))]
    cells += ["" if marginal.unit == "1" else pretty_unit(marginal.unit)]
    cells += [_share(factor.first), _share(factor.total)]
    cells += [] if relative else [_share(factor.total_conf)]
    cells += [_change(v, relative) for v in (factor.at_low, factor.at_high)]
    cells += ["-" if math.isnan(factor.elasticity) else f"{factor.elasticity:+.2f}"]
    if worth:
        cells.append(_worth(factor))
    return cells


def _share(value: float) -> str:
    return "-" if math.isnan(value) else f"{max(value, 0.0):.2f}"


def _change(value: float, relative: bool) -> str:
    if math.isnan(value):
        return "-"
    if relative:
        return f"{100.0 * value:+.1f} %"
    return ("+" if value > 0.0 else "") + number(value, 3)


def _worth(factor: Factor) -> str:
    if factor.worth is None:
        return "-"
    return number(factor.worth, 2) if _is_significant(factor) else "~0"


def _notes(study: Study) -> list[str]:
    share, setting = study.limits.feasible_frac, study.judged.config.uncertainty
    lines = []
    if setting is not None and setting.pairs:
        lines.append("Assumptions vary independently here, without the correlations of the run.")
    if not study.judged.constraints:
        return lines
    if len(share) == 1:
        text = f"The design holds every limit in {float(share[0]):.0%} of {study.futures} futures"
    else:
        text = (
            f"The designs hold every limit in {float(share.min()):.0%} to "
            f"{float(share.max()):.0%} of {study.futures} futures"
        )
    return [
        *lines,
        f"{text}; {study.limits.text()}.",
        "Outputs of the other futures are as the model gives them, limits aside.",
    ]


def to_json(studies: Sequence[Study], effort: Effort, include: Sequence[str]) -> dict[str, Any]:
    """Return all findings as plain values."""
    return {
        "method": {
            "samples": effort.samples,
            "trajectories": effort.trajectories,
            "screened_to": effort.most,
            "seed": effort.seed,
            "include": list(include),
            "morris_span": list(MORRIS_SPAN_FRAC),
            "confidence": 0.95,
        },
        "studies": [_study_json(study) for study in studies],
    }


def _study_json(study: Study) -> dict[str, Any]:
    judged = study.judged
    return {
        "title": judged.title,
        "designs": [
            {"design_id": name, "feasible_share": float(share)}
            for name, share in zip(judged.ids, study.limits.feasible_frac, strict=True)
        ],
        "broken_share": dict(study.limits.broken_frac),
        "futures": study.futures,
        "choices": study.deciding,
        "change": "share of nominal, mean over designs" if study.relative else "output's unit",
        "outputs": [_finding_json(finding, judged.problem.outputs) for finding in study.findings],
    }


def _finding_json(finding: Finding, outputs: Any) -> dict[str, Any]:
    spread = finding.spread
    names = ("mean", "sd", "p5", "p50", "p95", "missing_frac")
    return {
        "output": finding.output,
        "unit": outputs[finding.output].unit,
        "scale": "log" if finding.logarithmic else "linear",
        "nominal": finding.nominal.tolist(),
        "distribution": {name: getattr(spread, name).tolist() for name in names},
        "explained_share": finding.explained_frac,
        "finite_sample_share": finding.kept_frac,
        "value_of_perfect_information": finding.worth_all,
        "assumptions": [_factor_json(factor) for factor in finding.factors],
        "screening": [
            {"key": key, "mu_star": mu_star, "sigma": sigma}
            for key, mu_star, sigma in finding.screened
        ],
    }


def _factor_json(factor: Factor) -> dict[str, Any]:
    marginal = factor.marginal
    return {
        "key": marginal.key,
        "unit": marginal.unit,
        "low": marginal.low,
        "nominal": marginal.nominal,
        "high": marginal.high,
        "distribution": marginal.distribution,
        "first_order": {"value": factor.first, "half_width": factor.first_conf},
        "total": {
            "value": factor.total,
            "half_width": factor.total_conf,
            "lowest": factor.total_range[0],
            "highest": factor.total_range[1],
        },
        "change_at_low": factor.at_low,
        "change_at_high": factor.at_high,
        "elasticity": factor.elasticity,
        "morris": {"mu_star": factor.mu_star, "sigma": factor.sigma},
        "value_of_information": {"value": factor.worth, "standard_error": factor.worth_error},
    }
