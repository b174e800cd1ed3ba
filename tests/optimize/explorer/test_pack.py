"""The data and the file of the explorer, without a browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from optimize.cli import main
from optimize.explorer import build, pack
from optimize.run.folder import RunData
from tests.optimize.explorer.designs import stored_run


def _column(payload: dict, name: str) -> dict:
    return next(column for column in payload["columns"] if column["name"] == name)


def _floats(packed: dict, kind: str) -> np.ndarray:
    ((_, text),) = packed.items()
    return np.frombuffer(base64.b64decode(text), dtype=kind)


def test_front_comes_first_and_once(run: RunData) -> None:
    payload = pack.pack_runs([run])
    mass = _column(payload, "launch_mass_kg")
    front = run.front["launch_mass_kg"].to_numpy(dtype=float)
    np.testing.assert_array_equal(_floats(mass["front"], "<f8"), front)  # exact
    everything = _floats(mass["all"], "<f4")
    np.testing.assert_array_equal(everything[: len(front)], front.astype(np.float32))
    evaluations = run.evaluations
    assert evaluations is not None
    assert payload["n"] == len(evaluations)  # the front is among them, and is not doubled
    stored = np.sort(evaluations["launch_mass_kg"].to_numpy().astype(np.float32))
    np.testing.assert_array_equal(np.sort(everything), stored)


def test_inactive_variables_are_blank(run: RunData) -> None:
    evaluations = run.evaluations
    assert evaluations is not None
    altitude = _floats(_column(pack.pack_runs([run]), "altitude_km")["all"], "<f4")
    assert np.isnan(altitude).sum() == evaluations["altitude_km"].isna().sum() > 0


def test_sample_keeps_the_front_whole(run: RunData) -> None:
    payload = pack.pack_runs([run], most=len(run.front) + 10)
    about = payload["runs"][0]
    assert (about["n"], about["n_front"], about["total"]) == (
        len(run.front) + 10,
        len(run.front),
        3000,
    )
    assert pack.pack_runs([run], most=1)["n"] == len(run.front)


def test_what_does_not_fit_is_sampled(run: RunData, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pack, "ROOM_BYTES", 0)
    monkeypatch.setattr(pack, "_FEWEST", 500)
    assert pack.pack_runs([run])["n"] == len(run.front) + 500


def test_choices_are_those_that_occur(run: RunData) -> None:
    entry = _column(pack.pack_runs([run]), "orbit")
    evaluations = run.evaluations
    assert evaluations is not None
    codes = _floats(entry["all"], "u1")
    names = [entry["choices"][code] for code in codes]
    assert sorted(names) == sorted(evaluations["orbit"])


def test_same_run_gives_the_same_bytes(run: RunData, tmp_path: Path) -> None:
    first = build.write_explorer([run], tmp_path / "a.html").read_bytes()
    assert build.write_explorer([run], tmp_path / "b.html").read_bytes() == first


def test_policy_admits_exactly_the_script_and_style_in_the_page(run: RunData) -> None:
    page = build.explorer_page(pack.pack_runs([run]))
    for tag in ("script", "style"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in page


def test_data_cannot_end_its_element() -> None:
    evil = "</script><b>\u2028"
    page = build.explorer_page({"title": evil, "x": evil})
    data = re.search(r'id="data">(.*?)</script>', page, re.DOTALL)
    assert data is not None
    assert "<" not in data[1]
    assert json.loads(data[1]) == {"title": evil, "x": evil}


def test_bundle_keeps_modules_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = {
        "a.js": 'import { two } from "./b.js";\nconst own = 1;\nexport const sum = own + two;\n',
        "b.js": "const own = 2;\nexport const two = own;\n",
    }
    monkeypatch.setattr(build, "_read", lambda name: sources[name.removeprefix("js/")])
    text = build.bundle("a.js")
    assert text.index("module_b = ") < text.index("module_a = ")
    assert "const { two } = module_b;" in text
    assert "import" not in text
    assert "export" not in text


def test_explore_of_no_run_is_one_message(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["explore", str(tmp_path), "--no-open"])
    assert done.exit_code == 4
    assert "is not a run folder" in done.output
    assert not list(tmp_path.iterdir())


def test_two_runs_need_room_only_once(run: RunData, tmp_path: Path) -> None:
    other = stored_run(tmp_path, count=400)
    payload = pack.pack_runs([run, other], most=1000)
    assert [about["n"] for about in payload["runs"]] == [500, 400]
    assert len(payload["ids"]) == len(run.front) + len(other.front)
