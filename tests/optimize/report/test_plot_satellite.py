"""The sheet of one design."""

from __future__ import annotations

import pytest
from matplotlib.patches import Rectangle

from optimize.designs.details import design_details
from optimize.report.plots.satellite import design_sheet, write_design_sheets
from tests.optimize.drawn import satellite_run
from tests.optimize.little_satellite import LittleSatellite
from tests.optimize.runs import sampled_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return satellite_run(tmp_path_factory.mktemp("run"))


def test_write_design_sheets_gives_the_same_bytes_again(run):
    first = [path.read_bytes() for path in write_design_sheets(run, [0])]
    paths = write_design_sheets(run, [0])
    name = run.front["design_id"].iloc[0]
    assert [p.name for p in paths] == [f"design_{name}.png", f"design_{name}.svg"]
    assert [path.read_bytes() for path in paths] == first


def test_write_design_sheets_of_another_problem_writes_nothing(tmp_path):
    run = sampled_run(tmp_path, LittleSatellite(), samples=500, most=4)
    assert write_design_sheets(run) == []
    assert not (tmp_path / "figures").exists()


def test_design_sheet_draws_the_array_to_scale_and_the_dose_through_the_design(run):
    detail = design_details(run, [1])[0]
    figure = design_sheet(detail)
    satellite, dose = figure.axes[0], figure.axes[-1]
    rects = [p for p in satellite.patches if isinstance(p, Rectangle)]
    blue = [
        p for p in rects if p.get_facecolor()[:3] == pytest.approx((0.0, 0.447, 0.698), abs=0.01)
    ]
    assert sum(p.get_width() * p.get_height() for p in blue) == pytest.approx(12_000.0, rel=1e-3)
    assert satellite.get_aspect() == 1.0
    mark = next(line for line in dose.lines if line.get_marker() == "o")
    assert (mark.get_xdata()[0], mark.get_ydata()[0]) == (12.0, detail["dose"]["own_krad"])


def test_design_sheet_shows_hostile_names_as_they_are(run):
    detail = design_details(run, [0])[0]
    variables = [["GPU count", "1", ""], ["GPU model", "<script>$x_{", ""]]
    figure = design_sheet({**detail, "id": "a$b", "variables": variables})
    figure.canvas.draw()
    assert "a$b" in figure._suptitle.get_text()
