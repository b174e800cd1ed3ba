"""Thin ctypes bridge to the IRBEM library: AE8/AP8, SHIELDOSE-2 and IGE-2006.

The compiled library ships inside the spacepy wheel; it is loaded directly, because the
Python wrapper evaluates one position per call.

References
----------
.. [1] Boscher, D. et al., IRBEM library, the PRBEM/IRBEM project (LGPL-3.0).
.. [2] Vette, J. I., "The AE-8 trapped electron model environment", NSSDC/WDC-A-R&S 91-24
   (1991); Sawyer, D. M. and Vette, J. I., "AP-8 trapped proton environment", NSSDC 76-06 (1976).
.. [3] Daly, E. J. et al., "Problems with models of the radiation belts", IEEE Trans. Nucl.
   Sci. 43 (1996) 403: the interpolation that ESA uses at low altitude.
.. [4] Seltzer, S. M., "Updated calculations for routine space-shielding radiation dose
   estimates: SHIELDOSE-2", NISTIR 5477 (1994).
.. [5] Sicard-Piet, A. et al., "A new international geostationary electron model: IGE-2006",
   Space Weather 6 (2008) S07003.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

N_POINTS_MAX = 100_000  # NTIME_MAX of the library
N_ENERGIES_MAX = 25
N_DEPTHS_MAX = 71  # IMAXI of SHIELDOSE-2
N_SPECTRUM_MAX = 301  # JMAXI of SHIELDOSE-2
N_INTEGRATION = 501  # fewer points cost accuracy: 51 are 15 % off
UNSET_FLUX = 1e-30  # a species left unset keeps a default spectrum; zero breaks the log spline
MODEL = {"AE8MIN": 1, "AE8MAX": 2, "AP8MIN": 3, "AP8MAX": 4}
SILICON, NUCLEAR_LOCAL, MILLIMETRE = 3, 2, 3  # SHIELDOSE-2 codes
RAD_UNIT_SECONDS = 1.0


@functools.cache
def library() -> ctypes.CDLL:
    """Load the IRBEM shared library of the installed spacepy wheel."""
    spec = importlib.util.find_spec("spacepy")
    if spec is None or spec.origin is None:
        raise RuntimeError("spacepy is missing: install the extra 'tables'")
    libraries = sorted((Path(spec.origin).parent / "irbempy").glob("libirbem*"))
    if not libraries:
        raise RuntimeError("this spacepy wheel carries no IRBEM library")
    return ctypes.CDLL(str(libraries[0]))


def _pointer(array: NDArray[np.generic]) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def _int(value: int) -> ctypes._CData:
    return ctypes.byref(ctypes.c_int32(value))  # type: ignore[return-value]


def _real(value: float) -> ctypes._CData:
    return ctypes.byref(ctypes.c_double(value))  # type: ignore[return-value]


def _batches(n: int, size: int) -> Iterator[slice]:
    return (slice(start, min(start + size, n)) for start in range(0, n, size))


def integral_flux(
    model: str, l_shell: Array, b_ratio: Array, energies_mev: Array, *, daly: bool = True
) -> Array:
    """Omnidirectional integral flux above each energy, /cm2/s, shape (points, energies).

    Parameters
    ----------
    model
        One of ``AE8MIN AE8MAX AP8MIN AP8MAX``.
    l_shell, b_ratio
        McIlwain L and B/B0 in the field of the model's own epoch, shape (points,).
    energies_mev
        0.1-300 MeV (protons) or 0.05-7 MeV (electrons).
    daly
        Use the low-altitude interpolation of Daly et al. (1996).
    """
    code = -MODEL[model] if daly else MODEL[model]
    out = np.zeros((l_shell.size, energies_mev.size))
    work = np.empty((N_ENERGIES_MAX, N_POINTS_MAX))
    for points in _batches(l_shell.size, N_POINTS_MAX):
        shells = np.ascontiguousarray(l_shell[points])
        ratios = np.ascontiguousarray(b_ratio[points])
        for window in _batches(energies_mev.size, N_ENERGIES_MAX):
            energy = np.zeros((N_ENERGIES_MAX, 2))
            chosen = energies_mev[window]
            energy[: chosen.size, 0] = chosen
            library().get_ae8_ap8_flux_(
                _int(shells.size),
                _int(code),
                _int(3),
                _int(chosen.size),
                _pointer(energy),
                _pointer(ratios),
                _pointer(shells),
                _pointer(work),
            )
            out[points, window] = work[: chosen.size, : shells.size].T
    return np.clip(out, 0.0, None)


def _padded(pair: tuple[Array, Array] | None) -> tuple[list[Array], int, tuple[float, float]]:
    """Return a spectrum as the library takes it: padded columns, length, first and last energy."""
    energy, flux = pair if pair is not None else (np.geomspace(0.1, 5.0, 20), np.zeros(20))
    columns = [np.zeros(N_SPECTRUM_MAX), np.zeros(N_SPECTRUM_MAX)]
    columns[0][: energy.size] = energy
    columns[1][: energy.size] = np.maximum(flux, UNSET_FLUX)
    return columns, energy.size, (float(energy[0]), float(energy[-1]))


def dose_depth(
    depths_mm: Array,
    *,
    proton: tuple[Array, Array] | None = None,
    electron: tuple[Array, Array] | None = None,
    solar: tuple[Array, Array] | None = None,
) -> dict[str, Array]:
    """SHIELDOSE-2 dose in silicon at the centre of an aluminium sphere, rad per second.

    Each spectrum is a pair (energy in MeV, differential omnidirectional flux in /cm2/s/MeV;
    fluence for ``solar``, whose dose is then in rad). The library returns half the dose for
    its third geometry; the factor 2 is applied here.
    """
    spectra, counts, bounds = zip(*map(_padded, (solar, proton, electron)), strict=True)
    depth = np.zeros(N_DEPTHS_MAX)
    depth[: depths_mm.size] = depths_mm
    doses = [np.zeros((3, N_DEPTHS_MAX)) for _ in range(5)]
    library().shieldose2_(
        _int(SILICON),
        _int(NUCLEAR_LOCAL),
        _int(depths_mm.size),
        _int(MILLIMETRE),
        _pointer(depth),
        _real(bounds[0][0]),
        _real(bounds[0][1]),
        _real(bounds[1][0]),
        _real(bounds[1][1]),
        _int(N_INTEGRATION),
        _real(bounds[2][0]),
        _real(bounds[2][1]),
        _int(N_INTEGRATION),
        _int(counts[0]),
        _int(counts[1]),
        _int(counts[2]),
        _real(1.0),
        _real(RAD_UNIT_SECONDS),
        *(_pointer(column) for columns in spectra for column in columns),
        *(_pointer(dose) for dose in doses),
    )
    names = ("solar", "proton", "electron", "bremsstrahlung")
    wanted = {"solar": solar, "proton": proton, "electron": electron, "bremsstrahlung": electron}
    return {
        name: 2.0 * dose[2, : depths_mm.size]
        if wanted[name] is not None
        else np.zeros(depths_mm.size)
        for name, dose in zip(names, doses, strict=False)
    }


def ige2006_mean(first_year: int = 2009, years: int = 11) -> tuple[Array, Array]:
    """Energy (MeV) and differential electron flux (/cm2/s/MeV) at geostationary altitude.

    The mean case of IGE-2006 over one whole solar cycle; the library gives it per steradian.
    """
    energy = np.zeros((50, 2))
    lower, mean, upper = np.zeros(50), np.zeros(50), np.zeros(50)
    count = ctypes.c_int32(0)
    library().fly_in_ige1_(
        _int(first_year),
        _int(years),
        _int(3),
        _int(1),
        ctypes.byref(count),
        _pointer(energy),
        _pointer(lower),
        _pointer(mean),
        _pointer(upper),
    )
    good = mean[: count.value] > 0.0
    return energy[: count.value, 0][good], 4.0 * np.pi * mean[: count.value][good]


def aluminium_ranges() -> dict[str, tuple[Array, Array]]:
    """CSDA ranges in aluminium (MeV, g/cm2) from the tables inside SHIELDOSE-2.

    Protons are ICRU Report 49, electrons the Berger-Seltzer tables.
    """
    tag = ctypes.create_string_buffer(81)
    library().protbas2_(_int(2), _int(SILICON), tag, ctypes.c_long(81))
    library().elbrbas2_(_int(SILICON), tag, ctypes.c_long(81))
    proton = np.ctypeslib.as_array((ctypes.c_double * 266).in_dll(library(), "sd2protab_"))
    electron = np.ctypeslib.as_array((ctypes.c_double * 162).in_dll(library(), "sd2elbrtab_"))
    return {
        "proton": (proton[:133].copy(), proton[133:].copy()),
        "electron": (electron[:81].copy(), electron[81:].copy()),
    }
