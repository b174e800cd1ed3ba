"""The answer to a claim as sentences that can be printed as they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optimize.analysis.sensitivity.discovery import limit_text
from optimize.utils.labels import number, pretty_unit

SIGNS = {"at_most": "≤", "at_least": "≥", "about": "≈"}
#: What a claim that does not hold does not hold for.
SCOPE = "for satellites of the kind modelled here, a body with deployed array and radiator"


def amount(value: float | None, unit: str, digits: int = 3) -> str:
    """Return a number with its unit, or what to say without one.

    Examples
    --------
    >>> amount(21.19, "kW/t"), amount(None, "1")
    ('21.2 kW/t', 'none')
    """
    if value is None:
        return "none"
    text = number(value, digits)
    return text if unit == "1" else f"{text} {pretty_unit(unit)}"


def claimed_text(claim: Mapping[str, Any]) -> str:
    """Return what is claimed, as a limit."""
    return f"{SIGNS[claim['sense']]} {amount(claim['claimed'], claim['unit'])}"


def outside_band(claim: Mapping[str, Any]) -> bool:
    """Return whether the figure with every assumption in force lies outside its own band."""
    return not claim["p10"] * (1 - 1e-9) <= claim["value"] <= claim["p90"] * (1 + 1e-9)


def sentence_of(claim: Mapping[str, Any]) -> str:
    """Return verdict, figure, band, odds and condition of a claim."""
    scope = f", {SCOPE}" if claim["verdict"] == "does not hold" and claim["design"] else ""
    what = claim["quantity"] or claim["expression"]
    parts = [
        f"“{claim['statement']}” {claim['verdict']}{_condition(claim)}{scope}: {what} is "
        f"{amount(claim['value'], claim['unit'])} where {claimed_text(claim)} is claimed, "
        f"{number(claim['p10'], 3)} to {number(claim['p90'], 3)} in the middle 80 % of the "
        f"futures, and the claim holds in {100.0 * claim['share_of_futures']:.0f} % of them.",
    ]
    if outside_band(claim):
        parts.append(
            "The figure with every assumption in force lies outside that band: nominal values are "
            "not the middle of their ranges here."
        )
    if claim["conjunction"] is not None:
        parts.append(conjunction_text(claim))
    if claim["note"]:
        parts.append(claim["note"])
    return " ".join(parts)


def _condition(claim: Mapping[str, Any]) -> str:
    hinge = claim["hinge"]
    if claim["verdict"] != "holds if":
        return ""
    if hinge is None or hinge["required"] is None:
        return " other assumptions come true than those in force"
    value = amount(hinge["required"], hinge["unit"])
    return f" {hinge['key']} is {hinge['required_direction']} {value}"


def conjunction_text(claim: Mapping[str, Any]) -> str:
    """Return what would have to come together, as a sentence."""
    found = claim["conjunction"]
    if not found["together"]:
        best = found["value_all_helpful"]
        if best is None:
            return "No conjunction of assumptions within their ranges makes it hold."
        reached = amount(best, claim["unit"])
        return (
            "No conjunction of assumptions within their ranges was found to make it hold: with all "
            f"of them at their most helpful ends it is {reached}."
        )
    ends = _listed([f"{e['key']} = {amount(e['at'], e['unit'])}" for e in found["together"]])
    count = len(found["together"])
    start = f"The fewest assumptions that make it hold within their ranges are {count}: {ends}."
    if not found["box"]:
        return f"{start} In no future drawn around that corner does it hold."
    limits = [limit_text(e["key"], e["low"], e["high"], e["unit"]) for e in found["box"]]
    box = _listed(limits)
    fresh = found["fresh"]
    return (
        f"{start} It holds in {100.0 * fresh['density']:.0f} % of the futures in which {box}, and "
        f"{100.0 * fresh['coverage']:.0f} % of the futures near that corner in which it holds are "
        "among them (fresh futures, which the box was not fitted to, drawn evenly over the ranges "
        "of these assumptions and those that help most)."
    )


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
