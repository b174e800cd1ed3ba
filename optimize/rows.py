"""Rows of a matrix as identities: 64-bit hashes, duplicates, design names."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from problems.units import FloatArray, IntArray

HashArray = NDArray[np.uint64]

# Odd multipliers of the 64-bit finaliser of MurmurHash3 (Appleby, public domain).
_MIX_1 = np.uint64(0xFF51AFD7ED558CCD)
_MIX_2 = np.uint64(0xC4CEB9FE1A85EC53)
_SHIFT = np.uint64(33)


def row_hashes(x: FloatArray) -> HashArray:
    """Return a 64-bit hash per row; equal rows, and in practice only those, have equal hashes.

    Examples
    --------
    >>> h = row_hashes(np.array([[1.0, 2.0], [2.0, 1.0], [1.0, 2.0]]))
    >>> bool(h[0] == h[2]), bool(h[0] == h[1])
    (True, False)
    """
    bits = np.ascontiguousarray(x + 0.0).view(np.uint64)  # + 0.0 makes -0.0 and 0.0 the same
    total = np.zeros(len(x), dtype=np.uint64)
    for column in bits.T:
        total = (total ^ column) * _MIX_1
        total = (total ^ (total >> _SHIFT)) * _MIX_2
        total ^= total >> _SHIFT
    return total


def distinct_rows(x: FloatArray, known: HashArray | None = None) -> IntArray:
    """Return the positions of the first of every distinct row, leaving out ``known`` ones."""
    hashes = row_hashes(x)
    _, first = np.unique(hashes, return_index=True)
    first.sort()
    if known is not None:
        first = first[~np.isin(hashes[first], known)]
    return first


def design_ids(x: FloatArray, version: str) -> list[str]:
    """Return the first 10 hex digits of the hash of each row's values and the model version.

    Examples
    --------
    >>> design_ids(np.array([[1.0, 2.0]]), "1")
    ['3fe8ef98cd']
    """
    return [
        hashlib.sha256((",".join(map(repr, row)) + ";" + version).encode()).hexdigest()[:10]
        for row in (x + 0.0).tolist()
    ]
