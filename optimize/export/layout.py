"""The layout of ``design.json``: what a hand-over holds, and its published JSON Schema."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Finite = Annotated[float, Field(allow_inf_nan=False)]
Text = Annotated[str, Field(max_length=4000)]


class _Part(BaseModel):
    """Strict: an unknown key or a number given as text is an error, not a guess."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Number(_Part):
    """A number with its unit; null where the model gives no finite value."""

    value: Finite | None
    unit: Text
    description: Text
    symbol: Text


class VariableEntry(_Part):
    """A variable; null where it has no influence on this design.

    ``searched`` are the bounds of a number in the run, equal where it was held.
    """

    value: int | Finite | Text | None
    unit: Text
    description: Text
    symbol: Text
    kind: Literal["real", "integer", "choice"]
    active: bool
    searched: Annotated[list[Finite], Field(min_length=2, max_length=2)] | None = None


class ObjectiveEntry(Number):
    """An objective."""

    sense: Literal["min", "max"]


class ConstraintEntry(_Part):
    """A limit on an output: ``margin`` is the unused share of the limit, negative if violated."""

    value: Finite | None
    unit: Text
    description: Text
    output: Text
    lower: Finite | None
    upper: Finite | None
    margin: Finite | None
    feasible: bool


class BreakdownEntry(_Part):
    """A total and the outputs that add up to it."""

    title: Text
    unit: Text
    total: Text
    items: list[Text]


class AssumptionEntry(_Part):
    """An assumption as it was in force, and its source."""

    value: Finite | None
    unit: Text
    low: Finite | None
    high: Finite | None
    confidence: Text
    source: Text
    note: Text
    set_by: Literal["table", "scenario", "configuration"]


class ProblemEntry(_Part):
    """The problem and the settings it was built with."""

    name: Text
    model_version: Text
    scenario: Text
    cost_boundary: Text
    allow_unverified: bool
    overrides: dict[str, Finite]
    catalog: dict[str, dict[str, dict[str, Finite | bool | Text]]] = {}


class Provenance(_Part):
    """Which search found the design, with which versions of code and data."""

    run: Text
    config_digest: Text
    revision: Text | None
    seed: int | None
    status: Text
    finished: Text | None
    versions: dict[str, Text]
    data_digests: dict[str, Text]
    data_changed_since_run: bool


class Document(_Part):
    """One design of heliofront with everything another tool needs."""

    schema_version: Literal[1]
    design_id: Annotated[str, Field(pattern=r"^[0-9A-Za-z]{1,40}$")]
    problem: ProblemEntry
    feasible: bool
    variables: dict[str, VariableEntry]
    objectives: dict[str, ObjectiveEntry]
    constraints: dict[str, ConstraintEntry]
    outputs: dict[str, Number]
    breakdowns: dict[str, BreakdownEntry]
    assumptions: dict[str, AssumptionEntry]
    provenance: Provenance


def design_schema() -> dict[str, Any]:
    """Return the JSON Schema of ``design.json``.

    Examples
    --------
    >>> design_schema()["properties"]["schema_version"]["const"]
    1
    """
    return {"$schema": DIALECT, **Document.model_json_schema(), "title": "heliofront design"}
