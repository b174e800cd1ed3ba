"""Stage of the compute bay: power, rate, memory, size."""

from __future__ import annotations

import numpy as np

from problems.batch import somewhere
from problems.compute_satellite.state import State, stage
from problems.spacecraft import compute, mass, traffic
from problems.units import Quantity


@stage(
    reads=("guard", "flight"),
    writes=(
        "it_power_w",
        "installed_pflops",
        "memory_gb",
        "memory_utilisation",
        "running_fraction",
        "compute_duty",
        "bay_volume_m3",
        "bay_surface_m2",
        "dense_tflops",
        "face_m2",
    ),
)
def compute_bay(s: State) -> None:
    """Size the compute: power, rate, memory, bay."""
    assumed, gpu = s.assumptions.compute, s.hardware.gpu
    count = s.design["gpu_count"]
    it_w = compute.it_power_w(
        count,
        tdp_w=gpu["tdp_w"],
        node_power_factor=gpu["node_power_factor"] + s.guard.host_power_frac,
    )
    s.dense_tflops = gpu["dense_tflops"]
    with_spares = 1.0 + s.design["spare_fraction"]
    volume_m3 = it_w * with_spares * (1e-3 / assumed.bay_density_kw_per_m3)
    surface_m2 = mass.bay_surface_m2(volume_m3)
    memory_gb = count * gpu["memory_gb"]
    s.out |= {
        "it_power_w": it_w,
        "installed_pflops": count * s.dense_tflops * 1e-3,
        "memory_gb": memory_gb,
        "memory_utilisation": _model_memory_gb(s) * s.guard.copies / memory_gb,
        "running_fraction": compute.running_fraction(
            s.flight.sunlit_fraction, eclipse_power_fraction=s.design["eclipse_power_fraction"]
        ),
        "compute_duty": compute.compute_duty(
            s.flight.sunlit_fraction,
            eclipse_power_fraction=s.design["eclipse_power_fraction"],
            eclipses_per_yr=s.flight.eclipses_per_yr,
            resume_s=assumed.eclipse_resume_s,
        ),
        "bay_volume_m3": volume_m3,
        "bay_surface_m2": surface_m2,
    }
    s.face_m2 = surface_m2 * (1.0 / 6.0) * s.assumptions.mass.drag_area_bus_factor


def _model_memory_gb(s: State) -> Quantity:
    """Return the memory that a satellite must have: the smallest useful model, or a training."""
    smallest_gb, workload = s.assumptions.compute.min_model_memory_gb, s.assumptions.comms.workload
    if not somewhere(traffic.trains(workload)):
        return smallest_gb
    assumed = s.assumptions.traffic
    state_gb = traffic.training_memory_gb(
        workload,
        parameters=assumed.parameters,
        bytes_per_parameter=assumed.training_bytes_per_parameter,
        satellites=s.design["cluster_satellites"],
    )
    return np.maximum(smallest_gb, state_gb / s.design["modules"])
