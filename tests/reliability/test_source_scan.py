"""R15: the sources use nothing that runs what it reads, and no damaged file is ever executed."""

from __future__ import annotations

import ast
import io
import os
import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from click.testing import CliRunner

from optimize.cli import main
from optimize.config.overrides import load_source
from optimize.config.study import read_study
from optimize.run.checkpoint import Checkpoint
from optimize.run.folder import load_run
from optimize.run.start import start_run
from optimize.utils.files import RunFolderError
from tests.conftest import Tally

pytestmark = pytest.mark.promise("R15")

ROOT = Path(__file__).parents[2]
FOLDERS = ("problems", "optimize", "tests")

#: Modules that run what they read, or that ask the network.
_MODULES = {
    "pickle",
    "cPickle",
    "_pickle",
    "dill",
    "cloudpickle",
    "shelve",
    "marshal",
    "jsonpickle",
    "requests",
    "httpx",
    "aiohttp",
    "urllib3",
    "ftplib",
    "smtplib",
    "telnetlib",
    "xmlrpc",
    "urllib.request",
}
_BUILTINS = {"eval", "exec", "compile", "__import__", "input"}
_CALLS = {
    "os.system": "shell",
    "os.popen": "shell",
    "os.spawnl": "shell",
    "pty.spawn": "shell",
    "subprocess.getoutput": "shell",
    "subprocess.getstatusoutput": "shell",
    "tempfile.mktemp": "mktemp",
    "joblib.load": "pickle",
    "pd.read_pickle": "pickle",
    "pandas.read_pickle": "pickle",
    "torch.load": "pickle",
    "yaml.load": "unsafe YAML",
    "yaml.unsafe_load": "unsafe YAML",
    "yaml.full_load": "unsafe YAML",
    "yaml.load_all": "unsafe YAML",
    "builtins.eval": "eval",
    "builtins.exec": "exec",
    "code.interact": "eval",
    "runpy.run_path": "exec",
    "urllib.request.urlopen": "network",
}
_METHODS = {"to_pickle": "pickle", "read_pickle": "pickle", "urlopen": "network"}
_XML = {"xml.etree", "xml.etree.ElementTree", "xml.dom.minidom", "xml.sax", "lxml", "lxml.etree"}
_XML_READERS = {"parse", "fromstring", "XML", "iterparse", "XMLParser", "parseString"}

#: What stays, and why.
ALLOWED = {
    "problems/own_model.py": {"import of a name"},  # module:Class, a user's own: the only place
    # Names that the program itself puts together.
    "optimize/cli/__init__.py": {"import of a name"},
    "optimize/export/registry.py": {"import of a name"},
    "optimize/verify/checks.py": {"import of a name"},
    "optimize/benchmark/frozen/entrants.py": {"import of a name"},  # from its table of entrants
    # Traps, and a class that must survive a copy.
    "tests/reliability/test_source_scan.py": {"pickle", "allow_pickle"},
    "tests/reliability/test_checkpoints.py": {"pickle"},
    "tests/optimize/run/test_checkpoint.py": {"pickle"},
    "tests/optimize/engine/test_nsga2_pymoo.py": {"pickle"},
    "tests/reliability/test_workers.py": {"network"},  # a dashboard on this machine
    # Examples that are run as a reader would: the README, the notebook, an exported component.
    "tests/docs/test_readme.py": {"exec"},
    "tests/docs/test_notebook.py": {"exec", "eval", "compile"},
    "tests/docs/test_coming_from.py": {"exec", "compile"},
    "tests/optimize/export/test_openmdao.py": {"exec", "compile"},
}
#: Tests also read the XML that the program wrote, and import each other by name.
ALLOWED_IN_TESTS = {"XML", "import of a name"}


def faults(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and kind of everything in a source that runs what it reads, or asks elsewhere."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, k) for name in node.names for k in _module(name.name))
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            yield from ((node.lineno, k) for k in _module(module))
            for name in node.names:
                yield from ((node.lineno, k) for k in _module(f"{module}.{name.name}"))
                if f"{module}.{name.name}" in _CALLS:
                    yield node.lineno, _CALLS[f"{module}.{name.name}"]
        elif isinstance(node, ast.Call):
            yield from ((node.lineno, kind) for kind in _call(node))


def _module(name: str) -> Iterator[str]:
    top = name.partition(".")[0]
    if name in _MODULES or top in _MODULES:
        network = {"requests", "httpx", "aiohttp", "urllib3", "ftplib", "smtplib", "telnetlib"}
        yield "network" if top in {*network, "xmlrpc", "urllib"} else "pickle"


def _call(node: ast.Call) -> Iterator[str]:
    name = ast.unparse(node.func)
    last = name.rpartition(".")[2]
    if name in _BUILTINS:
        yield name
    if name in _CALLS:
        yield _CALLS[name]
    elif isinstance(node.func, ast.Attribute) and last in _METHODS:
        yield _METHODS[last]
    for keyword in node.keywords:
        constant = keyword.value.value if isinstance(keyword.value, ast.Constant) else ...
        if keyword.arg == "shell" and constant is not False:
            yield "shell"
        if keyword.arg == "allow_pickle" and constant is not False:
            yield "allow_pickle"
        if keyword.arg == "typ" and constant == "unsafe":
            yield "unsafe YAML"
    if last in ("import_module", "__import__") and not _constant(node):
        yield "import of a name"
    if last in _XML_READERS and name.rpartition(".")[0] in (
        "ET",
        "ElementTree",
        "minidom",
        "etree",
    ):
        yield "XML"


def _constant(node: ast.Call) -> bool:
    return bool(node.args) and isinstance(node.args[0], ast.Constant)


def sources() -> list[Path]:
    found = [path for folder in FOLDERS for path in sorted((ROOT / folder).glob("**/*.py"))]
    return [path for path in found if "site-packages" not in path.parts]


def test_sources_run_nothing_that_they_read(tally: Tally) -> None:
    wrong = []
    files = sources()
    assert len(files) > 200
    for path in files:
        name = path.relative_to(ROOT).as_posix()
        allowed = ALLOWED.get(name, set())
        if name.startswith("tests/"):
            allowed = allowed | ALLOWED_IN_TESTS
        for line, kind in faults(path.read_text(encoding="utf-8")):
            if kind not in allowed:
                wrong.append(f"{name}:{line}: {kind}")
    tally.count("source files scanned", len(files))
    assert wrong == []


def test_names_put_together_begin_with_the_package() -> None:
    for name, allowed in ALLOWED.items():
        own = name.startswith("optimize/") and not name.startswith("optimize/benchmark/")
        if own and "import of a name" in allowed:
            assert 'import_module(f"optimize.' in (ROOT / name).read_text(encoding="utf-8"), name


PLANTED = (
    ("import pickle", "pickle"),
    ("from pickle import loads", "pickle"),
    ("import cloudpickle as cp", "pickle"),
    ("from dill import load", "pickle"),
    ("import shelve", "pickle"),
    ("import marshal", "pickle"),
    ("import joblib\njoblib.load(p)", "pickle"),
    ("from joblib import load", "pickle"),
    ("import pandas as pd\npd.read_pickle(p)", "pickle"),
    ("frame.to_pickle(p)", "pickle"),
    ("eval(text)", "eval"),
    ("exec(text)", "exec"),
    ("compile(text, 'f', 'exec')", "compile"),
    ("__import__(name)", "__import__"),
    ("import yaml\nyaml.load(text)", "unsafe YAML"),
    ("yaml.unsafe_load(text)", "unsafe YAML"),
    ("from ruamel.yaml import YAML\nYAML(typ='unsafe')", "unsafe YAML"),
    ("np.load(p, allow_pickle=True)", "allow_pickle"),
    ("np.load(p, allow_pickle=flag)", "allow_pickle"),
    ("subprocess.run(c, shell=True)", "shell"),
    ("subprocess.run(c, shell=flag)", "shell"),
    ("import os\nos.system(c)", "shell"),
    ("from os import popen", "shell"),
    ("os.popen(c)", "shell"),
    ("import subprocess\nsubprocess.getoutput(c)", "shell"),
    ("import tempfile\ntempfile.mktemp()", "mktemp"),
    ("from tempfile import mktemp", "mktemp"),
    ("importlib.import_module(name)", "import of a name"),
    ("from xml.etree import ElementTree\nElementTree.parse(p)", "XML"),
    ("import xml.etree.ElementTree as ET\nET.fromstring(t)", "XML"),
    ("import requests", "network"),
    ("from urllib.request import urlopen", "network"),
    ("import urllib.request", "network"),
    ("httpx_client = __import__('httpx')", "__import__"),
    ("from urllib import request\nrequest.urlopen(u)", "network"),
)


@pytest.mark.parametrize(("text", "kind"), PLANTED)
def test_scanner_finds_every_planted_example(text: str, kind: str, tally: Tally) -> None:
    assert kind in {found for _, found in faults(text)}
    tally.count("planted examples found by the scanner")


@pytest.mark.parametrize(
    "text",
    [
        "model.eval()",
        "re.compile('a')",
        "np.load(p, allow_pickle=False)",
        "import os",
        "YAML()",
        "subprocess.run(c, shell=False)",
        "importlib.import_module('optimize.cli')",
        "json.load(s)",
        "from xml.etree import ElementTree\nElementTree.tostring(e)",
        "import urllib.parse",
    ],
)
def test_scanner_is_silent_where_all_is_well(text: str) -> None:
    assert list(faults(text)) == []


# --- files that would run ----------------------------------------------------------------------


class Trap:
    """Leaves a mark when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return os.mkdir, (str(self.mark),)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = ("algorithm.generations=6", "algorithm.population=20", "output.figures=false")
    config, study = read_study(load_source(str(ROOT / "configs/quick.yaml"), settings))
    return start_run(config, study, out=tmp_path_factory.mktemp("runs")).run.path


def trapped_arrays(whole: bytes, trap: Trap) -> bytes:
    """Return an archive of arrays like ``whole`` in which each holds an object instead."""
    stream = io.BytesIO()
    with ZipFile(io.BytesIO(whole)) as old, ZipFile(stream, "w") as new:
        for name in old.namelist():
            array = io.BytesIO()
            np.lib.format.write_array(array, np.array([trap], dtype=object), allow_pickle=True)
            new.writestr(name, array.getvalue())
    return stream.getvalue()


def test_trap_springs_when_it_is_unpickled(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Trap(tmp_path / "mark")))
    assert (tmp_path / "mark").exists()


def test_checkpoint_that_is_a_trap_is_refused(finished: Path, tmp_path: Path, tally: Tally) -> None:
    trap = Trap(tmp_path / "mark")
    good = finished / "checkpoint"
    for path in sorted(good.iterdir()):
        bad = [pickle.dumps(trap, protocol=p) for p in range(5)]
        if path.suffix == ".npz":
            bad.append(trapped_arrays(path.read_bytes(), trap))
        for content in bad:
            copy = tmp_path / "run"
            shutil.copytree(finished, copy)
            (copy / "checkpoint" / path.name).write_bytes(content)
            with pytest.raises(RunFolderError):
                Checkpoint(copy / "checkpoint").load()
            result = CliRunner().invoke(main, ["resume", str(copy), "--generations", "8"])
            assert result.exit_code == 4, result.output
            assert "Traceback" not in result.output
            shutil.rmtree(copy)
            tally.count("files that would run, refused")
    assert not trap.mark.exists()


@pytest.mark.parametrize(
    "name",
    ["front.parquet", "evaluations.parquet", "history.parquet", "manifest.json", "config.yaml"],
)
def test_table_that_is_a_trap_is_refused(
    finished: Path, tmp_path: Path, name: str, tally: Tally
) -> None:
    trap = Trap(tmp_path / "mark")
    copy = tmp_path / "run"
    shutil.copytree(finished, copy)
    (copy / name).write_bytes(pickle.dumps(trap))
    with pytest.raises(RunFolderError) as caught:
        _ = load_run(copy).evaluations
    assert caught.value.exit_code == 4
    for command in (["select", "--method", "knee"], ["report"]):
        result = CliRunner().invoke(main, [command[0], str(copy), *command[1:]])
        assert result.exit_code in (0, 4), result.output
        assert isinstance(result.exception, SystemExit | None), result.exception
    assert not trap.mark.exists()
    tally.count("files that would run, refused")
