"""Answers to the claims as a person reads them: terminal, Markdown, one sentence each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from optimize.analysis.claims.answers import RULE
from optimize.analysis.claims.sentence import amount, claimed_text, outside_band
from optimize.utils.labels import number, pretty_unit
from problems.text_tables import markdown_table

if TYPE_CHECKING:
    from rich.table import Table

WIDTH = 100
_STYLES = {"holds": "green", "holds if": "yellow", "does not hold": "red"}


def band_text(claim: Mapping[str, Any]) -> str:
    """Return the figure with its 10 to 90 % band over the futures."""
    band = f"{number(claim['p10'], 3)} to {number(claim['p90'], 3)}"
    mark = ", outside it" if outside_band(claim) else ""
    return f"{amount(claim['value'], claim['unit'])} ({band}{mark})"


def hinge_text(claim: Mapping[str, Any]) -> str:
    """Return the condition on the assumption that the claim hinges on, or how near it gets.

    The condition names the value at which the claim just holds and the range that the tables
    give; where no value of any single assumption is enough, what all of them together reach.
    """
    hinge = claim["hinge"]
    if hinge is None:
        return "nothing in the model moves it"
    if hinge["required"] is None:
        if claim["verdict"] == "holds":
            return f"nothing: {hinge['key']} moves it most, and it still holds"
        best = amount(hinge["value_all_helpful"], claim["unit"])
        return f"no assumption alone ({hinge['key']} does most); all at their best: {best}"
    word = {"holds": "as long as", "holds if": "if", "does not hold": "would need"}
    unit = "" if hinge["unit"] == "1" else f" {pretty_unit(hinge['unit'])}"
    return (
        f"{word[claim['verdict']]} {hinge['key']} {hinge['required_direction']} "
        f"{number(hinge['required'], 3)} (range {number(hinge['low'], 3)} to "
        f"{number(hinge['high'], 3)}{unit})"
    )


def claims_rich(document: Mapping[str, Any], columns: int = WIDTH) -> Table:
    """Return the table for a terminal of so many letters a line."""
    from rich.table import Table
    from rich.text import Text

    table = Table(show_lines=True, width=columns, title="Public claims, answered by the model")
    table.add_column("claim", ratio=23)
    table.add_column("claimed;\nmodel (10 to 90 %)", ratio=18)
    table.add_column("verdict", width=8)
    table.add_column("odds", justify="right", width=5)
    table.add_column("hinges on", ratio=30, overflow="fold")
    for claim in document["claims"]:
        table.add_row(
            _titled(claim),
            f"{claimed_text(claim)};\n{band_text(claim)}",
            Text(claim["verdict"], style=_STYLES[claim["verdict"]]),
            f"{100.0 * claim['share_of_futures']:.0f} %",
            hinge_text(claim),
        )
    return table


def claims_table(document: Mapping[str, Any]) -> str:
    """Return the answers as a Markdown table.

    Parameters
    ----------
    document
        From :func:`optimize.analysis.claims.answers.claims_document`.

    Returns
    -------
    str
        Heading, rule and one line per claim, without a final line break.
    """
    header = ("claim", "claimed", "model (10–90 % of futures)", "verdict", "odds", "hinges on")
    rows = [
        (
            _titled(claim),
            claimed_text(claim),
            band_text(claim),
            f"**{claim['verdict']}**",
            f"{100.0 * claim['share_of_futures']:.0f} %",
            hinge_text(claim),
        )
        for claim in document["claims"]
    ]
    return "\n".join(markdown_table(header, rows, "llllrl"))


def claims_page(document: Mapping[str, Any]) -> str:
    """Return the page of the documentation: rule, table, and the figures behind each answer."""
    claims = document["claims"]
    futures = claims[0]["futures"] if claims else 0
    parts = [
        "# Public claims, answered by the model",
        "Made by `heliofront claims`. No verdict is written by hand: each follows from the figure "
        "with every assumption in "
        f"force, from {futures} futures drawn from the ranges of all assumptions, "
        "and from what each assumption alone can do within its range; sizes of the satellite are "
        "optimised again in every one of these cases, hardware and orbit family in the "
        "searches of the nominal case.",
        "\n".join(f"- **{name}**: {text}" for name, text in RULE.items()),
        "*Odds* is the share of the futures in which the claim holds; the band in brackets is that "
        "of 10 to 90 % of them. *Hinges on* names the assumption that moves the answer most, the "
        "value at which the claim would just hold, and the range our tables give it. Of a claim "
        "that does not hold, its section names the fewest assumptions that together make it hold, "
        "each within its range, and a box of futures found around them by scenario discovery "
        "(PRIM) with two shares on futures it was not fitted to: of the box, that in which the "
        "claim holds, and of the futures in which it holds, that inside the box.",
        claims_table(document),
    ]
    parts += [_section(claim) for claim in claims]
    return "\n\n".join(parts) + "\n"


def _section(claim: Mapping[str, Any]) -> str:
    facts = [f"- {f['label']}: {amount(f['value'], f['unit'])}" for f in claim["facts"]]
    hinge = claim["hinge"]
    said = ", ".join(part for part in (claim["who"], claim["when"]) if part)
    source = f"source `{claim['source']}`" if claim["source"] else ""
    located = f"{source} ({claim['locator']})" if claim["locator"] else source
    origin = "; ".join(part for part in (said, located) if part)
    reading = f"Our reading: {claim['reading']}." if claim["reading"] else ""
    lines = [
        f"## {claim['statement']}",
        " ".join(part for part in (f"{origin}." if origin else "", reading) if part),
        claim["answer"],
        f"Hinge: {hinge_text(claim)}.",
    ]
    lines = [line for line in lines if line]
    if hinge and hinge["enough_alone"]:
        names = ", ".join(f"`{key}`" for key in hinge["enough_alone"])
        lines.append(f"Enough alone, within its range: {names}.")
    everything = hinge and hinge["required"] and hinge["value_all_helpful"] is not None
    if everything and claim["margin"] < 0.0:
        best = amount(hinge["value_all_helpful"], claim["unit"])
        lines.append(f"With every assumption at its most helpful end: {best}.")
    if claim["design"]:
        facts.append(_design(claim["design"]))
    if facts:
        lines.append("\n".join(facts))
    return "\n\n".join([*lines, f"To repeat it: `{claim['command']}`."])


def _titled(claim: Mapping[str, Any]) -> str:
    said = ", ".join(part for part in (claim["who"], claim["when"]) if part)
    return f"{claim['statement']} ({said})" if said else str(claim["statement"])


def _design(design: Mapping[str, Any]) -> str:
    picked = ("orbit", "altitude_km", "gpu_model", "array_type", "launcher", "transfer")
    parts = [
        value if isinstance(value, str) else f"{number(value, 3)} km"
        for name in picked
        if (value := design.get(name)) is not None
    ]
    return f"- design: {', '.join(parts)}"
