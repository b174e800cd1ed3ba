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
# LET above which ions count: direct upsets in modern logic, in memory, burnout of power switches.
HEAVY_ION_LET_MEV_CM2_MG = np.array([1.0, 3.0, 10.0])
# Fast neutrons that trapped protons leave behind where none of them arrives: share of the protons
# above 30 MeV outside, and length of attenuation along the ray (AP8 at 472 km in polar orbit
# folded with the Geant4 yields of Nesterenok 2013).
TAIL_SHARE, TAIL_G_CM2 = 0.030, 110.0
FLOOR = {
    "dose_krad_yr": 1e-6,
    "flux_cm2_s": 1e-4,
    "transit": 1e-6,
    "cell": 1e6,
    "anomaly_cm2_s": 1e-6,
}
PHASE_SHARE = {"MIN": transport.MIN_SHARE, "MAX": transport.MAX_SHARE}


def spectra(fluxes: dict[str, Array], inclination_deg: float, phase: str) -> tuple[Array, Array]:
    """Differential proton and electron spectra of a phase on the grids of `radiation_cells`."""
    species = (
        ("AP8", trapped.PROTON_MEV, cells.PROTON_GRID_MEV),
        ("AE8", trapped.ELECTRON_MEV, cells.ELECTRON_GRID_MEV),
    )
    proton, electron = (
        trapped.differential(
            energy, trapped.orbit_average(fluxes[model + phase], inclination_deg), target
        )
        for model, energy, target in species
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
    """Trapped protons above 30 MeV at the die behind each of ``DEPTH_MM``, /cm2/s.

    Their secondaries make up for nuclear losses (0.94 to 1.02 of what range alone leaves); past
    the range of the protons a tail of neutrons remains.
    """
    cut = transport.die_cut_energy(grid.DEPTH_MM)
    protons = transport.integral_above(cells.PROTON_GRID_MEV, proton, cut)
    outside = transport.integral_above(
        cells.PROTON_GRID_MEV, proton, np.array([transport.DIE_CUT_MEV])
    )
    areal = grid.DEPTH_MM * transport.ALUMINIUM_G_CM2_PER_MM
    return np.maximum(protons, TAIL_SHARE * outside * np.exp(-areal / TAIL_G_CM2))


def cell_fluence_yr(proton: Array, electron: Array) -> Array:
    """1-MeV electrons per cm2 and year, shape (kinds, glasses)."""
    mil = tuple(float(x) for x in grid.COVERGLASS_MIL)
    damage = (
        cells.equivalence_matrix("proton", mil) @ proton
        + cells.equivalence_matrix("electron", mil) @ electron
    )
    return np.asarray(damage * transport.SECONDS_PER_YEAR)


def solar_transmission(open_share: Array, altitude_km: float) -> float:
    """Solar protons that reach the die in orbit over those in free space."""
    cut = float(transport.die_cut_energy(np.array([REFERENCE_DEPTH_MM]))[0])
    energy, fluence = transport.solar_spectrum()
    share = transport.transmission(open_share, altitude_km, transport.rigidity_gv(energy))
    use = energy >= cut
    arriving = np.trapezoid((fluence * share)[use], energy[use])
    return float(arriving / np.trapezoid(fluence[use], energy[use]))


def cosmic_protons(open_share: Array, altitude_km: float) -> list[float]:
    """Cosmic-ray protons above 30 MeV in orbit at minimum and maximum, and their mean cutoff.

    The cutoff (GV) is weighted with what arrives at minimum: the build-up of secondaries is
    nearly linear in it.
    """
    energy = transport.GCR_MEV_N
    use = energy >= transport.DIE_CUT_MEV
    rigidity = transport.rigidity_gv(energy)
    share = transport.transmission(open_share, altitude_km, rigidity)
    spectra_ = [transport.gcr_flux(w)[0] for w in (transport.GCR_W_MIN, transport.GCR_W_MAX)]
    arriving = [float(np.trapezoid((flux * share)[use], energy[use])) for flux in spectra_]
    cutoffs = 0.5 * (trapped.RIGIDITY_GV[1:] + trapped.RIGIDITY_GV[:-1])
    opened = np.diff(open_share)
    above = transport.integral_above(
        energy,
        spectra_[0],
        np.maximum(np.interp(cutoffs, rigidity, energy), transport.DIE_CUT_MEV),
    )
    freely = open_share[0] * transport.integral_above(
        energy, spectra_[0], np.array([transport.DIE_CUT_MEV])
    )
    weight = opened * above
    mean_cutoff = float((weight * cutoffs).sum() / (weight.sum() + freely[0]))
    return [*arriving, mean_cutoff]


def transmissions(open_share: Array, altitude_km: float) -> Array:
    """Return the columns that the geomagnetic cutoff decides, in the order of ``TRANSMISSION``."""
    dose = (
        sum(part * transport.gcr_dose_rad_yr(w, open_share, altitude_km) for part, w in GCR_PHASES)
        / free_gcr_dose_rad_yr()
    )
    shield = REFERENCE_DEPTH_MM * transport.ALUMINIUM_G_CM2_PER_MM
    ions, free = (
        transport.gcr_let_flux(transport.GCR_W_MIN, shield, HEAVY_ION_LET_MEV_CM2_MG, *place)
        for place in ((open_share, altitude_km), ())
    )
    return np.array(
        [
            solar_transmission(open_share, altitude_km),
            *cosmic_protons(open_share, altitude_km),
            dose,
            *(ions / free),
        ]
    )


def albedo(fluxes: dict[str, Array], inclination_deg: float) -> Array:
    """Albedo protons above 30 MeV, their spectral slope, and neutrons at minimum and maximum."""
    low, high, *neutrons = trapped.orbit_average(fluxes["albedo"], inclination_deg)
    return np.array([low, np.log(low / high) / np.log(100.0 / 30.0), *neutrons])


def anomaly(fluxes: dict[str, Array], inclination_deg: float) -> Array:
    """Return the share of time above both edges, and of protons above the upper, in both phases.

    What the belt model gives is 0 below the lower edge.
    """
    columns = []
    for phase in PHASE_SHARE:
        mean, time_1, _, time_10, flux_10 = trapped.orbit_average(
            fluxes["anomaly_AP8" + phase], inclination_deg
        )
        columns += [time_1, time_10, flux_10 / max(mean, FLOOR["anomaly_cm2_s"])]
    return np.array(columns)


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
    rows = [direct_orbit(fluxes, float(altitude_km), float(i)) for i in inclination_deg]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def direct_orbit(
    fluxes: dict[str, Array], altitude_km: float, inclination_deg: float
) -> dict[str, Array]:
    """One orbit: dose and flux (phases, depths), cells of the cycle mean, columns of the plane."""
    phases = {phase: spectra(fluxes, inclination_deg, phase) for phase in PHASE_SHARE}
    proton, electron = (
        sum(share * phases[phase][k] for phase, share in PHASE_SHARE.items()) for k in (0, 1)
    )
    open_share = trapped.orbit_average(fluxes["open"], inclination_deg)
    return {
        "dose": np.array([dose_krad_yr(*phase) for phase in phases.values()]),
        "flux": np.array([die_flux(phase[0]) for phase in phases.values()]),
        "cell": cell_fluence_yr(np.asarray(proton), np.asarray(electron)),
        "plane": np.concatenate(
            [
                transmissions(open_share, altitude_km),
                albedo(fluxes, inclination_deg),
                anomaly(fluxes, inclination_deg),
            ]
        ),
    }


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
        "plane": on_altitudes(nodes["plane"], place)[0],
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


def free_space() -> tuple[Array, Array]:
    """Return the depth columns of free space, and the solar fluence on the cells.

    Columns are the logarithms of solar dose and solar flux in active years (95 %), and of the
    energy over 30 MeV that a proton needs outside.
    """
    solar = transport.solar_spectrum()
    krad = irbem.dose_depth(grid.DEPTH_MM, solar=solar)["solar"] / 1e3
    cut = transport.die_cut_energy(np.exp(grid.TABLE_LN_DEPTH))
    # Half of the fluence of two active years.
    solar_flux = transport.integral_above(*solar, cut) / 2.0 / transport.SECONDS_PER_YEAR
    columns = np.stack(
        [on_depths(np.log(krad)), np.log(solar_flux), np.log(cut / transport.DIE_CUT_MEV)], axis=-1
    )
    on_cells = np.exp(
        np.interp(
            np.log(cells.PROTON_GRID_MEV), np.log(solar[0]), np.log(np.maximum(solar[1], 1e-300))
        )
    )
    return columns, on_cells


def volume_layers(nodes: dict[str, Array]) -> Array:
    """Channels of the dose volume on the shipped grid, in the order of ``VOLUME``."""
    ln_dose = on_depths(np.log(np.maximum(nodes["dose"], FLOOR["dose_krad_yr"])))
    ln_flux = on_depths(np.log(np.maximum(nodes["flux"], FLOOR["flux_cm2_s"])))
    h, shares = grid.TABLE_LN_ALTITUDE, tuple(PHASE_SHARE.values())
    ln_mean = np.logaddexp(*(ln_dose[:, :, k] + np.log(share) for k, share in enumerate(shares)))
    layers = [on_altitudes(values[:, :, k], h) for values in (ln_dose, ln_flux) for k in (0, 1)]
    layers += both_ways(spiral_integral(ln_mean), FLOOR["transit"])
    # The splines of SHIELDOSE-2 ripple by a few percent below 0.1 rad per year; more shield
    # never means more dose.
    return np.asarray(np.minimum.accumulate(np.stack(layers, axis=-1), axis=2))


def build(work: Path) -> dict[str, NDArray[np.generic]]:
    """All arrays of the shipped file."""
    nodes = computed_nodes(work)
    h = grid.TABLE_LN_ALTITUDE
    ln_cell = np.log(np.maximum(nodes["cell"], FLOOR["cell"]))
    shape = (h.size, grid.TABLE_INCLINATION_DEG.size, -1)
    cell_layers = [on_altitudes(ln_cell, h), *both_ways(spiral_integral(ln_cell), FLOOR["cell"])]
    cell = np.concatenate([layer.reshape(shape) for layer in cell_layers], axis=-1)
    geo = geostationary(nodes)
    free_ln, on_cells = free_space()
    mil = tuple(float(x) for x in grid.COVERGLASS_MIL)
    packed = {
        "volume": volume_layers(nodes),
        "cell": cell,
        "plane": on_altitudes(nodes["plane"], h),
    }
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, values in packed.items():
        arrays[name], arrays[name + "_scale"] = quantise(values)
    return arrays | {
        "ln_altitude": h,
        "inclination_deg": grid.TABLE_INCLINATION_DEG,
        "ln_depth": grid.TABLE_LN_DEPTH,
        "coverglass_um": grid.COVERGLASS_MIL * cells.UM_PER_MIL,
        "geo_ln_dose": geo["dose"],
        "geo_ln_cell": geo["cell"].reshape(-1),
        "geo_plane": geo["plane"],
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
