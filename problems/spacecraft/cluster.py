"""Links between satellites that work together: terminals, switches, bisection, steps that wait."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from problems.units import FloatArray, Quantity

#: Less of the traffic than this is never hidden behind work: links have a finite size.
_LEAST_OVERLAP = 0.1
_NO_RATE_GBPS = 1e-300
_PICOJOULES_PER_GIGABIT = 1e-3  # pJ/bit times Gbit/s, in W


class ClusterTerminals(NamedTuple):
    """Short-range terminals of one satellite."""

    installed_gbps: FloatArray  #: rate each way over all working ones [Gbit/s]
    terminals: FloatArray  #: fitted, spares included [1]
    power_w: FloatArray  #: [W]
    mass_kg: FloatArray  #: [kg]
    cost_usd: FloatArray  #: [USD]


def cluster_terminals(
    required_gbps: FloatArray,
    *,
    rate_per_terminal_gbps: FloatArray,
    overlap_frac: Quantity,
    min_terminals: Quantity,
    max_terminals: Quantity,
    spare_terminals: Quantity,
    terminal_mass_kg: Quantity,
    terminal_power_w: Quantity,
    terminal_cost_usd: Quantity,
    usd_per_gbps: Quantity,
    energy_pj_per_bit: Quantity,
) -> ClusterTerminals:
    """Fit terminals so fast that the traffic hides behind the work, as far as there is room.

    Parameters
    ----------
    required_gbps : array_like
        Traffic to other satellites at full speed, each way [Gbit/s].
    rate_per_terminal_gbps : array_like
        Most that one terminal carries over the distance [Gbit/s].
    overlap_frac : array_like
        Share of a step's work during which traffic flows unnoticed [1].
    min_terminals, max_terminals, spare_terminals : array_like
        Fewest and most working terminals, and cold spares [1].
    terminal_mass_kg, terminal_power_w, terminal_cost_usd : array_like
        Of a terminal without its transceivers [kg, W, USD].
    usd_per_gbps : array_like
        Transceivers per rate [USD/(Gbit/s)].
    energy_pj_per_bit : array_like
        Transceivers per bit at each end [pJ/bit].

    Returns
    -------
    ClusterTerminals
        Nothing at all where there is no traffic.

    Examples
    --------
    A ring of 81 satellites asks for 1,923 Gbit/s:

    >>> fit = cluster_terminals(np.array([0.0, 1923.0]), rate_per_terminal_gbps=np.array(2.4e5),
    ...     overlap_frac=0.8, min_terminals=2.0, max_terminals=6.0, spare_terminals=1.0,
    ...     terminal_mass_kg=5.0, terminal_power_w=20.0, terminal_cost_usd=5e4, usd_per_gbps=3.0,
    ...     energy_pj_per_bit=20.0)
    >>> fit.terminals.tolist(), fit.installed_gbps.round().tolist(), fit.power_w.round().tolist()
    ([0.0, 3.0], [0.0, 2404.0], [0.0, 78.0])
    """
    fewest = np.rint(min_terminals)
    most = np.maximum(np.rint(max_terminals), fewest)
    wanted = required_gbps / np.maximum(overlap_frac, _LEAST_OVERLAP)
    working = np.clip(np.ceil(wanted / rate_per_terminal_gbps), fewest, most)
    working = np.where(required_gbps > 0.0, working, 0.0)
    installed = np.minimum(wanted, working * rate_per_terminal_gbps)
    fitted = np.where(working > 0.0, working + np.rint(spare_terminals), 0.0)
    moved = np.minimum(required_gbps, installed)
    return ClusterTerminals(
        installed_gbps=installed,
        terminals=fitted,
        power_w=working * terminal_power_w
        + moved * (np.asarray(energy_pj_per_bit) * _PICOJOULES_PER_GIGABIT),
        mass_kg=fitted * terminal_mass_kg,
        cost_usd=fitted * terminal_cost_usd + installed * usd_per_gbps,
    )


def step_efficiency(
    required_gbps: FloatArray, *, available_gbps: FloatArray, overlap_frac: Quantity
) -> FloatArray:
    """Return the share of the time in which satellites do not wait for one another.

    Parameters
    ----------
    required_gbps, available_gbps : array_like
        Traffic at full speed and rate of the links, each way [Gbit/s].
    overlap_frac : array_like
        Share of the work during which traffic flows unnoticed [1].

    Returns
    -------
    numpy.ndarray
        ``1 / (1 + max(0, x F / R - o))`` [1].

    Examples
    --------
    >>> step_efficiency(np.array([0.0, 800.0, 1800.0]), available_gbps=np.array(1000.0),
    ...                 overlap_frac=0.8).tolist()
    [1.0, 1.0, 0.5]
    """
    waiting = required_gbps / np.maximum(available_gbps, _NO_RATE_GBPS) - overlap_frac
    return np.asarray(1.0 / (1.0 + np.maximum(waiting, 0.0)))


def compute_share(links_per_switch: Quantity, *, layers: Quantity) -> FloatArray:
    """Return the share of satellites that compute where others only switch (folded Clos).

    Parameters
    ----------
    links_per_switch : array_like
        Links of a switch satellite; a computing one has two [1].
    layers : array_like
        Layers, the computing satellites included [1].

    Returns
    -------
    numpy.ndarray
        ``k / (k + 4 L - 6)`` [1].

    Examples
    --------
    >>> compute_share(10.0, layers=3.0).tolist()
    0.625
    """
    return np.asarray(links_per_switch / (links_per_switch + 4.0 * np.asarray(layers) - 6.0))


def clos_layers(satellites: FloatArray, *, links_per_switch: Quantity) -> FloatArray:
    """Return the layers of a Clos network that joins some computing satellites.

    Parameters
    ----------
    satellites : array_like
        Computing satellites [1].
    links_per_switch : array_like
        Links of a switch satellite, more than two [1].

    Returns
    -------
    numpy.ndarray
        Smallest L, at least 2, with ``(k/2)^(L - 1)`` satellites or more [1].

    Examples
    --------
    >>> clos_layers(np.array([5.0, 25.0, 26.0]), links_per_switch=10.0).tolist()
    [2.0, 3.0, 4.0]
    """
    half = np.maximum(0.5 * np.asarray(links_per_switch), 1.5)
    above = np.ceil(np.log(satellites) / np.log(half) - 1e-9)
    return np.asarray(1.0 + np.maximum(above, 1.0))


def bisection_links(satellites: FloatArray) -> FloatArray:
    """Return the links between two halves of a planar mesh in a disc.

    Parameters
    ----------
    satellites : array_like
        Satellites on a square lattice inside a circle [1].

    Returns
    -------
    numpy.ndarray
        Rows that a diameter crosses; none for a single satellite [1].

    Examples
    --------
    >>> bisection_links(np.array([1.0, 81.0])).tolist()
    [0.0, 11.0]
    """
    rows = np.floor(2.0 * np.sqrt(satellites / np.pi) + 1.0)
    return np.where(satellites > 1.0, rows, 0.0)
