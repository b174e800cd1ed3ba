"""A small server for the live explorer: this machine only, behind a secret address.

Requests name no files: a path is the secret and one of five words, whatever else is refused. The
run is only read; what a search finds gets a folder of its own beside it.
"""

from __future__ import annotations

import hmac
import io
import json
import secrets
import socket
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from optimize.explorer.live import LiveRun
from optimize.utils.files import RunFolderError, plain
from problems.spec import SpecError

HOST = "127.0.0.1"
#: Bytes of a request body; a design with every assumption changed needs a fifth of it.
MOST_BYTES = 65_536
#: Connections at a time, and seconds one may stay silent or take for a request.
MOST_CONNECTIONS, SILENCE_S, MOST_REQUEST_S = 32, 30.0, 60.0
_PAGES = ("", "status")
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "frame-ancestors 'none'",
}


class _RefusedError(Exception):
    """A request that gets no answer but a reason."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class _PunctualReader(io.RawIOBase):
    """Reads from a connection until a point in time, however slowly the letters come."""

    def __init__(self, connection: socket.socket, silence_s: float) -> None:
        self._connection = connection
        self._silence_s = silence_s
        self.end_s = 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left_s = self.end_s - time.monotonic()
        if left_s <= 0.0:
            raise TimeoutError("the request comes too slowly")
        self._connection.settimeout(min(left_s, self._silence_s))
        return self._connection.recv_into(buffer)


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    server: ExplorerServer
    protocol_version = "HTTP/1.1"
    server_version = "heliofront"
    timeout = SILENCE_S
    disable_nagle_algorithm = True  # else the end of an answer waits 40 ms for the browser
    wbufsize = -1  # head and body leave together

    def setup(self) -> None:
        """Prepare the connection; a slow client may not keep it by sending a byte now and then."""
        super().setup()
        self.rfile.close()
        self._reader = _PunctualReader(self.connection, self.timeout)
        self.rfile = io.BufferedReader(self._reader)

    def handle_one_request(self) -> None:
        """Answer one request; its time starts now."""
        self._reader.end_s = time.monotonic() + MOST_REQUEST_S
        super().handle_one_request()

    def version_string(self) -> str:
        """Name the server without a version."""
        return self.server_version

    def do_GET(self) -> None:
        """Answer with the page or the status of the run."""
        self._answer(self._get)

    def do_POST(self) -> None:
        """Answer with an evaluated design, which way is better, or what a search found."""
        self._answer(self._post)

    def _answer(self, action: Any) -> None:
        try:
            kind, body = action(self._asked())
        except _RefusedError as refused:
            self.send_error(refused.status, str(refused))
        except SpecError as error:
            body = _json({"error": str(error), "key": error.key})
            self._send(HTTPStatus.BAD_REQUEST, "application/json", body)
        except RunFolderError as error:
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
        except Exception as error:  # a user's model may raise anything; the page says what
            reason = f"{type(error).__name__}: {error}"
            self.send_error(HTTPStatus.INTERNAL_SERVER_ERROR, reason)
        else:
            self._send(HTTPStatus.OK, kind, body)

    def _asked(self) -> str:
        """Return the word after the secret, once the request is known to be from the page."""
        if self.headers.get_all("Host", []) not in ([host] for host in self.server.hosts):
            raise _RefusedError(HTTPStatus.FORBIDDEN, "wrong Host")
        origins = [None, *(f"http://{host}" for host in self.server.hosts)]
        if self.headers.get("Origin") not in origins:
            raise _RefusedError(HTTPStatus.FORBIDDEN, "wrong Origin")
        secret, _, word = self.path.removeprefix("/").partition("/")
        if self.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
            # The file that a browser is started with leads to the page, as a link does.
            followed = self.headers.get("Sec-Fetch-Mode") == "navigate"
            if word or not followed or self.headers.get("Sec-Fetch-Dest") != "document":
                raise _RefusedError(HTTPStatus.FORBIDDEN, "asked by another site")
        if not hmac.compare_digest(secret.encode(), self.server.token.encode()):
            raise _RefusedError(HTTPStatus.FORBIDDEN, "wrong or missing secret in the address")
        return word

    def _get(self, word: str) -> tuple[str, bytes]:
        if "Transfer-Encoding" in self.headers or "Content-Length" in self.headers:
            # What follows would be read as the next request.
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "a question has no body")
        if word not in _PAGES:
            raise _RefusedError(HTTPStatus.NOT_FOUND, "there is nothing here")
        if word == "status":
            return "application/json", _json(self.server.run.status())
        return "text/html; charset=utf-8", self.server.run.page()

    def _post(self, word: str) -> tuple[str, bytes]:
        run = self.server.run
        answers = {
            "evaluate": run.what_if.evaluate,
            "directions": run.what_if.directions,
            "search": run.search,
        }
        if word not in answers:
            raise _RefusedError(HTTPStatus.NOT_FOUND, "there is nothing here")
        if self.headers.get_content_type() != "application/json":
            raise _RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "expected application/json")
        try:
            request = json.loads(self._body(), parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "the body is not JSON") from None
        return "application/json", _json(answers[word](request))

    def _body(self) -> bytes:
        lengths = self.headers.get_all("Content-Length", [])
        if "Transfer-Encoding" in self.headers or len(lengths) != 1:
            raise _RefusedError(HTTPStatus.LENGTH_REQUIRED, "expected one Content-Length")
        text = lengths[0].strip(" \t")
        if not (text.isascii() and text.isdigit()) or len(text) > 9:
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "Content-Length is not a number")
        if int(text) > MOST_BYTES:
            reason = f"more than {MOST_BYTES:,} bytes"
            raise _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, reason)
        try:
            body = self.rfile.read(int(text))
        except TimeoutError as error:
            raise _RefusedError(HTTPStatus.REQUEST_TIMEOUT, str(error)) from None
        if len(body) < int(text):
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "the body ends early")
        return body

    def _send(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.connection.settimeout(self.timeout)
        self.send_response(status)
        for name, value in {**_HEADERS, "Content-Type": kind}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse in JSON and hang up: what follows on the connection may be anything."""
        self.close_connection = True
        status = HTTPStatus(code)
        self._send(status, "application/json", _json({"error": message or status.phrase}))

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing: the terminal belongs to the address and Ctrl-C."""


class ExplorerServer(ThreadingHTTPServer):
    """The live explorer of one run.

    Parameters
    ----------
    run
        What is served.
    port
        Port on 127.0.0.1; 0 takes a free one.

    Raises
    ------
    OSError
        When the port cannot be had.
    """

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128  # a full queue costs the next caller a second

    def __init__(self, run: LiveRun, port: int = 0) -> None:
        super().__init__((HOST, port), _Handler)
        self.run = run
        self.token = secrets.token_urlsafe(24)
        self.hosts = tuple(f"{name}:{self.server_address[1]}" for name in (HOST, "localhost"))
        self._free = threading.BoundedSemaphore(MOST_CONNECTIONS)

    @property
    def url(self) -> str:
        """Address of the page, its secret included."""
        return f"http://{self.hosts[0]}/{self.token}/"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread for the connection; beyond the limit, hang up."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer the connection and give its place back."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a browser that hangs up is no news."""


def open_server(run: LiveRun, port: int) -> ExplorerServer:
    """Return a server on ``port``.

    Raises
    ------
    SpecError
        When the port is taken or not ours to take.
    """
    try:
        return ExplorerServer(run, port)
    except OSError as error:
        reason = f"cannot be used ({error.strerror or error}); leave it out to take a free one"
        raise SpecError(f"--port {port}", reason) from None


def _json(value: Any) -> bytes:
    return json.dumps(plain(value), separators=(",", ":"), allow_nan=False).encode()


def _no_constant(text: str) -> float:
    raise ValueError(text)
