"""What particles do to accelerators: upsets, interruptions, permanent losses and lost compute.

Cross-sections are those of one accelerator in a 67-MeV proton beam; every event scales with an
equivalent flux of protons above 30 MeV at the die. Error correction turns silent corruption into
restarts, it does not remove events.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from problems.radiation.own_mass import mean_over
from problems.units import SECONDS_PER_DAY, SECONDS_PER_YEAR, FloatArray, Quantity


class EquivalentFlux(NamedTuple):
    """Hadrons above 30 MeV with the effect of all particles, mean of the life, /cm2/s."""

    heavy_ion_flux_cm2_s: FloatArray  # ions that upset memory, as protons with the same effect
    logic_ion_flux_cm2_s: FloatArray  # the same for logic
    particle_flux_cm2_s: FloatArray  # hadrons and ions that upset memory
    logic_flux_cm2_s: FloatArray  # hadrons and ions that upset logic


class TidLoss(NamedTuple):
    """Total-dose effects over the life."""

    failure_probability: FloatArray  # one accelerator dies of dose
    loss_rate_per_gpu_yr: FloatArray  # mean hazard over the life
    hbm_margin_loss_fraction: FloatArray  # memory that has lost timing margin by the end


class EventRates(NamedTuple):
    """Events per accelerator and year."""

    sdc_rate_per_gpu_yr: FloatArray
    uecc_rate_per_gpu_yr: FloatArray
    sefi_rate_per_gpu_yr: FloatArray
    host_crash_rate_per_gpu_yr: FloatArray
    undetected_sdc_rate_per_gpu_yr: FloatArray
    hard_rate_per_gpu_yr: FloatArray
    latchup_rate_per_gpu_yr: FloatArray
    radiation_interruption_rate_per_gpu_yr: FloatArray
    radiation_loss_rate_per_gpu_yr: FloatArray
    radiation_failure_rate_per_gpu_yr: FloatArray


#: Outputs with the share of each mechanism in the failures of an accelerator by radiation.
FAILURE_SHARES = (
    "failure_share_memory",
    "failure_share_interrupt",
    "failure_share_host",
    "failure_share_corruption",
    "failure_share_hard",
    "failure_share_latchup",
    "failure_share_dose",
)


def equivalent_flux(
    hadrons_cm2_s: FloatArray,
    *,
    memory_transmission: FloatArray,
    logic_transmission: FloatArray,
    active_share: Quantity | FloatArray,
    heavy_ion_flux_cm2_s: Quantity,
    heavy_ion_active_ratio: Quantity,
    gcr_multiplier: Quantity,
) -> EquivalentFlux:
    r"""Return the hadron flux above 30 MeV with the same effect as all particles at the die.

    Parameters
    ----------
    hadrons_cm2_s
        Protons and neutrons above 30 MeV at the die [/cm2/s].
    memory_transmission, logic_transmission
        Ions in orbit over those in free space, above the LET that upsets memory (3 MeV cm2/mg) and
        logic (1 MeV cm2/mg) [1].
    active_share
        Active years per year of life [1].
    heavy_ion_flux_cm2_s
        Protons with the effect of cosmic-ray ions in free space at solar minimum [/cm2/s].
    heavy_ion_active_ratio
        The same at solar maximum over minimum [1].
    gcr_multiplier
        Uncertain cosmic rays over the model's [1].

    Notes
    -----
    .. math:: \Phi = J_{hadrons} + k_{HI} T_{HI}

    FinFET memory cells have shown no upset by protons' own ionisation at nominal voltage;
    thresholds from 1 to 10 MeV cm2/mg are possible (estimate).

    Examples
    --------
    >>> import numpy as np
    >>> flux = equivalent_flux(np.array(40.0), memory_transmission=np.array(0.25),
    ...     logic_transmission=np.array(0.35), active_share=0.0, heavy_ion_flux_cm2_s=10.0,
    ...     heavy_ion_active_ratio=0.5, gcr_multiplier=1.0)
    >>> float(flux.particle_flux_cm2_s), float(flux.logic_flux_cm2_s)
    (42.5, 43.5)
    """
    ions = (heavy_ion_flux_cm2_s * gcr_multiplier) * (
        1.0 - active_share * (1.0 - heavy_ion_active_ratio)
    )
    memory, logic = np.asarray(memory_transmission * ions), np.asarray(logic_transmission * ions)
    return EquivalentFlux(memory, logic, hadrons_cm2_s + memory, hadrons_cm2_s + logic)


def solar_event_flux_cm2_s(
    solar_transmission: FloatArray,
    *,
    ln_cut_over_30_mev: FloatArray,
    weights: FloatArray,
    fluence_cm2: Quantity,
    e_fold_mev: Quantity,
    days: Quantity,
) -> FloatArray:
    """Return the protons above 30 MeV at the die on the days of a great solar event [/cm2/s].

    Parameters
    ----------
    solar_transmission
        Solar protons in orbit over those in free space [1].
    ln_cut_over_30_mev, weights
        Depths and how the die weighs them, from `problems.radiation.dose.behind` and
        `problems.radiation.own_mass`.
    fluence_cm2, e_fold_mev
        Protons above 30 MeV in free space, and the energy by which they fall to 1/e
        [/cm2], [MeV].
    days
        Days over which they arrive [d].

    Notes
    -----
    F(>E) = F30 e^((30 - E)/E0), as King gives it for August 1972.

    References
    ----------
    King, J. H. (1974), J. Spacecraft and Rockets 11, 401.

    Examples
    --------
    August 1972 behind 10 mm in free space: 2.7e9 protons per cm2.

    >>> import numpy as np
    >>> flux = solar_event_flux_cm2_s(np.array(1.0), weights=np.ones(1), days=1.0,
    ...     ln_cut_over_30_mev=np.log([58.6 / 30.0]), fluence_cm2=7.9e9, e_fold_mev=26.5)
    >>> f"{float(flux) * 86400.0:.1e}"
    '2.7e+09'
    """
    left = mean_over(np.exp(30.0 * (1.0 - np.exp(ln_cut_over_30_mev)) / e_fold_mev), weights)
    return np.asarray(left * solar_transmission * (fluence_cm2 / (days * SECONDS_PER_DAY)))


def tid_loss(
    mean_dose_krad: FloatArray,
    *,
    life_yr: FloatArray,
    chip_d50_krad: Quantity,
    chip_spread: Quantity,
    hbm_d50_krad: Quantity,
    hbm_spread: Quantity,
) -> TidLoss:
    r"""Return the probability and mean rate of accelerators lost to total dose.

    Parameters
    ----------
    mean_dose_krad
        Expected dose over the life, see `mean_dose_krad` [krad].
    life_yr
        Life over which it is collected [yr].
    chip_d50_krad, chip_spread
        Median dose to failure and its lognormal spread, part and environment together [krad], [1].
    hbm_d50_krad, hbm_spread
        The same for loss of memory timing margin, which derates capacity and kills nothing.

    Notes
    -----
    :math:`P(D) = \Phi[\ln(D / D_{50}) / s]`; the mean hazard over the life is
    :math:`-\ln(1 - P) / L`.

    Examples
    --------
    >>> import numpy as np
    >>> loss = tid_loss(np.array(30.0), life_yr=np.array(5.0), chip_d50_krad=30.0,
    ...                 chip_spread=0.7, hbm_d50_krad=5.0, hbm_spread=0.6)
    >>> float(loss.failure_probability), round(float(loss.loss_rate_per_gpu_yr), 4)
    (0.5, 0.1386)
    """
    ln_dose = np.log(np.maximum(mean_dose_krad, 1e-12))
    probability = np.asarray(ndtr((ln_dose - np.log(chip_d50_krad)) / chip_spread))
    margin = np.asarray(ndtr((ln_dose - np.log(hbm_d50_krad)) / hbm_spread))
    rate = -np.log1p(-np.minimum(probability, 1.0 - 1e-12)) / life_yr
    return TidLoss(probability, np.asarray(rate), margin)


def mean_dose_krad(
    belt_dose_krad: FloatArray,
    *,
    solar_dose_95_krad: FloatArray,
    gcr_dose_krad: FloatArray,
    years: FloatArray,
    active_share: Quantity | FloatArray,
    solar_mean_share: Quantity,
    solar_multiplier: Quantity,
) -> FloatArray:
    """Return the expected dose: rates use the mean of solar protons, limits their 95 % [krad].

    Parameters
    ----------
    belt_dose_krad, gcr_dose_krad
        Over the life, from `problems.radiation.dose.mission_dose` [krad].
    solar_dose_95_krad
        95 % dose of two active years, from `problems.radiation.dose.dose_rates` [krad].
    years
        Life with transfer [yr].
    active_share
        Active years per year of life [1].
    solar_mean_share
        Expected over 95 % solar-proton fluence [1].
    solar_multiplier
        Uncertain solar protons over the model's [1].

    Examples
    --------
    >>> import numpy as np
    >>> d = mean_dose_krad(np.array(1.0), solar_dose_95_krad=np.array(2.0),
    ...     gcr_dose_krad=np.array(0.0), years=np.array(11.0), active_share=7.0 / 11.0,
    ...     solar_mean_share=0.5, solar_multiplier=1.0)
    >>> float(d)
    4.5
    """
    # Half of the two-year value is one active year.
    yearly = solar_dose_95_krad * (active_share * (0.5 * solar_mean_share * solar_multiplier))
    return np.asarray(belt_dose_krad + gcr_dose_krad + yearly * years)


def event_rates(
    particle_flux_cm2_s: FloatArray,
    *,
    logic_flux_cm2_s: FloatArray,
    at_work_fraction: FloatArray,
    latchup_transmission: FloatArray,
    tid_loss_rate_per_gpu_yr: FloatArray,
    hbm_gb: FloatArray,
    sigma_sdc_cm2: Quantity,
    sigma_uecc_cm2: Quantity,
    sigma_sefi_cm2: Quantity,
    sigma_host_cm2: Quantity,
    sigma_hard_cm2: Quantity,
    latchup_rate_per_yr: Quantity,
    uecc_reference_hbm_gb: Quantity,
    gpus_per_host: Quantity,
    sdc_detected_fraction: Quantity,
) -> EventRates:
    """Return the events that radiation causes in one accelerator and its share of a host.

    Parameters
    ----------
    particle_flux_cm2_s, logic_flux_cm2_s
        What upsets memory, and logic, from `equivalent_flux` [/cm2/s].
    at_work_fraction
        Share of the particles that meet an accelerator at work: only there an upset costs [1].
    latchup_transmission
        Ions above 10 MeV cm2/mg in orbit over those in free space, from
        `problems.radiation.dose.environment` [1].
    tid_loss_rate_per_gpu_yr
        From `tid_loss` [1/yr].
    hbm_gb
        Memory of the accelerator; uncorrectable errors go with it [GB].
    sigma_sdc_cm2, sigma_uecc_cm2, sigma_sefi_cm2, sigma_host_cm2, sigma_hard_cm2
        Cross-sections per chip (per host for ``sigma_host_cm2``) [cm2].
    latchup_rate_per_yr
        Destructive latch-up by heavy ions in free space, per chip [1/yr].
    uecc_reference_hbm_gb
        Memory of the chip that was irradiated [GB].
    gpus_per_host
        Accelerators that go down with one host [1].
    sdc_detected_fraction
        Share of silent corruptions that checks catch; each costs a restart [1].

    Returns
    -------
    EventRates
        Per accelerator and year. Failures are interruptions plus permanent losses; undetected
        corruption stands apart.

    Notes
    -----
    lambda = Phi * sigma * 3.156e7 s, with the flux for memory in uncorrectable errors and with that
    for logic elsewhere; for upsets times the share at work. Interruptions:
    UECC * M/M_ref + SEFI + host/n + f * SDC; losses: hard + latch-up * T_HI + total dose.

    References
    ----------
    Agüera y Arcas et al. (2025), arXiv:2511.19468v2, sections 2.3 and 4.3.

    Examples
    --------
    >>> import numpy as np
    >>> r = event_rates(np.array(29.0), logic_flux_cm2_s=np.array(29.0),
    ...     at_work_fraction=np.array(1.0), latchup_transmission=np.array(1.0),
    ...     tid_loss_rate_per_gpu_yr=np.array(0.0), hbm_gb=np.array(32.0), sigma_sdc_cm2=7.5e-9,
    ...     sigma_uecc_cm2=3e-9, sigma_sefi_cm2=2.5e-11, sigma_host_cm2=6e-10,
    ...     sigma_hard_cm2=6e-12, latchup_rate_per_yr=1e-3, uecc_reference_hbm_gb=32.0,
    ...     gpus_per_host=8.0, sdc_detected_fraction=0.0)
    >>> round(float(r.sdc_rate_per_gpu_yr), 1), round(float(r.uecc_rate_per_gpu_yr), 1)
    (6.9, 2.7)
    """
    at_work = at_work_fraction * SECONDS_PER_YEAR
    memory = np.asarray(particle_flux_cm2_s * at_work)
    yearly = np.asarray(logic_flux_cm2_s * at_work)
    sdc = yearly * sigma_sdc_cm2
    uecc = memory * (sigma_uecc_cm2 / uecc_reference_hbm_gb) * hbm_gb
    sefi = yearly * sigma_sefi_cm2
    host = yearly * (sigma_host_cm2 / gpus_per_host)
    hard = logic_flux_cm2_s * (SECONDS_PER_YEAR * sigma_hard_cm2)
    latchup = latchup_transmission * latchup_rate_per_yr
    interruption = uecc + sefi + host + sdc * sdc_detected_fraction
    loss = hard + latchup + tid_loss_rate_per_gpu_yr
    undetected = sdc * (1.0 - sdc_detected_fraction)
    return EventRates(
        sdc, uecc, sefi, host, undetected, hard, latchup, interruption, loss, interruption + loss
    )


def failure_rate_per_pflops_yr(
    failure_rate_per_gpu_yr: FloatArray, *, dense_tflops: FloatArray
) -> FloatArray:
    """Return events per installed dense PFLOP/s and year [1/yr].

    Examples
    --------
    >>> import numpy as np
    >>> float(failure_rate_per_pflops_yr(np.array(3.0), dense_tflops=np.array(1500.0)))
    2.0
    """
    return np.asarray(failure_rate_per_gpu_yr * 1e3 / dense_tflops)


def compute_loss_fraction(
    rates: EventRates,
    *,
    running_fraction: FloatArray,
    lost_fraction: FloatArray,
    restart_s: Quantity,
    reboot_s: Quantity,
    sdc_detected_fraction: Quantity,
) -> FloatArray:
    r"""Return the share of compute that radiation costs over the life [1].

    Parameters
    ----------
    rates
        From `event_rates`.
    running_fraction
        Share of the time in which accelerators run, and in which the upsets fall [1].
    lost_fraction
        Accelerators that radiation has ended, mean of the life [1].
    restart_s
        Outage of a memory error or detected corruption: restart of the job [s].
    reboot_s
        Outage of a functional interrupt or host crash: power cycle and restart [s].
    sdc_detected_fraction
        Share of silent corruptions that checks catch [1].

    Notes
    -----
    Sum of rate times outage, over the time at work, plus what is lost for good. Held below 1.

    Examples
    --------
    An outage of an hour a day, in the half of the day that is worked:

    >>> zero, day = np.zeros(1), np.full(1, 365.25)
    >>> rates = EventRates(zero, day, *[zero] * 8)
    >>> loss = compute_loss_fraction(rates, running_fraction=np.array(0.5), restart_s=3600.0,
    ...     lost_fraction=np.array(0.0), reboot_s=900.0, sdc_detected_fraction=0.0)
    >>> round(float(loss[0]), 4)
    0.0833
    """
    restart = rates.uecc_rate_per_gpu_yr + rates.sdc_rate_per_gpu_yr * sdc_detected_fraction
    reboot = rates.sefi_rate_per_gpu_yr + rates.host_crash_rate_per_gpu_yr
    outage = (restart * restart_s + reboot * reboot_s) / (SECONDS_PER_YEAR * running_fraction)
    return np.asarray(np.minimum(outage + lost_fraction, 1.0))
