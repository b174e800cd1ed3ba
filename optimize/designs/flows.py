"""Power and heat of one design as flows that add up, for Sankey diagrams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimize.designs.geometry import short

_LOADS = (
    ("it_power_w", "Accelerators, hosts"),
    ("comms_power_w", "Links"),
    ("housekeeping_power_w", "Housekeeping"),
    ("pump_power_w", "Pumps"),
)
NEEDED = (
    *(name for name, _ in _LOADS),
    "heat_rejected_w",
    "array_power_required_w",
    "power_utilisation",
    "radiator_absorbed_w_m2",
    "earth_infrared_on_radiator_w_m2",
    "albedo_on_radiator_w_m2",
)


class _Flow:
    """Nodes in columns and the links between them, built by name."""

    def __init__(self) -> None:
        self.nodes: list[list[Any]] = []
        self.links: list[list[Any]] = []

    def node(self, label: str, column: int) -> int:
        self.nodes.append([label, column])
        return len(self.nodes) - 1

    def link(self, source: int, target: int, value_w: float) -> None:
        if value_w > 0.0:
            self.links.append([source, target, short(value_w)])

    def plain(self, note: str) -> dict[str, Any]:
        """Return nodes that carry something, links between them, and what they show."""
        used = sorted({end for link in self.links for end in link[:2]})
        place = {old: new for new, old in enumerate(used)}
        links = [[place[source], place[target], value] for source, target, value in self.links]
        return {"nodes": [self.nodes[i] for i in used], "links": links, "note": note}


def power_flow(out: Mapping[str, float]) -> dict[str, Any]:
    """Return the power in sunlight at end of life and aphelion, in the longest-eclipse orbit.

    Parameters
    ----------
    out
        Outputs of one design, those in ``NEEDED`` among them [W].

    Returns
    -------
    dict
        ``nodes`` (label, column), ``links`` (from, to, W) and a ``note``. Into every inner node
        flows what flows out of it.
    """
    needed_w, heat_w = out["array_power_required_w"], out["heat_rejected_w"]
    there_w = needed_w / out["power_utilisation"]
    flow = _Flow()
    array = flow.node("Array, end of life", 0)
    missing = flow.node("Missing", 0)
    conversion = flow.node("Power conversion", 1)
    battery = flow.node("Battery, for eclipse", 1)
    unused = flow.node("Not used", 1)
    lack_w = max(needed_w - there_w, 0.0)
    # What is missing is missing at the battery last: loads in sunlight come first.
    lack_battery_w = min(lack_w, needed_w - heat_w)
    flow.link(array, conversion, heat_w - (lack_w - lack_battery_w))
    flow.link(missing, conversion, lack_w - lack_battery_w)
    flow.link(array, battery, needed_w - heat_w - lack_battery_w)
    flow.link(missing, battery, lack_battery_w)
    flow.link(array, unused, there_w - needed_w)
    loads = [(flow.node(label, 2), out[name]) for name, label in _LOADS]
    loads.append((flow.node("Conversion loss", 2), heat_w - sum(value for _, value in loads)))
    radiator = flow.node("Heat to the radiator", 3)
    for load, value_w in loads:
        flow.link(conversion, load, value_w)
        flow.link(load, radiator, value_w)
    return flow.plain("In sunlight, at end of life and aphelion, orbit with the longest eclipse.")


def heat_flow(
    out: Mapping[str, float], *, radiator_area_m2: float, emissivity: float, absorptance: float
) -> dict[str, Any]:
    """Return the heat that enters the radiator and leaves it on both faces.

    Parameters
    ----------
    out
        Outputs of one design, those in ``NEEDED`` among them.
    radiator_area_m2
        Planform [m2].
    emissivity, absorptance
        Of the radiator at end of life [1].

    Returns
    -------
    dict
        As from :func:`power_flow`.
    """
    flow = _Flow()
    heat_w = out["heat_rejected_w"]
    sources = [(label, out[name]) for name, label in _LOADS]
    sources.append(("Conversion loss", heat_w - sum(value for _, value in sources)))
    infrared = emissivity * out["earth_infrared_on_radiator_w_m2"] * radiator_area_m2
    albedo = absorptance * out["albedo_on_radiator_w_m2"] * radiator_area_m2
    absorbed = out["radiator_absorbed_w_m2"] * radiator_area_m2
    sources += [("Earth infrared", infrared), ("Sunlight off the Earth", albedo)]
    sources.append(("Direct sunlight", absorbed - infrared - albedo))
    ends = [(flow.node(label, 0), value) for label, value in sources]
    radiator = flow.node("Radiator", 1)
    for end, value_w in ends:
        flow.link(end, radiator, value_w)
    for face in ("Space, one face", "Space, other face"):
        flow.link(radiator, flow.node(face, 2), 0.5 * (heat_w + absorbed))
    return flow.plain("All accelerators at full power; both faces radiate, equally in the model.")
