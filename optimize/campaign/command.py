"""The command ``heliofront campaign CONFIG``: plan, carry out, judge, tell."""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import click

from optimize.campaign import merge, summary
from optimize.campaign.board import Board
from optimize.campaign.place import RUNS, CampaignError, Remote, is_url, join, require
from optimize.campaign.plan import Plan, Task, file_name, make_plan
from optimize.campaign.task import FINISHED, INFEASIBLE, Ending, Job
from optimize.config.traits import advice
from optimize.run.folder import RunData, load_run
from optimize.utils.answer import deliver
from optimize.utils.files import locked, make_folder, remove_temporaries, storage_error
from optimize.utils.signals import Interrupt, deferred_signals
from problems.spec import SpecError


class Executor(Protocol):
    """What carries out runs: processes of this machine, or a cluster."""

    def carry_out(
        self, jobs: Sequence[Job], report: Callable[[Ending], None], interrupt: Interrupt
    ) -> None:
        """Carry out jobs and hand over each ending as it comes; when asked, stop with all saved.

        Raises
        ------
        CampaignError
            When it cannot go on.
        """
        ...


TABLES = ("front.parquet", "front.csv", "tasks.parquet", "tasks.csv", "summary.md")


def campaign(
    config: str,
    overrides: Sequence[str],
    flags: Mapping[str, tuple[str, Any]],
    *,
    out: str | None,
    scheduler: str | None,
    workers: int | None,
    patience_s: float,
    as_json: bool,
    processes: bool = True,
) -> int:
    """Carry out a campaign, or what is left of it, and judge it; return the exit code.

    Parameters
    ----------
    config, overrides, flags
        As :func:`optimize.campaign.plan.make_plan` takes them.
    out
        Folder or fsspec URL instead of ``pareto_outputs/<name>``.
    scheduler, patience_s
        See :class:`optimize.campaign.cluster.Cluster`.
    workers, processes
        See :class:`optimize.campaign.local.Workers`.
    as_json
        Print ``campaign.json`` on standard output.
    """
    if scheduler is not None:
        require("distributed", "--scheduler")
    plan = make_plan(config, overrides, flags)
    for name in plan.algorithms:
        task = next(task for task in plan.tasks if task.algorithm == name)
        for note in advice(name, len(task.config.objectives or ())):
            _note(f"warning: {note}")
    if scheduler is not None and workers is not None:
        raise SpecError("workers", "--scheduler brings its own; leave out one of the two")
    count = min(workers or _cores(), len(plan.tasks))
    executor = _executor(scheduler, count, patience_s, processes)
    place = join(out or str(Path("pareto_outputs", plan.name)), f"campaign-{plan.digest}")
    with _opened(place, processes) as (folder, remote):
        facts = {"workers": None if scheduler else count, "scheduler": scheduler}
        board = Board(plan, folder, facts)
        board.save()
        if remote is not None:
            remote.put_files(folder, ["campaign.yaml"])
        with deferred_signals() as interrupt:
            try:
                _carry_out(plan, board, executor, place, interrupt)
            except CampaignError as error:
                board.save(status="failed", reason=str(error))
                text = f"{error}; {_state(board, place)}"
                raise CampaignError(text) from None
            if interrupt.signal is not None:
                board.save(status="interrupted", reason=interrupt.signal.name)
                _note(
                    f"interrupted by {interrupt.signal.name}, state saved; {_state(board, place)}"
                )
                return 128 + interrupt.signal.value
            document = _judge(plan, board, remote)
        _tell(board, document, place, as_json=as_json)
        return board.exit_code


def _cores() -> int:
    """Return the cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _opened(place: str, processes: bool) -> Iterator[tuple[Path, Remote | None]]:
    """Give the campaign's folder, and where it is uploaded to when it is a URL."""
    if is_url(place):
        remote = Remote(place)
        if processes and place.startswith("memory://"):
            raise SpecError("out", "memory:// is seen by one process only; use a folder")
        with tempfile.TemporaryDirectory(prefix="heliofront-") as mirror:
            yield Path(mirror), remote
        return
    folder = Path(place)
    try:
        make_folder(folder / RUNS)
    except OSError as error:
        raise storage_error(error, folder) from None
    with locked(folder):
        remove_temporaries(folder, below=False)
        yield folder, None


def _executor(scheduler: str | None, count: int, patience_s: float, processes: bool) -> Executor:
    """Return what carries out the runs: the cluster of a scheduler, or this machine."""
    if scheduler is None:
        from optimize.campaign.local import Workers

        return Workers(count, processes=processes)
    from optimize.campaign.cluster import Cluster

    return Cluster(scheduler, patience_s)


def _carry_out(
    plan: Plan, board: Board, executor: Executor, place: str, interrupt: Interrupt
) -> None:
    """Have every task carried out and tell the board."""
    session = uuid.uuid4().hex[:12]
    command = shlex.join(["heliofront", *sys.argv[1:]])
    address = place if is_url(place) else str(Path(place).absolute())
    jobs: list[Job] = [
        {
            "name": task.name,
            "config": task.config.resolved(),
            "place": address,
            "command": command,
            "session": session,
        }
        for task in plan.tasks
    ]
    with _progress(board) as report:
        executor.carry_out(jobs, report, interrupt)


@contextmanager
def _progress(board: Board) -> Iterator[Any]:
    """Give a function for endings; on a terminal it shows how many tasks have ended."""
    from optimize.run.progress import progress_bar

    counted = "runs {task.completed:.0f} of {task.total:.0f}"
    with progress_bar(counted, "{task.fields[note]}") as bar:
        if bar is None:
            yield board.record
            return
        line = bar.add_task("", total=len(board.endings), note="")

        def report(ending: Mapping[str, Any]) -> None:
            board.record(ending)
            bar.update(line, advance=1, note=f"{ending['name']} {ending['status']}")

        yield report


def _judge(plan: Plan, board: Board, remote: Remote | None) -> dict[str, Any]:
    """Merge and judge what finished; write every file of the campaign."""
    from optimize.evaluation.tables import write_csv, write_parquet

    folder = board.folder
    qualities, tables, drawings = [], [], {}
    ended = set(board.of(FINISHED, INFEASIBLE))
    for scenario in plan.scenarios:
        tasks = [t for t in plan.tasks if t.scenario == scenario and t.name in ended]
        if not tasks:
            continue
        fronts, first = merge.gather(tasks, lambda task: _load(task, folder, remote))
        table, _ = merge.merged_front(fronts, scenario)
        qualities.append(merge.quality(fronts, scenario))
        tables.append(table)
        drawings[scenario] = merge.drawn_runs(fronts, first, table, scenario)
    try:
        if tables:
            import pyarrow as pa

            union = pa.concat_tables(tables, promote_options="default")
            write_parquet(folder / "front.parquet", union)
            write_csv(folder / "front.csv", union)
        board.write_tables(qualities)
        figures = _draw(folder, qualities, drawings)
        board.write_summary(summary.summary_text(plan.name, board.tasks, qualities))
        document = board.save(status="finished", quality=qualities)
        if remote is not None:
            written = [name for name in TABLES if (folder / name).exists()]
            drawn = [str(path.relative_to(folder)) for path in figures]
            remote.put_files(folder, [*written, *drawn, "campaign.json"])
    except OSError as error:
        raise storage_error(error, folder) from None
    return document


def _load(task: Task, folder: Path, remote: Remote | None) -> RunData:
    path = folder / RUNS / task.name
    if remote is not None:
        remote.fetch_run(task.name, path)
    return load_run(path)


def _draw(
    folder: Path,
    qualities: Sequence[Mapping[str, Any]],
    drawings: Mapping[str, Sequence[RunData]],
) -> list[Path]:
    """Draw the spread over runs, and the merged front of each scenario."""
    from optimize.campaign.figures import hypervolumes
    from optimize.report.plots.compare import overlaid
    from optimize.report.plots.files import write_figure_files

    place = folder / "figures"
    make_folder(place)
    figures: dict[str, Any] = {"hypervolume": lambda: hypervolumes(qualities)}
    for scenario, runs in drawings.items():
        if runs:
            figures[f"front-{file_name(scenario)}"] = lambda runs=runs: overlaid(runs)
    return write_figure_files(place, figures)


def _tell(board: Board, document: Mapping[str, Any], place: str, *, as_json: bool) -> None:
    """Print what was found and where it is."""
    ended = [
        f"\n{summary.counted(board.tasks)}",
        f"front:   {join(place, 'front.csv')}",
        f"summary: {join(place, 'summary.md')}",
        f"runs:    {join(place, RUNS)}",
    ]
    deliver(
        {"campaign": place, **document},
        lambda: "\n".join([*summary.quality_table(document["quality"]), *ended]),
        as_json=as_json,
    )
    for line in summary.troubles(board.tasks):
        _note(line)


def _state(board: Board, place: str) -> str:
    return (
        f"{board.done} of {len(board.endings)} runs are done and kept in {place}: "
        "the same command continues"
    )


def _note(text: str) -> None:
    click.echo(text, err=True)
