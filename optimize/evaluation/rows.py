"""Rows of a matrix as identities: 64-bit hashes, duplicates, design names."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from problems.space import Problem
from problems.units import BoolArray, FloatArray, IntArray

HashArray = NDArray[np.uint64]
#: Returns rows with every variable that has no influence at its canonical value.
Canonical = Callable[[FloatArray], FloatArray]

# Odd multipliers of the 64-bit finaliser of MurmurHash3 (Appleby, public domain).
_MIX_1 = np.uint64(0xFF51AFD7ED558CCD)
_MIX_2 = np.uint64(0xC4CEB9FE1A85EC53)
_SHIFT, _SHORT_SHIFT = np.uint64(33), np.uint64(20)
_ONE = np.uint64(1)
_FEWEST_SLOTS = 1024
_FEW = 300  # hashes below which sorting positions is the faster way
_MANY = 1 << 16  # hashes beyond which all 64 bits are needed to tell them apart


@cache
def _multipliers(n: int) -> HashArray:
    """Return ``n`` odd 64-bit numbers without pattern, the same on every call."""
    drawn = np.random.Generator(np.random.PCG64(n)).integers(0, 2**64, n, dtype=np.uint64)
    return np.asarray(drawn | _ONE)


def rows_of(x: FloatArray, positions: IntArray) -> FloatArray:
    """Return some rows of a matrix stored column by column, stored so again.

    Examples
    --------
    >>> rows_of(np.array([[1.0, 2.0], [3.0, 4.0]], order="F"), np.array([1])).tolist()
    [[3.0, 4.0]]
    """
    return np.asarray(x.T.take(positions, axis=1).T)


def row_hashes(x: FloatArray) -> HashArray:
    """Return a 64-bit hash per row; equal rows, and in practice only those, have equal hashes.

    Notes
    -----
    The bits of every number are spread over its word, multiplied by a number of their column and
    summed; a finaliser mixes the sum.

    Examples
    --------
    >>> h = row_hashes(np.array([[1.0, 2.0], [2.0, 1.0], [1.0, 2.0]]))
    >>> bool(h[0] == h[2]), bool(h[0] == h[1])
    (True, False)
    """
    # + 0.0 makes -0.0 and 0.0 the same; the transpose of a matrix stored by columns is contiguous.
    bits = np.ascontiguousarray(x.T + 0.0).view(np.uint64)
    # Round numbers end in zeros and products keep them, so the upper bits are folded down first.
    word = bits >> _SHIFT
    word ^= bits
    bits >>= _SHORT_SHIFT
    word ^= bits
    word *= _MIX_1
    np.right_shift(word, _SHIFT, out=bits)
    word ^= bits
    total = np.einsum("i,ij->j", _multipliers(len(word)), word)
    total ^= total >> _SHIFT
    total *= _MIX_2
    total ^= total >> _SHIFT
    return np.asarray(total, dtype=np.uint64)


def first_of_each(hashes: HashArray, known: HashArray | None = None) -> IntArray:
    """Return the positions of the first of every distinct hash, leaving out ``known`` ones.

    Examples
    --------
    >>> h = np.array([6, 4, 6, 8], dtype=np.uint64)
    >>> first_of_each(h).tolist(), first_of_each(h, h[1:2]).tolist()
    ([0, 1, 3], [0, 3])
    """
    old = 0 if known is None else len(known)
    merged = hashes if known is None else np.concatenate((known, hashes))
    n = len(merged)
    if n < _FEW or n > _MANY:
        order = merged.argsort(kind="stable")  # known ones stand before new ones of equal hash
        ordered = merged.take(order)
    else:
        # The lowest bits make room for the position: sorting values is faster than positions.
        places = np.uint64((1 << n.bit_length()) - 1)
        packed = np.sort(merged & ~places | np.arange(n, dtype=np.uint64))
        order = (packed & places).astype(np.intp)
        ordered = packed & ~places
    first = np.ones(n, dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    keep = np.zeros(n, dtype=np.bool_)
    keep[order[first]] = True
    return keep[old:].nonzero()[0]


def distinct_rows(x: FloatArray, known: HashArray | None = None) -> IntArray:
    """Return the positions of the first of every distinct row, leaving out ``known`` ones."""
    return first_of_each(row_hashes(x), known)


class HashSet:
    """Hashes already met: an open-addressing table that takes and answers whole arrays.

    Its cost per array does not grow with what it holds.

    Examples
    --------
    >>> met = HashSet()
    >>> met.add(np.array([7, 9, 7], dtype=np.uint64)).tolist()
    [True, True, False]
    >>> met.add(np.array([9, 8], dtype=np.uint64)).tolist(), len(met)
    ([False, True], 3)
    """

    def __init__(self) -> None:
        self._slots: HashArray = np.zeros(_FEWEST_SLOTS, dtype=np.uint64)
        self._claims = np.zeros(_FEWEST_SLOTS, dtype=np.int32)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, hashes: HashArray) -> BoolArray:
        """Take hashes; return which were new, the first of equal ones."""
        self._make_room(len(hashes))
        wanted = np.maximum(hashes, _ONE)  # zero marks a free slot
        last = len(self._slots) - 1
        slot = (wanted & np.uint64(last)).astype(np.intp)
        row = np.arange(len(wanted))
        new = np.zeros(len(wanted), dtype=np.bool_)
        while len(row):
            # Of several claims to one free slot the one written last stands: here the first.
            claim = np.flatnonzero(self._slots[slot] == 0)[::-1]
            place = slot[claim]
            self._claims[place] = claim
            won = claim[self._claims[place] == claim]
            self._slots[slot[won]] = wanted[won]
            new[row[won]] = True
            displaced = self._slots[slot] != wanted
            row, wanted = row[displaced], wanted[displaced]
            slot = (slot[displaced] + 1) & last
        self._count += int(new.sum())
        return new

    def _make_room(self, more: int) -> None:
        """Keep the table at most half full."""
        size = len(self._slots)
        if 2 * (self._count + more) <= size:
            return
        while 2 * (self._count + more) > size:
            size *= 2
        held = self._slots[self._slots != 0]
        self._slots = np.zeros(size, dtype=np.uint64)
        self._claims = np.zeros(size, dtype=np.int32)
        self._count = 0
        self.add(held)


def design_ids(x: FloatArray, problem: Problem) -> list[str]:
    """Return the identity of each design: what it is, whatever the order of rows and variables.

    Parameters
    ----------
    x
        ``(n, n_var)`` canonical designs.
    problem
        Tells names, choices, which variables are active, and the model version.

    Returns
    -------
    list of str
        The first 10 hex digits of the SHA-256 of the JSON text ``[version, {name: value, ...}]``:
        active variables sorted by name, floats by their shortest exact text, whole numbers as
        such, choices by their text. Held variables count like any other, so a variable that the
        problem gains renames its designs, as a new model version does, unless it says at which
        value it takes no part.

    Examples
    --------
    >>> from problems import load_problem
    >>> problem = load_problem()
    >>> ids = design_ids(problem.space.matrix({"gpu_count": [100, 101]}), problem)
    >>> [len(name) for name in ids], ids[0] == ids[1]
    ([10, 10], False)
    """
    active = problem.active(x)
    columns = {}
    for variable in sorted(problem.space.variables, key=lambda v: v.name):
        at = problem.space.index[variable.name]
        values = (x[:, at] + 0.0).tolist()  # no negative zero
        columns[variable.name] = [
            variable.decode(value) if matters else None
            for value, matters in zip(values, active[:, at].tolist(), strict=True)
        ]
        if variable.unnamed_at is not None:
            columns[variable.name] = [
                None if value == variable.unnamed_at else value for value in columns[variable.name]
            ]
    names = []
    for row in zip(*columns.values(), strict=True):
        chosen = {name: v for name, v in zip(columns, row, strict=True) if v is not None}
        text = json.dumps([problem.version, chosen], ensure_ascii=True)
        names.append(hashlib.sha256(text.encode()).hexdigest()[:10])
    return names
