"""Launch year and protection in configurations, and the identity of older designs."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimize.config.faults import ConfigError
from optimize.config.overrides import load_source
from optimize.config.study import read_study

CONFIG = Path(__file__).parents[3] / "configs" / "which_year.yaml"


def open_choices(name, *overrides):
    _, study = read_study(load_source(CONFIG, overrides))
    variable = next(v for v in study.variables if v.name == name)
    return {variable.choices[code] for code in variable.codes}


def test_which_year_frees_the_levers():
    _, study = read_study(load_source(CONFIG, ()))
    free = {v.name for v in study.variables if not v.is_fixed}
    assert {"launch_year", "protection", "gpu_model", "design_life_yr"} <= free
    assert "hardware_available" in {c.name for c in study.constraints}


def test_searched_years_open_and_close_the_catalogue():
    assert "perovskite_tandem" in open_choices("array_type")
    early = open_choices("array_type", "variables.launch_year.upper=2034")
    assert "perovskite_tandem" not in early
    assert "starship" in open_choices("launcher")
    # A year before the scenario's closes what the scenario would open.
    fixed = ("variables.launch_year.lower=null", "variables.launch_year.upper=2026")
    with pytest.raises(ConfigError, match=r"'Leader' is closed in this scenario \(from 2028\)"):
        open_choices("launcher", *fixed)
    products = "variables.gpu_model.choices=[H100, B200]"
    assert "starship" not in open_choices("launcher", products, *fixed)


def test_a_year_outside_the_variable_is_named():
    with pytest.raises(ConfigError, match=r"launch_year.*2050.*outside 2026 to 2045"):
        read_study(load_source(CONFIG, ("variables.launch_year.upper=2050",)))
