"""JSON Schema of a configuration, with the names, bounds and units of its problem."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimize.config.run_config import RunConfig
from optimize.config.traits import TRAITS
from optimize.config.uncertainty import ALL, RISK
from problems.parameters.assumptions import WORDS
from problems.parameters.catalog import TABLES, catalog_table
from problems.parameters.own_hardware import hardware_fields
from problems.spec import OBJECTIVE_LIMIT, Variable

if TYPE_CHECKING:
    from problems.compute_satellite.declarations import Declarations

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def config_schema(declarations: Declarations) -> dict[str, Any]:
    """Return the schema an editor needs for completion, hints and checks.

    Names of variables, outputs, constraints and assumptions are those of ``declarations``; units
    and bounds are in the descriptions that an editor shows.
    """
    schema = RunConfig.model_json_schema()
    parts = schema["properties"]
    parts["scenario"] = {
        "description": RunConfig.model_fields["scenario"].description,
        "default": "2030",
        "anyOf": [{"enum": list(declarations.scenarios)}, {"type": "integer"}],
    }
    schema["$defs"]["AlgorithmSetting"]["properties"]["name"]["oneOf"] = [
        {"const": name, "description": traits.summary} for name, traits in TRAITS.items()
    ]
    parts["variables"] = _mapping(
        "variables to fix, narrow or choose among",
        {variable.name: _variable(variable) for variable in declarations.variables},
    )
    outputs = {
        name: f"{output.description} [{output.unit}]"
        for name, output in declarations.outputs.items()
    }
    parts["objectives"]["items"] = _objective(outputs)
    parts["objectives"].pop("anyOf", None)
    parts["objectives"].update({"type": "array", "minItems": 1, "maxItems": OBJECTIVE_LIMIT})
    own = {c.name: f"{c.description} (limit on {c.output})" for c in declarations.constraints}
    parts["constraints"] = _mapping(
        "limits on outputs; a constraint of the problem can be changed, or switched off by false",
        {
            **{name: _limits(text) for name, text in outputs.items()},
            **{name: _limits(text, own=True) for name, text in own.items()},
        },
    )
    parts["assumptions"] = _mapping(
        "assumptions at other values, each with its reason",
        {
            key: _assumption(key, unit)
            for key, unit in {**declarations.derived_units, **declarations.assumption_units}.items()
        },
    )
    parts["catalog"] = {
        "type": "object",
        "description": RunConfig.model_fields["catalog"].description,
        "properties": {table: _hardware(table) for table in TABLES},
        "additionalProperties": False,
    }
    limited = [*own, *(name for name in outputs if name not in own)]
    _uncertainty(schema["$defs"], list(outputs), limited, list(declarations.assumption_units))
    for model in (schema, *schema["$defs"].values()):
        if model.get("type") == "object":
            model["patternProperties"] = {"^x-": {}}
    title = f"heliofront run: {declarations.name}"
    return {"$schema": _DIALECT, **schema, "title": title}


def _uncertainty(
    parts: dict[str, Any], outputs: list[str], limited: list[str], keys: list[str]
) -> None:
    """Put the names of the problem into the section on uncertainty."""
    section = parts["UncertaintySetting"]["properties"]
    section["risk"]["propertyNames"] = {"enum": [ALL, *outputs]}
    section["risk"]["additionalProperties"] = {"type": "string", "pattern": f"^({RISK.pattern})$"}
    section["reliability"]["propertyNames"] = {"enum": [ALL, *limited]}
    between = parts["CorrelationSetting"]["properties"]["between"]
    between["prefixItems"] = [{"enum": keys}, {"enum": keys}]


def _hardware(table: str) -> dict[str, Any]:
    """Return the schema of rows of one's own in a catalogue table."""
    known = list(catalog_table(table).rows)
    text = {"type": "string", "minLength": 1}
    fields: dict[str, Any] = {name: {} for name in hardware_fields(table)}
    said = {"like": {"enum": known}, "reason": {**text, "description": "why these numbers"}}
    row = _object({**said, **fields}, ("like", "reason"))
    return {"type": "object", "additionalProperties": row}


def _mapping(description: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "patternProperties": {"^x-": {}},
        "additionalProperties": False,
    }


def _variable(variable: Variable) -> dict[str, Any]:
    """Return the three ways to set one variable."""
    text = variable.description
    if variable.kind == "choice":
        value: dict[str, Any] = {"enum": [variable.choices[code] for code in variable.codes]}
        ways = [_object({"fix": value}), _object({"choices": {"type": "array", "items": value}})]
    else:
        kind = "integer" if variable.kind == "integer" else "number"
        value = {"type": kind, "minimum": variable.lower, "maximum": variable.upper}
        text += f" [{variable.unit}], {variable.lower:g} to {variable.upper:g}"
        ways = [_object({"fix": value}), _object({"lower": value, "upper": value})]
    for condition in variable.active_when:
        text += f"; active when {condition.variable} is {' or '.join(condition.choices)}"
    return {"description": text, "anyOf": ways}


def _object(properties: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "minProperties": 1,
        "additionalProperties": False,
    }


def _objective(outputs: dict[str, str]) -> dict[str, Any]:
    names = {"oneOf": [{"const": name, "description": text} for name, text in outputs.items()]}
    entry = _object({"output": names, "sense": {"enum": ["min", "max"]}}, ("output",))
    return {"anyOf": [names, entry]}


def _limits(description: str, *, own: bool = False) -> dict[str, Any]:
    limits = _object({"lower": {"type": "number"}, "upper": {"type": "number"}})
    if own:
        return {"description": description, "anyOf": [{"const": False}, limits]}
    return {"description": description, **limits}


def _assumption(key: str, unit: str) -> dict[str, Any]:
    value: dict[str, Any] = {"type": "number", "description": unit}
    if words := WORDS.get(key):
        value = {"enum": [*words, *range(len(words))], "description": "a word or its position"}
    reason = {"type": "string", "minLength": 1, "description": "why this value"}
    return {
        "description": f"[{unit}]",
        **_object({"value": value, "reason": reason}, ("value", "reason")),
    }
