"""The commands that judge designs under uncertainty: sensitivity and odds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimize.analysis.sensitivity.judged import (
    Judged,
    configured,
    front_of,
    is_run,
    knee_of,
    known_outputs,
    row_of,
    spread_rows,
)
from optimize.evaluation.futures import marginals
from optimize.run.progress import progress_line
from optimize.utils.answer import deliver
from optimize.utils.files import make_folder, storage_error, to_json, write_text_atomic
from optimize.utils.phases import phase
from problems.spec import SpecError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from optimize.analysis.sensitivity.sensitivity_finding import Effort
    from optimize.analysis.sensitivity.sensitivity_study import Study
    from problems.parameters.uncertain import Marginal

STANDING_FOR_FRONT = 12
MOST_CHOICES = 256
MOST_SHOWN = 8


def sensitivity(
    subject: str,
    *,
    design: str | None,
    overrides: Sequence[str],
    outputs: Sequence[str],
    include: Sequence[str],
    effort: Effort,
    out: Path | None,
    as_json: bool,
) -> int:
    """Say which assumptions decide the outputs of a design, or of the front of a run."""
    from optimize.analysis.sensitivity import sensitivity_report as report
    from optimize.analysis.sensitivity.plot_sensitivity import sensitivity_figure
    from optimize.analysis.sensitivity.sensitivity import require_salib

    require_salib()
    name = "sensitivity" if design is None else f"sensitivity-{design}"
    with progress_line():
        phase("judging assumptions")
        study_of = _of_run if is_run(subject) else _of_config
        studies, folder = study_of(subject, design, overrides, outputs, include, effort)
    figures: dict[str, Callable[[], Figure | None]] = {}
    for study in studies:
        part = "-front" if study.deciding else ""
        for finding in study.findings:
            figures[f"{name}{part}-{finding.output}"] = partial(sensitivity_figure, study, finding)
    document = report.to_json(studies, effort, include)
    text = partial(report.to_text, studies)
    return _conclude(document, text, out or folder, name, figures, as_json=as_json)


def _of_run(
    path: str,
    design: str | None,
    overrides: Sequence[str],
    outputs: Sequence[str],
    include: Sequence[str],
    effort: Effort,
) -> tuple[list[Study], Path]:
    """Study one design of a run, or its knee and its front."""
    from optimize.analysis.sensitivity.sensitivity_study import study_designs

    if overrides:
        raise SpecError("--set", "changes the design of a CONFIG, not one of a RUN")
    front, chosen = front_of(path)
    wanted, uncertain = known_outputs(front, outputs), _uncertain(front, include)
    row = knee_of(front, chosen) if design is None else row_of(front, design)
    identity = front.ids[row]
    known = front.titles[row]
    label = f"design {identity}" + (f" ({known})" if known != identity else "")
    studies = [study_designs(front.only([row], label), wanted, uncertain, effort)]
    if design is None and len(front.ids) > 1:
        members = spread_rows(len(front.ids), STANDING_FOR_FRONT, chosen)
        choices = spread_rows(len(front.ids), MOST_CHOICES, chosen)
        label = f"{front.title} ({len(members)} of {len(front.ids)} designs)"
        standing, options = front.only(members, label), front.only(choices, front.title)
        studies.append(study_designs(standing, wanted, uncertain, effort, choices=options))
    return studies, Path(path) / "sensitivity"


def _of_config(
    path: str,
    design: str | None,
    overrides: Sequence[str],
    outputs: Sequence[str],
    include: Sequence[str],
    effort: Effort,
) -> tuple[list[Study], Path]:
    """Study the design that a configuration describes."""
    from optimize.analysis.sensitivity.sensitivity_study import study_designs

    if design is not None:
        raise SpecError("--design", "picks a design of a RUN; a CONFIG has one (see --set)")
    judged = configured(path, overrides)
    wanted, uncertain = known_outputs(judged, outputs), _uncertain(judged, include)
    folder = Path("pareto_outputs") / judged.name / "sensitivity"
    return [study_designs(judged, wanted, uncertain, effort)], folder


def odds(
    path: str,
    *,
    designs: Sequence[str],
    outputs: Sequence[str],
    include: Sequence[str],
    count: int,
    seed: int | None,
    discover: bool = False,
    where: str | None = None,
    out: Path | None,
    as_json: bool,
) -> int:
    """Say how designs of a run fare across futures and against each other."""
    from optimize.analysis.sensitivity import odds_report as report
    from optimize.analysis.sensitivity.discovery import discover_conditions
    from optimize.analysis.sensitivity.odds_study import study_odds
    from optimize.analysis.sensitivity.plot_odds import odds_figure

    if not is_run(path):
        raise SpecError("RUN", f"'{path}' is not a run folder")
    with progress_line():
        front, chosen = front_of(path)
        named = tuple(dict.fromkeys(row_of(front, identity) for identity in designs))
        rows = named or chosen[:MOST_SHOWN]
        if len(rows) > MOST_SHOWN:
            raise SpecError("--design", f"at most {MOST_SHOWN} designs fit a table")
        members = spread_rows(len(front.ids), MOST_CHOICES, [*rows, *chosen])
        setting = front.config.uncertainty
        names = include or (setting.include if setting is not None else None) or ()
        uncertain = _uncertain(front, names)
        pairs = setting.pairs if setting is not None else {}
        drawn = {marginal.key for marginal in uncertain}
        seed = seed if seed is not None else (setting.seed if setting is not None else 1)
        phase(f"evaluating {count:,} futures of {len(members)} designs")
        study = study_odds(
            front.only(members, front.title),
            [members.index(row) for row in rows],
            known_outputs(front, outputs),
            uncertain,
            count=count,
            seed=seed,
            correlations={pair: value for pair, value in pairs.items() if drawn.issuperset(pair)},
        )
        boxes = []
        if discover or where is not None:
            phase("looking for the conditions")
            first = next(iter(study.nominal))
            boxes = discover_conditions(
                study.shown, uncertain, first, where, count=count, seed=seed
            )
    document = report.to_json(study)
    if boxes:
        document["discovery"] = [box.to_json() for box in boxes]

    def text() -> str:
        conditions = ["", "Conditions", *(box.to_text() for box in boxes)] if boxes else []
        return "\n".join([report.to_text(study), *conditions])

    figures = {f"odds-{name}": partial(odds_figure, study, name) for name in study.nominal}
    folder = out or Path(path) / "odds"
    return _conclude(document, text, folder, "odds", figures, as_json=as_json)


def _uncertain(judged: Judged, include: Sequence[str]) -> tuple[Marginal, ...]:
    uncertain = marginals(judged.problem, tuple(include) or None)
    if not uncertain:
        raise SpecError("assumptions", "nothing is uncertain here: no number has a distribution")
    return uncertain


def _conclude(
    document: dict[str, Any],
    text: Callable[[], str],
    folder: Path,
    name: str,
    figures: Mapping[str, Callable[[], Figure | None]],
    *,
    as_json: bool,
) -> int:
    """Write document and figures into a folder and print one of document and text."""
    from optimize.report.plots.files import write_figure_files

    try:
        make_folder(folder)
        with progress_line():
            drawn = write_figure_files(folder, figures)
        document = {**document, "figures": [str(path) for path in drawn]}
        write_text_atomic(folder / f"{name}.json", to_json(document))
    except OSError as error:
        raise storage_error(error, folder) from None
    deliver(document, lambda: f"{text()}\ndata and figures: {folder}", as_json=as_json)
    return 0
