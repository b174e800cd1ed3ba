"""The box in which hypervolume is measured, as the manifest keeps it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

from problems.spec import Objective

Boxes = dict[str, dict[str, Any]]

_COUNT = "designs"  # only in boxes that a problem left undeclared


def reference_point(
    objectives: Sequence[Objective], designs: Mapping[str, int] | None = None
) -> Boxes:
    """Return the box by output; objectives without one are left out.

    Parameters
    ----------
    objectives
        Of the search.
    designs
        By output, the number of feasible designs that an undeclared box was taken from.
    """
    boxes: Boxes = {
        o.output: {"sense": o.sense, "ideal": o.ideal, "reference": o.reference, "log": o.log}
        for o in objectives
        if o.has_box
    }
    for name, count in (designs or {}).items():
        boxes[name][_COUNT] = count
    return boxes


def with_reference(
    objectives: Sequence[Objective], manifest: Mapping[str, Any]
) -> tuple[Objective, ...]:
    """Return objectives in the box that a manifest holds, as they are where it holds none."""
    stored: Boxes = manifest.get("reference_point") or {}
    boxes = {
        name: {key: value for key, value in box.items() if key != _COUNT}
        for name, box in stored.items()
    }
    return tuple(
        Objective(o.output, **boxes[o.output]) if o.output in boxes else o for o in objectives
    )


def as_begun(objectives: Sequence[Objective], manifest: Mapping[str, Any]) -> tuple[Objective, ...]:
    """Return objectives as at the beginning of a run, when what was undeclared had no box yet."""
    stored: Boxes = manifest.get("reference_point") or {}
    return tuple(
        dataclasses.replace(o, ideal=math.nan, reference=math.nan, log=False)
        if _COUNT in stored.get(o.output, {})
        else o
        for o in objectives
    )


def shared_box(runs: Sequence[Sequence[Objective]]) -> tuple[Objective, ...]:
    """Return the objectives of the first run, in its box or else that of a later run."""
    aims = [(o.output, o.sense) for o in runs[0]]
    for objectives in runs:
        same = [(o.output, o.sense) for o in objectives] == aims
        if same and all(objective.has_box for objective in objectives):
            return tuple(objectives)
    return tuple(runs[0])
