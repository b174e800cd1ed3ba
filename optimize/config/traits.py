"""What is known of every search before it is built: its options and limits.

Needs neither numpy nor pymoo, so a configuration is judged at once.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Iterator
from dataclasses import dataclass

#: Options that only some algorithms have.
OPTIONS = (
    "crossover_eta",
    "crossover_probability",
    "mutation_eta",
    "mutation_probability",
    "differential_share",
    "fewest_parents",
    "storage",
    "heartbeat_s",
    "start_from",
)
#: Options of a search whose designs are shared by several processes, left out without a storage.
SHARED = ("storage", "heartbeat_s", "start_from")
#: Objectives from which domination alone tells too little apart: of ``2^m`` ways two designs can
#: compare in ``m`` objectives, two are domination.
MANY_OBJECTIVES = 4
FOR_MANY = ("nsga3", "unsga3", "age_moea2")
NEED_TWO = ("rvea", "sms_emoa")  # an angle between directions, a volume lost
MOST_VOLUME_OBJECTIVES = 4  # exact hypervolume contributions grow with a power of the objectives
# Optuna's samplers look at every earlier design anew, so the time of a design grows with their
# number: 2,000 designs of the satellite take the estimator some minutes, NSGA-II 4 s.
MOST_TPE_EVALUATIONS, MOST_OPTUNA_EVALUATIONS = 2_000, 10_000
# A Gaussian process grows with the cube of the designs: a draw takes seconds from some hundreds on.
MOST_GP_EVALUATIONS = 1_000
#: Extras that bring a package of another name.
_EXTRAS = {"torch": "gp", "greenlet": "gp"}

_EVOLUTION = frozenset(OPTIONS) - frozenset(SHARED)
_GENETIC = _EVOLUTION - {"differential_share", "fewest_parents"}
_NO_CONSTRAINTS = {
    "moead": "pymoo's MOEA/D takes no constraints",
    "spea2": "pymoo's SPEA2 does not repeat with the same seed",
}


@dataclass(frozen=True, slots=True)
class Traits:
    """What holds for one algorithm.

    Attributes
    ----------
    summary
        One line for an editor and the documentation.
    options
        Those of :data:`OPTIONS` that it has.
    directions
        Whether it is led by reference directions.
    most_objectives, most_evaluations
        Limits beyond which it takes too long; None without.
    scheduled
        Whether its steps depend on the total of generations, so that a run cannot be lengthened.
    packages
        Distributions beyond those of every search whose version decides its numbers.
    """

    summary: str
    options: frozenset[str] = frozenset()
    directions: bool = False
    most_objectives: int | None = None
    most_evaluations: int | None = None
    scheduled: bool = False
    packages: tuple[str, ...] = ()


TRAITS = {
    "nsga2": Traits("NSGA-II on arrays, the default", _EVOLUTION),
    "nsga3": Traits("NSGA-III: reference directions, for many objectives", _GENETIC, True),
    "unsga3": Traits("U-NSGA-III: NSGA-III with a tournament for parents", _GENETIC, True),
    "age_moea2": Traits(
        "AGE-MOEA-II: adapts to the shape of the front", _GENETIC, packages=("numba",)
    ),
    "sms_emoa": Traits(
        "SMS-EMOA: keeps what adds hypervolume; slow, for small populations",
        _GENETIC,
        most_objectives=MOST_VOLUME_OBJECTIVES,
    ),
    "rvea": Traits(
        "RVEA: reference vectors with a penalty that grows over the run",
        _GENETIC,
        True,
        scheduled=True,
    ),
    "random": Traits("uniform draws, the yardstick"),
    "sobol": Traits("a scrambled Sobol sequence, the even yardstick", packages=("scipy",)),
    "optuna_tpe": Traits(
        "Optuna's tree-structured Parzen estimator, for costly models",
        frozenset(SHARED),
        most_evaluations=MOST_TPE_EVALUATIONS,
        packages=("optuna",),
    ),
    "optuna_gp": Traits(
        "Optuna's Gaussian processes, for models that take minutes a design",
        frozenset(SHARED),
        most_objectives=MOST_VOLUME_OBJECTIVES,
        most_evaluations=MOST_GP_EVALUATIONS,
        packages=("optuna", "torch", "greenlet"),
    ),
    "optuna_nsga2": Traits(
        "Optuna's NSGA-II, as a cross-check and for costly models",
        frozenset(SHARED),
        most_evaluations=MOST_OPTUNA_EVALUATIONS,
        packages=("optuna",),
    ),
}
ALGORITHMS = tuple(TRAITS)


def unavailable(name: str) -> str | None:
    """Return why a well-known algorithm is not offered; None when the name is merely unknown.

    Examples
    --------
    >>> unavailable("moead")
    "'moead' is not offered: pymoo's MOEA/D takes no constraints"
    """
    reason = _NO_CONSTRAINTS.get(name)
    return f"'{name}' is not offered: {reason}" if reason else None


def partitions(population: int, n_objectives: int) -> int:
    """Return the finest Das-Dennis lattice with at most ``population`` directions.

    Notes
    -----
    ``p`` partitions of every axis give ``C(p + m - 1, m - 1)`` directions for ``m`` objectives
    (Das, Dennis 1998, doi:10.1137/S1052623496307510); 0 when not even the axes fit.

    Examples
    --------
    >>> partitions(100, 3), partitions(91, 3), partitions(4, 5)
    (12, 12, 0)
    """
    if n_objectives < 2:
        return 1
    p = 0
    while math.comb(p + n_objectives, n_objectives - 1) <= population:
        p += 1
    return p


def search_faults(
    name: str, population: int, evaluations: int, n_objectives: int
) -> Iterator[tuple[str, str]]:
    """Yield ``(key, message)`` for every reason why this search cannot be run."""
    traits = TRAITS[name]
    if traits.directions and partitions(population, n_objectives) == 0:
        yield (
            "population",
            (f"{name} needs at least one design per objective: {n_objectives}, got {population}"),
        )
    if name in NEED_TWO and n_objectives < 2:
        yield "name", f"{name} needs at least two objectives"
    most = traits.most_objectives
    if most is not None and n_objectives > most:
        yield (
            "name",
            (
                f"{name} is limited to {most} objectives (there are {n_objectives}); "
                f"use one of {', '.join(FOR_MANY)}"
            ),
        )
    most = traits.most_evaluations
    if most is not None and evaluations > most:
        yield (
            "evaluations",
            (
                f"{name} is limited to {most:,} evaluations (asked for: {evaluations:,}), its cost "
                "per design grows with their number"
            ),
        )
    if (missing := missing_packages(name)) is not None:
        yield "name", missing


def missing_packages(name: str) -> str | None:
    """Return what must be installed before an algorithm can run here; None when nothing."""
    missing = [p for p in TRAITS[name].packages if importlib.util.find_spec(p) is None]
    if not missing:
        return None
    extra = _EXTRAS.get(missing[0], missing[0])
    return f"{name} needs {' and '.join(missing)}: pip install 'heliofront[{extra}]'"


def advice(name: str, n_objectives: int) -> list[str]:
    """Return what a user should know before such a search.

    Examples
    --------
    >>> advice("nsga2", 3)
    []
    >>> advice("nsga2", 5)[0][:31]
    'nsga2 tells little apart with 5'
    """
    notes = []
    if name == "nsga2" and n_objectives >= MANY_OBJECTIVES:
        notes.append(
            f"nsga2 tells little apart with {n_objectives} objectives, where most designs do not "
            f"dominate each other; also try algorithm.name {', '.join(FOR_MANY[:-1])} "
            f"or {FOR_MANY[-1]}, made for that"
        )
    if TRAITS[name].scheduled:
        notes.append(f"a run of {name} cannot be lengthened: its steps depend on the budget")
    return notes
