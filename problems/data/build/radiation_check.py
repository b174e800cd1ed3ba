"""Measure the shipped radiation table: interpolation error, and deviation from published values."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from problems.data.build import radiation as builder
from problems.data.build import radiation_cells as cells
from problems.data.build import radiation_grid as grid
from problems.data.build import radiation_irbem as irbem
from problems.data.build import radiation_transport as transport
from problems.data.build import radiation_trapped as trapped
from problems.data.build.radiation_irbem import Array
from problems.radiation.cells import cell_environment
from problems.radiation.dose import behind, environment
from problems.radiation.tables import build_cell_tables, load_radiation_tables

REGIONS = (
    ("leo_below_2000_km", 0.0, 2000.0),
    ("2000_to_20000_km", 2000.0, 20_000.0),
    ("above_20000_km", 20_000.0, 1e9),
)
TRIAL = "independent trial of the same recipe"
MIN_DOSE_KRAD_YR = 1e-3  # doses below 1 rad per year do not count


def _statistics(ratio: Array) -> dict[str, float]:
    error = np.abs(ratio - 1.0) * 100.0
    if error.size == 0:
        return {"n": 0}
    return {
        "n": int(error.size),
        "median_pct": round(float(np.median(error)), 2),
        "p95_pct": round(float(np.percentile(error, 95)), 2),
        "max_pct": round(float(error.max()), 1),
    }


def _table(h: Array, i: Array, z: Array) -> tuple[Array, Array, Array]:
    """Dose and flux of both phases (2, n), and cell fluence (GaAs, 6 mil), of the shipped table."""
    tables = load_radiation_tables()
    env = environment(h, i, is_geo=np.zeros(h.shape, dtype=bool), tables=tables)
    left = behind(env, z[None], tables=tables)
    six = build_cell_tables([6.0 * cells.UM_PER_MIL], ["gaas"], tables=tables)
    cell = cell_environment(env, array_code=np.zeros(h.shape, dtype=np.intp), cells=six)
    return (
        np.concatenate([left.dose_min_krad_per_yr, left.dose_max_krad_per_yr]),
        np.concatenate([left.flux_min_cm2_s, left.flux_max_cm2_s]),
        cell.trapped_fluence_cm2_per_yr,
    )


def held_out(work: Path) -> dict[str, Any]:
    """Error of the table at altitudes, inclinations and depths that are not nodes."""
    sample = []
    for h in grid.HELD_OUT_ALTITUDE_KM:
        true = builder.direct(float(h), grid.HELD_OUT_INCLINATION_DEG, work)
        ln_z, where = np.log(grid.DEPTH_MM), np.log(grid.HELD_OUT_DEPTH_MM)
        for k, i in enumerate(grid.HELD_OUT_INCLINATION_DEG):
            rows = np.ones(where.size)
            got = _table(h * rows, i * rows, grid.HELD_OUT_DEPTH_MM)
            for phase in (0, 1):
                dose, flux = (
                    np.exp(np.interp(where, ln_z, np.log(np.maximum(true[n][k, phase], 1e-30))))
                    for n in ("dose", "flux")
                )
                sample.append(
                    np.stack(
                        [
                            h * rows,
                            i * rows,
                            dose,
                            got[0][phase] / dose,
                            got[1][phase] / np.maximum(flux, 1e-30),
                            flux,
                            got[2] / max(true["cell"][k, 0, 2], 1.0),
                            true["cell"][k, 0, 2] * rows,
                        ],
                        axis=1,
                    )
                )
    h, i, dose, dose_ratio, flux_ratio, flux, cell_ratio, cell = np.concatenate(sample).T
    report: dict[str, Any] = {}
    for name, chosen in (("inclination_25_up", i >= 25.0), ("inclination_below_25", i < 25.0)):
        counts = chosen & (dose > MIN_DOSE_KRAD_YR)
        part: dict[str, Any] = {"dose": _statistics(dose_ratio[counts])}
        for region, low, high in REGIONS:
            part["dose_" + region] = _statistics(dose_ratio[counts & (h >= low) & (h < high)])
        part["flux_above_0.1_cm2_s"] = _statistics(flux_ratio[chosen & (flux > 0.1)])
        part["cell_above_1e10"] = _statistics(cell_ratio[chosen & (cell > 1e10)])
        report[name] = part
    return report


class _Comparison:
    """Collects (name, expected, got) rows."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def add(self, name: str, expected: float, got: float, source: str) -> None:
        """Keep one comparison."""
        self.rows.append(
            {
                "quantity": name,
                "expected": expected,
                "value": float(f"{got:.4g}"),
                "ratio": round(float(got / expected), 3),
                "source": source,
            }
        )


def _spectra(h: float, i: float, phases: tuple[str, str], work: Path) -> tuple[Array, Array]:
    fluxes = trapped.cached_latitude_fluxes(h, work)
    proton = trapped.differential(
        trapped.PROTON_MEV,
        trapped.orbit_average(fluxes["AP8" + phases[0]], i),
        cells.PROTON_GRID_MEV,
    )
    electron = trapped.differential(
        trapped.ELECTRON_MEV,
        trapped.orbit_average(fluxes["AE8" + phases[1]], i),
        cells.ELECTRON_GRID_MEV,
    )
    return proton, electron


def _dose_at(h: float, i: float, phases: tuple[str, str], depth_mm: float, work: Path) -> float:
    dose = builder.dose_krad_yr(*_spectra(h, i, phases, work))
    return float(np.exp(np.interp(np.log(depth_mm), np.log(grid.DEPTH_MM), np.log(dose))))


#: AP8 MIN with AE8 MAX.
_WORST = ("MIN", "MAX")


def _add_belt_fluxes(out: _Comparison, work: Path) -> None:
    plain = irbem.integral_flux(
        "AP8MIN", np.array([1.27022]), np.array([1.32589]), np.array([1.0, 100.0]), daly=False
    )[0]
    out.add("AP8MIN L=1.27022 >1 MeV", 1119.8, plain[0], "IRBEM")
    out.add("AP8MIN L=1.27022 >100 MeV", 497.8, plain[1], "IRBEM")
    h825 = grid.from_spenvis(825.0)
    fluxes = trapped.cached_latitude_fluxes(h825, work)
    flux = trapped.orbit_average(fluxes["AP8MIN"], 98.8)
    for energy, expected in ((1.0, 676.0), (10.0, 190.2), (100.0, 71.3)):
        got = flux[list(trapped.PROTON_MEV).index(energy)]
        out.add(f"825 km 98.8 deg AP8MIN >{energy:g} MeV", expected, got, "SPENVIS 4.6.13")
    share = trapped.orbit_average(fluxes["open"], 98.8)
    for energy, expected in ((100.0, 0.214), (500.0, 0.263)):
        got = transport.transmission(share, h825, transport.rigidity_gv(np.array([energy])))[0]
        out.add(f"825 km 98.8 deg transmission {energy:g} MeV", expected, got, "SPENVIS 4.6.13")


def _add_belt_doses(out: _Comparison, work: Path) -> None:
    h550 = grid.from_spenvis(550.0)
    for i, depth, rad in (
        (100.0, 5.0, 1467.0),
        (100.0, 10.0, 569.0),
        (100.0, 20.0, 412.0),
        (50.0, 2.0, 6951.0),
        (50.0, 10.0, 883.0),
        (30.0, 10.0, 1196.0),
    ):
        got = 5e3 * _dose_at(h550, i, _WORST, depth, work)
        out.add(f"550 km {i:g} deg {depth:g} mm 5 yr rad", rad, got, "SPENVIS 4.6.11")
    for spenvis_km, krad_yr in (
        (500, 0.18),
        (700, 0.76),
        (1000, 3.02),
        (1200, 6.57),
        (1500, 17.5),
        (2000, 47.8),
    ):
        got = _dose_at(grid.from_spenvis(spenvis_km), 30.0, ("MIN", "MIN"), 5.0, work)
        out.add(f"{spenvis_km} km 30 deg 5 mm MIN krad/yr", krad_yr, got, "SPENVIS-based study")


def _add_geostationary_and_solar_doses(out: _Comparison) -> None:
    ige = irbem.ige2006_mean()
    dose = irbem.dose_depth(grid.DEPTH_MM, electron=ige)
    krad = (dose["electron"] + dose["bremsstrahlung"]) * transport.SECONDS_PER_YEAR / 100.0
    for depth, expected in ((2.0, 469.0), (5.0, 20.7), (10.0, 1.77), (20.0, 0.89)):
        got = float(np.exp(np.interp(np.log(depth), np.log(grid.DEPTH_MM), np.log(krad))))
        out.add(
            f"GEO IGE-2006 mean {depth:g} mm 10 yr krad",
            expected,
            got,
            TRIAL,
        )
    solar = irbem.dose_depth(grid.DEPTH_MM, solar=transport.solar_spectrum())["solar"] / 1e3
    for depth, expected in ((2.0, 12.5), (5.0, 4.20), (10.0, 1.69), (20.0, 0.61)):
        got = float(np.exp(np.interp(np.log(depth), np.log(grid.DEPTH_MM), np.log(solar))))
        out.add(
            f"solar F95(2) free space {depth:g} mm krad",
            expected,
            got,
            TRIAL,
        )


def _add_ranges_and_cosmic_rays(out: _Comparison) -> None:
    out.add(
        "LET of 67 MeV protons in Si, MeV cm2/g",
        7.89,
        float(transport.silicon_let(np.array([67.0]), 1.0)[0]),
        "PSTAR",
    )
    out.add(
        "range of 67 MeV protons in Al, mm",
        18.2,
        float(transport.proton_range(np.array([67.0]))[0]) / 0.27,
        "PSTAR",
    )
    for w, expected in ((10.0, 13.2), (100.0, 4.9)):
        out.add(
            f"GCR dose free space W={w:g} rad/yr",
            expected,
            transport.gcr_dose_rad_yr(w),
            TRIAL,
        )
    protons = transport.integral_above(
        transport.GCR_MEV_N, transport.gcr_flux(10.0)[0], np.array([10.0, 1000.0])
    ) / (4.0 * np.pi)
    out.add("GCR protons >10 MeV W=10 /cm2/s/sr", 0.34, protons[0], "SPENVIS CREME-96")
    out.add("GCR protons >1 GeV W=10 /cm2/s/sr", 0.19, protons[1], "SPENVIS CREME-96")


def _add_cell_fluences(out: _Comparison, work: Path) -> None:
    matrices = [cells.equivalence_matrix(p, (3.0, 6.0, 12.0))[0] for p in ("proton", "electron")]
    for name, h, i, row in (
        ("ISS", 420.0, 51.6, (1.5e12, 7.2e11, 4.0e11)),
        ("SSO 650", 650.0, 98.0, (3.6e12, 2.0e12, 1.2e12)),
        ("SSO 1200", 1200.0, 100.4, (3.1e13, 1.9e13, 1.3e13)),
        ("2000 km 30 deg", 2000.0, 30.0, (5.6e14, 4.3e14, 3.0e14)),
        ("20200 km 55 deg", 20_200.0, 55.0, (6.6e13, 4.7e13, 3.6e13)),
        ("GEO AE8", grid.GEO_ALTITUDE_KM, 0.0, (2.6e13, 2.0e13, 1.3e13)),
    ):
        spectra = _spectra(h, i, _WORST, work)
        fluence = matrices[0] @ spectra[0] + matrices[1] @ spectra[1]
        for mil, expected, value in zip((3, 6, 12), row, fluence, strict=True):
            out.add(
                f"GaAs {name} {mil} mil /cm2/yr",
                expected,
                float(value) * transport.SECONDS_PER_YEAR,
                "JPL EQFLUX coefficients",
            )


def published(work: Path) -> list[dict[str, Any]]:
    """Full pipeline against published spectra and doses."""
    out = _Comparison()
    _add_belt_fluxes(out, work)
    _add_belt_doses(out, work)
    _add_geostationary_and_solar_doses(out)
    _add_ranges_and_cosmic_rays(out)
    _add_cell_fluences(out, work)
    return out.rows


def check(work: Path) -> dict[str, Any]:
    """Everything that ``--check`` prints and keeps."""
    return {"held_out": held_out(work), "published": published(work)}


def main() -> None:
    """Measure, store and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("build/radiation"))
    report = check(parser.parse_args().work)
    (builder.DATA / "radiation_check.json").write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
