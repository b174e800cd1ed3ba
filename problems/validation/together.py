"""Quantities of clusters and platforms for the validation."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from problems.delivery import assembly
from problems.orbit import formation
from problems.parameters.assumptions import Assumptions, load_assumptions, number_in_force
from problems.spacecraft import cluster, optical, traffic
from problems.spacecraft.optical import Optics
from problems.units import SECONDS_PER_DAY
from problems.validation.inputs import Inputs, Quantity

#: Axes of an oblique hexagonal lattice: i^2 + i j + j^2 is the square of a distance.
_SKEW = {"square": 0.0, "hexagonal": 1.0}


def _nominal() -> Assumptions:
    return load_assumptions()


# --- traffic --------------------------------------------------------------------------------------


def _bits_per_flop(inputs: Inputs) -> float:
    assumed = _nominal().traffic
    given = {
        name: inputs.number(name, float(getattr(assumed, name))) for name in traffic.Work._fields
    }
    return float(
        traffic.bits_per_flop(
            number_in_force("comms.workload", inputs.text("workload")),
            work=traffic.Work(**given),
            cluster=traffic.Cluster(
                inputs.array("satellites", 1.0), inputs.array("sync_every_steps", 100.0)
            ),
            constants={},
        )
    )


def _traffic_gbps(inputs: Inputs) -> float:
    """Traffic of a satellite, or of an accelerator, at a useful rate."""
    return inputs.number("flop_per_s") * 1e-9 * _bits_per_flop(inputs)


def _traffic_ratio(inputs: Inputs) -> float:
    """Traffic of data-parallel training over that of another workload in the same cluster."""
    given: dict[str, float | str] = {"satellites": inputs.number("satellites")}
    rare: dict[str, float | str] = {
        "workload": inputs.text("workload"),
        "sync_every_steps": inputs.number("steps"),
    }
    often: dict[str, float | str] = {"workload": "training"}
    return _bits_per_flop(Inputs(often | given)) / _bits_per_flop(Inputs(rare | given))


# --- links ----------------------------------------------------------------------------------------


def _optics(inputs: Inputs) -> Optics:
    assumed = _nominal().cluster
    return Optics(
        aperture_m=inputs.number("aperture_m", float(assumed.aperture_m)),
        wavelength_m=1e-6 * float(assumed.wavelength_um),
        power_w=inputs.number("laser_w", float(assumed.laser_w)),
        aperture_efficiency=float(assumed.aperture_efficiency),
        optics_efficiency=float(assumed.optics_efficiency),
        photons_per_bit=inputs.number("photons_per_bit", float(assumed.photons_per_bit)),
    )


def _receiver_mw(inputs: Inputs) -> float:
    terminal = _optics(inputs)
    watt = optical.required_power_w(
        inputs.array("rate_gbps"),
        photons_per_bit=terminal.photons_per_bit,
        wavelength_m=terminal.wavelength_m,
    )
    return 1e3 * float(watt)


def _receiver_dbm(inputs: Inputs) -> float:
    return float(10.0 * np.log10(_receiver_mw(inputs)))


def _confocal_m(inputs: Inputs) -> float:
    terminal = _optics(inputs)
    return float(optical.confocal_length_m(terminal.aperture_m, wavelength_m=terminal.wavelength_m))


def _channels(inputs: Inputs) -> float:
    distance_m = inputs.array("distance_m")
    return float(optical.spatial_channels(distance_m, confocal_m=_confocal_m(inputs)))


def _reach_km(inputs: Inputs) -> float:
    return float(optical.reach_km(inputs.array("rate_gbps"), optics=_optics(inputs)))


def _rate_gbps(inputs: Inputs) -> float:
    return float(
        optical.terminal_rate_gbps(
            inputs.array("distance_m"),
            optics=_optics(inputs),
            channel_gbps=float(_nominal().cluster.channel_gbps),
        )
    )


def _compute_share(inputs: Inputs) -> float:
    return float(cluster.compute_share(inputs.number("links"), layers=inputs.number("layers")))


# --- formation ------------------------------------------------------------------------------------


def _points(inputs: Inputs) -> float:
    """Points of a lattice within a radius that is counted in spacings."""
    radius = round(inputs.number("radius_over_spacing"))
    steps = np.arange(-2 * radius, 2 * radius + 1)
    i, j = np.meshgrid(steps, steps)
    squared = i * i + _SKEW[inputs.text("lattice")] * i * j + j * j
    return float(np.count_nonzero(squared <= radius * radius))


def _cluster_radius_km(inputs: Inputs) -> float:
    formation_code = number_in_force("cluster.formation", inputs.text("formation"))
    return float(
        formation.cluster_radius_km(
            inputs.array("satellites"),
            spacing_m=inputs.array("spacing_m"),
            formation=formation_code,
        )
    )


def _inclination_keeping(inputs: Inputs) -> float:
    held = formation.keeping_m_s_per_km_yr(
        inputs.array("altitude_km"), inclination_deg=inputs.array("inclination_deg")
    )
    return float(held.inclination_m_s_per_km)


def _perigee_days(inputs: Inputs) -> float:
    rate = formation.perigee_turn_rad_per_s(
        inputs.array("altitude_km"), inclination_deg=inputs.array("inclination_deg")
    )
    return float(2.0 * np.pi / np.abs(rate) / SECONDS_PER_DAY)


# --- platform -------------------------------------------------------------------------------------


def _assembly_yr(inputs: Inputs) -> float:
    months = assembly.assembly_months(
        inputs.array("joints"),
        hours_per_joint=inputs.number("joint_min") / 60.0,
        servicers=inputs.number("servicers"),
        flights=np.zeros(()),
        flights_per_month=1.0,
    )
    return float(months) / 12.0


QUANTITIES: Mapping[str, Quantity] = {
    "traffic.bits_per_flop": _bits_per_flop,
    "traffic.gbps": _traffic_gbps,
    "traffic.ratio": _traffic_ratio,
    "optical.receiver_dbm": _receiver_dbm,
    "optical.receiver_mw": _receiver_mw,
    "optical.confocal_m": _confocal_m,
    "optical.channels": _channels,
    "optical.reach_km": _reach_km,
    "optical.rate_gbps": _rate_gbps,
    "cluster.compute_share": _compute_share,
    "cluster.points": _points,
    "cluster.radius_km": _cluster_radius_km,
    "cluster.inclination_keeping": _inclination_keeping,
    "cluster.perigee_days": _perigee_days,
    "platform.assembly_yr": _assembly_yr,
}
