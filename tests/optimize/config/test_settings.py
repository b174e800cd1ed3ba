"""Defaults and limits of every setting, written down a second time: a change is a decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from optimize.config.faults import ConfigError, Source
from optimize.config.run_config import RunConfig, build_config

#: Setting, default (- where there is none), and limits as JSON Schema names them.
SETTINGS = """
schema_version                       1
problem                              compute_satellite
scenario                             2030
objectives                           None     minItems 1 maxItems 12
constraints.off                      False
assumptions.reason                   -        minLength 1
cost_boundary                        full
allow_unverified                     False
backend                              auto
algorithm.name                       nsga2
algorithm.population                 1000     minimum 4 maximum 100000
algorithm.generations                300      minimum 1 maximum 10000000
algorithm.evaluations                None     minimum 1
algorithm.seed                       1        minimum 0 exclusiveMaximum 9223372036854775808
algorithm.crossover_eta              15.0     minimum 1.0 maximum 100.0
algorithm.crossover_probability      0.9      minimum 0.0 maximum 1.0
algorithm.mutation_eta               20.0     minimum 1.0 maximum 100.0
algorithm.mutation_probability       None     minimum 0.0 maximum 1.0
algorithm.differential_share         0.4      minimum 0.0 maximum 1.0
algorithm.fewest_parents             200      minimum 4
algorithm.stop.window                50       minimum 1
algorithm.stop.hypervolume           0.0001   minimum 0.0 exclusiveMaximum 1.0
algorithm.stop.archive               0.002    minimum 0.0 exclusiveMaximum 1.0
algorithm.stop.after                 200      minimum 1
algorithm.certify                    False
algorithm.archive_epsilon            None     exclusiveMinimum 0.0 exclusiveMaximum 1.0
algorithm.heartbeat_s                60       minimum 1 maximum 86400
uncertainty.futures                  256      minimum 8 maximum 65536
uncertainty.seed                     1        minimum 0 exclusiveMaximum 9223372036854775808
uncertainty.include                  None     minItems 1
uncertainty.correlations             []
uncertainty.correlations.between     -        minItems 2 maxItems 2
uncertainty.correlations.value       -        minimum -1.0 maximum 1.0
uncertainty.reliability              -        exclusiveMinimum 0.0 maximum 1.0
evaluation.timeout_s                 None     exclusiveMinimum 0.0 maximum 1000000.0
evaluation.most_failed               0.5      exclusiveMinimum 0.0 maximum 1.0
output.evaluations                   True
output.figures                       True
output.explorer                      False
campaign.seeds                       5        minimum 1 maximum 10000
campaign.seeds (option 2)            -        minItems 1 maxItems 10000
campaign.seeds (entry)               -        minimum 0 exclusiveMaximum 9223372036854775808
campaign.scenarios                   None     minItems 1
campaign.scenarios (entry)           -        minLength 1 maxLength 64
campaign.algorithms                  None     minItems 1
campaign.future_blocks               1        minimum 1 maximum 1000
"""
_SCHEMA = RunConfig.model_json_schema()
_LIMITS = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")
_LIMITS += ("minLength", "maxLength", "minItems", "maxItems")

Part = Mapping[str, Any]


def options(part: Part, mark: str = "") -> Iterator[tuple[str, Part]]:
    """Yield what a value may be, and what its entries may be."""
    if "$ref" in part:
        yield mark, _SCHEMA["$defs"][part["$ref"].rpartition("/")[2]]
        return
    yield mark, part
    for number, option in enumerate(part.get("anyOf", ()), 1):
        yield from options(option, f" (option {number})" if number > 1 else mark)
    if isinstance(part.get("additionalProperties"), dict):
        yield from options(part["additionalProperties"], mark)
    if isinstance(part.get("items"), dict):
        yield from options(part["items"], " (entry)")


def settings(model: Part, prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield every setting with a default that says something, or with limits."""
    for name, part in model["properties"].items():
        rows = {}
        for mark, option in options(part):
            if "properties" in option:
                yield from settings(option, f"{prefix}{name}.")
            else:
                limits = " ".join(f"{key} {option[key]}" for key in _LIMITS if key in option)
                rows[mark] = rows.get(mark, "") + limits
        for mark, limits in rows.items():
            default = "-" if mark else str(part.get("default", "-"))
            if limits or default not in ("-", "None"):
                yield f"{prefix}{name}{mark}", default, limits


def test_every_setting_has_the_default_and_the_limits_that_users_were_told() -> None:
    told = {line[:37].rstrip(): line[37:].split(None, 1) for line in SETTINGS.splitlines()[1:]}
    found = {
        name: [default, *filter(None, [limits])] for name, default, limits in settings(_SCHEMA)
    }
    assert found == told


def accepts(key: str, value: float) -> bool:
    """Return whether a configuration with one setting changed has no fault in it."""
    data: dict[str, Any] = {"name": "a", "campaign": {}}
    place, (*sections, last) = data, key.split(".")
    for section in sections:
        place = place.setdefault(section, {})
    place[last] = value
    try:
        build_config(Source("a", data))
    except ConfigError as error:
        return all(fault.key != key for fault in error.faults)
    return True


#: Within lists or free mappings, or of a search that is not the default.
_APART = ("(", "uncertainty.correlations", "uncertainty.reliability", "heartbeat_s")
_NUMBERS = [row for row in SETTINGS.splitlines() if "imum" in row]


@pytest.mark.parametrize("row", [r for r in _NUMBERS if not any(part in r for part in _APART)])
def test_a_limit_holds_and_the_number_at_it_is_inside_unless_excluded(row: str) -> None:
    key, _, *limits = row.split()
    for name, text in zip(limits[::2], limits[1::2], strict=True):
        limit = float(text) if "." in text else int(text)
        outwards = -1 if name in ("minimum", "exclusiveMinimum") else 1
        assert accepts(key, limit) is not name.startswith("exclusive")
        assert not accepts(key, limit + outwards)
