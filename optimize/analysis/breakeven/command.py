"""The breakeven command: reads the configuration, asks, prints, and writes JSON and figures."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from optimize.analysis.breakeven.axes import different, make_axis
from optimize.analysis.breakeven.curve import Question
from optimize.analysis.breakeven.duel import driver_or_rocket
from optimize.analysis.breakeven.map import architecture_map
from optimize.analysis.breakeven.questions import (
    RATIO,
    Answer,
    Settings,
    against_ground,
    default_axes,
    in_use,
)
from optimize.analysis.breakeven.solve import parse_goal, solve_best, solve_design
from optimize.analysis.breakeven.text import curves_text, map_text, solution_text
from optimize.config.backend import backend_of_inquiries
from optimize.config.overrides import load_source
from optimize.config.run_config import RunConfig
from optimize.config.study import Study, read_study
from optimize.evaluation.build import build_problem
from optimize.evaluation.tables import Layout
from optimize.run.progress import progress_bar
from optimize.utils.answer import deliver
from optimize.utils.files import make_folder, to_json, write_text_atomic
from problems.space import DesignSpace
from problems.spec import SpecError

INTERRUPTED = 130
_SITE = "launch_site"


@dataclass(frozen=True)
class Request:
    """What was asked on the command line, whatever the kind of question."""

    config: str
    overrides: Sequence[str]
    boundary: str | None
    points: int
    futures: int
    seed: int
    out: Path | None
    as_json: bool

    def question(self, output: str | None = None) -> Question:
        """Read the configuration; what is optimised is its first objective, or ``output``.

        ``output`` counts only when it is one of the objectives.
        """
        texts = [_as_key(text) for text in self.overrides]
        if self.boundary:
            texts.append(f"cost_boundary={self.boundary}")
        config, study = read_study(load_source(self.config, texts))
        objectives = {objective.output: objective for objective in study.objectives}
        chosen = objectives.get(output or "", study.objectives[0])
        problem = build_problem(config)
        backend = backend_of_inquiries(config)
        layout = Layout(problem, DesignSpace(study.variables), (chosen,), study.constraints)
        layout.use_backend(backend, config.algorithm.population)
        return Question(problem, study, chosen, self.seed)

    @property
    def settings(self) -> Settings:
        """How finely to answer."""
        return Settings(self.points, self.futures, self.seed)


def _as_key(text: str) -> str:
    """Return an override as a key of the configuration; a bare name is a variable to hold."""
    name = text.partition("=")[0].strip()
    bare = "=" in text and "." not in name and name not in RunConfig.model_fields
    return f"variables.{name}.fix={text.partition('=')[2]}" if bare else text


def curves(request: Request, texts: Sequence[str]) -> int:
    """Answer the break-even questions, one curve each."""
    question = request.question()
    _needs(question, RATIO)
    choices = in_use(question)
    ground, driver = default_axes(question.problem)
    axes = [make_axis(question.problem, text, choices) for text in (texts or ground)]
    different_names([axis.name for axis in axes])
    answers: list[Answer] = []
    interrupted = False
    with _progress() as watch:
        try:
            for axis in axes:
                progress = watch(axis.name)
                answers.append(against_ground(question, axis, request.settings, progress))
            if not texts and _SITE in question.problem.space.index:
                free = _site_open(question)
                for name in driver:
                    axis = make_axis(free.problem, name, choices)
                    progress = watch(axis.name)
                    answers += driver_or_rocket(free, axis, request.settings, progress)
        except KeyboardInterrupt:
            interrupted = True
    document = _document(question, request, "curves", interrupted)
    document["answers"] = [answer.to_json() for answer in answers]

    def figures(folder: Path) -> list[Path]:
        from optimize.analysis.breakeven.plot import plot_curves

        return plot_curves(answers, folder) if answers else []

    _conclude(request, document, figures, partial(curves_text, question, answers))
    return INTERRUPTED if interrupted else 0


def draw_map(request: Request, pair: tuple[str, str], grid: int, texts: Sequence[str]) -> int:
    """Draw the architecture map over two assumptions."""
    if texts:
        raise SpecError("--axis", "has no place beside --map; the map names its own axes")
    question = request.question()
    choices = in_use(question)
    across, up = (make_axis(question.problem, text, choices) for text in pair)
    different(across, up)
    outputs = (RATIO,) if RATIO in question.problem.outputs else ()
    with _progress() as watch:
        grid_map = architecture_map(
            question,
            across,
            up,
            grid=grid,
            futures=request.futures,
            outputs=outputs,
            progress=watch("map"),
        )
    document = _document(question, request, "map", grid_map.partial) | grid_map.to_json()

    def figures(folder: Path) -> list[Path]:
        from optimize.analysis.breakeven.plot import plot_map

        return plot_map(grid_map, folder)

    _conclude(request, document, figures, partial(map_text, question, grid_map))
    return INTERRUPTED if grid_map.partial else 0


def solve(
    request: Request,
    goal: str | None,
    assumption: str | None,
    pair: tuple[str, str] | None,
    texts: Sequence[str],
    *,
    fixed: bool,
) -> int:
    """Find what an assumption must be for an output to reach a value."""
    if goal is None or assumption is None:
        missing = "--solve OUTPUT=VALUE" if goal is None else "--for ASSUMPTION"
        raise SpecError("breakeven", f"--solve and --for belong together; {missing} is missing")
    if pair is not None or texts:
        raise SpecError("--solve", "cannot be combined with --map or --axis")
    question = request.question(goal.partition("=")[0].strip())
    output, target = parse_goal(goal, question.problem.outputs)
    choices = {} if fixed else in_use(question)
    axis = make_axis(question.problem, assumption, choices)
    if fixed:
        x = question.problem.canonical(DesignSpace(question.study.variables).defaults[None])[0]
        solution = solve_design(question, axis, output, target, request.points, x)
    else:
        solution = solve_best(question, axis, output, target, request.points)
    document = _document(question, request, "solve", False) | solution.to_json()
    _conclude(request, document, lambda folder: [], partial(solution_text, question, solution))
    return 0


def different_names(names: Sequence[str]) -> None:
    """Refuse a name that appears twice.

    Raises
    ------
    SpecError
        Naming it.
    """
    for at, name in enumerate(names):
        if name in names[:at]:
            raise SpecError(name, "appears twice")


def _needs(question: Question, output: str) -> None:
    if output not in question.problem.outputs:
        message = f"problem '{question.problem.name}' has no {output}; use --solve or --map"
        raise SpecError("breakeven", message)


def _site_open(question: Question) -> Question:
    """Return the question with every launch site open, to compare them."""
    open_site = question.problem.space[_SITE]
    variables = tuple(open_site if v.name == _SITE else v for v in question.study.variables)
    study = Study(variables, question.study.objectives, question.study.constraints)
    return dataclasses.replace(question, study=study)


def _document(question: Question, request: Request, kind: str, partial: bool) -> dict[str, Any]:
    return {
        "kind": kind,
        "partial": partial,
        "config": request.config,
        "problem": question.problem.name,
        "scenario": question.problem.scenario or None,
        "cost_boundary": question.problem.cost_boundary or None,
        "optimised": {"output": question.objective.output, "sense": question.objective.sense},
        "futures": request.futures,
        "seed": request.seed,
    }


def _conclude(
    request: Request,
    document: dict[str, Any],
    figures: Callable[[Path], list[Path]],
    text: Callable[[], str],
) -> None:
    """Write the folder, then print the document or the text."""
    paths: list[Path] = []
    if request.out is not None:
        make_folder(request.out)
        paths = [request.out / "breakeven.json", *figures(request.out)]
        write_text_atomic(paths[0], to_json(document))
    notes = ["Interrupted: only what was finished is shown."] * document["partial"]
    notes += [f"  {path}" for path in paths]
    deliver(document, lambda: "\n".join([text(), *notes]), as_json=request.as_json)


@contextmanager
def _progress() -> Iterator[Callable[[str], Callable[[int, int], None] | None]]:
    """Give a maker of progress reports by topic; they show time left, on a terminal only."""
    counted = "{task.completed:.0f} of {task.total:.0f}"
    with progress_bar("{task.description}", counted) as bar:
        if bar is None:
            yield lambda _: None
            return

        def watch(topic: str) -> Callable[[int, int], None]:
            task = bar.add_task(topic, total=1)

            def progress(done: int, total: int) -> None:
                bar.update(task, completed=done, total=total)

            return progress

        yield watch
