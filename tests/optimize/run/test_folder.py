"""A new run folder, what its manifest may hold, and which data it was made with."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from optimize.config.run_config import RunConfig
from optimize.run import manifest as manifest_module
from optimize.run import provenance
from optimize.run.folder import create_run_folder, load_run, open_run, read_manifest
from optimize.run.provenance import data_digests, git_revision, package_versions
from optimize.utils.files import REFUSED, RunFolderError
from problems import load_problem
from tests.optimize import toy
from tests.optimize.export.handed_over import shared

CONFIG = RunConfig(name="tank")


def test_runs_go_to_a_folder_of_their_name_and_never_into_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folders = [create_run_folder(CONFIG, None) for _ in range(3)]
    assert {folder.parent for folder in folders} == {Path("pareto_outputs/tank")}
    assert len(set(folders)) == 3
    for folder in folders:
        assert {path.name for path in folder.iterdir()} == {"checkpoint", "config.yaml"}
        assert CONFIG.digest in folder.name
    assert create_run_folder(CONFIG, tmp_path / "x").parent == tmp_path / "x"


def manifest_of(folder: Path, text: str) -> dict[str, Any]:
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    return read_manifest(folder)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("seed", "one"),
        ("evaluations", 1.5),
        ("feasible_share", "half"),
        ("versions", {"numpy": 2}),
        ("reference_point", {"cost_usd": {"sense": "up"}}),
        ("quality", {"swaps": {"taken": 1}}),
        ("quality", {"polish": {"designs": "all"}}),
        ("certificate", {"certified_share": "all"}),
        ("robustness", {"futures": None}),
        ("failures", [1]),
    ],
)
def test_a_key_of_a_wrong_type_is_refused_by_its_name(key: str, value: Any, tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=rf"manifest.json.*{key}.*edited by hand") as refused:
        manifest_of(tmp_path, json.dumps({"schema_version": 1, key: value}))
    assert refused.value.exit_code == REFUSED


def test_keys_may_be_missing_or_of_a_later_version(tmp_path: Path) -> None:
    for more in ({}, {"seed": 7}, {"of_a_later_version": [1]}):
        content = {"schema_version": 1, **more}
        assert manifest_of(tmp_path, json.dumps(content)) == content


def test_a_manifest_is_read_up_to_the_largest_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = json.dumps({"schema_version": 1})
    monkeypatch.setattr(manifest_module, "_MOST_BYTES", len(text))
    assert manifest_of(tmp_path, text) == {"schema_version": 1}
    with pytest.raises(RunFolderError, match="is damaged"):
        manifest_of(tmp_path, text + " ")


def test_data_digests_are_of_the_shipped_tables_or_of_ones_own_module() -> None:
    shipped = data_digests(load_problem())
    assert {"assumptions.csv", "gpus.csv", "launchers.csv"} <= shipped.keys()
    assert all(len(digest) == 64 for digest in shipped.values())
    content = Path(toy.__file__).read_bytes()
    assert data_digests(toy.ToyProblem()) == {"toy.py": hashlib.sha256(content).hexdigest()}


def test_the_revision_is_that_of_the_checkout_with_a_plus_when_it_was_changed(
    tmp_path: Path,
) -> None:
    git_revision.cache_clear()
    assert git_revision(tmp_path) is None

    def git(*arguments: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(tmp_path)]
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    git("init", "-q")
    (tmp_path / "code.py").write_text("a = 1")
    git("add", "code.py")
    git("commit", "-q", "-m", "first")
    git_revision.cache_clear()
    assert git_revision(tmp_path) == git("rev-parse", "HEAD")
    (tmp_path / "code.py").write_text("a = 2")
    git_revision.cache_clear()
    assert git_revision(tmp_path) == git("rev-parse", "HEAD") + "+"
    (tmp_path / ".git" / "HEAD").write_text("damaged")
    git_revision.cache_clear()
    assert git_revision(tmp_path) is None
    # What a run asks about is where the packages lie side by side.
    assert {"optimize", "problems"} <= {path.name for path in provenance._ROOT.iterdir()}


def test_versions_are_those_of_what_is_installed() -> None:
    import platform

    import moocore
    import numpy as np

    versions = package_versions()
    assert versions["python"] == platform.python_version()
    assert versions["numpy"] == np.__version__
    assert {"scipy", "pandas", "pyarrow", "pymoo", "moocore"} <= versions.keys()
    assert versions["moocore"] == moocore.__version__


def test_a_run_of_another_model_or_without_digests_is_opened_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = shutil.copytree(shared()[0], tmp_path / "run")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    tables = {**manifest["data_digests"], "gpus.csv": "0" * 64}
    here = f"(here: {manifest['problem_version']})"
    older = f"was made by model version 0 {here} with other data (gpus.csv): numbers computed"
    bare = "has no digests, as of an earlier version: its tables cannot be checked"
    cases: list[tuple[dict[str, Any], tuple[str, ...], str | None, str | None]] = [
        ({}, (), None, None),
        ({"problem_version": "0", "data_digests": tables}, (), older, None),
        ({}, ("file_digests",), None, bare),
        ({"problem_version": "0", "data_digests": tables}, ("file_digests",), older, bare),
    ]
    for changed, without, beginning, end in cases:
        content = {k: v for k, v in {**manifest, **changed}.items() if k not in without}
        (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
        caplog.clear()
        load_run(folder)
        if beginning is end is None:
            assert caplog.messages == []
            continue
        (message,) = caplog.messages
        assert message.startswith(f"warning: {folder} {beginning or bare}")
        assert message.endswith(end or "for the present model")
        assert (" model. It has " in message) is (beginning is not None and end is not None)


def test_a_run_of_code_that_nobody_named_is_refused_with_its_folder(tmp_path: Path) -> None:
    folder = create_run_folder(RunConfig(name="tank", problem="no_such_module:Tank"), tmp_path)
    manifest_of(folder, json.dumps({"schema_version": 1}))
    with pytest.raises(RunFolderError) as refused:
        open_run(folder)
    assert refused.value.exit_code == REFUSED
    assert f"{refused.value}".startswith(f"{folder} was made with a problem that is not shipped")
