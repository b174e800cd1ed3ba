"""The ``algorithm:`` section of a configuration."""

from __future__ import annotations

from typing import Any

from pydantic import Field, ValidationInfo, field_validator, model_validator

from optimize.config.base import Model, UnknownNameError
from optimize.config.storage import address_fault
from optimize.config.traits import ALGORITHMS, OPTIONS, TRAITS, unavailable

SAMPLES = ("random", "sobol")  # searches that do not learn


class StopSetting(Model):
    """When to stop before the budget is spent; every key has a default, so ``{}`` will do."""

    window: int = Field(default=50, ge=1, description="generations from one look to the next")
    hypervolume: float = Field(
        default=1e-4,
        ge=0.0,
        lt=1.0,
        description="growth within a window, relative, below which hypervolume counts as still",
    )
    archive: float = Field(
        default=2e-3,
        ge=0.0,
        lt=1.0,
        description="advance of the archive within a window, on the scale from ideal (0) to "
        "reference (1), below which it counts as still",
    )
    after: int = Field(default=200, ge=1, description="generations before which it never stops")


class AlgorithmSetting(Model):
    """How the space is searched."""

    name: str = Field(
        default="nsga2", description=f"one of {', '.join(ALGORITHMS)}; nsga2 is the fastest"
    )
    population: int = Field(default=1000, ge=4, le=100_000, description="designs per generation")
    generations: int = Field(default=300, ge=1, le=10_000_000, description="generations to run")
    evaluations: int | None = Field(
        default=None, ge=1, description="ceiling on evaluations; replaces generations when set"
    )
    seed: int = Field(default=1, ge=0, lt=2**63, description="seed of every random draw")
    crossover_eta: float = Field(
        default=15.0, ge=1.0, le=100.0, description="distribution index of SBX; large stays close"
    )
    crossover_probability: float = Field(
        default=0.9, ge=0.0, le=1.0, description="share of parent pairs that cross over"
    )
    mutation_eta: float = Field(
        default=20.0, ge=1.0, le=100.0, description="distribution index of polynomial mutation"
    )
    mutation_probability: float | None = Field(
        default=None, ge=0.0, le=1.0, description="per variable; null: one over their number"
    )
    differential_share: float = Field(
        default=0.4,
        ge=0.0,
        le=1.0,
        description="share of offspring by difference vectors; 0 is the textbook NSGA-II",
    )
    fewest_parents: int = Field(
        default=200,
        ge=4,
        description="designs that survive a generation at first, once as many are feasible; they "
        "grow evenly, to the population after 150 generations of it",
    )

    polish: bool | None = Field(
        default=None,
        description="refine the front over the continuous variables after the search, for at "
        "most as many evaluations as the search took; null: unless the search is a mere sample",
    )
    certify: bool = Field(
        default=False,
        description="move the members of the front to their optimum and certify them; takes "
        "several times as long as the search",
    )
    stop: StopSetting | None = Field(
        default=None, description="stop once converged; null: only when the budget is spent"
    )
    archive_epsilon: float | None = Field(
        default=None,
        gt=0.0,
        lt=1.0,
        description="keep one design per box of this side, on the scale from ideal (0) to "
        "reference (1); null: every non-dominated design up to the archive's limit",
    )

    storage: str | None = Field(
        default=None,
        description="for models that take minutes a design: where all designs are kept, so that "
        "'heliofront worker' can join: sqlite (in the run folder) or the address of a PostgreSQL "
        "database; null: in memory",
    )
    heartbeat_s: int = Field(
        default=60,
        ge=1,
        le=86_400,
        description="seconds between two heartbeats of a worker; after three missed it is lost",
    )
    start_from: str | None = Field(
        default=None,
        description="run folder whose front is evaluated first, such as one of a quicker model",
    )

    @field_validator("name")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in ALGORITHMS:
            raise UnknownNameError("algorithm", value, ALGORITHMS, unavailable(value))
        return value

    @field_validator(*OPTIONS)
    @classmethod
    def _its_own(cls, value: Any, info: ValidationInfo) -> Any:
        name = info.data.get("name", "nsga2")
        if info.field_name not in TRAITS[name].options:
            its = ", ".join(option for option in OPTIONS if option in TRAITS[name].options)
            raise ValueError(f"is not an option of {name} (it has: {its or 'none'})")
        return value

    @field_validator("storage")
    @classmethod
    def _reachable(cls, value: str | None) -> str | None:
        fault = None if value is None else address_fault(value)
        if fault is not None:
            raise ValueError(fault)
        return value

    @model_validator(mode="after")
    def _possible_with_storage(self) -> AlgorithmSetting:
        if self.storage is None:
            if self.start_from is not None:
                raise ValueError("start_from needs a storage, such as 'storage: sqlite'")
            return self
        for key, value in (("polish", self.polish), ("certify", self.certify), ("stop", self.stop)):
            if value:
                raise ValueError(f"{key} cannot be had with a storage, where designs are costly")
        return self

    @model_validator(mode="after")
    def _enough(self) -> AlgorithmSetting:
        if self.evaluations is not None and self.evaluations < self.population:
            raise ValueError(
                f"{self.evaluations} evaluations are less than one population of {self.population}"
            )
        return self

    @property
    def polishes(self) -> bool:
        """Whether the front is refined; a random sample is a baseline, refined on request only."""
        if self.polish is None:
            return self.name not in SAMPLES and self.storage is None
        return self.polish

    @property
    def budget(self) -> int:
        """Designs to be evaluated with a storage, where generations need not be whole."""
        return self.evaluations or self.population * self.generations

    @property
    def most_members(self) -> int:
        """Designs that a front may have; of costly ones none is left out."""
        return self.population if self.storage is None else max(self.population, self.budget)

    @property
    def generation_limit(self) -> int:
        """Whole generations that fit the budget."""
        if self.evaluations is None:
            return self.generations
        return self.evaluations // self.population
