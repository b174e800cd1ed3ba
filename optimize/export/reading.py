"""Reading a master document: its file, and single numbers with their unit checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from optimize.export.layout import Document
from problems.spec import SpecError, nearest

LARGEST_BYTES = 50_000_000


def load_document(path: str | Path) -> dict[str, Any]:
    """Read a master document and check it against its layout.

    Raises
    ------
    SpecError
        When the file cannot be read, is not JSON, or is not a design document; the message names
        the entry at fault.
    """
    file = Path(path)
    try:
        if file.stat().st_size > LARGEST_BYTES:
            raise SpecError(str(file), "is too large for a design document")
        data = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SpecError(str(file), f"cannot be read: {error.strerror}") from None
    except json.JSONDecodeError as error:
        place = f"{file}:{error.lineno}:{error.colno}"
        raise SpecError(place, f"is not JSON: {error.msg}") from None
    except (ValueError, RecursionError):
        raise SpecError(str(file), "is not JSON text") from None
    try:
        return Document.model_validate(data).model_dump(mode="json")
    except ValidationError as error:
        raise _fault(file, error) from None


def _fault(file: Path, error: ValidationError) -> SpecError:
    """Return the first fault of a document in words, with how many there are.

    A misspelt key is one fault, not one unknown key and one that is missing.
    """
    faults = error.errors()
    places = [fault["loc"] for fault in faults]
    missing = [loc for loc, fault in zip(places, faults, strict=True) if fault["type"] == "missing"]
    for fault in faults:
        if fault["type"] == "extra_forbidden":
            siblings = {str(loc[-1]): loc for loc in missing if loc[:-1] == fault["loc"][:-1]}
            meant = nearest(str(fault["loc"][-1]), siblings)
            if meant is not None:
                faults = [f for f in faults if f["loc"] != siblings[meant]]
                return _refusal(file, fault, len(faults), meant)
    return _refusal(file, faults[0], len(faults), None)


def _refusal(file: Path, first: ErrorDetails, count: int, hint: str | None) -> SpecError:
    """Return one fault of ``count`` in words."""
    place = ".".join(str(part) for part in first["loc"])
    more = f" (and {count - 1} more)" if count > 1 else ""
    key = f"{file}: {place}" if place else str(file)
    return SpecError(key, f"{first['msg'].lower()}{more}", hint)


def number(document: Mapping[str, Any], part: str, name: str, unit: str) -> float:
    """Return one number of a document in the unit the caller works in.

    Parameters
    ----------
    document
        Master document.
    part
        ``outputs``, ``variables``, ``objectives``, ``constraints`` or ``assumptions``.
    name
        Its name.
    unit
        Unit that the caller expects.

    Raises
    ------
    SpecError
        When the design has no such number, or it is in another unit: nothing is converted.

    Examples
    --------
    >>> design = {"outputs": {"period_min": {"value": 95.0, "unit": "min"}}}
    >>> number(design, "outputs", "period_min", "min")
    95.0
    >>> number(design, "outputs", "period_min", "s")
    Traceback (most recent call last):
    ...
    problems.spec.vocabulary.SpecError: outputs.period_min: is in 'min' where 's' is expected
    """
    value = maybe_number(document, part, name, unit)
    if value is None:
        raise SpecError(f"{part}.{name}", "has no value in this design, which the format needs")
    return value


def maybe_number(document: Mapping[str, Any], part: str, name: str, unit: str) -> float | None:
    """Return one number of a document; None where the design has no value for it.

    Raises
    ------
    SpecError
        As :func:`number`, but for a value that is blank.
    """
    entries = document[part]
    if name not in entries:
        raise SpecError(
            f"{part}.{name}", "is not in the document; the format needs it", nearest(name, entries)
        )
    if entries[name]["unit"] != unit:
        actual = entries[name]["unit"]
        raise SpecError(f"{part}.{name}", f"is in '{actual}' where '{unit}' is expected")
    value = entries[name]["value"]
    return None if value is None else float(value)
