"""The public face: what the command line does, for notebooks and scripts.

Nothing here prints; mistakes are exceptions with the messages of the command line.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from problems import load_problem

if TYPE_CHECKING:
    import pandas as pd

    from optimize.config.run_config import RunConfig as Config
    from optimize.report.inline import Shown
    from optimize.run.folder import RunData as Run
    from optimize.run.session import Progress

    Folder = str | Path
    Names = str | Sequence[str]
    Settings = Mapping[str, Any]

__all__ = [
    "choose",
    "explore",
    "export",
    "load_problem",
    "open_run",
    "read_config",
    "search",
    "show",
]


def read_config(config: Folder | Settings, overrides: Sequence[str] | Settings = ()) -> Config:
    """Return a configuration whose every name and value has been checked.

    Parameters
    ----------
    config
        YAML file, name of a shipped configuration, or the mapping that one would hold.
    overrides
        ``KEY=VALUE`` texts with dotted keys as for ``--set``, or values by dotted key.

    Returns
    -------
    optimize.config.run_config.RunConfig
        Frozen; its ``resolved()`` is plain data.

    Raises
    ------
    ConfigError
        With every fault found.

    Examples
    --------
    >>> asked = {"name": "light", "objectives": ["launch_mass_kg"]}
    >>> config = read_config(asked, {"algorithm.seed": 7, "variables.orbit.fix": "geo"})
    >>> config.algorithm.seed, config.variables["orbit"].fix
    (7, 'geo')
    >>> read_config({"nam": "light"})
    Traceback (most recent call last):
    optimize.config.faults.ConfigError: configuration: nam: unknown key; did you mean 'name'?
    """
    from optimize.config.overrides import load_source
    from optimize.config.study import read_study

    return read_study(load_source(config, overrides))[0]


def search(
    config: Folder | Settings | Config,
    *,
    out: Folder | None = None,
    workers: int = 1,
    progress: Progress | bool = False,
) -> Run:
    """Search the design space of a configuration; keep the front in a run folder.

    Parameters
    ----------
    config
        What :func:`read_config` takes or returned.
    out
        Folder that gets the run folder; ``pareto_outputs/<name>`` when None.
    workers
        Processes that evaluate designs, where ``algorithm.storage`` keeps them.
    progress
        True for a bar in a notebook or on a terminal; or what to call after every generation, with
        the search.

    Returns
    -------
    optimize.run.folder.RunData
        The run, as :func:`open_run` reads it; no feasible design leaves its ``front`` empty. A
        warning tells where the algorithm does not suit the question.

    Raises
    ------
    ConfigError, RunFolderError
        For a configuration that cannot be used, or a folder that cannot be written.
    ModelError, KeyboardInterrupt
        When the model fails on too many designs, or a signal stops the search; the state is kept,
        and the message says how to go on.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> short = {"algorithm.population": 20, "algorithm.generations": 3, "output.figures": False}
    >>> with TemporaryDirectory() as folder:
    ...     run = search(read_config({"name": "demo"}, short), out=folder)
    >>> run.manifest["status"], run.manifest["evaluations"]
    ('finished', 60)
    """
    from optimize.commands.present import present
    from optimize.config.faults import Source
    from optimize.config.problem import problem_arguments
    from optimize.config.run_config import RunConfig
    from optimize.config.study import check
    from optimize.config.traits import advice
    from optimize.evaluation.calls import ModelError
    from optimize.run.notebook import shown_progress
    from optimize.run.start import start_run
    from optimize.utils.signals import Stopped, resumable

    settings = config if isinstance(config, RunConfig) else read_config(config)
    study = check(settings, Source("configuration", {}))
    for note in advice(settings.algorithm.name, len(study.objectives)):
        warnings.warn(note, stacklevel=2)
    call = "heliofront.search"
    with shown_progress() if progress is True else nullcontext(progress or None) as told:
        outcome = start_run(
            settings, study, out=_path(out), command=call, progress=told, workers=workers
        )
        run = outcome.run
        if outcome.status == "interrupted":
            raise Stopped(outcome.exit_code - 128, outcome.message)
        if outcome.status == "stopped":
            raise ModelError(outcome.message)
        with resumable(run.path, *problem_arguments(settings.problem)):
            present(run, alone=False)
    return run


def open_run(path: Folder, *, problem: str | None = None) -> Run:
    """Read a run folder.

    Parameters
    ----------
    path
        The folder of a run that ended, if only for now; the name of a configuration for its newest
        run below ``pareto_outputs``, or ``latest``.
    problem
        ``module:Class`` of a problem that is not shipped, to have its code loaded.

    Returns
    -------
    optimize.run.folder.RunData
        Its ``front``, ``evaluations`` and ``history`` are tables of pandas, ``manifest`` and
        ``config`` tell how they came about, ``problem`` evaluates further designs.

    Raises
    ------
    RunFolderError
        When it is no run folder, is incomplete or was made by another version.

    Examples
    --------
    >>> run = open_run("pareto_outputs/reference")
    >>> run.config.name, len(run.front)
    ('baseline', 400)
    """
    from optimize.config.problem import allow
    from optimize.run.folder import load_run
    from optimize.run.named import run_folder

    if problem is not None:
        allow(problem)
    return load_run(run_folder(path))


def choose(
    run: Run,
    method: str = "knee",
    *,
    weights: Mapping[str, float] | None = None,
    aspirations: Mapping[str, float] | None = None,
    limits: Names = (),
) -> pd.DataFrame:
    """Rank the designs of a front by what a person wants.

    Parameters
    ----------
    run, method
        A run, and ``knee``, ``knee-angle``, ``knee-trade-off``, ``pseudo-weights``, ``topsis`` or
        ``asf``, which ``heliofront select --help`` explains.
    weights
        Weight by objective, for the last three; equal when None.
    aspirations
        Level hoped for by objective, for ``asf``; the best on the front when None.
    limits
        Conditions on variables and outputs, such as ``"launch_mass_kg <= 5000"``.

    Returns
    -------
    pandas.DataFrame
        The rows of the front that meet the limits, best first, behind a column ``merit`` of which
        the smallest is best.

    Raises
    ------
    SpecError, NoDesignLeftError
        For an unknown method, name or condition; when no design meets the limits.

    Examples
    --------
    >>> run = open_run("pareto_outputs/reference")
    >>> light = choose(run, "topsis", weights={"launch_mass_kg": 1.0}).iloc[0]
    >>> bool(light["launch_mass_kg"] == run.front["launch_mass_kg"].min())
    True
    """
    from optimize.designs.choice import ranking

    ranked = ranking(
        run,
        method,
        weights=weights or {},
        aspirations=aspirations or {},
        limits=_several(limits),
    )
    table = run.front.iloc[ranked.rows]
    table.insert(0, "merit", ranked.merit[ranked.rows])
    return table


def export(
    run: Run, designs: Names, formats: Names = "json", out: Folder | None = None
) -> list[Path]:
    """Write designs of a run for other tools: all files, or none.

    Parameters
    ----------
    run, designs, formats
        A run, members of its front (identities, or ``knee``, ``cheapest``, ...), and names that
        ``heliofront export --format list`` explains.
    out
        Folder for the files; ``export`` in the run folder when None.

    Returns
    -------
    list of Path
        Files in the order of formats, then designs.

    Raises
    ------
    SpecError, RunFolderError
        For an unknown design or format, or a missing extra; when the folder cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> run = open_run("pareto_outputs/reference")
    >>> with TemporaryDirectory() as folder:
    ...     files = export(run, run.front["design_id"].iloc[0], ["json", "opm"], folder)
    >>> [file.suffix for file in files]
    ['.json', '.opm', '.xml']
    """
    from optimize.designs.table import design_named
    from optimize.export.command import write_designs

    named = [design_named(run, name) for name in _several(designs)]
    return write_designs(run, named, _several(formats), _path(out))


def explore(runs: Run | Sequence[Run], out: Folder | None = None, *, open: bool = False) -> Path:
    """Write the explorer: one HTML file that works offline.

    Parameters
    ----------
    runs, out
        A run, or several to lay over each other, and the file to write; when None,
        ``explorer.html`` in the folder of the only run, else in the current folder.
    open
        Whether to open it in a browser, where there is a display.

    Raises
    ------
    RunFolderError
        When a table is damaged, or the file cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     page = explore(open_run("pareto_outputs/reference"), Path(folder, "front.html"))
    ...     page.read_text("utf-8")[:15]
    '<!doctype html>'
    """
    from optimize.explorer.browser import open_page
    from optimize.explorer.command import write_pages

    page = write_pages(runs if isinstance(runs, Sequence) else [runs], _path(out))
    if open:
        open_page(page)
    return page


def show(run: Run, what: str = "front", *, height_px: int = 800) -> Shown:
    """Show a figure of a run, or its explorer, where the cell of a notebook ends.

    Parameters
    ----------
    run, what
        A run, and the name of a figure (``front``, ``parallel``, ``cost_waterfall``, ...) or
        ``explorer``.
    height_px
        Of the explorer.

    Raises
    ------
    SpecError
        For another name.

    Examples
    --------
    >>> show(open_run("pareto_outputs/reference"), "convergence").title
    'convergence of baseline'
    """
    if what != "explorer":
        from optimize.report.inline import figure_shown

        return figure_shown(run, what)
    from optimize.explorer.build import explorer_page
    from optimize.explorer.pack import pack_runs
    from optimize.report.inline import page_shown

    page = explorer_page(pack_runs([run]))
    return page_shown(f"explorer of {run.config.name}", page, height_px)


def _several(names: Names) -> Sequence[str]:
    return (names,) if isinstance(names, str) else names


def _path(place: Folder | None) -> Path | None:
    return None if place is None else Path(place)
