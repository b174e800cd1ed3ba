"""The whole satellite as an OpenMDAO component.

Partials are exact, all of one pass. Every node is a design of its own, so the Jacobian is diagonal.
At a kink (a limit becoming active, the edge of a table cell) a partial is the slope of one side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import openmdao.api as om

from problems import load_problem

#: The Julian year of the model; OpenMDAO's own ``yr`` is the tropical one, 21 ppm shorter.
_YEAR = "(365.25*d)"
#: Our units as OpenMDAO writes them. What is missing has no unit there; its description says ours.
#: Two would be wrong as they stand: its krad is an angle and its g is the gram.
UNITS = {
    "1/cm2": "1/cm**2",
    "1/cm2/s": "1/cm**2/s",
    "1/m2/yr": f"1/m**2/{_YEAR}",
    "1/yr": f"1/{_YEAR}",
    "K": "degK",
    "USD": "USD",
    "USD/h": "USD/h",
    "USD/kW/yr": f"USD/kW/{_YEAR}",
    "USD/kg": "USD/kg",
    "W": "W",
    "W/m2": "W/m**2",
    "Wh": "W*h",
    "deg": "deg",
    "degC": "degC",
    "kWh/m2/yr": f"kW*h/m**2/{_YEAR}",
    "kg": "kg",
    "kg/kW": "kg/kW",
    "km": "km",
    "km/s": "km/s",
    "m/s": "m/s",
    "m2": "m**2",
    "m3": "m**3",
    "min": "min",
    "mm": "mm",
    "ms": "ms",
    "yr": _YEAR,
}


def output_name(satellite: Any, name: str) -> str:
    """Return the name of an output in OpenMDAO, where inputs and outputs share one namespace."""
    return f"out_{name}" if name in satellite.space.index else name


class SatelliteComponent(om.ExplicitComponent):  # type: ignore[misc]  # OpenMDAO has no types
    """Every number of a satellite from its variables.

    Real variables are inputs; whole numbers and choices are discrete inputs, one value for all
    nodes or one per node. An output that has the name of a variable is called ``out_...``.

    Parameters
    ----------
    satellite
        What :func:`problems.load_problem` returns; by default the shipped problem.
    design
        Start values by variable; the problem's defaults where missing.
    names
        Outputs to compute; all by default.
    nodes
        Designs evaluated at a time.
    """

    def initialize(self) -> None:
        """Declare the options."""
        self.options.declare("satellite", default=None, recordable=False)
        self.options.declare("design", default={}, types=dict)
        self.options.declare("names", default=None, allow_none=True)
        self.options.declare("nodes", default=1, types=int, lower=1)

    def setup(self) -> None:
        """Add inputs, outputs and the diagonal of the Jacobian."""
        self.satellite = self.options["satellite"] or load_problem()
        self.names = tuple(self.options["names"] or self.satellite.outputs)
        nodes, design = self.options["nodes"], self.options["design"]
        unknown = [name for name in design if name not in self.satellite.space.index]
        if unknown:
            self.satellite.space[unknown[0]]
        self.reals: list[str] = []
        for v in self.satellite.space.variables:
            start, text = design.get(v.name, v.default), f"{v.description} [{v.unit}]"
            if v.kind == "real":
                self.reals.append(v.name)
                value = np.full(nodes, float(start))
                self.add_input(v.name, val=value, units=UNITS.get(v.unit), desc=text)
            else:
                self.add_discrete_input(v.name, val=start, desc=text)
        for name in self.names:
            o = self.satellite.outputs[name]
            text = f"{o.description} [{o.unit}]"
            out = output_name(self.satellite, name)
            self.add_output(out, shape=nodes, units=UNITS.get(o.unit), desc=text)
        diagonal = np.arange(nodes)
        self.declare_partials("*", self.reals, rows=diagonal, cols=diagonal)

    def _rows(self, inputs: Mapping[str, Any], discrete: Mapping[str, Any]) -> np.ndarray:
        """Return the designs as an ``(nodes, n_var)`` matrix."""
        columns = {name: np.real(inputs[name]) for name in self.reals}
        for name, value in discrete.items():
            columns[name] = np.broadcast_to(np.asarray(value), (self.options["nodes"],))
        return np.asarray(self.satellite.space.matrix(columns))

    def compute(
        self,
        inputs: Mapping[str, Any],
        outputs: dict[str, Any],
        discrete_inputs: Mapping[str, Any] | None = None,
        discrete_outputs: Mapping[str, Any] | None = None,
    ) -> None:
        """Evaluate the chain."""
        columns = self.satellite.evaluate(self._rows(inputs, discrete_inputs or {}), self.names)
        for name in self.names:
            outputs[output_name(self.satellite, name)] = columns[name]

    def compute_partials(
        self,
        inputs: Mapping[str, Any],
        partials: dict[Any, Any],
        discrete_inputs: Mapping[str, Any] | None = None,
    ) -> None:
        """Ask the satellite for its derivatives; one that is not finite is reported as zero."""
        x = self._rows(inputs, discrete_inputs or {})
        slopes = np.nan_to_num(self.satellite.jacobian(x, self.names), posinf=0.0, neginf=0.0)
        for k, out in enumerate(self.names):
            for name in self.reals:
                slope = slopes[:, k, self.satellite.space.index[name]]
                partials[output_name(self.satellite, out), name] = slope


def polish_problem(
    satellite: Any,
    design: dict[str, Any],
    *,
    free: Mapping[str, tuple[float, float]],
    objective: str,
    limits: Mapping[str, tuple[float | None, float | None]],
    sense: str = "min",
) -> Any:
    """Return an OpenMDAO problem that improves one output of a design by SLSQP.

    Parameters
    ----------
    satellite
        What :func:`problems.load_problem` returns.
    design
        Start values by variable.
    free
        Bounds by real variable that may move.
    objective
        Output to be made as small as possible, or as large with ``sense`` "max".
    limits
        Lower and upper limit, None for open, by output.
    sense
        ``min`` or ``max``.

    Returns
    -------
    openmdao.api.Problem
        Set up; ``run_driver()`` starts it.
    """
    problem = om.Problem(reports=None)
    wanted = tuple(dict.fromkeys([objective, *limits]))
    part = SatelliteComponent(satellite=satellite, design=design, names=wanted)
    problem.model.add_subsystem("satellite", part, promotes=["*"])
    problem.driver = om.ScipyOptimizeDriver(optimizer="SLSQP", tol=1e-9, disp=False)
    for name, (low, high) in free.items():
        start = float(design.get(name, satellite.space[name].default))
        problem.model.add_design_var(name, lower=low, upper=high, ref=abs(start) or 1.0)
    now = satellite.evaluate({name: [value] for name, value in design.items()}, wanted)
    scale = abs(float(now[objective][0])) or 1.0
    target = output_name(satellite, objective)
    # A negative reference turns the search around.
    problem.model.add_objective(target, ref=-scale if sense == "max" else scale)
    for name, (lower, upper) in limits.items():
        scale = max(abs(lower or 0.0), abs(upper or 0.0)) or 1.0
        out = output_name(satellite, name)
        problem.model.add_constraint(out, lower=lower, upper=upper, ref=scale)
    problem.setup()
    return problem
