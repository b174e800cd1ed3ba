"""Commands around runs: run, resume and report."""

from __future__ import annotations

import dataclasses
import shlex
import signal
import statistics
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optimize.commands.present import present
from optimize.config.backend import backend_note
from optimize.config.notes import study_notes
from optimize.config.overrides import load_source
from optimize.config.problem import problem_arguments
from optimize.config.run_config import RunConfig
from optimize.config.storage import without_password
from optimize.config.study import Study, read_study
from optimize.designs.table import violations_text
from optimize.engine.quality import constant_text
from optimize.engine.scale import scale_text
from optimize.run.box import shared_box
from optimize.run.folder import RunData, load_run
from optimize.run.outcome import Outcome
from optimize.run.start import resume_run, start_run
from optimize.utils.answer import deliver
from optimize.utils.files import storage_error
from optimize.utils.phases import phase
from optimize.utils.signals import resumable, way_on
from optimize.utils.terminal import fitted_table
from problems.space import DesignSpace

if TYPE_CHECKING:
    from optimize.commands.seeds import Seeded
    from optimize.designs.one_design import DesignReport


def run(
    path: str,
    overrides: Sequence[str],
    *,
    seeds: int,
    workers: int,
    out: Path | None,
    as_json: bool,
) -> int:
    """Carry out one run, or one per seed."""
    config, study = read_study(load_source(path, overrides))
    for note in study_notes(config.algorithm.name, study.objectives, study.constraints):
        _note(f"warning: {note}")
    if note := backend_note(config):
        _note(note)
    command = without_password(shlex.join(["heliofront", *sys.argv[1:]]))
    if seeds > 1:
        return _run_seeds(config, study, seeds, workers, out, command, as_json)
    if workers > 1 and config.algorithm.storage is None:
        _note("one run uses one process; --workers matters with --seeds or algorithm.storage")
    from optimize.run.progress import progress_line

    with progress_line() as progress:
        outcome = start_run(
            config, study, out=out, command=command, progress=progress, workers=workers
        )
        only = _only_design(config, study) if outcome.status == "finished" else None
        figures = _presented(outcome)
    return _conclude(outcome, figures, as_json=as_json, only=only)


def _only_design(config: RunConfig, study: Study) -> DesignReport | None:
    """Return the evaluation of the one design there is; None where something can be chosen.

    A costly model is not evaluated again, and a robust problem has no numbers of one future.
    """
    if study.free or config.algorithm.storage is not None or config.uncertainty is not None:
        return None
    from optimize.designs.one_design import inspect_design
    from optimize.evaluation.build import build_problem

    space = DesignSpace(study.variables)
    return inspect_design(
        build_problem(config), space, study.objectives, study.constraints, space.defaults
    )


def resume(path: Path, *, generations: int | None, as_json: bool) -> int:
    """Continue a run."""
    from optimize.run.progress import progress_line

    with progress_line() as progress:
        outcome = resume_run(path, generations=generations, progress=progress)
        figures = _presented(outcome)
    return _conclude(outcome, figures, as_json=as_json)


def _presented(outcome: Outcome) -> list[Path]:
    """Draw and summarise what a finished run found; return the figures."""
    run = outcome.run
    with resumable(run.path, *problem_arguments(run.config.problem)):
        return present(run) if outcome.status == "finished" else []


def _conclude(
    outcome: Outcome,
    figures: Sequence[Path],
    *,
    as_json: bool,
    only: DesignReport | None = None,
) -> int:
    """Print what a run found; of the only design there is, everything."""
    run = outcome.run
    document = _summary(outcome, figures)
    if only is not None:
        document["evaluation"] = only.to_json()
    texts: list[Callable[[], str]] = [only.to_text] if only is not None else []
    if len(run.front):
        texts.append(partial(_front_text, run, figures, finished=outcome.status == "finished"))
    if as_json or texts:
        deliver(document, lambda: "\n".join(text() for text in texts), as_json=as_json)
    if outcome.message:
        _note(("error: " if outcome.status == "stopped" else "") + outcome.message)
    elif outcome.exit_code == 3:
        _note(_why_infeasible(run) if only is None else _what_is_broken(run))
    for name, box in (run.manifest.get("reference_point") or {}).items():
        if "designs" in box:
            _note(f"note: {scale_text(name, box)}")
    for text in (run.manifest.get("quality") or {}).get("blind_boxes", []):
        _note(f"warning: {text}")
    for name in (run.manifest.get("quality") or {}).get("constant_objectives", []):
        _note(f"warning: {constant_text(name)}")
    return outcome.exit_code


def _front_text(run: RunData, figures: Sequence[Path], *, finished: bool) -> str:
    from optimize.designs.table import front_table

    lines = [
        front_table(run),
        f"\nfront:   {run.path / 'front.csv'} ({len(run.front)} designs)",
        *([f"summary: {run.path / 'summary.md'}"] if finished else []),
        *([f"figures: {run.path / 'figures'}"] if figures else []),
        f"next:    {_explore_call([run.path], run.config)}",
    ]
    return "\n".join(lines)


def _explore_call(folders: Sequence[Path], config: RunConfig) -> str:
    """Return the command that shows runs of one configuration."""
    arguments = [*map(str, folders), *problem_arguments(config.problem)]
    return shlex.join(["heliofront", "explore", *arguments])


def _summary(outcome: Outcome, figures: Sequence[Path]) -> dict[str, Any]:
    run = outcome.run
    keys = (
        "status",
        "reason",
        "seed",
        "config_hash",
        "evaluations",
        "generations",
        "hypervolume",
        "front_size",
        "feasible_share",
        "failed_evaluations",
        "failures",
        "seconds",
        "least_violating",
    )
    aims = [objective.output for objective in run.objectives]
    columns = ["design_id", *(run.layout.column(name) for name in aims)]
    return {
        "run": str(run.path),
        **{key: run.manifest[key] for key in keys if key in run.manifest},
        "objectives": aims,
        "front": [
            dict(zip(("design_id", *aims), row, strict=True))
            for row in run.front[columns].itertuples(index=False, name=None)
        ],
        "figures": [str(figure) for figure in figures],
    }


def _what_is_broken(run: RunData) -> str:
    """Return which limits the only design of a run breaks, and by how much."""
    least_violating = run.manifest.get("least_violating") or {}
    broken = violations_text(least_violating.get("violations", {})) or "gives no finite number"
    return f"the only design of {run.path} is not feasible: it breaks {broken} (dimensionless)"


def _why_infeasible(run: RunData) -> str:
    """Return what stands between the best design found and feasibility."""
    least_violating = run.manifest.get("least_violating")
    if not least_violating:
        return f"no feasible design among {run.manifest['evaluations']} evaluated ({run.path})"
    blocking = violations_text(least_violating["violations"])
    design = ", ".join(
        f"{name}={value:.6g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in least_violating["variables"].items()
        if value is not None
    )
    return (
        f"no feasible design among {run.manifest['evaluations']} evaluated ({run.path}). "
        f"The least violating one breaks {blocking} (dimensionless): {design}"
    )


def _run_seeds(
    config: RunConfig,
    study: Study,
    seeds: int,
    workers: int,
    out: Path | None,
    command: str,
    as_json: bool,
) -> int:
    """Carry out complete runs with consecutive seeds and print how far they agree."""
    from optimize.commands.seeds import Job, carry_out
    from optimize.run.progress import progress_line

    first = config.algorithm.seed
    jobs = [Job.of(config, seed, out, command) for seed in range(first, first + seeds)]
    with progress_line():
        done = carry_out(jobs, workers)
        exit_code = max(seeded.exit_code for seeded in done)
        compared = len(done) > 1 and exit_code < 128
        quality = _compare_seeds([str(seeded.path) for seeded in done], first) if compared else None
    if quality is not None and not all(o.has_box for o in study.objectives):
        # Every run took its scale from its own designs: measure all volumes in the same box.
        rows = quality["by_seed"]
        done = [
            dataclasses.replace(seeded, hypervolume=row["hypervolume"])
            for seeded, row in zip(done, rows, strict=True)
        ]
    volumes = [seeded.hypervolume for seeded in done]
    spread = {
        "median": statistics.median(volumes),
        "lowest": min(volumes),
        "highest": max(volumes),
    }
    runs = [
        {
            "run": str(seeded.path),
            "seed": seeded.seed,
            "hypervolume": seeded.hypervolume,
            "front_size": seeded.front_size,
        }
        for seeded in done
    ]
    document = {"runs": runs, "hypervolume": spread, "quality": quality}
    deliver(document, partial(_seeds_text, done, spread, quality), as_json=as_json)
    if not as_json:
        click.echo(f"next: {_explore_call([s.path for s in done], config)}")
    if exit_code > 128:
        name = signal.Signals(exit_code - 128).name
        _note(f"interrupted by {name}: {len(done)} of {seeds} runs begun, their state saved")
        for seeded in done:
            if seeded.exit_code > 128:
                needed = problem_arguments(config.problem)
                _note(f"seed {seeded.seed}: {way_on(seeded.path, *needed)}")
    return exit_code


def _seeds_text(
    done: Sequence[Seeded], spread: dict[str, float], quality: dict[str, Any] | None
) -> str:
    """Return one line per seed, and how far they agree."""
    rows = [(str(s.seed), f"{s.hypervolume:.6f}", str(s.front_size), str(s.path)) for s in done]
    lines = fitted_table(("seed", "hypervolume", "front", "run"), rows, "rrrl", ruled=False)
    lines.append(
        f"hypervolume: median {spread['median']:.6f}, "
        f"from {spread['lowest']:.6f} to {spread['highest']:.6f}"
    )
    lines += [
        f"seed {row['seed']}: {row['share_of_union_hypervolume']:.2%} of the "
        f"union's hypervolume, {row['share_of_union']:.1%} of its designs, "
        f"additive epsilon {row['additive_epsilon'] or 0.0:.4f}"
        for row in (quality["by_seed"] if quality is not None else ())
        if row["share_of_union_hypervolume"] is not None
    ]
    return "\n".join(lines)


def _compare_seeds(paths: Sequence[str], first: int) -> dict[str, Any]:
    """Compare the fronts of several seeds; store the comparison in each of their folders."""
    from optimize.config.algorithm import SAMPLES
    from optimize.engine.quality import SAMPLE, compare_seeds, sample_evidence
    from optimize.report.summary import write_summary
    from optimize.run.folder import write_manifest
    from problems.space import objective_matrix

    phase("comparing the seeds")
    runs = [load_run(path) for path in paths]
    fronts = {}
    for run in runs:
        columns = {o.output: run.front[run.layout.column(o.output)] for o in run.objectives}
        values = {name: column.to_numpy(dtype=float) for name, column in columns.items()}
        fronts[int(run.manifest.get("seed", first))] = objective_matrix(values, run.objectives)
    seeds = compare_seeds(fronts, shared_box([run.objectives for run in runs]))
    for run in runs:
        quality = dict(run.manifest.get("quality") or {})
        sampled = run.config.algorithm.name in SAMPLES or "random_sample" in quality
        if not sampled and not run.config.is_costly and run.manifest.get("status") == "finished":
            quality["random_sample"] = sample_evidence(
                run.layout, run.history, most=SAMPLE, seed=first
            )
        quality["seeds"] = seeds
        manifest = {**run.manifest, "quality": quality}
        try:
            write_manifest(run.path, manifest)
            if run.manifest.get("status") == "finished":
                write_summary(dataclasses.replace(run, manifest=manifest))
        except OSError as error:
            raise storage_error(error, run.path) from None
    return seeds


def report(path: Path, *, as_json: bool) -> int:
    """Draw figures, summary and the printable page again."""
    from optimize.run.progress import progress_line

    with progress_line():
        run = load_run(path)
        phase("drawing the designs")
        sheets = _sheets(run)
        figures = [*present(run), *sheets]
        phase("writing the page")
        page = _page(run)
    answer = {
        "run": str(run.path),
        "summary": str(run.path / "summary.md"),
        "page": str(page),
        "figures": [str(figure) for figure in figures],
    }
    deliver(answer, partial(_report_text, run, page, figures), as_json=as_json)
    return 0


def _report_text(run: RunData, page: Path, figures: Sequence[Path]) -> str:
    from optimize.designs.table import front_table

    lines = [
        *([front_table(run)] if len(run.front) else []),
        f"summary: {run.path / 'summary.md'}",
        f"page:    {page}",
        *([f"figures: {run.path / 'figures'}"] if figures else []),
    ]
    return "\n".join(lines)


def _sheets(run: RunData) -> list[Path]:
    """Draw the chosen designs, when the run has figures at all."""
    from optimize.report.plots.satellite import write_design_sheets

    try:
        return write_design_sheets(run) if run.config.output.figures else []
    except OSError as error:
        raise storage_error(error, run.path) from None


def _page(run: RunData) -> Path:
    from optimize.report.page import write_report_page

    try:
        return write_report_page(run)
    except OSError as error:
        raise storage_error(error, run.path) from None


def _note(text: str) -> None:
    click.echo(text, err=True)
