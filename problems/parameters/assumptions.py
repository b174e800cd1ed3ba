"""Assumptions: the numbers nobody chooses, each with a range and a source.

One row of ``data/assumptions.csv`` is one field of one dataclass below. A row without a field, a
field without a row, or a unit that contradicts the name stops the load: there is no third place
where a number could hide.
"""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, get_type_hints

from problems.spec import SpecError, nearest, unknown
from problems.units import FORMATIONS, WORKLOADS

if TYPE_CHECKING:
    from problems.units import Quantity

DISTRIBUTIONS = ("triangular", "lognormal", "logitnormal", "uniform", "fixed")
CONFIDENCES = ("high", "medium", "low", "estimate")

#: Assumptions that are a choice among words; in force is the position of the word.
WORDS: Mapping[str, tuple[str, ...]] = {
    "compute.precision": ("bf16", "fp8", "fp4"),
    "comms.workload": WORKLOADS,
    "cluster.formation": FORMATIONS,
}


@dataclass(frozen=True, slots=True)
class AssumptionRow:
    """One row of the table: a number, how far it may be off, and where it comes from."""

    group: str
    name: str
    nominal: float
    unit: str
    low: float
    high: float
    distribution: str
    currency_year: str
    confidence: str
    source: str
    locator: str
    retrieved: str
    note: str

    @property
    def key(self) -> str:
        """Dotted key under which a configuration overrides the number."""
        return f"{self.group}.{self.name}"


# GROUPS-BEGIN (one frozen dataclass per group; field names are the names in the table)


@dataclass(frozen=True, slots=True)
class PowerAssumptions:
    """Solar array, power conditioning and battery."""

    cell_packing: Quantity
    wiring_efficiency: Quantity
    pointing_cosine: Quantity
    sizing_flux_fraction: Quantity
    array_ageing_per_yr: Quantity
    array_absorptance: Quantity
    array_emissivity_front: Quantity
    array_emissivity_back: Quantity
    pmad_efficiency: Quantity
    pmad_mass_kg_per_kw: Quantity
    pmad_usd_per_w: Quantity
    charge_efficiency: Quantity
    depth_of_discharge_cap: Quantity
    contingency_h: Quantity
    housekeeping_base_w: Quantity
    housekeeping_fraction: Quantity
    switch_rating_v: Quantity
    switch_threshold_frac: Quantity
    switch_area_cm2: Quantity


@dataclass(frozen=True, slots=True)
class ThermalAssumptions:
    """Radiator environment, coolant loop and chip limits."""

    earth_ir_w_m2: Quantity
    albedo: Quantity
    sun_error_deg: Quantity
    new_absorptance_share: Quantity
    fin_drop_k: Quantity
    loop_delta_k: Quantity
    loop_floor_c: Quantity
    loop_heat_capacity_j_per_kg_k: Quantity
    loop_pressure_kpa: Quantity
    pump_efficiency: Quantity
    spare_pump_kg_per_kw: Quantity
    coolant_heat_capacity_j_per_kg_k: Quantity
    coolant_density_kg_per_m3: Quantity
    junction_limit_c: Quantity


@dataclass(frozen=True, slots=True)
class ComputeAssumptions:
    """Workload, interruptions and the compute bay."""

    mfu: Quantity
    precision: Quantity
    value_decline_per_yr: Quantity
    gang_gpus: Quantity
    checkpoint_s: Quantity
    restart_s: Quantity
    eclipse_resume_s: Quantity
    min_model_memory_gb: Quantity
    host_mass_kg_per_kw: Quantity
    host_usd_per_gpu: Quantity
    bay_density_kw_per_m3: Quantity


@dataclass(frozen=True, slots=True)
class ReliabilityAssumptions:
    """Failures that radiation does not cause."""

    gpu_failure_rate_per_yr: Quantity
    gpu_interruption_rate_per_yr: Quantity
    gpu_thermal_share: Quantity
    activation_energy_ev: Quantity
    reference_junction_c: Quantity
    host_failure_rate_per_yr: Quantity
    dormant_failure_share: Quantity
    solder_test_cycles: Quantity
    solder_joint_share: Quantity
    bus_weibull_shape: Quantity
    bus_weibull_scale_yr: Quantity
    bus_failure_multiplier: Quantity


@dataclass(frozen=True, slots=True)
class MassAssumptions:
    """Growth allowances, margin, error of prediction and bus equipment."""

    growth_off_the_shelf: Quantity
    growth_modified: Quantity
    growth_new: Quantity
    system_margin: Quantity
    prediction_error: Quantity
    harness_fraction: Quantity
    harness_power_share: Quantity
    avionics_base_kg: Quantity
    avionics_fraction: Quantity
    momentum_kg_per_m2: Quantity
    thruster_kg: Quantity
    ep_isp_s: Quantity
    tank_fraction: Quantity
    propellant_residual: Quantity
    drag_area_bus_factor: Quantity
    keeping_thrust_n: Quantity
    solar_maximum_density_ratio: Quantity
    busy_year_density_ratio: Quantity
    radiator_tube_frac: Quantity
    radiator_loop_frac: Quantity


@dataclass(frozen=True, slots=True)
class StructureAssumptions:
    """Structure, walls and acceleration rating."""

    fraction: Quantity
    deployable_root_fraction: Quantity
    wall_mm: Quantity
    perforation_kill_frac: Quantity
    bumper_gap_mm: Quantity
    hardware_g_limit: Quantity


@dataclass(frozen=True, slots=True)
class CostAssumptions:
    """Prices and rates of the orbital project."""

    wacc: Quantity
    bus_usd_per_kg: Quantity
    shield_usd_per_kg: Quantity
    integration_fraction: Quantity
    nre_usd: Quantity
    production_satellites: Quantity
    series_satellites: Quantity
    learning_rate: Quantity
    thruster_usd: Quantity
    propellant_usd_per_kg: Quantity
    ops_fraction_per_yr: Quantity
    commercial_insurance: Quantity
    insurance_premium: Quantity
    commissioning_yr: Quantity
    undetected_sdc_usd: Quantity


@dataclass(frozen=True, slots=True)
class GroundAssumptions:
    """The terrestrial data centre."""

    mfu_ratio: Quantity
    wacc: Quantity
    capex_usd_per_w: Quantity
    fit_out_factor: Quantity
    facility_life_yr: Quantity
    chip_life_yr: Quantity
    electricity_usd_per_kwh: Quantity
    pue: Quantity
    ops_fraction_per_yr: Quantity
    availability: Quantity
    warranty_yr: Quantity
    time_to_power_yr: Quantity
    scarcity_price_usd_per_kw_yr: Quantity
    solar_yield_kwh_per_m2_yr: Quantity


@dataclass(frozen=True, slots=True)
class LaunchAssumptions:
    """Electric raising, packing and pricing of flights from Earth."""

    parking_altitude_km: Quantity
    electric_power_frac: Quantity
    electric_efficiency_frac: Quantity
    electric_duty_frac: Quantity
    thruster_kg_per_kw: Quantity
    thruster_usd_per_kw: Quantity
    fairing_usable_frac: Quantity
    dedicated: Quantity
    operator_cost_share: Quantity
    learning_rate: Quantity
    cumulative_mass_ratio: Quantity
    record_year: Quantity
    mature_failure_prob: Quantity
    tanker_delivered_frac: Quantity


@dataclass(frozen=True, slots=True)
class LunarAssumptions:
    """Mass driver, what the Moon can make, and arrival at the Earth."""

    fixed_capital_usd: Quantity
    capital_usd_per_tpa: Quantity
    track_capital_frac: Quantity
    reference_accel_g: Quantity
    throughput_t_per_yr: Quantity
    utilisation_frac: Quantity
    plant_life_yr: Quantity
    opex_frac_per_yr: Quantity
    driver_efficiency_frac: Quantity
    electricity_usd_per_kwh: Quantity
    freight_delta_v_m_s: Quantity
    build_cost_multiplier: Quantity
    made_array_frac: Quantity
    made_radiator_frac: Quantity
    made_structure_frac: Quantity
    made_shield_frac: Quantity
    made_harness_frac: Quantity
    made_propellant_frac: Quantity
    made_aeroshell_frac: Quantity
    made_other_frac: Quantity
    aeroshell_frac: Quantity
    arrival_isp_s: Quantity
    stage_inert_frac: Quantity
    delta_v_margin_frac: Quantity
    structure_g_sensitivity: Quantity
    structure_reference_g: Quantity
    failure_prob: Quantity
    landing_loss_frac: Quantity


@dataclass(frozen=True, slots=True)
class CommsAssumptions:
    """Traffic, optical terminals and ground stations."""

    workload: Quantity
    training_bits_per_flop: Quantity
    inference_bits_per_flop: Quantity
    batch_bits_per_flop: Quantity
    mesh_spacing_km: Quantity
    terminal_gbps: Quantity
    terminal_distance_km: Quantity
    terminal_mass_kg: Quantity
    terminal_power_w: Quantity
    terminal_cost_usd: Quantity
    min_terminals: Quantity
    max_terminals: Quantity
    spare_terminals: Quantity
    radio_mass_kg: Quantity
    radio_power_w: Quantity
    radio_cost_usd: Quantity
    site_availability: Quantity
    ground_sites: Quantity
    site_gbps: Quantity
    site_load_frac: Quantity
    site_cost_usd: Quantity
    checkpoint_to_ground_h: Quantity
    min_elevation_deg: Quantity
    relay_path_km: Quantity


@dataclass(frozen=True, slots=True)
class OrbitAssumptions:
    """Sunlight, air, debris, and the rules for keeping and leaving an orbit."""

    solar_constant_w_m2: Quantity
    albedo_geometry: Quantity
    albedo_geometry_dawn_dusk: Quantity
    drag_coefficient: Quantity
    density_multiplier: Quantity
    edge_ram_frac: Quantity
    longest_decay_yr: Quantity
    electric_disposal: Quantity
    spiral_end_km: Quantity
    reentry_perigee_km: Quantity
    navigation_low_km: Quantity
    navigation_high_km: Quantity
    storage_trim_m_s: Quantity
    reflectivity: Quantity
    collision_avoidance_m_s_per_yr: Quantity
    north_south_m_s_per_yr: Quantity
    east_west_m_s_per_yr: Quantity
    debris_solar_flux_sfu: Quantity
    debris_flux_multiplier: Quantity
    debris_above_leo: Quantity
    debris_above_leo_scale_km: Quantity


@dataclass(frozen=True, slots=True)
class RadiationAssumptions:
    """Radiation environment and what it does to accelerators and cells."""

    design_margin: Quantity
    trapped_multiplier: Quantity
    solar_multiplier: Quantity
    gcr_multiplier: Quantity
    cell_multiplier: Quantity
    secondary_multiplier: Quantity
    albedo_multiplier: Quantity
    self_shielding_frac: Quantity
    solar_minimum_year: Quantity
    solar_mean_share: Quantity
    heavy_ion_flux_cm2_s: Quantity
    heavy_ion_active_ratio: Quantity
    burnout_ion_flux_per_cm2_yr: Quantity
    event_fluence_cm2: Quantity
    event_e_fold_mev: Quantity
    event_days: Quantity
    saa_pass_s: Quantity
    sigma_sdc_cm2: Quantity
    sigma_uecc_cm2: Quantity
    sigma_sefi_cm2: Quantity
    sigma_host_cm2: Quantity
    sigma_hard_cm2: Quantity
    latchup_rate_per_yr: Quantity
    uecc_reference_hbm_gb: Quantity
    sdc_detected_fraction: Quantity
    reboot_s: Quantity
    chip_d50_krad: Quantity
    chip_spread: Quantity
    hbm_d50_krad: Quantity
    hbm_spread: Quantity


@dataclass(frozen=True, slots=True)
class FleetAssumptions:
    """What limits a fleet: supply, launch rates, crowding, ramp and learning."""

    world_accelerators_per_yr: Quantity
    world_pv_gw_per_yr: Quantity
    pv_module_w_m2: Quantity
    iss_heat_rejection_kw: Quantity
    iss_radiator_area_m2: Quantity
    heavy_flights_per_yr: Quantity
    shell_thickness_km: Quantity
    relative_speed_frac: Quantity
    unmanoeuvrable_frac: Quantity
    avoidance_miss_frac: Quantity
    dead_residence_cap_yr: Quantity
    tracked_leo_objects: Quantity
    ramp_yr: Quantity
    ramp_start_frac: Quantity
    launch_experience_t: Quantity
    launch_floor_usd_per_kg: Quantity
    build_floor_frac: Quantity
    resupply_batch_yr: Quantity
    albedo: Quantity
    launch_co2_kg_per_kg: Quantity
    hardware_co2_kg_per_kg: Quantity
    grid_co2_g_per_kwh: Quantity


@dataclass(frozen=True, slots=True)
class RefreshAssumptions:
    """Servicing visits that bring new modules."""

    visit_usd: Quantity
    carrier_factor: Quantity
    host_share: Quantity
    outage_d: Quantity


@dataclass(frozen=True, slots=True)
class ProtectionAssumptions:
    """What protection against faults costs, and what it catches."""

    duplicate_detected_frac: Quantity
    compare_overhead_frac: Quantity
    tmr_masked_frac: Quantity
    tmr_host_power_frac: Quantity
    tmr_host_share_frac: Quantity
    unprotected_job_h: Quantity


@dataclass(frozen=True, slots=True)
class TimingAssumptions:
    """How prices and chips move with the year of the launch."""

    chip_price_decline_per_yr: Quantity
    chip_efficiency_growth_per_yr: Quantity
    chip_memory_growth_per_yr: Quantity
    launch_price_decline_per_yr: Quantity
    array_price_decline_per_yr: Quantity
    bus_price_decline_per_yr: Quantity
    network_price_decline_per_yr: Quantity


@dataclass(frozen=True, slots=True)
class TrafficAssumptions:
    """The model that is trained or served, and what it sends."""

    parameters: Quantity
    active_parameters: Quantity
    batch_tokens: Quantity
    value_bits: Quantity
    outer_bits: Quantity
    width: Quantity
    layers: Quantity
    kv_values: Quantity
    token_bits: Quantity
    all_to_all_bits_per_flop: Quantity
    training_bytes_per_parameter: Quantity
    training_token_bits: Quantity
    overlap_frac: Quantity
    extra_tokens_frac: Quantity


@dataclass(frozen=True, slots=True)
class ClusterAssumptions:
    """Links, keeping and risk of satellites in formation."""

    formation: Quantity
    aperture_m: Quantity
    wavelength_um: Quantity
    laser_w: Quantity
    aperture_efficiency: Quantity
    optics_efficiency: Quantity
    photons_per_bit: Quantity
    channel_gbps: Quantity
    terminal_mass_kg: Quantity
    terminal_power_w: Quantity
    terminal_cost_usd: Quantity
    transceiver_usd_per_gbit_s: Quantity
    transceiver_pj_per_bit: Quantity
    min_terminals: Quantity
    max_terminals: Quantity
    spare_terminals: Quantity
    switch_links: Quantity
    switch_cost_frac: Quantity
    lattice_keeping_m_s_per_km_yr: Quantity
    drag_difference_frac: Quantity
    adrift_frac: Quantity
    missed_frac: Quantity
    breakup_frac: Quantity


@dataclass(frozen=True, slots=True)
class PlatformAssumptions:
    """Joining modules in orbit."""

    kit_mass_kg: Quantity
    structure_frac: Quantity
    joint_h: Quantity
    docking_loss_prob: Quantity
    servicers: Quantity
    servicer_usd: Quantity
    platforms_served: Quantity
    operations_usd_per_month: Quantity
    development_usd: Quantity
    platforms_built: Quantity
    flights_per_month: Quantity
    waiting_share: Quantity


# GROUPS-END


@dataclass(frozen=True, slots=True)
class Assumptions:
    """All groups; reach a number as ``assumptions.power.cell_packing``."""

    orbit: OrbitAssumptions
    power: PowerAssumptions
    thermal: ThermalAssumptions
    compute: ComputeAssumptions
    reliability: ReliabilityAssumptions
    mass: MassAssumptions
    structure: StructureAssumptions
    cost: CostAssumptions
    ground: GroundAssumptions
    launch: LaunchAssumptions
    lunar: LunarAssumptions
    comms: CommsAssumptions
    radiation: RadiationAssumptions
    fleet: FleetAssumptions
    protection: ProtectionAssumptions
    refresh: RefreshAssumptions
    timing: TimingAssumptions
    traffic: TrafficAssumptions
    cluster: ClusterAssumptions
    platform: PlatformAssumptions


def read_table(name: str) -> list[dict[str, str]]:
    """Read a CSV table of ``problems/data`` as text cells; blank lines are skipped."""
    text = resources.files("problems.data").joinpath(name).read_text(encoding="utf-8")
    return [row for row in csv.DictReader(text.splitlines()) if any(row.values())]


@cache
def assumption_rows() -> Mapping[str, AssumptionRow]:
    """Return every row of the table by its dotted key.

    Raises
    ------
    SpecError
        For a duplicate, a number that does not parse, low > nominal > high, an unknown
        distribution, or a missing source.
    """
    rows: dict[str, AssumptionRow] = {}
    for cells in read_table("assumptions.csv"):
        key = f"{cells['group']}.{cells['name']}"
        try:
            numbers = {column: float(cells[column]) for column in ("nominal", "low", "high")}
        except ValueError as error:
            raise SpecError(key, f"not a number: {error}") from None
        text = {field: (value or "").strip() for field, value in cells.items()}
        fields: dict[str, Any] = {**text, **numbers}
        row = AssumptionRow(**fields)
        if key in rows:
            raise SpecError(key, "appears twice in assumptions.csv")
        if not row.low <= row.nominal <= row.high:
            raise SpecError(key, f"{row.low:g} <= {row.nominal:g} <= {row.high:g} does not hold")
        if row.distribution not in DISTRIBUTIONS:
            raise SpecError(key, f"unknown distribution '{row.distribution}'")
        if row.confidence not in CONFIDENCES:
            raise SpecError(key, f"unknown confidence '{row.confidence}'")
        if not row.source or (row.source == "estimate" and not row.note):
            raise SpecError(key, "needs a source, or 'estimate' with a note")
        rows[key] = row
    return rows


def number_in_force(key: str, value: float | str) -> float:
    """Return the number that stands for a value of an assumption: a choice may be its word.

    Raises
    ------
    SpecError
        For an unknown word or position of a choice, or for text where a number belongs.

    Examples
    --------
    >>> number_in_force("compute.precision", "fp8"), number_in_force("cost.wacc", 0.08)
    (1.0, 0.08)
    """
    words = WORDS.get(key, ())
    if isinstance(value, str):
        if value not in words:
            fault = f"expected one of {', '.join(words)}" if words else "expected a number"
            raise SpecError(key, f"{fault}, got '{value}'", nearest(value, words))
        return float(words.index(value))
    if words and value not in range(len(words)):
        codes = ", ".join(f"{code} ({word})" for code, word in enumerate(words))
        raise SpecError(key, f"expected one of {codes}, got {value:g}")
    return float(value)


def load_assumptions(overrides: Mapping[str, Quantity] | None = None) -> Assumptions:
    """Return the nominal assumptions with ``overrides`` (dotted key -> value) applied.

    An override may be a number or an ``(m, 1)`` column over futures.

    Raises
    ------
    SpecError
        For an unknown key (with the nearest one), or when table and dataclasses disagree.
    """
    rows = assumption_rows()
    overrides = dict(overrides or {})
    for key in overrides:
        if key not in rows:
            raise SpecError(key, *unknown("unknown assumption", key, rows))
    groups: dict[str, Any] = {}
    hints = get_type_hints(Assumptions)
    for group, cls in hints.items():
        wanted = {field.name for field in dataclasses.fields(cls)}
        given = {row.name for row in rows.values() if row.group == group}
        if wanted != given:
            raise SpecError(group, f"table and code disagree on {sorted(wanted ^ given)}")
        groups[group] = cls(
            **{
                name: overrides.get(f"{group}.{name}", rows[f"{group}.{name}"].nominal)
                for name in wanted
            }
        )
    ungrouped = {row.group for row in rows.values()} - set(hints)
    if ungrouped:
        raise SpecError(sorted(ungrouped)[0], "group has rows but no dataclass")
    return Assumptions(**groups)
