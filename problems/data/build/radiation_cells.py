"""1-MeV-equivalent electron fluence of solar cells under a coverglass.

Energy dependence by non-ionising energy loss (the NRL method), proton-electron ratio by the
JPL convention, so that the result goes into the usual curve 1 - C log10(1 + Phi/Phi_x).

Notes
-----
Omnidirectional damage at areal depth t below the glass, infinite back shield::

    Phi = 1/2 int_0^1 dmu int dE f(E) D(E') / D_ref,   R(E') = R(E) - t/mu

averaged over the active depth of the cell. D is the NIEL for protons; NIEL^n / NIEL(1 MeV)^n for
electrons. Both slow down in a straight line (CSDA), as in EQFLUX. Proton part times K.

References
----------
.. [1] Messenger, S. R. et al., "Modeling solar cell degradation in space: a comparison of the NRL
   displacement damage dose and the JPL equivalent fluence approaches", Prog. Photovolt. 9
   (2001) 103: n = 1.7 for electrons in GaAs.
.. [2] Anspaugh, B. E., "GaAs Solar Cell Radiation Handbook", JPL 96-9 (1996): one 10-MeV proton
   counts for 1000 1-MeV electrons (maximum power).
.. [3] Tada, H. Y. et al., "Solar Cell Radiation Handbook", 3rd ed., JPL 82-69 (1982): 3000 for
   silicon.
.. [4] Summers, G. P. et al., IEEE Trans. Nucl. Sci. 40 (1993) 1372: damage quadratic in the
   electron NIEL for p-type silicon.
.. [5] SCREAM NIEL for GaAs as tabulated by The Aerospace Corporation; SR-NIEL (INFN) for silicon.
"""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from problems.data.build.radiation_irbem import Array, aluminium_ranges

UM_PER_MIL = 25.4
GLASS_G_CM3 = 2.605  # cerium-doped borosilicate CMG coverglass, manufacturer's data sheet
# Mass stopping of SiO2 over aluminium by the Bethe formula at 10 MeV: (0.4993/0.4818) times the
# ratio of logarithms at I = 139.2 and 166 eV (ICRU Report 49); 1.06-1.08 over 3-100 MeV.
GLASS_TO_ALUMINIUM = 1.073
N_ANGLE, N_DEPTH = 24, 8
PROTON_GRID_MEV = np.geomspace(0.1, 400.0, 300)
ELECTRON_GRID_MEV = np.geomspace(0.05, 7.0, 200)


@dataclass(frozen=True)
class CellKind:
    """Damage function of one family of cells."""

    material: str
    proton_ratio: float  # 1-MeV electrons per 10-MeV proton
    electron_power: float  # damage goes with NIEL to this power
    active_um: float  # depth over which damage is averaged
    density_g_cm3: float


KINDS = {
    # Active depth: emitter and base of the limiting GaAs junction.
    "gaas": CellKind("gaas", 1000.0, 1.7, 4.0, 5.32),
    # Active depth: order of the minority-carrier diffusion length that collects red light.
    "si": CellKind("si", 3000.0, 2.0, 100.0, 2.33),
}


@functools.cache
def niel(material: str, particle: str) -> tuple[Array, Array]:
    """Tabulated energy (MeV) and NIEL (MeV cm2/g)."""
    with (Path(__file__).parent / "niel.csv").open(encoding="utf-8") as stream:
        rows = [
            row
            for row in csv.DictReader(stream)
            if row["material"] == material and row["particle"] == particle
        ]
    return (
        np.array([float(row["energy_mev"]) for row in rows]),
        np.array([float(row["niel_mev_cm2_g"]) for row in rows]),
    )


def damage_function(kind: CellKind, particle: str, energy_mev: Array) -> Array:
    """Damage per particle of a slowed-down energy, in 1-MeV electrons (normal incidence)."""
    energy, value = niel(kind.material, particle)
    curve = np.exp(np.interp(np.log(energy_mev), np.log(energy), np.log(value)))
    curve = np.where(energy_mev < energy[0], 0.0, curve)
    if particle == "proton":
        reference = np.exp(np.interp(np.log(10.0), np.log(energy), np.log(value)))
        return np.asarray(kind.proton_ratio * curve / reference)
    reference = np.exp(np.interp(0.0, np.log(energy), np.log(value)))
    return np.asarray((curve / reference) ** kind.electron_power)


def equivalence(kind_name: str, particle: str, glass_mil: float) -> Array:
    """Weights that turn an omnidirectional spectrum into 1-MeV electrons.

    Phi = weights @ f, with f the differential flux on ``PROTON_GRID_MEV`` or
    ``ELECTRON_GRID_MEV``. Integration runs over the energy left at the cell, where the damage
    function is steepest, with dE = dE' S(E)/S(E').
    """
    kind = KINDS[kind_name]
    grid = PROTON_GRID_MEV if particle == "proton" else ELECTRON_GRID_MEV
    table = aluminium_ranges()[particle]
    ln_e, ln_r = np.log(table[0]), np.log(table[1])
    left = np.geomspace(2e-3, grid[-1], 1600)
    ln_left = np.log(left)
    range_left = np.exp(np.interp(ln_left, ln_e, ln_r))
    slope = np.gradient(ln_r, ln_e)  # d ln R / d ln E = E / (R S)
    inverse_stopping_left = np.interp(ln_left, ln_e, slope) * range_left / left
    damage = (
        damage_function(kind, particle, left) * inverse_stopping_left * left * np.gradient(ln_left)
    )
    glass = glass_mil * UM_PER_MIL * 1e-4 * GLASS_G_CM3 * GLASS_TO_ALUMINIUM
    node, weight = np.polynomial.legendre.leggauss(N_ANGLE)
    weights = np.zeros(grid.size)
    for depth in (np.arange(N_DEPTH) + 0.5) / N_DEPTH:
        areal = glass + depth * kind.active_um * 1e-4 * kind.density_g_cm3
        for mu, share in zip(0.5 * (node + 1.0), 0.5 * weight, strict=True):
            outside_range = range_left + areal / mu
            ln_outside = np.interp(np.log(outside_range), ln_r, ln_e)
            outside = np.exp(ln_outside)
            stopping = outside / (np.interp(ln_outside, ln_e, slope) * outside_range)
            part = 0.5 * share / N_DEPTH * damage * stopping
            place = np.interp(ln_outside, np.log(grid), np.arange(grid.size), left=-1.0, right=-1.0)
            inside = place >= 0.0
            low = np.minimum(place[inside].astype(int), grid.size - 2)
            fraction = place[inside] - low
            np.add.at(weights, low, part[inside] * (1.0 - fraction))
            np.add.at(weights, low + 1, part[inside] * fraction)
    return weights


@functools.cache
def equivalence_matrix(particle: str, glass_mil: tuple[float, ...]) -> Array:
    """Rows of `equivalence` for every kind and glass, shape (kinds, glasses, energies)."""
    return np.array([[equivalence(kind, particle, glass) for glass in glass_mil] for kind in KINDS])
