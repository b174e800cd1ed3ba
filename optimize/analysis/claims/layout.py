"""The layout of a file of claims: what each key may hold."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from optimize.config.base import Model, Number

Identity = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]
Formula = str | Number
Spread = Literal["triangular", "uniform", "lognormal"]


class Fact(Model):
    """A figure shown beside the answer."""

    label: str
    expression: Formula
    unit: str = "1"


class ClaimRow(Model):
    """One claim."""

    id: Identity
    statement: str
    expression: Formula
    sense: Literal["at_most", "at_least", "about"]
    value: Formula
    unit: str = "1"
    tolerance: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.1
    design: Identity = "cheapest"
    who: str = ""
    when: str = ""
    source: str = ""
    locator: str = ""
    quantity: str = ""
    reading: str = ""
    note: str = ""
    facts: list[Fact] = Field(default_factory=list)


class DesignRow(Model):
    """A satellite that claims are about: the keys of a configuration, searched for one output."""

    extends: Identity | None = None
    objective: str | None = None
    scenario: str | None = None
    year: Number | None = None
    variables: dict[str, Any] = Field(default_factory=dict)
    constraints: dict[str, Any] = Field(default_factory=dict)
    assumptions: dict[str, Any] = Field(default_factory=dict)


class NumberRow(Model):
    """A number that no table of the model has."""

    value: Number
    low: Number
    high: Number
    unit: str = "1"
    source: str
    locator: str = ""
    note: str = ""
    distribution: Spread = "triangular"


class ClaimsFile(Model):
    """Everything that a file of claims may hold."""

    designs: dict[Identity, DesignRow] = Field(default_factory=dict)
    numbers: dict[Identity, NumberRow] = Field(default_factory=dict)
    definitions: dict[Identity, Formula] = Field(default_factory=dict)
    claims: Annotated[list[ClaimRow], Field(min_length=1)]
