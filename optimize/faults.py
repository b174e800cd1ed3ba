"""What is wrong with a configuration, where, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Location = tuple[str | int, ...]
Place = tuple[int, int]

MAX_FAULTS = 100  # nobody reads more
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
    """There are as many faults as anybody reads."""


class Faults(list[Fault]):
    """Faults found so far; the last one that anybody reads ends the search for more."""

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
        if len(located) >= MAX_FAULTS:
            last = located[MAX_FAULTS - 1]
            more = Fault((), "there may be more faults: correct these first", None, last.place)
            located = [*located[:MAX_FAULTS], more]
        return ConfigError(located, self.name)
