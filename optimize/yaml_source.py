"""Configuration text to plain data, with the place of every key.

YAML 1.2 through ruamel.yaml's event stream. What can hurt or mislead is refused while reading,
before anything is built: tags, anchors and aliases, deep nesting, duplicate and non-text keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Location = tuple[str | int, ...]
Place = tuple[int, int]

MAX_BYTES = 1_000_000
MAX_DEPTH = 50
IGNORED_PREFIX = "x-"

_TRUE = ("true", "True", "TRUE")
_PREFIX = "tag:yaml.org,2002:"


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
            key = f" {fault.key}:" if fault.location else ""
            hint = f"; did you mean '{fault.suggestion}'?" if fault.suggestion else ""
            text = f"{where}:{key} {fault.message}{hint}"
            lines.append("".join(c if c.isprintable() else repr(c)[1:-1] for c in text))
        return lines


@dataclass(slots=True)
class Source:
    """A configuration as data, and where each key and value stands."""

    name: str
    data: dict[str, Any]
    places: dict[Location, Place] = field(default_factory=dict)
    origins: dict[Location, str] = field(default_factory=dict)

    def locate(self, fault: Fault) -> Fault:
        """Return ``fault`` with the place of the innermost known part of its key."""
        for length in range(len(fault.location), -1, -1):
            part = fault.location[:length]
            if part in self.origins:
                return Fault(fault.location, fault.message, fault.suggestion, None,
                             self.origins[part])  # fmt: skip
            if part in self.places:
                return Fault(fault.location, fault.message, fault.suggestion, self.places[part])
        return fault

    def error(self, faults: list[Fault]) -> ConfigError:
        """Return the error that reports ``faults``, in the order of the text."""
        located = [self.locate(fault) for fault in faults]
        located.sort(key=lambda fault: (fault.origin or "", fault.place or (0, 0)))
        return ConfigError(located, self.name)


class _Builder:
    """Builds data from parse events, refusing what a configuration has no use for."""

    def __init__(self, text: str, name: str) -> None:
        from ruamel.yaml import YAML

        yaml = YAML(typ="safe", pure=True)
        self.events = yaml.parse(text)
        self.resolver = yaml.resolver
        self.name = name
        self.places: dict[Location, Place] = {}

    def fail(self, event: Any, location: Location, message: str) -> ConfigError:
        mark = event.start_mark
        return ConfigError([Fault(location, message, place=(mark.line + 1, mark.column + 1))],
                           self.name)  # fmt: skip

    def next(self) -> Any:
        return next(self.events)

    def document(self) -> Any:
        """Return the data of the only document; None for an empty text."""
        data: Any = None
        seen = False
        for event in self.events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent":
                if seen:
                    raise self.fail(event, (), "only one document is allowed")
                seen = True
                data = self.value(self.next(), ())
        return data

    def value(self, event: Any, location: Location) -> Any:
        """Return the value that starts with ``event``."""
        kind = type(event).__name__
        if kind == "AliasEvent" or getattr(event, "anchor", None):
            raise self.fail(event, location, "anchors and aliases are not allowed")
        mark = event.start_mark
        self.places.setdefault(location, (mark.line + 1, mark.column + 1))
        if len(location) > MAX_DEPTH:
            raise self.fail(event, (), f"nested more than {MAX_DEPTH} levels deep")
        if getattr(event, "tag", None) not in (None, "!"):
            raise self.fail(event, location, f"the tag {event.tag} is not allowed")
        if kind == "MappingStartEvent":
            return self.mapping(location)
        if kind == "SequenceStartEvent":
            return self.sequence(location)
        return self.scalar(event, location)

    def mapping(self, location: Location) -> dict[str, Any]:
        data: dict[str, Any] = {}
        while type(event := self.next()).__name__ != "MappingEndEvent":
            if type(event).__name__ != "ScalarEvent":
                message = "a key must be text; anchors and aliases are not allowed"
                raise self.fail(event, location, message)
            key = self.key(event, location)
            if key in data:
                raise self.fail(event, (*location, key), "appears twice")
            mark = event.start_mark
            self.places[(*location, key)] = (mark.line + 1, mark.column + 1)
            data[key] = self.value(self.next(), (*location, key))
        return {k: v for k, v in data.items() if not k.startswith(IGNORED_PREFIX)}

    def key(self, event: Any, location: Location) -> str:
        if event.anchor or event.tag not in (None, "!"):
            raise self.fail(event, location, "anchors and tags are not allowed")
        value = self.scalar(event, location)
        if not isinstance(value, str):
            raise self.fail(event, location, f"the key {event.value} is not text; quote it")
        return value

    def sequence(self, location: Location) -> list[Any]:
        data: list[Any] = []
        while type(event := self.next()).__name__ != "SequenceEndEvent":
            data.append(self.value(event, (*location, len(data))))
        return data

    def scalar(self, event: Any, location: Location) -> Any:
        """Return text, number, truth value or None by the rules of the YAML 1.2 core schema."""
        text = event.value
        if not event.implicit[0]:
            return text
        from ruamel.yaml.nodes import ScalarNode

        tag = str(self.resolver.resolve(ScalarNode, text, (True, False))).removeprefix(_PREFIX)
        if tag == "null":
            return None
        if tag == "bool":
            return text in _TRUE
        if tag not in ("int", "float"):
            return text
        try:
            return _number(text, tag)
        except ValueError:
            raise self.fail(event, location, "is not a number that can be read") from None


def _number(text: str, tag: str) -> int | float:
    plain = text.replace("_", "")
    if tag == "int":
        digits = plain.lstrip("+-")
        base = {"0x": 16, "0o": 8, "0b": 2}.get(digits[:2].lower(), 10)
        return int(plain, base)
    named = plain.lower().lstrip("+-")
    if named in (".inf", ".nan"):
        return float(plain.lower().replace(".", ""))
    return float(plain)


def parse(text: str, name: str) -> tuple[Any, dict[Location, Place]]:
    """Return the data of a YAML text and the place (line, column from 1) of every key.

    Parameters
    ----------
    text
        The configuration.
    name
        File name to show in messages.

    Raises
    ------
    ConfigError
        For a syntax error or anything a configuration has no use for.

    Examples
    --------
    >>> parse("a: 1e3\\nb: [no]", "demo.yaml")[0]
    {'a': 1000.0, 'b': ['no']}
    """
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        builder = _Builder(text, name)
        data = builder.document()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark is not None else None
        what = " ".join(str(part) for part in (error.context, error.problem) if part)
        raise ConfigError([Fault((), f"not valid YAML: {what}", place=place)], name) from None
    except (YAMLError, RecursionError) as error:
        what = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ConfigError([Fault((), f"not valid YAML: {what}")], name) from None
    return data, builder.places


def read_source(path: str | Path) -> Source:
    """Read a configuration file.

    Raises
    ------
    ConfigError
        When the file is missing, too large, not UTF-8, not valid YAML or not a mapping.
    """
    file = Path(path)
    name = str(path)

    def refuse(message: str) -> ConfigError:
        return ConfigError([Fault((), message)], name)

    try:
        with file.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise refuse("no such file") from None
    except (OSError, ValueError) as error:
        raise refuse(f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(raw) > MAX_BYTES:
        raise refuse(f"is larger than {MAX_BYTES:,} bytes")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refuse("is not UTF-8 text") from None
    data, places = parse(text, name)
    if data is None:
        raise refuse("is empty")
    if not isinstance(data, dict):
        raise refuse("must be a mapping of keys to values")
    return Source(name, data, places)
