"""Which of many stored designs came first, in memory that does not grow with their number."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from optimize.evaluation.rows import HashArray, HashSet, row_hashes
from optimize.run.checkpoint import Block
from problems.units import BoolArray, FloatArray

_PIECE = 10_000  # stored designs handled at once
_BUCKET = 1 << 19  # hashes looked at together; their table takes about 20 MB


def first_of_all(blocks: Iterable[FloatArray], folder: Path) -> list[BoolArray]:
    """Return, for every block of rows, which of them no earlier row equals.

    The hashes of all rows are kept in a nameless file; they are sorted out by their upper bits, one
    part after another.

    Parameters
    ----------
    blocks
        Matrices of design rows, all with the same number of columns.
    folder
        Where the nameless file gets its room: 8 bytes a row.

    Examples
    --------
    >>> blocks = [np.array([[1.0], [2.0]]), np.array([[2.0], [3.0]])]
    >>> [keep.tolist() for keep in first_of_all(blocks, Path("."))]
    [[True, True], [False, True]]
    """
    with tempfile.TemporaryFile(dir=folder) as store:
        keeps: list[BoolArray] = []
        for rows in blocks:
            store.write(row_hashes(rows).data)
            keeps.append(np.zeros(len(rows), dtype=np.bool_))
        bits = (sum(map(len, keeps)) // _BUCKET).bit_length()
        for bucket in range(1 << bits):
            store.seek(0)
            met = HashSet()
            for keep in keeps:
                hashes: HashArray = np.frombuffer(store.read(8 * len(keep)), dtype=np.uint64)
                chosen = _in_bucket(hashes, bucket, bits)
                keep[chosen] = met.add(hashes[chosen])
    return keeps


def _in_bucket(hashes: HashArray, bucket: int, bits: int) -> slice | BoolArray:
    if bits == 0:
        return slice(None)
    return np.asarray(hashes >> np.uint64(64 - bits) == np.uint64(bucket))


def pieces(block: Block, keep: BoolArray) -> Iterator[Block]:
    """Yield the rows to keep, few at a time: a copy of all of them would double the memory."""
    x, outputs = block
    for start in range(0, len(keep), _PIECE):
        rows = start + np.flatnonzero(keep[start : start + _PIECE])
        yield x[rows], {name: column[rows] for name, column in outputs.items()}
