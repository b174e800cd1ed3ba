"""The ``campaign:`` section of a configuration: many runs from one file.

A single run ignores it, and it is no part of what a run is known by.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, field_validator

from optimize.config.base import Model
from optimize.config.traits import ALGORITHMS

DEFAULT_SEEDS = 5
_MOST_SEEDS = 10_000
_MOST_BLOCKS = 1_000

_Count = Annotated[int, Field(strict=True, ge=1, le=_MOST_SEEDS)]
_Seed = Annotated[int, Field(strict=True, ge=0, lt=2**63)]
_Seeds = Annotated[tuple[_Seed, ...], Field(strict=False, min_length=1, max_length=_MOST_SEEDS)]
_Name = Annotated[str, Field(min_length=1, max_length=64)]


class CampaignSetting(Model):
    """Seeds x scenarios x algorithms x blocks of futures, each one run."""

    seeds: _Count | _Seeds = Field(
        default=DEFAULT_SEEDS,
        description="how many consecutive seeds from algorithm.seed on, or a list of seeds",
    )
    scenarios: tuple[_Name, ...] | None = Field(
        default=None,
        strict=False,
        min_length=1,
        description="scenarios to search; null: that of the configuration",
    )
    algorithms: tuple[str, ...] | None = Field(
        default=None,
        strict=False,
        min_length=1,
        description=f"searches to compare, of {', '.join(ALGORITHMS)}; null: the configured one",
    )
    future_blocks: int = Field(
        default=1,
        ge=1,
        le=_MOST_BLOCKS,
        description="sets of futures, each drawn with its own seed and searched by its own runs; "
        "the merged front is judged in all of them (needs 'uncertainty')",
    )

    @field_validator("scenarios", mode="before")
    @classmethod
    def _years_as_text(cls, value: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            return value
        return [str(entry) if type(entry) is int else entry for entry in value]
