"""The checks by name, and how one is run: done, skipped because a tool is missing, or failed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from optimize.verify.result import InapplicableError, Outcome, Pair, missing, named
from problems.spec import SpecError, nearest


@dataclass(frozen=True, slots=True)
class Check:
    """One independent route: ``function`` is ``module:name`` within this package.

    ``needs`` are import names; ``install`` says how to get what is missing.
    """

    name: str
    title: str
    function: str
    needs: tuple[str, ...] = ()
    distributions: tuple[str, ...] = ()
    install: str = ""

    def run(self, document: Mapping[str, Any]) -> Outcome:
        """Compare one design; an error of a tool is reported, never raised."""
        absent = missing(self.needs)
        if absent:
            reason = f"needs {', '.join(absent)}: {self.install}"
            return Outcome(self.name, "skipped", reason=reason)
        module, _, name = self.function.partition(":")
        tools = tuple(named(distribution) for distribution in self.distributions)
        try:
            compare: Callable[[Mapping[str, Any]], list[Pair]] = getattr(
                import_module(f"optimize.verify.{module}"), name
            )
            return Outcome(self.name, "done", tuple(compare(document)), tools=tools)
        except InapplicableError as reason:
            return Outcome(self.name, "skipped", reason=str(reason), tools=tools)
        except SpecError:
            raise  # the document lacks something: that is not the tool's fault
        except Exception as error:  # a foreign tool may raise anything
            text = f"{type(error).__name__}: {error}"
            return Outcome(self.name, "failed", reason=text, tools=tools)


_PEERS = "pip install 'heliofront[verify]'"
_TABLES = "pip install 'heliofront[tables]'; the pipeline comes with the source"

CHECKS: Mapping[str, Check] = {
    check.name: check
    for check in (
        Check(
            "orbit",
            "orbit and eclipses with a real Sun",
            "orbit:check",
            ("brahe",),
            ("brahe",),
            _PEERS,
        ),
        Check(
            "radiation",
            "AE-8/AP-8 and SHIELDOSE-2 instead of the table",
            "radiation:check",
            ("aep8", "spacepy", "problems.data.build.radiation"),
            ("aep8", "spacepy"),
            _TABLES,
        ),
        Check(
            "network",
            "temperatures from the exported thermal network",
            "heat:check_network",
            ("scipy",),
            ("scipy",),
        ),
        Check(
            "radiator",
            "radiator temperature by another balance",
            "heat:check_peer",
            ("orbital_thermal",),
            ("orbital-thermal",),
            _PEERS,
        ),
        Check(
            "decay",
            "drag and decay through NRLMSIS 2.1",
            "decay:check",
            ("pymsis", "problems.data.build.atmosphere"),
            ("pymsis", "scipy"),
            _TABLES,
        ),
        Check(
            "satellite",
            "the whole satellite, where comparable",
            "peer:check",
            ("orbitdc",),
            ("spacedc-mdao",),
            _PEERS,
        ),
    )
}


def chosen(names: Sequence[str]) -> list[Check]:
    """Return the checks of some names, all without any.

    Raises
    ------
    SpecError
        For an unknown name, with the nearest.

    Examples
    --------
    >>> [check.name for check in chosen(["orbit"])]
    ['orbit']
    """
    for name in names:
        if name not in CHECKS:
            message = f"unknown check '{name}' (known: {', '.join(CHECKS)})"
            raise SpecError("--only", message, nearest(name, CHECKS))
    return [check for name, check in CHECKS.items() if not names or name in names]


def verify(document: Mapping[str, Any], checks: Iterable[Check]) -> list[Outcome]:
    """Return the outcome of every check on one design.

    Parameters
    ----------
    document
        Master document.
    checks
        From :func:`chosen`.

    Raises
    ------
    SpecError
        When the document lacks a number that a check needs.
    """
    return [check.run(document) for check in checks]
