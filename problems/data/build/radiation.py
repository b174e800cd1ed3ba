"""Build the radiation table: ``python -m problems.data.build.radiation [--work DIR]``.

Needs the extra ``tables``. The belt models take about ten minutes on one core the first time and
are kept in the work folder; everything after them takes about two minutes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from problems.data.build import radiation_cells as cells
from problems.data.build import radiation_grid as grid
from problems.data.build import radiation_irbem as irbem
from problems.data.build import radiation_transport as transport
from problems.data.build import radiation_trapped as trapped
from problems.data.build.radiation_irbem import Array

DATA = Path(__file__).resolve().parent.parent
MU_EARTH_KM3_S2 = 398_600.4418  # WGS 84
REFERENCE_DEPTH_MM = 10.0  # depth at which transmissions are weighted
# LET above which ions count towards the heavy-ion transmission: direct upsets in modern logic.
HEAVY_ION_LET_MEV_CM2_MG = 1.0
FLOOR = {"dose_krad_yr": 1e-6, "flux_cm2_s": 1e-4, "transit": 1e-6, "cell": 1e6}
PHASE_SHARE = {"MIN": transport.MIN_SHARE, "MAX": transport.MAX_SHARE}


def mean_spectra(fluxes: dict[str, Array], inclination_deg: float) -> tuple[Array, Array]:
    """Cycle-mean differential proton and electron spectra on the grids of `radiation_cells`."""
    proton = np.zeros(cells.PROTON_GRID_MEV.size)
    electron = np.zeros(cells.ELECTRON_GRID_MEV.size)
    for phase, share in PHASE_SHARE.items():
        proton += share * trapped.differential(
            trapped.PROTON_MEV,
            trapped.orbit_average(fluxes["AP8" + phase], inclination_deg),
            cells.PROTON_GRID_MEV,
        )
        electron += share * trapped.differential(
            trapped.ELECTRON_MEV,
            trapped.orbit_average(fluxes["AE8" + phase], inclination_deg),
            cells.ELECTRON_GRID_MEV,
        )
    return proton, electron


def dose_krad_yr(proton: Array, electron: Array) -> Array:
    """Trapped dose behind each of ``DEPTH_MM``: protons, electrons and bremsstrahlung."""
    dose = irbem.dose_depth(
        grid.DEPTH_MM,
        proton=(cells.PROTON_GRID_MEV, proton),
        electron=(cells.ELECTRON_GRID_MEV, electron),
    )
    total = dose["proton"] + dose["electron"] + dose["bremsstrahlung"]
    return np.maximum(total, 0.0) * transport.SECONDS_PER_YEAR / 1e3


def die_flux(proton: Array) -> Array:
    """Trapped protons above 30 MeV at the die behind each of ``DEPTH_MM``, /cm2/s."""
    return transport.integral_above(
        cells.PROTON_GRID_MEV, proton, transport.die_cut_energy(grid.DEPTH_MM)
    )


def cell_fluence_yr(proton: Array, electron: Array) -> Array:
    """1-MeV electrons per cm2 and year, shape (kinds, glasses)."""
    mil = tuple(float(x) for x in grid.COVERGLASS_MIL)
    damage = (
        cells.equivalence_matrix("proton", mil) @ proton
        + cells.equivalence_matrix("electron", mil) @ electron
    )
    return np.asarray(damage * transport.SECONDS_PER_YEAR)


def gcr_mean_flux() -> Array:
    """Cycle-mean free-space fluxes of `radiation_transport.gcr_flux`."""
    return transport.MIN_SHARE * transport.gcr_flux(
        transport.GCR_W_MIN
    ) + transport.MAX_SHARE * transport.gcr_flux(transport.GCR_W_MAX)


def transmissions(open_share: Array, altitude_km: float) -> Array:
    """Orbit over free space for solar protons, GCR protons, GCR dose and heavy ions."""
    cut = float(transport.die_cut_energy(np.array([REFERENCE_DEPTH_MM]))[0])
    energy, fluence = transport.solar_spectrum()
    share = transport.transmission(open_share, altitude_km, transport.rigidity_gv(energy))
    use = energy >= cut
    solar = np.trapezoid((fluence * share)[use], energy[use]) / np.trapezoid(
        fluence[use], energy[use]
    )
    flux = gcr_mean_flux()[0]
    share = transport.transmission(
        open_share, altitude_km, transport.rigidity_gv(transport.GCR_MEV_N)
    )
    use = cut <= transport.GCR_MEV_N
    protons = np.trapezoid((flux * share)[use], transport.GCR_MEV_N[use]) / np.trapezoid(
        flux[use], transport.GCR_MEV_N[use]
    )
    dose = (
        sum(part * transport.gcr_dose_rad_yr(w, open_share, altitude_km) for part, w in GCR_PHASES)
        / free_gcr_dose_rad_yr()
    )
    let = np.array([HEAVY_ION_LET_MEV_CM2_MG])
    shield = REFERENCE_DEPTH_MM * transport.ALUMINIUM_G_CM2_PER_MM
    ions = transport.gcr_let_flux(transport.GCR_W_MIN, shield, let, open_share, altitude_km)
    free = transport.gcr_let_flux(transport.GCR_W_MIN, shield, let)
    return np.array([solar, protons, dose, float(ions[0] / free[0])])


GCR_PHASES = (
    (transport.MIN_SHARE, transport.GCR_W_MIN),
    (transport.MAX_SHARE, transport.GCR_W_MAX),
)


def free_gcr_dose_rad_yr() -> float:
    """Cycle-mean dose of galactic cosmic rays in free space behind a thin shield."""
    return sum(part * transport.gcr_dose_rad_yr(w) for part, w in GCR_PHASES)


def direct(altitude_km: float, inclination_deg: Array, work: Path) -> dict[str, Array]:
    """Return what the full pipeline gives at one altitude, which the table interpolates."""
    fluxes = trapped.cached_latitude_fluxes(float(altitude_km), work)
    rows: dict[str, list[Array]] = {"dose": [], "flux": [], "cell": [], "transmission": []}
    for inclination in inclination_deg:
        proton, electron = mean_spectra(fluxes, float(inclination))
        rows["dose"].append(dose_krad_yr(proton, electron))
        rows["flux"].append(die_flux(proton))
        rows["cell"].append(cell_fluence_yr(proton, electron))
        rows["transmission"].append(
            transmissions(
                trapped.orbit_average(fluxes["open"], float(inclination)), float(altitude_km)
            )
        )
    return {name: np.array(row) for name, row in rows.items()}


def computed_nodes(work: Path) -> dict[str, Array]:
    """`direct` at every computed altitude and shipped inclination, kept in the work folder."""
    path = work / "nodes.npz"
    if path.exists():
        with np.load(path) as stored:
            return {name: stored[name] for name in stored.files}
    rows = [direct(h, grid.TABLE_INCLINATION_DEG, work) for h in grid.COMPUTED_ALTITUDE_KM]
    nodes = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    np.savez_compressed(path, **nodes)  # type: ignore[arg-type]
    return nodes


def on_altitudes(values: Array, ln_altitude: Array) -> Array:
    """PCHIP along the first axis from the computed altitudes."""
    return np.asarray(PchipInterpolator(np.log(grid.COMPUTED_ALTITUDE_KM), values)(ln_altitude))


def on_depths(values: Array) -> Array:
    """PCHIP along the last axis from ``DEPTH_MM`` to the shipped depths."""
    return np.asarray(
        PchipInterpolator(np.log(grid.DEPTH_MM), values, axis=-1)(grid.TABLE_LN_DEPTH)
    )


def spiral_integral(ln_rate: Array) -> Array:
    """Integral of a rate over circular velocity from 300 km to each shipped altitude, km/s.

    At constant thrust acceleration a slow spiral spends time in proportion to the change of
    circular velocity, so a transfer collects (time / delta-v) times this integral.
    """
    refine = 8
    fine = np.linspace(
        grid.TABLE_LN_ALTITUDE[0],
        grid.TABLE_LN_ALTITUDE[-1],
        refine * (grid.TABLE_LN_ALTITUDE.size - 1) + 1,
    )
    rate = np.exp(on_altitudes(ln_rate, fine))
    velocity = np.sqrt(MU_EARTH_KM3_S2 / (trapped.EQUATORIAL_RADIUS_KM + np.exp(fine)))
    step = -np.diff(velocity).reshape((-1,) + (1,) * (rate.ndim - 1))
    total = np.concatenate(
        [np.zeros((1, *rate.shape[1:])), np.cumsum(0.5 * (rate[1:] + rate[:-1]) * step, axis=0)]
    )
    return total[::refine]


def both_ways(integral: Array, floor: float) -> list[Array]:
    """Logarithms of a spiral integral up from 300 km and down from the top of the table."""
    return [np.log(np.maximum(part, floor)) for part in (integral, integral[-1] - integral)]


def geostationary(nodes: dict[str, Array]) -> dict[str, Array]:
    """IGE-2006 electrons with the AP8 protons of the belt at geostationary altitude."""
    energy, flux = irbem.ige2006_mean()
    inside = (energy[0] <= cells.ELECTRON_GRID_MEV) & (energy[-1] >= cells.ELECTRON_GRID_MEV)
    electron = np.where(
        inside,
        np.exp(np.interp(np.log(cells.ELECTRON_GRID_MEV), np.log(energy), np.log(flux))),
        0.0,
    )
    none = np.zeros(cells.PROTON_GRID_MEV.size)
    dose = irbem.dose_depth(grid.DEPTH_MM, electron=(energy, flux))
    krad = (dose["electron"] + dose["bremsstrahlung"]) * transport.SECONDS_PER_YEAR / 1e3
    place = np.log(grid.GEO_ALTITUDE_KM)
    return {
        "dose": on_depths(np.log(np.maximum(krad, FLOOR["dose_krad_yr"]))),
        "cell": np.log(cell_fluence_yr(none, electron)),
        "transmission": on_altitudes(nodes["transmission"], place)[0],
    }


def quantise(values: Array) -> tuple[NDArray[np.uint16], Array]:
    """Last-axis channels as 16-bit codes, differenced twice, with their offset and step.

    Differences modulo 2^16 along the first and the last but one axis compress to a third.
    """
    axes = tuple(range(values.ndim - 1))
    low, high = values.min(axis=axes), values.max(axis=axes)
    step = np.where(high > low, (high - low) / 65535.0, 1.0)
    codes = np.round((values - low) / step).astype(np.uint16)
    codes = np.diff(codes, axis=0, prepend=np.zeros_like(codes[:1]))
    codes = np.diff(codes, axis=-2, prepend=np.zeros_like(codes[..., :1, :]))
    return codes, np.array([low, step])


def solar_and_cosmic() -> tuple[Array, Array]:
    """Return the free-space columns of the table, and the solar fluence on the cells.

    Columns are the logarithms of solar dose, mean solar flux and cosmic-ray flux.
    """
    solar = transport.solar_spectrum()
    krad = irbem.dose_depth(grid.DEPTH_MM, solar=solar)["solar"] / 1e3
    cut = transport.die_cut_energy(np.exp(grid.TABLE_LN_DEPTH))
    # Half of the fluence of two active years, spread over the whole cycle.
    solar_flux = (
        transport.integral_above(*solar, cut)
        / 2.0
        * transport.MAX_SHARE
        / transport.SECONDS_PER_YEAR
    )
    gcr = transport.integral_above(transport.GCR_MEV_N, gcr_mean_flux()[0], cut)
    columns = np.stack([on_depths(np.log(krad)), np.log(solar_flux), np.log(gcr)], axis=-1)
    on_cells = np.exp(
        np.interp(
            np.log(cells.PROTON_GRID_MEV), np.log(solar[0]), np.log(np.maximum(solar[1], 1e-300))
        )
    )
    return columns, on_cells


def build(work: Path) -> dict[str, NDArray[np.generic]]:
    """All arrays of the shipped file."""
    nodes = computed_nodes(work)
    ln_dose = np.log(np.maximum(nodes["dose"], FLOOR["dose_krad_yr"]))
    ln_dose = on_depths(ln_dose)
    ln_flux = on_depths(np.log(np.maximum(nodes["flux"], FLOOR["flux_cm2_s"])))
    ln_cell = np.log(np.maximum(nodes["cell"], FLOOR["cell"]))
    h = grid.TABLE_LN_ALTITUDE
    layers = [on_altitudes(ln_dose, h), on_altitudes(ln_flux, h)]
    layers += both_ways(spiral_integral(ln_dose), FLOOR["transit"])
    # The splines of SHIELDOSE-2 ripple by a few percent below 0.1 rad per year; more shield
    # never means more dose.
    volume = np.minimum.accumulate(np.stack(layers, axis=-1), axis=2)
    shape = (h.size, grid.TABLE_INCLINATION_DEG.size, -1)
    layers = [on_altitudes(ln_cell, h), *both_ways(spiral_integral(ln_cell), FLOOR["cell"])]
    cell = np.concatenate([layer.reshape(shape) for layer in layers], axis=-1)
    geo = geostationary(nodes)
    free_ln, on_cells = solar_and_cosmic()
    mil = tuple(float(x) for x in grid.COVERGLASS_MIL)
    codes, scale = quantise(volume)
    cell_codes, cell_scale = quantise(cell)
    share_codes, share_scale = quantise(on_altitudes(nodes["transmission"], h))
    return {
        "ln_altitude": h,
        "inclination_deg": grid.TABLE_INCLINATION_DEG,
        "ln_depth": grid.TABLE_LN_DEPTH,
        "coverglass_um": grid.COVERGLASS_MIL * cells.UM_PER_MIL,
        "volume": codes,
        "volume_scale": scale,
        "cell": cell_codes,
        "cell_scale": cell_scale,
        "transmission": share_codes,
        "transmission_scale": share_scale,
        "geo_ln_dose": geo["dose"],
        "geo_ln_cell": geo["cell"].reshape(-1),
        "geo_transmission": geo["transmission"],
        "free_ln": free_ln,
        "free_gcr_dose_krad_yr": np.array(free_gcr_dose_rad_yr() / 1e3),
        "active_share": np.array(transport.MAX_SHARE),
        "solar_cell_95": (cells.equivalence_matrix("proton", mil) @ on_cells).reshape(-1),
    }


def main() -> None:
    """Build the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("build/radiation"))
    args = parser.parse_args()
    target = DATA / "radiation.npz"
    arrays = build(args.work)
    np.savez_compressed(target, **arrays)  # type: ignore[arg-type]
    print(f"{target.name}: {target.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
