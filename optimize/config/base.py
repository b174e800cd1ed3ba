"""The strict model that every section of a configuration is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Number = Annotated[float, Field(allow_inf_nan=False)]


class Model(BaseModel):
    """Strict and frozen: unknown keys and wrong types are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class UnknownNameError(ValueError):
    """An unknown name; keeps the valid ones for the suggestion."""

    def __init__(
        self, kind: str, value: str, choices: Sequence[str], reason: str | None = None
    ) -> None:
        message = reason or f"unknown {kind} '{value}'"
        super().__init__(f"{message} (known: {', '.join(choices)})")
        self.value = value
        self.choices = tuple(choices)
