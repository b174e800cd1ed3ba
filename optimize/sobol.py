"""The Sobol sequence, scrambled: points that fill a box evenly.

SciPy has one, but importing ``scipy.stats`` takes longer than the points.

References
----------
Joe, Kuo, "Constructing Sobol sequences with better two-dimensional projections", SIAM J. Sci.
Comput. 30(5), 2008, doi:10.1137/070709359 (primitive polynomials and first direction numbers).
Matousek, "On the L2-discrepancy for anchored boxes", J. Complexity 14(4), 1998,
doi:10.1006/jcom.1998.0489 (scrambling by random lower triangular matrices and a shift).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from problems.units import FloatArray

_BITS = 32
#: Of the second dimension onwards: the polynomial, its coefficients as bits, then the first
#: direction numbers, one per degree (file new-joe-kuo-6 of Joe and Kuo).
_JOE_KUO = (
    (3, 1), (7, 1, 3), (11, 1, 3, 1), (13, 1, 1, 1), (19, 1, 1, 3, 3), (25, 1, 3, 5, 13), (37,
    1, 1, 5, 5, 17), (41, 1, 1, 5, 5, 5), (47, 1, 1, 7, 11, 19), (55, 1, 1, 5, 1, 1), (59, 1, 1,
    1, 3, 11), (61, 1, 3, 5, 5, 31), (67, 1, 3, 3, 9, 7, 49), (91, 1, 1, 1, 15, 21, 21), (97, 1,
    3, 1, 13, 27, 49), (103, 1, 1, 1, 15, 7, 5), (109, 1, 3, 1, 15, 13, 25), (115, 1, 1, 5, 5,
    19, 61), (131, 1, 3, 7, 11, 23, 15, 103), (137, 1, 3, 7, 13, 13, 15, 69), (143, 1, 1, 3, 13,
    7, 35, 63), (145, 1, 3, 5, 9, 1, 25, 53), (157, 1, 3, 1, 13, 9, 35, 107), (167, 1, 3, 1, 5,
    27, 61, 31), (171, 1, 1, 5, 11, 19, 41, 61), (185, 1, 3, 5, 3, 3, 13, 69), (191, 1, 1, 7,
    13, 1, 19, 1), (193, 1, 3, 7, 5, 13, 19, 59), (203, 1, 1, 3, 9, 25, 29, 41), (211, 1, 3, 5,
    13, 23, 1, 55), (213, 1, 3, 7, 3, 13, 59, 17), (229, 1, 3, 1, 3, 5, 53, 69), (239, 1, 1, 5,
    5, 23, 33, 13), (241, 1, 1, 7, 7, 1, 61, 123), (247, 1, 1, 7, 9, 13, 61, 49), (253, 1, 3, 3,
    5, 3, 55, 33), (285, 1, 3, 1, 15, 31, 13, 49, 245), (299, 1, 3, 5, 15, 31, 59, 63, 97),
    (301, 1, 3, 1, 11, 11, 11, 77, 249), (333, 1, 3, 1, 11, 27, 43, 71, 9), (351, 1, 1, 7, 15,
    21, 11, 81, 45), (355, 1, 3, 7, 3, 25, 31, 65, 79), (357, 1, 3, 1, 1, 19, 11, 3, 205), (361,
    1, 1, 5, 9, 19, 21, 29, 157), (369, 1, 3, 7, 11, 1, 33, 89, 185), (391, 1, 3, 3, 3, 15, 9,
    79, 71), (397, 1, 3, 7, 11, 15, 39, 119, 27),
)  # fmt: skip
MOST_DIMENSIONS = len(_JOE_KUO) + 1


def directions(dimensions: int) -> NDArray[np.uint32]:
    """Return the direction numbers, ``(32, dimensions)``, the one of the lowest bit first.

    Raises
    ------
    ValueError
        For more than :data:`MOST_DIMENSIONS`.

    Examples
    --------
    >>> [hex(v) for v in directions(2)[:3, 1].tolist()]
    ['0x80000000', '0xc0000000', '0xa0000000']
    """
    if dimensions > MOST_DIMENSIONS:
        raise ValueError(f"at most {MOST_DIMENSIONS} dimensions, got {dimensions}")
    table = np.empty((_BITS, dimensions), dtype=np.uint32)
    for column in range(dimensions):
        polynomial, *numbers = _JOE_KUO[column - 1] if column else (2, 1)
        degree = polynomial.bit_length() - 1
        for k in range(len(numbers), _BITS):
            number = numbers[k - degree]
            for lag in range(1, degree + 1):
                if polynomial >> (degree - lag) & 1:
                    number ^= numbers[k - lag] << lag
            numbers.append(number)
        table[:, column] = [m << (_BITS - 1 - k) for k, m in enumerate(numbers)]
    return table


class ScrambledSobol:
    """Scrambled Sobol points by blocks; every block is as even as the sequence itself.

    Parameters
    ----------
    dimensions
        Of the unit box, at most :data:`MOST_DIMENSIONS`.
    seed
        Of the scrambling.
    """

    def __init__(self, dimensions: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        places = np.arange(_BITS, dtype=np.uint32)[::-1]  # the highest bit first
        bits = directions(dimensions)[:, :, None] >> places & np.uint32(1)
        # Each digit of a coordinate gets a random sum of the digits before it.
        mixing = np.tril(rng.integers(2, size=(dimensions, _BITS, _BITS), dtype=np.uint32), -1)
        mixing |= np.eye(_BITS, dtype=np.uint32)
        mixed = np.einsum("dij,kdj->kdi", mixing, bits) & np.uint32(1)
        self._directions = np.asarray((mixed << places).sum(axis=2, dtype=np.uint32))
        self._shift = rng.integers(2**_BITS, size=dimensions, dtype=np.uint32)

    def block(self, start: int, count: int) -> FloatArray:
        """Return points ``start`` to ``start + count`` as ``(count, dimensions)`` from 0 to 1.

        Raises
        ------
        ValueError
            Unless ``count`` is a power of two and ``start`` a multiple of it.
        """
        if count < 1 or count & (count - 1) or start % count:
            raise ValueError(f"no block of {count} points begins at {start}")
        points = np.empty((count, len(self._shift)), dtype=np.uint32)
        points[0] = self._shift
        for bit in range(start.bit_length()):
            if start >> bit & 1:
                points[0] ^= self._directions[bit]
        for bit in range(count.bit_length() - 1):
            half = 1 << bit
            np.bitwise_xor(points[:half], self._directions[bit], out=points[half : 2 * half])
        return np.asarray((points + 0.5) / 2.0**_BITS, dtype=np.float64)
