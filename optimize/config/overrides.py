"""Configurations with some of their keys overridden."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from optimize.config.faults import ConfigError, Fault, Location, Source
from optimize.config.run_config import RunConfig, build_config
from optimize.config.source import parse, read_source

#: ``KEY=VALUE`` texts with dotted keys, the value read as YAML, or values by dotted key.
Overrides = Sequence[str] | Mapping[str, Any]


def load_source(config: str | Path | Mapping[str, Any], overrides: Overrides = ()) -> Source:
    """Read a configuration and apply overrides in order.

    Parameters
    ----------
    config
        YAML file, or the data that one would hold, which is not changed.
    overrides
        As texts from the command line, or as values.

    Raises
    ------
    ConfigError
        When the file cannot be read, or an override has no place in it.
    """
    if isinstance(config, Mapping):
        source = Source("configuration", copy.deepcopy(dict(config)))
    else:
        source = read_source(config)
    if isinstance(overrides, Mapping):
        for key, value in overrides.items():
            origin = f"override {key}"
            location = _location(key, origin)
            _set(source, location, copy.deepcopy(value), origin, "set by the caller")
    else:
        for text in overrides:
            _override(source, text)
    return source


def load_config(path: str | Path, overrides: Sequence[str] = ()) -> tuple[RunConfig, Source]:
    """Read and validate a configuration file.

    Parameters
    ----------
    path
        YAML file.
    overrides
        ``KEY=VALUE`` with dotted keys, e.g. ``algorithm.seed=7``; the value is read as YAML.

    Raises
    ------
    ConfigError
        With every fault found.
    """
    source = load_source(path, overrides)
    return build_config(source), source


def _location(key: str, origin: str) -> Location:
    """Split a dotted key; assumption keys contain dots themselves."""
    parts = key.strip().split(".")
    if not all(parts):
        raise ConfigError([Fault((), "expected KEY=VALUE", origin=origin)], origin)
    if parts[0] != "assumptions" or len(parts) < 3:
        return tuple(parts)
    if parts[-1] in ("value", "reason"):
        return (parts[0], ".".join(parts[1:-1]), parts[-1])
    return (parts[0], ".".join(parts[1:]))


def _override(source: Source, text: str) -> None:
    """Set one dotted key of ``source`` as ``KEY=VALUE`` says."""
    origin = f"--set {text}"
    key, separator, value_text = text.partition("=")
    location = _location(key if separator else "", origin)
    _set(source, location, parse_value(value_text, origin), origin, "set on the command line")


def _set(source: Source, location: Location, value: Any, origin: str, reason: str) -> None:
    """Set one key of ``source``; an assumption gets ``reason`` unless it brings its own."""
    if location[0] == "assumptions" and len(location) == 2 and not isinstance(value, dict):
        value = {"value": value, "reason": reason}
    node: Any = source.data
    for depth, part in enumerate(location[:-1], start=1):
        if not isinstance(node.get(part), dict):
            if node.get(part) not in (None, False):
                message = "is not a mapping, so nothing can be set inside it"
                raise ConfigError([Fault(location[:depth], message, origin=origin)], origin)
            node[part] = {}
        node = node[part]
    if location[0] == "variables" and len(location) == 3:
        _replace_way(node, str(location[2]))
    node[location[-1]] = value
    source.origins[location] = origin
    for depth in range(1, len(location)):
        source.origins.pop(location[:depth], None)
        if location[:depth] not in source.places:  # not the file, but this made it
            source.origins[location[:depth]] = origin


def _replace_way(entry: dict[str, Any], way: str) -> None:
    """Drop what a new ``fix``, ``choices`` or bound replaces."""
    bounds = ("lower", "upper")
    for key in list(entry):
        if key != way and not (way in bounds and key in bounds):
            del entry[key]


def parse_value(text: str, origin: str) -> Any:
    """Return the value of an override, read as YAML."""
    try:
        return parse(text, origin)[0]
    except ConfigError as error:
        faults = [Fault((), fault.message, origin=origin) for fault in error.faults]
        raise ConfigError(faults, origin) from None
