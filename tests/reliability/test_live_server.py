"""The live explorer's server under attack: it stays up and gives nothing away."""

from __future__ import annotations

import http.client
import json
import os
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

from optimize.explorer import serve
from optimize.explorer.live import LiveRun
from optimize.explorer.serve import HOST, MOST_BYTES, MOST_CONNECTIONS, ExplorerServer
from tests.conftest import Tally

pytestmark = pytest.mark.promise("R28")

SECRET = "kept-from-the-network-5e1f"
PATIENCE_S = 30.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from optimize.config.overrides import load_source
    from optimize.config.study import read_study
    from optimize.run.start import start_run

    path = Path(__file__).parents[2] / "configs/quick.yaml"
    settings = ("algorithm.generations=6", "algorithm.population=30", "output.figures=false")
    config, study = read_study(load_source(path, settings))
    found = start_run(config, study, out=tmp_path_factory.mktemp("live")).run.path
    (found / "secret.txt").write_text(SECRET)
    (found.parent / "secret.txt").write_text(SECRET)
    return found


@contextmanager
def serving(folder: Path) -> Iterator[ExplorerServer]:
    with ExplorerServer(LiveRun(folder)) as found:
        thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield found
        finally:
            found.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[ExplorerServer]:
    with serving(folder) as found:
        yield found


def port_of(server: ExplorerServer) -> int:
    return int(server.server_address[1])


def raw(server: ExplorerServer, message: bytes) -> bytes:
    """Send bytes and return everything that comes back."""
    found = bytearray()
    address = HOST, port_of(server)
    with socket.create_connection(address, PATIENCE_S) as connection, suppress(OSError):
        connection.sendall(message)
        connection.shutdown(socket.SHUT_WR)
        while part := connection.recv(65_536):
            found += part
    return bytes(found)


def head(server: ExplorerServer, method: str = "GET", word: str = "status", *more: str) -> bytes:
    """Return the head of a good request with further header lines."""
    lines = [f"{method} /{server.token}/{word} HTTP/1.1", f"Host: {server.hosts[0]}", *more]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def code(answer: bytes) -> int | None:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else None


def alive(server: ExplorerServer) -> bool:
    """Return whether a good request gets a good answer, before patience ends."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection(HOST, port_of(server), timeout=PATIENCE_S)
            connection.request("GET", f"/{server.token}/status")
            answer = connection.getresponse()
            body = answer.read()
            connection.close()
            if answer.status == 200 and "generation" in json.loads(body):
                return True
        time.sleep(0.05)
    return False


def settled_threads(before: int) -> int:
    """Return the number of threads above ``before`` once connections have ended."""
    end = time.monotonic() + PATIENCE_S
    while threading.active_count() > before and time.monotonic() < end:
        time.sleep(0.05)
    return threading.active_count() - before


def resident_mb() -> float:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        pytest.skip("needs /proc")
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def test_server_listens_on_this_machine_only(server: ExplorerServer, tally: Tally) -> None:
    assert server.server_address[0] == "127.0.0.1"
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in sorted(others - {"127.0.0.1"}):
        if str(address).startswith("127."):
            continue
        with pytest.raises(OSError), socket.create_connection((address, port_of(server)), 3.0):  # noqa: PT011 (refused or unreachable)
            pass
        tally.count("other addresses of the machine that are closed")


PATHS = (
    "../secret.txt",
    "..%2fsecret.txt",
    "%2e%2e/secret.txt",
    "....//secret.txt",
    "..\\secret.txt",
    "%5c..%5csecret.txt",
    "secret.txt",
    "status/../secret.txt",
    "status%00.txt",
    "status;x",
    "status#x",
    "config.yaml",
    "front.csv",
    "manifest.json",
    "checkpoint/state.json",
    "/etc/passwd",
    "//etc/passwd",
    "%252e%252e%252fsecret.txt",
    "..%c0%afsecret.txt",
    "%ff%fe",
    "%",
    "%zz",
    "~root",
    "STATUS",
    "status?token=x",
    "evaluate",
    "file:///etc/passwd",
    "index.html",
    "",
    " status",
)


def test_no_path_gives_a_file(server: ExplorerServer, tally: Tally) -> None:
    for word in PATHS:
        for target in (
            f"/{server.token}/{word}",
            f"/{word}",
            word,
            f"/x/{server.token}/{word}",
            f"http://{server.hosts[0]}/{server.token}/{word}",
        ):
            request = f"GET {target} HTTP/1.1\r\nHost: {server.hosts[0]}\r\n\r\n"
            answer = raw(server, request.encode("latin-1"))
            page = word == "" and target.startswith(f"/{server.token}")
            assert code(answer) in ((200,) if page else (400, 403, 404, 505, None)), target
            assert SECRET.encode() not in answer
            assert b"root:x:" not in answer
            tally.count("paths refused", not page)
    assert alive(server)


def test_secret_is_needed_whatever_else_is_said(server: ExplorerServer) -> None:
    good, token = server.hosts[0], server.token
    for wrong in (
        "",
        "x",
        token[:-1],
        token + "x",
        token.upper(),
        token.swapcase(),
        "%00" + token,
        "é",
        "\udcff",
        "." * 4000,
    ):
        request = f"GET /{wrong}/status HTTP/1.1\r\nHost: {good}\r\n\r\n"
        answer = raw(server, request.encode("latin-1", "replace"))
        assert code(answer) in (400, 403, 404), wrong
        assert token.encode() not in answer
    for header in (
        f"Authorization: Bearer {token}",
        f"Cookie: token={token}",
        f"X-Token: {token}",
        f"Referer: http://{good}/{token}/",
    ):
        request = f"GET /status HTTP/1.1\r\nHost: {good}\r\n{header}\r\n\r\n"
        assert code(raw(server, request.encode())) == 403


HOSTS = (
    "evil.example",
    "127.0.0.1",
    "localhost",
    "127.0.0.1:1",
    "[::1]",
    "0.0.0.0:{port}",
    "127.0.0.1:{port}.evil.example",
    "evil.example:{port}",
    "",
    "127.1:{port}",
    "127.0.0.1:{port}, evil.example",
)


def test_other_names_of_the_host_are_refused(server: ExplorerServer) -> None:
    for host in HOSTS:
        name = host.format(port=port_of(server))
        request = f"GET /{server.token}/status HTTP/1.1\r\nHost: {name}\r\n\r\n"
        assert code(raw(server, request.encode())) == 403, host
    two = f"GET /{server.token}/status HTTP/1.1\r\nHost: {server.hosts[0]}\r\nHost: evil\r\n\r\n"
    assert code(raw(server, two.encode())) == 403
    none = f"GET /{server.token}/status HTTP/1.1\r\n\r\n"
    assert code(raw(server, none.encode())) == 403
    old = f"GET /{server.token}/status HTTP/1.0\r\n\r\n"
    assert code(raw(server, old.encode())) == 403


def test_question_with_a_body_is_refused(server: ExplorerServer) -> None:
    for length in ("Content-Length: 40", "Transfer-Encoding: chunked"):
        answer = raw(server, head(server, "GET", "status", length) + SMUGGLED)
        assert (code(answer), answer.count(b"HTTP/1.1 ")) == (400, 1)


def test_no_header_changes_the_method(server: ExplorerServer) -> None:
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        answer = raw(server, head(server, "GET", "evaluate", f"{name}: POST", "Content-Length: 0"))
        assert code(answer) in (400, 404)
    for method in (
        "PUT",
        "DELETE",
        "PATCH",
        "TRACE",
        "CONNECT",
        "OPTIONS",
        "HEAD",
        "get",
        "G\x00T",
    ):
        assert code(raw(server, head(server, method))) in (400, 501), method


SMUGGLED = b"GET /secret.txt HTTP/1.1\r\nHost: evil\r\n\r\n"
SHAPES: tuple[tuple[str, ...], ...] = (
    ("Content-Length: 2", "Content-Length: 40"),
    ("Content-Length: 2", "Transfer-Encoding: chunked"),
    ("Transfer-Encoding: chunked",),
    ("Transfer-Encoding: identity, chunked", "Content-Length: 2"),
    ("Transfer-Encoding : chunked", "Content-Length: 2"),
    ("Content-Length: +2",),
    ("Content-Length: -2",),
    ("Content-Length: 0x2",),
    ("Content-Length: 2, 2",),
    ("Content-Length: 2_0",),
    ("Content-Length: ²",),
    ("Content-Length: 999999999999999999999999",),
    (f"Content-Length: {MOST_BYTES + 1}",),
    ("Content-Length: 2\x0b",),
    ("Content-Length:",),
    (),
)


@pytest.mark.parametrize(
    "shape", SHAPES, ids=[" + ".join(s).encode("unicode_escape").decode() for s in SHAPES]
)
def test_smuggled_requests_get_no_answer(
    server: ExplorerServer, shape: tuple[str, ...], tally: Tally
) -> None:
    more = ("Content-Type: application/json", *shape)
    answer = raw(server, head(server, "POST", "evaluate", *more) + b"{}" + SMUGGLED)
    assert answer.count(b"HTTP/1.1 ") == 1, answer[:600]
    assert code(answer) in (400, 411, 413), answer[:200]
    assert b"connection: close" in answer.lower()
    tally.count("smuggling shapes refused")


def test_oversized_heads_are_refused(server: ExplorerServer, tally: Tally) -> None:
    port = port_of(server)
    before_mb = resident_mb()
    for message in (
        b"GET /" + b"a" * 5_000_000 + b" HTTP/1.1\r\n\r\n",
        head(server)[:-2] + b"X: " + b"a" * 5_000_000 + b"\r\n\r\n",
        head(server)[:-2] + b"".join(b"X%d: a\r\n" % n for n in range(100_000)) + b"\r\n",
        head(server)[:-2] + b" folded\r\n" * 50_000 + b"\r\n",
        b"a" * 5_000_000,
        b"\r\n" * 100_000,
    ):
        answer = raw(server, message)
        assert code(answer) in (None, 400, 403, 414, 431), answer[:100]
    growth_mb = resident_mb() - before_mb
    assert port == port_of(server)
    assert alive(server)
    assert growth_mb < 60.0
    tally.most("memory growth under oversized heads", growth_mb, "MB")


def test_silent_connections_are_ended(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tally: Tally
) -> None:
    monkeypatch.setattr(serve._Handler, "timeout", 1.0)
    monkeypatch.setattr(serve, "MOST_REQUEST_S", 3.0)
    with serving(folder) as server:
        before = threading.active_count()
        lines = [socket.create_connection((HOST, port_of(server))) for _ in range(100)]
        for line in lines:
            with suppress(OSError):
                line.sendall(b"GET /")
        time.sleep(0.3)
        assert threading.active_count() - before <= MOST_CONNECTIONS
        assert alive(server)  # once the silent ones have been hung up on
        slow = socket.create_connection((HOST, port_of(server)))
        start = time.monotonic()
        with suppress(OSError):  # a letter now and then, so that it is never silent for long
            while time.monotonic() - start < PATIENCE_S:
                slow.sendall(b"X")
                time.sleep(0.2)
        assert time.monotonic() - start < PATIENCE_S
        for line in (*lines, slow):
            line.close()
        assert settled_threads(before) <= 0
        tally.count("silent connections ended", 101)


# --- anything ----------------------------------------------------------------------------------

_PIECES = (
    b"GET ",
    b"POST ",
    b"HEAD ",
    b"\x16\x03\x01\x02\x00",
    b" HTTP/1.1\r\n",
    b" HTTP/0.9\r\n",
    b" HTTP/9.9\r\n",
    b" HTTP/1.1.1\r\n",
    b"Host: ",
    b"Content-Length: ",
    b"\r\n",
    b"\n",
    b"\r",
    b"Content-Length: -1\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Expect: 100-continue\r\n",
    b"Connection: keep-alive\r\n",
    b"Upgrade: websocket\r\n",
    b"\x00",
    b"\xff\xfe",
    b"\xc0\xaf",
    b"%",
    b"%ff",
    b"../",
    b"..%2f",
    b"/etc/passwd",
    b"{",
    b'{"variables": {}}',
    b"[" * 5000,
    b'{"variables": {"shield_mm": 1e999}}',
    b'{"assumptions": {"cost.wacc": NaN}}',
    b'"' * 300,
    b"A" * 70_000,
    b": ",
    b" ",
    b"\t",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"Origin: null\r\n",
    b"Content-Type: application/json\r\n",
    b"Content-Type: application/json; charset=\xff\r\n",
    b"secret.txt",
)


def malformed(good: Sequence[bytes], rng: np.random.Generator) -> bytes:
    """Return a request with one to six injuries, or nothing but pieces."""
    if rng.random() < 0.2:
        return b"".join(_PIECES[i] for i in rng.integers(len(_PIECES), size=rng.integers(1, 12)))
    message = bytearray(good[rng.integers(len(good))])
    for _ in range(rng.integers(1, 7)):
        at = int(rng.integers(len(message) + 1))
        way = rng.integers(5)
        if way == 0:
            message[at:at] = _PIECES[rng.integers(len(_PIECES))]
        elif way == 1:
            del message[at : at + int(rng.integers(1, 30))]
        elif way == 2 and at < len(message):
            message[at] ^= 1 << int(rng.integers(8))
        elif way == 3:
            del message[at:]
        else:
            message[at:at] = message[max(0, at - 40) : at]
    return bytes(message)


def test_malformed_requests(
    folder: Path,
    long_run: bool,
    tally: Tally,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serve._Handler, "timeout", 5.0)
    rng = np.random.default_rng(1000)
    with serving(folder) as server:
        assert alive(server)
        before, before_mb = threading.active_count(), resident_mb()
        body = b'{"variables": {"shield_mm": 5.0}}'
        kind = ("Content-Type: application/json", f"Content-Length: {len(body)}")
        good = (head(server), head(server, word=""), head(server, "POST", "evaluate", *kind) + body)
        codes: dict[int | None, int] = {}
        for number in range(1000 if long_run else 200):
            answer = raw(server, malformed(good, rng))
            codes[code(answer)] = codes.get(code(answer), 0) + 1
            assert SECRET.encode() not in answer
            assert b"root:x:" not in answer
            assert b"Traceback" not in answer
            if number % 100 == 99:
                assert alive(server)
        assert alive(server)
        threads, growth_mb = settled_threads(before), resident_mb() - before_mb
    assert set(codes) <= {None, 100, 200, 400, 403, 404, 411, 413, 414, 415, 431, 501, 505}, codes
    assert sum(n for found, n in codes.items() if found not in (200, None)) > number // 5
    assert threads <= 0
    assert growth_mb < 50.0
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")
    tally.count("malformed requests survived", sum(codes.values()))
    tally.most("memory growth under malformed requests", growth_mb, "MB")


def test_answers_give_no_more_away_than_they_must(server: ExplorerServer) -> None:
    answer = raw(server, b"GET /x HTTP/1.1\r\n\r\n").lower()
    assert b"python" not in answer
    assert b"server: heliofront\r\n" in answer
    assert server.token.lower().encode() not in answer
