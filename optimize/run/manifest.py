"""``manifest.json``: what it may hold.

Every key may be missing, as of an earlier version, and there may be others, as of a later one; a
key that is there has its type, so that every reader can rely on it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, model_validator

from optimize.config.base import Number
from optimize.config.faults import Source, faults_of
from optimize.config.source import SilentPipeError, read_at_most
from optimize.config.uncertainty import RiskMeasure
from optimize.run.provenance import schema_fault
from optimize.utils.files import REFUSED, RunFolderError

SCHEMA_VERSION = 1
NAME = "manifest.json"
_MOST_BYTES = 20_000_000


def _whole(spread: dict[str, float]) -> dict[str, float]:
    missing = {"lowest", "median", "highest"} - spread.keys()
    if spread and missing:
        raise ValueError(f"has no {', '.join(sorted(missing))}")
    return spread


#: Lowest, median and highest; empty where there is nothing to spread.
_Spread = Annotated[dict[str, Number], AfterValidator(_whole)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True, strict=True)


class _Box(_Part):
    """Where an objective is measured, and by how many designs if the problem does not say."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    sense: Literal["min", "max"]
    ideal: Number
    reference: Number
    log: bool
    designs: int | None = None


class _Swaps(_Part):
    taken: int
    evaluations: int


class _Polish(_Part):
    designs: int
    evaluations: int
    median_improvement: dict[str, Number]
    hypervolume_before: Number
    hypervolume_after: Number
    gain: Number | None


class _Sample(_Part):
    evaluations: int
    hypervolume: Number
    ratio: Number | None


class _SeedVolume(_Part):
    median: Number
    lowest: Number
    highest: Number
    spread: Number | None


class _SeedUnion(_Part):
    hypervolume: Number
    size: int


class _Seed(_Part):
    seed: int
    hypervolume: Number
    share_of_union_hypervolume: Number | None
    share_of_union: Number | None
    additive_epsilon: Number | None


class _Seeds(_Part):
    hypervolume: _SeedVolume
    union: _SeedUnion
    by_seed: list[_Seed]


class _Quality(_Part):
    swaps: _Swaps | None = None
    polish: _Polish | None = None
    random_sample: _Sample | None = None
    seeds: _Seeds | None = None
    constant_objectives: list[str] = []
    blind_boxes: list[str] = []


class _Certificate(_Part):
    certified_share: Number
    worst_residual: Number | None
    residual_limit: Number
    swaps_that_dominate: int
    seconds: Number
    swapped_variables: dict[str, int] = {}
    at_kinks_share: Number = 0.0


class _Side(_Part):
    """One of two fronts over the futures."""

    designs: int
    reliable_share: Number
    probability_feasible: _Spread
    mean_probability_infeasible: Number
    mean_probability_infeasible_or_dominated: Number
    hypervolume_risk: Number
    hypervolume_nominal: Number
    best_risk: dict[str, Number | None]
    best_nominal: dict[str, Number | None]


class _Sides(_Part):
    nominal: _Side
    robust: _Side


class _Robustness(_Part):
    futures: int
    uncertain_numbers: int
    model_evaluations: int
    risk: dict[str, RiskMeasure]
    reliability: dict[str, Number]
    fronts: _Sides | None = None
    nominal_dominated_share: Number | None = None
    price: dict[str, _Spread | None] | None = None

    @model_validator(mode="after")
    def _compared(self) -> _Robustness:
        if self.fronts is not None and None in (self.nominal_dominated_share, self.price):
            raise ValueError("has 'fronts' but not what they were compared by")
        return self


class _Nearest(_Part):
    design_id: str
    variables: dict[str, Number | int | str | None]
    violations: dict[str, Number | None]


class _Relief(_Part):
    constraint: str
    with_all: Number
    without: Number
    replaced: list[dict[str, str]]


class _Binding(_Part):
    """The limits that cost something in the first objective, the dearest first."""

    sentence: str
    objective: str
    constraints: list[_Relief]


class _Manifest(_Part):
    schema_version: int
    status: str = ""
    command: str = ""
    name: str = ""
    problem: str = ""
    problem_version: str = ""
    backend: str = "numpy"
    scenario: str = ""
    seed: int = 0
    config_hash: str = ""
    settings_digest: str = ""
    versions: dict[str, str] = {}
    git_revision: str | None = None
    data_digests: dict[str, str] = {}
    catalog: dict[str, dict[str, dict[str, Number | bool | str]]] = {}
    file_digests: dict[str, str] = {}
    started: str = ""
    finished: str | None = None
    reason: str = ""
    reference_point: dict[str, _Box] = {}
    seconds: Number = 0.0
    evaluations: int = 0
    distinct_evaluations: int | None = None
    generations: int = 0
    hypervolume: Number | None = None
    front_size: int = 0
    archive_size: int = 0
    archive_dropped: int = 0
    failed_evaluations: int = 0
    failures: dict[str, int] = {}
    feasible_share: Number | None = None
    quality: _Quality | None = None
    certificate: _Certificate | None = None
    robustness: _Robustness | None = None
    binding: _Binding | None = None
    least_violating: _Nearest | None = None


def checked_manifest(path: Path) -> dict[str, Any]:
    """Read a manifest.

    Raises
    ------
    RunFolderError
        When there is none, it is damaged or of another version, or a key has a wrong type.
    """
    manifest = _content(path)
    fault = schema_fault(manifest, SCHEMA_VERSION)
    if fault is not None:
        raise RunFolderError(f"{path} {fault}", REFUSED)
    try:
        _Manifest.model_validate(manifest)
    except ValidationError as error:
        source = Source(str(path), manifest)
        line = source.error(faults_of(error, source, _Manifest)).lines()[0]
        raise RunFolderError(f"{line} (damaged, or edited by hand)", REFUSED) from None
    return dict(manifest)


def _content(path: Path) -> Any:
    try:
        raw = read_at_most(path, _MOST_BYTES + 1)
    except SilentPipeError as error:
        raise RunFolderError(f"{path} is a pipe: {error}", REFUSED) from None
    except (OSError, ValueError):
        raise RunFolderError(f"{path.parent} is not a run folder: no {NAME}", REFUSED) from None
    try:
        if len(raw) > _MOST_BYTES:
            raise ValueError
        manifest = json.loads(raw.decode(), parse_constant=_no_number)
        json.dumps(manifest, ensure_ascii=False).encode()  # half a character cannot be shown
    except (ValueError, RecursionError):
        raise RunFolderError(f"{path} is damaged", REFUSED) from None
    return manifest


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")
