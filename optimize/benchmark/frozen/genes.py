"""Designs of the frozen benchmark as real genes, for searches that know real numbers alone."""

from __future__ import annotations

import numpy as np

from problems.compute_satellite.variants.frozen import FrozenSatellite
from problems.units import FloatArray


class RealGenes:
    """Real genes: logarithms where declared, choices by rounded position.

    Parameters
    ----------
    bench
        The frozen problem.
    """

    def __init__(self, bench: FrozenSatellite) -> None:
        self.bench = bench
        self.low, self.high = bench.space.search_bounds()

    def designs(self, genes: FloatArray) -> FloatArray:
        """Return the canonical design rows of genes."""
        return self.bench.canonical(self.bench.space.decoded(np.atleast_2d(genes)))

    def genes(self, designs: FloatArray) -> FloatArray:
        """Return the genes of design rows."""
        return self.bench.space.to_search(designs)
