"""The page of the house shows the house as it is."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from docs.make.architecture import PAGE, PICTURE, ROOT, agrees, mark, stale
from docs.make.house import House, read_modules
from docs.make.layers import Layers
from docs.make.plan import Plan

TEXT = (ROOT / PAGE).read_text(encoding="utf-8")
SMALL = {
    "problems/__init__.py": '"""A door."""\nfrom problems.registry import load\n',
    "problems/registry.py": '"""By name."""\ndef load():\n    from problems.model import chain\n',
    "problems/model/__init__.py": '"""The model."""\n',
    "problems/model/chain.py": '"""Order."""\nfrom problems import units\n',
    "problems/units.py": '"""Units."""\n',
    "optimize/__init__.py": "",
    "optimize/cli/__init__.py": '"""Commands."""\nimport problems\nfrom problems import units\n',
}


def built(folder: Path, **changed: str) -> House:
    """Return a small house, some of its files changed."""
    for name, text in {**SMALL, **changed}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return House(read_modules(folder))


@pytest.fixture(scope="module")
def real() -> House:
    """Return the house as it is."""
    return House(read_modules(ROOT))


def test_page_and_picture_are_up_to_date(real: House) -> None:
    assert stale(real) == [], "run `python -m docs.make architecture`"


def test_wings_stand_above_all_that_they_import_lazily_or_not(tmp_path: Path) -> None:
    house = built(tmp_path)
    assert house.floors == [
        ["problems.units"],
        ["problems.model"],
        ["problems.registry"],
        ["optimize.cli"],
    ]
    # The command line also imports the units, which stand below the model: implied.
    assert house.arrows == [
        ("optimize.cli", "problems.registry"),
        ("problems.model", "problems.units"),
        ("problems.registry", "problems.model"),
    ]
    assert house.wings["problems.model"].rooms == {"chain": "Order"}


def test_a_circle_of_wings_is_refused(tmp_path: Path) -> None:
    circle = {"problems/units.py": "def f():\n    import problems.model.chain\n"}
    with pytest.raises(ValueError, match=r"circle: .*problems\.model.*problems\.units"):
        assert built(tmp_path, **circle).floors


@pytest.mark.parametrize(
    "changed",
    [
        {"problems/model/mass.py": '"""Masses."""\n'},
        {"problems/orbit.py": "import problems.units\n"},
        {"problems/registry.py": '"""By name."""\n'},
    ],
    ids=["room", "wing", "import"],
)
def test_what_changes_the_house_outdates_the_picture(
    tmp_path: Path, changed: dict[str, str]
) -> None:
    assert mark(built(tmp_path / "a")) != mark(built(tmp_path / "b", **changed))


def test_a_longer_function_outdates_nothing(tmp_path: Path) -> None:
    changed = {"problems/model/chain.py": SMALL["problems/model/chain.py"] + "x = 1\n"}
    assert mark(built(tmp_path / "a")) == mark(built(tmp_path / "b", **changed))
    assert agrees("| a | 1,000 |", "| a | 1,090 |")
    assert not agrees("| a | 1,000 |", "| a | 1,200 |")


def test_boxes_of_a_floor_do_not_overlap(real: House) -> None:
    plan = Plan(real)
    for level in range(len(plan.tall)):
        spans = sorted(
            (plan.x[name] - box.width / 2.0, plan.x[name] + box.width / 2.0)
            for name, box in plan.boxes.items()
            if plan.floor[name] == level
        )
        assert all(left[1] < right[0] for left, right in itertools.pairwise(spans))
        assert spans[0][0] > 0.0
        assert spans[-1][1] < plan.width


def test_links_are_untangled() -> None:
    floors, links = [["a", "b"], ["c", "d"]], [("c", "b"), ("d", "a")]
    layers = Layers(floors, links, dict.fromkeys("abcd", 1.0), 0.1)
    assert layers.crossings() == 1
    layers.untangle()
    assert layers.crossings() == 0
    place = layers.places()
    assert place["c"] == pytest.approx(place["b"])
    assert abs(place["a"] - place["b"]) == pytest.approx(1.1)


def test_everything_the_page_names_exists(real: House) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", TEXT)
    assert PICTURE.name in {Path(link).name for link in links}
    assert all((ROOT / "docs" / link).exists() for link in links)
    modules = real.modules
    for place, name in re.findall(r"`([\w/]+\.py)(?:: (\w+))?`", TEXT):
        source = (ROOT / place).read_text(encoding="utf-8")
        assert not name or re.search(rf"^ *(def|class) {name}\b|^{name}\b", source, re.M), name
    for dotted in re.findall(r"`((?:problems|optimize)(?:\.\w+)+)`", TEXT):
        module, _, name = dotted.rpartition(".")
        known = dotted in modules or (
            module in modules
            and name in (ROOT / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8")
        )
        assert known, dotted
