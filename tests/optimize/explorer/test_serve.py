"""The live explorer: who may ask what, designs changed by hand, and a run that goes on."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from click.testing import CliRunner

from optimize.cli import main
from optimize.config.overrides import load_source
from optimize.config.study import read_study
from optimize.explorer.browser import opened_in_secret
from optimize.explorer.live import LiveRun
from optimize.explorer.serve import MOST_BYTES, ExplorerServer
from optimize.run.checkpoint import Checkpoint
from optimize.run.folder import load_run, read_manifest, write_manifest
from optimize.run.start import start_run
from problems.compute_satellite.problem import ComputeSatellite
from tests.optimize.explorer.browser import Page
from tests.reliability.tanks import execute, write_tank

ROOT = Path(__file__).parents[3]
SETTINGS = ("algorithm.generations=8", "algorithm.population=200")
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    config, study = read_study(load_source(str(ROOT / "configs/quick.yaml"), SETTINGS))
    return start_run(config, study, out=tmp_path_factory.mktemp("live")).run.path


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[ExplorerServer]:
    yield from _serving(folder)


def _serving(folder: Path) -> Iterator[ExplorerServer]:
    with ExplorerServer(LiveRun(folder)) as found:
        thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield found
        finally:
            found.shutdown()
            thread.join()


def _ask(
    server: ExplorerServer,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    method: str | None = None,
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=20)
    method = method or ("GET" if body is None else "POST")
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    found = answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    connection.close()
    return found


def _evaluate(server: ExplorerServer, request: Any) -> tuple[int, dict[str, Any]]:
    path = f"/{server.token}/evaluate"
    code, _, body = _ask(server, path, json.dumps(request).encode(), JSON)
    return code, json.loads(body)


@pytest.mark.promise("R28")
def test_page_may_only_ask_its_own_server(server: ExplorerServer) -> None:
    code, headers, body = _ask(server, f"/{server.token}/")
    assert code == 200
    assert b"connect-src 'self'" in body
    assert server.token.encode() not in body
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert not any(name.startswith("access-control") for name in headers)


@pytest.mark.promise("R28")
@pytest.mark.parametrize("secret", ["", "x", "é", "A" * 32])
def test_secret_is_needed(server: ExplorerServer, secret: str) -> None:
    path = f"/{secret}/".encode().decode("latin-1").replace("Ã©", "%C3%A9")
    assert _ask(server, path)[0] == 403
    assert _ask(server, f"{path}evaluate", b"{}", JSON)[0] == 403


@pytest.mark.promise("R28")
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_other_sites_are_refused(server: ExplorerServer, headers: dict[str, str]) -> None:
    assert _ask(server, f"/{server.token}/status", headers=headers)[0] == 403


def test_localhost_is_another_name_of_this_machine(server: ExplorerServer) -> None:
    host = f"localhost:{server.server_address[1]}"
    assert _ask(server, f"/{server.token}/status", headers={"Host": host})[0] == 200


@pytest.mark.promise("R28")
@pytest.mark.parametrize(
    "word", ["manifest.json", "../status", "..%2f..%2fetc/passwd", "status/", "status?x", "/", "."]
)
def test_no_other_path_exists(server: ExplorerServer, word: str) -> None:
    assert _ask(server, f"/{server.token}/{word}")[0] == 404


@pytest.mark.promise("R28")
@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "HEAD", "TRACE"])
def test_only_get_and_post(server: ExplorerServer, method: str) -> None:
    assert _ask(server, f"/{server.token}/status", method=method)[0] == 501


@pytest.mark.promise("R28")
@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        (b"x" * (MOST_BYTES + 1), JSON, 413),
        (b"{", JSON, 400),
        (b"\xff\xfe", JSON, 400),
        (b'{"variables": {"shield_mm": NaN}}', JSON, 400),
        (b"[" * 60_000, JSON, 400),
        (b"[]", JSON, 400),
        (b'{"variables": []}', JSON, 400),
        (b'{"variables": {"shield_mm": true}}', JSON, 400),
        (b'{"variables": {"shield_mm": 1e999}}', JSON, 400),
        (b'{"variables": {"gpu_count": ' + b"9" * 400 + b"}}", JSON, 400),
        (b'{"assumptions": {"cost.wacc": "0.1"}}', JSON, 400),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"{}", {**JSON, "Transfer-Encoding": "chunked"}, 411),
    ],
)
def test_bad_bodies_are_refused(
    server: ExplorerServer, body: bytes, headers: dict[str, str], code: int
) -> None:
    found, _, text = _ask(server, f"/{server.token}/evaluate", body, headers)
    assert found == code
    assert json.loads(text)["error"]


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"variables": {"sheild_mm": 5}}, ("sheild_mm", "shield_mm")),
        ({"variables": {"gpu_model": "B20"}}, ("gpu_model", "B200")),
        ({"variables": {"shield_mm": 1e6}}, ("shield_mm", "outside")),
        ({"assumptions": {"cost.wac": 0.1}}, ("cost.wac", "cost.wacc")),
        ({"assumptions": {"cost.wacc": 9.0}}, ("cost.wacc", "outside")),
        ({"variable": {}}, ("variable", "variables")),
    ],
)
def test_mistakes_are_named(server: ExplorerServer, request_: Any, words: tuple[str, ...]) -> None:
    code, answer = _evaluate(server, request_)
    assert code == 400
    assert all(word in answer["error"] for word in words)


@pytest.mark.promise("R28")
def test_server_outlives_malformed_requests(server: ExplorerServer) -> None:
    rng = np.random.default_rng(5)
    good = (
        f"POST /{server.token}/evaluate HTTP/1.1\r\nHost: {server.hosts[0]}\r\n"
        'Content-Type: application/json\r\nContent-Length: 16\r\n\r\n{"variables":{}}'
    ).encode()
    for _ in range(300):
        raw = bytearray(good[: rng.integers(1, len(good) + 1)])
        for _ in range(rng.integers(1, 6)):
            raw[rng.integers(len(raw))] = rng.integers(256)
        with socket.create_connection(server.server_address, timeout=5) as connection:  # type: ignore[arg-type]
            connection.sendall(bytes(raw))
    end = time.monotonic() + 10.0
    while time.monotonic() < end:
        try:
            assert _ask(server, f"/{server.token}/status")[0] == 200
            return
        except OSError:
            time.sleep(0.05)
    pytest.fail("the server no longer answers")


def test_evaluation_is_the_models(server: ExplorerServer, folder: Path) -> None:
    run = load_run(folder)
    row = run.front_x[:1]
    named = {v.name: v.decode(float(n)) for v, n in zip(run.space.variables, row[0], strict=True)}
    code, answer = _evaluate(server, {"variables": named})
    assert code == 200
    expected = run.problem.evaluate(row)
    assert {k: v for k, v in answer["outputs"].items() if v is not None} == {
        k: float(v[0]) for k, v in expected.items() if np.isfinite(v[0])
    }
    assert answer["feasible"] is True
    assert answer["detail"]["geometry"] is not None
    changed = {**named, "shield_mm": 12.0}
    code, answer = _evaluate(server, {"variables": changed, "assumptions": {"cost.wacc": 0.12}})
    problem = ComputeSatellite(scenario=run.config.scenario, assumptions={"cost.wacc": 0.12})
    again = problem.evaluate({name: [value] for name, value in changed.items()})
    assert code == 200
    assert answer["outputs"]["cost_per_exaflop_usd"] == again["cost_per_exaflop_usd"][0]
    assert answer["outputs"]["dose_krad"] == again["dose_krad"][0]


def test_which_way_is_better_is_the_models_derivative(server: ExplorerServer, folder: Path) -> None:
    run = load_run(folder)
    row = run.front_x[:1]
    named = {v.name: v.decode(float(n)) for v, n in zip(run.space.variables, row[0], strict=True)}
    code, _, body = _ask(
        server,
        f"/{server.token}/directions",
        json.dumps({"variables": named}).encode(),
        headers=JSON,
    )
    answer = json.loads(body)
    assert code == 200
    free = {run.space.names[i] for i in run.space.free}
    for objective in run.objectives:
        ways = answer["directions"][objective.output]
        assert set(ways) <= free
        more = row.copy()
        more[0, run.space.index["array_area_m2"]] *= 1.0001
        both = run.problem.evaluate(np.concatenate((row, more)), [objective.output])
        f, f_more = both[objective.output]
        if f == f_more:
            assert "array_area_m2" not in ways
            continue
        area = ways["array_area_m2"]
        assert area["per"] == "%"
        assert area["change_pct"] == pytest.approx(1e4 * (f_more / f - 1.0), rel=0.01)
        assert area["up"] == ((f_more < f) == (objective.sense == "min"))
    assert any("array_area_m2" in ways for ways in answer["directions"].values())


@pytest.mark.promise("R8")
def test_a_design_that_hangs_is_answered_in_time(tmp_path: Path) -> None:
    path = write_tank(
        tmp_path,
        problem="tests.reliability.bad_models:Hangs",
        algorithm={"population": 8, "generations": 2, "polish": False},
        evaluation={"timeout_s": 0.2},
    )
    for server in _serving(execute(path, tmp_path / "runs").run.path):
        code, answer = _evaluate(server, {"variables": {"length_m": 2.035}})
        assert code == 200
        assert answer["feasible"] is False
        assert answer["outputs"]["cost_usd"] is None
        code, answer = _evaluate(server, {"variables": {"length_m": 2.0}})
        assert answer["outputs"]["cost_usd"] > 0.0


@pytest.mark.promise("R28")
def test_serving_writes_nothing(server: ExplorerServer, folder: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in sorted(folder.rglob("*"))}
    _ask(server, f"/{server.token}/")
    _evaluate(server, {})
    assert {p: p.stat().st_mtime_ns for p in sorted(folder.rglob("*"))} == before


def _unfinished(folder: Path, copy: Path) -> tuple[Path, Checkpoint, dict[str, Any]]:
    """Copy a run and let it look as if it were still going."""
    shutil.copytree(folder, copy)
    for name in ("front.parquet", "front.csv", "history.parquet", "evaluations.parquet"):
        (copy / name).unlink(missing_ok=True)
    write_manifest(copy, read_manifest(copy) | {"status": "running"})
    checkpoint = Checkpoint(copy / "checkpoint")
    state, identity = checkpoint.load()
    return copy, checkpoint, {"state": state, "identity": identity}


def test_run_is_followed_to_its_end(folder: Path, tmp_path: Path) -> None:
    copy, checkpoint, saved = _unfinished(folder, tmp_path / "run")
    live = LiveRun(copy)
    first = live.status()
    assert (first["status"], first["generation"]) == ("running", 8)
    assert first["front_size"] == len(saved["state"]["archive"]["x"])
    state = saved["state"] | {"generation": 9, "hypervolume": 0.75}
    state["archive"] = state["archive"] | {k: state["archive"][k][:3] for k in ("x", "f")}
    checkpoint.save(state, saved["identity"])
    second = live.status()
    assert (second["generation"], second["hypervolume"], second["front_size"]) == (9, 0.75, 3)
    assert second["version"] != first["version"]
    (copy / "checkpoint" / "state.json").write_text("{", encoding="utf-8")
    assert live.status()["generation"] == 9  # half replaced: as before
    for name in ("front.parquet", "history.parquet", "manifest.json"):
        shutil.copy(folder / name, copy / name)
    last = live.status()
    assert last["status"] == "finished"
    assert last["front_size"] == len(load_run(folder).front)


def test_slider_moves_an_output_in_the_page(page: Page, server: ExplorerServer) -> None:
    page.driver.get(server.url)
    page.settle()
    page.click("#tab-whatif")
    _until(page, "return Number(document.documentElement.dataset.answers || 0) > 0")
    page.js("document.querySelector('.answer details').open = true")
    cell = '[data-output="mass_shield_kg"] .now'
    _until(page, f"return document.querySelector('{cell}') !== null")
    before = page.text(cell)
    page.js(
        "const f = document.querySelector('[data-slider=shield_mm] input[type=range]');"
        "for (const at of [100, 700, 1300, 1900]) { f.value = at; "
        "f.dispatchEvent(new Event('input')); }"
    )
    _until(page, f"return document.querySelector('{cell}').textContent !== '{before}'")
    page.press("Undo all changes")
    _until(page, f"return document.querySelector('{cell}').textContent === '{before}'")
    way = "document.querySelector('[data-slider=array_area_m2] .way').textContent"
    _until(page, f"return /▲ \\+1 %: −|▼ −1 %: −/.test({way})")
    assert page.errors() == []


def _until(page: Page, script: str) -> None:
    end = time.monotonic() + 10.0
    while not page.js(script):
        assert time.monotonic() < end, script
        time.sleep(0.02)


def test_page_follows_a_run(page: Page, folder: Path, tmp_path: Path) -> None:
    copy, checkpoint, saved = _unfinished(folder, tmp_path / "run")
    for server in _serving(copy):
        page.driver.get(server.url)
        page.settle()
        size = len(saved["state"]["archive"]["x"])
        assert f"{size} on the front" in page.text(".count")
        state = saved["state"] | {"generation": 9}
        state["archive"] = state["archive"] | {k: state["archive"][k][:3] for k in ("x", "f")}
        checkpoint.save(state, saved["identity"])
        _until(page, "return document.querySelector('.count')?.textContent.includes(' 3 on the')")
        assert page.errors() == []
        page.driver.get("about:blank")


def test_ctrl_c_ends_the_command_well(folder: Path) -> None:
    command = [sys.executable, "-m", "optimize", "explore", str(folder), "--serve", "--no-open"]
    with subprocess.Popen(
        [*command, "--json"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        text = "".join(iter(process.stdout.readline, "}\n")) + "}"
        assert json.loads(text)["url"].startswith("http://127.0.0.1:")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 0
    assert errors == ""


#: A browser that only ends when it is closed; it notes what it was started with.
BROWSER = """#!/bin/sh
echo $$ > "$NOTES/pid"
printf '%s\\n' "$@" > "$NOTES/arguments.part" && mv "$NOTES/arguments.part" "$NOTES/arguments"
exec sleep 120
"""


@pytest.fixture
def waiting_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the folder of its notes."""
    program = tmp_path / "browser"
    program.write_text(BROWSER)
    program.chmod(0o700)
    for name, value in {"BROWSER": program, "DISPLAY": ":9", "NOTES": tmp_path}.items():
        monkeypatch.setenv(name, str(value))
    yield tmp_path
    with suppress(OSError, ValueError):
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


@pytest.mark.promise("R28")
def test_a_browser_that_waits_is_served_and_told_no_secret(
    folder: Path, waiting_browser: Path
) -> None:
    command = [sys.executable, "-m", "optimize", "explore", str(folder), "--serve", "--json"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        text = "".join(iter(process.stdout.readline, "}\n")) + "}"
        url = urlsplit(json.loads(text)["url"])
        deadline = time.monotonic() + 60.0
        while not (waiting_browser / "arguments").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        connection = http.client.HTTPConnection(url.netloc, timeout=30)
        connection.request("GET", url.path)
        assert connection.getresponse().status == 200
        connection.close()
        (argument,) = (waiting_browser / "arguments").read_text().splitlines()
        page = Path(argument.removeprefix("file://"))
        assert url.geturl() in page.read_text()
        modes = [stat.S_IMODE(path.stat().st_mode) for path in (page, page.parent)]
        assert modes == [0o600, 0o700]
        secret = url.path.strip("/").encode()
        lines = Path("/proc").glob("[0-9]*/cmdline")  # none where there is no such folder
        assert not any(secret in said for said in map(_bytes_of, lines))
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 0
    assert not page.parent.exists()


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # ended meanwhile
        return b""


def test_a_page_is_opened_without_waiting_for_its_end(folder: Path, waiting_browser: Path) -> None:
    out = waiting_browser / "page.html"
    command = [sys.executable, "-m", "optimize", "explore", str(folder), "--out", str(out)]
    done = subprocess.run(
        [*command, "--json"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert json.loads(done.stdout)["opened"] is True
    assert done.stderr == "waiting for the browser, for at most 5 s\n"
    assert (waiting_browser / "arguments").read_text() == f"{out.as_uri()}\n"


def test_the_file_that_leads_to_the_page_does_so(
    page: Page, server: ExplorerServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":9")
    monkeypatch.setenv("BROWSER", "true")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    with opened_in_secret(server.url):
        (file,) = tmp_path.glob("*/explorer.html")
        page.driver.get(file.as_uri())
        _until(page, f"return location.href === '{server.url}'")
        page.settle()
        assert page.errors() == []
    page.driver.get("about:blank")


@pytest.mark.promise("R28")
@pytest.mark.parametrize(
    ("word", "mode", "dest", "code"),
    [
        ("", "navigate", "document", 200),
        ("", "navigate", "iframe", 403),
        ("", "no-cors", "script", 403),
        ("status", "navigate", "document", 403),
    ],
)
def test_a_link_leads_to_the_page_and_nowhere_else(
    server: ExplorerServer, word: str, mode: str, dest: str, code: int
) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}
    assert _ask(server, f"/{server.token}/{word}", headers=headers)[0] == code


@pytest.mark.parametrize(
    ("more", "word"), [(["--port", "80"], "--serve"), (["--serve", "--out", "e.html"], "--out")]
)
def test_options_that_do_not_fit(folder: Path, more: list[str], word: str) -> None:
    done = CliRunner().invoke(main, ["explore", str(folder), *more])
    assert done.exit_code == 2
    assert word in done.stderr
