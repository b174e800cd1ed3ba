"""Keys of a configuration with values, default and meaning, read from its JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from optimize.config.run_config import RunConfig

Part = Mapping[str, Any]
_KINDS = {"object": "mapping", "array": "list", "string": "text", "boolean": "true or false"}
_BOUNDS = {"minimum": "≥ ", "exclusiveMinimum": "> ", "maximum": "≤ ", "exclusiveMaximum": "< "}
_LARGEST_TOLD = 1e9  # a limit beyond it only keeps a number within its type


def configuration_keys() -> Iterator[tuple[str, str, str, str]]:
    """Yield key, values, default and meaning of every setting, section by section.

    Examples
    --------
    >>> next(row for row in configuration_keys() if row[0] == "`algorithm.population`")
    ('`algorithm.population`', 'integer, ≥ 4, ≤ 100,000', '`1000`', 'designs per generation')
    """
    schema = RunConfig.model_json_schema()
    yield from _keys(schema, schema["$defs"], "")


def _keys(model: Part, sections: Part, prefix: str) -> Iterator[tuple[str, str, str, str]]:
    required = model.get("required", ())
    for name, part in model["properties"].items():
        section = _section(part, sections)
        unset: Part | None = {} if part.get("type") == "object" else None
        default = "required" if name in required else f"`{json.dumps(part.get('default', unset))}`"
        default = "" if section and "default" not in part else default
        meaning = part.get("description") or (section or {}).get("description", "")
        yield f"`{prefix}{name}`", _values(part), default, " ".join(meaning.split())
        if section:
            yield from _keys(section, sections, f"{prefix}{name}.")


def _section(part: Part, sections: Part) -> Part | None:
    """Return the section that a key opens, if it does."""
    for option in part.get("anyOf", [part]):
        if "$ref" in option:
            return sections[option["$ref"].rpartition("/")[2]]  # type: ignore[no-any-return]
    return None


def _values(part: Part) -> str:
    """Return in words what a key may hold."""
    if "anyOf" in part:
        return " or ".join(_values(option) for option in part["anyOf"])
    if "$ref" in part:
        return "section"
    if "const" in part or "enum" in part:
        return ", ".join(f"`{value}`" for value in part.get("enum", [part.get("const")]))
    kind: str = part["type"]
    limits = (
        f"{sign}{part[bound]:,g}"
        for bound, sign in _BOUNDS.items()
        if bound in part and abs(part[bound]) <= _LARGEST_TOLD
    )
    return ", ".join((_KINDS.get(kind, kind), *limits))
