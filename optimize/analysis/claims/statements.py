"""Claims as data: read from a file, every name and expression checked at its line and column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from optimize.analysis.claims.designs import Design, read_design
from optimize.analysis.claims.expressions import Expression, read_expression
from optimize.analysis.claims.layout import ClaimRow, ClaimsFile, DesignRow, NumberRow
from optimize.analysis.claims.names import derived_names
from optimize.config.faults import ConfigError, Fault, Location, Source, faults_of
from optimize.config.source import parse, read_source
from optimize.designs.arithmetic import ExpressionError
from problems.compute_satellite.declarations import all_outputs, assumption_units
from problems.compute_satellite.variables import all_variables
from problems.parameters.uncertain import Marginal

SHIPPED = "claims.yaml"


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure shown beside the answer."""

    label: str
    unit: str
    expression: Expression


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim: what is said, and the figure of which design decides it."""

    row: ClaimRow
    expression: Expression
    limit: Expression
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """Every claim of a file, and the designs, numbers and definitions that they speak of."""

    claims: Mapping[str, Claim]
    designs: Mapping[str, Design]
    numbers: Mapping[str, NumberRow]
    definitions: Mapping[str, Expression]

    def marginals(self, names: Iterable[str]) -> tuple[Marginal, ...]:
        """Return the distributions of those of the file's own numbers that have a range."""
        rows = {name: self.numbers[name] for name in sorted(names) if name in self.numbers}
        return tuple(
            Marginal(name, row.unit, row.low, row.value, row.high, row.distribution)
            for name, row in rows.items()
            if row.low < row.high
        )

    def mentioned(self, expression: Expression) -> frozenset[str]:
        """Return the names of an expression and of the definitions that it stands on."""
        names = set(expression.names)
        for name in expression.names:
            tail = name.rpartition(".")[2] if name.partition(".")[0] in self.designs else name
            if tail in self.definitions:
                names |= self.mentioned(self.definitions[tail])
        return frozenset(names)


@cache
def shipped_source() -> tuple[Source, ClaimsFile]:
    """Return the shipped file of claims."""
    text = resources.files("problems.data").joinpath(SHIPPED).read_text(encoding="utf-8")
    data, places = parse(text, SHIPPED)
    source = Source(SHIPPED, data, places, text=text)
    return source, _layout(source)


@cache
def shipped_book() -> Book:
    """Return the shipped claims."""
    return _Reading(*shipped_source(), None).book()


def read_book(path: Path) -> Book:
    """Return the claims of a file, which may speak of everything that the shipped ones define.

    Raises
    ------
    ConfigError
        With every fault at its line and column.
    """
    source = read_source(path, shipped=False)
    return _Reading(source, _layout(source), shipped_source()[1]).book()


def _layout(source: Source) -> ClaimsFile:
    try:
        return ClaimsFile.model_validate(source.data)
    except ValidationError as error:
        raise source.error(faults_of(error, source, ClaimsFile)) from None


class _Reading:
    """One file being read, on top of what the shipped one defines."""

    def __init__(self, source: Source, file: ClaimsFile, shipped: ClaimsFile | None) -> None:
        self.source, self.file = source, file
        self.faults: list[Fault] = []
        self.design_rows: dict[str, DesignRow] = {**(shipped.designs if shipped else {})}
        self.design_rows |= file.designs
        self.numbers: dict[str, NumberRow] = {**(shipped.numbers if shipped else {})}
        self.numbers |= file.numbers
        self.definitions: dict[str, Expression] = {}
        self.shipped = shipped
        self.known = dict.fromkeys(_known_names())
        self.known |= dict.fromkeys(self.numbers)

    def book(self) -> Book:
        """Return everything read.

        Raises
        ------
        ConfigError
            With every fault found.
        """
        if self.shipped is not None:
            for name, text in self.shipped.definitions.items():
                self._define(name, text, ("definitions", name))
        self._numbers()
        for name, text in self.file.definitions.items():
            self._define(name, text, ("definitions", name))
        self._names_of_designs()
        claims = [self._claim(i, row) for i, row in enumerate(self.file.claims)]
        if self.faults:
            raise self.source.error(self.faults)
        used = self._designs_used(claims)
        designs = {name: self._design(name) for name in used}
        if self.faults:
            raise self.source.error(self.faults)
        by_id = {claim.row.id: claim for claim in claims}
        return Book(by_id, designs, self.numbers, self.definitions)

    def _numbers(self) -> None:
        for name, row in self.file.numbers.items():
            if not row.low <= row.value <= row.high:
                at = ("numbers", name, "value")
                self.faults.append(Fault(at, "is outside its own range from low to high"))
            if row.distribution == "lognormal" and not row.low > 0.0:
                at = ("numbers", name, "low")
                self.faults.append(Fault(at, "must be positive where the spread is lognormal"))

    def _define(self, name: str, text: str | float, at: Location) -> None:
        self._taken(name, at)
        expression = self._expression(text, at)
        self.known[name] = None
        self.definitions[name] = expression

    def _names_of_designs(self) -> None:
        own = {name: None for name in self.known if "." not in name or name.startswith("at_")}
        for design in self.design_rows:
            self._taken(design, ("designs", design))
            self.known |= {f"{design}.{name}": None for name in own}

    def _taken(self, name: str, at: Location) -> None:
        groups = {key.partition(".")[0] for key in assumption_units()}
        if name in self.known or name in groups:
            self.faults.append(Fault(at, f"'{name}' is the name of something else already"))

    def _claim(self, i: int, row: ClaimRow) -> Claim:
        at: Location = ("claims", i)
        if row.id in [earlier.id for earlier in self.file.claims[:i]]:
            self.faults.append(Fault((*at, "id"), f"'{row.id}' appears twice"))
        if row.design not in self.design_rows:
            message, hint = _unknown_design(row.design, self.design_rows)
            self.faults.append(Fault((*at, "design"), message, hint))
        facts = tuple(
            Fact(fact.label, fact.unit,
                 self._expression(fact.expression, (*at, "facts", j, "expression")))
            for j, fact in enumerate(row.facts)
        )  # fmt: skip
        expression = self._expression(row.expression, (*at, "expression"))
        return Claim(row, expression, self._expression(row.value, (*at, "value")), facts)

    def _expression(self, text: str | float, at: Location) -> Expression:
        try:
            return read_expression(str(text), self.known)
        except ExpressionError as error:
            place = self._place(str(text), at, error.offset)
            message = (
                error.message if error.key == "expression" else f"{error.message} '{error.key}'"
            )
            self.faults.append(Fault(at, message, error.suggestion, place))
            return Expression("0", frozenset())

    def _place(self, text: str, at: Location, offset: int) -> tuple[int, int] | None:
        """Return line and column of a part of an expression; of its key where it is folded."""
        place = self.source.places.get(at)
        if place is None:
            return None
        line = self.source.text.splitlines()[place[0] - 1]
        start = line.find(text.strip(), place[1] - 1)
        return (place[0], start + offset + 1) if start >= 0 else place

    def _designs_used(self, claims: list[Claim]) -> dict[str, None]:
        used: dict[str, None] = {}
        for claim in claims:
            used[claim.row.design] = None
            for expression in (claim.expression, claim.limit, *(f.expression for f in claim.facts)):
                heads = [name.partition(".")[0] for name in sorted(expression.names)]
                used |= {head: None for head in heads if head in self.design_rows}
        return used

    def _design(self, name: str) -> Design | Any:
        try:
            return read_design(name, self.design_rows, self.source)
        except ConfigError as error:
            self.faults += [
                Fault(("designs", name, *f.location), f.message, f.suggestion, f.place)
                for f in error.faults
            ]
            return None


def _unknown_design(name: str, rows: Mapping[str, Any]) -> tuple[str, str | None]:
    from problems.spec import unknown

    return unknown(f"unknown design '{name}'", name, rows)


def _known_names() -> Iterable[str]:
    """Return every name of the model that an expression may mention."""
    yield from all_outputs()
    yield from (v.name for v in all_variables() if v.kind != "choice")
    yield from assumption_units()
    yield from derived_names()
