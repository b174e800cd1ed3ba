"""Event rates against the beam test and hand-worked values."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from problems.radiation import behind, environment, load_radiation_tables
from problems.radiation.events import (
    compute_loss_fraction,
    equivalent_flux,
    event_rates,
    failure_rate_per_pflops_yr,
    mean_dose_krad,
    solar_event_flux_cm2_s,
    tid_loss,
)
from problems.radiation.hadrons import hadron_flux

TABLES = load_radiation_tables()
SECONDS = 3.15576e7
BEAM = {
    "sigma_sdc_cm2": 7.5e-9,
    "sigma_uecc_cm2": 3e-9,
    "sigma_sefi_cm2": 2.5e-11,
    "sigma_host_cm2": 6e-10,
    "sigma_hard_cm2": 6e-12,
    "latchup_rate_per_yr": 1e-3,
    "uecc_reference_hbm_gb": 32.0,
    "gpus_per_host": 1.0,
    "sdc_detected_fraction": 0.0,
}


def flux(altitude, inclination, *, is_geo=False):
    """Hadrons and their equivalents behind 10 mm alone, mean of a solar cycle."""
    env = environment(
        np.array([altitude]), np.array([inclination]), is_geo=np.array([is_geo]), tables=TABLES
    )
    hadrons = hadron_flux(
        env,
        behind(env, np.array([[10.0]]), tables=TABLES),
        weights=np.ones(1),
        active_share=TABLES.active_share,
        solar_mean_share=0.3,
        secondary_multiplier=1.0,
        albedo_multiplier=1.0,
        trapped_multiplier=1.0,
        solar_multiplier=1.0,
        gcr_multiplier=1.0,
    )
    return hadrons, equivalent(sum(hadrons), env.ions_let_3, env.ions_let_1)


def equivalent(hadrons, memory, logic, **changes):
    settings = {
        "active_share": TABLES.active_share,
        "heavy_ion_flux_cm2_s": 10.0,
        "heavy_ion_active_ratio": 0.5,
        "gcr_multiplier": 1.0,
    }
    return equivalent_flux(
        hadrons, memory_transmission=memory, logic_transmission=logic, **{**settings, **changes}
    )


def rates(particle_flux, **changes):
    n = np.shape(particle_flux)
    settings = {
        **BEAM,
        "logic_flux_cm2_s": particle_flux,
        "at_work_fraction": np.ones(n),
        "latchup_transmission": np.zeros(n),
        "tid_loss_rate_per_gpu_yr": np.zeros(n),
        "hbm_gb": np.full(n, 32.0),
    }
    return event_rates(particle_flux, **{**settings, **changes})


@pytest.mark.parametrize(
    ("altitude", "inclination", "is_geo", "solar", "total"),
    [
        # Independent estimate behind 10 mm with cosmic rays at solar minimum; the cycle mean has
        # 0.6-0.7 of those.
        (420.0, 51.6, False, 0.2, 13.0),
        (550.0, 97.6, False, 3.0, 29.0),
        (650.0, 98.0, False, 3.0, 49.0),
        (550.0, 30.0, False, 0.0, 48.0),
        (1200.0, 100.4, False, 3.4, 436.0),
        (35_786.0, 0.0, True, 15.0, 29.0),
    ],
)
def test_equivalent_flux_near_independent_estimate(altitude, inclination, is_geo, solar, total):
    hadrons, got = flux(altitude, inclination, is_geo=is_geo)
    assert hadrons.solar_flux_mean_cm2_s[0] == pytest.approx(solar, rel=0.15, abs=0.05)
    assert 0.75 * total < got.logic_flux_cm2_s[0] < 1.12 * total
    assert got.particle_flux_cm2_s[0] <= got.logic_flux_cm2_s[0]


def test_equivalent_flux_by_hand():
    # Half of the ions' 10 /cm2/s in active years: 7/11 * 5 + 4/11 * 10 = 75/11.
    got = equivalent(np.array([[20.0], [40.0]]), np.array([0.1]), np.array([0.3]))
    assert got.heavy_ion_flux_cm2_s == pytest.approx(7.5 / 11.0)
    assert got.particle_flux_cm2_s[:, 0] == pytest.approx([20.0 + 7.5 / 11.0, 40.0 + 7.5 / 11.0])
    assert got.logic_flux_cm2_s[0, 0] == pytest.approx(20.0 + 22.5 / 11.0)


def test_event_rates_reproduce_google_conversion():
    # arXiv:2511.19468v2: one corruption per 17 rad, 150 rad/yr, 650 km: 8.8 per chip and year.
    got = rates(flux(650.0, 98.0)[1].logic_flux_cm2_s)
    assert 8.8 / 2.0 < got.sdc_rate_per_gpu_yr[0] < 8.8 * 2.0


def test_idle_accelerators_lose_no_work_but_age():
    busy, idle = rates(np.array([10.0])), rates(np.array([10.0]), at_work_fraction=np.array([0.2]))
    assert idle.uecc_rate_per_gpu_yr == pytest.approx(0.2 * busy.uecc_rate_per_gpu_yr)
    assert idle.hard_rate_per_gpu_yr == busy.hard_rate_per_gpu_yr


def test_solar_event_of_august_1972():
    # King (1974): 7.9e9 protons above 30 MeV, e-fold 26.5 MeV. Two depths of 48 and 71 MeV outside,
    # weighing 1 to 3, through a fifth of the sky in two days.
    # (0.25 e^(-18/26.5) + 0.75 e^(-41/26.5)) * 7.9e9 * 0.2 / 172800 s = 2618 /cm2/s.
    got = solar_event_flux_cm2_s(
        np.array([0.2]),
        ln_cut_over_30_mev=np.log(np.array([[48.0], [71.0]]) / 30.0),
        weights=np.array([0.25, 0.75]),
        fluence_cm2=7.9e9,
        e_fold_mev=26.5,
        days=2.0,
    )
    assert got[0] == pytest.approx(2618.0, rel=1e-3)


def test_event_rates_by_hand():
    # 100 /cm2/s for a year is 3.15576e9 /cm2.
    got = rates(
        np.array([100.0]),
        hbm_gb=np.array([64.0]),
        gpus_per_host=8.0,
        sdc_detected_fraction=0.5,
        latchup_transmission=np.array([0.4]),
        tid_loss_rate_per_gpu_yr=np.array([0.01]),
    )
    fluence = 3.15576e9
    assert got.sdc_rate_per_gpu_yr[0] == pytest.approx(fluence * 7.5e-9)
    assert got.uecc_rate_per_gpu_yr[0] == pytest.approx(fluence * 6e-9)
    assert got.sefi_rate_per_gpu_yr[0] == pytest.approx(fluence * 2.5e-11)
    assert got.host_crash_rate_per_gpu_yr[0] == pytest.approx(fluence * 7.5e-11)
    assert got.undetected_sdc_rate_per_gpu_yr[0] == pytest.approx(fluence * 3.75e-9)
    assert got.radiation_interruption_rate_per_gpu_yr[0] == pytest.approx(
        fluence * (6e-9 + 2.5e-11 + 7.5e-11 + 3.75e-9)
    )
    assert got.radiation_loss_rate_per_gpu_yr[0] == pytest.approx(fluence * 6e-12 + 4e-4 + 0.01)
    assert got.radiation_failure_rate_per_gpu_yr[0] == pytest.approx(
        got.radiation_interruption_rate_per_gpu_yr[0] + got.radiation_loss_rate_per_gpu_yr[0]
    )


def test_event_rates_detection_moves_corruption_into_restarts():
    blind, seeing = rates(np.array([10.0])), rates(np.array([10.0]), sdc_detected_fraction=0.5)
    moved = blind.undetected_sdc_rate_per_gpu_yr - seeing.undetected_sdc_rate_per_gpu_yr
    gained = (
        seeing.radiation_interruption_rate_per_gpu_yr - blind.radiation_interruption_rate_per_gpu_yr
    )
    assert moved == pytest.approx(gained)


@pytest.mark.parametrize(("dose", "share"), [(0.75, 0.0008), (2.0, 0.063)])
def test_tid_loss_memory_margin(dose, share):
    # Lognormal, median 5 krad, spread 0.6: 0.08 % at 0.75 krad, 6 % at 2 krad.
    got = tid_loss(
        np.array(dose),
        life_yr=np.array(5.0),
        chip_d50_krad=30.0,
        chip_spread=0.7,
        hbm_d50_krad=5.0,
        hbm_spread=0.6,
    )
    assert float(got.hbm_margin_loss_fraction) == pytest.approx(share, rel=0.05)


def test_tid_loss_rate_integrates_to_the_probability():
    dose, life = np.geomspace(1e-6, 1e4, 40), 7.0
    got = tid_loss(
        dose,
        life_yr=np.full(40, life),
        chip_d50_krad=30.0,
        chip_spread=0.7,
        hbm_d50_krad=5.0,
        hbm_spread=0.6,
    )
    assert np.all(np.diff(got.failure_probability) >= 0.0)
    assert np.allclose(got.failure_probability, ndtr(np.log(dose / 30.0) / 0.7))
    survive = np.exp(-got.loss_rate_per_gpu_yr * life)
    assert np.allclose(1.0 - survive, got.failure_probability, atol=1e-9)
    assert np.isfinite(got.loss_rate_per_gpu_yr).all()


def test_tid_loss_without_dose_is_nothing():
    got = tid_loss(
        np.zeros(2),
        life_yr=np.ones(2),
        chip_d50_krad=np.array([[15.0], [30.0]]),
        chip_spread=0.7,
        hbm_d50_krad=5.0,
        hbm_spread=0.6,
    )
    assert got.loss_rate_per_gpu_yr.shape == (2, 2)
    assert np.all(got.loss_rate_per_gpu_yr == 0.0)


def test_mean_dose_is_below_the_95_percent_dose():
    zero = np.zeros(1)
    mean = mean_dose_krad(
        zero,
        solar_dose_95_krad=np.ones(1),
        gcr_dose_krad=zero,
        years=np.array([22.0 / 7.0]),
        active_share=7.0 / 11.0,
        solar_mean_share=0.3,
        solar_multiplier=1.0,
    )
    assert mean[0] == pytest.approx(0.3)  # two active years, 95 % dose of one krad


def test_failure_rate_per_pflops_by_hand():
    # An H100 at 989 TFLOP/s with 4.9 events a year.
    got = failure_rate_per_pflops_yr(np.array([4.9]), dense_tflops=np.array([989.0]))
    assert got[0] == pytest.approx(4.9545, rel=1e-4)


def test_events_need_an_accelerator_at_work_but_losses_do_not():
    always, half = (rates(np.array([50.0]), at_work_fraction=np.array([f])) for f in (1.0, 0.5))
    for name in ("sdc", "uecc", "sefi", "host_crash", "undetected_sdc", "radiation_interruption"):
        whole, part = (getattr(r, f"{name}_rate_per_gpu_yr") for r in (always, half))
        assert part == pytest.approx(0.5 * whole)
    assert half.radiation_loss_rate_per_gpu_yr == always.radiation_loss_rate_per_gpu_yr


def compute_loss(found, running=1.0, lost=0.0):
    return compute_loss_fraction(
        found,
        running_fraction=np.array([running]),
        lost_fraction=np.array([lost]),
        restart_s=300.0,
        reboot_s=900.0,
        sdc_detected_fraction=0.0,
    )


def test_compute_loss_fraction_by_hand():
    fluence = 3.15576e9
    outage = fluence * (3e-9 * 300.0 + (2.5e-11 + 6e-10) * 900.0) / SECONDS
    assert compute_loss(rates(np.array([100.0])), lost=0.1)[0] == pytest.approx(outage + 0.1)
    # Half of the year at work has half of the upsets: the same share of the work.
    paused = rates(np.array([100.0]), at_work_fraction=np.array([0.5]))
    assert compute_loss(paused, running=0.5)[0] == pytest.approx(outage)


def test_compute_loss_fraction_bounds():
    assert compute_loss(rates(np.zeros(1)))[0] == 0.0
    assert compute_loss(rates(np.array([1e9])))[0] == 1.0


def test_rates_keep_row_order_and_inputs():
    particle = np.array([1.0, 50.0, 400.0])
    kept = particle.copy()
    got, back = rates(particle), rates(particle[::-1])
    assert np.array_equal(particle, kept)
    for a, b in zip(got, back, strict=True):
        assert np.allclose(np.broadcast_to(a, 3), np.broadcast_to(b, 3)[::-1])
    assert rates(np.zeros(0)).sdc_rate_per_gpu_yr.shape == (0,)
