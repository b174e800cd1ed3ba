"""The designs on which a model failed: which, when and why, for ``failures.parquet``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from optimize.evaluation.rows import design_ids
from optimize.evaluation.tables import Layout, variable_columns, write_parquet
from problems.units import BoolArray, FloatArray

FILE_NAME = "failures.parquet"
#: Designs kept with all their numbers; further ones are counted.
MOST_ROWS = 1000
_MOST_REASONS = 50  # told apart
_OTHER = "other reasons"
_SHOWN = 3
# A number in a message is of one design; the line of the source in brackets is of all.
_NUMBER = re.compile(r"(?<![\w.:])[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?(?!\w)")


class Failures:
    """Every failure of a search counted by its reason, the first ones with their design."""

    def __init__(self, n_var: int) -> None:
        self.x = np.empty((0, n_var))
        self.generation: list[int] = []
        self.reason: list[str] = []
        self.counts: dict[str, int] = {}  # by reason without numbers
        self._shown: dict[str, str] = {}  # the reason itself, as long as it is always the same

    @property
    def by_reason(self) -> dict[str, int]:
        """Number of failures by reason, the most frequent first."""
        named = {self._shown.get(kind, kind): number for kind, number in self.counts.items()}
        return dict(sorted(named.items(), key=lambda item: (-item[1], item[0])))

    @property
    def findings(self) -> dict[str, Any]:
        """What a manifest says: how many failed, and how many by each reason."""
        return {
            "failed_evaluations": sum(self.counts.values()),
            "failures": self.by_reason,
        }

    def add(
        self,
        generation: int,
        x: FloatArray,
        bad: BoolArray,
        outputs: Mapping[str, FloatArray],
        reasons: Mapping[int, str],
    ) -> None:
        """Take the failed designs of a generation.

        Parameters
        ----------
        generation
            Number of the generation.
        x, bad
            ``(n, n_var)`` designs and which of them failed.
        outputs
            Their columns.
        reasons
            By row, where the model itself told.
        """
        rows = np.flatnonzero(bad).tolist()
        texts = [reasons.get(row) or not_finite(outputs, row) for row in rows]
        for text in texts:
            kind = _kind(text)
            if kind not in self.counts and len(self.counts) >= _MOST_REASONS:
                kind = _OTHER
            self.counts[kind] = self.counts.get(kind, 0) + 1
            if self._shown.setdefault(kind, text) != text:
                self._shown[kind] = kind
        room = MOST_ROWS - len(self.reason)
        self.x = np.concatenate((self.x, x[rows[:room]]))
        self.generation += [generation] * len(rows[:room])
        self.reason += texts[:room]

    def text(self) -> str:
        """Return the most frequent reasons, for a message.

        Examples
        --------
        >>> failures = Failures(1)
        >>> failures.counts = {"mass_kg is nan": 7, "ValueError: no root (tank.py:12)": 30}
        >>> failures.text()
        'ValueError: no root (tank.py:12) (30 designs), mass_kg is nan (7 designs)'
        """
        return reasons_text(self.by_reason)

    def write(self, folder: Path, layout: Layout) -> None:
        """Write the table of failed designs; without any there is none."""
        if not self.reason:
            return
        problem, x = layout.problem, self.x
        columns: dict[str, tuple[pa.Array, dict[str, str]]] = {
            "design_id": (
                pa.array(design_ids(x, problem), pa.string()),
                _about("identity", "first 10 hex digits of the hash of variables and version"),
            ),
            "generation": (
                pa.array(self.generation, pa.int64()),
                _about("generation", "generation in which the design was tried"),
            ),
        }
        for name, array in variable_columns(x, problem.active(x), layout.space).items():
            columns[name] = array, layout.metadata("variable", name)
        columns["reason"] = (
            pa.array(self.reason, pa.string()),
            _about("reason", "why the design has no result"),
        )
        fields = [pa.field(name, a.type, metadata=about) for name, (a, about) in columns.items()]
        arrays = [array for array, _ in columns.values()]
        write_parquet(folder / FILE_NAME, pa.Table.from_arrays(arrays, schema=pa.schema(fields)))

    def state(self) -> dict[str, Any]:
        """Return everything kept, as arrays and plain values."""
        return {
            "x": self.x,
            "generation": np.array(self.generation, dtype=np.int64),
            "reason": list(self.reason),
            "counts": [[kind, self._shown[kind], n] for kind, n in self.counts.items()],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from what :meth:`state` returned."""
        self.x = state["x"]
        self.generation = state["generation"].tolist()
        self.reason = list(state["reason"])
        self.counts = {kind: int(number) for kind, _, number in state["counts"]}
        self._shown = {kind: shown for kind, shown, _ in state["counts"]}


def reasons_text(by_reason: Mapping[str, int]) -> str:
    """Return the first reasons with their number of designs.

    Examples
    --------
    >>> reasons_text({"a is nan": 2, "b is inf": 1, "c is inf": 1, "d is inf": 1})
    'a is nan (2 designs), b is inf (1 design), c is inf (1 design) and 1 more reason'
    """
    shown = [
        f"{text} ({number:,} design{'s' if number != 1 else ''})"
        for text, number in list(by_reason.items())[:_SHOWN]
    ]
    more = len(by_reason) - len(shown)
    rest = f" and {more} more reason{'s' if more > 1 else ''}" if more else ""
    return ", ".join(shown) + rest


def failed_lines(manifest: Mapping[str, Any]) -> list[str]:
    """Return what the summary of a run says about failed evaluations, if there were any.

    Examples
    --------
    >>> failed_lines({"failed_evaluations": 2, "failures": {"mass_kg is nan": 2}})[0][:50]
    '- 2 evaluations failed and count as infeasible: ma'
    """
    failed = int(manifest.get("failed_evaluations") or 0)
    if not failed:
        return []
    opening = f"{failed:,} evaluation{'s' if failed > 1 else ''} failed and count as infeasible"
    reasons = manifest.get("failures")
    if not reasons:  # of a run of version 1.0
        return [f"- {opening}: no finite number."]
    first = "" if failed <= MOST_ROWS else f" the first {MOST_ROWS:,} of"
    return [f"- {opening}: {reasons_text(reasons)}; `{FILE_NAME}` lists{first} them."]


def not_finite(outputs: Mapping[str, FloatArray], row: int) -> str:
    """Return which outputs of a design are not finite.

    Examples
    --------
    >>> not_finite({"a": np.array([np.nan]), "b": np.array([-np.inf]), "c": np.array([1.0])}, 0)
    'a is nan, b is -inf'
    """
    faults = [f"{name} is {v[row]}" for name, v in outputs.items() if not np.isfinite(v[row])]
    return ", ".join(faults) or "an output is too large to be measured against its limit"


def _kind(reason: str) -> str:
    """Return a reason without the numbers of its design.

    Examples
    --------
    >>> _kind("ValueError: no root at 1.25e-3 m (tank.py:12)")
    'ValueError: no root at ... m (tank.py:12)'
    """
    return _NUMBER.sub("...", reason) if ": " in reason else reason


def _about(role: str, text: str) -> dict[str, str]:
    return {"role": role, "unit": "1", "symbol": "", "description": text}
