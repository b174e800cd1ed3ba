"""What is wrong with a configuration, where, and how it is reported."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from problems.spec import nearest, unknown

_EXPECTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a smaller whole number",
    "float_type": "a number",
    "string_type": "text",
    "bool_type": "true or false",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
    "list_type": "a list",
    "tuple_type": "a list",
    "finite_number": "a finite number",
    "none_required": "null",
}


def faults_of(error: ValidationError, source: Source, model: type[BaseModel]) -> list[Fault]:
    """Return one fault per mistake: a typo is not reported as both missing and unknown."""
    faults: dict[Location, Fault] = {}
    missing: dict[Location, str] = {}
    for item in error.errors(include_url=False)[: 2 * MAX_FAULTS]:
        if item["type"] == "too_short" and item["input"]:
            continue  # entries there are, but wrong ones: each has its own fault
        location = _known_part(item["loc"], source, item["type"])
        if item["type"] == "missing":
            missing[location] = str(item["loc"][-1])
            faults[location] = Fault(location, "is missing")
        elif location in faults:
            faults[location] = Fault(location, _merge(faults[location], item))
        else:
            faults[location] = _fault(location, dict(item), model)
    for location, name in missing.items():
        for neighbour, fault in faults.items():
            if fault.message.startswith("unknown key") and neighbour[:-1] == location[:-1]:
                ratio = difflib.SequenceMatcher(None, str(neighbour[-1]), name).ratio()
                if ratio > 0.6:
                    faults[neighbour] = Fault(neighbour, "unknown key", name)
                    faults.pop(location, None)
                    break
    return list(faults.values())


def _known_part(loc: Location, source: Source, kind: str) -> Location:
    """Drop the parts of ``loc`` that name branches of a union instead of keys."""
    node: Any = source.data
    for depth, part in enumerate(loc):
        inside = (isinstance(node, dict) and part in node) or (
            isinstance(node, list) and isinstance(part, int) and part < len(node)
        )
        if not inside:
            return loc if kind == "missing" and depth == len(loc) - 1 else loc[:depth]
        node = node[part]
    return loc


def _fault(location: Location, item: dict[str, Any], model: type[BaseModel]) -> Fault:
    kind, context = item["type"], item.get("ctx", {})
    if kind == "extra_forbidden":
        return Fault(location, *unknown("unknown key", str(location[-1]), _fields(location, model)))
    if kind in ("value_error", "assertion_error"):
        cause = context.get("error")
        choices = getattr(cause, "choices", ())
        suggestion = nearest(str(getattr(cause, "value", "")), choices) if choices else None
        return Fault(location, str(cause), suggestion)
    if kind == "literal_error":
        expected = str(context.get("expected", "")).replace("'", "")
        suggestion = nearest(str(item["input"]), expected.replace(" or ", ", ").split(", "))
        return Fault(location, f"expected {expected}, got {_shown(item['input'])}", suggestion)
    if kind == "string_pattern_mismatch":
        form = "letters, digits, '.', '_' or '-' (at most 64, first a letter or digit)"
        return Fault(location, f"expected {form}, got {_shown(item['input'])}")
    if kind == "too_short":
        return Fault(location, f"needs at least {context.get('min_length', 1)} entry")
    if kind in _EXPECTED:
        return Fault(location, f"expected {_EXPECTED[kind]}, got {_shown(item['input'])}")
    message = str(item["msg"]).removeprefix("Input ").replace("Value error, ", "")
    received = "" if isinstance(item["input"], (dict, list)) else f", got {_shown(item['input'])}"
    return Fault(location, message[:1].lower() + message[1:] + received)


def _merge(fault: Fault, item: Any) -> str:
    """Join what the branches of a union expect."""
    expected = _EXPECTED.get(item["type"])
    if expected is None or expected in fault.message or "expected " not in fault.message:
        return fault.message
    return fault.message.replace(", got", f" or {expected}, got", 1)


def _shown(value: Any) -> str:
    text = {True: "true", False: "false", None: "null"}.get(value) if _is_plain(value) else None
    if text is None:
        text = repr(value) if isinstance(value, str) else f"{value}"[:60]
    if isinstance(value, (dict, list, tuple)):
        text = "a mapping" if isinstance(value, dict) else "a list"
    return text if len(text) <= 60 else text[:57] + "..."


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, bool)


def _fields(location: Location, model: type[BaseModel]) -> list[str]:
    """Return the keys allowed beside ``location``."""
    fields = model.model_fields
    for part in location[:-1]:
        if isinstance(part, str) and part in fields:
            inner = _inner_model(fields[part].annotation)
            if inner is None:
                return []
            fields = inner.model_fields
    return [name for name in fields if name != "off"]


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    """Return the model held by an annotation such as ``dict[str, Model]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        inner = _inner_model(argument)
        if inner is not None:
            return inner
    return None


Location = tuple[str | int, ...]
Place = tuple[int, int]

MAX_FAULTS = 100  # more are not collected
MAX_SHOWN = 80  # letters of a key


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a configuration: where, which key, what, and the likely intention."""

    location: Location
    message: str
    suggestion: str | None = None
    place: Place | None = None
    origin: str | None = None

    @property
    def key(self) -> str:
        """The dotted key."""
        return ".".join(str(part) for part in self.location)


class EnoughFaultsError(Exception):
    """The limit :data:`MAX_FAULTS` is reached."""


class Faults(list[Fault]):
    """Faults found so far; number :data:`MAX_FAULTS` ends the search for more."""

    def append(self, fault: Fault) -> None:
        """Add a fault.

        Raises
        ------
        EnoughFaultsError
            When it is number :data:`MAX_FAULTS`.
        """
        super().append(fault)
        if len(self) >= MAX_FAULTS:
            raise EnoughFaultsError


class ConfigError(ValueError):
    """A configuration that cannot be used; carries every fault found."""

    exit_code = 2

    def __init__(self, faults: list[Fault], source: str) -> None:
        self.faults = faults
        self.source = source
        super().__init__("\n".join(self.lines()))

    def lines(self) -> list[str]:
        """Return one line per fault: ``FILE:LINE:COL: key: message; did you mean 'x'?``."""
        lines = []
        for fault in self.faults:
            where = fault.origin or self.source
            if fault.origin is None and fault.place is not None:
                where += f":{fault.place[0]}:{fault.place[1]}"
            named = ".".join(short(str(part)) for part in fault.location)
            key = f" {named}:" if fault.location else ""
            hint = f"; did you mean '{fault.suggestion}'?" if fault.suggestion else ""
            text = f"{where}:{key} {short(fault.message, 1000)}{hint}"
            lines.append("".join(c if c.isprintable() else repr(c)[1:-1] for c in text))
        return lines


def short(text: str, most: int = MAX_SHOWN) -> str:
    """Return text with at most so many letters."""
    return text if len(text) <= most else text[: most - 3] + "..."


@dataclass(slots=True)
class Source:
    """A configuration as data, where each key and value stands, and its text."""

    name: str
    data: dict[str, Any]
    places: dict[Location, Place] = field(default_factory=dict)
    origins: dict[Location, str] = field(default_factory=dict)
    text: str = ""

    def locate(self, fault: Fault) -> Fault:
        """Return ``fault`` with the place of the innermost known part of its key, or its own."""
        if fault.place is not None:
            return fault
        for length in range(len(fault.location), -1, -1):
            part = fault.location[:length]
            if part in self.origins:
                return Fault(
                    fault.location, fault.message, fault.suggestion, None, self.origins[part]
                )
            if part in self.places:
                return Fault(fault.location, fault.message, fault.suggestion, self.places[part])
        return fault

    def error(self, faults: list[Fault]) -> ConfigError:
        """Return the error that reports ``faults``, in the order of the text."""
        located = [self.locate(fault) for fault in faults]
        located.sort(key=lambda fault: (fault.origin or "", fault.place or (0, 0)))
        if len(located) >= MAX_FAULTS:
            last = located[MAX_FAULTS - 1]
            more = Fault((), "there may be more faults: correct these first", None, last.place)
            located = [*located[:MAX_FAULTS], more]
        return ConfigError(located, self.name)
