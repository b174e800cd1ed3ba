"""Configuration text to plain data, with the place of every key.

YAML 1.2 through ruamel.yaml's event stream. What can hurt or mislead is refused while reading,
before anything is built: tags, anchors and aliases, deep nesting, duplicate and non-text keys, and
more than a configuration can need.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from optimize.config.faults import MAX_SHOWN, ConfigError, Fault, Location, Place, Source, short
from optimize.config.shipped import configuration_file, shipped_configurations
from optimize.utils.system import READ_WAITING_FOR_NOBODY, is_readable_within
from problems.spec import nearest

#: Seconds that a pipe may stay silent.
SILENCE_S = 5.0


class SilentPipeError(OSError):
    """A pipe without a writer."""


def read_at_most(path: Path, most_bytes: int) -> bytes:
    """Return the first ``most_bytes`` of a file, device or pipe, or all of it when it has fewer.

    Raises
    ------
    SilentPipeError
        When a pipe stays silent for :data:`SILENCE_S`.
    OSError
        When the file cannot be opened or read.
    ValueError
        For a path that no file can have.
    """
    # Not blocking: merely opening a named pipe would wait for a writer.
    handle = os.open(path, READ_WAITING_FOR_NOBODY)
    content = bytearray()
    try:
        while len(content) < most_bytes:
            if not is_readable_within(handle, SILENCE_S):
                raise SilentPipeError(f"nothing to read within {SILENCE_S:g} s")
            try:
                part = os.read(handle, most_bytes - len(content))
            except BlockingIOError:  # another reader was quicker
                continue
            if not part:
                break
            content += part
    finally:
        os.close(handle)
    return bytes(content)


MAX_BYTES = 250_000  # every assumption changed, each with a reason, takes half of it
MAX_VALUES = 5_000
MAX_DEPTH = 50
MAX_DIGITS = 250  # so that every whole number fits a double
IGNORED_PREFIX = "x-"

_TRUE = ("true", "True", "TRUE")
_PREFIX = "tag:yaml.org,2002:"


class _Builder:
    """Builds data from parse events, refusing what a configuration has no use for."""

    def __init__(self, text: str, name: str) -> None:
        from ruamel.yaml import YAML

        yaml = YAML(typ="safe", pure=True)
        self.events = yaml.parse(text)
        self.resolver = yaml.resolver
        self.name = name
        self.places: dict[Location, Place] = {}
        self.values = 0

    def fail(self, event: Any, location: Location, message: str) -> ConfigError:
        mark = event.start_mark
        return ConfigError(
            [Fault(location, message, place=(mark.line + 1, mark.column + 1))], self.name
        )

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
        self.values += 1
        if self.values > MAX_VALUES:
            raise self.fail(event, (), f"has more than {MAX_VALUES:,} values")
        if len(location) > MAX_DEPTH:
            raise self.fail(event, (), f"nested more than {MAX_DEPTH} levels deep")
        if (tag := _tag(event)) not in (None, "!"):
            raise self.fail(event, location, f"the tag {tag} is not allowed")
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
        if event.anchor or _tag(event) not in (None, "!"):
            raise self.fail(event, location, "anchors and tags are not allowed")
        value = self.scalar(event, location)
        if not isinstance(value, str):
            message = f"the key {short(event.value)} is not text; quote it"
            raise self.fail(event, location, message)
        return value

    def sequence(self, location: Location) -> list[Any]:
        data: list[Any] = []
        while type(event := self.next()).__name__ != "SequenceEndEvent":
            data.append(self.value(event, (*location, len(data))))
        return data

    def scalar(self, event: Any, location: Location) -> Any:
        """Return text, number, truth value or None by the rules of the YAML 1.2 core schema."""
        text = event.value
        if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
            raise self.fail(event, location, "has half a character, which cannot be written")
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
        except ValueError:  # no digits, or more than fit a number
            raise self.fail(event, location, "is not a number that can be read") from None


def _tag(event: Any) -> str | None:
    """Return the tag of an event; a long one is not even decoded, which takes ruamel.yaml long."""
    tag = getattr(event, "ctag", None)
    if tag is None:
        return None
    return str(tag) if len(tag.suffix or "") <= MAX_SHOWN else short(f"!{tag.suffix}")


def _number(text: str, tag: str) -> int | float:
    plain = text.replace("_", "")
    if len(plain) > MAX_DIGITS:
        raise ValueError(plain)
    if tag == "int":
        digits = plain.lstrip("+-")
        base = {"0x": 16, "0o": 8, "0b": 2}.get(digits[:2].lower(), 10)
        return int(plain, base)
    named = plain.lower().lstrip("+-")
    if named in (".inf", ".nan"):
        return float(plain.lower().replace(".", ""))
    return float(plain)


def parse(text: str, name: str) -> tuple[Any, dict[Location, Place]]:
    r"""Return the data of a YAML text and the place (line, column from 1) of every key.

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
    >>> parse("a: 1e3\nb: [no]", "demo.yaml")[0]
    {'a': 1000.0, 'b': ['no']}
    """
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        builder = _Builder(text, name)
        data = builder.document()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark is not None else None
        reason = " ".join(str(part) for part in (error.context, error.problem) if part)
        raise ConfigError([Fault((), f"not valid YAML: {reason}", place=place)], name) from None
    except YAMLError as error:  # a character that YAML does not allow
        before = text[: getattr(error, "position", 0)]
        place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
        reason = str(error).partition("\n")[0]
        raise ConfigError([Fault((), f"not valid YAML: {reason}", place=place)], name) from None
    return data, builder.places


def read_source(path: str | Path, *, shipped: bool = True) -> Source:
    """Read a configuration file, or where ``shipped`` the shipped one of that name.

    Raises
    ------
    ConfigError
        When the file is missing, too large, not UTF-8, not valid YAML or not a mapping.
    """
    file = configuration_file(path) if shipped else Path(path)
    name = str(file)

    def refuse(message: str, before: bytes | None = None) -> ConfigError:
        place = None
        if before is not None:
            start = before[before.rfind(b"\n") + 1 :]
            place = (before.count(b"\n") + 1, len(start.decode("utf-8-sig", "replace")) + 1)
        return ConfigError([Fault((), message, place=place)], name)

    try:
        raw = read_at_most(file, MAX_BYTES + 1)
    except FileNotFoundError:
        if not shipped:
            raise refuse("no such file") from None
        known = shipped_configurations()
        message = f"no such file, and no shipped configuration (shipped: {', '.join(known)})"
        raise ConfigError([Fault((), message, nearest(file.stem, known))], name) from None
    except (OSError, ValueError) as error:
        raise refuse(f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(raw) > MAX_BYTES:
        raise refuse(f"is larger than {MAX_BYTES:,} bytes", raw[:MAX_BYTES])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refuse("is not UTF-8 text", raw[: error.start]) from None
    data, places = parse(text, name)
    if data is None:
        raise refuse("is empty", b"")
    if not isinstance(data, dict):
        raise refuse("must be a mapping of keys to values", b"")
    return Source(name, data, places, text=text)
