"""A design in the textual notation of SysML v2: parts, attributes, requirements with margins.

Values keep the names and units of the model: a ``Quantity`` is a number with the text of its unit,
because money, dose and compute have no unit in the standard library. Only ``ScalarValues`` of that
library is used, so the file stands alone.

References
----------
OMG, Systems Modeling Language (SysML) version 2.0, part 1, clause 8.2.2 (textual notation).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Document = Mapping[str, Any]

#: Part, and the beginnings of the outputs or variables that describe it; the first match wins.
PARTS: dict[str, tuple[str, ...]] = {
    "orbit": (
        "orbit",
        "altitude_",
        "inclination_",
        "period_",
        "sunlit_",
        "longest_",
        "eclipse_d",
        "eclipses_",
        "solar_yield",
        "drag_",
        "disposal_",
        "station_keeping",
        "natural_decay",
        "debris_",
    ),
    "solarArray": ("array_", "mass_array", "cost_array", "cell_"),
    "battery": ("battery_", "mass_battery", "cost_battery"),
    "radiator": (
        "radiator_",
        "mass_radiator",
        "cost_radiator",
        "heat_",
        "earth_infrared",
        "albedo",
        "pump_",
    ),
    "compute": (
        "gpu_",
        "it_power",
        "installed_",
        "memory_",
        "compute_",
        "bay_",
        "junction_",
        "mass_gpus",
        "mass_host",
        "cost_gpus",
        "cost_hosts",
        "checkpoint_",
        "protection",
    ),
    "shield": ("shield_", "mass_shield", "cost_shield"),
    "communications": ("comms_", "cost_comms", "one_way_"),
    "launch": (
        "launch_",
        "launcher",
        "transfer",
        "driver_",
        "payload_",
        "stowed_",
        "import",
        "earth_launched",
        "mass_transfer",
        "mass_aeroshell",
        "cost_launch",
    ),
}
MARK = "Read by an independent parser of the language, by no modelling tool so far."


def write_sysml(document: Document, folder: Path, stem: str) -> list[Path]:
    """Write the model."""
    path = folder / f"{stem}.sysml"
    path.write_text("\n".join(_lines(document)) + "\n", encoding="utf-8")
    return [path]


def _lines(document: Document) -> Iterator[str]:
    version = document["problem"]["model_version"]
    yield f"package 'heliofront design {document['design_id']}' {{"
    yield f"    doc /* Design of the problem {document['problem']['name']}, model version"
    yield f"         * {version}. {MARK} */"
    yield "    private import ScalarValues::*;"
    yield ""
    yield "    attribute def Quantity {"
    yield "        attribute amount : Real;"
    yield "        attribute unit : String;"
    yield "    }"
    yield ""
    grouped = _grouped(document)
    yield "    part satellite {"
    for name, kind, entry in grouped.pop(""):
        yield from _attribute(name, kind, entry, "        ")
    for part, entries in grouped.items():
        yield ""
        yield f"        part {part} {{"
        for name, kind, entry in entries:
            yield from _attribute(name, kind, entry, "            ")
        yield "        }"
    yield "    }"
    for name, entry in document["constraints"].items():
        yield ""
        yield from _requirement(name, entry)
    yield "}"


def part_of(name: str) -> str:
    """Return the part that a variable or output describes; empty for the satellite itself.

    Examples
    --------
    >>> part_of("battery_energy_wh"), part_of("dry_mass_kg")
    ('battery', '')
    """
    for part, beginnings in PARTS.items():
        if name.startswith(beginnings):
            return part
    return ""


def _grouped(document: Document) -> dict[str, list[tuple[str, str, Any]]]:
    """Return name, kind and entry of every variable and output by part, outputs once."""
    parts: dict[str, list[tuple[str, str, Any]]] = {"": [], **{part: [] for part in PARTS}}
    variables, outputs = document["variables"], document["outputs"]
    for name, entry in variables.items():
        if name not in outputs:
            parts[part_of(name)].append((name, entry["kind"], entry))
    for name, entry in outputs.items():
        parts[part_of(name)].append((name, "real", entry))
    return parts


def _attribute(name: str, kind: str, entry: Mapping[str, Any], pad: str) -> Iterator[str]:
    value, text = entry["value"], _comment(entry["description"])
    if value is None:
        yield f"{pad}// {name}: no value in this design"
    elif kind == "choice":
        yield f'{pad}attribute {name} : String = "{_quoted(str(value))}" {{'
        yield f"{pad}    doc /* {text} */"
        yield f"{pad}}}"
    else:
        yield f"{pad}attribute {name} : Quantity {{"
        yield f"{pad}    doc /* {text} */"
        yield f"{pad}    :>> amount = {_real(value)};"
        yield f'{pad}    :>> unit = "{_quoted(entry["unit"])}";'
        yield f"{pad}}}"


def _requirement(name: str, entry: Mapping[str, Any]) -> Iterator[str]:
    part = part_of(entry["output"])
    path = ".".join(filter(None, ("satellite", part, entry["output"], "amount")))
    limits = [
        f"{path} {sign} {_real(entry[side])}"
        for side, sign in (("lower", ">="), ("upper", "<="))
        if entry[side] is not None
    ]
    yield f"    requirement <'{_quoted(name)}'> 'limit {_quoted(name)}' {{"
    yield f"        doc /* {_comment(entry['description'])} */"
    if entry["margin"] is not None:
        yield "        attribute margin : Quantity {"
        yield "            doc /* unused share of the limit, negative when violated */"
        yield f"            :>> amount = {_real(entry['margin'])};"
        yield '            :>> unit = "1";'
        yield "        }"
    yield f"        attribute satisfied : Boolean = {str(entry['feasible']).lower()};"
    for limit in limits if entry["value"] is not None else []:
        yield f"        require constraint {{ {limit} }}"
    yield "    }"


def _real(value: float) -> str:
    """Return a literal of the notation; every digit of the number is kept.

    Examples
    --------
    >>> _real(84), _real(-0.5), _real(1e-7)
    ('84.0', '-0.5', '1.0E-7')
    """
    text = repr(float(value))
    if "e" not in text:
        return text
    digits, _, exponent = text.partition("e")
    return f"{digits if '.' in digits else digits + '.0'}E{int(exponent)}"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("'", "\\'")


def _comment(text: str) -> str:
    return text.replace("*/", "* /")
